"""The newest runs of each job of a list: one call for each job at first, later only for jobs that have new runs.

Databricks lists the runs of one job, or of all jobs. So a list of twenty jobs takes twenty calls once. When those
answers are older than `FRESH`, two calls for all jobs together (runs that began lately, runs that are active) tell
which of the twenty have news, and only those are asked again. What nobody looks at is forgotten after `KEPT`. The runs
of a whole list are handed to the portal's other processes in one piece.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial

from cachetools import LRUCache

from portal.databricks import workspace
from portal.databricks.jobs import api, model, runs
from portal.databricks.jobs.model import Run
from portal.settings import settings
from portal.viewer.context import about_to_ask, current, is_anew
from portal.viewer.errors import Busy, PortalError
from portal.viewer.failures import DATABRICKS
from portal.viewer.per_viewer import per_viewer
from portal.viewer.shared_answers import Codec
from portal.viewer.upstream import admission

SHOWN = 10
"""Runs that a row of the list shows."""
FRESH = 30.0
"""Seconds for which runs are shown without asking whether there are newer ones."""
KEPT = 300.0
"""Seconds for which runs are kept at all."""
WITHIN = 3.0
"""Seconds that `of_each` waits. An answer that comes later is kept, and found the next time."""
_SKEW = 120.0
"""Seconds by which Databricks' clock may differ from ours."""

Answer = tuple[Run, ...] | PortalError

_gates: LRUCache[str, threading.BoundedSemaphore] = LRUCache(10_000)
_gates_lock = threading.Lock()


def _gate() -> threading.BoundedSemaphore:
    """Five calls at a time for one viewer, however many tabs ask."""
    with _gates_lock:
        return _gates.setdefault(current().id, threading.BoundedSemaphore(workspace.FAN_OUT))


@dataclass(frozen=True)
class _Latest:
    """Newest first; right as of `as_of` (epoch seconds)."""

    runs: tuple[Run, ...]
    as_of: float

    @property
    def due(self) -> bool:
        return time.time() - self.as_of > FRESH


_TOGETHER: Codec[dict[int, _Latest]] = Codec(dict[int, _Latest])


@per_viewer(ttl=KEPT)
def _read(job_id: int) -> _Latest:
    as_of = time.time()
    with admission.wait(DATABRICKS), _gate():
        body = api.ask("/runs/list", f"job {job_id}", job_id=job_id, limit=SHOWN)
    return _Latest(tuple(model.run(one) for one in body.get("runs") or ()), as_of)


def of(job_id: int, *, anew: bool = False) -> tuple[Run, ...]:
    """A job's newest runs, newest first: one call, or none if those that are kept are not older than `FRESH`."""
    kept = None if anew else _read.peek(job_id)
    if kept is not None and not kept.due:
        return kept.runs
    # Callers who ask for the same job at the same time share one call.
    return (_read.refresh(job_id) if anew or kept is not None else _read(job_id)).runs


def _key(job_ids: list[int]) -> tuple[Hashable, ...]:
    return settings().databricks_host, current().id, f"{__name__}._read", tuple(sorted(job_ids))


def _hand_over(job_ids: list[int]) -> None:
    """Offer the runs of a complete list to other processes, which then need not ask for them."""
    mine = _read.peek_each(job_ids)
    if len(mine) == len(job_ids):
        current().process.answers.put(_key(job_ids), mine, _TOGETHER, min(one.as_of for one in mine.values()), KEPT)


def _taken_over(job_ids: list[int]) -> dict[int, _Latest]:
    """What is kept of these jobs; where that is not everything, or due, also what another process keeps."""
    mine = _read.peek_each(job_ids)
    if not _due(job_ids, mine):
        return mine
    found = current().process.answers.find(_key(job_ids), _TOGETHER)
    for job_id, theirs in found.value.items() if found is not None else ():
        ours = mine.get(job_id)
        if ours is None or ours.as_of < theirs.as_of:
            _read.learned(current().id, theirs, job_id)
            mine[job_id] = theirs
    return mine


def _due(job_ids: Iterable[int], kept: dict[int, _Latest]) -> list[int]:
    return [job_id for job_id in job_ids if (one := kept.get(job_id)) is None or one.due]


