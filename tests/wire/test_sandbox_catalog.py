"""Unity Catalog through the unmodified databricks-sdk: pages, what may only be browsed, grants, tags, errors."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import InvalidParameterValue, NotFound, PermissionDenied
from databricks.sdk.service import catalog as uc

from tests.sandbox_client import SandboxClient

Client = Callable[[str], WorkspaceClient]


@pytest.fixture
def client(sandbox: SandboxClient) -> Client:
    return lambda viewer: WorkspaceClient(host=sandbox.workspace_url, token=f"dapi-{viewer}")


@pytest.fixture
def many(sandbox: SandboxClient) -> str:
    """A schema of 5,000 tables."""
    sandbox.control("POST", "/tables", {"schema": "many", "count": 5000})
    return "many"


def test_each_viewer_sees_what_they_may(client: Client) -> None:
    catalogs = {one.name for one in client("analyst-west").catalogs.list()}
    assert {"main", "samples"} <= catalogs
    assert "hr" in {one.name for one in client("engineer").schemas.list("main")}
    assert "hr" not in {one.name for one in client("analyst-west").schemas.list("main")}
    with pytest.raises(PermissionDenied, match=r"USE SCHEMA on Schema 'main\.hr'"):
        client("analyst-west").schemas.get("main.hr")
    with pytest.raises(PermissionDenied):
        list(client("analyst-west").tables.list("main", "hr"))


def test_a_table_has_columns_types_and_its_filter(client: Client) -> None:
    table = client("analyst-west").tables.get("main.sales.orders")
    assert table.full_name == "main.sales.orders"
    assert table.table_type == uc.TableType.MANAGED
    columns = table.columns or []
    assert [column.position for column in columns] == list(range(len(columns)))
    assert all(column.type_text and column.type_json and column.type_name for column in columns)
    assert table.row_filter is not None
    assert any(column.mask for column in columns)


def test_lists_can_omit_columns(client: Client) -> None:
    viewer = client("engineer")
    assert all(table.columns for table in viewer.tables.list("samples", "tpch"))
    bare = list(viewer.tables.list("samples", "tpch", omit_columns=True, omit_username=True))
    assert len(bare) == 8
    assert not any(table.columns or table.owner for table in bare)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda w: w.catalogs.get("nowhere"), NotFound, "Catalog 'nowhere' does not exist"),
        (lambda w: w.schemas.get("main.nowhere"), NotFound, "Schema 'main.nowhere' does not exist"),
        (lambda w: w.tables.get("main.sales.nowhere"), NotFound, "Table 'main.sales.nowhere' does not exist"),
        (lambda w: w.tables.get("orders"), InvalidParameterValue, "not a valid name"),
        (lambda w: list(w.tables.list("main", "sales", max_results=-1)), InvalidParameterValue, "max_results"),
        (lambda w: list(w.tables.list("main", "sales", page_token="x")), InvalidParameterValue, "page token"),
    ],
)
def test_errors(client: Client, call: Callable[[WorkspaceClient], object], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words) as caught:
        call(client("engineer"))
    if error is NotFound:
        assert caught.value.get_error_info()[0].reason.endswith("_DOES_NOT_EXIST")  # type: ignore[attr-defined]


@pytest.mark.slow
def test_five_thousand_tables_are_all_reached(client: Client, many: str) -> None:
    viewer = client("analyst-west")
    names = {table.name for table in viewer.tables.list("main", many, omit_columns=True)}
    assert len(names) == 4900
    paged = viewer.tables.list("main", many, omit_columns=True, include_browse=True, max_results=50)
    everything = {table.name: table for table in paged}
    assert len(everything) == 5000
    assert sum(bool(table.browse_only) for table in everything.values()) == 100


def test_a_page_may_be_empty_short_or_begin_with_what_was_there_and_lead_on(client: Client, many: str) -> None:
    query = {"catalog_name": "main", "schema_name": many, "omit_columns": "true", "max_results": 100}
    pages = []
    while True:
        page = client("engineer").api_client.do("GET", "/api/2.1/unity-catalog/tables", query=query)
        pages.append([table["name"] for table in page.get("tables", [])])
        if not page.get("next_page_token"):
            break
        query["page_token"] = page["next_page_token"]
    assert [len(page) for page in pages[:5]] == [100, 60, 100, 0, 100]
    assert pages[4][0] == pages[2][-1]
    assert len({name for page in pages for name in page}) == 5000


def test_what_may_only_be_browsed(client: Client, many: str) -> None:
    viewer = client("analyst-west")
    with pytest.raises(PermissionDenied):
        viewer.tables.get(f"main.{many}.table_00050")
    assert viewer.tables.get(f"main.{many}.table_00050", include_browse=True).browse_only
    assert viewer.tables.exists(f"main.{many}.table_00049").table_exists
    assert not viewer.tables.exists(f"main.{many}.nothing").table_exists


def test_a_reset_takes_them_away(client: Client, sandbox: SandboxClient, many: str) -> None:
    assert client("analyst-west").schemas.get(f"main.{many}").name == many
    sandbox.reset()
    assert many not in {one.name for one in client("analyst-west").schemas.list("main")}
    sandbox.control("POST", "/tables", {"schema": many, "count": 3})
    assert len(list(client("analyst-west").tables.list("main", many))) == 3


def test_summaries_by_pattern(client: Client, many: str) -> None:
    found = [one.full_name for one in client("engineer").tables.list_summaries("main", table_name_pattern="order%")]
    assert "main.sales.orders" in found
    five = client("engineer").tables.list_summaries("main", schema_name_pattern="man_", table_name_pattern="%0001_")
    assert len(list(five)) == 10


def test_permissions_and_where_they_come_from(client: Client) -> None:
    effective = client("engineer").grants.get_effective("table", "samples.nyctaxi.trips").privilege_assignments or []
    users = next(one for one in effective if one.principal == "users")
    inherited = {p.privilege: p.inherited_from_name for p in users.privileges or []}
    assert uc.Privilege.SELECT in inherited
    assert "samples" in inherited.values()
    direct = client("engineer").grants.get("catalog", "main").privilege_assignments or []
    assert {one.principal for one in direct} == {"users", "engineers"}
    seen = client("analyst-west").grants.get("catalog", "main").privilege_assignments or []
    assert {one.principal for one in seen} == {"users"}
    one = client("engineer").grants.get_effective("catalog", "main", principal="users").privilege_assignments or []
    assert [assignment.principal for assignment in one] == ["users"]


def test_tags(client: Client) -> None:
    found = list(client("engineer").entity_tag_assignments.list("schemas", "main.sales"))
    assert [(tag.tag_key, tag.tag_value) for tag in found] == [("domain", "sales")]
    assert client("engineer").entity_tag_assignments.get("schemas", "main.sales", "domain").tag_value == "sales"
    with pytest.raises(NotFound):
        client("engineer").entity_tag_assignments.get("schemas", "main.sales", "nothing")
