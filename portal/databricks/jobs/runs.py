"""Runs of all jobs: the newest, those that are active, those that ended or began lately."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from portal.databricks.jobs import api, model
from portal.databricks.jobs.model import Run
from portal.viewer.per_viewer import per_viewer

MOST = 24
"""runs/list: "greater than 0 and less than 25"."""


@dataclass(frozen=True)
class Found:
    """Runs of several jobs; `complete` says whether there were no more than were read."""

    runs: tuple[Run, ...]
    complete: bool


@per_viewer(ttl=15, shared=True)
def glance() -> Found:
    """The newest runs of all jobs that the viewer may see, as many as one call gives."""
    return _scan(1)


@per_viewer(ttl=10, shared=True)
def active(pages: int = 10) -> Found:
    """Every run that is on its way, of all jobs that the viewer may see: a call for each 24 of them."""
    return _scan(pages, active_only=True)


@per_viewer(ttl=30, shared=True)
def finished(since: int, pages: int = 10) -> Found:
    """Runs that ended, started at or after `since` (epoch ms), newest first."""
    return _scan(pages, completed_only=True, start_time_from=since)


def begun(since: int, pages: int = 2) -> Found:
    """Runs that started at or after `since` (epoch ms), ended or not, newest first."""
    return _scan(pages, start_time_from=since)


def _scan(pages: int, **query: bool | int) -> Found:
    found: list[Run] = []
    token: str | None = None
    for _ in range(pages):
        body = api.ask("/runs/list", "the list of runs", limit=MOST, page_token=token, run_type="JOB_RUN", **query)
        found += [model.run(one) for one in body.get("runs") or ()]
        token = body.get("next_page_token") or None
        if token is None:
            break
    return Found(once(found), token is None)


def once(runs: Iterable[Run]) -> tuple[Run, ...]:
    """In their order, without those that stand on two pages: a run that begins meanwhile moves the others on."""
    return tuple({run.id: run for run in runs}.values())
