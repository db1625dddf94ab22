"""What one does with a tile and a page: its menu, printing, and what happens while it is looked at."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.dashboards_page import Board, asked, board, made, rows, sample
from tests.sandbox_client import SandboxClient

BY_PRODUCT = "SELECT product, status, sum(amount) FROM main.sales.orders GROUP BY ALL"


def test_a_tiles_menu_gives_its_rows_as_a_list_a_file_and_sql(visit: Visit, site: SandboxClient):
    page = board(visit, "Sales overview", query="?everywhere.status=open")
    tab = page.portal.page
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    wanted = sorted(product for product, status, _ in rows(site, BY_PRODUCT) if status == "open")
    page.drawn("by_product")

    page.menu("by_product", "Rows")
    dialog = tab.get_by_role("dialog", name="Rows of Revenue by product")
    expect(dialog).to_contain_text(f"{len(wanted)} rows.")
    found = dialog.get_by_role("row")
    assert sorted(found.nth(at).get_by_role("cell").first.inner_text() for at in range(1, found.count())) == wanted
    page.portal.expect_no_violations("light")
    dialog.get_by_role("button", name="Close").click()

    with tab.expect_download() as begun:
        page.menu("by_product", "Download as CSV")
    with Path(begun.value.path()).open(encoding="utf-8-sig", newline="") as file:
        assert sorted(line[0] for line in list(csv.reader(file))[1:]) == wanted

    page.menu("by_product", "Copy link")
    link = tab.evaluate("navigator.clipboard.readText()")
    assert link.endswith("?everywhere.status=open#by_product")

    page.menu("by_product", "Open SQL in the editor")
    expect(tab).to_have_url(re.compile(r"/warehouse#"))
    editor = tab.get_by_role("textbox", name="SQL", exact=True)
    expect(editor).to_contain_text("main.sales.orders")
    expect(tab.locator("#warehouse-parameters input").first).to_have_value("open")


def test_from_a_tiles_number_to_the_task_that_failed_and_back(visit: Visit):
    page = board(visit, "Sales overview")
    tab = page.portal.page
    page.drawn("by_product")
    page.menu("by_product", "Tables")
    dialog = tab.get_by_role("dialog", name="Tables of Revenue by product")
    expect(dialog.get_by_role("listitem")).to_have_text(["main.sales.orders"])
    page.portal.expect_no_violations("light")
    dialog.get_by_role("link", name="main.sales.orders").click()
    expect(tab).to_have_url(re.compile(r"/catalog/main/sales/orders#lineage$"))
    # Its lineage is where one arrives, however late what stands above it came.
    heading = tab.get_by_role("heading", name="Lineage", exact=True)
    expect(heading).to_be_focused()
    expect(heading).to_be_in_viewport()
    section = page.portal.region("Lineage")
    section.get_by_role("link", name=re.compile("task validate")).click()
    expect(tab).to_have_url(re.compile(r"/jobs/\d+/runs/\d+\?task=validate$"))
    tab.go_back()
    expect(section).to_be_visible()
    section.get_by_role("link", name="Sales overview", exact=True).click()
    page.drawn("by_product")


def test_a_menu_is_worked_by_keys(visit: Visit):
    page = board(visit, "Sales overview")
    button = page.drawn("revenue").get_by_role("button", name="Menu of Revenue")
    button.press("Enter")
    items = page.portal.page.get_by_role("menuitem")
    expect(items.first).to_be_focused()
    items.first.press("ArrowDown")
    expect(items.nth(1)).to_be_focused()
    items.nth(1).press("Escape")
    expect(items).to_have_count(0)
    expect(button).to_be_focused()


def test_a_draft_that_is_changed_meanwhile_is_told_and_loaded_on_demand(visit: Visit, site: SandboxClient):
    count = {"name": "q", "query": {"datasetName": "d", "fields": [{"name": "n", "expression": "COUNT(`*`)"}]}}
    spec = {"version": 2, "widgetType": "counter", "encodings": {"value": {"fieldName": "n"}}}
    shown = {"name": "w", "queries": [count], "spec": {**spec, "frame": {"showTitle": True, "title": "Before"}}}
    table = {"name": "all", "queries": [{"name": "q", "query": {"datasetName": "d", "disaggregated": True,
             "fields": [{"name": "id", "expression": "`id`"}]}}],
             "spec": {"version": 1, "widgetType": "filter-single-select", "frame": {"showTitle": True, "title": "Id"},
                      "encodings": {"fields": [{"fieldName": "id", "queryName": "q"}]}}}  # fmt: skip
    layout = [{"widget": one, "position": {"x": at * 3, "y": 0, "width": 3, "height": 3}}
              for at, one in enumerate((shown, table))]  # fmt: skip
    content = {
        "datasets": [{"name": "d", "query": "SELECT id FROM range(3)"}],
        "pages": [{"name": "p", "layout": layout}],
    }
    id = made(site, content)
    page = board(visit, id)
    page.expect_value("w", "3")
    after = json.loads(json.dumps(content).replace("Before", "After").replace("range(3)", "range(4)"))
    asked(site, "PATCH", f"/api/2.0/lakeview/dashboards/{id}", {"serialized_dashboard": json.dumps(after)})
    page.portal.forget()
    page.choose("Id", "1")
    warning = page.portal.page.get_by_text("This dashboard was changed meanwhile.")
    expect(warning).to_be_visible()
    page.portal.page.get_by_role("button", name="Load it again").click()
    expect(page.portal.page.get_by_role("region", name="After")).to_be_visible()
    page.expect_value("w", "1")


PRINT = """window.print = () => {
  const states = [...document.querySelectorAll("section.tile-data")].map(({dataset}) => dataset.state);
  document.body.dataset.printed = `${document.documentElement.dataset.bsTheme} ${[...new Set(states)].join()}`;
};"""


@pytest.mark.parametrize("by", ["button", "key"])
def test_every_tile_is_drawn_before_the_page_is_printed_on_light_ground(visit: Visit, by: str):
    portal = visit("analyst-west", None, theme="dark")
    portal.page.add_init_script(PRINT)
    portal.page.set_viewport_size({"width": 1440, "height": 500})
    portal.open(f"/dashboards/{sample('Sales overview')}")
    page = Board(portal)
    page.drawn("revenue")
    expect(page.tile("statuses")).to_have_attribute("data-state", "loading")
    if by == "key":
        portal.page.keyboard.press("Control+p")
    else:
        portal.page.get_by_role("button", name="Print").click()
    expect(portal.page.locator("body")).to_have_attribute("data-printed", "light drawn")


def test_what_the_browsers_own_menu_prints_says_what_is_missing(visit: Visit):
    portal = visit("analyst-west", None)
    portal.page.set_viewport_size({"width": 1440, "height": 500})
    portal.open(f"/dashboards/{sample('Sales overview')}")
    page = Board(portal)
    page.drawn("revenue")
    expect(page.tile("statuses")).to_have_attribute("data-state", "loading")
    said = portal.page.get_by_text(re.compile(r"\d tiles? of this page (is|are) not drawn yet"))
    portal.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(said).to_be_visible()
    portal.page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(said).to_have_count(0)


def test_a_chart_is_a_table_to_who_does_not_see_it(visit: Visit, site: SandboxClient):
    page = board(visit, "Sales overview")
    table = page.drawn("statuses").get_by_role("table", name="Orders by status")
    found = {tuple(table.get_by_role("row").nth(at).get_by_role("cell").all_inner_texts()) for at in (1, 2, 3)}
    names = table.get_by_role("rowheader").all_inner_texts()
    counts = {status: int(count) for status, count in rows(
        site, "SELECT status, count(*) FROM main.sales.orders GROUP BY ALL")}  # fmt: skip
    assert set(names) == set(counts)
    assert {int(one[0].replace(",", "")) for one in found} == set(counts.values())


def test_who_is_signed_out_while_looking_is_shown_how_to_sign_in(visit: Visit, site: SandboxClient):
    page = board(visit, "Sales overview")
    page.drawn("revenue")
    site.control("POST", "/revoke", {"viewer": "analyst-west", "oauth_session": True})
    page.filter("Order date, from").fill("2025-02-01")
    page.filter("Order date, from").press("Tab")
    expect(page.portal.page.get_by_role("link", name="Sign in to Databricks")).to_be_visible()
