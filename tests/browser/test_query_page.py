"""A saved query's page: what people drew of it in the workspace, its description and tags; from the editor as well."""

from __future__ import annotations

import json
import re
from typing import Any

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.dashboards_page import Board, asked
from tests.browser.queries_page import Queries
from tests.browser.warehouse_page import Warehouse, warehouse
from tests.sandbox_client import SandboxClient

QUERIES = "/api/2.0/sql/queries"
DRAWN = "/api/2.0/sql/visualizations"


def named(site: SandboxClient, name: str) -> str:
    """The id of a saved query."""
    listed = asked(site, "GET", f"{QUERIES}?page_size=100")["results"]
    return str(next(one["id"] for one in listed if one["display_name"] == name))


def mine(site: SandboxClient, name: str, sql: str, **more: Any) -> str:
    """A saved query of the engineer's."""
    query = {"display_name": name, "query_text": sql, "warehouse_id": site.warehouse_id, **more}
    return str(asked(site, "POST", QUERIES, {"query": query})["id"])


def draw(site: SandboxClient, query: str, name: str, type_: str, options: Any) -> None:
    """What a person makes in the workspace's editor."""
    made = {"query_id": query, "display_name": name, "type": type_, "serialized_options": json.dumps(options)}
    asked(site, "POST", DRAWN, {"visualization": made})


def visualizations(site: SandboxClient, query: str) -> list[Any]:
    return asked(site, "GET", f"{QUERIES}/{query}/visualizations?page_size=100").get("results", [])


def more(page: Warehouse, name: str) -> None:
    """An entry of the menu of the saved query that is open in the editor."""
    bar = page.portal.page.get_by_role("group", name="Saved query")
    bar.locator("summary").click()
    bar.get_by_role("button", name=re.compile(f"^{name}")).click()


def dialog(page: Warehouse) -> Locator:
    return page.portal.page.get_by_role("dialog")


def test_what_people_drew_is_drawn_where_that_is_asked_for_and_stays_as_it_was(visit: Visit, site: SandboxClient):
    query = named(site, "Orders by region")
    draw(site, query, "How many stay", "FUNNEL", {"step": "region"})
    before = visualizations(site, query)
    shown = sorted(before, key=lambda one: one["type"] == "TABLE")
    place = {one["display_name"]: f"v{at}" for at, one in enumerate(shown)}
    site.clear_calls()
    board = Board(visit("engineer", f"/queries/{query}"))
    page = board.portal.page
    section = page.get_by_role("region", name="Visualizations", exact=True)
    expect(section.get_by_role("heading", name="Amount by region")).to_be_visible()
    # What cannot be drawn is said by name, with the way to where it can.
    funnel = board.expect_state(place["How many stay"], "unsupported")
    expect(funnel.get_by_role("heading", name="How many stay")).to_be_visible()
    expect(funnel).to_contain_text("of the kind FUNNEL")
    expect(funnel.get_by_role("link", name="Open in Databricks")).to_have_attribute(
        "href", re.compile(f"/sql/editor/{query}$")
    )
    # Nothing has run so far.
    board.expect_state(place["Results"], "idle")
    assert site.count("workspace", "/sql/statements") == 0
    section.get_by_role("button", name="Run and draw").first.click()
    regions = {row[0]: row[2] for row in board.cells(place["Results"])}
    (bars,) = board.traces(place["Amount by region"])
    assert bars["type"] == "bar"
    assert set(bars["x"]) == set(regions)
    # One statement for all of them.
    assert sum(one.count for one in site.calls("workspace", "/sql/statements") if one.method == "POST") == 1
    assert visualizations(site, query) == before
    board.portal.expect_accessible()
    # On a phone, and in the dark.
    narrow = Board(visit("engineer", f"/queries/{query}", width=390, theme="dark"))
    narrow.portal.page.get_by_role("button", name="Run and draw").first.click()
    narrow.traces(place["Amount by region"])
    narrow.cells(place["Results"])
    narrow.portal.expect_no_sideways_scrolling()
    narrow.portal.expect_accessible()


