"""The whole of a viewer's work without a mouse: focus is always somewhere, visible, and goes on in the page's order."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.conftest import closed
from tests.browser.jobs_pages import JobList, RunPage
from tests.browser.pages import Portal
from tests.browser.warehouse_page import SLOW, Warehouse
from tests.sandbox_client import SandboxClient

# What a look at the page tells about the focus: where it is, whether it can be seen, and what draws it.
FOCUS = """() => {
  const focused = document.activeElement;
  const style = getComputedStyle(focused);
  const box = focused.getBoundingClientRect();
  const within = focused.closest("[role=grid], [role=tree], .cm-editor");
  return {
    what: focused.tagName + "#" + focused.id + " " + focused.textContent.trim().slice(0, 40),
    lost: focused === document.body || focused === document.documentElement,
    seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
    // Grids, trees and the editor draw it inside themselves: a border, or a row of its own colour.
    drawn: Boolean(within) || style.boxShadow !== "none"
      || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2),
  };
}"""


@pytest.fixture
def page(browser: Browser, site: SandboxClient) -> Iterator[Page]:
    context: BrowserContext = browser.new_context(
        viewport={"width": 1440, "height": 900}, locale="en-GB", reduced_motion="reduce"
    )
    context.set_default_timeout(20_000)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield context.new_page()
    closed(context)


def tab_to(page: Page, target: Locator, most: int = 40, key: str = "Tab") -> None:
    """Press Tab until `target` has the focus; each stop on the way is one that can be seen."""
    passed = []
    for _ in range(most):
        page.keyboard.press(key)
        now = page.evaluate(FOCUS)
        passed.append(now["what"])
        assert not now["lost"], f"the focus is nowhere after {passed}"
        assert now["seen"], f"{now['what']} has the focus out of sight, after {passed}"
        assert now["drawn"], f"nothing shows that {now['what']} has the focus"
        if target.count() and target.first.evaluate("node => node === document.activeElement"):
            return
    raise AssertionError(f"{target} is not reached: {passed}")


def jump(portal: Portal, words: str, heading: str) -> None:
    """By the palette: the new page's heading has the focus."""
    portal.page.keyboard.press("Control+k")
    dialog = portal.page.get_by_role("dialog", name="Search the portal")
    expect(dialog.get_by_role("combobox")).to_be_focused()
    portal.page.keyboard.type(words)
    expect(dialog.get_by_role("option", name=heading)).to_have_attribute("aria-selected", "true")
    portal.page.keyboard.press("Enter")
    expect(portal.page.get_by_role("heading", level=1, name=heading)).to_be_focused()


def test_from_signing_in_to_a_copied_cell_and_a_run(page: Page, site: SandboxClient) -> None:
    portal = Portal(page, site.content_url)
    keys = page.keyboard

    # Connect's sign-in, then home
    page.goto(site.connect_url)
    page.get_by_role("button", name="engineer").focus()
    keys.press("Enter")
    portal.expect_heading("Hello, Engineer")
    expect(page.locator("#picture")).to_have_count(0)
    tab_to(page, page.get_by_role("link", name="Skip to content"), most=1)
    tab_to(page, portal.navigation.get_by_role("link", name="Trips"))

    # Trips: a filter, which redraws the region below it and leaves the focus where it is
    jump(portal, "trips", "Trips")
    portal.grid("Trips").expect_shown()
    zip_code = page.get_by_label("Pickup ZIP")
    tab_to(page, zip_code, most=3)
    keys.type("10103")
    portal.expect_path("/trips?zip=10103")
    expect(portal.grid("Trips").cells.and_(page.locator("[col-id=c4]")).filter(has_not_text="10103")).to_have_count(0)
    expect(zip_code).to_be_focused()

    # Warehouse: run and cancel; the focus stays on what was pressed last, or goes on from there
    jump(portal, "warehouse", "Warehouse")
    work = Warehouse(portal).ready()
    tab_to(page, work.editor)
    keys.insert_text(SLOW)
    keys.press("Escape")
    keys.press("Control+Enter")
    work.expect_state("Running")
    expect(work.editor).to_be_focused()
    tab_to(page, work.button("Cancel"))
    keys.press("Enter")
    work.expect_state("Canceled")
    tab_to(page, work.editor, key="Shift+Tab")

    # A result: its first cell opened, copied and closed; the focus is in the cell again
    keys.press("Control+a")
    keys.insert_text("SELECT 'first' AS a, '[1, 2]' AS b")
    keys.press("Escape")
    keys.press("Control+Enter")
    work.expect_rows(1)
    tab_to(page, work.result.headers.first)
    keys.press("ArrowDown")
    keys.press("ArrowRight")
    expect(work.cell(0, 1)).to_be_focused()
    keys.press("Enter")
    dialog = page.get_by_role("dialog", name=re.compile("^b, row 1"))
    copy = dialog.get_by_role("button", name="Copy")
    expect(copy).to_be_enabled()
    expect(dialog.get_by_role("button", name="Close")).to_be_focused()
    tab_to(page, copy, most=1, key="Shift+Tab")
    keys.press("Enter")
    expect(dialog.get_by_role("button", name="Copied")).to_be_focused()
    assert page.evaluate("navigator.clipboard.readText()") == "[1, 2]"
    keys.press("Escape")
    expect(dialog).to_have_count(0)
    expect(work.cell(0, 1)).to_be_focused()

    # Jobs: a search, which redraws the list, then a job and its newest run
    jump(portal, "jobs", "Jobs")
    jobs = JobList(portal)
    jobs.expect_runs_shown()
    tab_to(page, jobs.search_box, most=3)
    keys.type("month-end")
    jobs.expect_rows("Month-end close")
    expect(jobs.search_box).to_be_focused()
    tab_to(page, jobs.grid.box.get_by_role("link", name="Month-end close"))
    keys.press("Enter")
    portal.expect_heading("Month-end close")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    newest = page.get_by_role("table", name="Runs", exact=True).get_by_role("link").first
    expect(newest).to_be_visible()
    portal.expect_no_loading()
    tab_to(page, newest, most=60)
    keys.press("Enter")
    portal.expect_heading(re.compile(r"^Month-end close, "))
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    RunPage(portal).graph.expect_tasks(5)
    portal.expect_clean()
