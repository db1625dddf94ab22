"""The first page: who the viewer is, ten rows, and what the page does when a part of it fails."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.sandbox_client import SandboxClient


@pytest.mark.parametrize(("viewer", "name"), [("analyst-west", "Analyst West"), ("engineer", "Engineer")])
def test_a_viewer_is_greeted_by_the_name_that_databricks_knows(visit: Visit, viewer: str, name: str) -> None:
    portal = visit(viewer)
    portal.expect_heading(f"Hello, {name}")
    portal.expect_title("Home")
    expect(portal.navigation.get_by_role("link", name="Home")).to_have_attribute("aria-current", "page")
    expect(portal.viewer_menu).to_contain_text(name)


def test_ten_trips_are_drawn(visit: Visit) -> None:
    portal = visit("analyst-west")
    trips = portal.grid("Trips")
    trips.expect_rows(10)
    expect(trips.headers).to_have_text(
        ["tpep_pickup_datetime", "tpep_dropoff_datetime", "trip_distance", "fare_amount", "pickup_zip", "dropoff_zip"]
    )
    expect(portal.region("Warehouse")).to_contain_text("Running")


def test_a_second_visit_asks_databricks_nothing(visit: Visit, site: SandboxClient) -> None:
    portal = visit("analyst-west")
    portal.grid("Trips").expect_rows(10)
    portal.expect_no_loading()
    # What is fired, running or the viewer's own has no place in the page before it is known.
    asked = -1
    while asked != (asked := site.count("workspace")):
        portal.page.wait_for_timeout(1_000)
    site.clear_calls()
    portal.open("/")
    portal.grid("Trips").expect_rows(10)
    portal.expect_no_loading()
    assert site.count("workspace") == 0
    assert site.count("connect", "credentials") == 0


def test_the_grid_has_one_stop_in_the_tab_order_and_arrow_keys(visit: Visit) -> None:
    portal = visit()
    trips = portal.grid("Trips")
    trips.expect_rows(10)
    portal.page.get_by_role("button", name="Refresh").focus()
    portal.page.keyboard.press("Tab")
    expect(trips.headers.first).to_be_focused()
    portal.page.keyboard.press("ArrowDown")
    expect(trips.cells.first).to_be_focused()
    portal.page.keyboard.press("End")
    expect(trips.cells.nth(5)).to_be_focused()
    portal.page.keyboard.press("Tab")
    expect(trips.box.locator(":focus")).to_have_count(0)


def test_a_newcomer_signs_in_in_another_tab_and_the_page_goes_on(visit: Visit) -> None:
    portal = visit("newcomer")
    portal.expect_heading("Hello")
    state = portal.state("Sign in to Databricks")
    state.expect_request_id()
    # It concerns the viewer, so it is said once, not in each region.
    assert sum(box.is_visible() for box in portal.page.get_by_role("heading", name="Sign in to Databricks").all()) == 1
    with portal.page.context.expect_page() as opened:
        state.link("Sign in to Databricks").click()
    login = opened.value
    login.wait_for_load_state()
    for button in login.get_by_role("button").all()[:1]:
        button.click()
        login.wait_for_load_state()
    login.close()
    portal.page.bring_to_front()
    portal.page.evaluate("window.dispatchEvent(new Event('focus'))")
    portal.grid("Trips").expect_rows(10)
    portal.expect_heading("Hello, Newcomer")


def test_a_failing_warehouse_list_leaves_the_rows_alone(visit: Visit, site: SandboxClient) -> None:
    site.fault(route="/api/2.0/sql/warehouses", status=403, body={"error_code": "PERMISSION_DENIED", "message": "no"})
    portal = visit("analyst-east")
    portal.grid("Trips").expect_rows(10)
    state = portal.state("Not permitted")
    state.expect_request_id()
    site.clear_faults()
    state.press("Try again")
    expect(portal.region("Warehouse")).to_contain_text("Running")


def test_an_exchange_that_fails_is_a_state_that_recovers(visit: Visit, site: SandboxClient) -> None:
    site.fault("connect", "credentials", status=502, body="<html>bad gateway</html>")
    portal = visit("analyst-east", forget=False)
    portal.expect_heading("Hello")
    state = portal.state("Service unreachable")
    state.expect_request_id()
    site.clear_faults()
    state.press("Try again")
    # Once, for every region that failed alike.
    portal.grid("Trips").expect_rows(10)
    expect(portal.page.get_by_role("heading", name="Service unreachable")).to_have_count(0)


def test_without_a_viewer_the_page_says_to_sign_in(visit: Visit, site: SandboxClient) -> None:
    answer = visit().page.context.request.get(site.content_url)
    assert answer.status == 200
    assert re.search(r'<html lang="en"', answer.text())


def test_what_is_drawn_already_is_not_asked_for(visit: Visit) -> None:
    portal = visit("analyst-west")
    portal.grid("Trips").expect_rows(10)
    portal.expect_no_loading()
    portal.go("Identity")
    portal.expect_heading("Identity")
    portal.requests.clear()
    portal.go("Home")
    portal.expect_heading("Hello, Analyst West")
    portal.grid("Trips").expect_rows(10)
    portal.page.wait_for_load_state("networkidle")
    asked = [str(request.post_data) for request in portal.requests if "_dash-update-component" in request.url]
    assert any("_pages_content" in body for body in asked), "the page itself came from the portal"
    assert not [body for body in asked if "home-rows" in body or "home-runs" in body or "home-name" in body]


def test_the_picture_is_drawn_before_the_first_script_runs(visit: Visit) -> None:
    portal = visit("analyst-west")
    portal.grid("Trips").expect_rows(10)
    portal.expect_no_loading()
    # React is the first of the scripts: what it sets tells when they began, and what a frame had shown by then.
    portal.page.add_init_script(
        """let react, frame = 0;
        requestAnimationFrame(function look() {
          frame = document.querySelectorAll("#picture table tr").length;
          if (!react) requestAnimationFrame(look);
        });
        Object.defineProperty(window, "React", {
          configurable: true,
          get: () => react,
          set: (value) => ((react = value), (window.framed = frame)),
        });"""
    )
    portal.open("/")
    portal.grid("Trips").expect_rows(10)
    assert portal.page.evaluate("window.framed") == 11


def test_scripts_start_where_nothing_is_drawn(visit: Visit) -> None:
    portal = visit("analyst-west", None)
    # As in a tab that is not shown, or in a frame out of sight.
    portal.page.add_init_script("window.requestAnimationFrame = () => 0")
    portal.open("/identity")
    portal.page.wait_for_function("window.renderer !== undefined")