def test_a_query_without_visualizations_shows_none(visit: Visit, site: SandboxClient):
    portal = visit("engineer", f"/queries/{mine(site, 'Plain', 'SELECT 1')}")
    portal.expect_heading("Plain")
    portal.expect_no_loading()
    expect(portal.page.get_by_role("heading", name="Visualizations")).to_have_count(0)


def test_description_and_tags_are_edited_on_its_page(visit: Visit, site: SandboxClient):
    query = mine(site, "To be described", "SELECT 'described'", description="Old words", tags=["old"])
    portal = visit("engineer", f"/queries/{query}")
    page = Queries(portal)
    portal.page.get_by_role("button", name=re.compile("^Description and tags")).click()
    expect(page.dialog.get_by_label("Description", exact=True)).to_have_value("Old words")
    page.dialog.get_by_label("Description", exact=True).fill("What it is for")
    page.dialog.get_by_label("Tags").fill("sales, west")
    page.dialog.get_by_role("button", name="Save", exact=True).click()
    page.expect_said("Saved.")
    expect(portal.page.get_by_text("What it is for")).to_be_visible()
    expect(portal.page.get_by_text("sales, west")).to_be_visible()
    kept = asked(site, "GET", f"{QUERIES}/{query}")
    assert (kept["description"], kept["tags"]) == ("What it is for", ["sales", "west"])
    # Changed while the dialog is open: said, and not written over.
    portal.page.get_by_role("button", name=re.compile("^Description and tags")).click()
    expect(page.dialog).to_be_visible()
    site.control("POST", "/clock", {"offset": 5})
    asked(site, "PATCH", f"{QUERIES}/{query}", {"query": {"description": "Theirs"}, "update_mask": "description"})
    page.dialog.get_by_label("Description", exact=True).fill("Lost otherwise")
    page.dialog.get_by_role("button", name="Save", exact=True).click()
    expect(portal.page.get_by_text("“To be described” was changed meanwhile")).to_be_visible()
    assert asked(site, "GET", f"{QUERIES}/{query}")["description"] == "Theirs"


def test_rename_duplicate_and_trash_from_the_editor(visit: Visit, site: SandboxClient):
    query = mine(site, "In the editor", "SELECT 'kept' AS a")
    page = warehouse(visit)
    page.portal.open(f"/warehouse?query={query}")
    page.ready()
    shown = page.portal.page
    bar = shown.get_by_role("group", name="Saved query")
    expect(bar).to_contain_text("In the editor")
    page.editor.press("Control+End")
    page.editor.press_sequentially(" -- mine")
    expect(bar.get_by_text("edited")).to_be_visible()
    more(page, "Rename")
    dialog(page).get_by_label("Name").fill("Renamed in the editor")
    site.control("POST", "/clock", {"offset": 5})
    dialog(page).get_by_role("button", name="Rename", exact=True).click()
    expect(bar).to_contain_text("Renamed in the editor")
    # What was written here is still there, still unsaved, and no conflict with one's own change of its name.
    expect(bar.get_by_text("edited")).to_be_visible()
    bar.get_by_role("button", name="Save", exact=True).click()
    expect(shown.get_by_text("Saved “Renamed in the editor”.")).to_be_visible()
    kept = asked(site, "GET", f"{QUERIES}/{query}")
    assert (kept["display_name"], kept["query_text"]) == ("Renamed in the editor", "SELECT 'kept' AS a -- mine")
    more(page, "Duplicate")
    dialog(page).get_by_label("Name").fill("A copy of it")
    dialog(page).get_by_role("button", name="Duplicate", exact=True).click()
    expect(shown.get_by_role("link", name="Open A copy of it")).to_be_visible()
    expect(bar).to_contain_text("Renamed in the editor")
    listed = asked(site, "GET", f"{QUERIES}?page_size=100")["results"]
    assert [one["query_text"] for one in listed if one["display_name"] == "A copy of it"] == [kept["query_text"]]
    more(page, "Move to trash")
    dialog(page).get_by_role("button", name="Delete", exact=True).click()
    expect(shown.get_by_text("What you have here stays, as a draft.")).to_be_visible()
    expect(bar).not_to_be_visible()
    expect(page.editor).to_have_text("SELECT 'kept' AS a -- mine")
    assert asked(site, "GET", f"{QUERIES}/{query}")["lifecycle_state"] == "TRASHED"


