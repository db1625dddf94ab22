"""What a viewer does with a result: scroll, sort, filter, open a value, profile, chart, copy, download."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import CONTENT, Visit, closed
from tests.browser.pages import Portal
from tests.browser.warehouse_page import Warehouse, warehouse
from tests.sandbox_client import ROOT, SandboxClient, start_sandbox

MANY = "SELECT * FROM main.bench.events LIMIT 2500000"


def orders(visit: Visit) -> Warehouse:
    page = warehouse(visit)
    page.rows("all")
    page.run("SELECT * FROM main.sales.orders")
    page.expect_rows(12_000)
    return page


def test_rows_far_away_are_fetched_when_they_are_looked_at(visit: Visit):
    page = warehouse(visit)
    page.rows("all")
    page.run(MANY)
    page.expect_rows(2_500_000)
    page.jump(2_222_223)
    expect(page.cell(2_222_222, 0)).to_have_text("2222222")


def test_a_row_limit_is_said(visit: Visit):
    page = warehouse(visit)
    page.run("SELECT * FROM main.sales.orders")
    page.expect_state("first 1,000 rows; there are more")


def test_sorting_and_filtering_what_is_here(visit: Visit):
    page = orders(visit)
    page.sort("amount")
    page.sort("amount")
    expect(page.note).to_have_text("Sorted by the portal: the whole result.")
    expect(page.cell(0, 7)).to_have_text("1,158.80")
    page.filter("product", "contains", "anch")
    expect(page.note).to_contain_text("1,529 of 12,000 rows")
    expect(page.cell(0, 5)).to_have_text("Anchor")
    page.filter("region", "is", "it's")
    expect(page.note).to_contain_text("0 of 12,000 rows")
    page.button("Remove filter region is it's").click()
    page.button("Remove filter product contains anch").click()
    expect(page.note).to_have_text("Sorted by the portal: the whole result.")
    page.filter("order_id", ">", "a lot")
    expect(page.portal.page.get_by_role("alert")).to_contain_text("is no value of column 'order_id'")


def test_sorting_and_filtering_what_is_too_large_is_the_warehouses_work(visit: Visit):
    page = warehouse(visit)
    page.rows("all")
    page.run(MANY)
    page.expect_rows(2_500_000)
    page.filter("event_id", "≥", "2499990")
    expect(page.note).to_contain_text(
        "10 of 2,500,000 rows: the whole result, filtered by the warehouse", timeout=60_000
    )
    page.sort("event_id")
    page.sort("event_id")
    expect(page.cell(0, 0)).to_have_text("2499999", timeout=60_000)


def test_a_nested_value_opens_as_a_tree_and_a_long_one_whole(visit: Visit):
    page = warehouse(visit)
    page.run("SELECT id, lines, repeat('long ', 50000) AS text FROM main.shapes.nested ORDER BY id LIMIT 2")
    page.expect_rows(2)
    page.cell(1, 1).dblclick()
    dialog = page.portal.page.get_by_role("dialog")
    expect(dialog).to_contain_text("ARRAY<STRUCT")
    expect(dialog).to_contain_text('sku: "A1"')
    expect(dialog).to_contain_text("quantity: NULL")
    page.portal.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.cell(0, 2).click()
    page.portal.page.keyboard.press("Enter")
    expect(dialog.locator("pre")).to_have_text(re.compile(r"^(long ){50000}$"), timeout=20_000)


def test_copy_takes_headers_along(visit: Visit):
    page = warehouse(visit)
    page.portal.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.run("SELECT * FROM VALUES (1234567.50, 'a\tb'), (2.00, NULL) AS t(n, `my text`)")
    page.expect_rows(2)
    expect(page.cell(0, 0)).to_have_text("1,234,567.50")
    page.act("Copy")
    expect(page.note).to_contain_text("Copied 2 rows with their headers.")
    assert page.portal.page.evaluate("navigator.clipboard.readText()") == 'n\tmy text\n1234567.50\t"a\tb"\n2.00\t'


def test_what_a_spreadsheet_would_run_is_copied_as_text(visit: Visit):
    page = warehouse(visit)
    page.portal.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.run("SELECT * FROM VALUES (-5, '=HYPERLINK(\"https://evil.example\")'), (7, '+49 30') AS t(n, `=name`)")
    page.expect_rows(2)
    page.act("Copy")
    expect(page.note).to_contain_text("1 values have a ' before what a spreadsheet would run.")
    copied = page.portal.page.evaluate("navigator.clipboard.readText()")
    assert copied == 'n\t\'=name\n-5\t"\'=HYPERLINK(""https://evil.example"")"\n7\t+49 30'
    page.cell(0, 1).dblclick()
    dialog = page.portal.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Copy").click()
    expect(dialog.get_by_role("button", name="Copied, with ' before its formulas")).to_be_visible()
    assert page.portal.page.evaluate("navigator.clipboard.readText()") == '\'=HYPERLINK("https://evil.example")'


@pytest.mark.parametrize("kind", ["bar", "line", "area", "scatter", "histogram", "box", "heat"])
def test_a_cell_that_holds_a_link_is_drawn_as_it_is_written(visit: Visit, kind: str):
    page = warehouse(visit)
    evil = "<a href='https://evil.example'>Session expired</a> <b>&amp;</b>"
    page.run(f'SELECT concat("{evil}", id) AS `{evil}`, id * 1.5D AS `n {evil}` FROM range(6)')
    page.expect_rows(6)
    page.act("Chart")
    page.portal.page.get_by_label("Kind of chart").select_option(kind)
    figure = page.portal.page.locator(".result-chart")
    expect(figure.locator(".js-plotly-plot .xtick text").first).to_be_visible()
    assert figure.locator("svg a").count() == 0
    assert figure.locator("svg tspan[style*='bold'], svg tspan[style*='italic']").count() == 0
    texts = " ".join(figure.locator("svg text").all_text_contents())
    assert "<a href='https://evil.example'>Session expired</a>" in texts
    assert "&amp;" in texts


def test_leaving_a_result_on_the_whole_page_leaves_everything_in_reach(visit: Visit):
    portal = visit()
    tab = portal.page
    tab.get_by_role("link", name="Warehouse", exact=True).first.click()
    page = Warehouse(portal).ready()
    page.run("SELECT 1 AS a")
    page.expect_rows(1)
    page.act("Full screen")
    panel = tab.locator(".panel.is-full")
    expect(panel).to_have_css("position", "fixed")
    tab.emulate_media(media="print")
    expect(panel).to_have_css("position", "static")
    tab.emulate_media(media="screen")
    tab.go_back()
    expect(panel).to_have_count(0)
    expect(tab.locator("[inert]")).to_have_count(0)
    expect(tab.locator("html.has-full")).to_have_count(0)


def test_a_profile_says_how_values_lie(visit: Visit):
    page = orders(visit)
    page.act("Profile")
    page.portal.page.get_by_label("Column to profile").select_option(label="shipped_at")
    card = page.portal.page.locator(".profile")
    expect(card).to_contain_text("1,351 (11.3 %)")
    expect(card).to_contain_text("Over the whole result, by the portal.")
    page.portal.page.get_by_label("Column to profile").select_option(label="region")
    expect(card.get_by_role("listitem")).to_have_count(4)


def test_every_kind_of_chart_over_the_whole_result(visit: Visit):
    page = orders(visit)
    page.act("Chart")
    caption = page.portal.page.locator(".result-chart figcaption")
    expect(caption).to_contain_text("sum of quantity by order_date: 18 marks over the whole result, by the portal.")
    for kind, marks in (("bar", "18"), ("area", "18"), ("scatter", "4,000"), ("histogram", "40")):
        page.portal.page.get_by_label("Kind of chart").select_option(kind)
        expect(caption).to_contain_text(f"{marks} marks")
    page.portal.page.get_by_label("Kind of chart").select_option("box")
    expect(caption).to_contain_text("4 marks")
    page.portal.page.get_by_label("Kind of chart").select_option("heat")
    expect(caption).to_contain_text("marks over the whole result")
    assert page.fragment["chart"][0].startswith("heat.")
    with page.portal.page.expect_download() as image:
        page.button("Image").click()
    assert Path(image.value.path()).read_bytes()[:4] == b"\x89PNG"
    page.portal.expect_accessible()


def test_a_chart_comes_back_with_its_link(visit: Visit):
    page = orders(visit)
    page.act("Chart")
    page.portal.page.get_by_label("Kind of chart").select_option("bar")
    expect(page.portal.page.locator(".result-chart figcaption")).to_contain_text("18 marks")
    hash_ = page.portal.page.evaluate("location.hash")
    other = Warehouse(visit("engineer", f"/warehouse{hash_}")).ready()
    other.run()
    expect(other.portal.page.locator(".result-chart figcaption")).to_contain_text("18 marks")
    expect(other.portal.page.get_by_label("Kind of chart")).to_have_value("bar")


def test_downloads_are_files_with_every_row(visit: Visit):
    page = orders(visit)
    lines = Path(page.download("CSV").path()).read_text().splitlines()
    assert len(lines) == 12_001
    expect(page.note).to_contain_text("downloaded")
    assert pq.read_table(page.download("Parquet").path()).num_rows == 12_000


def test_all_rows_of_a_cut_result_by_running_it_again(visit: Visit, site: SandboxClient):
    page = warehouse(visit)
    page.run("SELECT * FROM main.sales.orders")
    page.expect_state("first 1,000 rows")
    page.open_menu("Download")
    page.portal.page.get_by_label("All rows").check()
    with page.portal.page.expect_download() as found:
        page.portal.page.get_by_role("button", name=re.compile("^CSV")).click()
    assert len(Path(found.value.path()).read_text().splitlines()) == 12_001
    expect(page.note).to_contain_text("12,000 rows. The statement ran again for it.")
    # The browser takes it to disk; what is refused is said in the page all the same.
    site.fault("workspace", "/sql/1.0/warehouses", status=404)
    page.open_menu("Download")
    page.portal.page.get_by_role("button", name=re.compile("^CSV")).click()
    expect(page.note).to_contain_text("The download failed. There is no SQL warehouse")


@pytest.mark.slow
def test_a_large_file_goes_past_the_page_and_stops_when_told_to(visit: Visit, site: SandboxClient):
    page = warehouse(visit)
    page.rows("all")
    page.run(MANY)
    page.expect_rows(2_500_000)
    site.fault("storage", "", delay=0.4)
    download = page.download("CSV")
    expect(page.note).to_contain_text(" of 2,500,000 rows")
    page.note.get_by_role("button", name="Cancel").click()
    expect(page.note).to_have_text("Download canceled.")
    assert download.failure()
    # It has not counted as one of the viewer's two since then, and the next is whole.
    site.clear_faults()
    assert Path(page.download("Parquet").path()).stat().st_size > 10_000_000
    expect(page.note).to_contain_text("2,500,000 rows.")


@pytest.fixture
def alone(browser: Browser) -> Iterator[tuple[Warehouse, SandboxClient]]:
    """A portal of its own: that the storage is blocked is remembered by the process."""
    sandbox = start_sandbox("--eager", "--content-dir", str(ROOT), "--content-command", CONTENT)
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    context.request.post(sandbox.connect_url + "/__login__", form={"viewer": "engineer"}, max_redirects=0)
    portal = Portal(context.new_page(), sandbox.content_url)
    yield Warehouse(portal.open("/warehouse")).ready(), sandbox
    closed(context)
    sandbox.stop()


def test_a_storage_that_is_blocked_is_gone_around(alone: tuple[Warehouse, SandboxClient]):
    page, sandbox = alone
    sandbox.fault("storage", "", drop=True)
    page.run("SELECT region, count(*) AS n FROM main.sales.orders GROUP BY region ORDER BY region")
    page.expect_rows(4)
    expect(page.portal.page.get_by_text("The storage of results cannot be reached from here")).to_be_visible()
    assert page.column(0) == ["east", "north", "south", "west"]
    # The next one goes inline at once, and what is more than that carries fails in Databricks' words.
    sandbox.clear_calls()
    page.rows("all")
    page.run("SELECT * FROM main.bench.events LIMIT 1500000")
    page.expect_state("Failed", timeout=60_000)
    expect(page.portal.page.get_by_role("alert")).to_contain_text(re.compile("inline|limit|25", re.IGNORECASE))
    assert sandbox.count("storage") == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_window_that_does_not_come_says_so_and_comes_when_asked_again(visit: Visit, site: SandboxClient, theme: str):
    page = warehouse(visit, theme=theme)
    page.rows("all")
    page.run("SELECT * FROM main.sales.orders")
    page.expect_rows(12_000)
    page.portal.page.route("**/rows", lambda route: route.abort())
    page.jump(9_000)
    expect(page.portal.page.get_by_role("alert")).to_contain_text("These rows failed to load.")
    page.portal.page.unroute("**/rows")
    page.button("Try again").click()
    expect(page.cell(8999, 0)).to_have_text("108999")


def test_rows_that_the_viewer_may_no_longer_have_go_when_more_are_asked_for(visit: Visit, site: SandboxClient):
    page = orders(visit)
    no = {"error_code": "PERMISSION_DENIED", "message": "User does not have permission to read this statement."}
    fault = site.fault("workspace", r"/sql/statements/[^/]+$", method="GET", status=403, body=no)
    shown = page.portal.state("Not permitted")
    page.result.cells.first.hover()
    for _ in range(40):
        # On and on, until the second has passed in which nobody is asked.
        page.portal.page.mouse.wheel(0, 8_000)
        with suppress(AssertionError):
            expect(shown.box).to_be_visible(timeout=300)
            break
    expect(page.result.box).to_have_count(0)
    expect(shown.box).to_contain_text("User does not have permission to read this statement")
    site.control("DELETE", f"/faults/{fault}")
    shown.press("Try again")
    expect(page.result.cells.first).to_be_visible()
