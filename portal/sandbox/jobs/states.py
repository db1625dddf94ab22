"""What a run and its tasks are at a moment, in both of the API's vocabularies: `state` (older) and `status`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portal.sandbox.jobs.model import Run, TaskRun

CODES = {
    "SUCCESS": ("SUCCESS", "SUCCESS"),
    "FAILED": ("RUN_EXECUTION_ERROR", "CLIENT_ERROR"),
    "TIMEDOUT": ("RUN_EXECUTION_ERROR", "CLIENT_ERROR"),
    "CANCELED": ("USER_CANCELED", "CLIENT_ERROR"),
    "UPSTREAM_FAILED": ("RUN_EXECUTION_ERROR", "CLIENT_ERROR"),
    "UPSTREAM_CANCELED": ("CANCELED", "CLIENT_ERROR"),
    "EXCLUDED": ("SKIPPED", "SUCCESS"),
    "DISABLED": ("DISABLED", "SUCCESS"),
    "SUCCESS_WITH_FAILURES": ("SUCCESS_WITH_FAILURES", "SUCCESS"),
    "MAXIMUM_CONCURRENT_RUNS_REACHED": ("MAX_CONCURRENT_RUNS_EXCEEDED", "CLIENT_ERROR"),
}
"""RunResultState -> (TerminationCode, TerminationType)."""

CANCEL_SECONDS = 1.5
"""A cancelled run is TERMINATING this long."""


@dataclass(frozen=True)
class State:
    """`life` is a RunLifeCycleState; `result` is None until it is over."""

    life: str
    result: str | None = None
    message: str = ""
    ended: float | None = None

    @property
    def active(self) -> bool:
        return self.result is None and self.life not in ("SKIPPED", "INTERNAL_ERROR")

    def older(self) -> dict[str, Any]:
        """`state`: RunState."""
        body: dict[str, Any] = {"life_cycle_state": self.life}
        if self.result:
            body["result_state"] = self.result
        body["state_message"] = self.message
        body["user_cancelled_or_timedout"] = self.result in ("CANCELED", "TIMEDOUT")
        if self.life == "QUEUED":
            body["queue_reason"] = "Queued due to reaching maximum concurrent runs of 1."
        return body

    def newer(self) -> dict[str, Any]:
        """`status`: RunStatus."""
        names = {"WAITING_FOR_RETRY": "WAITING", "SKIPPED": "TERMINATED", "INTERNAL_ERROR": "TERMINATED"}
        body: dict[str, Any] = {"state": names.get(self.life, self.life)}
        if self.life == "QUEUED":
            body["queue_details"] = {
                "code": "MAX_CONCURRENT_RUNS_REACHED",
                "message": "Queued due to reaching maximum concurrent runs of 1.",
            }
        if not self.active:
            code, kind = CODES[self.result or "SUCCESS"]
            body["termination_details"] = {"code": code, "type": kind, "message": self.message}
        return body


def task_state(run: Run, task: TaskRun, now: float) -> State:
    """One task run. Cancelling cuts its plan: what had ended stays, what ran is CANCELED."""
    cut = run.cancelled_at
    if cut is not None and task.end > cut:
        if now < cut:
            return _planned(task, now)
        if task.ready > cut:
            if task.result == "DISABLED":
                return State("TERMINATED", task.result, task.message, cut)
            return State("TERMINATED", "UPSTREAM_CANCELED", "An upstream task was canceled.", cut)
        if now < cut + CANCEL_SECONDS:
            return State("TERMINATING", None, "Cancelling")
        return State("TERMINATED", "CANCELED", "Run cancelled.", cut + CANCEL_SECONDS)
    if cut is not None and now >= cut and task.next_attempt_at is not None and task.next_attempt_at > cut:
        return State("TERMINATED", "CANCELED", "Run cancelled.", cut)
    return _planned(task, now)


def _planned(task: TaskRun, now: float) -> State:
    if now < task.ready:
        return State("BLOCKED")
    if now < task.began:
        return State("PENDING", message="Waiting for compute")
    if now < task.began + task.setup:
        return State("PENDING", message="Waiting for cluster")
    if now < task.end - task.cleanup:
        return State("RUNNING", message="In run")
    if now < task.end:
        return State("TERMINATING", message="Terminating")
    if task.next_attempt_at is not None and now < task.next_attempt_at:
        return State("WAITING_FOR_RETRY", message=task.message)
    return State("TERMINATED", task.result, task.message, task.end)


def run_state(run: Run, now: float) -> State:
    """The whole run, from its tasks' newest attempts."""
    if run.skipped:
        limit = run.settings.get("max_concurrent_runs", 1)
        text = f"Skipped because the maximum of {limit} concurrent runs was reached."
        return State("SKIPPED", "MAXIMUM_CONCURRENT_RUNS_REACHED", text, run.start)
    if run.cancelled_at is None and run.queued_until is not None and now < run.queued_until:
        return State("QUEUED", message="Queued due to reaching maximum concurrent runs of 1.")
    tasks = run.current(now)
    states = [task_state(run, task, now) for task in tasks]
    if any(state.active for state in states):
        if any(state.life == "TERMINATING" for state in states) and run.cancelled_at is not None:
            return State("TERMINATING", None, "Cancelling")
        begun = any(state.life not in ("BLOCKED", "PENDING") for state in states)
        return State("RUNNING", None, "In run") if begun else State("PENDING", None, "Waiting for cluster")
    ended = max([run.start, *(state.ended or 0 for state in states)])
    if run.cancelled_at is not None and any(state.result == "CANCELED" for state in states):
        who = f" by user {run.cancelled_by}" if run.cancelled_by else ""
        return State("TERMINATED", "CANCELED", f"Run cancelled{who}.", ended)
    return _verdict(tasks, states, ended)


def _verdict(tasks: list[TaskRun], states: list[State], ended: float) -> State:
    """A job run is judged by its leaf tasks; a failure that a leaf survived makes SUCCESS_WITH_FAILURES."""
    upstream = {d["task_key"] for task in tasks for d in task.spec.get("depends_on") or []}
    leaves = [s for t, s in zip(tasks, states, strict=True) if t.key not in upstream]
    bad = ("FAILED", "TIMEDOUT", "UPSTREAM_FAILED", "CANCELED", "UPSTREAM_CANCELED")
    culprits = [(t, s) for t, s in zip(tasks, states, strict=True) if s.result in ("FAILED", "TIMEDOUT", "CANCELED")]
    if any(s.result in bad for s in leaves):
        task, state = culprits[0] if culprits else (tasks[0], states[0])
        result = "TIMEDOUT" if state.result == "TIMEDOUT" else "FAILED"
        if state.result == "CANCELED":
            return State("TERMINATED", "CANCELED", f"Task {task.key} was canceled.", ended)
        text = f"Task {task.key} failed with message: {state.message}."
        return State("INTERNAL_ERROR", result, text, ended)
    if culprits:
        return State("TERMINATED", "SUCCESS_WITH_FAILURES", f"{len(culprits)} tasks failed.", ended)
    return State("TERMINATED", "SUCCESS", "", ended)
