"""The warehouse page: run, stop, find again; errors in Databricks' words; nothing lost, nothing run unasked."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.warehouse_page import SLOW, Warehouse, warehouse
from tests.sandbox_client import SandboxClient


def test_a_query_runs_and_its_rows_are_exact(visit: Visit):
    page = warehouse(visit, width=1920)
    page.portal.expect_heading("Warehouse")
    page.portal.expect_title("Warehouse")
    page.run(
        "SELECT CAST(9223372036854775807 AS BIGINT) AS big"
        ", CAST('12345678901234567890.123456789' AS DECIMAL(38,9)) AS d"
        ", CAST(NULL AS STRING) AS nothing, '' AS blank, '  ' AS spaces"
        ", '<b onclick=1>x</b>' AS markup, 'שלום 👋' AS rtl"
    )
    page.expect_rows(1)
    expect(page.result.cells).to_have_text(
        [
            "9,223,372,036,854,775,807",
            "12,345,678,901,234,567,890.123456789",
            "NULL",
            "empty",
            "␣␣",
            "<b onclick=1>x</b>",
            "שלום 👋",
        ]
    )
    assert len(page.statements) == 1


def test_two_analysts_see_their_own_rows_of_the_same_sql(visit: Visit):
    for viewer, region in (("analyst-west", "west"), ("analyst-east", "east")):
        page = warehouse(visit, viewer)
        page.run("SELECT DISTINCT region FROM main.sales.orders")
        page.expect_rows(1)
        assert page.column(0) == [region]


def test_cancel_ends_when_databricks_says_canceled(visit: Visit, site: SandboxClient):
    page = warehouse(visit)
    expect(page.button("Cancel")).to_be_disabled()
    page.run(SLOW)
    page.expect_state("Running")
    page.button("Cancel").click()
    page.expect_state("Canceled")
    expect(page.portal.page.get_by_text("Databricks has stopped the statement.")).to_be_visible()
    expect(page.button("Cancel")).to_be_disabled()
    history = site.control("GET", "/calls")["calls"]
    assert any(call["route"].endswith("/cancel") for call in history)


def test_a_reload_another_tab_and_another_viewer(visit: Visit):
    page = warehouse(visit)
    page.run(SLOW)
    page.expect_state("Running")
    (statement,) = page.statements
    page.portal.page.reload()
    page.ready()
    page.expect_state("Running")
    assert page.statements == [statement]
    # Another browser of the same viewer, whose session must not end meanwhile.
    other = Warehouse(visit("engineer", f"/warehouse?statement={statement}", forget=False)).ready()
    other.expect_state("Running")
    other.button("Cancel").click()
    other.expect_state("Canceled")
    page.expect_state("Canceled")
    # Begun in the other tab, and as long ago.
    expect(other.status).to_contain_text(re.compile(r"\d s"))
    link = f"/warehouse?statement={statement}#{urlencode({'sql': 'SELECT 42 AS mine'})}"
    stranger = Warehouse(visit("analyst-west", link)).ready()
    theirs = stranger.portal.state("This is someone else's result. Run it as yourself.")
    theirs.expect_shown()
    expect(stranger.editor).to_contain_text("SELECT 42 AS mine")
    stranger.portal.page.locator("[data-panel]").get_by_role("button", name="Run", exact=True).click()
    stranger.expect_state("Succeeded")
    expect(stranger.cell(0, 0)).to_have_text("42")


def test_a_finished_result_is_found_again(visit: Visit):
    page = warehouse(visit)
    page.run("SELECT * FROM main.sales.orders WHERE region = 'west' ORDER BY order_id")
    page.expect_rows(1_000)
    first = page.column(0)[:5]
    page.portal.page.reload()
    page.ready().expect_state("Succeeded")
    expect(page.result.cells.first).not_to_be_empty()
    assert page.column(0)[:5] == first
    expect(page.editor).to_contain_text("FROM main.sales.orders")


def test_what_databricks_refuses_is_shown_in_its_words(visit: Visit):
    page = warehouse(visit)
    for sql, words in (
        ("SELEC 1", "PARSE_SYNTAX_ERROR"),
        ("SELECT * FROM main.sales.nothing", "TABLE_OR_VIEW_NOT_FOUND"),
        ("SELECT 1 / 0", "DIVIDE_BY_ZERO"),
        ("SELECT nope FROM main.sales.orders", "UNRESOLVED_COLUMN"),
    ):
        page.run(sql)
        shown = page.portal.state("The statement failed")
        expect(shown.box).to_contain_text(words)
        page.expect_state("Failed")
        shown.expect_request_id()


def test_a_missing_grant_is_not_permitted(visit: Visit):
    page = warehouse(visit, "analyst-west")
    page.run("SELECT * FROM main.hr.salaries")
    page.expect_state(re.compile("Failed"))
    expect(page.portal.page.get_by_role("alert")).to_contain_text(re.compile("TABLE_OR_VIEW_NOT_FOUND|PERMISSION"))


def test_an_error_is_marked_where_it_stands(visit: Visit):
    page = warehouse(visit)
    page.write("SELECT 1;\nSELECT 2,\n  nope FROM main.sales.orders")
    page.editor.press("Control+Enter")
    page.expect_state("Failed")
    expect(page.portal.page.locator(".cm-lintRange-error")).to_have_text("nope")


def test_writes_and_set_are_refused_with_the_reason(visit: Visit, site: SandboxClient):
    page = warehouse(visit)
    for sql, reason in (
        ("DELETE FROM main.sales.orders", "could change something"),
        ("SET x = 1", "session of its own"),
    ):
        site.clear_calls()
        page.run(sql)
        page.expect_state("Not run")
        expect(page.portal.page.get_by_role("alert")).to_contain_text(reason)
        assert site.count("workspace", "/sql/statements") == 0


def test_an_empty_result_no_columns_and_many_columns(visit: Visit):
    page = warehouse(visit)
    page.run("SELECT * FROM main.shapes.empty")
    page.expect_rows(0)
    expect(page.portal.page.get_by_text("No rows.")).to_be_visible()
    expect(page.result.headers).to_have_text(["id", "name"])
    page.run("SELECT 1 AS a, 2 AS a, 3 AS A")
    page.expect_rows(1)
    assert [page.column(n) for n in range(3)] == [["1"], ["2"], ["3"]]
    page.run("SELECT * FROM main.shapes.wide")
    page.expect_rows(1000)
    assert page.result.box.get_attribute("aria-colcount") == "300"


def test_every_statement_of_the_text_gets_a_result_of_its_own(visit: Visit):
    page = warehouse(visit)
    page.write("SELECT 1 AS a;\nSELECT 2 AS b; -- ; no more\nSELECT 3 AS c")
    page.button("Run all").click()
    expect(page.portal.page.get_by_role("tab")).to_have_count(3)
    page.tab(3).click()
    page.expect_rows(1)
    assert len(page.statements) == 3
    expect(page.result.headers).to_have_text(["c"])
    page.tab(3).press("ArrowLeft")
    expect(page.result.headers).to_have_text(["b"])


def shown(page: Warehouse, text: str) -> Locator:
    """Of the panels' texts the one that shows."""
    return page.portal.page.get_by_text(text).locator("visible=true")


