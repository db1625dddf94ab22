"""Lineage by both doors, SQL tasks that run their query, and alerts that fire, through the real SDK."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import NotFound, PermissionDenied
from databricks.sdk.service import jobs, sql

from tests.sandbox_client import SandboxClient

Client = Callable[[str], WorkspaceClient]
WAREHOUSE = "5ab0000000000001"
ORDERS = "main.sales.orders"
SUM_OF_N = sql.AlertV2OperandColumn("n", sql.Aggregation.SUM)


@pytest.fixture
def client(sandbox: SandboxClient) -> Client:
    return lambda viewer: WorkspaceClient(host=sandbox.workspace_url, token=f"dapi-{viewer}")


def lineage(of: WorkspaceClient, table: str) -> dict[str, Any]:
    query = {"table_name": table, "include_entity_lineage": True}
    answer = of.api_client.do("GET", "/api/2.0/lineage-tracking/table-lineage", query=query)
    assert isinstance(answer, dict)
    return answer


def names(entries: list[dict[str, Any]]) -> set[str]:
    shown = [one["tableInfo"] for one in entries if one.get("tableInfo", {}).get("has_permission")]
    return {".".join((one["catalog_name"], one["schema_name"], one["name"])) for one in shown}


def run_sql(of: WorkspaceClient, text: str) -> sql.StatementResponse:
    return of.statement_execution.execute_statement(statement=text, warehouse_id=WAREHOUSE, wait_timeout="30s")


def test_what_ran_before_is_there_with_its_jobs(client: Client) -> None:
    found = lineage(client("engineer"), ORDERS)
    assert {"samples.tpch.orders", "main.sales.customers"} <= names(found["upstreams"])
    assert {"main.sales.customers", "main.sales.marts_by_day", "main.hr.salaries"} <= names(found["downstreams"])
    writers = {info["job_id"] for one in found["upstreams"] for info in one.get("jobInfos", [])}
    known = {job.job_id: job.settings.name for job in client("engineer").jobs.list() if job.settings}
    assert {known[one] for one in writers} == {"Ingest orders", "Inventory snapshot"}
    readers = [one for one in found["downstreams"] if "tableInfo" not in one]
    assert any("queryInfos" in one for one in readers)
    assert any("dashboardV3Infos" in one for one in readers)


def test_who_may_not_see_a_neighbour_learns_that_there_is_one(client: Client) -> None:
    found = lineage(client("analyst-west"), ORDERS)
    hidden = [one for one in found["downstreams"] if one.get("tableInfo", {}).get("has_permission") is False]
    assert len(hidden) == 1
    assert "name" not in hidden[0]["tableInfo"]
    with pytest.raises(NotFound):
        lineage(client("analyst-west"), "main.hr.salaries")


def test_a_statement_leaves_lineage_and_its_columns(client: Client) -> None:
    engineer = client("engineer")
    made = "main.engineer.by_region"
    text = f"WITH o AS (SELECT * FROM {ORDERS}) SELECT region, sum(amount) AS total FROM o GROUP BY 1"
    text = f"CREATE TABLE {made} AS {text}"
    status = run_sql(engineer, text).status
    assert status
    assert status.state == sql.StatementState.SUCCEEDED
    assert names(lineage(engineer, made)["upstreams"]) == {ORDERS}
    assert made in names(lineage(engineer, ORDERS)["downstreams"])
    query = {"table_name": made, "column_name": "total"}
    columns = engineer.api_client.do("GET", "/api/2.0/lineage-tracking/column-lineage", query=query)
    assert isinstance(columns, dict)
    assert [(one["table_name"], one["name"]) for one in columns["upstream_cols"]] == [("orders", "amount")]


def test_the_system_table_takes_a_grant(client: Client) -> None:
    text = (
        "SELECT source_table_full_name, entity_type, event_time FROM system.access.table_lineage "
        f"WHERE target_table_full_name = '{ORDERS}' ORDER BY 1, 2"
    )
    found = run_sql(client("engineer"), text)
    assert found.result
    assert found.result.data_array
    assert ["main.sales.customers", "JOB"] in [row[:2] for row in found.result.data_array]
    refused = run_sql(client("analyst-west"), text).status
    assert refused
    assert refused.state == sql.StatementState.FAILED


def _saved(of: WorkspaceClient, text: str, name: str) -> str:
    query = sql.CreateQueryRequestQuery(display_name=name, query_text=text, warehouse_id=WAREHOUSE)
    return of.queries.create(query=query).id or ""


def _job(of: WorkspaceClient, query_id: str, **more: Any) -> int:
    task = jobs.Task("query", sql_task=jobs.SqlTask(WAREHOUSE, query=jobs.SqlTaskQuery(query_id)))
    return of.jobs.create(name="By query", tasks=[task], **more).job_id or 0


def _ended(of: WorkspaceClient, run_id: int) -> jobs.Run:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        run = of.jobs.get_run(run_id)
        if run.state and run.state.result_state:
            return run
        time.sleep(0.1)
    raise AssertionError("the run does not end")


def test_a_sql_task_runs_its_query(client: Client) -> None:
    engineer = client("engineer")
    made = "main.engineer.from_task"
    job = _job(engineer, _saved(engineer, f"CREATE OR REPLACE TABLE {made} AS SELECT * FROM {ORDERS}", "Writes"))
    run = _ended(engineer, engineer.jobs.run_now(job).run_id or 0)
    assert run.state
    assert run.state.result_state == jobs.RunResultState.SUCCESS
    infos = lineage(engineer, made)["upstreams"][0]["jobInfos"]
    assert [info["job_id"] for info in infos] == [job]
    broken = _job(engineer, _saved(engineer, "SELECT nothing_such FROM main.sales.orders", "Breaks"))
    failed = _ended(engineer, engineer.jobs.run_now(broken).run_id or 0)
    assert failed.state
    assert failed.state.result_state == jobs.RunResultState.FAILED
    output = engineer.jobs.get_run_output((failed.tasks or [])[0].run_id or 0)
    assert "nothing_such" in (output.error or "")


def test_a_schedule_starts_its_query_on_the_clock(client: Client, sandbox: SandboxClient) -> None:
    engineer = client("engineer")
    schedule = jobs.CronSchedule("0 0 * * * ?", "UTC")
    job = _job(engineer, _saved(engineer, "SELECT 1", "Hourly"), schedule=schedule)
    assert not list(engineer.jobs.list_runs(job_id=job))
    sandbox.control("POST", "/clock", {"offset": 2 * 3600})
    assert len(list(engineer.jobs.list_runs(job_id=job))) == 2
    engineer.jobs.update(job, new_settings=jobs.JobSettings(schedule=jobs.CronSchedule(
        "0 0 * * * ?", "UTC", pause_status=jobs.PauseStatus.PAUSED)))  # fmt: skip
    sandbox.control("POST", "/clock", {"offset": 5 * 3600})
    assert len(list(engineer.jobs.list_runs(job_id=job))) == 2


def _alert(text: str, **evaluation: Any) -> sql.AlertV2:
    given: dict[str, Any] = {
        "source": sql.AlertV2OperandColumn("n"),
        "comparison_operator": sql.ComparisonOperator.GREATER_THAN,
        "threshold": sql.AlertV2Operand(value=sql.AlertV2OperandValue(double_value=10)),
        "notification": sql.AlertV2Notification(subscriptions=[sql.AlertV2Subscription(user_email="a@example.com")]),
    }
    return sql.AlertV2(
        display_name="Many", query_text=text, warehouse_id=WAREHOUSE,
        evaluation=sql.AlertV2Evaluation(**{**given, **evaluation}),
        schedule=sql.CronSchedule(quartz_cron_schedule="0 0 * * * ?", timezone_id="UTC"),
    )  # fmt: skip


def test_an_alert_fires_once_and_recovers(client: Client, sandbox: SandboxClient) -> None:
    west = client("analyst-west")
    made = west.alerts_v2.create_alert(_alert("SELECT 42 AS n")).id or ""
    assert west.alerts_v2.get_alert(made).evaluation.state == sql.AlertEvaluationState.UNKNOWN
    for hours in (1, 2):
        sandbox.control("POST", "/clock", {"offset": hours * 3600})
        assert west.alerts_v2.get_alert(made).evaluation.state == sql.AlertEvaluationState.TRIGGERED
    assert [one["state"] for one in sandbox.control("GET", "/alerts")["sent"]] == ["TRIGGERED"]
    changed = _alert("SELECT 4 AS n")
    west.alerts_v2.update_alert(made, changed, "query_text")
    sandbox.control("POST", "/clock", {"offset": 3 * 3600})
    found = west.alerts_v2.get_alert(made)
    assert (found.query_text, found.evaluation.state) == ("SELECT 4 AS n", sql.AlertEvaluationState.OK)
    assert any(
        one.query_text == "SELECT 4 AS n" and one.as_dict().get("query_source", {}).get("alert_id") == made
        for one in west.query_history.list(max_results=20).res or []
    )


def test_an_alert_is_its_owners_and_goes_to_the_trash(client: Client) -> None:
    west, east = client("analyst-west"), client("analyst-east")
    made = west.alerts_v2.create_alert(_alert("SELECT 1 AS n")).id or ""
    with pytest.raises(NotFound):
        east.alerts_v2.get_alert(made)
    west.alerts_v2.trash_alert(made)
    assert made not in {one.id for one in west.alerts_v2.list_alerts()}


@pytest.mark.parametrize(
    ("text", "evaluation", "state"),
    [
        ("SELECT 1 AS n WHERE false", {"empty_result_state": sql.AlertEvaluationState.TRIGGERED}, "TRIGGERED"),
        (
            "SELECT explode(array(6, 7)) AS n",
            {"source": SUM_OF_N},
            "TRIGGERED",
        ),
        ("SELECT 1 AS other", {}, "ERROR"),
        ("SELECT no_such FROM main.sales.orders", {}, "ERROR"),
    ],
)
def test_how_rows_are_judged(
    client: Client, sandbox: SandboxClient, text: str, evaluation: dict[str, Any], state: str
) -> None:
    west = client("analyst-west")
    made = west.alerts_v2.create_alert(_alert(text, **evaluation)).id or ""
    sandbox.control("POST", "/clock", {"offset": 3600})
    found = west.alerts_v2.get_alert(made).evaluation.state
    assert found
    assert found.value == state


def test_an_alert_needs_a_warehouse_of_its_maker(client: Client) -> None:
    alert = _alert("SELECT 1 AS n")
    alert.warehouse_id = "5ab0000000000003"
    with pytest.raises(PermissionDenied):
        client("analyst-west").alerts_v2.create_alert(alert)
