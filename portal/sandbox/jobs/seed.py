"""Forty jobs with a past, the same at each start: names, owners, schedules, shapes and runs of every kind.

As untidy as what people leave behind: who is who in mixed case, service principals by application id, jobs that grew,
a run that was repaired a day later, members and words that this or that job lacks or that are newer than its reader.
"""

from __future__ import annotations

import random

from portal.sandbox.jobs import repair
from portal.sandbox.jobs.model import Behaviour, Job, Run
from portal.sandbox.jobs.shapes import job_id, notebook, settings_of
from portal.sandbox.jobs.store import Store
from portal.sandbox.world import SERVICE_PRINCIPALS, Acl

ENGINEER, WEST, EAST = "engineer@example.com", "analyst.west@example.com", "analyst.east@example.com"
WEST_AS_TYPED, EAST_AS_TYPED = "Analyst.West@Example.com", "Analyst.East@Example.com"
"""The same people, as the directory wrote them where someone typed their address: names compare in any case."""
LOADER, DEPLOYER = SERVICE_PRINCIPALS[1].application_id, SERVICE_PRINCIPALS[2].application_id
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
    ("Churn scores", WEST_AS_TYPED, "0 0 7 ? * MON", "America/Los_Angeles", False, "ml", {"team": "marketing"}, {}),
    ("Price elasticity", WEST_AS_TYPED, None, "UTC", False, "ml", {"team": "pricing"}, {"train": "sometimes"}),
    ("Regional report west", WEST, "0 45 7 ? * MON-FRI", "America/Los_Angeles", False, "sql", {"region": "west"}, {}),
    ("Regional report east", EAST, "0 45 7 ? * MON-FRI", "America/New_York", False, "sql", {"region": "east"}, {}),
    ("Month-end close", ENGINEER, "0 0 3 L * ?", "Europe/Berlin", False, "branch", {"team": "finance"}, {}),
    ("Quarterly filing extract", ENGINEER, "0 0 1 1 1,4,7,10 ?", "UTC", False, "kinds", {"team": "finance"}, {}),
    ("Telemetry compaction", ENGINEER, "0 0 3 ? * SUN", "UTC", False, "single", {"team": "platform"}, {}),
    ("Vacuum and optimize", ENGINEER, "0 30 1 ? * SAT,SUN", "UTC", False, "each", {"team": "platform"}, {}),
    ("Currency rates", ENGINEER, "0 5 9-17 ? * MON-FRI", "Europe/Berlin", False, "single", {"team": "finance"}, {}),
    ("Store traffic counts", EAST, "0 0 6 ? * 2,4,6", "America/New_York", False, "single", {"region": "east"}, {}),
    ("Supplier feed", ENGINEER, "0 10 0/2 * * ?", "UTC", False, "retry", {"team": "supply"}, {"fetch": "once"}),
    ("Web clickstream", ENGINEER, "continuous", "UTC", False, "stream", {"team": "marketing"}, {}),
    ("Landing zone watcher", LOADER, "file", "UTC", False, "single", {"team": "platform"}, {}),
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
GROWN: dict[str, tuple[str, int, dict[str, str]]] = {
    "Vacuum and optimize": ("tables", 3, {"tables": "at 340"}),
    "Store traffic counts": ("stores", 2, {"*": "twice", "count_store_0007": "always", "count_store_0341": "always"}),
}
"""Jobs whose newest so many runs are of another shape, which is their settings of today, with this behaviour."""
QUIRKS: dict[str, frozenset[str]] = {
    "Regional report east": frozenset({"bare", "creator gone"}),
    "Telemetry compaction": frozenset({"bare"}),
    "Landing zone watcher": frozenset({"newer"}),
}
"""Members that are left out and words that are newer than the reader: see `untidy`."""
GRANTS: dict[str, Acl] = {
    "Supplier feed": {("user", WEST_AS_TYPED): "CAN_MANAGE_RUN", ("service_principal", DEPLOYER): "CAN_MANAGE"},
    "Telemetry compaction": {("group", "Analysts"): "CAN_MANAGE_RUN"},
    "Landing zone watcher": {("user", EAST_AS_TYPED): "CAN_VIEW"},
}
"""Beside what `acl_of` says."""
MANAGED = {
    "deployment": {
        "kind": "BUNDLE",
        "metadata_file_path": "/Workspace/Shared/.bundle/telemetry/prod/state/metadata.json",
    },
    "edit_mode": "UI_LOCKED",
}


