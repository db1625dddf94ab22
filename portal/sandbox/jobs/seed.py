"""Forty jobs with a past, the same at each start: names, owners, schedules, shapes and runs of every kind."""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING, Any

from portal.sandbox.jobs.model import Behaviour, Job, Settings

if TYPE_CHECKING:
    from portal.sandbox.jobs.store import Store

ENGINEER, WEST, EAST = "engineer@example.com", "analyst.west@example.com", "analyst.east@example.com"
DAY = 86400.0

# name, owner, quartz schedule (or a trigger), time zone, paused, shape, tags, behaviour by task key
SEEDS: list[tuple[str, str, str | None, str, bool, str, dict[str, str], dict[str, str]]] = [
    ("Ingest orders", ENGINEER, "0 0 * * * ?", "UTC", False, "etl", {"team": "sales"}, {}),
    ("Ingest payments", ENGINEER, "0 0/15 * * * ?", "UTC", False, "single", {"team": "finance"}, {}),
    ("Refresh sales marts", ENGINEER, "0 30 6 * * ?", "Europe/Berlin", False, "fan", {"team": "sales"}, {}),
    ("Nightly warehouse load", ENGINEER, "0 0 2 * * ?", "UTC", False, "wide", {"team": "platform"}, {}),
    ("Inventory snapshot", ENGINEER, "0 15 5 * * ?", "America/New_York", False, "etl", {"team": "supply"},
     {"validate": "always"}),
    ("Customer 360", ENGINEER, "0 0 4 ? * MON-FRI", "UTC", False, "branch", {"team": "marketing"}, {}),
    ("Churn scores", WEST, "0 0 7 ? * MON", "America/Los_Angeles", False, "ml", {"team": "marketing"}, {}),
    ("Price elasticity", WEST, None, "UTC", False, "ml", {"team": "pricing"}, {"train": "sometimes"}),
    ("Regional report west", WEST, "0 45 7 ? * MON-FRI", "America/Los_Angeles", False, "sql", {"region": "west"}, {}),
    ("Regional report east", EAST, "0 45 7 ? * MON-FRI", "America/New_York", False, "sql", {"region": "east"}, {}),
    ("Month-end close", ENGINEER, "0 0 3 L * ?", "Europe/Berlin", False, "branch", {"team": "finance"}, {}),
    ("Quarterly filing extract", ENGINEER, "0 0 1 1 1,4,7,10 ?", "UTC", False, "sql", {"team": "finance"}, {}),
    ("Telemetry compaction", ENGINEER, "0 0 3 ? * SUN", "UTC", False, "single", {"team": "platform"}, {}),
    ("Vacuum and optimize", ENGINEER, "0 30 1 ? * SAT,SUN", "UTC", False, "each", {"team": "platform"}, {}),
    ("Currency rates", ENGINEER, "0 5 9-17 ? * MON-FRI", "Europe/Berlin", False, "single", {"team": "finance"}, {}),
    ("Store traffic counts", EAST, "0 0 6 ? * 2,4,6", "America/New_York", False, "single", {"region": "east"}, {}),
    ("Supplier feed", ENGINEER, "0 10 0/2 * * ?", "UTC", False, "retry", {"team": "supply"}, {"fetch": "once"}),
    ("Web clickstream", ENGINEER, "continuous", "UTC", False, "stream", {"team": "marketing"}, {}),
    ("Landing zone watcher", ENGINEER, "file", "UTC", False, "single", {"team": "platform"}, {}),
    ("Orders changed", ENGINEER, "table", "UTC", False, "sql", {"team": "sales"}, {}),
    ("Every six hours export", ENGINEER, "periodic", "UTC", False, "single", {"team": "platform"}, {}),
    ("Loyalty points", WEST, "0 0 5 * * ?", "UTC", True, "etl", {"team": "marketing"}, {}),
    ("Coupon fraud check", ENGINEER, "0 20 * * * ?", "UTC", True, "ml", {"team": "risk", "env": "dev"}, {}),
    ("GDPR deletion requests", ENGINEER, "0 0 22 ? * FRI", "Europe/Berlin", False, "each", {"team": "legal"}, {}),
    ("Data quality checks", ENGINEER, "0 0 8 * * ?", "UTC", False, "fan", {"team": "platform"}, {"check_2": "always"}),
    ("Trips ingestion", ENGINEER, "0 40 * * * ?", "UTC", False, "etl", {"team": "mobility"}, {}),
    ("Trips forecast", EAST, "0 0 18 ? * SUN", "America/New_York", False, "ml", {"team": "mobility"}, {}),
    ("Third Friday options", ENGINEER, "0 15 10 ? * 6#3", "America/New_York", False, "single", {"team": "finance"}, {}),
    ("Last weekday payroll", ENGINEER, "0 0 12 LW * ?", "Europe/London", False, "branch", {"team": "people"}, {}),
    ("Backfill 2019", ENGINEER, None, "UTC", False, "each", {"env": "dev"}, {}),
    ("Ad hoc reconciliation", EAST, None, "UTC", False, "sql", {}, {}),
    ("Schema drift report", ENGINEER, "0 0 9 ? * TUE,THU", "UTC", False, "sql", {"team": "platform"}, {}),
    ("Product images", ENGINEER, None, "UTC", False, "retry", {"team": "catalog"}, {"fetch": "always"}),
    ("Embeddings refresh", ENGINEER, "0 0 23 ? * WED", "UTC", False, "ml", {"team": "search"}, {}),
    ("Orchestrator", ENGINEER, "0 0 0 * * ?", "UTC", False, "parent", {"team": "platform"}, {}),
    ("Slow monthly archive", ENGINEER, "0 0 0 1 * ?", "UTC", False, "slow", {"team": "platform"}, {}),
    ("Never ran yet", WEST, "0 0 0 1 1 ?", "UTC", True, "single", {}, {}),
    ("Étude des marges — été", EAST, "0 30 8 ? * MON", "Europe/Paris", False, "sql", {"équipe": "finance"}, {}),
    ("<b>Markup</b> & quotes \"job\"", ENGINEER, None, "UTC", False, "single", {"note": "<i>text</i>"}, {}),
    ("Untagged cleanup", ENGINEER, "0 0 0 ? * 1", "UTC", False, "single", {}, {}),
]  # fmt: skip