def test_of_several_statements_none_runs_behind_one_that_failed(visit: Visit, site: SandboxClient):
    page = warehouse(visit)
    page.write("SELECT 1 AS a;\nSELECT nosuch;\nSELECT 3 AS c;\nSELECT 4 AS d")
    site.control("DELETE", "/calls")
    page.button("Run all").click()
    expect(page.portal.page.get_by_role("tab")).to_have_count(4)
    page.tab(4).click()
    page.expect_state("Not run")
    expect(shown(page, "Statement 2 did not succeed, so this one was not run.")).to_be_visible()
    page.tab(3).click()
    page.expect_state("Not run")
    page.tab(1).click()
    page.expect_rows(1)
    assert len(page.statements) == 2
    calls = site.control("GET", "/calls")["calls"]
    assert (
        sum(c["count"] for c in calls if c["method"] == "POST" and c["route"].rstrip("/").endswith("/statements")) == 2
    )


def test_what_waits_is_not_run_once_the_viewer_stops(visit: Visit):
    page = warehouse(visit)
    page.write(f"{SLOW};\nSELECT 2 AS b;\nSELECT 3 AS c")
    page.button("Run all").click()
    page.tab(2).click()
    page.expect_state("Waiting")
    page.button("Cancel").click()
    page.expect_state("Not run")
    expect(shown(page, "You stopped, so this one was not run.")).to_be_visible()
    page.tab(1).click()
    page.expect_state("Running")
    page.button("Cancel").click()
    page.expect_state("Canceled")
    assert len(page.statements) == 1


