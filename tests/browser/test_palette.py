"""The command palette and the list of shortcuts, by keyboard; and the notice of an identity that everyone shares."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.conftest import Visit, closed
from tests.browser.pages import Portal
from tests.portal_process import start_portal
from tests.sandbox_client import SandboxClient


def palette(portal: Portal) -> Locator:
    return portal.page.get_by_role("dialog", name="Search the portal")


def field(portal: Portal) -> Locator:
    return palette(portal).get_by_role("combobox")


def option(portal: Portal, name: str | re.Pattern[str]) -> Locator:
    return palette(portal).get_by_role("option", name=name)


def opened(portal: Portal) -> Portal:
    portal.expect_no_loading()
    portal.page.keyboard.press("Control+k")
    expect(field(portal)).to_be_focused()
    return portal


def test_opening_it_asks_nothing_and_a_page_is_two_keys_away(visit: Visit) -> None:
    portal = visit("analyst-west", "/identity")
    portal.expect_no_loading()
    portal.page.wait_for_load_state("networkidle")
    portal.requests.clear()
    opened(portal)
    expect(option(portal, "Home")).to_have_attribute("aria-selected", "true")
    portal.page.keyboard.type("t")
    expect(option(portal, "Trips")).to_be_visible()
    assert not portal.requests
    portal.page.keyboard.type("rips")
    expect(option(portal, "Trips")).to_have_attribute("aria-selected", "true")
    portal.page.keyboard.press("Enter")
    portal.expect_path("/trips")
    expect(palette(portal)).to_have_count(0)
    expect(portal.page.get_by_role("heading", level=1, name="Trips")).to_be_focused()


def test_arrows_move_through_the_results_and_name_them_to_the_field(visit: Visit) -> None:
    portal = opened(visit("analyst-west", "/identity"))
    portal.page.keyboard.press("ArrowDown")
    second = palette(portal).get_by_role("option").nth(1)
    expect(second).to_have_attribute("aria-selected", "true")
    expect(field(portal)).to_have_attribute("aria-activedescendant", second.get_attribute("id") or "-")
    portal.page.keyboard.press("ArrowUp")
    portal.page.keyboard.press("ArrowUp")
    expect(palette(portal).get_by_role("option").last).to_have_attribute("aria-selected", "true")
    expect(field(portal)).to_be_focused()


def test_escape_closes_and_the_focus_returns(visit: Visit) -> None:
    portal = visit("analyst-west", "/identity")
    portal.expect_no_loading()
    button = portal.page.get_by_role("button", name="Search", exact=True)
    button.focus()
    portal.page.keyboard.press("Enter")
    expect(field(portal)).to_be_focused()
    portal.page.keyboard.press("Escape")
    expect(palette(portal)).to_have_count(0)
    expect(button).to_be_focused()


def test_tables_are_found_as_the_viewer(visit: Visit) -> None:
    portal = opened(visit("analyst-west", "/identity"))
    field(portal).press_sequentially("orders", delay=30)
    table = option(portal, re.compile(r"^orders main\.sales"))
    expect(table).to_be_visible()
    sent = [one for one in portal.requests if one.post_data and "palette-ask.data" in one.post_data]
    assert 1 <= len(sent) <= 2, "one request once the typing pauses"
    portal.expect_accessible()
    table.click()
    portal.expect_path("/catalog/main/sales/orders")


def test_jobs_are_found(visit: Visit) -> None:
    portal = visit("engineer", "/jobs")
    portal.expect_no_loading()
    name = portal.page.get_by_role("grid").get_by_role("link").first.inner_text().strip()
    opened(portal)
    field(portal).press_sequentially(name, delay=10)
    expect(palette(portal).get_by_role("group", name="Jobs").get_by_role("option").first).to_contain_text(name)
    portal.page.keyboard.press("ArrowUp")
    palette(portal).get_by_role("group", name="Jobs").get_by_role("option").first.click()
    expect(portal.page).to_have_url(re.compile(r"/jobs/\d+$"))


def test_what_finds_nothing_says_so(visit: Visit) -> None:
    portal = opened(visit("analyst-west", "/identity"))
    field(portal).fill("zzzyyy")
    expect(palette(portal).get_by_role("status")).to_have_text(
        "No job, table, column, dashboard or saved query is called so."
    )
    expect(field(portal)).to_have_attribute("aria-expanded", "false")
    portal.expect_accessible()


def test_what_is_found_and_not_shown_is_counted(visit: Visit) -> None:
    portal = opened(visit("engineer", "/jobs"))
    portal.grid("Jobs").expect_shown()
    field(portal).fill("or")
    status = palette(portal).get_by_role("status")
    expect(status).to_have_text(re.compile(r"^\d+ found, at most 7 of a kind are shown"), timeout=30_000)
    shown = palette(portal).locator("#palette-found").get_by_role("option").count()
    assert int(status.inner_text().split()[0]) > shown >= 7


def test_columns_that_were_not_searched_are_said(visit: Visit, site: SandboxClient) -> None:
    site.control("POST", f"/warehouses/{site.warehouse_id}", {"state": "STOPPED", "start_seconds": 0.5})
    portal = opened(visit("analyst-west", "/identity"))
    field(portal).fill("order_i")
    status = palette(portal).get_by_role("status")
    expect(status).to_contain_text(re.compile("columns are searched on a warehouse, and .+ does not run"))


def test_what_is_late_is_asked_for_again_and_what_failed_says_so(visit: Visit, site: SandboxClient) -> None:
    portal = opened(visit("analyst-west", "/identity"))
    status = palette(portal).get_by_role("status")
    slow = site.fault("workspace", "/sql/1.0/warehouses", delay=2.5)
    field(portal).fill("order_i")
    expect(status).to_contain_text("no answer yet from columns")
    column = palette(portal).get_by_role("group", name="Columns").get_by_role("option", name="main.sales.orders")
    expect(column).to_be_visible(timeout=30_000)
    expect(status).to_have_text(re.compile(r"^\d+ found\.$"))
    site.control("DELETE", f"/faults/{slow}")
    site.fault("workspace", "/sql/1.0/warehouses", status=404)
    field(portal).fill("order_id")
    expect(status).to_contain_text("columns: ", timeout=30_000)


def test_a_newcomer_finds_pages_and_hears_why_nothing_else(visit: Visit) -> None:
    portal = opened(visit("newcomer", "/identity"))
    field(portal).fill("trips")
    expect(option(portal, "Trips")).to_be_visible()
    expect(palette(portal).get_by_role("status")).to_contain_text("Sign in to Databricks")


def test_shortcuts_are_listed_but_not_while_typing(visit: Visit) -> None:
    portal = visit("analyst-west", "/trips")
    portal.expect_no_loading()
    listed = portal.page.get_by_role("dialog", name="Keyboard shortcuts")
    portal.page.get_by_label("Pickup ZIP").press("?")
    expect(listed).to_have_count(0)
    expect(portal.page.get_by_label("Pickup ZIP")).to_have_value("?")
    portal.page.locator("main").focus()
    portal.page.keyboard.press("?")
    expect(listed).to_be_visible()
    portal.expect_accessible()
    portal.page.keyboard.press("Escape")
    expect(listed).to_have_count(0)
    expect(portal.page.locator("main")).to_be_focused()


# A shared identity


@pytest.fixture
def developers(site: SandboxClient, browser: Browser) -> Iterator[Portal]:
    """A portal on a developer's own machine, where everyone is the developer."""
    bundle = site.env["REQUESTS_CA_BUNDLE"]
    own = {
        "DATABRICKS_HOST": site.workspace_url,
        "DATABRICKS_WAREHOUSE_ID": site.warehouse_id,
        "DATABRICKS_TOKEN": "dapi-engineer",
        "REQUESTS_CA_BUNDLE": bundle,
        "SSL_CERT_FILE": bundle,
        "PORTAL_IDENTITY": "developer",
    }
    running = start_portal(own, "--workers", "1")
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    yield Portal(context.new_page(), running.url)
    closed(context)
    running.stop()


def test_everyone_is_told_whose_identity_is_shared(developers: Portal) -> None:
    developers.open("/identity")
    notice = developers.region("Shared identity")
    expect(notice).to_contain_text("Everyone who reaches this portal acts as Engineer")
    developers.expect_no_loading()
    developers.expect_accessible()
    developers.expect_clean()


def test_under_connect_nobody_is_told_so(visit: Visit) -> None:
    portal = visit("analyst-west", "/identity")
    portal.expect_no_loading()
    expect(portal.region("Shared identity")).to_have_count(0)