PRIVATE = {"GDPR deletion requests", "Last weekday payroll", "Coupon fraud check"}
"""Only engineers see these."""
PUBLIC = {"Currency rates", "Trips ingestion", "Ingest orders", "Data quality checks", "Web clickstream"}
"""Every user sees these."""
CLUSTER = {"spark_version": "16.4.x-scala2.12", "node_type_id": "i3.xlarge", "num_workers": 4}


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
    query = {"query": {"query_id": hashlib.sha256(key.encode()).hexdigest()[:32]}, "warehouse_id": "5ab0000000000001"}
    task = notebook(key, after)
    del task["notebook_task"]
    return {**task, "sql_task": query}


def tasks_of(shape: str) -> list[Settings]:
    """The task graphs that the jobs have."""
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
        each = {"inputs": '["2019","2020","2021","2022","2023","2024","2025","2026"]', "concurrency": 3, "task": inner}
        return [{"task_key": "years", "for_each_task": each}, notebook("wrap_up", ("years",))]
    if shape == "retry":
        return [notebook("fetch", max_retries=2, min_retry_interval_millis=30000), notebook("parse", ("fetch",))]
    if shape == "parent":
        child = {"job_id": job_id("Ingest orders", 0)}
        return [{"task_key": "orders", "run_job_task": child}, notebook("after", ("orders",))]
    script = notebook("main")
    del script["notebook_task"]
    return [{**script, "spark_python_task": {"python_file": "/Workspace/Shared/jobs/main.py", "parameters": ["--all"]}}]


def settings_of(name: str, when: str | None, zone: str, paused: bool, shape: str, tags: dict[str, str]) -> Settings:
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


def acl_of(name: str, owner: str) -> dict[tuple[str, str], str]:
    acl = {("user", owner): "IS_OWNER", ("group", "admins"): "CAN_MANAGE", ("group", "engineers"): "CAN_MANAGE"}
    if name not in PRIVATE:
        acl[("group", "analysts")] = "CAN_VIEW"
    if name in PUBLIC:
        acl[("group", "users")] = "CAN_VIEW"
    if name in ("Refresh sales marts", "Ingest orders"):
        acl[("group", "analysts")] = "CAN_MANAGE_RUN"
    return acl


def forty(store: Store, now: float, salt: int) -> None:
    """Adds the jobs and their runs. Past runs sit at whole hours before `now`; a few run at this moment."""
    hour = now - now % 3600
    for index, (name, owner, when, zone, paused, shape, tags, failing) in enumerate(SEEDS):
        rng = random.Random(f"{salt}:{name}")
        settings = settings_of(name, when, zone, paused, shape, tags)
        created = hour - DAY * (30 + 8 * (len(SEEDS) - index)) - rng.randrange(3600)
        id = job_id(name, 0)
        seconds = 20000.0 if shape in ("slow", "stream") else None
        job = store.add_job(Job(id, settings, owner, created, acl_of(name, owner), Behaviour(failing, seconds)))
        if name == "Never ran yet":
            continue
        trigger = {None: "ONE_TIME", "continuous": "CONTINUOUS", "file": "FILE_ARRIVAL", "table": "TABLE"}.get(
            when, "PERIODIC"
        )
        past(store, job, hour, rng.randrange(6, 31), trigger, rng)
        if index % 9 == 3 or shape in ("slow", "stream"):
            store.add_run(job, now - rng.uniform(40, 300), trigger=trigger, behaviour=_long(job))
        elif index % 13 == 5:
            run = store.add_run(job, hour - 1800, trigger="ONE_TIME", behaviour=_long(job))
            run.cancelled_at, run.cancelled_by = hour - 1200, owner


def past(store: Store, job: Job, hour: float, count: int, trigger: str, rng: random.Random) -> None:
    """`count` finished runs, some hours apart, the newest a few hours ago."""
    spacing = 3600 * (24 if count < 30 else 6)
    for back in range(count, 0, -1):
        start = hour - back * spacing - 2 * 3600 - rng.randrange(300)
        seconds = job.behaviour.seconds
        behaviour = Behaviour(job.behaviour.failing, min(seconds, 2000.0) if seconds else None)
        store.add_run(job, start, trigger=trigger if back % 5 else "ONE_TIME", behaviour=behaviour, pace=1.0,
                      parameters={p["name"]: p["default"] for p in job.settings.get("parameters") or []})  # fmt: skip


def _long(job: Job) -> Behaviour:
    """Runs now and for hours, so that a demo always has something that runs."""
    return Behaviour(job.behaviour.failing, 20000.0)
