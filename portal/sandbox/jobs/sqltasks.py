"""SQL tasks of a saved query: the one kind of task whose run really runs something.

The statement begins with the run, as whoever the job runs as. A run of that one task takes as long as its statement;
in a run of several tasks the plan's times stand, and only the outcome is the statement's.
"""

from __future__ import annotations

import asyncio
from typing import Any

from portal.sandbox import cron
from portal.sandbox.jobs.model import Run, TaskRun
from portal.sandbox.jobs.store import Store
from portal.sandbox.queries import LEVELS, SavedQuery
from portal.sandbox.sql import execution
from portal.sandbox.sql.errors import SqlError
from portal.sandbox.world import Origin, Person, World

FOREVER = 86_400.0
MISSED = 20
"""Starts of a schedule that are made up for; older ones are not."""
_running: set[asyncio.Task[None]] = set()


def query_of(world: World, spec: dict[str, Any]) -> SavedQuery | None:
    """The saved query of a task; None for a task of another kind, and for a query that never was."""
    query_id = str(((spec.get("sql_task") or {}).get("query") or {}).get("query_id") or "")
    found: SavedQuery | None = world.queries.queries.get(query_id) if world.queries is not None else None
    return found


def begin(store: Store, run: Run) -> None:
    """Start the statements of a run that was just added. Call from the event loop."""
    specs = run.settings.get("tasks") or []
    if run.skipped or not any(query_of(store.world, spec) for spec in specs):
        return
    store.planned(run)
    for task in run.planned:
        query = query_of(store.world, task.spec)
        if query is not None and task.result == "SUCCESS":
            alone = len(run.planned) == 1
            if alone:
                task.setup, task.execution, task.cleanup = 0.0, FOREVER, 0.0
            working = asyncio.get_running_loop().create_task(_run(store, run, task, query, alone))
            _running.add(working)
            working.add_done_callback(_running.discard)


async def _run(store: Store, run: Run, task: TaskRun, query: SavedQuery, alone: bool) -> None:
    began = store.world.clock.now()
    why = await _failure(store.world, run, task, query)
    if why:
        task.result, task.message = "FAILED", why
    if alone:
        task.queued = 0.0
        # By the clock that began it: one that was moved meanwhile must not make a run of days.
        task.execution = min(max(0.05, store.world.clock.now() - began), 120.0)


async def _failure(world: World, run: Run, task: TaskRun, query: SavedQuery) -> str:
    """Run the text of today; what Databricks would say of its failure, "" where it went well."""
    person = _person(world, run)
    warehouse = world.warehouses.get(str(task.spec["sql_task"].get("warehouse_id") or ""))
    if person is None or query.trashed or not LEVELS.may(query.acl, person, "CAN_RUN"):
        return f"Query {query.id} does not exist or cannot be run by {person.user_name if person else 'its owner'}."
    if warehouse is None:
        return "The SQL warehouse of this task does not exist."
    engine: Any = world.engine
    fields = query.fields
    origin = Origin("JOB", str(run.job.id if run.job else run.id), str(run.id))
    try:
        session = engine.session(person, fields.get("catalog"), fields.get("schema"), warehouse=warehouse)
    except SqlError as error:
        return str(error)
    one = engine.submit(session, warehouse, str(fields.get("query_text", "")), client="Databricks Jobs", origin=origin)
    await one.wait(None)
    failure = "" if one.state == execution.SUCCEEDED else str(one.error or "The query was canceled.")
    one.close()
    return failure


def _person(world: World, run: Run) -> Person | None:
    name = run.job.owned_by[1] if run.job else run.creator
    return next((one for one in world.people.values() if one.user_name.casefold() == name.casefold()), None)


def catch_up(store: Store) -> None:
    """Start what schedules have started since somebody last looked: of jobs that were made here and run a query."""
    now = store.world.clock.now()
    for job in list(store.jobs.values()):
        if job.seen_until is None or job.seen_until >= now:
            continue
        since, job.seen_until = job.seen_until, now
        schedule = job.settings.get("schedule") or {}
        if not schedule or schedule.get("pause_status") == "PAUSED":
            continue
        if any(query_of(store.world, spec) for spec in job.settings.get("tasks") or []):
            for at in _starts(schedule, since, now):
                begin(store, store.add_run(job, at, trigger="PERIODIC", creator=job.owned_by[1]))


def _starts(schedule: dict[str, Any], since: float, until: float) -> list[float]:
    found: list[float] = []
    expression, zone = str(schedule.get("quartz_cron_expression", "")), str(schedule.get("timezone_id") or "UTC")
    at = cron.after(expression, zone, since)
    while at is not None and at <= until and len(found) < 5000:
        found.append(at)
        at = cron.after(expression, zone, at)
    return found[-MISSED:]
