"""Charts tell the truth, of the rows that show, in both themes; what one sees is what one gets."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.dashboards_page import asked, made, sample
from tests.browser.warehouse_page import Warehouse, warehouse
from tests.sandbox_client import SandboxClient

FIFTY = "SELECT id, IF(id < 30, 'open', 'shut') AS status, id * 1.5D AS amount FROM range(50)"


def chart(page: Warehouse, kind: str, **choices: str) -> Locator:
    """The chart that the panel shows once it is of this kind, and told so."""
    tab = page.portal.page
    if not tab.get_by_label("Kind of chart").is_visible():
        page.act("Chart")
    tab.get_by_label("Kind of chart").select_option(kind)
    for name, value in choices.items():
        tab.get_by_label(name.replace("_", " "), exact=True).select_option(label=value)
    expect(tab.locator(".result-chart")).not_to_have_class(re.compile("is-busy"))
    return tab.locator(".result-chart")


def drawn(page: Warehouse) -> dict[str, object]:
    """What plotly.js has drawn."""
    found: dict[str, object] = page.portal.page.evaluate(
        """() => { const plot = document.querySelector(".result-chart .js-plotly-plot");
          return {data: plot.data.map(({name, x, y, hovertext, stackgroup}) => ({name, x, y, hovertext, stackgroup})),
                  barmode: plot.layout.barmode}; }"""
    )
    return found


def test_filters_reach_chart_profile_copy_download_and_link(visit: Visit):
    page = warehouse(visit)
    tab = page.portal.page
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.run(FIFTY)
    page.expect_rows(50)
    page.filter("status", "is", "open")
    expect(page.note).to_contain_text("30 of 50 rows")
    figure = chart(page, "bar", Across="status", Value="count of rows")
    expect(figure.locator("figcaption")).to_have_text(
        re.compile(r"^Rows by status: 1 marks over 30 of 50 rows \(status is open\), by the portal\.")
    )
    assert drawn(page)["data"][0]["y"] == [30]  # type: ignore[index]
    page.act("Profile")
    tab.get_by_label("Column to profile").select_option(label="id")
    expect(tab.locator(".profile")).to_contain_text("Over 30 of 50 rows (status is open), by the portal.")
    page.act("Columns")
    tab.get_by_role("checkbox", name="amount").uncheck()
    expect(tab.get_by_text("2 of 3 columns")).to_be_visible()
    page.act("Copy")
    expect(page.note).to_contain_text("Copied 30 rows")
    assert tab.evaluate("navigator.clipboard.readText()").splitlines()[:2] == ["id\tstatus", "0\topen"]
    page.open_menu("Download")
    expect(tab.get_by_label("Rows shown (30), 2 columns")).to_be_checked()
    with tab.expect_download() as file:
        page._tools.get_by_role("button", name=re.compile("^CSV")).click()
    assert file.value.suggested_filename.endswith("-rows-shown.csv")
    with Path(file.value.path()).open(encoding="utf-8") as lines:
        rows = list(csv.reader(lines))
    assert (rows[0], len(rows)) == (["id", "status"], 31)
    page.open_menu("Download")
    tab.get_by_label("All rows (50)").check()
    with tab.expect_download() as file:
        page._tools.get_by_role("button", name=re.compile("^CSV")).click()
    assert len(Path(file.value.path()).read_text(encoding="utf-8").splitlines()) == 51
    # Another viewer's tab shows the same rows once they have run it.
    other = Warehouse(visit("analyst-west", f"/warehouse{tab.evaluate('location.hash')}")).ready()
    other.run()
    expect(other.note).to_contain_text("30 of 50 rows")
    expect(other.portal.page.get_by_text("2 of 3 columns")).to_be_visible()


def test_a_chart_follows_the_filter(visit: Visit):
    page = warehouse(visit)
    page.run(FIFTY)
    page.expect_rows(50)
    page.filter("status", "is", "open")
    figure = chart(page, "number", Value="count of rows")
    expect(figure.locator("[data-part=value]")).to_have_attribute("data-value", "30")
    page.button("Remove filter status is open").click()
    expect(figure.locator("[data-part=value]")).to_have_attribute("data-value", "50")
    expect(figure.locator("figcaption")).to_contain_text("over the whole result")


def test_averages_stand_side_by_side_and_are_exact(visit: Visit):
    page = warehouse(visit)
    page.run(
        "SELECT CAST(v AS DECIMAL(10,2)) AS price, r AS region, s AS shop FROM VALUES "
        "(1.00, 'south', 'a'), (1.01, 'south', 'a'), (1.01, 'south', 'a'), (3.00, 'south', 'b') AS t(v, r, s)"
    )
    page.expect_rows(4)
    chart(page, "bar", Across="region", Value="average of", Values_from="price", Series="shop")
    found = drawn(page)
    assert found["barmode"] == "group"
    assert [trace["hovertext"] for trace in found["data"]] == [  # type: ignore[attr-defined]
        ["south · a: 1.006667"], ["south · b: 3.000000"]
    ]  # fmt: skip


def test_text_that_looks_like_numbers_has_its_own_places(visit: Visit):
    page = warehouse(visit)
    page.run("SELECT * FROM VALUES ('02134', 1), ('2134', 2) AS t(zip, n)")
    page.expect_rows(2)
    figure = chart(page, "line", Across="zip", Value="sum of", Values_from="n")
    assert figure.locator(".xtick text").all_text_contents() == ["02134", "2134"]


def test_hover_text_months_and_a_single_point(visit: Visit):
    page = warehouse(visit)
    page.run("SELECT DATE'2025-09-14' AS day, 'Dynamo' AS product, 109982 AS n")
    page.expect_rows(1)
    figure = chart(page, "line", Across="day", Times="by month", Value="sum of", Values_from="n", Series="product")
    assert figure.locator(".xtick text").all_text_contents() == ["September 2025"]
    point = figure.locator(".scatterlayer .point")
    expect(point).to_have_count(1)
    box = point.bounding_box()
    assert box is not None
    page.portal.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(figure.locator(".hoverlayer text").first).to_have_text("September 2025 · Dynamo: 109,982")


def test_dark_stays_dark_on_every_change(visit: Visit):
    page = warehouse(visit, theme="dark")
    page.run(FIFTY)
    page.expect_rows(50)
    tab = page.portal.page

    def ink(figure: Locator) -> str:
        return str(figure.locator(".xtick text").first.evaluate("node => getComputedStyle(node).fill"))

    wanted = tab.evaluate("getComputedStyle(document.querySelector('.chart-caption, .result-note')).color")
    for kind in ("bar", "line", "scatter", "bar"):
        assert ink(chart(page, kind)) == wanted, kind
    page.portal.choose_theme("Light")
    light = ink(chart(page, "bar"))
    assert light != wanted
    assert ink(chart(page, "line")) == light


def test_a_picture_stands_by_itself(visit: Visit):
    page = warehouse(visit, theme="dark")
    page.run(FIFTY)
    page.expect_rows(50)
    chart(page, "bar", Across="status", Value="sum of", Values_from="amount")
    tab = page.portal.page
    tab.get_by_label("Title of the chart").fill("Amounts <2026>")
    tab.keyboard.press("Tab")
    expect(tab.locator(".chart-title")).to_have_text("Amounts <2026>")
    with tab.expect_download() as image:
        page.button("Image").click()
    assert image.value.suggested_filename == "Amounts-2026.png"
    content = Path(image.value.path()).read_bytes()
    assert content[:4] == b"\x89PNG"
    # The picture's own corner: the page's ground, and neither black nor clear.
    corner = tab.evaluate(
        """async (bytes) => { const bitmap = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
          const canvas = new OffscreenCanvas(bitmap.width, bitmap.height); const pen = canvas.getContext("2d");
          pen.drawImage(bitmap, 0, 0); return [...pen.getImageData(2, 2, 1, 1).data]; }""",
        list(content),
    )
    assert corner == [22, 27, 34, 255]


def test_a_pivot_has_totals_and_several_charts_stand_in_one_link(visit: Visit):
    page = warehouse(visit)
    page.run(FIFTY)
    page.expect_rows(50)
    tab = page.portal.page
    figure = chart(page, "pivot", Across="status", Value="sum of", Values_from="id")
    expect(figure.get_by_role("row").last).to_have_text(re.compile("Total.*1,225"))
    page.button("Add a chart").click()
    tab.get_by_label("Kind of chart").nth(1).select_option("pie")
    expect(tab.locator(".result-chart .slice")).to_have_count(2)
    page.portal.expect_accessible()
    other = Warehouse(visit("engineer", f"/warehouse{tab.evaluate('location.hash')}")).ready()
    other.run()
    expect(other.portal.page.locator(".result-chart")).to_have_count(2)
    expect(other.portal.page.get_by_label("Kind of chart").nth(1)).to_have_value("pie")


def test_a_chart_is_added_to_a_dashboard_and_published_apart(visit: Visit, site: SandboxClient):
    id = made(site, {"pages": [{"name": "p", "displayName": "First"}]}, "Targets")
    page = warehouse(visit, "engineer")
    tab = page.portal.page
    page.run("SELECT region, amount FROM main.sales.orders")
    page.expect_state("Succeeded")
    chart(page, "bar", Across="region")
    tab.get_by_role("button", name="Add to a dashboard").click()
    tab.get_by_label("Dashboard", exact=True).select_option(label="Targets")
    tab.get_by_label("Title", exact=True).fill("By region")
    page.portal.expect_no_violations("light")
    tab.get_by_role("button", name="Next").click()
    expect(tab.get_by_role("dialog")).to_contain_text("“By region” is added to the page “First”")
    tab.get_by_role("button", name="Add", exact=True).click()
    told = tab.get_by_role("status").filter(has_text="Added to the draft of Targets")
    expect(told).to_be_visible()
    told.get_by_role("button", name="Publish").click()
    tab.get_by_role("dialog").get_by_role("button", name="Publish").click()
    expect(told).to_contain_text("Published, without credentials.")
    published = asked(site, "GET", f"/api/2.0/lakeview/dashboards/{id}/published")
    assert published["embed_credentials"] is False
    told.get_by_role("link", name="Targets").click()
    expect(tab.get_by_role("region", name="By region").locator(".js-plotly-plot")).to_be_visible()
    # One with its publisher's credentials gets the widget, and stays published as it was.
    bakery = sample("Bakery")
    other = warehouse(visit, "engineer")
    other.run("SELECT region, amount FROM main.sales.orders")
    other.expect_state("Succeeded")
    chart(other, "pie", Across="region")
    other.portal.page.get_by_role("button", name="Add to a dashboard").click()
    other.portal.page.get_by_label("Dashboard", exact=True).select_option(bakery)
    other.portal.page.get_by_role("button", name="Next").click()
    other.portal.page.get_by_role("button", name="Add", exact=True).click()
    other.portal.page.get_by_role("button", name="Publish").click()
    expect(other.portal.page.get_by_text("published with its publisher's credentials")).to_be_visible()