def test_a_selection_behind_letters_of_two_units_runs_as_it_stands(visit: Visit):
    page = warehouse(visit)
    page.write("SELECT '😀😀😀';\nSELECT 42 AS answer;")
    page.editor.press("Control+End")
    page.editor.press("Shift+Home")
    page.run()
    page.expect_rows(1)
    expect(page.result.headers).to_have_text(["answer"])


def test_several_run_at_once_and_five_are_the_most(visit: Visit):
    page = warehouse(visit)
    page.write(SLOW)
    for number in range(5):
        page.button("Run").click()
        expect(page.portal.page.locator("[data-panel]")).to_have_count(number + 1)
        expect(page.button("Run")).to_be_enabled()
    page.button("Run").click()
    expect(page.portal.page.get_by_text("5 statements running")).to_be_visible(timeout=30_000)
    tabs = page.portal.page.get_by_role("tab")
    for number in range(1, tabs.count() + 1):
        page.tab(number).click()
        if page.button("Cancel").is_enabled():
            page.button("Cancel").click()
            page.expect_state("Canceled")


def test_parameters_are_typed_and_travel_beside_the_sql(visit: Visit, site: SandboxClient):
    page = warehouse(visit)
    page.write(
        "SELECT count(*) FROM main.sales.orders WHERE region = :region AND order_id < :least AND region IN (:names)"
    )
    fields = page.portal.page.get_by_role("group", name="Parameters")
    fields.get_by_label(":region", exact=True).fill("west'; DROP TABLE x --")
    fields.get_by_label(":least", exact=True).fill("many")
    fields.get_by_label("Type of least").select_option("number")
    fields.get_by_label("Type of names").select_option("list")
    fields.get_by_label(":names", exact=True).fill("west, east")
    page.run()
    page.expect_state("Not run")
    expect(page.portal.page.get_by_role("alert")).to_contain_text("The value of :least should be a number")
    fields.get_by_label(":least", exact=True).fill("101000")
    page.run()
    page.expect_rows(1)
    assert page.column(0) == ["0"]
    fields.get_by_label(":region", exact=True).fill("west")
    page.run()
    page.expect_rows(1)
    expect(page.cell(0, 0)).not_to_have_text("0")
    assert page.fragment["p.region"] == ["text:west"]


def test_use_changes_the_page_and_names_are_looked_up_there(visit: Visit):
    page = warehouse(visit)
    page.run("USE main.sales")
    page.expect_state("Done")
    expect(page.portal.page.get_by_label("Schema", exact=True)).to_have_value("main.sales")
    page.run("SELECT count(*) FROM orders")
    page.expect_rows(1)
    page.run("USE main.no_such_schema")
    page.portal.state("Not found").expect_shown()
    expect(page.portal.page.get_by_label("Schema", exact=True)).to_have_value("main.sales")


