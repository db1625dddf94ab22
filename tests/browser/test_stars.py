"""Stars and recents: in lists, on pages and on Home, in any browser of their viewer."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.dashboards_page import sample
from tests.browser.pages import Portal
from tests.sandbox_client import SandboxClient


def shelf(portal: Portal) -> Locator:
    return portal.page.get_by_label("Starred and recent")


def test_what_is_starred_and_opened_is_listed_in_every_browser_of_the_viewer(visit: Visit, site: SandboxClient):
    portal = visit("analyst-west", "/dashboards")
    expect(shelf(portal)).to_be_hidden()
    with portal.page.expect_response("**/stars/keep"):
        portal.page.get_by_role("button", name="Star Taxi trips").click()
    expect(portal.page.get_by_role("button", name="Star Taxi trips")).to_have_attribute("aria-pressed", "true")
    expect(shelf(portal).get_by_role("button", name="Taxi trips")).to_be_visible()
    expect(portal.page.get_by_role("link", name="Taxi trips")).to_have_count(1)
    with portal.page.expect_response("**/stars/keep"):
        portal.open(f"/dashboards/{sample('Bakery')}")
    portal.open("/queries?show=saved")
    with portal.page.expect_response("**/stars/keep"):
        portal.page.get_by_role("button", name="Star Orders by region").click()

    other = visit("analyst-west", "/", width=390, theme="dark")
    links = shelf(other).get_by_role("link")
    expect(links).to_have_text(["Orders by region", "Taxi trips", "Bakery"])
    other.expect_accessible()
    links.first.click()
    other.expect_heading("Orders by region")
    # Nobody else's.
    east = visit("analyst-east", "/dashboards")
    expect(east.page.get_by_role("button", name="Star Taxi trips")).to_have_attribute("aria-pressed", "false")
    expect(shelf(east)).to_be_hidden()


def test_where_the_workspace_keeps_none_this_browser_does_and_says_so(visit: Visit, site: SandboxClient):
    no = {"error_code": "PERMISSION_DENIED", "message": "Workspace files are disabled."}
    site.fault("workspace", "/api/2.0/workspace/", status=403, viewer="analyst-west", body=no)
    portal = visit("analyst-west", "/dashboards")
    with portal.page.expect_response("**/stars/keep"):
        portal.page.get_by_role("button", name="Star Taxi trips").click()
    expect(shelf(portal)).to_contain_text("does not let the portal keep stars in your folder")
    portal.open("/")
    expect(shelf(portal).get_by_role("link", name="Taxi trips")).to_be_visible()
    # Once it may, they move there.
    site.clear_faults()
    with portal.page.expect_response("**/stars/keep"):
        portal.open("/dashboards")
    other = visit("analyst-west", "/")
    expect(shelf(other).get_by_role("link", name="Taxi trips")).to_be_visible()
