"""What of the viewer's own wants attention: failing, running long, paused; and what starts next.

For a home page: of the index as far as it is read, with a bounded number of calls, however many jobs there are.
"""

from __future__ import annotations

import heapq
import time
from dataclasses import dataclass

from portal.databricks.identity import me
from portal.databricks.jobs import history, index, lateness, latest, runs, search
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
class Late:
    """A job whose next success is overdue by `by` ms; `run` is its last one."""

    job: Job
    run: Run
    by: int


@dataclass(frozen=True)
class Upcoming:
    """`at` in epoch ms."""

    job: Job
    at: int


@dataclass(frozen=True)
class Attention:
    """`complete`: every job has been looked at; else of those known so far. `mine` counts the viewer's jobs."""

    failing: tuple[Failing, ...]
    long: tuple[Long, ...]
    paused: tuple[Job, ...]
    upcoming: tuple[Upcoming, ...]
    mine: int
    complete: bool
    late: tuple[Late, ...] = ()


def of_viewer() -> Attention:
    """At most 1 + 4 + 4 + 10 calls where nothing is kept: a page of jobs, active runs, finished runs, medians."""
    known = index.look()
    mine = {job.id: job for job in search.owned(known.jobs, me())}
    active = runs.active(4) if mine else runs.Found((), True)
    finished = runs.finished(search.lately(), 4) if mine else runs.Found((), True)
    long, all_compared = _long(mine, active)
    return Attention(
        failing=_failing(mine, finished),
        long=long,
        paused=tuple(job for job in mine.values() if job.paused),
        upcoming=upcoming(tuple(mine.values())),
        mine=len(mine),
        complete=known.complete and active.complete and finished.complete and all_compared,
        late=_late(mine, finished, active),
    )


def _late(mine: dict[int, Job], finished: runs.Found, active: runs.Found) -> tuple[Late, ...]:
    """Of jobs that start by a schedule, succeeded last, and do not run right now: a failing one is told already."""
    past: dict[int, list[Run]] = {}
    for run in finished.runs:
        past.setdefault(run.job_id, []).append(run)
    busy = {run.job_id for run in active.runs}
    found: list[Late] = []
    for id, some in past.items():
        job = mine.get(id)
        if job is None or job.paused or job.next() is None or id in busy or not some[0].state.succeeded:
            continue
        by = lateness.late_by(some, time.time() * 1000)
        if by is not None:
            found.append(Late(job, some[0], by))
    return tuple(sorted(found, key=lambda one: -one.by))


def _failing(mine: dict[int, Job], finished: runs.Found) -> tuple[Failing, ...]:
    newest: dict[int, Run] = {}
    for run in finished.runs:
        newest.setdefault(run.job_id, run)
    return tuple(Failing(mine[id], run) for id, run in newest.items() if id in mine and run.state.failed)


def _long(mine: dict[int, Job], active: runs.Found) -> tuple[tuple[Long, ...], bool]:
    """Runs that take long, and whether all that go on were compared: those of the first `LOOKED_AT` whose past came."""
    candidates = [run for run in active.runs if run.job_id in mine]
    past = latest.of_each(sorted({run.job_id for run in candidates[:LOOKED_AT]}))
    whole = len(candidates) <= LOOKED_AT
    found: list[Long] = []
    for run in candidates[:LOOKED_AT]:
        known = past.get(run.job_id)
        if known is None or isinstance(known, PortalError):
            whole = False
            continue
        median = history.of([one for one in known if not one.state.active]).median
        taken = run.duration()
        if median is not None and taken is not None and taken > max(LONG * median, median + LONG_MS):
            found.append(Long(mine[run.job_id], run, median))
    return tuple(found), whole


def upcoming(jobs: tuple[Job, ...], most: int = FEW) -> tuple[Upcoming, ...]:
    """The next scheduled starts, soonest first."""
    now = time.time()
    starts = (Upcoming(job, at) for job in jobs if (at := job.next(now)) is not None)
    return tuple(heapq.nsmallest(most, starts, key=lambda one: one.at))