def test_opening_a_link_runs_nothing_and_keeps_what_was_written(visit: Visit, site: SandboxClient):
    page = warehouse(visit)
    page.write("SELECT 'my own work'")
    page.portal.page.wait_for_timeout(400)
    site.clear_calls()
    page.portal.open("/warehouse#sql=SELECT%20%3Ax%20--%20linked&p.x=text:hello&schema=main.sales")
    page.ready()
    expect(page.editor).to_contain_text("linked")
    expect(page.portal.page.get_by_label(":x", exact=True)).to_have_value("hello")
    expect(page.portal.page.get_by_label("Schema", exact=True)).to_have_value("main.sales")
    page.portal.page.wait_for_timeout(1000)
    assert site.count("workspace", "/sql/statements") == 0
    expect(page.portal.page.get_by_role("navigation", name="Drafts")).to_contain_text("my own work")
    assert not any("linked" in request.url for request in page.portal.requests if "#" not in request.url)


def test_drafts_survive_a_reload_and_are_each_viewers_own(visit: Visit):
    page = warehouse(visit)
    page.write("SELECT 'one'")
    page.button("New draft").click()
    page.write("SELECT 'two'")
    page.portal.page.wait_for_timeout(400)
    page.portal.page.reload()
    page.ready()
    expect(page.editor).to_have_text("SELECT 'two'")
    drafts = page.portal.page.get_by_role("navigation", name="Drafts")
    drafts.get_by_role("button", name="SELECT 'one'", exact=True).click()
    expect(page.editor).to_have_text("SELECT 'one'")


def test_completion_knows_the_viewers_catalog(visit: Visit):
    page = warehouse(visit)
    page.editor.press_sequentially("SELECT * FROM main.sales.or")
    choices = page.portal.page.locator(".cm-tooltip-autocomplete li")
    expect(choices.first).to_have_text("orders")
    page.portal.page.wait_for_timeout(200)  # CodeMirror takes no key for a list that has only just opened
    page.editor.press("Enter")
    expect(page.editor).to_contain_text("main.sales.orders")
    page.editor.press_sequentially(" o WHERE o.cust")
    expect(choices.first).to_contain_text("customer_")


def test_format_find_and_comment(visit: Visit):
    page = warehouse(visit)
    page.write("select a,b from t where c=1 -- why")
    page.button("Format (Shift+Alt+F)").click()
    expect(page.editor).to_contain_text("SELECT")
    expect(page.editor).to_contain_text("-- why")
    page.editor.press("Control+f")
    expect(page.portal.page.get_by_placeholder("Find")).to_be_visible()


def test_without_the_bundle_a_text_area_does_the_job(visit: Visit):
    portal = visit("engineer", "/identity")
    portal.page.route("**/vendor/editor.js*", lambda route: route.abort())
    page = Warehouse(portal.open("/warehouse"))
    page.editor.fill("SELECT 42 AS answer")
    page.editor.press("Control+Enter")
    page.expect_rows(1)
    assert page.column(0) == ["42"]


def test_a_stopped_warehouse_is_seen_to_start(visit: Visit, site: SandboxClient):
    site.control("POST", f"/warehouses/{site.warehouse_id}", {"state": "STOPPED", "start_seconds": 6})
    page = warehouse(visit)
    page.run("SELECT 1 AS a")
    page.expect_state("Warehouse starting")
    page.expect_rows(1)


def test_nothing_is_asked_when_nothing_runs_or_nobody_looks(visit: Visit):
    page = warehouse(visit)
    page.run("SELECT 1 AS a")
    page.expect_rows(1)
    page.portal.page.wait_for_timeout(1000)
    page.portal.requests.clear()
    page.portal.page.wait_for_timeout(2000)
    assert [r.url for r in page.portal.requests] == []
    page.run(SLOW)
    page.expect_state("Running")
    hide = (
        "Object.defineProperty(document, 'hidden', {get: () => %s, configurable: true});"
        " document.dispatchEvent(new Event('visibilitychange'))"
    )
    page.portal.page.evaluate(hide % "true")
    page.portal.page.wait_for_timeout(1000)
    page.portal.requests.clear()
    page.portal.page.wait_for_timeout(2500)  # asked for every second by now, were it looked at
    assert [r.url for r in page.portal.requests] == []
    page.portal.page.evaluate(hide % "false")
    with page.portal.page.expect_request("**/_dash-update-component*"):
        pass
    page.button("Cancel").click()
    page.expect_state("Canceled")


