"""Dashboards: the list, and what the tiles of one show, by their values."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.dashboards_page import asked, board, made, rows, sample
from tests.sandbox_client import SandboxClient

NAMES = ["Bakery", "Older editor", "Plans and metrics", "Sales overview", "Taxi trips"]
ORDERS = "FROM main.sales.orders"


def by_x(traces: list[dict[str, Any]]) -> dict[tuple[str, str], float]:
    """Numbers of a chart by series and category."""
    return {(t["name"], str(x)): float(y) for t in traces for x, y in zip(t["x"], t["y"], strict=True)}


# The list


@pytest.mark.usefixtures("site")
def test_the_list_is_searched_as_one_types_and_knows_folders_of_rows_in_sight(visit: Visit):
    portal = visit("analyst-west", "/dashboards")
    portal.expect_heading("Dashboards")
    page = portal.page
    grid = portal.grid("Dashboards")
    grid.expect_shown()
    for name in NAMES:
        expect(page.get_by_role("main").get_by_role("link", name=name, exact=True)).to_be_visible()
    expect(grid.rows.first).to_contain_text("/Shared/Dashboards")
    expect(grid.rows.first.locator("time")).to_be_visible()
    page.get_by_label("Search dashboards").fill("sales over")
    expect(grid.rows).to_have_count(1)
    assert "q=sales" in page.url
    page.get_by_label("Search dashboards").fill("no such name")
    expect(page.get_by_text("No dashboards match")).to_be_visible()


@pytest.mark.usefixtures("site")
def test_the_palette_finds_dashboards(visit: Visit):
    portal = visit("analyst-west", "/")
    portal.page.keyboard.press("Control+k")
    portal.page.get_by_role("combobox").fill("taxi tr")
    portal.page.get_by_role("option", name=re.compile("Taxi trips")).click()
    portal.expect_heading("Taxi trips")


# Kinds, by values


def test_counters_bars_lines_and_pies_hold_the_viewers_own_numbers(visit: Visit, site: SandboxClient):
    """Two analysts see two truths: the table has a row filter."""
    for viewer in ("analyst-west", "analyst-east"):
        page = board(visit, "Sales overview", viewer)
        page.portal.expect_heading("Sales overview")
        ((revenue, orders),) = rows(site, f"SELECT sum(amount), count(*) {ORDERS}", viewer)
        page.expect_value("revenue", revenue)
        page.expect_value("orders_count", orders)
        expect(page.tile("orders_count").locator("[data-part=target]")).to_contain_text("12,000")
        wanted = {(status, product): float(amount) for product, status, amount in rows(
            site, f"SELECT product, status, sum(amount) {ORDERS} GROUP BY ALL", viewer)}  # fmt: skip
        assert by_x(page.traces("by_product")) == pytest.approx(wanted)
        pie = page.traces("statuses")[0]
        counts = dict(zip(pie["labels"], pie["values"], strict=True))
        assert counts == {status: int(n) for status, n in rows(
            site, f"SELECT status, count(*) {ORDERS} GROUP BY ALL", viewer)}  # fmt: skip
        lines = page.traces("over_time")
        months = rows(
            site, f"SELECT status, CAST(trunc(order_date, 'MM') AS STRING), sum(amount) {ORDERS} GROUP BY ALL", viewer
        )
        found = {(name, x[:10]): y for (name, x), y in by_x(lines).items()}
        assert found == pytest.approx({(status, month): float(amount) for status, month, amount in months})


def test_a_counter_of_periods_compares_the_newest_with_the_one_before(visit: Visit, site: SandboxClient):
    page = board(visit, "Sales overview")
    found = rows(site, f"SELECT trunc(order_date, 'MM'), sum(amount) {ORDERS} GROUP BY 1 ORDER BY 1 DESC LIMIT 2")
    page.expect_value("monthly_revenue", found[0][1])
    change = (Decimal(found[0][1]) / Decimal(found[1][1]) - 1) * 100
    shown = page.tile("monthly_revenue").locator("[data-part=change]").inner_text()
    assert abs(Decimal(shown.rstrip("%")) - change) < Decimal("0.06"), (shown, change)


def test_a_combo_has_bars_and_a_line_on_its_own_axis(visit: Visit, site: SandboxClient):
    page = board(visit, "Sales overview")
    bars, line = page.traces("volume")
    found = rows(site, f"SELECT trunc(order_date, 'MM'), sum(amount), count(*) {ORDERS} GROUP BY 1 ORDER BY 1")
    assert bars["type"] == "bar"
    assert bars["y"] == pytest.approx([float(one[1]) for one in found])
    assert line["y"] == [int(one[2]) for one in found]


def test_a_table_has_formats_links_search_and_pages(visit: Visit, site: SandboxClient):
    page = board(visit, "Sales overview", query="?page=orders")
    first = rows(site, f"SELECT order_id, region, product, amount, status {ORDERS} ORDER BY order_id LIMIT 1")[0]
    cells = page.cells("order_table")
    assert len(cells) == 25
    assert cells[0][0].replace(",", "") == first[0]
    assert cells[0][5] == f"${Decimal(first[3]):,.2f}"
    tile = page.tile("order_table")
    link = tile.get_by_role("gridcell").get_by_role("link").first
    assert link.get_attribute("href") == f"https://example.com/products/{first[2]}"
    assert "noopener" in (link.get_attribute("rel") or "")
    tile.get_by_role("button", name="Next page").click()
    expect(tile.get_by_role("status")).to_contain_text("Page 2 of")
    tile.get_by_label("Search Orders").fill("dynamo")
    ((count,),) = rows(site, f"SELECT count(*) {ORDERS} WHERE product = 'Dynamo'")
    expect(tile.get_by_role("status")).to_contain_text(f"({int(count):,} rows)")
    assert {row[3] for row in page.cells("order_table")} == {"Dynamo"}


def test_scatter_histogram_and_heat_map(visit: Visit, site: SandboxClient):
    page = board(visit, "Taxi trips")
    trips = "FROM samples.nyctaxi.trips"
    ((count, fare),) = rows(site, f"SELECT count(*), avg(fare_amount) {trips}")
    page.expect_value("count", count)
    value = page.drawn("fare").locator("[data-part=value]").get_attribute("data-value")
    assert float(value or 0) == pytest.approx(float(fare), rel=1e-9)
    bins = {int(float(x)): int(n) for x, n in rows(site, f"SELECT floor(trip_distance), count(*) {trips} GROUP BY 1")}
    (bars,) = page.traces("distances")
    assert sum(bars["y"]) == int(count)
    assert sorted(n for n in bars["y"] if n) == sorted(bins.values())
    cells = {
        (day, hour): int(n)
        for day, hour, n in rows(
            site,
            f"SELECT date_format(tpep_pickup_datetime, 'E'), hour(tpep_pickup_datetime), count(*) {trips} GROUP BY ALL",
        )
    }
    (heat,) = page.traces("rhythm")
    found = {(day, str(hour)): n for day, line in zip(heat["y"], heat["z"], strict=True)
             for hour, n in zip(heat["x"], line, strict=True) if n is not None}  # fmt: skip
    assert found == cells
    points = sum(len(one["x"]) for one in page.traces("fares"))
    assert points == 10_000
    expect(page.tile("fares")).to_contain_text("The first 10,000 rows; there are more.")


def test_map_pivot_area_and_percent_bars(visit: Visit, site: SandboxClient):
    page = board(visit, "Bakery")
    sales = "FROM samples.bakehouse.sales_transactions JOIN samples.bakehouse.sales_franchises f USING (franchiseID)"
    cities = {city: float(lat) for city, lat in rows(site, f"SELECT DISTINCT f.city, f.latitude {sales}")}
    marks = {t["name"]: t["y"][0] for t in page.traces("map") if t["name"] in cities}
    assert marks == pytest.approx(cities)
    wanted = {(country, size): total for country, size, total in rows(
        site, f"SELECT f.country, f.size, sum(totalPrice) {sales} GROUP BY ALL")}  # fmt: skip
    grid = page.drawn("pivot").get_by_role("grid")
    totals: dict[tuple[str, str], str] = {}
    country = ""
    for row in grid.get_by_role("row").all()[1:]:
        heads = row.get_by_role("rowheader").all_inner_texts()
        country = heads[0] if len(heads) == 2 else country
        if heads[-1] == "Total" and len(heads) == 1:
            continue
        cells = row.get_by_role("gridcell").all()
        totals[country, heads[-1]] = cells[-1].get_attribute("data-value") or ""
    assert {key: value for key, value in totals.items() if key in wanted} == wanted
    pieces = rows(site, f"SELECT sum(quantity) {sales}")[0][0]
    assert sum(sum(t["y"]) for t in page.traces("products")) == int(pieces)
    assert {t["name"] for t in page.traces("methods")} == {"amex", "mastercard", "visa"}


def test_forecast_and_metric_view(visit: Visit, site: SandboxClient):
    page = board(visit, "Plans and metrics")
    ((revenue,),) = rows(site, "SELECT MEASURE(`Revenue`) FROM main.shapes.revenue_metrics")
    page.expect_value("metric", revenue)
    traces = {t["name"]: t for t in page.traces("forecast")}
    assert [y for y in traces["Revenue"]["y"] if y is not None][-1] == 188
    assert [y for y in traces["Forecast"]["y"] if y is not None][-1] == 236
    bars = by_x(page.traces("metric_bars"))
    wanted = rows(site, "SELECT `Product`, MEASURE(`Orders`) FROM main.shapes.revenue_metrics GROUP BY ALL")
    assert {x: y for (_, x), y in bars.items()} == {product: int(n) for product, n in wanted}


def test_what_the_older_editor_made(visit: Visit, site: SandboxClient):
    page = board(visit, "Older editor")
    expect(page.portal.page.get_by_text("Unpublished changes are shown.")).to_be_visible()
    found = rows(site, f"SELECT product, CAST(sum(amount) AS DOUBLE), sum(quantity) {ORDERS} GROUP BY 1 ORDER BY 1")
    value = page.drawn("old_counter").locator("[data-part=value]").get_attribute("data-value")
    assert float(value or 0) == pytest.approx(float(found[0][1]))
    assert page.traces("old_column")[0]["y"] == pytest.approx([float(one[1]) for one in found])
    pie = page.traces("old_pie")[0]
    assert dict(zip(pie["labels"], pie["values"], strict=True)) == {one[0]: int(one[2]) for one in found}
    assert [row[0] for row in page.cells("old_table")] == [one[0] for one in found]
    for name in ("old_area", "old_line", "old_scatter", "old_bubble"):
        assert page.traces(name)


# Filters


def test_a_global_filter_acts_on_every_page_and_is_in_the_address(visit: Visit, site: SandboxClient):
    page = board(visit, "Sales overview")
    page.drawn("revenue")
    page.choose("Status", "open", "returned")
    ((revenue,),) = rows(site, f"SELECT sum(amount) {ORDERS} WHERE status IN ('open', 'returned')")
    page.expect_value("revenue", revenue)
    assert page.address["everywhere.status"] == ["open", "returned"]
    page.tab("Orders")
    assert page.address["everywhere.status"] == ["open", "returned"]
    assert {row[6] for row in page.cells("order_table")} <= {"open", "returned"}
    page.portal.page.reload()
    assert {row[6] for row in page.cells("order_table")} <= {"open", "returned"}
    page.portal.page.get_by_role("button", name="Reset").click()
    ((first,),) = rows(site, f"SELECT status {ORDERS} ORDER BY order_id LIMIT 1")
    expect(page.tile("order_table").get_by_role("row").nth(1)).to_contain_text(first)
    assert "everywhere.status" not in page.address


def test_days_of_a_range_are_both_included(visit: Visit, site: SandboxClient):
    page = board(visit, "Sales overview", query="?everywhere.days=2025-03-01~2025-03-31")
    ((revenue,),) = rows(
        site, f"SELECT sum(amount) {ORDERS} WHERE order_date BETWEEN DATE'2025-03-01' AND DATE'2025-03-31'"
    )
    page.expect_value("revenue", revenue)
    page.portal.page.get_by_label("Order date, to").fill("2025-03-02")
    ((revenue,),) = rows(
        site, f"SELECT sum(amount) {ORDERS} WHERE order_date BETWEEN DATE'2025-03-01' AND DATE'2025-03-02'"
    )
    page.expect_value("revenue", revenue)
    assert page.address["everywhere.days"] == ["2025-03-01~2025-03-02"]


def test_parameters_of_a_range_one_value_and_several(visit: Visit, site: SandboxClient):
    page = board(visit, "Taxi trips", query="?trips.least=10&trips.pickup=2016-01-10~2016-01-20")
    ((count,),) = rows(
        site, "SELECT count(*) FROM samples.nyctaxi.trips WHERE trip_distance >= 10 AND tpep_pickup_datetime >= "
        "TIMESTAMP'2016-01-10 00:00:00' AND tpep_pickup_datetime < TIMESTAMP'2016-01-21 00:00:00'"
    )  # fmt: skip
    page.expect_value("count", count)
    page.tab("By ZIP")
    assert [row[0].replace(",", "") for row in page.cells("zip_table")] != []
    assert {row[0].replace(",", "") for row in page.cells("zip_table")} == {"10001", "10002", "10003"}


def test_text_number_range_and_one_choice(visit: Visit, site: SandboxClient):
    page = board(visit, "Bakery")
    page.drawn("methods")
    sales = "FROM samples.bakehouse.sales_transactions s JOIN samples.bakehouse.sales_franchises f USING (franchiseID)"
    page.choose("Country", "Japan")
    ((japan,),) = rows(site, f"SELECT count(*) {sales} WHERE f.country = 'Japan'")
    ((pieces,),) = rows(site, f"SELECT sum(quantity) {sales} WHERE f.country = 'Japan'")
    page.expect_traces("products", lambda found: sum(sum(t["y"]) for t in found) == int(pieces))
    expect(page.tile("map").locator(".js-plotly-plot")).to_be_visible()
    assert int(japan) > 0
    page.portal.page.get_by_role("searchbox", name="Product contains").fill("tokyo")
    page.portal.page.wait_for_url("**product_text=tokyo**")
    page.portal.page.get_by_label("Pieces, from").fill("20")
    page.portal.page.get_by_label("Pieces, to").press("Tab")
    page.portal.page.wait_for_url("**quantity=20**")
    wanted = rows(
        site,
        f"SELECT sum(quantity) {sales} WHERE f.country = 'Japan' AND lower(product) LIKE '%tokyo%' AND quantity >= 20",
    )[0][0]
    page.expect_traces("products", lambda found: sum(sum(t["y"]) for t in found) == int(wanted))


def test_a_click_on_a_bar_filters_the_same_dataset_and_says_so(visit: Visit, site: SandboxClient):
    page = board(visit, "Sales overview")
    page.traces("by_product")
    page.tile("by_product").locator(".bars .point").first.click(force=True, position={"x": 5, "y": 5})
    chip = page.portal.page.get_by_role("button", name=re.compile("Revenue by product: "))
    expect(chip).to_be_visible()
    product = re.search(r"Revenue by product: (\w+)", chip.inner_text())
    assert product
    ((revenue,),) = rows(site, f"SELECT sum(amount) {ORDERS} WHERE product = '{product[1]}'")
    page.expect_value("revenue", revenue)
    with page.portal.page.expect_response(re.compile("/tiles$")):
        page.portal.page.get_by_role("button", name="Refresh").click()
    expect(chip).to_be_visible()
    page.expect_value("revenue", revenue)
    chip.click()
    ((revenue,),) = rows(site, f"SELECT sum(amount) {ORDERS}")
    page.expect_value("revenue", revenue)


# Running


def test_each_statement_runs_once_and_a_second_visit_runs_none(visit: Visit, site: SandboxClient):
    site.clear_calls()
    page = board(visit, "Sales overview")
    for name in ("revenue", "orders_count", "monthly_revenue", "by_product", "over_time", "statuses", "volume"):
        page.drawn(name)
    assert posts(site) == 7
    site.clear_calls()
    page.portal.page.reload()
    for name in ("revenue", "by_product", "volume"):
        page.drawn(name)
    assert posts(site) == 0
    page.portal.page.get_by_role("button", name="Refresh").click()
    for _ in range(50):
        if posts(site) == 7:
            break
        page.portal.page.wait_for_timeout(200)
    page.drawn("volume")
    assert posts(site) == 7


def test_what_refresh_runs_is_not_canceled_when_its_region_comes_again(visit: Visit, site: SandboxClient):
    long = "SELECT count(*) AS n FROM range(1000000000) WHERE id % 7 = 3"
    tiles = [counter(f"c{at}", "a", f"SUM(`n`) + {at}", at * 2, 0) for at in range(2)]
    id = made(site, {"datasets": [{"name": "a", "query": long}], "pages": [{"name": "p", "layout": tiles}]})
    page = board(visit, id)
    page.drawn("c0")
    page.drawn("c1")
    site.clear_calls()
    site.fault("workspace", "/lakeview/", delay=0.5)
    page.portal.page.get_by_role("button", name="Refresh").click()
    expect(page.portal.page.get_by_role("button", name="Stop")).to_be_visible()
    expect(page.portal.page.get_by_role("button", name="Stop")).to_be_hidden(timeout=60_000)
    assert posts(site) == 2
    assert not [call for call in site.calls() if call.route.endswith("/cancel")]


def test_at_most_five_run_at_a_time_and_leaving_cancels_them(visit: Visit, site: SandboxClient):
    endless = "SELECT count(*) AS n FROM range(1000000000000) WHERE id % 7 = 3"
    tiles = [counter(f"c{at}", "a", f"SUM(`n`) + {at}", at % 3 * 2, at // 3 * 3) for at in range(8)]
    id = made(site, {"datasets": [{"name": "a", "query": endless}], "pages": [{"name": "p", "layout": tiles}]})
    site.clear_calls()
    page = board(visit, id)
    expect(page.portal.page.get_by_role("button", name="Stop")).to_be_visible()
    page.portal.page.wait_for_timeout(3000)
    assert posts(site) == 5
    page.portal.page.get_by_role("button", name="Stop").click()
    for at in range(8):
        expect(page.expect_state(f"c{at}", "failed")).to_contain_text("Stopped")
    page.tile("c0").get_by_role("button", name="Run it").click()
    expect(page.portal.page.get_by_role("button", name="Stop")).to_be_visible()
    page.portal.page.wait_for_timeout(1500)
    site.clear_calls()
    page.portal.go("Queries")
    page.portal.expect_heading("Queries")
    page.portal.page.wait_for_timeout(1500)
    assert sum(one.count for one in site.calls("workspace", "/cancel")) == 5


def posts(site: SandboxClient) -> int:
    """Statements that were submitted."""
    return sum(one.count for one in site.calls("workspace", "/sql/statements")
               if one.method == "POST" and "cancel" not in one.route)  # fmt: skip


# What goes wrong


def test_a_table_that_is_not_granted_is_told_once_and_the_rest_is_drawn(visit: Visit, site: SandboxClient):
    id = made(site, {"datasets": [{"name": "a", "displayName": "People", "query": "SELECT * FROM main.hr.people"},
                                  {"name": "b", "displayName": "One", "query": "SELECT 1 AS n"}],
                     "pages": [{"name": "p", "displayName": "P", "layout": [
                         counter("secret", "a", "COUNT(`*`)"), counter("one", "b", "SUM(`n`)", 2),
                         counter("nothing", "b", "SUM(`no`)", 4)]}]})  # fmt: skip
    page = board(visit, id)
    page.expect_value("one", "1")
    expect(page.expect_state("secret", "not-permitted")).to_contain_text("main.hr")
    failed = page.expect_state("nothing", "failed")
    expect(failed).to_contain_text("UNRESOLVED_COLUMN")
    expect(failed).to_contain_text("Dataset: One")
    expect(page.portal.page.get_by_text("Here everyone sees with their own rights")).to_have_count(1)


def counter(name: str, dataset: str, expression: str, x: int = 0, y: int = 0) -> dict[str, Any]:
    query = {"datasetName": dataset, "fields": [{"name": "v", "expression": expression}], "disaggregated": False}
    spec = {"version": 2, "widgetType": "counter", "encodings": {"value": {"fieldName": "v"}},
            "frame": {"showTitle": True, "title": name}}  # fmt: skip
    return {"widget": {"name": name, "queries": [{"name": "main_query", "query": query}], "spec": spec},
            "position": {"x": x, "y": y, "width": 2, "height": 3}}  # fmt: skip


def test_hostile_texts_are_texts_and_sql_that_writes_never_runs(visit: Visit, site: SandboxClient):
    hostile = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>**bold**"
    bad = "SELECT 'x' AS n) INSERT INTO main.sales.loot SELECT 'secret' /*"
    id = made(site, {"datasets": [{"name": "a", "displayName": hostile, "query": f"SELECT '{hostile[:20]}' AS n"},
                                  {"name": "b", "displayName": "B", "query": bad}],
                     "pages": [{"name": "p", "displayName": hostile, "layout": [
                         {"widget": {"name": "t", "multilineTextboxSpec": {"lines": [hostile]}},
                          "position": {"x": 0, "y": 90000, "width": 6, "height": 2}},
                         counter("n", "a", "MAX(`n`)"), counter("loot", "b", "MAX(`n`) */", 2),
                         {"widget": {"name": "new", "spec": {"widgetType": "hologram", "version": 9}},
                          "position": {"x": 4, "y": 0, "width": 2, "height": 3}}]}]}, "Hostile")  # fmt: skip
    page = board(visit, id)
    page.portal.expect_heading("Hostile")
    page.expect_value("n", hostile[:20])
    expect(page.expect_state("t", "drawn").locator("strong")).to_have_text("bold")
    expect(page.tile("t").locator("img, script")).to_have_count(0)
    page.expect_state("loot", "unsupported")
    expect(page.expect_state("new", "unsupported")).to_contain_text("hologram")
    assert "owned" not in page.portal.page.title()


@pytest.mark.parametrize(("content", "said"), [
    ({"pages": []}, "This dashboard has no pages"),
    ({"pages": [{"name": "p", "displayName": "P"}]}, "This page is empty"),
    ({"pages": 7}, "This dashboard cannot be read"),
])  # fmt: skip
def test_a_dashboard_without_anything_to_draw_says_so(visit: Visit, site: SandboxClient, content: Any, said: str):
    page = board(visit, made(site, content))
    expect(page.portal.page.get_by_text(said).first).to_be_visible()


def test_what_is_gone_trashed_or_anothers_is_not_found(visit: Visit, site: SandboxClient):
    id = made(site, {"pages": []})
    asked(site, "DELETE", f"/api/2.0/lakeview/dashboards/{id}")
    page = board(visit, id)
    expect(page.portal.page.get_by_text("is in the trash of Databricks")).to_be_visible()
    page.portal.open(f"/dashboards/{'0' * 32}")
    expect(page.portal.page.get_by_text("There is no dashboard")).to_be_visible()
    page.portal.open(f"/dashboards/{sample('Bakery')}?page=nowhere")
    expect(page.portal.page.get_by_text("has no such page")).to_be_visible()


def test_values_that_do_not_fit_are_told_in_their_tiles(visit: Visit):
    page = board(visit, "Taxi trips", query="?trips.least=many&trips.zip=not-there")
    expect(page.expect_state("count", "failed")).to_contain_text("not a number")
    expect(page.tile("count")).to_contain_text("At least so many miles")


# Looks


@pytest.mark.parametrize("name", ["Sales overview", "Bakery"])
def test_axe_finds_nothing_and_a_phone_has_one_column(visit: Visit, name: str):
    page = board(visit, name, width=390)
    tiles = page.portal.page.locator("section[data-widget]")
    for at in range(tiles.count()):
        tiles.nth(at).scroll_into_view_if_needed()
        expect(tiles.nth(at)).not_to_have_attribute("data-state", "loading")
    page.portal.expect_no_sideways_scrolling()
    lefts = {round((tiles.nth(at).bounding_box() or {"x": 0})["x"]) for at in range(tiles.count())}
    assert len(lefts) == 1
    page.portal.expect_accessible()
