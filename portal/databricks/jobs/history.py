"""A job's past: pages of its runs, its tasks in them, and how long it takes."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from portal.databricks import workspace
from portal.databricks.jobs import api, model, runs, tasks
from portal.databricks.jobs.model import Run
from portal.databricks.jobs.runs import MOST
from portal.databricks.jobs.tasks import TaskRun
from portal.viewer.per_viewer import per_viewer

SCANNED = 5
"""Pages of runs that are read to find failed ones, or to say how long a job takes: up to 120 runs."""
MATRIX = 12
"""Runs in the matrix of tasks and runs."""
KINDS = ("all", "active", "finished", "failed")


@dataclass(frozen=True)
class RunsPage:
    """`newer` and `older` ask for the pages beside this one. `scanned` runs were looked at to find these."""

    runs: tuple[Run, ...]
    newer: str | None
    older: str | None
    scanned: int


@per_viewer(ttl=10)
def page(job_id: int, kind: str = "all", token: str | None = None, since: int | None = None) -> RunsPage:
    """Up to 24 runs of a job, newest first. `kind` is one of KINDS.

    Databricks does not filter by result: "failed" looks through as many as `SCANNED` pages. The others take the first
    page that is not empty.
    """
    found: list[Run] = []
    scanned: set[int] = set()
    newer = None
    for turn in range(SCANNED):
        body = api.ask(
            "/runs/list",
            f"job {job_id}",
            job_id=job_id,
            limit=MOST,
            page_token=token,
            active_only=True if kind == "active" else None,
            completed_only=True if kind in ("finished", "failed") else None,
            start_time_from=since,
        )
        listed = [model.run(one) for one in body.get("runs") or ()]
        scanned |= {run.id for run in listed}
        found += [run for run in listed if kind != "failed" or run.state.failed]
        newer = body.get("prev_page_token") or None if turn == 0 else newer
        token = body.get("next_page_token") or None
        if token is None or len(found) >= MOST or (found and kind != "failed"):
            break
    return RunsPage(runs.once(found), newer, token, len(scanned))


@dataclass(frozen=True)
class Row:
    """A run, and the state of each task by its first hundred attempts. `more`: others may say otherwise."""

    run: Run
    tasks: tuple[TaskRun, ...]
    more: bool


@per_viewer(ttl=15)
def with_tasks(job_id: int) -> tuple[Row, ...]:
    """The newest runs with their tasks: one call."""
    body = api.ask("/runs/list", f"job {job_id}", job_id=job_id, limit=MATRIX, expand_tasks=True)
    return tuple(
        Row(model.run(one), tasks.newest(map(tasks.task_run, one.get("tasks") or ())), bool(one.get("has_more")))
        for one in body.get("runs") or ()
    )


@dataclass(frozen=True)
class Statistics:
    """Over the newest finished runs. Durations in ms, of those that succeeded; None where there are too few."""

    runs: tuple[Run, ...]
    succeeded: int
    median: int | None
    p95: int | None

    @property
    def rate(self) -> float | None:
        """The share of runs that succeeded; cancelled and skipped ones count for neither."""
        counted = self.succeeded + sum(run.state.failed for run in self.runs)
        return self.succeeded / counted if counted else None


@per_viewer(ttl=60)
def finished(job_id: int) -> Statistics:
    """Read up to `SCANNED` pages of finished runs, one after another: Databricks gives a page's token with the last."""
    found: list[Run] = []
    token: str | None = None
    for _ in range(SCANNED):
        body = api.ask("/runs/list", f"job {job_id}", job_id=job_id, limit=MOST, completed_only=True, page_token=token)
        found += [model.run(one) for one in body.get("runs") or ()]
        token = body.get("next_page_token") or None
        if token is None:
            break
    return of(_looked_into(runs.once(found)))


STRETCHED, STRETCHED_MS = 4, 3_600_000
"""A run that took so many times its job's median, and so much more, may have been repaired long after."""
LOOKED_INTO = 5


def _looked_into(found: Sequence[Run]) -> tuple[Run, ...]:
    """With `worked` where a run's own figure holds the time until somebody repaired it: a call for each such run."""
    median = of(found).median
    if median is None:
        return tuple(found)
    most = max(STRETCHED * median, median + STRETCHED_MS)
    long = sorted((run for run in found if (run.duration() or 0) > most), key=lambda run: -(run.duration() or 0))
    ids = [run.id for run in long[:LOOKED_INTO]]
    known = dict(zip(ids, workspace.each(_worked, ids), strict=True))

    def looked(run: Run) -> Run:
        worked = known.get(run.id)
        return replace(run, worked=worked) if isinstance(worked, int) else run

    return tuple(map(looked, found))


@per_viewer(ttl=600)
def _worked(run_id: int) -> int | None:
    """What the attempts of a repaired run took together; None of one that was not, or that takes more than a call."""
    body = api.ask("/runs/get", f"run {run_id}", run_id=run_id, include_history=True)
    repaired = any(one.get("id") for one in body.get("repair_history") or ())
    if not repaired or body.get("next_page_token"):
        return None
    return tasks.worked(map(tasks.task_run, body.get("tasks") or ()))


def took(run: Run) -> int | None:
    """What counts as a finished run's duration, ms."""
    return run.duration() if run.worked is None else run.worked


def of(runs: Sequence[Run]) -> Statistics:
    """The statistics of finished runs."""
    good = [run for run in runs if run.state.succeeded]
    taken = sorted(time for run in good if (time := took(run)) is not None)
    median = int(statistics.median(taken)) if taken else None
    # The nearest rank: a run's own duration, not one between two.
    p95 = taken[max(0, -(-len(taken) * 95 // 100) - 1)] if len(taken) >= 5 else None
    return Statistics(tuple(runs), len(good), median, p95)
