"""Unity Catalog over real wire: each viewer their own names, few calls, empty pages, and names that name nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portal.databricks import catalog
from portal.databricks.catalog import columns, details, names
from portal.viewer.errors import Busy, NoSuchThing, NotPermitted, PortalError
from tests.sandbox_client import SandboxClient
from tests.wire.jobs_room import Room, open_room

TABLES = "/unity-catalog/tables"
SUMMARIES = "/unity-catalog/table-summaries"


@pytest.fixture
def room(sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    with open_room(sandbox, monkeypatch) as opened:
        yield opened


def many(room: Room, count: int) -> str:
    """A schema of so many tables. It stays until the sandbox ends."""
    schema = f"many_{count}"
    room.sandbox.http.post(f"{room.sandbox.control_url}/tables", json={"schema": schema, "count": count}, timeout=30)
    room.sandbox.clear_calls()
    return schema


def told(names: tuple[catalog.Name, ...]) -> list[str]:
    return [one.name for one in names]


# Names


def test_the_tree_holds_what_the_viewer_may_see_and_no_more(room: Room):
    with room.as_viewer("analyst-west"):
        assert told(catalog.children(())) == ["main", "samples", "system"]
        west = told(catalog.children(("main",)))
    with room.as_viewer("engineer"):
        engineer = told(catalog.children(("main",)))
    assert "sales" in west
    assert "hr" not in west
    assert "hr" in engineer


def test_below_a_table_are_its_columns_and_in_a_schema_its_functions(room: Room):
    with room.as_viewer():
        sales = catalog.children(("main", "sales"))
        assert [(one.name, one.kind) for one in sales] == [
            ("customers", "table"), ("orders", "table"), ("mask_email", "function"), ("region_filter", "function"),
        ]  # fmt: skip
        columns = catalog.children(("main", "sales", "orders"))
        assert (columns[0].name, columns[0].kind, columns[0].note) == ("order_id", "column", "bigint")


def test_five_thousand_names_come_in_two_calls_and_the_rest_page_by_page(room: Room):
    schema = many(room, 5000)
    with room.as_viewer("analyst-west"):
        first = names.tables("main", schema)
        assert (room.calls(SUMMARIES), room.calls(TABLES)) == (1, 1)
        # One in fifty may only be browsed: the first page of a hundred has two of them.
        assert len(first.items) == 4902
        assert told(first.items) == sorted(told(first.items))
        assert [one.name for one in first.items if one.browse_only] == ["table_00050", "table_00100"]
        seen, following, pages = set(told(first.items)), first.following, 0
        while following is not None:
            page = names.more_tables("main", schema, following)
            # A page may be empty and lead on: that is never seen here.
            assert page.items
            seen |= set(told(page.items))
            following, pages = page.following, pages + 1
        # Pages of a hundred, some of them shorter.
        assert len(seen) == 5000
        assert 49 <= pages < 65


def test_names_are_kept_for_the_viewer_who_got_them(room: Room):
    west = room.viewer("analyst-west")
    with room.as_viewer(west):
        catalog.children(("main", "sales"))
        calls = room.calls("unity-catalog")
        catalog.children(("main", "sales"))
        assert room.calls("unity-catalog") == calls
    with room.as_viewer("analyst-east"):
        catalog.children(("main", "sales"))
        assert room.calls("unity-catalog") == 2 * calls


def test_a_small_schema_needs_no_second_page(room: Room):
    with room.as_viewer():
        assert names.tables("main", "sales").following is None


def test_without_summaries_the_tables_come_page_by_page(room: Room):
    schema = many(room, 250)
    room.sandbox.fault("workspace", "/table-summaries", status=403, body={"error_code": "X", "message": "no"})
    with room.as_viewer("analyst-west"):
        first = names.tables("main", schema)
        assert len(first.items) == 100
        assert first.following is not None


def test_completion_does_not_hang_on_functions(room: Room):
    room.sandbox.fault("workspace", "/functions", status=404, body={"error_code": "ENDPOINT_NOT_FOUND", "message": "x"})
    with room.as_viewer():
        assert told(catalog.children(("main", "sales"))) == ["customers", "orders"]


# What is not there, and what is not for the viewer


@pytest.mark.parametrize(
    "path",
    [
        ("main", "hr"), ("main", "nowhere"), ("main", "hr", "salaries"), ("main", "hr", "nobody"),
        ("main", "sales", "no.such"), ("main", "sales", "../../clusters/list"), ("main", "sales", "a b"),
        ("main", "sales", ""), ("main", "sales", "x" * 300), ("main", "sales", "or\nders"), ("nowhere", "x", "y"),
    ],
)  # fmt: skip
def test_absent_and_hidden_are_told_alike(room: Room, path: tuple[str, ...]):
    with room.as_viewer("analyst-west"), pytest.raises(NoSuchThing) as met:
        catalog.children(path)
    assert str(met.value) == f"There is no {'.'.join(path)[:300]}, or you may not see it."


def test_a_name_that_is_none_never_reaches_databricks(room: Room):
    with room.as_viewer():
        for name in ("../../../2.0/clusters/list", "a/b", "a.b", "a b"):
            with pytest.raises(NoSuchThing):
                details.table("main", "sales", name)
        assert room.calls("") == 1  # SCIM Me, at the exchange
        for name in ("a?b", "a#b", "a%2fb", "a%b", "<b>", 'a"b', "a`b", "ab", "שלום"):
            with pytest.raises(NoSuchThing):
                details.table("main", "sales", name)
        assert {call.route for call in room.sandbox.calls("workspace", "unity-catalog")} == {
            "/api/2.1/unity-catalog/tables/{full_name}"
        }


def test_use_of_a_schema_that_is_not_for_the_viewer(room: Room):
    with room.as_viewer("analyst-west"):
        catalog.check("main", "sales")
        catalog.check("main", "default")
        for schema in ("hr", "nowhere"):
            with pytest.raises(NoSuchThing):
                catalog.check("main", schema)


def test_a_rate_limit_is_said_as_such(room: Room):
    room.sandbox.fault("workspace", TABLES, status=429, headers={"Retry-After": "20"})
    with room.as_viewer(), pytest.raises(Busy):
        names.tables("main", "sales")


# One thing


def test_a_table_with_its_columns_mask_filter_tags_and_grants(room: Room):
    with room.as_viewer():
        found = details.table("main", "sales", "orders")
        assert (found.full_name, found.kind, found.format, found.owner) == (
            "main.sales.orders", "table", "DELTA", "engineer@example.com",
        )  # fmt: skip
        assert (found.rows, found.row_filter) == (12_000, "main.sales.region_filter")
        email = next(one for one in found.columns if one.name == "customer_email")
        assert email.mask == "main.sales.mask_email"
        assert found.columns[7].type_text == "decimal(12,2)"
        assert details.tags("main", "sales", "orders") == (("domain", "sales"), ("pii", "true"))
        inherited = {grant.inherited_from for grant in details.grants("main", "sales", "orders")}
        assert {"main", "main.sales"} <= inherited
        assert details.functions("main", "sales")[0].parameters == ("customer_email string",)


def test_catalogs_and_schemas(room: Room):
    with room.as_viewer("analyst-west"):
        assert details.securable("main").comment == "Everyday data."
        assert details.securable("main", "sales").owner == "engineer@example.com"
        assert details.tags("main", "sales") == (("domain", "sales"),)
        assert details.grants("main")


def test_a_table_to_browse_is_there_and_says_so(room: Room):
    schema = many(room, 50)
    with room.as_viewer("analyst-west"):
        assert details.table("main", schema, "table_00050").browse_only
        assert not details.table("main", schema, "table_00049").browse_only


def test_grants_that_one_may_not_read_are_said_as_such(room: Room):
    room.sandbox.fault("workspace", "/effective-permissions", status=403, body={"error_code": "X", "message": "No."})
    with room.as_viewer("analyst-west"), pytest.raises(NotPermitted):
        details.grants("main", "sales", "orders")


# Search


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("ord", ("main", "sales", "orders")),
        ("ORD", ("main", "sales", "orders")),
        ("sales.ord", ("main", "sales", "orders")),
        ("main.sales.ord", ("main", "sales", "orders")),
        ("`main`.`sales`.`ord", ("main", "sales", "orders")),
        ("main.ord", ("main", "sales", "orders")),
        ("sal", ("main", "sales")),
        ("main.sal", ("main", "sales")),
        ("amp", ("samples",)),
    ],
)
def test_search_finds_by_parts_of_names(room: Room, text: str, path: tuple[str, ...]):
    with room.as_viewer("analyst-west"):
        found = catalog.search(text)
        assert path in {one for one, _ in found.paths}
        assert found.note == ""


def test_search_shows_nobody_what_is_not_theirs(room: Room):
    with room.as_viewer("analyst-west"):
        assert not [path for path, _ in catalog.search("salar").paths if "hr" in path]
        assert not [path for path, _ in catalog.search("main.hr").paths]
    with room.as_viewer("engineer"):
        assert (("main", "hr", "salaries"), "table") in catalog.search("salar").paths


def test_an_underscore_is_itself_and_not_any_letter(room: Room):
    many(room, 20)
    with room.as_viewer("analyst-west"):
        assert catalog.search("table_0001").paths
        assert not catalog.search("tab_e").paths
        assert not catalog.search("%").paths


def test_search_in_five_thousand_says_that_there_are_more(room: Room):
    many(room, 1000)
    with room.as_viewer("analyst-west"):
        found = catalog.search("table_")
        assert len(found.paths) == 300
        assert found.note.startswith("The first 300 of")


def test_search_goes_on_where_one_catalog_fails(room: Room):
    with room.as_viewer("analyst-west"):
        names.catalogs()
        room.sandbox.fault("workspace", "/unity-catalog/schemas", status=500, count=1)
        found = catalog.search("samp")
        assert (("samples",), "catalog") in found.paths
        assert found.note == "1 catalog could not be searched."


def test_search_says_why_it_cannot(room: Room):
    room.sandbox.fault("workspace", "/unity-catalog/", status=429, headers={"Retry-After": "20"})
    with room.as_viewer("analyst-west"), pytest.raises(PortalError):
        catalog.search("orders")


# What may only be browsed


def test_what_was_typed_in_full_is_found_though_no_list_holds_it(room: Room):
    with room.as_viewer("analyst-west"):
        assert not catalog.search("year_350").paths
        for text in ("main.archive.year_350", "main.archive.YEAR_350", "archive.year_350"):
            assert [(path[:2], path[2].lower()) for path, _ in catalog.search(text).paths] == [
                (("main", "archive"), "year_350")
            ], text
        assert not catalog.search("main.archive.year_999").paths


# Columns


def test_columns_are_found_through_all_catalogs_as_the_viewer(room: Room):
    with room.as_viewer("analyst-west"):
        found = columns.search("customer_em")
        assert [(one.path, one.name) for one in found.items] == [(("main", "sales", "orders"), "customer_email")]
        assert not columns.search("salary").items
        assert not columns.search("%").items
        assert columns.search("x") == columns.Hits(())
    with room.as_viewer("engineer"):
        assert {one.path[1] for one in columns.search("salary").items} == {"hr"}


def test_columns_are_found_where_system_may_not_be_read(room: Room):
    with room.as_viewer("analyst-west"):
        real = columns._asked

        def refused(catalog_name: str, wanted: str) -> tuple[columns.Hit, ...]:
            if catalog_name == "system":
                raise NotPermitted("no")
            return real(catalog_name, wanted)

        columns._asked = refused
        try:
            assert [one.name for one in columns.search("customer_em").items] == ["customer_email"]
        finally:
            columns._asked = real


def test_columns_start_no_warehouse(room: Room):
    room.sandbox.control("POST", f"/warehouses/{room.sandbox.warehouse_id}", {"state": "STOPPED"})
    with room.as_viewer("analyst-west"):
        found = columns.search("customer_em")
        assert not found.items
        assert "does not run" in found.note


def test_a_schema_has_volumes_and_models(room: Room):
    with room.as_viewer("analyst-west"):
        assert [(one.name, one.type) for one in details.volumes("main", "sales")] == [
            ("archive", "EXTERNAL"), ("landing", "MANAGED"),
        ]  # fmt: skip
        assert [one.name for one in details.models("main", "sales")] == ["churn", "uplift"]
        with pytest.raises(NoSuchThing):
            details.volumes("main", "hr")
