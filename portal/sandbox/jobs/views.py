"""Jobs and runs in the API's JSON (Jobs 2.2: BaseJob, Job, BaseRun, Run, RunTask)."""

from __future__ import annotations

from typing import Any

from portal.sandbox.jobs import outputs, states, untidy
from portal.sandbox.jobs.model import Job, Run, TaskRun
from portal.sandbox.jobs.store import Store

MAX_ELEMENTS = 100
"""Tasks, clusters and parameters in one answer; the rest are on further pages (Jobs 2.2)."""
ARRAYS = ("tasks", "job_clusters", "parameters", "environments")


def ms(seconds: float) -> int:
    return int(seconds * 1000)


def base_job(job: Job, expand: bool) -> dict[str, Any]:
    """As jobs/list answers it: without tasks and clusters unless expanded."""
    settings = dict(job.settings)
    long = any(len(settings.get(name) or []) > MAX_ELEMENTS for name in ARRAYS)
    for name in ARRAYS:
        if not expand:
            settings.pop(name, None)
        elif name in settings:
            settings[name] = settings[name][:MAX_ELEMENTS]
    if not expand:
        settings.pop("run_as", None)
    body = {
        "job_id": job.id,
        "creator_user_name": job.creator,
        "created_time": ms(job.created),
        "settings": settings,
    }
    if expand and long:
        body["has_more"] = True
    return untidy.of_job(body, job)


def full_job(job: Job, start: int) -> dict[str, Any]:
    """As jobs/get answers it, its arrays from element `start`."""
    body = base_job(job, expand=True)
    settings = dict(job.settings)
    for name in ARRAYS:
        if name in settings or start:
            settings[name] = (settings.get(name) or [])[start : start + MAX_ELEMENTS]
    kind, name = job.owned_by
    settings["run_as"] = settings.get("run_as") or {f"{kind}_name": name}
    body["settings"] = settings
    body["run_as_user_name"] = next(iter(settings["run_as"].values()), name)
    more = any(len(job.settings.get(name) or []) > start + MAX_ELEMENTS for name in ARRAYS)
    body.pop("has_more", None)
    if more:
        body["has_more"] = True
    return untidy.of_job(body, job)


def run_url(store: Store, run: Run, id: int) -> str:
    world = store.world
    where = f"job/{run.job.id}/run/{id}" if run.job else f"job/run/{id}"
    return f"{world.workspace_url}/?o={world.workspace_id}#{where}"


def task(store: Store, run: Run, one: TaskRun, now: float, resolved: bool = False) -> dict[str, Any]:
    state = states.task_state(run, one, now)
    spec = {name: value for name, value in one.spec.items() if name not in ("email_notifications", "max_retries")}
    body: dict[str, Any] = {"run_id": one.id, **spec, "task_key": one.key}
    body.setdefault("run_if", "ALL_SUCCESS")
    body["run_page_url"] = run_url(store, run, one.id)
    body["attempt_number"] = one.attempt
    body["start_time"] = ms(one.ready) if now >= one.ready else 0
    body.update(_durations(one, state, now))
    body["end_time"] = ms(state.ended) if state.ended is not None and not state.active else 0
    body["state"], body["status"] = state.older(), state.newer()
    if any(name in one.spec for name in ("job_cluster_key", "new_cluster", "existing_cluster_id")) and now > one.began:
        body["cluster_instance"] = {"cluster_id": f"0101-{one.id % 1_000_000:06d}-sandbox"}
    if "condition_task" in one.spec and one.outcome and not state.active:
        body["condition_task"] = {**one.spec["condition_task"], "outcome": one.outcome}
    if "for_each_task" in one.spec:
        body["for_each_task"] = {**one.spec["for_each_task"], "stats": _stats(run, one, now)}
    if resolved and one.resolved:
        body["resolved_values"] = one.resolved
    return untidy.of_task(body, run)


def _durations(one: TaskRun, state: states.State, now: float) -> dict[str, int]:
    over = min(now, state.ended) if state.ended is not None else now
    spent = max(0.0, over - one.began)
    setup = min(one.setup, spent)
    execution = min(one.execution, max(0.0, spent - one.setup))
    cleanup = min(one.cleanup, max(0.0, spent - one.setup - one.execution))
    return {
        "setup_duration": ms(setup),
        "execution_duration": ms(execution),
        "cleanup_duration": ms(cleanup),
        "queue_duration": ms(min(one.queued, max(0.0, over - one.ready))),
    }


def _stats(run: Run, one: TaskRun, now: float) -> dict[str, Any]:
    found = [states.task_state(run, iteration, now) for iteration in one.iterations]
    done = [state for state in found if not state.active]
    good = sum(state.result == "SUCCESS" for state in done)
    active = sum(state.active and state.life != "BLOCKED" for state in found)
    stats: dict[str, Any] = {
        "task_run_stats": {
            "total_iterations": len(found),
            "scheduled_iterations": len(done) + active,
            "active_iterations": active,
            "completed_iterations": len(done),
            "succeeded_iterations": good,
            "failed_iterations": len(done) - good,
        }
    }
    if len(done) > good:
        stats["error_message_stats"] = [
            {
                "error_message": "Workload failed",
                "count": len(done) - good,
                "termination_category": "RUN_EXECUTION_ERROR",
            }
        ]
    return stats