def test_offline_and_back(visit: Visit):
    page = warehouse(visit)
    page.run(SLOW)
    page.expect_state("Running")
    page.portal.page.context.set_offline(True)
    page.portal.page.wait_for_timeout(2000)
    page.portal.page.context.set_offline(False)
    page.button("Cancel").click()
    page.expect_state("Canceled", timeout=40_000)
    page.portal.problems.clear()  # the browser says that it was offline


def test_a_statement_canceled_elsewhere_is_seen(visit: Visit, site: SandboxClient):
    import requests

    page = warehouse(visit)
    page.run(SLOW)
    page.expect_state("Running")
    (statement,) = page.statements
    requests.post(
        f"{site.workspace_url}/api/2.0/sql/statements/{statement}/cancel",
        headers={"Authorization": "Bearer dapi-engineer"}, verify=site.ca_bundle, timeout=20,
    )  # fmt: skip
    page.expect_state("Canceled")


def test_saving_keeps_the_query_in_the_workspace(visit: Visit):
    page = warehouse(visit)
    page.write("SELECT 'to be kept'")
    page.button("Save query").click()
    page.portal.page.get_by_label("Name of the query").fill("Kept by a test")
    page.button("Save").click()
    expect(page.portal.page.get_by_text("Saved as “Kept by a test”")).to_be_visible()


def test_the_catalog_inserts_a_name(visit: Visit):
    page = warehouse(visit)
    tree = page.portal.page.get_by_role("tree")
    expect(tree.get_by_role("treeitem", name=re.compile("^main"))).to_be_visible()
    tree.press("Home")
    tree.press("Enter")
    expect(page.editor).to_have_text("main")
    tree.get_by_role("treeitem", name=re.compile("^samples")).dblclick()
    expect(page.editor).to_have_text("mainsamples")


def test_databricks_away_for_a_while_does_not_lose_the_statement(visit: Visit, site: SandboxClient):
    page = warehouse(visit)
    page.run(SLOW)
    page.expect_state("Running")
    fault = site.fault("workspace", r"/sql/statements/[^/]+$", method="GET", status=503)
    page.portal.state("Service unreachable").expect_shown()
    site.control("DELETE", f"/faults/{fault}")
    page.expect_state("Running")
    page.portal.state("Service unreachable").expect_gone()
    page.button("Cancel").click()
    page.expect_state("Canceled")


def test_a_megabyte_of_sql_is_kept_runs_and_is_no_link(visit: Visit):
    page = warehouse(visit)
    sql = f"SELECT length('{'many words ' * 95_000}') AS n"
    page.portal.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.portal.page.evaluate("(text) => navigator.clipboard.writeText(text)", sql)
    page.editor.click()
    page.editor.press("Control+v")
    length = "portal.editor.text().length"
    page.portal.page.wait_for_function(f"(expected) => {length} === expected", arg=len(sql))
    page.button("Copy link").click()
    expect(page.portal.page.get_by_text("Too long to be shared as a link")).to_contain_text(f"{len(sql):,}")
    page.run()
    page.expect_state("1 row", timeout=60_000)
    page.portal.page.reload()
    page.ready()
    assert page.portal.page.evaluate(length) == len(sql)
    # As long, and no list of literals: not understood within a second or two, so not run, and what to do is said.
    page.portal.page.evaluate(
        "(text) => portal.editor.write(text)",
        " UNION ALL ".join(f"SELECT {n} AS n FROM main.sales.orders" for n in range(25_000)),
    )
    page.run()
    page.expect_state("Not run")
    expect(page.portal.page.get_by_role("alert")).to_contain_text("Put its values into a table")
