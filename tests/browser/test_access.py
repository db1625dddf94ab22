"""axe-core finds nothing, on any of these pages, in any state, in both themes."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.jobs_pages import afresh
from tests.sandbox_client import SandboxClient

REFUSALS = [(403, "Not permitted"), (404, "Not found"), (429, "Busy, retrying"), (503, "Service unreachable")]


@pytest.mark.parametrize("path", ["/", "/trips", "/identity", "/no-such-page"])
@pytest.mark.parametrize("width", [1440, 390])
def test_pages(visit: Visit, path: str, width: int) -> None:
    portal = visit("engineer", path, width=width)
    portal.expect_no_loading()
    if path == "/trips":
        portal.grid("Trips").expect_shown()
        expect(portal.page.locator(".bars .point")).to_have_count(24)
    portal.expect_accessible()


@pytest.mark.parametrize("width", [1440, 390])
def test_the_menu(visit: Visit, width: int) -> None:
    portal = visit("engineer", "/identity", width=width)
    portal.expect_no_loading()
    if width < 500:
        portal.page.get_by_role("button", name="Menu").click()
    portal.viewer_menu.click()
    expect(portal.page.get_by_role("group", name="Theme")).to_be_visible()
    portal.expect_accessible()


def test_loading(visit: Visit, site: SandboxClient) -> None:
    portal = afresh(visit("engineer", None), "/identity")
    site.fault(delay=20)
    portal.open("/")
    expect(portal.page.get_by_text("Loading rows…")).to_be_attached()
    portal.expect_accessible()
    site.clear_faults()


def test_sign_in(visit: Visit) -> None:
    portal = visit("newcomer")
    portal.state("Sign in to Databricks").expect_shown()
    portal.expect_accessible()


def test_session_ended(visit: Visit) -> None:
    portal = visit("engineer", "/identity")
    portal.viewer_menu.click()
    portal.page.get_by_role("button", name="End session").click()
    portal.state("Session ended").expect_shown()
    portal.expect_accessible()
    portal.state("Session ended").press("Continue")


@pytest.mark.parametrize(("status", "title"), REFUSALS)
def test_refusals(visit: Visit, site: SandboxClient, status: int, title: str) -> None:
    body = {"error_code": "X", "message": "no"}
    headers = {"Retry-After": "60"} if status == 429 else {}
    site.fault(route="/api/2.0/sql/warehouses", status=status, body=body, headers=headers)
    portal = visit("analyst-west")
    portal.state(title).expect_request_id()
    portal.grid("Trips").expect_rows(10)
    portal.expect_accessible()


def test_empty(visit: Visit) -> None:
    portal = visit("engineer", "/trips?zip=99999")
    portal.state("No trips").expect_shown()
    portal.expect_accessible()
