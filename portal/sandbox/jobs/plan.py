"""From settings to a plan: when each task of a run starts and ends, and how it ends.

Everything random is drawn from the run's id and the task's key, so the same run is the same at each start.
Dependencies, run-if conditions, if/else branches, for-each iterations, retries and disabled tasks follow
https://docs.databricks.com/jobs/run-if and /jobs/control-flow.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

from portal.sandbox.jobs.model import Behaviour, Run, Settings, TaskRun

FAILED = {"FAILED", "TIMEDOUT", "UPSTREAM_FAILED"}
CANCELED = {"CANCELED", "UPSTREAM_CANCELED"}
WORKLOAD_FAILED = "Workload failed, see run output for details"
MAX_ITERATIONS = 5000
LONGEST_TASK, LONGEST_SETUP = 5400.0, 250.0
"""Seconds that no drawn duration exceeds."""

Spawn = Callable[[int, float, dict[str, str], int], tuple[int, float, str]]
"""(job id, start, parameters, task run id) -> (run id, end, result): starts the child of a run-job task."""


class InvalidPlan(ValueError):
    """The settings cannot be run; the text is what Databricks would answer."""


def ordered(tasks: list[Settings]) -> list[Settings]:
    """Tasks with every dependency before its dependents."""
    by_key = {task["task_key"]: task for task in tasks}
    if len(by_key) < len(tasks):
        raise InvalidPlan("Task keys must be unique within a job.")
    done: dict[str, Settings] = {}
    left = list(tasks)
    while left:
        ready = [t for t in left if all(d["task_key"] in done for d in t.get("depends_on") or [])]
        if not ready:
            unknown = [d["task_key"] for t in left for d in t.get("depends_on") or [] if d["task_key"] not in by_key]
            if unknown:
                raise InvalidPlan(f"Invalid dependency graph: task '{unknown[0]}' does not exist.")
            raise InvalidPlan("Invalid dependency graph: the dependencies of the tasks contain a cycle.")
        for task in ready:
            done[task["task_key"]] = task
        left = [task for task in left if task["task_key"] not in done]
    return list(done.values())


def longest(tasks: list[Settings]) -> int:
    """How many attempts and iterations can follow one another, along the longest way through the graph."""
    after: dict[str, int] = {}
    for task in ordered(tasks):
        mine = 1 + max(3, int(task.get("max_retries") or 0))
        if "for_each_task" in task:
            each = task["for_each_task"]
            mine += str(each.get("inputs", "")).count(",") // max(1, int(each.get("concurrency") or 1)) + 1
        after[task["task_key"]] = mine + max((after[d["task_key"]] for d in task.get("depends_on") or []), default=0)
    return max(after.values(), default=0)


def make(run: Run, spawn: Spawn, ids: Iterator[int]) -> list[TaskRun]:
    """The plan of a fresh run."""
    if run.skipped:
        return []
    start = run.queued_until or run.start
    return extend(run, spawn, ids, run.settings.get("tasks") or [], start, {}, repairing=False)


def extend(
    run: Run,
    spawn: Spawn,
    ids: Iterator[int],
    tasks: list[Settings],
    start: float,
    known: dict[str, TaskRun],
    *,
    repairing: bool,
) -> list[TaskRun]:
    """Plans `tasks` from `start`; `known` are task runs that stand (of tasks which a repair does not rerun)."""
    made: list[TaskRun] = []
    last: dict[str, TaskRun] = dict(known)
    chosen = {spec["task_key"] for spec in tasks}
    for spec in ordered(run.settings.get("tasks") or []):
        key = spec["task_key"]
        if key not in chosen:
            continue
        upstream = [(last[d["task_key"]], d.get("outcome")) for d in spec.get("depends_on") or []]
        ready = max([start, *(task.end for task, _ in upstream)])
        verdict = _skipped(run, spec, upstream)
        if verdict is not None:
            result, message = verdict
            attempts = [TaskRun(next(ids), key, spec, 0, ready, 0, 0, 0, result, message)]
        else:
            attempts = _attempts(run, spec, ready, spawn, ids, repairing)
        made.extend(attempts)
        last[key] = attempts[-1]
    return made


def _skipped(run: Run, spec: Settings, upstream: list[tuple[TaskRun, str | None]]) -> tuple[str, str] | None:
    """(result, message) of a task that never runs; None if it does."""
    if spec.get("disabled") or (run.only is not None and spec["task_key"] not in run.only):
        return "DISABLED", "The task is disabled."
    if not upstream:
        return None
    if any(wanted is not None and task.outcome != wanted for task, wanted in upstream):
        return "EXCLUDED", "The run was excluded because an if/else condition did not select its branch."
    results = [task.result for task, _ in upstream]
    if all(result == "EXCLUDED" for result in results):
        return "EXCLUDED", "The run was excluded because all of its dependencies were excluded."
    failed = [result in FAILED for result in results]
    canceled = [result in CANCELED for result in results]
    succeeded = [not f and not c for f, c in zip(failed, canceled, strict=True)]
    condition = spec.get("run_if") or "ALL_SUCCESS"
    if condition == "ALL_DONE":
        return None
    if condition in ("AT_LEAST_ONE_FAILED", "ALL_FAILED"):
        met = any(failed) if condition == "AT_LEAST_ONE_FAILED" else all(failed)
        return None if met else ("EXCLUDED", f"The run was excluded because its condition {condition} was not met.")
    met = {"ALL_SUCCESS": all, "AT_LEAST_ONE_SUCCESS": any}.get(condition, all)(succeeded)
    if condition == "NONE_FAILED":
        met = not any(failed) and not any(canceled)
    if met:
        return None
    if any(failed):
        return "UPSTREAM_FAILED", "An upstream task failed."
    return "UPSTREAM_CANCELED", "An upstream task was canceled."


def _attempts(
    run: Run, spec: Settings, ready: float, spawn: Spawn, ids: Iterator[int], repairing: bool
) -> list[TaskRun]:
    key = spec["task_key"]
    if "condition_task" in spec:
        return [_condition(run, spec, ready, next(ids))]
    if "run_job_task" in spec:
        child = spec["run_job_task"]
        task_id = next(ids)
        child_id, end, result = spawn(int(child["job_id"]), ready, dict(child.get("job_parameters") or {}), task_id)
        message = "" if result == "SUCCESS" else f"Run {child_id} of job {child['job_id']} failed."
        task = TaskRun(task_id, key, spec, 0, ready, 0, max(0.0, end - ready), 0, result, message)
        task.child_run_id = child_id
        return [task]
    if "for_each_task" in spec:
        return [_for_each(run, spec, ready, ids)]
    mood = run.behaviour.failing.get(key) or run.behaviour.failing.get("*")
    failures = 0 if repairing else {"once": 1, "twice": 2}.get(mood or "", 0)
    attempts: list[TaskRun] = []
    allowed = int(spec.get("max_retries") or 0) + 1
    for attempt in range(allowed if allowed > 0 else 4):
        rng = random.Random(f"{run.id}:{key}:{attempt}:{repairing}")
        fails = mood == "always" or attempt < failures or (mood == "sometimes" and rng.random() < 0.3)
        task = _one(run, spec, key, ready, attempt, next(ids), rng, fails)
        attempts.append(task)
        if not fails or (task.result == "TIMEDOUT" and not spec.get("retry_on_timeout")):
            break
        if attempt + 1 < allowed:
            ready = task.end + float(spec.get("min_retry_interval_millis") or 0) / 1000 / run.pace
            task.next_attempt_at = ready
    return attempts


def _one(
    run: Run, spec: Settings, key: str, ready: float, attempt: int, id: int, rng: random.Random, fails: bool
) -> TaskRun:
    """One attempt with drawn durations: a cluster of its own takes minutes to set up, serverless seconds."""
    classic = any(name in spec for name in ("job_cluster_key", "new_cluster", "existing_cluster_id"))
    setup = rng.uniform(60, 240) if classic else rng.uniform(1, 4)
    execution = (
        run.behaviour.seconds if run.behaviour.seconds is not None else min(LONGEST_TASK, rng.lognormvariate(4.6, 1))
    )
    result, message = ("FAILED", WORKLOAD_FAILED) if fails else ("SUCCESS", "")
    timeout = float(spec.get("timeout_seconds") or 0)
    if timeout and execution > timeout:
        execution, result, message = timeout, "TIMEDOUT", f"Run timed out after {int(timeout)} seconds."
    seconds = [rng.uniform(0.2, 1.5), setup, execution, rng.uniform(0, 2)]
    queued, setup, execution, cleanup = (value / run.pace for value in seconds)
    task = TaskRun(id, key, spec, attempt, ready, setup, execution, cleanup, result, message, queued)
    for kind in ("notebook_task", "sql_task", "spark_python_task", "python_wheel_task"):
        if kind in spec:
            given = spec[kind].get("base_parameters") or spec[kind].get("parameters") or {}
            if isinstance(given, dict):
                merged = {**run.parameters, **{k: substitute(str(v), run) for k, v in given.items()}}
                name = "base_parameters" if kind == "notebook_task" else "parameters"
                task.resolved = {kind: {name: merged}}
            else:
                task.resolved = {kind: {"parameters": [substitute(str(v), run) for v in given]}}
    return task


def _condition(run: Run, spec: Settings, ready: float, id: int) -> TaskRun:
    condition = spec["condition_task"]
    left, right = substitute(str(condition["left"]), run), substitute(str(condition["right"]), run)
    task = TaskRun(id, spec["task_key"], spec, 0, ready, 0, 0.4 / run.pace, 0, "SUCCESS")
    task.outcome = str(_compare(condition["op"], left, right)).lower()
    task.resolved = {"condition_task": {"left": left, "right": right}}
    return task


def _compare(op: str, left: str, right: str) -> bool:
    if op in ("EQUAL_TO", "NOT_EQUAL"):
        return (left == right) == (op == "EQUAL_TO")
    try:
        a, b = float(left), float(right)
    except ValueError:
        return False
    return {
        "GREATER_THAN": a > b,
        "GREATER_THAN_OR_EQUAL": a >= b,
        "LESS_THAN": a < b,
        "LESS_THAN_OR_EQUAL": a <= b,
    }[op]


def _for_each(run: Run, spec: Settings, ready: float, ids: Iterator[int]) -> TaskRun:
    """Iterations on `concurrency` lanes; the task fails if any iteration does."""
    each = spec["for_each_task"]
    parent = TaskRun(next(ids), spec["task_key"], spec, 0, ready, 0, 0, 0, "SUCCESS")
    try:
        inputs = json.loads(substitute(str(each["inputs"]), run))
    except ValueError:
        inputs = None
    if not isinstance(inputs, list) or len(inputs) > MAX_ITERATIONS:
        parent.result, parent.message = "FAILED", "The inputs of the for each task are not a JSON array."
        return parent
    lanes = [ready] * max(1, int(each.get("concurrency") or 1))
    mood = run.behaviour.failing.get(spec["task_key"])
    for index, value in enumerate(inputs):
        lane = min(range(len(lanes)), key=lanes.__getitem__)
        rng = random.Random(f"{run.id}:{spec['task_key']}:{index}")
        nested = {**each["task"], "task_key": f"{each['task'].get('task_key', spec['task_key'])}_{index}"}
        fails = mood in ("always", f"at {index}") or (mood in ("once", "sometimes") and index % 7 == 3)
        one = _one(run, nested, nested["task_key"], lanes[lane], 0, next(ids), rng, fails)
        one.execution /= 4
        one.resolved = _with_input(one.resolved, value)
        lanes[lane] = one.end
        parent.iterations.append(one)
    parent.execution = max([0.2, *(one.end - ready for one in parent.iterations)])
    broken = sum(one.result != "SUCCESS" for one in parent.iterations)
    if broken:
        parent.result = "FAILED"
        parent.message = f"{broken} of {len(inputs)} iterations failed."
    return parent


def _with_input(resolved: Any, value: Any) -> Any:
    """The resolved values of an iteration: `{{input}}` is its element, `{{input.key}}` a member of that."""
    if isinstance(resolved, dict):
        return {name: _with_input(inner, value) for name, inner in resolved.items()}
    if isinstance(resolved, list):
        return [_with_input(inner, value) for inner in resolved]
    if not isinstance(resolved, str):
        return resolved

    def told(found: re.Match[str]) -> str:
        name, _, member = found.group(1).partition(".")
        if name != "input" or (member and not (isinstance(value, dict) and member in value)):
            return found.group(0)
        one = value[member] if member else value
        return one if isinstance(one, str) else json.dumps(one)

    return _REFERENCE.sub(told, resolved)


_REFERENCE = re.compile(r"\{\{\s*([\w.\-]+)\s*\}\}")


def substitute(text: str, run: Run) -> str:
    """Dynamic value references: job parameters and the run's own ids; an unknown one stays as it is."""
    values: dict[str, Any] = {
        "job.id": run.job.id if run.job else "",
        "job.name": run.name,
        "job.run_id": run.id,
        "job.repair_count": len(run.repairs),
        "job.trigger.type": run.trigger.lower(),
    }
    values.update({f"job.parameters.{name}": value for name, value in run.parameters.items()})
    return _REFERENCE.sub(lambda found: str(values.get(found.group(1), found.group(0))), text)


def behaviour_from(parameters: dict[str, str], base: Behaviour) -> Behaviour:
    """The sandbox's own parameters: `sandbox.fail` = task keys, comma-separated; `sandbox.seconds` of each task."""
    failing = dict(base.failing)
    failing.update({key.strip(): "always" for key in parameters.get("sandbox.fail", "").split(",") if key.strip()})
    seconds = parameters.get("sandbox.seconds")
    return Behaviour(failing, float(seconds) if seconds else base.seconds)
