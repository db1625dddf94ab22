"""The catalog in a browser: the tree by pointer and keys, each thing's page, and names that hold anything."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

import pytest
from databricks.sdk import WorkspaceClient
from playwright.sync_api import expect

from tests.browser.catalog_pages import Thing, Tree
from tests.browser.conftest import Visit
from tests.browser.pages import Portal
from tests.sandbox_client import SandboxClient

UC = "/unity-catalog/"


def many(site: SandboxClient, count: int) -> str:
    """A schema of so many tables."""
    schema = f"many_{count}"
    site.http.post(f"{site.control_url}/tables", json={"schema": schema, "count": count}, timeout=30)
    return schema


def opened(portal: Portal) -> Tree:
    tree = Tree(portal)
    expect(tree.rows.first).to_be_visible()
    return tree


# The tree


def test_keys_open_and_walk_the_tree_and_lead_to_a_page(visit: Visit) -> None:
    portal = visit("analyst-west", "/catalog")
    portal.expect_heading("Catalog")
    tree = opened(portal)
    tree.press("Home", "ArrowRight")
    tree.expect_open("main")
    expect(tree.row("sales")).to_be_visible()
    tree.press("ArrowRight", "s", "a")
    tree.expect_active("sales")
    tree.press("ArrowRight")
    expect(tree.row("orders")).to_be_visible()
    tree.press("ArrowDown", "ArrowDown")
    tree.expect_active("orders")
    tree.press("Enter")
    portal.expect_path("/catalog/main/sales/orders")
    Thing(portal).expect_shown("orders")
    portal.expect_title("orders")
    tree.expect_current("orders")
    # What was open stays open, and the way back is the browser's.
    tree.expect_open("sales")
    portal.page.go_back()
    portal.expect_heading("Catalog")
    tree.expect_open("sales")
    tree.press("End", "ArrowUp", "Home", "ArrowLeft")
    tree.expect_open("main", False)


def test_left_goes_up_and_space_opens(visit: Visit) -> None:
    portal = visit("analyst-west", "/catalog/main/sales/orders")
    tree = opened(portal)
    tree.expect_current("orders")
    tree.press("ArrowLeft")
    tree.expect_active("sales")
    tree.press(" ")
    tree.expect_open("sales", False)
    tree.press("ArrowLeft")
    tree.expect_active("main")


def test_each_viewer_sees_their_own_names(visit: Visit) -> None:
    west = opened(visit("analyst-west", "/catalog"))
    west.open("main")
    expect(west.row("sales")).to_be_visible()
    expect(west.row("hr")).to_have_count(0)
    engineer = opened(visit("engineer", "/catalog"))
    engineer.open("main")
    expect(engineer.row("hr")).to_be_visible()


def test_search_finds_through_all_catalogs(visit: Visit) -> None:
    portal = visit("analyst-west", "/catalog")
    tree = opened(portal)
    tree.search.fill("ord")
    tree.expect_said("2 matches")
    expect(tree.row("orders")).to_have_count(2)
    tree.search.press("ArrowDown")
    tree.press("End", "Enter")
    portal.expect_path("/catalog/samples/tpch/orders")
    Thing(portal).expect_shown("orders")
    tree.search.fill("no such table")
    tree.expect_said("Nothing matches")
    expect(tree.box).to_be_hidden()
    tree.search.press("Escape")
    expect(tree.row("samples")).to_be_visible()
    tree.search.fill("x")
    tree.expect_said("Type two letters or more")


def test_five_thousand_tables_are_few_elements_and_all_reached(visit: Visit, site: SandboxClient) -> None:
    schema = many(site, 5000)
    portal = visit("analyst-west", "/catalog")
    tree = opened(portal)
    tree.open("main", schema)
    # What may be read, and of what may only be browsed the first page.
    expect(tree.row("table_00001")).to_have_attribute("aria-setsize", "4902")
    assert tree.rows.count() < 80
    tree.press("t", "a", "b", "l", "e", "_", "0", "0", "0", "4", "9")
    tree.expect_active("table_00049")
    expect(tree.row("table_00050").get_by_title("You may browse it, not read it")).to_be_visible()
    # The end leads on, page by page, while it is in view.
    tree.press("Home", "End")
    while tree.row("table_05000").count() == 0:
        tree.press("End")
        portal.page.wait_for_timeout(200)
    expect(tree.row("table_05000")).to_be_visible()
    assert tree.rows.count() < 80


def test_a_failure_below_a_name_is_told_there_and_mended_there(visit: Visit, site: SandboxClient) -> None:
    portal = visit("analyst-west", "/catalog")
    tree = opened(portal)
    site.fault(route="/unity-catalog/schemas", status=503, body={"error_code": "X", "message": "x"})
    tree.row("samples").locator("[data-twist]").click()
    failed = tree.rows.filter(has_text="Try again")
    expect(failed).to_contain_text("Databricks cannot answer right now.")
    site.clear_faults()
    failed.click()
    expect(tree.row("nyctaxi")).to_be_visible()


# A table's page


def test_a_table_with_all_that_is_known_of_it(visit: Visit) -> None:
    portal = visit("analyst-west", "/catalog/main/sales/orders")
    table = Thing(portal)
    table.expect_shown("orders")
    expect(table.fact("Owner")).to_have_text("engineer@example.com")
    expect(table.fact("Kind")).to_have_text("Managed table, Delta")
    expect(table.fact("Rows")).to_have_text("12,000")
    expect(table.fact("Tags")).to_contain_text("pii: true")
    expect(table.fact("Row filter")).to_have_text("main.sales.region_filter")
    columns = table.grid("Columns")
    columns.expect_rows(10)
    expect(columns.rows.filter(has_text="customer_email")).to_contain_text("masked")
    expect(columns.rows.nth(0)).to_contain_text("bigint")
    sample = table.grid("Sample")
    sample.expect_rows(10)
    # As the viewer: their region, and masked e-mail addresses.
    expect(sample.rows.filter(has_text="west")).to_have_count(10)
    expect(sample.rows.filter(has_text="***@example.org")).to_have_count(10)
    grants = table.grid("Grants")
    expect(grants.rows.filter(has_text="Use schema")).to_contain_text("from main.sales")


def test_query_this_table_opens_the_editor_and_runs_nothing(visit: Visit, site: SandboxClient) -> None:
    portal = visit("analyst-west", "/catalog/main/sales/orders")
    table = Thing(portal)
    table.expect_shown("orders")
    site.clear_calls()
    href = table.query.get_attribute("href") or ""
    address, _, fragment = href.partition("#sql=")
    assert address.endswith("/warehouse")
    assert unquote(fragment) == "SELECT *\nFROM main.sales.orders\nLIMIT 100"
    table.query.click()
    portal.expect_heading("Warehouse")
    expect(portal.page.get_by_role("textbox", name="SQL")).to_contain_text("main.sales.orders")
    portal.page.wait_for_timeout(500)
    assert site.count("workspace", "/sql/statements") == 0
    assert not [request for request in portal.requests if "sql=" in request.url]


def state_of(site: SandboxClient) -> str:
    return next(one["state"] for one in site.control("GET", "/state")["warehouses"] if one["id"] == site.warehouse_id)


def test_a_stopped_warehouse_is_started_only_when_asked(visit: Visit, site: SandboxClient) -> None:
    portal = visit("analyst-west", "/identity")
    site.control("POST", f"/warehouses/{site.warehouse_id}", {"state": "STOPPED", "start_seconds": 0.5})
    portal.open("/catalog/main/sales/customers")
    table = Thing(portal)
    portal.state("The warehouse is stopped").expect_shown()
    assert state_of(site) == "STOPPED"
    portal.state("The warehouse is stopped").press("Show ten rows")
    table.grid("Sample").expect_rows(10)


def test_what_may_only_be_browsed_says_so_and_is_not_read(visit: Visit, site: SandboxClient) -> None:
    schema = many(site, 50)
    portal = visit("analyst-west", f"/catalog/main/{schema}/table_00050")
    Thing(portal).expect_shown("table_00050")
    site.clear_calls()
    portal.open(f"/catalog/main/{schema}/table_00050").expect_no_loading()
    expect(portal.region("About")).to_contain_text("You may browse this, not read it.")
    expect(portal.region("Sample")).to_contain_text("You may browse this table, not read it.")
    assert site.count("workspace", "/sql/1.0/warehouses") == 0


def test_absent_and_hidden_look_alike_and_are_said_once(visit: Visit) -> None:
    portal = visit("analyst-west", None)
    said = []
    for path in ("main/hr/salaries", "main/hr/nothing", "nowhere/at/all", "main/hr", "nowhere"):
        portal.open(f"/catalog/{path}")
        portal.expect_heading(path.rpartition("/")[2])
        portal.expect_no_loading()
        state = portal.state("Not found")
        state.expect_shown()
        expect(portal.page.get_by_role("heading", name="Not found").filter(visible=True)).to_have_count(1)
        said.append(re.sub(r"Request [0-9a-f]+", "", state.box.inner_text()).replace(path.replace("/", "."), "X"))
    assert len(set(said)) == 1


@pytest.mark.usefixtures("trust")
def test_a_view_shows_its_definition(visit: Visit, site: SandboxClient) -> None:
    run(
        site,
        "CREATE OR REPLACE VIEW main.engineer.open_orders AS SELECT * FROM main.sales.orders WHERE status = 'open'",
    )
    portal = visit("engineer", "/catalog/main/engineer/open_orders")
    table = Thing(portal)
    table.expect_shown("open_orders")
    expect(table.fact("Kind")).to_have_text("View")
    expect(portal.page.get_by_label("Definition")).to_contain_text("main.sales.orders")
    expect(table.fact("Size")).to_have_text("Not known")


def test_lists_are_filtered_and_paged_by_the_address(visit: Visit, site: SandboxClient) -> None:
    name = many(site, 120)
    portal = visit("analyst-west", f"/catalog/main/{name}")
    schema = Thing(portal)
    schema.expect_shown(name)
    schema.grid("Tables").expect_rows(50)
    portal.page.get_by_role("button", name="Next").click()
    portal.expect_path(f"/catalog/main/{name}?page=2")
    expect(schema.grid("Tables").rows.first).to_contain_text("table_00051")
    portal.page.get_by_label("Filter tables").fill("0011")
    schema.grid("Tables").expect_rows(11)
    portal.expect_path(f"/catalog/main/{name}?q=0011")
    portal.page.reload()
    schema.grid("Tables").expect_rows(11)
    schema.grid("Tables").rows.last.get_by_role("link").click()
    portal.expect_heading("table_00119")


def test_functions_of_a_schema(visit: Visit) -> None:
    portal = visit("analyst-west", "/catalog/main/sales")
    functions = Thing(portal).grid("Functions")
    functions.expect_rows(2)
    expect(functions.rows.first).to_contain_text("(customer_email string)")


# Names


def run(site: SandboxClient, *texts: str) -> None:
    client = WorkspaceClient(host=site.workspace_url, token="dapi-engineer")
    for text in texts:
        answer = client.statement_execution.execute_statement(text, site.warehouse_id)
        state = answer.status and answer.status.state
        assert state is not None
        assert state.value == "SUCCEEDED", answer.status


NAMES = ("<b>bold<img>", "o'clock\"s", "back`tick", "שולחן", "100%&more", "a+b=c#d?e")


@pytest.fixture
def trust(site: SandboxClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(variable, site.ca_bundle)


@pytest.mark.usefixtures("trust")
@pytest.mark.parametrize("name", NAMES)
def test_a_name_may_hold_anything(visit: Visit, site: SandboxClient, name: str) -> None:
    written = "`" + name.replace("`", "``") + "`"
    columns = "`a.b`", "`with space`", "`<i>x</i>`", "`ש`"
    made = ", ".join(f"{number} AS {column}" for number, column in enumerate(columns))
    run(site, f"CREATE OR REPLACE TABLE main.engineer.{written} AS SELECT {made}")
    portal = visit("engineer", "/catalog/main/engineer")
    tree = opened(portal)
    tree.open("engineer")
    tree.follow(name)
    table = Thing(portal)
    table.expect_shown(name)
    portal.expect_path(f"/catalog/main/engineer/{quote(name, safe='!*()' + chr(39))}")
    for column in ("a.b", "with space", "<i>x</i>", "ש"):
        expect(table.grid("Columns").rows.filter(has_text=column)).to_have_count(1)
    table.grid("Sample").expect_rows(1)
    _, _, fragment = (table.query.get_attribute("href") or "").partition("#sql=")
    assert unquote(fragment) == f"SELECT *\nFROM main.engineer.{written}\nLIMIT 100"
    # A load of the same address, and no markup of it anywhere.
    portal.page.reload()
    table.expect_shown(name)
    tree.expect_current(name)
    table.grid("Sample").expect_rows(1)
    expect(portal.page.locator("main b, main i")).to_have_count(0)


# States


def test_databricks_away_and_back(visit: Visit, site: SandboxClient) -> None:
    portal = visit("analyst-west", "/identity")
    fault = site.fault(route=UC, status=503, body={"error_code": "X", "message": "x"})
    portal.open("/catalog/main/sales/orders")
    tree_state = portal.region("Catalog tree").get_by_role("alert")
    expect(tree_state).to_contain_text("Service unreachable")
    site.control("DELETE", f"/faults/{fault}")
    for name in ("About", "Sample", "Grants"):
        expect(portal.region(name).get_by_role("button", name="Try again")).to_be_visible()
    # Once, for all that failed alike.
    portal.region("Catalog tree").get_by_role("button", name="Try again").click()
    Thing(portal).grid("Columns").expect_rows(10)
    expect(Tree(portal).row("main")).to_be_visible()


def test_who_has_not_signed_in_is_asked_once(visit: Visit) -> None:
    portal = visit("newcomer", "/catalog/main/sales/orders")
    portal.state("Sign in to Databricks").expect_shown()
    expect(portal.page.get_by_role("heading", name="Sign in to Databricks").filter(visible=True)).to_have_count(1)


# Access


@pytest.mark.parametrize("path", ["/main", "/main/sales", "/main/hr"])
def test_axe_finds_nothing_and_a_phone_suffices(visit: Visit, path: str) -> None:
    portal = visit("analyst-west", f"/catalog{path}")
    portal.expect_no_loading()
    opened(portal)
    portal.expect_accessible()
    portal.page.set_viewport_size({"width": 390, "height": 844})
    portal.expect_no_sideways_scrolling()
    portal.expect_accessible()


def test_three_hundred_columns_scroll_inside_themselves(visit: Visit) -> None:
    portal = visit("analyst-west", "/catalog/main/shapes/wide", width=390)
    portal.expect_no_loading()
    portal.expect_no_sideways_scrolling()


def test_axe_finds_nothing_in_a_search_nor_a_failure(visit: Visit, site: SandboxClient) -> None:
    portal = visit("analyst-west", "/catalog")
    tree = opened(portal)
    # First: a search reads the names of every schema, and what has been read is opened without asking again.
    fault = site.fault(route=UC, status=503, body={"error_code": "X", "message": "x"})
    tree.row("samples").locator("[data-twist]").click()
    expect(tree.rows.filter(has_text="Try again")).to_be_visible()
    portal.expect_accessible()
    site.control("DELETE", f"/faults/{fault}")
    tree.search.fill("ord")
    tree.expect_said("2 matches")
    portal.expect_accessible()


def test_axe_finds_nothing_while_loading(visit: Visit, site: SandboxClient) -> None:
    portal = visit("analyst-west", "/identity")
    site.fault(route=UC, delay=20)
    portal.open("/catalog/main/sales/orders")
    expect(portal.page.get_by_text("Loading about…")).to_be_attached()
    portal.expect_accessible()
    site.clear_faults()


# Pages that carry weight


def test_a_type_of_21_000_characters_folds(visit: Visit) -> None:
    portal = visit("analyst-west", "/catalog/main/shapes/edges")
    Thing(portal).expect_shown("edges")
    row = Thing(portal).grid("Columns").rows.filter(has_text="Its type takes")
    assert len(row.inner_text()) < 200
    row.locator("summary").first.click()
    expect(row.locator(".type-tree > li").first).to_be_visible()
    # A field that has fields folds, too.
    inner = row.locator(".type-tree > li details").first
    if inner.count():
        inner.locator("summary").first.click()
        expect(inner.locator(".type-tree > li").first).to_be_visible()
    portal.expect_accessible()
    portal.page.set_viewport_size({"width": 390, "height": 844})
    portal.expect_no_sideways_scrolling()


@pytest.mark.usefixtures("trust")
def test_two_thousand_columns_come_by_pages_and_are_filtered(visit: Visit, site: SandboxClient) -> None:
    names = ", ".join(f"column_{n:04d} INT" for n in range(2500))
    run(site, f"CREATE OR REPLACE TABLE main.engineer.broad ({names})")
    portal = visit("engineer", "/catalog/main/engineer/broad")
    table = Thing(portal)
    table.expect_shown("broad")
    table.grid("Columns").expect_rows(100)
    expect(table.grid("Columns").box).to_have_attribute("aria-rowcount", "2501")
    # The lineage of a column offers them by name: the options of a choice, of which the page draws one.
    assert portal.page.evaluate("document.querySelectorAll(':not(option)').length") < 3000
    pages = portal.page.get_by_role("navigation", name="Pages of columns")
    pages.get_by_role("button", name="Next").click()
    expect(pages).to_contain_text("Page 2 of 25")
    expect(table.grid("Columns").rows.first).to_contain_text("column_0100")
    filter_ = portal.page.get_by_role("searchbox", name="Filter columns")
    filter_.fill("_2499")
    table.grid("Columns").expect_rows(1)
    expect(portal.region("About")).to_contain_text("1 of 2,500 columns")
    portal.open("/catalog/main/engineer/broad?column=column_1234")
    table.grid("Columns").expect_rows(1)


@pytest.mark.usefixtures("trust")
def test_a_metric_view_lists_measures_and_its_query_runs(visit: Visit, site: SandboxClient) -> None:
    run(
        site,
        "CREATE OR REPLACE VIEW main.engineer.order_metrics WITH METRICS LANGUAGE YAML AS $$\nversion: 1.1\n"
        "source: main.sales.orders\ndimensions:\n  - name: region\n    expr: region\n"
        "measures:\n  - name: total amount\n    expr: sum(amount)\n$$",
    )
    portal = visit("engineer", "/catalog/main/engineer/order_metrics")
    view = Thing(portal)
    view.expect_shown("order_metrics")
    expect(view.grid("Columns").rows.filter(has_text="region")).to_contain_text("dimension")
    expect(view.grid("Columns").rows.filter(has_text="total amount")).to_contain_text("measure")
    view.grid("Sample").expect_rows(4)
    expect(view.query).to_have_attribute("href", re.compile("MEASURE"))
    text = unquote((view.query.get_attribute("href") or "").partition("#sql=")[2])
    run(site, text)


@pytest.mark.usefixtures("trust")
def test_comments_keep_their_lines_and_columns_their_tags(visit: Visit, site: SandboxClient) -> None:
    run(
        site,
        "CREATE OR REPLACE TABLE main.engineer.noted (id INT) COMMENT 'One **two**.\\nThree <script>x</script>'",
        "ALTER TABLE main.engineer.noted ALTER COLUMN id SET TAGS ('pii' = 'no')",
    )
    portal = visit("engineer", "/catalog/main/engineer/noted")
    table = Thing(portal)
    table.expect_shown("noted")
    comment = table.fact("Comment")
    expect(comment.locator("br")).to_have_count(1)
    expect(comment.locator("strong")).to_have_text("two")
    expect(comment).to_contain_text("Three <script>x</script>")
    expect(table.grid("Tags of columns").rows).to_contain_text(["pii: no"])


def test_a_schema_lists_volumes_and_models(visit: Visit) -> None:
    portal = visit("analyst-west", "/catalog/main/sales")
    schema = Thing(portal)
    schema.expect_shown("sales")
    schema.grid("Volumes").expect_rows(2)
    expect(schema.grid("Volumes").rows.filter(has_text="landing")).to_contain_text("Nightly loader")
    schema.grid("Models").expect_rows(2)


# Partial knowledge


def test_what_may_only_be_browsed_is_never_said_not_to_be_there(visit: Visit) -> None:
    portal = visit("analyst-west", "/catalog/main/archive")
    Thing(portal).expect_shown("archive")
    tables = portal.region("Tables")
    expect(tables).to_contain_text("100 tables so far")
    filter_ = portal.page.get_by_role("searchbox", name="Filter tables")
    filter_.fill("year_39")
    expect(tables).to_contain_text("10 of 400 tables")
    filter_.fill("nothing like it")
    expect(tables).to_contain_text("Nothing matches")
    tree = opened(portal)
    tree.search.fill("year_350")
    expect(portal.region("Catalog tree")).to_contain_text("is found by its whole name: catalog.schema.table")
    tree.search.fill("main.archive.year_350")
    expect(tree.row("year_350")).to_be_visible()
    portal.page.keyboard.press("Control+k")
    portal.page.get_by_role("combobox").fill("year_350")
    expect(portal.page.get_by_role("dialog")).to_contain_text("is found by its whole name: catalog.schema.table")
    portal.page.get_by_role("combobox").fill("main.archive.year_350")
    portal.page.get_by_role("option", name=re.compile("^year_350")).click()
    portal.expect_path("/catalog/main/archive/year_350")


# Columns


def test_columns_are_found_in_the_tree_and_in_the_palette(visit: Visit) -> None:
    portal = visit("analyst-west", "/catalog")
    tree = opened(portal)
    row = tree.row("customer_email")
    button = portal.page.get_by_role("button", name="Search columns, too")
    late = portal.page.get_by_text("The answer has not come yet")
    # The warehouse may need longer than a request waits, which is said; then one asks again.
    for _ in range(3):
        tree.search.fill("")
        tree.search.fill("customer_em")
        tree.expect_said("Nothing matches")
        button.click()
        expect(row.or_(late)).to_be_visible()
        if row.is_visible():
            break
    expect(row).to_be_visible()
    portal.expect_accessible()
    tree.follow("customer_email")
    portal.expect_path("/catalog/main/sales/orders?column=customer_email")
    Thing(portal).grid("Columns").expect_rows(1)
    portal.page.keyboard.press("Control+k")
    palette = portal.page.get_by_role("dialog", name="Search the portal")
    palette.get_by_role("combobox").fill("order_id")
    columns = palette.get_by_role("group", name="Columns")
    expect(columns.get_by_role("option").first).to_contain_text("main.sales.orders")
