"""Repairing a finished run: chosen tasks, and what depends on them, run again in place."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from portal.sandbox import errors
from portal.sandbox.jobs import plan, states
from portal.sandbox.jobs.given import OfRun, WithToken
from portal.sandbox.jobs.model import Behaviour, Repair, Run
from portal.sandbox.jobs.store import NEW_RUN_SECONDS, Store, merged


class Asked(OfRun, WithToken):
    rerun_tasks: list[str] = Field(default_factory=list)
    rerun_all_failed_tasks: bool = False
    rerun_dependent_tasks: bool = False
    latest_repair_id: int | None = None
    job_parameters: dict[str, Any] = Field(default_factory=dict)


def repair(store: Store, run: Run, asked: Asked, now: float) -> Repair:
    """Reruns the named tasks (or all that failed) from `now`. A task that failed once succeeds when it is repaired."""
    if store.state(run, now).active:
        raise errors.ApiError(400, "INVALID_STATE", f"Run {run.id} is still active and cannot be repaired.")
    latest = run.repairs[-1].id if run.repairs else None
    if asked.latest_repair_id != latest:
        raise errors.invalid_parameter(f"The latest repair of run {run.id} is {latest}: give it as latest_repair_id.")
    chosen = _chosen(run, asked, now)
    keep = {one.key: one for one in run.current(now) if one.key not in chosen}
    if asked.job_parameters:
        run.parameters = merged(run.settings, {**run.parameters, **asked.job_parameters})
    _settle(run, now)
    specs = [spec for spec in run.settings["tasks"] if spec["task_key"] in chosen]
    seconds = run.behaviour.seconds
    calmer = {key: mood for key, mood in run.behaviour.failing.items() if mood == "always" and key not in chosen}
    run.behaviour = Behaviour(calmer, NEW_RUN_SECONDS if seconds is None or seconds > 60 else seconds)
    made = plan.extend(run, store.spawner(run), store.ids(run), specs, now, keep, repairing=True)
    run.planned.extend(made)
    run.repairs.append(Repair(run.id + 900_000 + len(run.repairs), now, [one.id for one in made]))
    return run.repairs[-1]


def _chosen(run: Run, asked: Asked, now: float) -> set[str]:
    found = {one.key: states.task_state(run, one, now) for one in run.current(now)}
    if asked.rerun_all_failed_tasks:
        chosen = {key for key, state in found.items() if state.result not in ("SUCCESS", "EXCLUDED", "DISABLED")}
    else:
        chosen = set(asked.rerun_tasks)
        if len(chosen) < len(asked.rerun_tasks):
            raise errors.invalid_parameter("rerun_tasks cannot contain duplicate task keys.")
    if not chosen:
        raise errors.invalid_parameter("There are no tasks to rerun.")
    unknown = chosen - set(found)
    if unknown:
        raise errors.invalid_parameter(f"Task {sorted(unknown)[0]} does not exist in run {run.id}.")
    if asked.rerun_dependent_tasks or asked.rerun_all_failed_tasks:
        for spec in plan.ordered(run.settings["tasks"]):
            if any(d["task_key"] in chosen for d in spec.get("depends_on") or []):
                chosen.add(spec["task_key"])
    return chosen


def _settle(run: Run, now: float) -> None:
    """Writes a cancelled run's outcome into its plan: what was cancelled is history, and cuts no new attempt."""
    if run.cancelled_at is None:
        return
    for one in run.planned:
        state = states.task_state(run, one, now)
        if state.result != one.result:
            ended = state.ended or run.cancelled_at
            one.result, one.message, one.next_attempt_at = state.result or "CANCELED", state.message, None
            one.ready = min(one.ready, ended)
            one.queued = min(one.queued, ended - one.ready)
            one.setup = min(one.setup, ended - one.began)
            one.cleanup = 0.0
            one.execution = ended - one.began - one.setup
    run.cancelled_at = None
