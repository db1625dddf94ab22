"""Runs: the newest of a job, of all jobs, and those that are active."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass

from cachetools import LRUCache

from portal.databricks import workspace
from portal.databricks.jobs import api, model
from portal.databricks.jobs.model import Run
from portal.viewer.context import about_to_ask, current, is_anew
from portal.viewer.errors import PortalError
from portal.viewer.per_viewer import per_viewer

LATEST = 10
"""Runs that a row of the list shows."""
MOST = 24
"""runs/list: "greater than 0 and less than 25"."""


WITHIN = 3.0
"""Seconds that `of_each` waits; what comes later is kept, and found by the next look."""

_gates: LRUCache[str, threading.BoundedSemaphore] = LRUCache(10_000)
_gates_lock = threading.Lock()


def _gate() -> threading.BoundedSemaphore:
    """Five calls at a time for one viewer, however many tabs ask."""
    with _gates_lock:
        return _gates.setdefault(current().id, threading.BoundedSemaphore(workspace.FAN_OUT))


@per_viewer(ttl=30)
def latest(job_id: int) -> tuple[Run, ...]:
    """A job's newest runs, newest first: one call, kept for 30 s."""
    with _gate():
        body = api.ask("/runs/list", f"job {job_id}", job_id=job_id, limit=LATEST)
    return tuple(model.run(one) for one in body.get("runs") or ())


def of_each(
    job_ids: list[int], fresh: frozenset[int] = frozenset(), within: float = WITHIN
) -> dict[int, tuple[Run, ...] | PortalError]:
    """The newest runs of several jobs, five at a time, as the viewer; `fresh` are asked anew.

    A failure stands in a job's place. What has not come `within` so many seconds is left out, and calls that have not
    begun by then are not made: one slow answer does not keep the others from being shown.
    """

    def one(job_id: int) -> tuple[Run, ...] | PortalError:
        try:
            return latest.refresh(job_id) if job_id in fresh else latest(job_id)
        except PortalError as error:
            return error

    known: dict[int, tuple[Run, ...] | PortalError] = {}
    if not is_anew():
        kept = {job_id: latest.peek(job_id) for job_id in job_ids if job_id not in fresh}
        known = {job_id: some for job_id, some in kept.items() if some is not None}
        job_ids = [job_id for job_id in job_ids if job_id not in known]
    if not job_ids:
        return known
    about_to_ask()
    pool = ThreadPoolExecutor(workspace.FAN_OUT, thread_name_prefix="job-runs")
    try:
        # A context is entered by one thread at a time: each call gets a copy, which carries the viewer.
        futures = {job_id: pool.submit(copy_context().run, one, job_id) for job_id in job_ids}
        wait(futures.values(), timeout=within)
        return known | {job_id: future.result() for job_id, future in futures.items() if future.done()}
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


@per_viewer(ttl=15)
def newest(limit: int = 8) -> tuple[Run, ...]:
    """The newest runs of all jobs that the viewer may see: one call, for a glance."""
    body = api.ask("/runs/list", "the list of runs", limit=min(limit, MOST), run_type="JOB_RUN")
    return tuple(model.run(one) for one in body.get("runs") or ())


@dataclass(frozen=True)
class Found:
    """Runs of several jobs; `complete` says whether there were no more than were read."""

    runs: tuple[Run, ...]
    complete: bool


@per_viewer(ttl=10)
def active(pages: int = 10) -> Found:
    """Every run that is on its way, of all jobs that the viewer may see: a call for each 24 of them."""
    return _scan(pages, active_only=True)


@per_viewer(ttl=30)
def finished(since: int, pages: int = 10) -> Found:
    """Runs that ended, started at or after `since` (epoch ms), newest first."""
    return _scan(pages, completed_only=True, start_time_from=since)


def _scan(pages: int, **query: bool | int) -> Found:
    found: list[Run] = []
    token: str | None = None
    for _ in range(pages):
        body = api.ask("/runs/list", "the list of runs", limit=MOST, page_token=token, run_type="JOB_RUN", **query)
        found += [model.run(one) for one in body.get("runs") or ()]
        token = body.get("next_page_token") or None
        if token is None:
            break
    return Found(tuple(found), token is None)
