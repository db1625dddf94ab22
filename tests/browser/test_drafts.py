"""Drafts: each has its own text, undo, cursor and result; none is lost to another, to a tab or to a full storage."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.dashboards_page import asked
from tests.browser.pages import Portal
from tests.browser.warehouse_page import SLOW, Warehouse, warehouse
from tests.sandbox_client import SandboxClient

QUERIES = "/api/2.0/sql/queries"


def tab(page: Warehouse, name: str | re.Pattern[str]) -> Locator:
    return page.portal.page.get_by_role("navigation", name="Drafts").get_by_role("button", name=name, exact=True)


def second(page: Warehouse) -> Warehouse:
    """Another tab of the same browser."""
    other = Portal(page.portal.page.context.new_page(), page.portal.root)
    return Warehouse(other.open("/warehouse")).ready()


def test_switching_drafts_shows_each_ones_own_result_and_undo(visit: Visit):
    page = warehouse(visit)
    page.run("SELECT 'one' AS a")
    page.expect_rows(1)
    page.button("New draft").click()
    page.expect_state("Ready")
    expect(page.result.box).not_to_be_visible()
    page.run("SELECT 'two' AS b, 2 AS c")
    page.expect_rows(1)
    assert page.column(0) == ["two"]
    tab(page, "SELECT 'one' AS a").click()
    expect(page.editor).to_have_text("SELECT 'one' AS a")
    page.expect_rows(1)
    expect(page.result.box).to_contain_text("one")
    expect(page.portal.page.get_by_role("grid", name="Result").filter(visible=True)).to_have_count(1)
    page.editor.press("Control+z")
    expect(page.editor).not_to_contain_text("two")
    page.editor.press("Control+y")
    expect(page.editor).to_have_text("SELECT 'one' AS a")
    tab(page, "SELECT 'two' AS b, 2 AS").click()
    expect(page.editor).to_have_text("SELECT 'two' AS b, 2 AS c")
    expect(page.result.headers.filter(visible=True)).to_have_count(2)


def test_two_drafts_run_at_once_and_each_address_is_its_own(visit: Visit):
    page = warehouse(visit)
    page.run(SLOW)
    page.expect_state("Running")
    (slow,) = page.statements
    page.button("New draft").click()
    page.run("SELECT 42 AS answer")
    page.expect_rows(1)
    assert slow not in page.statements
    tab(page, "SELECT count(*) FROM mai").click()
    page.expect_state("Running")
    assert page.statements == [slow]
    page.button("Cancel").click()
    page.expect_state("Canceled")
    page.portal.page.reload()
    page.ready().expect_state("Canceled")
    tab(page, "SELECT 42 AS answer").click()
    page.expect_rows(1)
    assert page.column(0) == ["42"]


def test_leaving_the_page_and_coming_back_finds_the_draft_and_its_result(visit: Visit):
    page = warehouse(visit)
    page.run("SELECT 'here' AS a")
    page.expect_rows(1)
    page.editor.press("End")
    page.editor.press_sequentially(" -- more")
    page.portal.go("Jobs")
    page.portal.expect_heading("Jobs")
    page.portal.go("Warehouse")
    page.ready()
    expect(page.editor).to_have_text("SELECT 'here' AS a -- more")
    page.expect_rows(1)
    assert page.column(0) == ["here"]
    page.editor.press("Control+z")
    expect(page.editor).not_to_contain_text("more")


def test_a_statement_that_runs_is_found_running(visit: Visit):
    page = warehouse(visit)
    page.run(SLOW)
    page.expect_state("Running")
    page.portal.go("Jobs")
    page.portal.expect_heading("Jobs")
    page.portal.go("Warehouse")
    page.ready().expect_state("Running")
    page.button("Cancel").click()
    page.expect_state("Canceled")


def test_a_second_tab_loses_nothing_and_what_both_changed_is_kept_twice(visit: Visit):
    one = warehouse(visit)
    one.write("SELECT 'first'")
    two = second(one)
    expect(two.editor).to_have_text("SELECT 'first'")
    two.button("New draft").click()
    two.write("SELECT 'of the second tab'")
    # Another tab's new draft is in the list here, and stays after this one types.
    expect(tab(one, "SELECT 'of the second ta")).to_be_visible()
    one.editor.press("End")
    one.editor.press_sequentially(" -- typed in one")
    tab(two, "SELECT 'first' -- typed").click()
    expect(two.editor).to_have_text("SELECT 'first' -- typed in one")
    two.editor.press("Control+End")
    two.editor.press_sequentially(" and in two")
    expect(one.editor).to_have_text("SELECT 'first' -- typed in one and in two")
    one.portal.page.reload()
    one.ready()
    expect(one.editor).to_have_text("SELECT 'first' -- typed in one and in two")
    expect(tab(one, "SELECT 'of the second ta")).to_be_visible()


def test_what_two_tabs_write_at_once_is_kept_twice_and_said(visit: Visit):
    one = warehouse(visit)
    one.write("SELECT 'first'")
    two = second(one)
    expect(two.editor).to_have_text("SELECT 'first'")
    # Somebody goes on typing in the second tab, so that it has not written its draft when the first one has.
    two.editor.press("Control+End")
    two.editor.evaluate(
        """(node) => {
          node.focus();
          window.typing = setInterval(() => document.execCommand("insertText", false, "x"), 40);
        }"""
    )
    expect(two.editor).to_contain_text("xx")
    one.editor.press("Control+End")
    one.editor.press_sequentially(" -- of one")
    said = two.portal.page.get_by_text("was changed in another tab too. Both are kept")
    expect(said).to_be_visible()
    two.portal.page.evaluate("clearInterval(window.typing)")
    # Each tab goes on with its own, and has the other's beside it.
    expect(one.editor).to_have_text("SELECT 'first' -- of one")
    expect(two.editor).to_have_text(re.compile(r"SELECT 'first'x+$"))
    for tabs in (one, two):
        expect(tab(tabs, "SELECT 'first' -- of one")).to_be_visible()
        expect(tab(tabs, re.compile(r"^SELECT 'first'.* \(2\)$"))).to_be_visible()
    text = two.editor.inner_text()
    for tabs in (one, two):
        tabs.portal.page.reload()
        tabs.ready()
        tab(tabs, re.compile(r"^SELECT .* \(2\)$")).click()
        expect(tabs.editor).to_have_text(text)
        tab(tabs, "SELECT 'first' -- of one").click()
        expect(tabs.editor).to_have_text("SELECT 'first' -- of one")


def test_a_saved_query_is_edited_in_place_and_a_conflict_is_told(visit: Visit, site: SandboxClient):
    page = warehouse(visit)
    page.write("SELECT 'first' AS a")
    page.portal.page.keyboard.press("Control+s")
    page.portal.page.get_by_label("Name of the query").fill("In place")
    page.button("Save").click()
    expect(page.portal.page.get_by_text("Saved as “In place”")).to_be_visible()
    bar = page.portal.page.get_by_role("group", name="Saved query")
    expect(bar).to_contain_text("In place")
    expect(bar.get_by_text("edited")).to_have_count(0)
    page.editor.press("Control+End")
    page.editor.press_sequentially(", 2 AS b")
    expect(bar.get_by_text("edited")).to_be_visible()
    page.portal.page.keyboard.press("Control+s")
    expect(page.portal.page.get_by_text("Saved “In place”.")).to_be_visible()
    expect(bar.get_by_text("edited")).to_have_count(0)
    # Somebody changes it meanwhile.
    listed = asked(site, "GET", f"{QUERIES}?page_size=100")["results"]
    mine = [one for one in listed if one["display_name"].startswith("In place")]
    assert [(one["display_name"], one["query_text"]) for one in mine] == [("In place", "SELECT 'first' AS a, 2 AS b")]
    query = f"{QUERIES}/{mine[0]['id']}"
    site.control("POST", "/clock", {"offset": 5})
    theirs = {"query": {"query_text": "SELECT 'theirs'"}, "update_mask": "query_text"}
    asked(site, "PATCH", query, theirs)
    page.editor.press("Control+End")
    page.editor.press_sequentially(" -- mine")
    bar.get_by_role("button", name="Save", exact=True).click()
    expect(page.portal.page.get_by_text("“In place” was changed meanwhile")).to_be_visible()
    assert asked(site, "GET", query)["query_text"] == "SELECT 'theirs'"
    page.button("Save over it").click()
    expect(page.portal.page.get_by_text("Saved “In place”.")).to_be_visible()
    assert asked(site, "GET", query)["query_text"] == "SELECT 'first' AS a, 2 AS b -- mine"
    # Reverted, and had back.
    page.editor.press("Control+End")
    page.editor.press_sequentially(" and more")
    bar.get_by_role("button", name="Revert").click()
    expect(page.editor).to_have_text("SELECT 'first' AS a, 2 AS b -- mine")
    page.editor.press("Control+z")
    expect(page.editor).to_contain_text("and more")


def test_opened_from_queries_it_is_that_query(visit: Visit):
    queries = visit("engineer", "/queries?show=saved")
    row = queries.page.get_by_role("row").filter(has_text="Orders by region")
    row.get_by_role("link", name="Open Orders by region").click()
    page = Warehouse(queries).ready()
    bar = page.portal.page.get_by_role("group", name="Saved query")
    expect(bar).to_contain_text("Orders by region")
    expect(page.editor).to_contain_text("GROUP BY region")
    expect(page.portal.page).to_have_url(re.compile(r"/warehouse\?query=[0-9a-f-]+$"))
    page.portal.page.reload()
    page.ready()
    expect(bar).to_contain_text("Orders by region")
    expect(page.portal.page.get_by_role("navigation", name="Drafts").locator("[data-draft]")).to_have_count(1)


def test_a_full_storage_loses_no_draft(visit: Visit):
    page = warehouse(visit)
    page.portal.page.evaluate(
        """() => {
          for (const size of [1 << 20, 1 << 14, 1 << 8, 1]) {
            for (let at = 0; ; at += 1) {
              try { localStorage.setItem(`other-${size}-${at}`, "x".repeat(size)); } catch { break; }
            }
          }
        }"""
    )
    text = "SELECT 'kept although there is no room'" + " " * 2000 + "AS a"
    page.write(text)
    kept = "() => Object.values(localStorage).some((one) => one.startsWith('elsewhere:'))"
    deadline = time.monotonic() + 30
    while not page.portal.page.evaluate(kept):  # the policy of the page forbids Playwright's own waiting
        assert time.monotonic() < deadline
        page.portal.page.wait_for_timeout(100)
    page.portal.page.reload()
    page.ready()
    expect(page.editor).to_contain_text("kept although there is no room")


def test_a_statement_that_runs_is_counted_and_its_end_is_said_elsewhere(visit: Visit):
    page = warehouse(visit)
    page.run(SLOW)
    page.expect_state("Running")
    (statement,) = page.statements
    shown = page.portal.page
    expect(shown.get_by_role("button", name="1 running")).to_be_visible()
    expect(shown).to_have_title(re.compile(r"^\(1\) Warehouse"))
    page.portal.go("Jobs")
    page.portal.expect_heading("Jobs")
    expect(shown).to_have_title(re.compile(r"^\(1\) Jobs"))
    shown.get_by_role("button", name="1 running").click()
    page.ready().expect_state("Running")
    assert page.statements == [statement]
    page.button("Cancel").click()
    page.expect_state("Canceled")
    expect(shown.get_by_role("button", name="1 running")).to_have_count(0)


def test_the_end_of_a_statement_is_said_where_the_viewer_is(visit: Visit, site: SandboxClient):
    # It waits for its warehouse for as long as the test wants it to.
    site.control("POST", f"/warehouses/{site.warehouse_id}", {"state": "STOPPED", "start_seconds": 600})
    page = warehouse(visit)
    page.run("SELECT 7 AS seven")
    page.expect_state("Warehouse starting")
    shown = page.portal.page
    page.portal.go("Jobs")
    page.portal.expect_heading("Jobs")
    notices = shown.get_by_role("status", name="Notices")
    expect(shown.get_by_role("button", name="1 running")).to_be_visible()
    expect(notices).to_have_count(0)
    site.control("POST", f"/warehouses/{site.warehouse_id}", {"state": "RUNNING"})
    expect(notices).to_contain_text("“SELECT 7 AS seven” has succeeded: 1 row.", timeout=60_000)
    expect(shown.get_by_role("button", name="1 running")).to_have_count(0)
    page.portal.expect_heading("Jobs")
    notices.get_by_role("button", name="Show").click()
    page.ready().expect_rows(1)
    assert page.column(0) == ["7"]
    expect(notices.get_by_text("has succeeded")).to_have_count(0)


def test_with_thirty_drafts_the_active_one_and_plus_stay_in_sight(visit: Visit):
    page = warehouse(visit)
    page.write("SELECT 0 AS first_of_all")
    for number in range(1, 30):
        page.button("New draft").click()
        page.write(f"SELECT {number} AS draft")
    shown = page.portal.page
    expect(page.button("New draft")).to_be_in_viewport(ratio=1)
    expect(tab(page, "SELECT 29 AS draft")).to_be_in_viewport(ratio=1)
    choice = shown.get_by_label("All drafts", exact=True)
    choice.select_option("SELECT 0 AS first_of_all")
    expect(page.editor).to_have_text("SELECT 0 AS first_of_all")
    expect(tab(page, "SELECT 0 AS first_of_all")).to_be_in_viewport(ratio=1)
    expect(page.button("New draft")).to_be_in_viewport(ratio=1)
