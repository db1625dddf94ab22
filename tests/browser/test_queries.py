"""The queries page: what the viewer ran, by whichever tool, and what is saved under a name, as Databricks keeps it."""

from __future__ import annotations

import re

import requests
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.queries_page import Queries, queries
from tests.browser.warehouse_page import Warehouse
from tests.sandbox_client import SandboxClient


def ran(site: SandboxClient, viewer: str, *texts: str) -> None:
    """Statements of another tool."""
    for text in texts:
        answer = requests.post(
            f"{site.workspace_url}/api/2.0/sql/statements", timeout=60, verify=site.ca_bundle,
            json={"statement": text, "warehouse_id": site.warehouse_id, "wait_timeout": "30s"},
            headers={"Authorization": f"Bearer dapi-{viewer}"},
        )  # fmt: skip
        assert answer.status_code == 200, answer.text


def test_the_history_is_mine_by_text_state_and_time_and_opens_again(visit: Visit, site: SandboxClient):
    ran(site, "analyst-east", "SELECT 'theirs'")
    ran(site, "analyst-west", "SELECT region, count(*) AS n FROM main.sales.orders GROUP BY region -- mine",
        "SELECT nothing FROM main.sales.orders", "SELECT 42 AS answer")  # fmt: skip
    page = queries(visit)
    page.portal.expect_heading("Queries")
    page.portal.expect_title("Queries")
    page.history.expect_shown()
    expect(page.row("theirs")).to_have_count(0)
    found = page.facts("-- mine")
    assert found["State"] == "Succeeded"
    assert re.fullmatch(r"[\d.]+ m?s", found["Took"]), found
    assert found["Rows"] == "1"
    assert re.search(r"\d (Bytes|[KMG]iB)|from cache", found["Read"]), found
    expect(page.row("SELECT nothing")).to_contain_text("UNRESOLVED_COLUMN")
    # By text, state and time, each in the address.
    page.search("ANSWER")
    expect(page.history.rows).to_have_count(1)
    page.search("")
    page.choose("State", "Failed")
    expect(page.row("-- mine")).to_have_count(0)
    expect(page.row("SELECT nothing")).to_be_visible()
    page.choose("Started", "The last hour")
    expect(page.row("SELECT nothing")).to_be_visible()
    assert (page.address["state"], page.address["since"]) == (["FAILED"], ["hour"])
    page.portal.page.reload()
    page.portal.expect_no_loading()
    expect(page.row("SELECT nothing")).to_be_visible()
    expect(page.row("-- mine")).to_have_count(0)
    page.search("no such text anywhere")
    expect(page.portal.page.get_by_text("No statements match")).to_be_visible()
    page.portal.open("/queries")
    # Opened again it stands in the editor, and has not run.
    site.clear_calls()
    page.row("-- mine").get_by_role("link", name=re.compile("^Open")).click()
    editor = Warehouse(page.portal).ready()
    expect(editor.editor).to_contain_text("count(*) AS n")
    editor.expect_state("Ready")
    assert site.count("workspace", "/sql/statements") == 0


