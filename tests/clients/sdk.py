"""The journey of databricks-sdk: iam, warehouses, statements, catalog, jobs with their lists paged to the end."""

from __future__ import annotations

import os
from datetime import timedelta

from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import DatabricksError
from databricks.sdk.service import jobs, sql


def refused(call: object) -> bool:
    try:
        list(call())  # type: ignore[operator]
    except DatabricksError:
        return True
    return False


def main() -> None:
    w = WorkspaceClient()
    me = w.current_user.me()
    assert me.user_name == "engineer@example.com"
    assert [one.user_name for one in w.users.list(filter='userName sw "analyst" and active eq true')] == [
        "analyst.west@example.com", "analyst.east@example.com",
    ]  # fmt: skip
    assert {one.display_name for one in w.service_principals.list()} >= {"Nightly loader"}
    assert w.groups.get(next(iter(w.groups.list(filter='displayName eq "analysts"'))).id or "").members
    assert refused(lambda: w.users.list(filter="userName near 'a'"))
    print("ok iam")
    warehouse = os.environ["DATABRICKS_WAREHOUSE_ID"]
    assert w.warehouses.get(warehouse).state == sql.State.RUNNING
    done = w.statement_execution.execute_statement(
        "SELECT count(*) AS n FROM samples.nyctaxi.trips WHERE fare_amount > :least", warehouse,
        parameters=[sql.StatementParameterListItem(name="least", value="10", type="DOUBLE")],
    )  # fmt: skip
    assert done.result
    assert done.result.data_array
    assert int(done.result.data_array[0][0]) > 1000
    print("ok sql")
    assert "samples" in {one.name for one in w.catalogs.list()}
    assert w.tables.get("samples.nyctaxi.trips").columns
    print("ok catalog")
    everything = {one.job_id for one in w.jobs.list(limit=7)}
    assert len(everything) == 40
    task = jobs.Task(task_key="only", notebook_task=jobs.NotebookTask(notebook_path="/Workspace/Shared/only"))
    made = w.jobs.create(name="journey", tasks=[task])
    assert made.job_id
    run = w.jobs.run_now_and_wait(made.job_id, timeout=timedelta(minutes=1))
    assert run.state
    assert run.state.result_state == jobs.RunResultState.SUCCESS
    assert run.tasks
    assert w.jobs.get_run_output(run.tasks[0].run_id or 0).notebook_output
    w.jobs.delete(made.job_id)
    assert refused(lambda: [w.jobs.get(made.job_id or 0)])
    print("ok jobs")


if __name__ == "__main__":
    main()
