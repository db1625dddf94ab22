"""Who the viewer is, and how the credential came about; never the token."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.sandbox_client import SandboxClient


def test_the_page_says_who_and_how_but_not_the_token(visit: Visit, site: SandboxClient) -> None:
    portal = visit("engineer", "/identity")
    portal.expect_heading("Identity")
    portal.expect_title("Identity")
    facts = portal.region("Identity")
    terms = ["Name", "User name", "E-mails", "Groups", "Entitlements", "Workspace", "Credential", "Obtained", "Expires"]
    expect(facts.get_by_role("term")).to_have_text(terms)
    for text in (
        "engineer@example.com",
        "pii-readers",
        "allow-cluster-create",
        site.workspace_host,
        site.integration_guid,
    ):
        expect(facts).to_contain_text(text)
    expect(facts).to_contain_text("Posit Connect exchanged your session for it")
    expect(facts.locator("dd").last).to_have_text(re.compile(r"^in (59 minutes|1 hour)$"))
    html = portal.page.content()
    assert not re.search(r"eyJ[\w-]{10,}\.|dapi[0-9a-f]{8}|[Bb]earer [\w.-]{8}", html)


def test_warm_identity_asks_nothing_of_databricks(visit: Visit, site: SandboxClient) -> None:
    portal = visit("analyst-west", "/identity")
    expect(portal.region("Identity")).to_contain_text("Analyst West")
    site.clear_calls()
    portal.open("/identity")
    expect(portal.region("Identity")).to_contain_text("Analyst West")
    portal.expect_no_loading()
    assert site.count("workspace") == 0


def test_two_viewers_see_themselves(visit: Visit) -> None:
    west, east = visit("analyst-west", "/identity"), visit("analyst-east", "/identity")
    expect(west.region("Identity")).to_contain_text("analyst.west@example.com")
    expect(east.region("Identity")).to_contain_text("analyst.east@example.com")
    assert "analyst.east" not in west.page.content()
    assert "analyst.west" not in east.page.content()
