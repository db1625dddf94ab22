"""Which jobs the list shows, in which order: a view of the index, all of it in the page's address."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from portal.databricks import principals
from portal.databricks.identity import Me
from portal.databricks.jobs import model, runs
from portal.databricks.jobs.index import Index
from portal.databricks.jobs.model import Job, Run
from portal.viewer.errors import PortalError

ROWS = 20
NEWEST_FIRST = frozenset({"attention", "created", "started", "duration"})
"""Sorts that begin with the newest, or the longest."""
LATELY_MS = 2 * 86_400_000
"""So that what runs once a day is looked at also on the day after."""
SHOWS = ("all", "mine", "failed", "running", "paused")
BY_RUNS = ("state", "started", "duration")
SORTS = ("attention", "created", "name", "owner", "next", *BY_RUNS)
"""The first is the order where the address names none: failed, running, then by the newest run."""


@dataclass(frozen=True)
class View:
    """What the list is asked for. `show` is one of SHOWS, `sort` one of SORTS; `page` counts from 1."""

    q: str = ""
    show: str = "all"
    owner: str = ""
    tag: str = ""
    """A key, or `key:value`."""
    sort: str = "attention"
    down: bool = True
    page: int = 1

    @classmethod
    def of(cls, query: Mapping[str, object]) -> View:
        """Out of an address's query; whatever is unknown there falls back to the default."""

        def text(name: str) -> str:
            value = query.get(name)
            return value[:200].strip() if isinstance(value, str) else ""

        sort = text("sort") if text("sort") in SORTS else SORTS[0]
        page = int(text("page")) if text("page").isdecimal() and len(text("page")) < 6 else 1
        down = text("dir") == "desc" if text("dir") in ("asc", "desc") else sort in NEWEST_FIRST
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
    order: str = ""
    """The order in words, and how far it reaches, where it follows the jobs' runs."""


@dataclass(frozen=True)
class Choices:
    """What the filters offer: the values that occur, most frequent first."""

    owners: tuple[str, ...]
    tags: tuple[str, ...]


def matching(jobs: Iterable[Job], text: str) -> list[Job]:
    """Those that hold every word: in their name, owner, tags or id."""
    words, jobs = text.casefold().split(), list(jobs)
    # A service principal is sought by its name too; the index knows it by its id.
    called = {who: name.casefold() for who, name in _called(jobs).items()}
    return [job for job in jobs if all(word in job.sought or word in called[job.owner] for word in words)]


