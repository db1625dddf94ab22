"""The shell: getting around by keyboard and on a phone, themes, titles, the 404 that is one, and no stray request."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.sandbox_client import ROOT, SandboxClient


def test_the_navigation_by_keyboard_alone(visit: Visit) -> None:
    portal = visit("analyst-west")
    portal.grid("Trips").expect_rows(10)
    keys = portal.page.keyboard
    keys.press("Tab")
    expect(portal.page.get_by_role("link", name="Skip to content")).to_be_focused()
    expect(portal.page.get_by_role("link", name="Skip to content")).to_be_in_viewport()
    keys.press("Enter")
    expect(portal.page.locator("main")).to_be_focused()
    for _ in range(30):
        keys.press("Shift+Tab")
        if portal.navigation.get_by_role("link", name="Trips", exact=True).evaluate(
            "link => link === document.activeElement"
        ):
            break
    keys.press("Enter")
    portal.expect_path("/trips")
    portal.expect_heading("Trips")
    # The new page's heading has the focus, so that the next Tab goes on inside the page.
    expect(portal.page.get_by_role("heading", level=1)).to_be_focused()
    expect(portal.navigation.get_by_role("link", name="Trips", exact=True)).to_have_attribute("aria-current", "page")
    keys.press("Tab")
    expect(portal.page.get_by_role("button", name="Refresh")).to_be_focused()
    keys.press("Tab")
    expect(portal.page.get_by_label("Pickup ZIP")).to_be_focused()


def test_back_and_forward_and_titles(visit: Visit) -> None:
    portal = visit("analyst-west")
    portal.expect_heading("Hello, Analyst West")
    portal.go("Identity")
    portal.expect_heading("Identity")
    portal.expect_title("Identity")
    portal.go("Trips")
    portal.expect_heading("Trips")
    portal.page.go_back()
    portal.expect_heading("Identity")
    portal.expect_title("Identity")
    expect(portal.region("Identity")).to_contain_text("analyst.west@example.com")
    portal.page.go_forward()
    portal.expect_heading("Trips")
    portal.grid("Trips").expect_shown()


def test_an_unknown_address_is_a_404_inside_the_shell(visit: Visit) -> None:
    portal = visit()
    answer = portal.page.goto(portal.root + "no/such/page")
    assert answer is not None
    assert answer.status == 404
    portal.expect_heading("Not found")
    portal.expect_title("Not found")
    portal.page.get_by_role("link", name="Go to the home page").click()
    portal.expect_heading("Hello, Engineer")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_follows_the_system_and_the_choice_stays(visit: Visit, theme: str) -> None:
    portal = visit(theme=theme)
    assert portal.theme == theme
    other = "Light" if theme == "dark" else "Dark"
    portal.choose_theme(other)
    assert portal.theme == other.lower()
    # Set before the first paint: a script in the head, ahead of every style sheet.
    portal.page.reload(wait_until="commit")
    portal.page.wait_for_selector("body", state="attached")
    assert portal.theme == other.lower()
    portal.choose_theme("System")
    assert portal.theme == theme


def test_the_navigation_folds_on_a_phone(visit: Visit) -> None:
    portal = visit("analyst-west", width=390)
    portal.grid("Trips").expect_rows(10)
    portal.expect_no_sideways_scrolling()
    expect(portal.navigation).to_be_hidden()
    menu = portal.page.get_by_role("button", name="Menu")
    expect(menu).to_have_attribute("aria-expanded", "false")
    menu.tap()
    expect(menu).to_have_attribute("aria-expanded", "true")
    portal.navigation.get_by_role("link", name="Identity").tap()
    portal.expect_heading("Identity")
    expect(portal.navigation).to_be_hidden()
    menu.tap()
    portal.page.keyboard.press("Escape")
    expect(portal.navigation).to_be_hidden()
    expect(menu).to_be_focused()
    menu.tap()
    portal.viewer_menu.tap()
    expect(portal.page.get_by_role("group", name="Theme")).to_be_visible()
    portal.expect_accessible()
    portal.page.get_by_role("button", name="Search", exact=True).tap()
    expect(portal.page.get_by_role("dialog", name="Search the portal")).to_be_visible()
    portal.expect_no_sideways_scrolling()


def test_ending_a_session_forgets_it_and_continue_begins_again(visit: Visit, site: SandboxClient) -> None:
    portal = visit("analyst-west", "/identity")
    expect(portal.region("Identity")).to_contain_text("analyst.west@example.com")
    portal.viewer_menu.click()
    portal.page.get_by_role("button", name="End session").click()
    ended = portal.state("Session ended")
    ended.expect_shown()
    assert "analyst.west" not in portal.page.content()
    ended.press("Continue")
    expect(portal.region("Identity")).to_contain_text("analyst.west@example.com")


@pytest.mark.parametrize(("path", "kilobytes"), [("/", 650), ("/identity", 650), ("/trips", 1320)])
def test_a_first_visit_stays_within_its_bytes(visit: Visit, path: str, kilobytes: int) -> None:
    portal = visit("analyst-west", path, first=True)
    portal.expect_no_loading()
    if path == "/trips":
        portal.grid("Trips").expect_shown()
        expect(portal.page.locator(".bars .point")).to_have_count(24)
    portal.page.wait_for_load_state("networkidle")
    sizes = {request.url: request.sizes() for request in portal.requests if request.url.startswith("http")}
    total = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes.values())
    largest = sorted(((size["responseBodySize"], url) for url, size in sizes.items()), reverse=True)[:6]
    assert total <= kilobytes * 1000, f"{total:,} bytes: {largest}"


def test_the_one_name_on_window_is_what_the_documentation_lists(visit: Visit):
    documented = re.findall(r"`portal\.(\w+)", (ROOT / "docs/adding-a-page.md").read_text(encoding="utf-8"))
    page = visit().page
    assert set(page.evaluate("Object.keys(window.portal)")) == set(documented) - {"api", "ui", "databricks"}
    ours = "Object.keys(window).filter((name) => name.startsWith('portal') || name.startsWith('Portal'))"
    assert page.evaluate(ours) == ["portal"]
    # A script of a team's own, which Dash loads after the portal's.
    assert page.evaluate("portal.element('p', { class: 'mine', hidden: true }, '<b>', 1).outerHTML") == (
        '<p class="mine" hidden="">&lt;b&gt;1</p>'
    )
