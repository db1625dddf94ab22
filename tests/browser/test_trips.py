"""The page that a team would copy: a filter, a chart and a grid over one read."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.sandbox_client import SandboxClient


def test_a_chart_and_a_grid_from_one_statement(visit: Visit, site: SandboxClient) -> None:
    portal = visit("analyst-west", "/trips?miles=0")
    portal.grid("Trips").expect_shown()
    site.clear_calls()
    portal.open("/trips")
    portal.expect_heading("Trips")
    portal.expect_title("Trips")
    portal.grid("Trips").expect_shown()
    chart = portal.page.get_by_role("img", name="Trips by pickup hour")
    expect(chart.locator(".bars .point")).to_have_count(24)
    expect(portal.page.get_by_text("The newest 200 of 21,932 trips")).to_be_visible()
    # On a connection that is open already: execute with direct results, and close.
    assert site.count("workspace", "/sql/1.0/warehouses") <= 2, site.calls("workspace")


def test_coming_back_a_moment_later_asks_nothing(visit: Visit, site: SandboxClient) -> None:
    portal = visit("analyst-west", "/trips")
    portal.grid("Trips").expect_shown()
    portal.navigation.get_by_role("link", name="Home").click()
    portal.expect_title("Home")
    portal.expect_no_loading()
    site.clear_calls()
    portal.navigation.get_by_role("link", name="Trips").click()
    portal.grid("Trips").expect_shown()
    chart = portal.page.get_by_role("img", name="Trips by pickup hour")
    expect(chart.locator(".bars .point")).to_have_count(24)
    assert site.count("workspace", "/sql/") == 0, site.calls("workspace")
    # The viewer may want them anew.
    with portal.page.expect_response(re.compile("_dash-update-component")):
        portal.page.get_by_role("button", name="Refresh").click()
    assert site.count("workspace", "/sql/1.0/warehouses") > 0


def test_the_filter_is_in_the_address_and_comes_back_from_it(visit: Visit) -> None:
    portal = visit("analyst-west", "/trips")
    portal.grid("Trips").expect_shown()
    portal.page.get_by_label("Pickup ZIP").fill("10103")
    portal.expect_path("/trips?zip=10103")
    column = portal.grid("Trips").box.locator("[role=gridcell][col-id=c4]")
    expect(column.filter(has_not_text="10103")).to_have_count(0)
    portal.open("/trips?zip=10103&miles=3")
    expect(portal.page.get_by_label("Pickup ZIP")).to_have_value("10103")
    expect(portal.page.get_by_label("At least miles")).to_have_value("3")
    portal.grid("Trips").expect_shown()


def test_what_is_no_number_or_matches_nothing_is_said(visit: Visit) -> None:
    portal = visit("analyst-west", "/trips")
    portal.grid("Trips").expect_shown()
    portal.page.get_by_label("Pickup ZIP").fill("<b>Midtown</b>")
    portal.state("Not a number").expect_shown()
    portal.page.get_by_label("Pickup ZIP").fill("99999")
    portal.state("No trips").expect_shown()
    expect(portal.page.get_by_label("Pickup ZIP")).to_have_value("99999")


def test_a_statement_that_databricks_refuses_is_shown_in_its_words(visit: Visit, site: SandboxClient) -> None:
    portal = visit("analyst-west", "/trips")
    portal.grid("Trips").expect_shown()
    site.control("POST", f"/warehouses/{site.warehouse_id}", {"state": "STOPPED", "start_seconds": 1})
    portal.page.get_by_label("At least miles").fill("4")
    portal.grid("Trips").expect_shown()