def select(view: View, index: Index, me: Callable[[], Me]) -> Listed:
    """The jobs of a view. Asks Databricks only for the filters that need runs: one scan over the jobs' runs at most."""
    jobs: Iterable[Job] = index.jobs
    partial = ""
    if view.q.strip():
        jobs = matching(jobs, view.q)
    if view.owner:
        jobs = [job for job in jobs if job.owner.casefold() == view.owner.casefold()]
    if view.tag:
        jobs = [job for job in jobs if _tagged(job, view.tag)]
    if view.show == "mine":
        jobs = owned(jobs, me())
    elif view.show == "paused":
        jobs = [job for job in jobs if job.paused]
    elif view.show in ("running", "failed"):
        ids, partial = _running() if view.show == "running" else _failed()
        jobs = [job for job in jobs if job.id in ids]
    jobs, order = list(jobs), ""
    count = len(jobs)
    if view.sort in BY_RUNS:
        ordered, how = _by_runs(jobs, view)
        partial = ", ".join(filter(None, [partial, how]))
    elif view.sort == "attention":
        ordered, order = _by_attention(jobs, index, view)
    else:
        ordered = _ordered(jobs, view)
    pages = max(1, -(-len(ordered) // ROWS))
    page = min(view.page, pages)
    shown = ordered[(page - 1) * ROWS : page * ROWS]
    return Listed(tuple(shown), count, page, pages, partial, order)


def _called(jobs: Iterable[Job]) -> dict[str, str]:
    """Owner to name, "" but for service principals: one call for those of which nobody has asked."""
    owners = {job.owner for job in jobs}
    principals.learn(owners)
    return {who: principals.name(who) for who in owners}


def owned(jobs: Iterable[Job], me: Me) -> list[Job]:
    """Those that the viewer created."""
    names = {me.user_name.casefold(), *(mail.casefold() for mail in me.emails)}
    return [job for job in jobs if job.owner.casefold() in names]


def choices(index: Index, most: int = 200) -> Choices:
    """Owners and tags of the jobs read so far."""
    owners: dict[str, int] = {}
    spelled: dict[str, str] = {}
    tags: dict[str, int] = {}
    for job in index.jobs:
        # The directory writes one person's name in more than one way; the newest job's is shown.
        owner = spelled.setdefault(job.owner.casefold(), job.owner)
        owners[owner] = owners.get(owner, 0) + 1
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
    if view.sort == "name":
        return sorted(jobs, key=lambda job: job.name.casefold(), reverse=view.down)
    # By what is shown: a service principal's name.
    shown = {who: (name or who).casefold() for who, name in _called(jobs).items()}
    return sorted(jobs, key=lambda job: shown[job.owner], reverse=view.down)


def _by_attention(jobs: list[Job], index: Index, view: View) -> tuple[list[Job], str]:
    """Failed, running, then by the newest run, as far as one look at the newest runs of all jobs tells: one call.

    While the index is being read, jobs that it has not reached stand among them, by their runs, so that what needs
    eyes is on the first page at once and does not move when the index comes to it.
    """
    try:
        found = runs.glance()
    except PortalError as error:
        return jobs, f"Newest jobs first: their runs could not be read ({error.title})."
    newest = _newest(found.runs)
    if not index.complete and not view.filtered:
        known = {job.id for job in jobs}
        jobs = [*(model.unread(run) for id, run in newest.items() if id not in known), *jobs]
    how = "Failed jobs first, then running ones, then by their newest run"
    if not found.complete:
        how += f", as far as the {len(found.runs)} newest runs tell; then the newest jobs"
    return _urgent_first(jobs, newest), f"{how}."


def _urgent_first(jobs: Sequence[Job], newest: Mapping[int, Run]) -> list[Job]:
    known = [job for job in jobs if job.id in newest]
    known.sort(key=lambda job: (min(2, _urgency(newest[job.id])), -(newest[job.id].start or 0)))
    return known + [job for job in jobs if job.id not in newest]


def _newest(found: Iterable[Run]) -> dict[int, Run]:
    """The newest run of each job."""
    newest: dict[int, Run] = {}
    for run in found:
        if run.job_id not in newest or (run.start or 0) > (newest[run.job_id].start or 0):
            newest[run.job_id] = run
    return newest


def _by_runs(jobs: list[Job], view: View) -> tuple[list[Job], str]:
    """By the newest run of each, as far as two scans over all jobs tell; and how far that is, in words."""
    active, finished = runs.active(), runs.finished(lately())
    newest = _newest((*active.runs, *finished.runs))
    known = [job for job in jobs if job.id in newest]
    # What is the same stands by its start, the newest first, whichever way.
    known.sort(key=lambda job: -(newest[job.id].start or 0))
    if view.sort == "state":
        known.sort(key=lambda job: _urgency(newest[job.id]), reverse=view.down)
    elif view.sort == "duration":
        known.sort(key=lambda job: newest[job.id].duration() or 0, reverse=view.down)
    elif not view.down:
        known.reverse()
    scanned = "the last two days' runs"
    if not (active.complete and finished.complete):
        scanned = f"the {len(active.runs) + len(finished.runs)} newest runs"
    others = [job for job in jobs if job.id not in newest]
    how = f"ordered by {scanned}"
    return known + others, f"{how}; {len(others):,} without one stand at the end" if others else how


def _urgency(run: Run) -> int:
    """What needs eyes first: failed, then on its way, then what ended in another way than by success."""
    if run.state.failed:
        return 0
    if run.state.active:
        return 1
    return 3 if run.state.succeeded else 2


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
