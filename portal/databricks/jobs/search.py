"""Which jobs the list shows, in which order: a view of the index, all of it in the page's address."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.databricks.identity import Me
from portal.databricks.jobs import runs
from portal.databricks.jobs.index import Index
from portal.databricks.jobs.model import Job

ROWS = 20
LATELY_MS = 2 * 86_400_000
"""So that what runs once a day is looked at also on the day after."""
SHOWS = ("all", "mine", "failed", "running", "paused")
SORTS = ("created", "name", "owner", "next")


@dataclass(frozen=True)
class View:
    """What the list is asked for. `show` is one of SHOWS, `sort` one of SORTS; `page` counts from 1."""

    q: str = ""
    show: str = "all"
    owner: str = ""
    tag: str = ""
    """A key, or `key:value`."""
    sort: str = "created"
    down: bool = True
    page: int = 1

    @classmethod
    def of(cls, query: Mapping[str, Any]) -> View:
        """Out of an address's query; whatever is unknown there falls back to the default."""

        def text(name: str) -> str:
            value = query.get(name)
            return value[:200].strip() if isinstance(value, str) else ""

        sort = text("sort") if text("sort") in SORTS else "created"
        page = int(text("page")) if text("page").isdecimal() and len(text("page")) < 6 else 1
        down = text("dir") == "desc" if text("dir") in ("asc", "desc") else sort == "created"
        show = text("show") if text("show") in SHOWS else "all"
        return cls(text("q"), show, text("owner"), text("tag"), sort, down, max(1, page))

    @property
    def filtered(self) -> bool:
        return bool(self.q or self.owner or self.tag) or self.show != "all"


@dataclass(frozen=True)
class Listed:
    """A page of the list. `count` is of all jobs that match; `partial` says why it may not be all, "" if it is."""

    jobs: tuple[Job, ...]
    count: int
    page: int
    pages: int
    partial: str = ""


@dataclass(frozen=True)
class Choices:
    """What the filters offer: the values that occur, most frequent first."""

    owners: tuple[str, ...]
    tags: tuple[str, ...]


def select(view: View, index: Index, me: Callable[[], Me]) -> Listed:
    """The jobs of a view. Asks Databricks only for the filters that need runs: one scan over the jobs' runs at most."""
    jobs: Iterable[Job] = index.jobs
    partial = ""
    words = view.q.casefold().split()
    if words:
        jobs = [job for job in jobs if all(word in job.sought for word in words)]
    if view.owner:
        jobs = [job for job in jobs if job.owner == view.owner]
    if view.tag:
        jobs = [job for job in jobs if _tagged(job, view.tag)]
    if view.show == "mine":
        jobs = owned(jobs, me())
    elif view.show == "paused":
        jobs = [job for job in jobs if job.paused]
    elif view.show in ("running", "failed"):
        ids, partial = _running() if view.show == "running" else _failed()
        jobs = [job for job in jobs if job.id in ids]
    ordered = _ordered(list(jobs), view)
    pages = max(1, -(-len(ordered) // ROWS))
    page = min(view.page, pages)
    return Listed(tuple(ordered[(page - 1) * ROWS : page * ROWS]), len(ordered), page, pages, partial)


def owned(jobs: Iterable[Job], me: Me) -> list[Job]:
    """Those that the viewer created."""
    names = {me.user_name.casefold(), *(mail.casefold() for mail in me.emails)}
    return [job for job in jobs if job.owner.casefold() in names]


def choices(index: Index, most: int = 200) -> Choices:
    """Owners and tags of the jobs read so far."""
    owners: dict[str, int] = {}
    tags: dict[str, int] = {}
    for job in index.jobs:
        owners[job.owner] = owners.get(job.owner, 0) + 1
        for key, value in job.tags:
            tag = f"{key}:{value}" if value else key
            tags[tag] = tags.get(tag, 0) + 1
    return Choices(_frequent(owners, most), _frequent(tags, most))


def _frequent(counts: dict[str, int], most: int) -> tuple[str, ...]:
    return tuple(sorted(filter(None, counts), key=lambda name: (-counts[name], name.casefold()))[:most])


def _tagged(job: Job, tag: str) -> bool:
    return any(tag in (key, f"{key}:{value}") for key, value in job.tags)


def _ordered(jobs: list[Job], view: View) -> list[Job]:
    if view.sort == "next":
        now = time.time()
        starts = {job.id: job.next(now) for job in jobs}
        timed = sorted((job for job in jobs if starts[job.id]), key=lambda job: starts[job.id] or 0, reverse=view.down)
        # Those that no schedule starts stand at the end, whichever way.
        return timed + [job for job in jobs if not starts[job.id]]
    if view.sort == "created":
        return jobs if view.down else jobs[::-1]
    key = (lambda job: job.name.casefold()) if view.sort == "name" else (lambda job: job.owner.casefold())
    return sorted(jobs, key=key, reverse=view.down)


def _running() -> tuple[set[int], str]:
    found = runs.active()
    return {
        run.job_id for run in found.runs
    }, "" if found.complete else f"among the {len(found.runs)} newest active runs"


def _failed() -> tuple[set[int], str]:
    """Jobs with a failed run that started lately."""
    found = runs.finished(lately())
    ids = {run.job_id for run in found.runs if run.state.failed}
    return ids, "" if found.complete else f"among the {len(found.runs)} newest finished runs"


def lately() -> int:
    """Two days ago, epoch ms, to the minute: so that asking again finds what is kept."""
    return int(time.time() // 60 * 60_000) - LATELY_MS
