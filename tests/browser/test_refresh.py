""" "Refresh" asks Databricks anew, whatever the portal keeps for the viewer."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.sandbox_client import SandboxClient


def test_refresh_reads_everything_on_the_page_anew(visit: Visit, site: SandboxClient):
    portal = visit("engineer", "/identity")
    expect(portal.page.get_by_text("engineer@example.com").first).to_be_visible()
    site.clear_calls()
    portal.page.reload()
    expect(portal.page.get_by_text("engineer@example.com").first).to_be_visible()
    assert site.count("workspace", "Me") == 0
    portal.page.get_by_role("button", name="Refresh").click()
    for _ in range(50):
        if site.count("workspace", "Me"):
            break
        portal.page.wait_for_timeout(100)
    assert site.count("workspace", "Me") == 1


def test_there_is_nothing_to_refresh_where_nothing_is_read(visit: Visit):
    portal = visit("engineer", "/nothing-here")
    expect(portal.page.get_by_role("heading", level=1)).to_be_visible()
    expect(portal.page.get_by_role("button", name="Refresh")).to_have_count(0)
