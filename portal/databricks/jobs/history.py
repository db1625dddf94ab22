"""A job's past: pages of its runs, its tasks in them, and how long it takes."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from portal.databricks.jobs import api, model, tasks
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

    Databricks does not filter by result: "failed" looks through as many as `SCANNED` pages.
    """
    found: list[Run] = []
    scanned, newer = 0, None
    for turn in range(SCANNED if kind == "failed" else 1):
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
        scanned += len(listed)
        found += [run for run in listed if kind != "failed" or run.state.failed]
        newer = body.get("prev_page_token") or None if turn == 0 else newer
        token = body.get("next_page_token") or None
        if token is None or len(found) >= MOST:
            break
    return RunsPage(tuple(found), newer, token, scanned)


@dataclass(frozen=True)
class Row:
    """A run, and the state of each of its first hundred tasks."""

    run: Run
    tasks: tuple[TaskRun, ...]
    more: bool


@per_viewer(ttl=15)
def with_tasks(job_id: int) -> tuple[Row, ...]:
    """The newest runs with their tasks: one call."""
    body = api.ask("/runs/list", f"job {job_id}", job_id=job_id, limit=MATRIX, expand_tasks=True)
    return tuple(
        Row(model.run(one), tuple(map(tasks.task_run, one.get("tasks") or ())), bool(one.get("has_more")))
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
    return of(found)


def of(runs: Sequence[Run]) -> Statistics:
    """The statistics of finished runs."""
    good = [run for run in runs if run.state.succeeded]
    taken = sorted(took for run in good if (took := run.duration()) is not None)
    median = int(statistics.median(taken)) if taken else None
    # The nearest rank: a run's own duration, not one between two.
    p95 = taken[max(0, -(-len(taken) * 95 // 100) - 1)] if len(taken) >= 5 else None
    return Statistics(tuple(runs), len(good), median, p95)
