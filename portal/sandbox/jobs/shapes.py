"""What the seeded jobs are made of: task graphs by name, and the settings around them."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any

from portal.sandbox.jobs.model import Settings

CLUSTER = {"spark_version": "16.4.x-scala2.12", "node_type_id": "i3.xlarge", "num_workers": 4}
WAREHOUSE = "5ab0000000000001"
STORES, TABLES = 998, 350
"""Of the shapes "stores" (a thousand tasks, three attempts each) and "tables" (so many iterations)."""


def job_id(name: str, salt: int) -> int:
    """Fifteen digits, the same at each start."""
    return (
        100_000_000_000_000 + int(hashlib.sha256(f"{salt}:{name}".encode()).hexdigest()[:12], 16) % 800_000_000_000_000
    )


def notebook(key: str, after: tuple[str, ...] = (), **more: Any) -> Settings:
    task: Settings = {
        "task_key": key,
        "run_if": "ALL_SUCCESS",
        "notebook_task": {"notebook_path": f"/Workspace/Shared/jobs/{key}", "source": "WORKSPACE"},
        "timeout_seconds": 0,
        "email_notifications": {},
        **more,
    }
    if after:
        task["depends_on"] = [{"task_key": name} for name in after]
    return task


def sql(key: str, after: tuple[str, ...] = ()) -> Settings:
    query = {"query": {"query_id": hashlib.sha256(key.encode()).hexdigest()[:32]}, "warehouse_id": WAREHOUSE}
    task = notebook(key, after)
    del task["notebook_task"]
    return {**task, "sql_task": query}


@cache
def tasks_of(shape: str) -> list[Settings]:
    """The task graphs that the jobs have. Shared: nobody may change what it answers."""
    classic: dict[str, Any] = {"job_cluster_key": "main"}
    if shape == "single":
        return [notebook("main")]
    if shape == "etl":
        return [notebook("extract", **classic), notebook("transform", ("extract",), **classic),
                notebook("validate", ("transform",)), notebook("load", ("validate",), **classic)]  # fmt: skip
    if shape == "fan":
        checks = [sql(f"check_{n}", ("prepare",)) for n in range(1, 6)]
        report = notebook("report", tuple(f"check_{n}" for n in range(1, 6)), run_if="ALL_DONE")
        return [notebook("prepare"), *checks, report]
    if shape == "wide":
        loads = [notebook(f"load_table_{n:03d}", ("start",), **classic) for n in range(1, 111)]
        return [notebook("start"), *loads, notebook("finish", tuple(t["task_key"] for t in loads), run_if="ALL_DONE")]
    if shape == "branch":
        gate: Settings = {
            "task_key": "is_full",
            "depends_on": [{"task_key": "read"}],
            "condition_task": {"op": "EQUAL_TO", "left": "{{job.parameters.mode}}", "right": "full"},
        }
        full, delta = notebook("full_load"), notebook("delta_load")
        full["depends_on"] = [{"task_key": "is_full", "outcome": "true"}]
        delta["depends_on"] = [{"task_key": "is_full", "outcome": "false"}]
        return [
            notebook("read"),
            gate,
            full,
            delta,
            notebook("publish", ("full_load", "delta_load"), run_if="NONE_FAILED"),
        ]
    if shape == "ml":
        wheel = {
            "package_name": "models",
            "entry_point": "train",
            "parameters": ["--since", "{{job.parameters.since}}"],
        }
        train = notebook("train", ("features",), max_retries=1, min_retry_interval_millis=60000)
        del train["notebook_task"]
        return [notebook("features"), {**train, "python_wheel_task": wheel}, notebook("evaluate", ("train",))]
    if shape == "sql":
        return [sql("query"), sql("summary", ("query",))]
    if shape == "each":
        inner = notebook("one")
        inner["notebook_task"]["base_parameters"] = {"year": "{{input}}"}
        each = {"inputs": '["2019","2020","2021","2022","2023","2024","2025","2026"]', "concurrency": 3, "task": inner}
        return [{"task_key": "years", "for_each_task": each}, notebook("wrap_up", ("years",))]
    if shape == "tables":
        tables = json.dumps([f"main.sales.part_{n:03d}" for n in range(TABLES)])
        inner = notebook("optimize")
        inner["notebook_task"]["base_parameters"] = {"table": "{{input}}"}
        each = {"inputs": tables, "concurrency": 20, "task": inner}
        return [{"task_key": "tables", "for_each_task": each}, notebook("wrap_up", ("tables",), run_if="ALL_DONE")]
    if shape == "stores":
        again: dict[str, Any] = {"max_retries": 2, "min_retry_interval_millis": 30000}
        counts = [notebook(f"count_store_{n:04d}", ("open",), **again) for n in range(1, STORES + 1)]
        return [notebook("open", **again), *counts, notebook("add_up", tuple(task["task_key"] for task in counts))]
    if shape == "kinds":
        return _kinds()
    if shape == "retry":
        return [notebook("fetch", max_retries=2, min_retry_interval_millis=30000), notebook("parse", ("fetch",))]
    if shape == "parent":
        child = {"job_id": job_id("Ingest orders", 0)}
        return [{"task_key": "orders", "run_job_task": child}, notebook("after", ("orders",))]
    script = notebook("main")
    del script["notebook_task"]
    return [{**script, "spark_python_task": {"python_file": "/Workspace/Shared/jobs/main.py", "parameters": ["--all"]}}]


def _kinds() -> list[Settings]:
    """A task of every kind that the API has today, and one of a kind that it may have tomorrow."""
    sql_task = {"warehouse_id": WAREHOUSE}
    subscription = {"subscribers": [{"user_name": "Analyst.East@Example.com"}], "paused": False}
    kinds: list[tuple[str, str, dict[str, Any]]] = [
        ("query", "sql_task", {**sql_task, "query": {"query_id": "5f0c7a3e-1b2d-4c3e-8f4a-5b6c7d8e9f00"}}),
        ("file", "sql_task", {**sql_task, "file": {"path": "filings/extract.sql", "source": "GIT"}}),
        ("alert", "sql_task", {**sql_task, "alert": {"alert_id": "6a0c7a3e-1b2d-4c3e-8f4a-5b6c7d8e9f01",
                               "subscriptions": [{"user_name": "engineer@example.com"}]}}),
        ("legacy_dashboard", "sql_task", {**sql_task, "dashboard": {
            "dashboard_id": "7b0c7a3e-1b2d-4c3e-8f4a-5b6c7d8e9f02", "custom_subject": "Filing"}}),
        ("dashboard", "dashboard_task", {"dashboard_id": "01f0a1b2c3d4e5f60718293a4b5c6d7e",
                                         "warehouse_id": WAREHOUSE, "subscription": subscription}),
        ("alert_v2", "alert_task", {"alert_id": "01f0a1b2c3d4e5f60718293a4b5c6d80", "warehouse_id": WAREHOUSE}),
        ("models", "dbt_task", {"commands": ["dbt deps", "dbt build --select filings"], "project_directory": "dbt",
                                "schema": "filings", "catalog": "main", "warehouse_id": WAREHOUSE}),
        ("dbt_cloud", "dbt_cloud_task", {"connection_resource_name": "dbt-cloud", "dbt_cloud_job_id": 70471823}),
        ("power_bi", "power_bi_task", {
            "connection_resource_name": "power-bi", "warehouse_id": WAREHOUSE, "refresh_after_update": True,
            "power_bi_model": {"model_name": "Filings", "workspace_name": "Finance", "storage_mode": "DIRECT_QUERY"},
            "tables": [{"catalog": "main", "schema": "sales", "name": "orders"}]}),
        ("clean_room", "clean_rooms_notebook_task", {"clean_room_name": "auditors", "notebook_name": "overlap",
                                                     "etag": "b1946ac92492d2347c6235b4d2611184"}),
        ("pipeline", "pipeline_task", {"pipeline_id": "1f2e3d4c-5b6a-4978-8695-a4b3c2d1e0f9", "full_refresh": False}),
        ("jar", "spark_jar_task", {"main_class_name": "com.example.Filing", "parameters": ["--quarter", "3"]}),
        ("submit", "spark_submit_task", {"parameters": ["--class", "com.example.Filing", "dbfs:/jars/filing.jar"]}),
        ("operator", "python_operator_task", {"main": "filings.operators:Extract",
                                              "parameters": [{"name": "quarter", "value": "3"}]}),
        ("training", "gen_ai_compute_task", {"dl_runtime_image": "databricks-dl-runtime:1.2", "command": "python t.py",
                                             "compute": {"gpu_node_pool_id": "pool-7", "num_gpus": 8}}),
        ("sync", "lakebase_sync_task", {"instance_name": "filings", "mode": "CONTINUOUS"}),
    ]  # fmt: skip
    made: list[Settings] = []
    for key, kind, spec in kinds:
        task = notebook(key, (made[0]["task_key"],) if made else ())
        del task["notebook_task"]
        made.append({**task, kind: spec})
    return made


def settings_of(name: str, when: str | None, zone: str, paused: bool, shape: str, tags: dict[str, str]) -> Settings:
    """A job's settings, which are its own; their `tasks` are not (see `tasks_of`)."""
    tasks = tasks_of(shape)
    settings: Settings = {
        "name": name,
        "email_notifications": {"no_alert_for_skipped_runs": False},
        "timeout_seconds": 0,
        "max_concurrent_runs": 1,
        "tasks": tasks,
        "format": "MULTI_TASK",
        "queue": {"enabled": shape != "single"},
        "performance_target": "PERFORMANCE_OPTIMIZED",
        "run_as": {},
    }
    if tags:
        settings["tags"] = tags
    if any("job_cluster_key" in task for task in tasks):
        settings["job_clusters"] = [{"job_cluster_key": "main", "new_cluster": dict(CLUSTER)}]
    if shape == "branch":
        settings["parameters"] = [{"name": "mode", "default": "delta"}]
    if shape == "ml":
        settings["parameters"] = [{"name": "since", "default": "2026-01-01"}, {"name": "limit", "default": ""}]
    pause = "PAUSED" if paused else "UNPAUSED"
    if when == "continuous":
        settings["continuous"] = {"pause_status": pause}
    elif when == "file":
        settings["trigger"] = {"pause_status": pause, "file_arrival": {"url": "s3://landing/incoming/"}}
    elif when == "table":
        update = {"table_names": ["main.sales.orders"], "condition": "ANY_UPDATED"}
        settings["trigger"] = {"pause_status": pause, "table_update": update}
    elif when == "periodic":
        settings["trigger"] = {"pause_status": pause, "periodic": {"interval": 6, "unit": "HOURS"}}
    elif when is not None:
        settings["schedule"] = {"quartz_cron_expression": when, "timezone_id": zone, "pause_status": pause}
    return settings