def acl_of(name: str, owner: str) -> Acl:
    kind = "service_principal" if owner in (LOADER, DEPLOYER) else "user"
    acl: Acl = {(kind, owner): "IS_OWNER", ("group", "admins"): "CAN_MANAGE", ("group", "engineers"): "CAN_MANAGE"}
    if name not in PRIVATE:
        acl[("group", "analysts")] = "CAN_VIEW"
    if name in PUBLIC:
        acl[("group", "users")] = "CAN_VIEW"
    if name in ("Refresh sales marts", "Ingest orders"):
        acl[("group", "analysts")] = "CAN_MANAGE_RUN"
    return {**acl, **GRANTS.get(name, {})}


def forty(store: Store) -> None:
    """Adds the jobs and their runs. Past runs sit at whole hours before now; a few run at this moment."""
    now, salt = store.world.clock.now(), store.random_seed
    hour = now - now % 3600
    for index, (name, owner, when, zone, paused, shape, tags, failing) in enumerate(SEEDS):
        rng = random.Random(f"{salt}:{name}")
        settings = settings_of(name, when, zone, paused, shape, tags)
        if owner == LOADER:
            settings["run_as"] = {"service_principal_name": LOADER}
        if name == "Telemetry compaction":
            settings |= MANAGED | {"run_as": {"service_principal_name": DEPLOYER}}
        created = hour - DAY * (30 + 8 * (len(SEEDS) - index)) - rng.randrange(3600)
        id = job_id(name, 0)
        seconds = 20000.0 if shape in ("slow", "stream") else None
        behaviour = Behaviour(failing, seconds)
        quirks = QUIRKS.get(name, frozenset())
        job = store.add_job(Job(id, settings, owner, created, acl_of(name, owner), behaviour, quirks))
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
    shape, newest, failing = GROWN.get(job.name, ("", 0, job.behaviour.failing))
    before, job.behaviour = job.behaviour, Behaviour(failing, job.behaviour.seconds)
    older = job.settings
    if shape:
        job.settings = {**older, "tasks": settings_of(job.name, None, "UTC", False, shape, {})["tasks"]}
    for back in range(count, 0, -1):
        start = hour - back * spacing - 2 * 3600 - rng.randrange(300)
        today = back <= newest or not shape
        seconds = job.behaviour.seconds
        failing = job.behaviour.failing if today else before.failing
        if mended := (job.name == "Price elasticity" and back == 4):
            failing = {"train": "always"}
        behaviour = Behaviour(failing, min(seconds, 2000.0) if seconds else None)
        run = store.add_run(
            job, start, trigger=trigger if back % 5 else "ONE_TIME", behaviour=behaviour, pace=1.0,
            settings=job.settings if today else older,
            parameters={p["name"]: p["default"] for p in job.settings.get("parameters") or []},
        )  # fmt: skip
        if mended:
            _a_day_later(store, run)


def _a_day_later(store: Store, run: Run) -> None:
    """Somebody mends what failed, and repairs the run."""
    ended = max(task.end for task in store.planned(run).planned)
    everything = repair.Asked(run_id=run.id, rerun_all_failed_tasks=True)
    repair.repair(store, run, everything, ended + 26 * 3600)


def _long(job: Job) -> Behaviour:
    """Runs now and for hours, so that a demo always has something that runs."""
    return Behaviour(job.behaviour.failing, 20000.0)


# More, on demand


def many(store: Store, count: int, runs: int = 3, tasks: int = 1, name: str = "Load job") -> int:
    """Adds `count` jobs of `tasks` tasks and `runs` past runs each; the first one's id. They are the engineer's,
    visible to all, and newer than every other."""
    now = store.world.clock.now()
    first = 0
    for number in range(count):
        settings = settings_of(f"{name} {number + 1:05d}", "0 0 6 * * ?", "UTC", False, "single", {"load": "1"})
        settings["tasks"] = [
            notebook("start"),
            *(notebook(f"step_{n:04d}", ("start",)) for n in range(1, tasks)),
        ]
        acl: Acl = {("user", ENGINEER): "IS_OWNER", ("group", "users"): "CAN_VIEW"}
        id = job_id(f"{name} {number} {len(store.jobs)}", store.random_seed)
        job = store.add_job(Job(id, settings, ENGINEER, now - count + number, acl))
        first = first or id
        more_runs(store, job, runs, number % 3600)
    return first


def more_runs(store: Store, job: Job, count: int, shift: float = 0.0) -> None:
    """`count` past runs, one each hour back from a day ago."""
    now = store.world.clock.now()
    for back in range(count, 0, -1):
        store.add_run(job, now - DAY - 3600 * back - shift, trigger="PERIODIC")
