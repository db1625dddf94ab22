"""What a task wrote, as runs/get-output answers it: by the kind of task, an error with its trace if it failed."""

from __future__ import annotations

import json
from typing import Any

from portal.sandbox.jobs import sqltasks, states
from portal.sandbox.jobs.model import Run, TaskRun
from portal.sandbox.world import World

Json = dict[str, Any]
ERROR = "ValueError: column order_id holds 3 duplicates"


def of(world: World, run: Run, one: TaskRun, now: float) -> Json:
    """Without `metadata`, which is the task's run."""
    state = states.task_state(run, one, now)
    if state.active:
        return {}
    if state.result in ("FAILED", "TIMEDOUT"):
        if sqltasks.query_of(world, one.spec) is not None:
            return {"error": one.message}
        error = ERROR if "notebook_task" in one.spec else f"\x1b[0;31m{ERROR}\x1b[0m"
        return {"error": error, "error_trace": _trace(one)}
    if state.result == "CANCELED":
        return {"error": "Run cancelled"}
    found = _written(world, run, one)
    return {"logs": _log(one), "logs_truncated": False} if found is None else found


def _trace(one: TaskRun) -> str:
    """As a notebook's Python writes it: coloured, which JSON carries as escape codes."""
    red, green, bold, off = "\x1b[0;31m", "\x1b[0;32m", "\x1b[1;32m", "\x1b[0m"
    return (
        f"{red}---------------------------------------------------------------------------{off}\n"
        f"{red}ValueError{off}                                Traceback (most recent call last)\n"
        f"File {green}<command-{one.id % 10_000}>, line 4{off}\n"
        f"\x1b[1;32m      2{off} frame \x1b[38;5;241m=\x1b[39m spark\x1b[38;5;241m.\x1b[39mtable('main.sales.orders')\n"
        f"{bold}      3{off} duplicates = frame.groupBy('order_id').count().where('count > 1').count()\n"
        f"{green}----> 4{off} if duplicates: raise ValueError(f'column order_id holds {{duplicates}} duplicates')\n\n"
        f"{red}ValueError{off}: column order_id holds 3 duplicates"
    )


def _log(one: TaskRun) -> str:
    return f"starting {one.key}\nread 120 files\nwrote {one.id % 100_000} rows\ndone\n"


def _written(world: World, run: Run, one: TaskRun) -> Json | None:
    """None for a kind that writes a log."""
    spec = one.spec
    if "notebook_task" in spec:
        result = json.dumps({"task": one.key, "rows": one.id % 100_000, "parameters": one.resolved})
        return {"notebook_output": {"result": result, "truncated": False}}
    if "sql_task" in spec:
        return {"sql_output": _sql(world, one, spec["sql_task"])}
    if "run_job_task" in spec:
        return {"run_job_output": {"run_id": one.child_run_id}}
    if "dashboard_task" in spec:
        broken = {"message": "The dataset 'late' has no column 'day'."}
        pages = [{"page_display_name": "Filings"}, {"page_display_name": "Late", "widget_error_details": [broken]}]
        return {"dashboard_output": {"page_snapshots": pages}}
    if "alert_task" in spec:
        return {"alert_output": {"alert_state": "TRIGGERED"}}
    if "dbt_task" in spec:
        link = f"{world.storage_url}/artifacts/{one.id}.tar.gz"
        return {
            "dbt_output": {"artifacts_link": link, "artifacts_headers": {}},
            "logs": _dbt(),
            "logs_truncated": False,
        }
    if "dbt_cloud_task" in spec:
        url = f"https://cloud.getdbt.com/deploy/4711/projects/12/runs/{one.id % 100_000_000}"
        steps = [{"index": 1, "name": "Clone git repository", "status": "SUCCESS", "logs": "cloned\n"},
                 {"index": 2, "name": "Invoke dbt with `dbt build`", "status": "SUCCESS", "logs": _dbt()}]  # fmt: skip
        run_id = one.id % 100_000_000
        return {"dbt_cloud_output": {"dbt_cloud_job_run_id": run_id, "dbt_cloud_job_run_url": url,
                                     "dbt_cloud_job_run_output": steps}}  # fmt: skip
    if "clean_rooms_notebook_task" in spec:
        state = {"life_cycle_state": "TERMINATED", "result_state": "SUCCESS"}
        rows = {"result": '{"overlap": 1204}', "truncated": True}
        schema = {"catalog_name": "auditors_output", "schema_name": f"run_{run.id}", "expiration_time": 4102444800000}
        return {"clean_rooms_notebook_output": {"clean_room_job_run_state": state, "notebook_output": rows,
                                                "output_schema_info": schema}}  # fmt: skip
    if "lakebase_sync_task" in spec:
        return {"lakebase_sync_output": {"rows": one.id % 100_000, "lag_seconds": 2}}
    if any(name in spec for name in ("condition_task", "for_each_task", "pipeline_task", "power_bi_task")):
        return {}
    return None


def _dbt() -> str:
    """dbt colours its own words."""
    return "\x1b[0m08:00:01  Running with dbt=1.10.2\n\x1b[0m08:00:09  1 of 1 OK created [\x1b[32mOK\x1b[0m in 4.21s]\n"


def _sql(world: World, one: TaskRun, task: Json) -> Json:
    """Of the four things that a SQL task runs."""
    warehouse = task.get("warehouse_id", "")
    link = f"{world.workspace_url}/sql/editor/{one.id}"
    statements = [{"lookup_key": f"{one.id:x}"}]
    if "dashboard" in task:
        widget = {
            "widget_id": f"{one.id % 10_000_000:x}",
            "widget_title": "Filings by quarter",
            "output_link": f"{link}/widget",
            "status": "SUCCESS",
            "start_time": int(one.began * 1000),
            "end_time": int(one.end * 1000),
        }
        return {"dashboard_output": {"warehouse_id": warehouse, "widgets": [widget]}}
    saved = sqltasks.query_of(world, one.spec)
    text = "SELECT count(*) FROM main.sales.orders" if "file" in task else "SELECT 1"
    told = {
        "warehouse_id": warehouse,
        "query_text": saved.fields.get("query_text", "") if saved is not None else text,
        "output_link": link,
        "sql_statements": statements,
    }
    return {"alert_output": {**told, "alert_state": "OK"}} if "alert" in task else {"query_output": told}
