"""Saved queries and query history through the unmodified databricks-sdk."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import DatabricksError, NotFound, PermissionDenied, ResourceAlreadyExists
from databricks.sdk.service import iam, sql

from tests.sandbox_client import SandboxClient

Client = Callable[[str], WorkspaceClient]


@pytest.fixture
def client(sandbox: SandboxClient) -> Client:
    return lambda viewer: WorkspaceClient(host=sandbox.workspace_url, token=f"dapi-{viewer}")


def new(workspace: WorkspaceClient, name: str, **more: bool) -> sql.Query:
    query = sql.CreateQueryRequestQuery(display_name=name, query_text="SELECT 1", tags=["t"])
    return workspace.queries.create(query=query, **more)


def test_each_viewer_sees_their_own_and_what_is_shared(client: Client) -> None:
    west = {query.display_name for query in client("analyst-west").queries.list(page_size=2)}
    assert west == {
        "Orders by region", "Busiest pickup hours", "Nation revenue", "West's open orders", "East's open orders",
    }  # fmt: skip
    assert {q.display_name for q in client("newcomer").queries.list()} == {"Orders by region", "Busiest pickup hours"}


def test_a_query_is_saved_changed_and_trashed(client: Client) -> None:
    west = client("analyst-west")
    made = new(west, "Mine")
    assert made.id
    assert made.owner_user_name == "analyst.west@example.com"
    change = sql.UpdateQueryRequestQuery(query_text="SELECT 2", display_name="ignored")
    changed = west.queries.update(made.id, "query_text,tags", query=change)
    assert (changed.query_text, changed.display_name, changed.tags) == ("SELECT 2", "Mine", None)
    west.queries.delete(made.id)
    assert west.queries.get(made.id).lifecycle_state == sql.LifecycleState.TRASHED
    assert made.id not in {query.id for query in west.queries.list()}


def test_names_in_a_folder_are_unique_or_resolved(client: Client) -> None:
    west = client("analyst-west")
    new(west, "Same")
    with pytest.raises(ResourceAlreadyExists):
        new(west, "Same")
    assert new(west, "Same", auto_resolve_display_name=True).display_name == "Same (1)"


def test_others_queries_do_not_exist_until_they_are_shared(client: Client) -> None:
    west, east = client("analyst-west"), client("analyst-east")
    id = new(west, "Private").id or ""
    with pytest.raises(NotFound):
        east.queries.get(id)
    west.permissions.set("queries", id, access_control_list=[
        iam.AccessControlRequest(group_name="east", permission_level=iam.PermissionLevel.CAN_RUN)])  # fmt: skip
    assert east.queries.get(id).display_name == "Private"
    with pytest.raises(PermissionDenied):
        east.queries.update(id, "query_text", query=sql.UpdateQueryRequestQuery(query_text="x"))


def test_history_shows_ones_own_and_an_admin_everyones(client: Client) -> None:
    west = client("analyst-west").query_history.list(max_results=100)
    assert {one.user_name for one in west.res or []} == {"analyst.west@example.com"}
    engineer = client("engineer").query_history.list(max_results=100)
    assert len({one.user_name for one in engineer.res or []}) == 3
    starts = [one.query_start_time_ms or 0 for one in engineer.res or []]
    assert starts == sorted(starts, reverse=True)


def test_history_in_pages_and_by_filters(client: Client, sandbox: SandboxClient) -> None:
    engineer = client("engineer")
    seen: list[str | None] = []
    token = None
    while True:
        page = engineer.query_history.list(max_results=7, page_token=token)
        seen += [one.query_id for one in page.res or []]
        token = page.next_page_token
        if not page.has_next_page:
            break
    assert len(set(seen)) == 60
    failed = engineer.query_history.list(filter_by=sql.QueryFilter(statuses=[sql.QueryStatus.FAILED]))
    assert {one.status for one in failed.res or []} == {sql.QueryStatus.FAILED}
    assert "DIVIDE_BY_ZERO" in (failed.res[0].error_message or "")  # type: ignore[index]
    newest = engineer.query_history.list(max_results=1).res[0]  # type: ignore[index]
    since = sql.TimeRange(start_time_ms=newest.query_start_time_ms)
    assert len(engineer.query_history.list(filter_by=sql.QueryFilter(query_start_time_range=since)).res or []) == 1
    nobody = sql.QueryFilter(user_ids=[1], warehouse_ids=[sandbox.warehouse_id])
    assert not engineer.query_history.list(filter_by=nobody).res
    with pytest.raises(DatabricksError, match="max_results"):
        engineer.query_history.list(max_results=1000)


def test_a_statement_that_ran_is_in_the_history(client: Client, sandbox: SandboxClient) -> None:
    east = client("analyst-east")
    done = east.statement_execution.execute_statement("SELECT 41 + 1 AS answer", sandbox.warehouse_id)
    filter_by = sql.QueryFilter(statement_ids=[done.statement_id or ""])
    found = (east.query_history.list(filter_by=filter_by, include_metrics=True).res or [])[0]
    assert (found.query_text, found.status) == ("SELECT 41 + 1 AS answer", sql.QueryStatus.FINISHED)
    assert found.metrics is not None
    assert found.metrics.rows_produced_count == 1
    assert not client("analyst-west").query_history.list(filter_by=filter_by).res


def test_visualizations_are_the_querys_and_whoever_may_edit_it_changes_them(client: Client) -> None:
    west, east = client("analyst-west"), client("analyst-east")
    query = new(west, "Drawn").id or ""
    assert list(west.queries.list_visualizations(query)) == []
    with pytest.raises(DatabricksError, match="needs a type"):
        west.query_visualizations.create(visualization=sql.CreateVisualizationRequestVisualization(query_id=query))
    given = sql.CreateVisualizationRequestVisualization("One", query, '{"a":1}', None, "TABLE")
    made = west.query_visualizations.create(visualization=given)
    assert (made.query_id, made.display_name, made.type, made.serialized_options) == (query, "One", "TABLE", '{"a":1}')
    change = sql.UpdateVisualizationRequestVisualization(serialized_options='{"a":2}', display_name="ignored")
    west.query_visualizations.update(made.id or "", "serialized_options", visualization=change)
    (found,) = west.queries.list_visualizations(query)
    assert (found.display_name, found.serialized_options) == ("One", '{"a":2}')
    for index in range(24):
        more = sql.CreateVisualizationRequestVisualization(f"More {index}", query, type="CHART")
        west.query_visualizations.create(visualization=more)
    listed = {one.id for one in west.queries.list_visualizations(query, page_size=10)}
    assert len(listed) == 25
    with pytest.raises(NotFound):
        list(east.queries.list_visualizations(query))
    with pytest.raises(NotFound):
        east.query_visualizations.delete(made.id or "")
    west.query_visualizations.delete(made.id or "")
    assert made.id not in {one.id for one in west.queries.list_visualizations(query)}


def test_what_people_made_is_seen_by_all_who_see_the_query_and_changed_by_those_who_may(client: Client) -> None:
    west = client("analyst-west")
    query = next(one for one in west.queries.list() if one.display_name == "Orders by region")
    assert {one.type for one in west.queries.list_visualizations(query.id or "")} == {"TABLE", "CHART"}
    with pytest.raises(PermissionDenied):
        west.query_visualizations.create(
            visualization=sql.CreateVisualizationRequestVisualization("Mine", query.id, type="TABLE")
        )


def test_every_kind_of_parameter_is_kept_as_it_came(client: Client) -> None:
    west = client("analyst-west")
    several = sql.MultiValuesOptions("'", ",", "'")
    given = [
        sql.QueryParameter(name="t", title="Text", text_value=sql.TextValue("x")),
        sql.QueryParameter(name="n", numeric_value=sql.NumericValue(1.5)),
        sql.QueryParameter(name="d", date_value=sql.DateValue("2026-01-02", precision=sql.DatePrecision.DAY_PRECISION)),
        sql.QueryParameter(
            name="r",
            date_range_value=sql.DateRangeValue(
                dynamic_date_range_value=sql.DateRangeValueDynamicDateRange.LAST_7_DAYS, start_day_of_week=1
            ),
        ),
        sql.QueryParameter(name="e", enum_value=sql.EnumValue("a\nb", several, ["a"])),
        sql.QueryParameter(name="q", query_backed_value=sql.QueryBackedValue(None, "some-query", ["x"])),
    ]
    query = sql.CreateQueryRequestQuery(display_name="All kinds", query_text="SELECT :t", parameters=given)
    made = west.queries.create(query=query)
    assert west.queries.get(made.id or "").parameters == given
    wrong = sql.QueryParameter(name="t", text_value=sql.TextValue("x"), numeric_value=sql.NumericValue(1))
    with pytest.raises(DatabricksError, match="one kind"):
        west.queries.update(made.id or "", "parameters", query=sql.UpdateQueryRequestQuery(parameters=[wrong]))