def kept(job_ids: list[int]) -> tuple[dict[int, tuple[Run, ...]], list[int]]:
    """The kept runs of these jobs, not older than `KEPT`, and the jobs of which nothing is kept, or that may have newer
    runs; asks nobody but the portal's other processes."""
    mine = _taken_over(job_ids)
    return {job_id: one.runs for job_id, one in mine.items()}, _due(job_ids, mine)


@dataclass(frozen=True)
class _News:
    """The runs of all jobs that began at or after `since` (epoch seconds) or are active, as of `as_of`."""

    runs: dict[int, tuple[Run, ...]]
    since: float
    as_of: float

    def confirms(self, job_id: int, kept: _Latest) -> _Latest | None:
        """The kept runs of a job, right as of this; None where a run began or ended since, or this does not reach back
        far enough to say so. What is under way is as it is here.
        """
        here = {run.id: run for run in self.runs.get(job_id, ())}
        states = {run.id: run.state.word for run in kept.runs}
        moved = any(states.get(run.id) != run.state.word for run in here.values())
        ended = any(run.state.active and run.id not in here for run in kept.runs)
        if moved or ended or kept.as_of - _SKEW < self.since:
            return None
        return _Latest(tuple(here.get(run.id, run) for run in kept.runs), self.as_of)


@per_viewer(ttl=FRESH / 2, shared=True)
def _news() -> _News:
    """Two calls beside each other, if there are at most 24 runs of each kind."""
    as_of = time.time()
    since = as_of - KEPT - 2 * _SKEW
    begun, active = workspace.each(lambda ask: ask(), [partial(runs.begun, int(since * 1000)), partial(runs.active, 4)])
    if isinstance(begun, PortalError):
        raise begun
    if isinstance(active, PortalError):
        raise active
    if not begun.complete:
        since = min((run.start / 1000 for run in begun.runs if run.start), default=as_of)
    found: dict[int, tuple[Run, ...]] = {}
    # Of a run in both, what was asked for just now: the list of active runs may have been kept.
    for run in runs.once((*active.runs, *begun.runs)):
        found[run.job_id] = (*found.get(run.job_id, ()), run)
    return _News(found, since, as_of)


def of_each(job_ids: list[int], fresh: frozenset[int] = frozenset(), within: float = WITHIN) -> dict[int, Answer]:
    """The newest runs of several jobs, five at a time, as the viewer; `fresh` are asked anew.

    The failure of a job stands in its place. After `within` seconds, jobs without an answer are left out, and calls
    that have not begun are not made: one slow answer does not hold up the others.
    """
    until = time.monotonic() + within
    anew = is_anew()
    mine = {} if anew else {job_id: one for job_id, one in _taken_over(job_ids).items() if job_id not in fresh}
    doubtful = _due(mine, mine)
    mine |= _confirmed({job_id: mine[job_id] for job_id in doubtful})
    found: dict[int, Answer] = {job_id: one.runs for job_id, one in mine.items()}
    stale = set(_due(mine, mine))
    asked = [job_id for job_id in job_ids if job_id not in found or job_id in stale]
    if not asked:
        if doubtful:
            _hand_over(job_ids)
        return found

    def one(job_id: int) -> Answer:
        try:
            # Another request may have fetched it while this one waited for its turn.
            return of(job_id, anew=anew or job_id in fresh)
        except PortalError as error:
            return error

    about_to_ask()
    pool = ThreadPoolExecutor(workspace.FAN_OUT, thread_name_prefix="job-runs")
    try:
        # A context is entered by one thread at a time: each call gets a copy, which carries the viewer.
        futures = {job_id: pool.submit(copy_context().run, one, job_id) for job_id in asked}
        with suppress(Busy), admission.wait(DATABRICKS):  # too many wait already: what is there by now, then
            wait(futures.values(), timeout=max(0.0, until - time.monotonic()))
        _hand_over(job_ids)
        return found | {job_id: future.result() for job_id, future in futures.items() if future.done()}
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _confirmed(doubtful: dict[int, _Latest]) -> dict[int, _Latest]:
    """Ask once what is new for all jobs; the kept runs of a job without news are right as of that moment."""
    if not doubtful:
        return {}
    try:
        news = _news()
    except PortalError:
        return {}  # the calls for each job will say what is wrong
    told = {job_id: news.confirms(job_id, one) for job_id, one in doubtful.items()}
    found = {job_id: one for job_id, one in told.items() if one is not None}
    for job_id, one in found.items():
        _read.learned(current().id, one, job_id)
    return found