def base_run(store: Store, run: Run, now: float, expand: bool) -> dict[str, Any]:
    """As runs/list answers it: with `expand`, one entry for each attempt of a task, the first hundred of them."""
    state = store.state(run, now)
    tasks = run.current(now)
    body: dict[str, Any] = {
        "job_id": run.job.id if run.job else run.id,
        "run_id": run.id,
        "job_run_id": run.id,
        "creator_user_name": run.creator,
        "number_in_job": run.id,
        "original_attempt_run_id": run.id,
        "attempt_number": 0,
        "run_name": run.name,
        "run_type": "JOB_RUN" if run.job else "SUBMIT_RUN",
        "run_page_url": run_url(store, run, run.id),
        "trigger": run.trigger,
        "start_time": ms(run.start),
        "end_time": ms(state.ended) if state.ended is not None and not state.active else 0,
        "setup_duration": 0,
        "execution_duration": 0,
        "cleanup_duration": 0,
        "state": state.older(),
        "status": state.newer(),
        "format": "MULTI_TASK",
    }
    over = state.ended if state.ended is not None else now
    if len(tasks) == 1:
        body.update(_durations(tasks[0], states.task_state(run, tasks[0], now), now))
    body["run_duration"] = ms(max(0.0, over - run.start))
    if run.queued_until:
        body["queue_duration"] = ms(min(now, run.queued_until) - run.start)
    if run.settings.get("schedule") and run.trigger == "PERIODIC":
        body["schedule"] = run.settings["schedule"]
    if run.overriding:
        body["overriding_parameters"] = run.overriding
    if run.parameters:
        defaults = {p["name"]: p.get("default", "") for p in run.settings.get("parameters") or []}
        body["job_parameters"] = [
            {"name": name, "default": defaults.get(name, ""), **({"value": v} if defaults.get(name) != v else {})}
            for name, v in run.parameters.items()
        ]
    if run.settings.get("performance_target"):
        body["effective_performance_target"] = run.settings["performance_target"]
    if run.started_by:
        body["trigger_info"] = {"run_id": run.started_by}
    if expand:
        attempts = run.attempts(now)
        body["tasks"] = [task(store, run, one, now) for one in attempts[:MAX_ELEMENTS]]
        if run.settings.get("job_clusters"):
            body["job_clusters"] = run.settings["job_clusters"]
        if len(attempts) > MAX_ELEMENTS:
            body["has_more"] = True
    return untidy.of_run(body, run)


def full_run(store: Store, run: Run, now: float, start: int, history: bool, resolved: bool) -> dict[str, Any]:
    """As runs/get answers it for a job run: one entry for each attempt of a task, from element `start`."""
    body = base_run(store, run, now, expand=False)
    tasks = run.attempts(now)
    body["tasks"] = [task(store, run, one, now, resolved) for one in tasks[start : start + MAX_ELEMENTS]]
    many = len(tasks) > MAX_ELEMENTS
    if run.settings.get("job_clusters") or many:
        body["job_clusters"] = (run.settings.get("job_clusters") or []) if not start else []
    if many:
        body["job_parameters"] = body.get("job_parameters", []) if not start else []
        body["repair_history"] = []
    if start + MAX_ELEMENTS < len(tasks):
        body["has_more"] = True
    if history:
        body["repair_history"] = _history(store, run, now)
    return body


def _history(store: Store, run: Run, now: float) -> list[dict[str, Any]]:
    state = store.state(run, now)
    repaired = {id for repair in run.repairs for id in repair.task_run_ids}
    items: list[dict[str, Any]] = [
        {
            "type": "ORIGINAL",
            "start_time": ms(run.start),
            "end_time": ms(run.repairs[0].start if run.repairs else state.ended or 0),
            "task_run_ids": [one.id for one in run.planned if one.id not in repaired],
        }
    ]
    for index, repair in enumerate(run.repairs):
        last = index == len(run.repairs) - 1
        end = (state.ended or 0) if last else run.repairs[index + 1].start
        items.append(
            {
                "type": "REPAIR",
                "id": repair.id,
                "start_time": ms(repair.start),
                "end_time": ms(end),
                "task_run_ids": repair.task_run_ids,
            }
        )
    items[-1]["state"], items[-1]["status"] = state.older(), state.newer()
    for item in items[:-1]:
        item["state"] = {"life_cycle_state": "INTERNAL_ERROR", "result_state": "FAILED", "state_message": ""}
        item["status"] = states.State("TERMINATED", "FAILED").newer()
    return items


def task_run(store: Store, run: Run, one: TaskRun, now: float, start: int, resolved: bool = False) -> dict[str, Any]:
    """As runs/get answers it for the id of a task run: that task, and the iterations of a for-each one."""
    state = states.task_state(run, one, now)
    body = base_run(store, run, now, expand=False)
    body.update(
        run_id=one.id,
        run_name=one.key,
        state=state.older(),
        status=state.newer(),
        start_time=ms(one.ready) if now >= one.ready else 0,
        end_time=ms(state.ended) if state.ended is not None and not state.active else 0,
        run_page_url=run_url(store, run, one.id),
        tasks=[task(store, run, one, now, resolved)],
        **_durations(one, state, now),
    )
    untidy.of_run(body, run)
    if one.iterations:
        shown = one.iterations[start : start + MAX_ELEMENTS]
        body["iterations"] = [task(store, run, iteration, now, resolved) for iteration in shown]
        if len(one.iterations) > MAX_ELEMENTS:
            body["job_clusters"], body["job_parameters"], body["repair_history"] = [], [], []
        if start + MAX_ELEMENTS < len(one.iterations):
            body["has_more"] = True
    return body


def output(store: Store, run: Run, one: TaskRun, now: float) -> dict[str, Any]:
    """As runs/get-output answers it."""
    return {"metadata": task_run(store, run, one, now, 0), **outputs.of(store.world, run, one, now)}
