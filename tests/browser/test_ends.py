"""After "End session" the browser has nothing of the viewer's: not in storage, not behind Back, not in another tab."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Profiles, Visit, closed
from tests.browser.pages import Portal
from tests.browser.warehouse_page import warehouse
from tests.sandbox_client import ROOT, SandboxClient, start_sandbox

SECRET = "SELECT 'salary of the board' AS written_here"
OTHERS = {
    "portal-sealed:AnotherViewersKey:drafts": "sealed",
    "portal-keys": '[["0011223344556677","AnotherViewersKey","sealed"]]',
    "someone-elses-app": "of another content on this server",
    "portal-theme": "dark",
}


def stored(page: Page) -> dict[str, str]:
    return dict(json.loads(page.evaluate("JSON.stringify(Object.fromEntries(Object.entries(localStorage)))")))


def end(portal: Portal) -> None:
    if not portal.page.get_by_role("button", name="End session").is_visible():
        portal.viewer_menu.click()
    portal.page.get_by_role("button", name="End session").click()


def test_the_end_clears_what_is_the_viewers_and_only_that(visit: Visit) -> None:
    sql = warehouse(visit)
    sql.run(SECRET)
    sql.expect_rows(1)
    page = sql.portal.page
    page.wait_for_function("Object.keys(localStorage).filter((name) => name.startsWith('portal-sealed:')).length >= 3")
    (keys,) = [json.loads(text) for name, text in stored(page).items() if name == "portal-keys"]
    mine = {place for _, place, _ in keys}
    others = {**OTHERS, "portal-keys": json.dumps([*json.loads(OTHERS["portal-keys"]), *keys])}
    page.evaluate("others => Object.entries(others).forEach((each) => localStorage.setItem(...each))", others)
    end(sql.portal)
    sql.portal.state("Session ended").expect_shown()
    left = stored(page)
    assert not any(place in name + text for place in mine for name, text in left.items())
    assert json.loads(left["portal-keys"]) == json.loads(OTHERS["portal-keys"])
    assert {name: left.get(name) for name in OTHERS if name != "portal-keys"} == {
        name: text for name, text in OTHERS.items() if name != "portal-keys"
    }
    # Left besides: when it ended, and how this browser shows the portal.
    assert all(name.startswith("portal-ended:") or name == "portal-tree" for name in left if name not in OTHERS)
    assert "salary" not in page.content()
    assert page.url == sql.portal.root + "warehouse"
    # The address of before, by Back or out of a list of what was visited.
    page.goto(sql.portal.root + "warehouse#sql=" + quote(SECRET))
    sql.portal.state("Session ended").expect_shown()
    assert "salary" not in page.content()


def test_back_shows_nothing(visit: Visit) -> None:
    portal = visit("analyst-west", "/identity")
    expect(portal.region("Identity")).to_contain_text("analyst.west@example.com")
    portal.page.goto("about:blank")
    portal.open("/trips")
    portal.grid("Trips").expect_shown()
    portal.go("Home")
    end(portal)
    portal.state("Session ended").expect_shown()
    for _ in range(3):
        portal.page.go_back()
        if portal.page.url == "about:blank":
            continue
        portal.state("Session ended").expect_shown()
        assert "analyst.west@example.com" not in portal.page.content()
        assert not portal.page.get_by_role("gridcell").count()
    expect(portal.page).to_have_url(portal.root + "identity")


def test_a_page_out_of_the_browsers_memory_shows_nothing_either(visit: Visit) -> None:
    """Chromium keeps no page that is `no-store`; a browser that does says so by `pageshow`."""
    portal = visit("analyst-west", "/identity")
    expect(portal.region("Identity")).to_contain_text("analyst.west@example.com")
    answer = portal.page.evaluate(
        """() => {
            localStorage.setItem(`portal-ended:${new URL(document.baseURI).pathname.replace(/identity$/, "")}`,
                                 String(Date.now() + 1));
            dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
            return document.body.textContent;
        }"""
    )
    assert answer == ""


def test_another_tab_of_the_same_browser_ends_too(visit: Visit) -> None:
    sql = warehouse(visit)
    sql.write(SECRET)
    other = Portal(sql.portal.page.context.new_page(), sql.portal.root)
    other.open("/trips")
    other.grid("Trips").expect_shown()
    end(other)
    other.state("Session ended").expect_shown()
    sql.portal.state("Session ended").expect_shown()
    assert "salary" not in json.dumps(stored(other.page)) + sql.portal.page.content()
    assert not any(name.startswith("portal-sealed:") for name in stored(other.page))
    # And on again in both.
    other.state("Session ended").press("Continue")
    other.grid("Trips").expect_shown()


@pytest.fixture(scope="module")
def apart() -> Iterator[SandboxClient]:
    """Two workers that share no cache."""
    content = f"{sys.executable} -m gunicorn wsgi:server --bind 127.0.0.1:{{port}} --workers 2 --threads 8"
    client = start_sandbox(
        "--eager", "--content-dir", str(ROOT), "--content-command", content, "--content-env", "PORTAL_CACHE_URL=memory"
    )
    yield client
    client.stop()


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_where_other_processes_could_not_be_told_the_page_says_so(
    apart: SandboxClient, profiles: Profiles, width: int, theme: str
) -> None:
    context = profiles.take(width < 500, first=True)
    context.request.post(apart.connect_url + "/__login__", form={"viewer": "engineer"}, max_redirects=0)
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.goto(apart.content_url, timeout=60_000)
    portal = Portal(page, apart.content_url).open("/identity")
    go_on(portal)
    if width < 500:
        page.get_by_role("button", name="Menu").click()
    end(portal)
    state = page.get_by_role("alert")
    expect(state).to_contain_text("Session ended")
    expect(state).to_contain_text("Other processes could not be told")
    assert "engineer@example.com" not in page.content()
    portal.expect_no_sideways_scrolling()
    page.screenshot(path=ROOT / "test-results" / f"ended-{width}-{theme}.png")
    go_on(portal)
    closed(context)


def go_on(portal: Portal) -> None:
    """Until a process answers that was told to: each knows only what it heard, and any of them may answer."""
    identity, again = portal.region("Identity"), portal.page.get_by_role("button", name="Continue")
    for _ in range(20):
        expect(identity.get_by_text("engineer@example.com").or_(again).first).to_be_visible()
        if not again.is_visible():
            return
        with portal.page.expect_navigation():
            again.click()
    raise AssertionError("No process goes on.")
