"""What the portal is for, end to end: the four viewers' journeys, from Connect's sign-in page, below its prefix."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import closed
from tests.browser.pages import Portal
from tests.sandbox_client import SandboxClient

SLOW = "SELECT count(*) FROM range(1000000000) a JOIN range(1000) b ON hash(a.id) > b.id"
REGIONS = "SELECT DISTINCT region FROM main.sales.orders ORDER BY region"


@pytest.fixture
def context(browser: Browser, site: SandboxClient) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    opened.set_default_timeout(20_000)
    yield opened
    opened.close()


def sign_in(context: BrowserContext, site: SandboxClient, viewer: str) -> Portal:
    """From Connect's front page, by the viewer's button."""
    page = context.new_page()
    portal = Portal(page, site.content_url)
    page.goto(site.connect_url)
    page.get_by_role("button", name=viewer).click()
    expect(page).to_have_url(site.content_url)
    # What an earlier test left with this viewer: a first visit begins here.
    for step in ("end", "continue"):
        context.request.post(f"{site.content_url}session/{step}")
    page.reload()
    return portal


def run(page: Page, sql: str) -> None:
    box = page.get_by_role("textbox", name="SQL", exact=True)
    box.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(sql)
    page.get_by_role("button", name="Run", exact=True).click()


def status(page: Page) -> Page:
    return page.get_by_role("status")


@pytest.mark.parametrize(
    ("viewer", "name", "regions"),
    [
        ("analyst-west", "Analyst West", ["west"]),
        ("analyst-east", "Analyst East", ["east"]),
        ("engineer", "Engineer", ["east", "north", "south", "west"]),
    ],
)
def test_a_viewer_moves_through_the_portal(context, site: SandboxClient, viewer: str, name: str, regions: list[str]):
    portal = sign_in(context, site, viewer)
    page = portal.page
    portal.expect_heading(f"Hello, {name}")
    trips = page.get_by_role("grid", name="Trips")
    expect(trips.get_by_role("row")).to_have_count(11)

    portal.go("Trips")
    portal.expect_heading("Trips")
    expect(page.get_by_role("grid", name="Trips")).to_be_visible()

    portal.go("Identity")
    portal.expect_heading("Identity")
    expect(page.get_by_text(f"{viewer.replace('-', '.')}@example.com").first).to_be_visible()
    assert "dapi" not in page.content()

    portal.go("Warehouse")
    portal.expect_heading("Warehouse")
    run(page, REGIONS)
    result = page.get_by_role("grid", name="Result")
    expect(result).to_be_visible()
    for region in regions:
        expect(result.get_by_role("gridcell", name=region, exact=True)).to_be_visible()
    for other in {"east", "north", "south", "west"} - set(regions):
        expect(result.get_by_role("gridcell", name=other, exact=True)).to_have_count(0)

    run(page, SLOW)
    expect(page.get_by_role("status").filter(has_text=re.compile("running", re.IGNORECASE)).first).to_be_visible()
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.get_by_role("status").filter(has_text=re.compile("cancell?ed", re.IGNORECASE)).first).to_be_visible()

    portal.go("Jobs")
    portal.expect_heading("Jobs")
    jobs = page.get_by_role("grid", name="Jobs")
    expect(jobs.get_by_role("row").nth(5)).to_be_visible()
    page.get_by_label("Search jobs").fill("Orchestr")
    expect(jobs.get_by_text("Orchestrator")).to_be_visible()
    expect(jobs.get_by_role("row")).to_have_count(2)
    portal.expect_clean()


def test_the_newcomer_signs_in_to_databricks_and_works(context, site: SandboxClient):
    page = context.new_page()
    portal = Portal(page, site.content_url)
    page.goto(site.connect_url)
    page.get_by_role("button", name="newcomer").click()
    portal.state("Sign in to Databricks").expect_shown()
    assert page.get_by_role("grid").count() == 0
    with context.expect_page() as opened:
        page.get_by_role("link", name=re.compile("Sign in")).first.click()
    login = opened.value
    login.wait_for_load_state()
    login.close()
    # The page looks again when it has the focus; "not signed in" is remembered for five seconds.
    page.wait_for_timeout(5_500)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    portal.expect_heading("Hello, Newcomer")
    expect(page.get_by_role("grid", name="Trips").get_by_role("row")).to_have_count(11)


def test_two_viewers_in_two_tabs_never_mix(browser: Browser, site: SandboxClient):
    contexts = [browser.new_context(locale="en-GB") for _ in range(2)]
    try:
        west, east = (
            sign_in(context, site, viewer)
            for context, viewer in zip(contexts, ("analyst-west", "analyst-east"), strict=True)
        )
        for _ in range(3):
            for portal, mine, other in ((west, "Analyst West", "Analyst East"), (east, "Analyst East", "Analyst West")):
                portal.open("/")
                portal.expect_heading(f"Hello, {mine}")
                assert other not in portal.page.content()
    finally:
        for context in contexts:
            closed(context)