def test_a_query_is_saved_renamed_shared_and_deleted(visit: Visit, site: SandboxClient):
    ran(site, "analyst-west", "SELECT 'to be kept' AS t")
    page = queries(visit)
    page.act("to be kept", "Save")
    page.confirm("Save", "Kept from history")
    page.expect_said("Saved.")
    page.show("Saved")
    expect(page.row("Kept from history")).to_contain_text("You")
    page.show("Mine")
    expect(page.row("Orders by region")).to_have_count(0)
    page.act("Kept from history", "Rename")
    expect(page.dialog.get_by_label("Name")).to_have_value("Kept from history")
    page.confirm("Rename", "Renamed by a test")
    page.expect_said("Renamed.")
    expect(page.row("Renamed by a test")).to_be_visible()
    expect(page.row("Kept from history")).to_have_count(0)
    # Its link leads to the query; whether one may see it is Databricks' to say.
    page.portal.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.act("Renamed by a test", "Copy link")
    expect(page.row("Renamed by a test")).to_contain_text("Link copied")
    link = page.portal.page.evaluate("navigator.clipboard.readText()")
    path = link.removeprefix(site.content_url)
    page.portal.open(path)
    page.portal.expect_heading("Renamed by a test")
    expect(page.portal.page.get_by_label("SQL", exact=True)).to_have_text("SELECT 'to be kept' AS t")
    stranger = queries(visit, "analyst-east", path)
    stranger.portal.state("Not found").expect_shown()
    page.portal.open("/queries?show=saved")
    page.act("Renamed by a test", "Delete")
    page.confirm("Delete")
    page.expect_said("Moved to the trash of Databricks.")
    expect(page.row("Renamed by a test")).to_have_count(0)


def test_what_is_shared_can_be_used_and_what_is_not_ours_stays(visit: Visit):
    page = queries(visit, path="/queries?show=saved")
    page.saved.expect_shown()
    expect(page.row("Salaries")).to_have_count(0)
    page.act("Orders by region", "Delete")
    page.dialog.press("Escape")
    expect(page.dialog).to_have_count(0)
    page.act("Orders by region", "Delete")
    page.confirm("Delete")
    refused = page.portal.state("Not permitted")
    expect(refused.box).to_contain_text("You may not delete “Orders by region”.")
    expect(refused.box).to_contain_text("engineer@example.com, who owns it")
    expect(page.row("Orders by region")).to_be_visible()
    page.search("region nation")
    expect(page.portal.page.get_by_text("No queries match")).to_be_visible()
    page.search("region")
    page.row("Orders by region").get_by_role("link", name=re.compile("^Open")).click()
    editor = Warehouse(page.portal).ready()
    editor.run()
    editor.expect_rows(1)
    # Saved under another name it is a query of one's own.
    editor.button("Save as").click()
    page.portal.page.get_by_label("Name of the query").fill("West by region")
    editor.button("Save").click()
    expect(page.portal.page.get_by_text("Saved as “West by region”")).to_be_visible()
    mine = Queries(page.portal.open("/queries?show=saved&whose=mine"))
    expect(mine.row("West by region")).to_contain_text("You")


def test_run_means_the_query_that_is_being_opened(visit: Visit, site: SandboxClient):
    page = queries(visit, path="/queries?show=saved")
    page.saved.expect_shown()
    row = page.row("Orders by region")
    expect(row).to_be_visible()
    site.fault("workspace", "/sql/queries/", delay=2)
    row.get_by_role("link", name=re.compile("^Open")).click()
    editor = Warehouse(page.portal).ready()
    expect(page.portal.page.get_by_text("Opening the query…")).to_be_visible()
    editor.run()
    editor.expect_rows(1)


def test_saved_ones_their_dialog_and_page_are_accessible_and_narrow(visit: Visit, site: SandboxClient):
    """The history is one of `tests/browser/scenes.py`."""
    page = queries(visit, path="/queries?show=saved")
    page.saved.expect_shown()
    page.act("Orders by region", "Rename")
    page.portal.expect_accessible()
    page.dialog.press("Escape")
    page.portal.page.set_viewport_size({"width": 390, "height": 844})
    page.portal.expect_no_sideways_scrolling()
    page.portal.expect_accessible()
    page.row("Orders by region").get_by_role("link", name="Orders by region", exact=True).click()
    page.portal.expect_heading("Orders by region")
    page.portal.expect_no_sideways_scrolling()
    page.portal.expect_accessible()
    ran(site, "analyst-west", "SELECT '<b>no markup</b> שלום 👋'")
    page.portal.open("/queries")
    expect(page.row("<b>no markup</b> שלום 👋")).to_be_visible()
    page.portal.expect_no_sideways_scrolling()
