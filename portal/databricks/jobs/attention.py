"""What of the viewer's own wants attention: failing, running long, paused; and what starts next.

For a home page: of the index as far as it is read, with a bounded number of calls, however many jobs there are.
"""

from __future__ import annotations

import heapq
import time
from dataclasses import dataclass

from portal.databricks.identity import me
from portal.databricks.jobs import history, index, latest, runs, search
from portal.databricks.jobs.model import Job, Run
from portal.viewer.errors import PortalError

LONG = 1.5
"""A run is long when it has taken so many times its job's median …"""
LONG_MS = 60_000
"""… and at least so much more than it."""
LOOKED_AT = 10
"""Active runs of which the median is looked up: a call each, five at a time."""
FEW = 5


@dataclass(frozen=True)
class Failing:
    """A job whose newest finished run of the last two days failed."""

    job: Job
    run: Run


@dataclass(frozen=True)
class Long:
    """A run that takes longer than its job's median of `median` ms."""

    job: Job
    run: Run
    median: int


@dataclass(frozen=True)
class Upcoming:
    """`at` in epoch ms."""

    job: Job
    at: int


@dataclass(frozen=True)
class Attention:
    """`complete`: every job has been looked at; else of those that are read so far. `mine` counts the viewer's jobs."""

    failing: tuple[Failing, ...]
    long: tuple[Long, ...]
    paused: tuple[Job, ...]
    upcoming: tuple[Upcoming, ...]
    mine: int
    complete: bool


def attention() -> Attention:
    """At most 1 + 4 + 4 + 10 calls where nothing is kept: a page of jobs, active runs, finished runs, medians."""
    known = index.look()
    mine = {job.id: job for job in search.owned(known.jobs, me())}
    active = runs.active(4) if mine else runs.Found((), True)
    finished = runs.finished(search.lately(), 4) if mine else runs.Found((), True)
    return Attention(
        failing=_failing(mine, finished),
        long=_long(mine, active),
        paused=tuple(job for job in mine.values() if job.paused),
        upcoming=upcoming(tuple(mine.values())),
        mine=len(mine),
        complete=known.complete and active.complete and finished.complete,
    )


def _failing(mine: dict[int, Job], finished: runs.Found) -> tuple[Failing, ...]:
    newest: dict[int, Run] = {}
    for run in finished.runs:
        newest.setdefault(run.job_id, run)
    return tuple(Failing(mine[id], run) for id, run in newest.items() if id in mine and run.state.failed)


def _long(mine: dict[int, Job], active: runs.Found) -> tuple[Long, ...]:
    candidates = [run for run in active.runs if run.job_id in mine][:LOOKED_AT]
    past = latest.of_each(sorted({run.job_id for run in candidates}))
    found: list[Long] = []
    for run in candidates:
        known = past.get(run.job_id)
        if known is None or isinstance(known, PortalError):
            continue
        median = history.of([one for one in known if not one.state.active]).median
        taken = run.duration()
        if median is not None and taken is not None and taken > max(LONG * median, median + LONG_MS):
            found.append(Long(mine[run.job_id], run, median))
    return tuple(found)


def upcoming(jobs: tuple[Job, ...], most: int = FEW) -> tuple[Upcoming, ...]:
    """The next scheduled starts, soonest first."""
    now = time.time()
    starts = (Upcoming(job, at) for job in jobs if (at := job.next(now)) is not None)
    return tuple(heapq.nsmallest(most, starts, key=lambda one: one.at))
