"""From a number to the task that failed, and back; a saved query that is scheduled, and tells when."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.warehouse_page import warehouse
from tests.sandbox_client import SandboxClient

ORDERS = "main.sales.orders"


def test_from_a_result_to_the_failing_task_and_back(visit: Visit):
    page = warehouse(visit, "analyst-west")
    page.run(f"SELECT region, count(*) AS n FROM {ORDERS} GROUP BY region")
    shown = page.portal.page
    comes_from = shown.get_by_label("Tables of this result")
    comes_from.get_by_role("link", name=ORDERS).click()
    page.portal.expect_heading("orders")
    section = page.portal.region("Lineage")
    expect(section).to_contain_text("Unity Catalog answered")
    expect(section).to_contain_text("not visible to you")
    expect(section.get_by_text("Updated")).to_contain_text("its schedule")
    section.get_by_role("link", name=re.compile("task validate")).click()
    expect(shown).to_have_url(re.compile(r"/jobs/\d+/runs/\d+\?task=validate$"))
    expect(shown.get_by_role("heading", name="validate")).to_be_visible()
    shown.go_back()
    page.portal.expect_heading("orders")
    # A table beside it is opened in the graph, by keyboard as well, and the address knows.
    button = section.get_by_role("button", name="Neighbours of main.sales.customers").first
    button.focus()
    shown.keyboard.press("Enter")
    expect(section.get_by_role("button", name="Neighbours of main.sales.customers").first).to_have_attribute(
        "aria-expanded", "true"
    )
    expect(shown).to_have_url(re.compile(r"open=main\.sales\.customers"))
    expect(section.locator(".graph-task").filter(has_text="samples.tpch.cu")).to_be_visible()


def test_a_chosen_column_shows_the_columns_beside_it_and_the_way_back(visit: Visit):
    portal = visit("engineer", "/catalog/main/sales/orders")
    page = portal.page
    section = portal.region("Lineage of a column")
    choice = section.get_by_label("Column", exact=True)
    choice.focus()
    choice.select_option("amount")
    expect(section.get_by_role("status")).to_contain_text("Unity Catalog answered (column lineage)")
    expect(page).to_have_url(re.compile(r"\?lcol=amount$"))
    expect(choice).to_be_focused()
    beside = section.get_by_role("grid", name="Columns beside amount")
    expect(beside).to_contain_text("samples.tpch.orders")
    beside.get_by_role("link", name="o_totalprice", exact=True).click()
    expect(page).to_have_url(re.compile(r"/samples/tpch/orders\?lcol=o_totalprice$"))
    other = section.get_by_role("grid", name="Columns beside o_totalprice")
    expect(section.get_by_label("Column", exact=True)).to_have_value("o_totalprice")
    other.get_by_role("row").filter(has_text=ORDERS).get_by_role("link", name="amount", exact=True).click()
    expect(page).to_have_url(re.compile(r"/main/sales/orders\?lcol=amount$"))
    expect(beside).to_be_visible()
    portal.expect_accessible()


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_the_parts_are_accessible_and_fit(visit: Visit, theme: str, width: int):
    portal = visit("engineer", "/catalog/main/sales/orders", theme=theme, width=width)
    expect(portal.page.get_by_role("grid", name="Who wrote and read it")).to_be_visible()
    portal.expect_accessible()
    portal.expect_no_sideways_scrolling()


def test_a_query_is_scheduled_and_tells_when(visit: Visit, site: SandboxClient):
    portal = visit("analyst-west", "/queries?show=saved")
    page = portal.page
    page.get_by_role("link", name="Orders by region", exact=True).first.click()
    watch = portal.region("Schedules and alerts")
    dialog = page.get_by_role("dialog")
    watch.get_by_role("button", name=re.compile("^Schedule")).click()
    dialog.get_by_label("At (hours and minutes)").fill("25:61")
    dialog.get_by_label("Time zone").fill("Europe/Berlin")
    dialog.get_by_role("button", name="Show the starts").click()
    # What is wrong is said where it still stands.
    expect(dialog).to_contain_text("The time must be hours and minutes")
    dialog.get_by_label("At (hours and minutes)").fill("02:30")
    dialog.get_by_role("button", name="Show the starts").click()
    expect(dialog).to_contain_text("Every day at 02:30 (Europe/Berlin)")
    expect(dialog).to_contain_text("the clocks skip the hour")
    dialog.get_by_role("button", name="Create", exact=True).click()
    schedules = watch.get_by_role("grid", name="Schedules")
    expect(schedules).to_contain_text("Every day at 02:30")
    schedules.get_by_role("button", name=re.compile("^Pause")).click()
    dialog.get_by_role("button", name="Pause", exact=True).click()
    expect(schedules).to_contain_text("Paused")
    schedules.get_by_role("button", name=re.compile("^Remove")).click()
    dialog.get_by_role("button", name="Remove", exact=True).click()
    expect(watch).to_contain_text("It runs when somebody runs it.")
    watch.get_by_role("button", name=re.compile("^Tell me when")).click()
    dialog.get_by_label("Column of the result").fill("orders")
    dialog.get_by_label("Fires when it").select_option("GREATER_THAN")
    dialog.get_by_label("Threshold").fill("10")
    dialog.get_by_role("button", name="Create the alert").click()
    alerts = watch.get_by_role("grid", name="Alerts")
    expect(alerts).to_contain_text("fires when orders is above 10")
    portal.expect_accessible()
    portal.open("/queries?show=alerts")
    listed = page.get_by_role("grid", name="Alerts")
    expect(listed).to_contain_text("Not evaluated yet")
    listed.get_by_role("button", name=re.compile("^Delete")).click()
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("heading", name="No alerts")).to_be_visible()
    assert not site.control("GET", "/alerts")["sent"]