def beside(site: SandboxClient, query: str) -> dict[str, Any]:
    """What the portal keeps of a query beside it, in the one visualization that is its own."""
    (own,) = [one for one in visualizations(site, query) if one["display_name"] == "Data portal"]
    assert own["type"] == "TABLE"
    return dict(json.loads(own["serialized_options"])["portal"])


def save_as(page: Warehouse, name: str) -> None:
    page.portal.page.keyboard.press("Control+s")
    page.portal.page.get_by_label("Name of the query").fill(name)
    page.button("Save").click()


def test_row_limit_and_view_are_kept_beside_the_query_and_come_back(visit: Visit, site: SandboxClient):
    page = warehouse(visit)
    page.rows("10000")
    page.run("SELECT id, -id AS other FROM range(30)")
    page.expect_rows(30)
    page.sort("other")
    expect(page.cell(0, 1)).to_have_text("-29")
    save_as(page, "With a view")
    expect(page.portal.page.get_by_text("Saved as “With a view”")).to_be_visible()
    query = named(site, "With a view")
    kept = beside(site, query)
    assert (kept["v"], kept["limit"]) == (1, "10000")
    assert kept["view"]["names"] == ["id", "other"]
    assert kept["view"]["sort"]
    # Saved again it is the same one.
    page.rows("all")
    page.portal.page.get_by_role("group", name="Saved query").get_by_role("button", name="Save", exact=True).click()
    expect(page.portal.page.get_by_text("Saved “With a view”.")).to_be_visible()
    assert beside(site, query)["limit"] == "all"
    # In another browser it comes back with all that.
    other = warehouse(visit, path=f"/warehouse?query={query}")
    expect(other.portal.page.get_by_role("group", name="Saved query")).to_contain_text("With a view")
    expect(other.portal.page.get_by_label("Rows", exact=True)).to_have_value("all")
    other.run()
    other.expect_rows(30)
    expect(other.cell(0, 1)).to_have_text("-29")
    # A copy has it too.
    more(other, "Duplicate")
    dialog(other).get_by_role("button", name="Duplicate", exact=True).click()
    expect(other.portal.page.get_by_role("link", name="Open With a view (copy)")).to_be_visible()
    assert beside(site, named(site, "With a view (copy)")) == beside(site, query)


def test_what_cannot_be_read_or_written_there_is_said_and_nothing_is_lost(visit: Visit, site: SandboxClient):
    newer = {"portal": {"v": 99, "limit": "all"}, "itemsPerPage": 25}
    query = mine(site, "Of another version", "SELECT 1 AS a")
    draw(site, query, "Data portal", "TABLE", newer)
    page = warehouse(visit, path=f"/warehouse?query={query}")
    shown = page.portal.page
    expect(shown.get_by_text("kept by another version of the portal")).to_be_visible()
    page.editor.press("Control+End")
    page.editor.press_sequentially(", 2 AS b")
    page.rows("10000")
    shown.get_by_role("group", name="Saved query").get_by_role("button", name="Save", exact=True).click()
    expect(shown.get_by_text("Saved without charts and view.")).to_be_visible()
    assert asked(site, "GET", f"{QUERIES}/{query}")["query_text"] == "SELECT 1 AS a, 2 AS b"
    assert [json.loads(one["serialized_options"]) for one in visualizations(site, query)] == [newer]
    # Where it may not be written at all, the draft keeps it.
    site.fault("workspace", r"/sql/visualizations", method="POST", status=403,
               body={"error_code": "PERMISSION_DENIED", "message": "Not here."})  # fmt: skip
    page.button("New draft").click()
    page.write("SELECT 3 AS c")
    page.rows("10000")
    save_as(page, "Without charts")
    saved = shown.get_by_text("Saved as “Without charts”")
    expect(saved).to_contain_text("Saved without charts and view.")
    assert visualizations(site, named(site, "Without charts")) == []
    page.portal.page.reload()
    page.ready()
    expect(page.editor).to_have_text("SELECT 3 AS c")
    expect(shown.get_by_label("Rows", exact=True)).to_have_value("10000")
