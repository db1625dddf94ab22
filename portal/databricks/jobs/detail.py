"""One run in full: its tasks and their attempts, live while it runs.

runs/get gives a hundred attempts a page, and of the parameters and repairs as many. The first look reads up to `FIRST`
pages; a thread reads the others as the viewer, and ends when nobody looks any more. While the run is on its way, `poll`
asks for one page a call, in turn of those that may have news, and shares its answer between all of the viewer's tabs.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cached_property

import structlog

from portal.databricks import workspace
from portal.databricks.jobs import api, model, readon, runpages, tasks
from portal.databricks.jobs.model import Pairs, Run
from portal.databricks.jobs.readon import Key
from portal.databricks.jobs.runpages import Page, Repair
from portal.databricks.jobs.tasks import TaskRun
from portal.settings import settings
from portal.shapes import Json
from portal.viewer import current
from portal.viewer.errors import Busy, NoSuchThing, PortalError, Unreachable
from portal.viewer.per_viewer import memory, per_viewer
from portal.viewer.single_flight import Flights

FIRST = 12
"""Pages that are read before the run is shown."""
FRESH = 30.0
"""Seconds for which a finished run is shown without asking again: a repair may wake it."""
SHARED = 4.0
"""Seconds for which one poll serves every tab."""
KEPT = 600.0
EARLIER = 20
"""Attempts that runs/get leaves out and that are asked for: a call each."""

log = structlog.get_logger("portal.databricks.jobs")


@dataclass(frozen=True)
class Detail:
    """A run with its tasks. `tasks` are the attempts that count, in the order of their dependencies."""

    run: Run
    pages: tuple[Page, ...]
    overriding: Pairs
    read_at: float
    """`time.monotonic()`."""
    rest: str | None = None
    """Where reading goes on; None when the last page has been read."""
    again: tuple[int, ...] = ()
    """Pages that are to be read once more: the run has ended since."""
    turn: int = 0
    """The page that was asked for last."""
    order: tuple[str, ...] = ()
    """The tasks' keys as they stood when this was last shown."""
    trouble: PortalError | None = None
    """What ended the reading early."""
    trigger_run: int | None = None
    """The task's run that started this one."""

    @property
    def complete(self) -> bool:
        """Every page has been read."""
        return self.rest is None and not self.again

    @cached_property
    def attempts(self) -> tuple[TaskRun, ...]:
        """Every attempt that has been read, once: while the run grows, one may stand on two pages."""
        found: dict[int, TaskRun] = {}
        for page in self.pages:
            for one in page.tasks:
                if one.id not in found or found[one.id].state.active:
                    found[one.id] = one
        return tuple(found.values())

    @cached_property
    def tasks(self) -> tuple[TaskRun, ...]:
        """The newest attempt of each task."""
        return tasks.newest(self.attempts, self.order)

    @cached_property
    def parameters(self) -> tuple[tuple[str, str, str], ...]:
        """(name, value in this run, default)."""
        return tuple({one[0]: one for page in self.pages for one in page.parameters}.values())

    @cached_property
    def repairs(self) -> tuple[Repair, ...]:
        """The run's history, oldest first."""
        found: dict[int | None, Repair] = {}
        for one in (one for page in self.pages for one in page.repairs):
            if one.id not in found or found[one.id].state.active:
                found[one.id] = one
        return tuple(sorted(found.values(), key=lambda one: (one.id is not None, one.start or float("inf"))))

    @property
    def latest_repair(self) -> int | None:
        return next((repair.id for repair in reversed(self.repairs) if repair.id is not None), None)

    @property
    def nbytes(self) -> int:
        return sum(page.nbytes for page in self.pages) + 2000


_reading = Flights()


def _key(run_id: int) -> Key:
    return settings().databricks_host, current().id, "portal.databricks.jobs.detail", run_id


def get(run_id: int) -> Detail:
    """The run: kept for some seconds, or read page by page. `NoSuchThing` for one that is not, or not visible."""
    key = _key(run_id)
    with _reading.hold(key):
        kept: Detail | None = memory.peek(key)
        age = float("inf") if kept is None else time.monotonic() - kept.read_at
        if kept is None or (kept.run.state.active and age >= FRESH):
            return _keep(key, run_id, _read(run_id, kept))
        if age < (SHARED if kept.run.state.active else FRESH):
            return _keep(key, run_id, kept, anew=False)
        return _keep(key, run_id, _looked(run_id, kept))


def poll(run_id: int) -> Detail:
    """The run as it is now, by one call: its state, and one page of its tasks; what else has news once it is over."""
    key = _key(run_id)
    with _reading.hold(key):
        kept: Detail | None = memory.peek(key)
        if kept is None:
            return _keep(key, run_id, _read(run_id))
        if time.monotonic() - kept.read_at < SHARED or not (kept.complete or kept.trouble):
            return _keep(key, run_id, kept, anew=False)
        return _keep(key, run_id, _looked(run_id, kept))


def peek(run_id: int) -> Detail | None:
    """What is known of the run, without asking Databricks anything."""
    return memory.peek(_key(run_id))


def forget(run_id: int) -> None:
    """After an action: the next look asks Databricks."""
    key = _key(run_id)
    kept: Detail | None = memory.peek(key)
    if kept is not None:
        memory.put(key, replace(kept, read_at=float("-inf")), KEPT)


# Reading


def _page(run_id: int, token: str | None) -> Json:
    return api.ask(
        "/runs/get",
        f"run {run_id}",
        run_id=run_id,
        include_history=True,
        include_resolved_values=True,
        page_token=token,
    )


def _read(run_id: int, before: Detail | None = None) -> Detail:
    """From the first page on, `FIRST` of them."""
    body = _page(run_id, None)
    found = Detail(
        run=model.run(body),
        pages=(runpages.parsed(body, None),),
        overriding=runpages.overriding(body.get("overriding_parameters") or {}),
        read_at=time.monotonic(),
        rest=body.get("next_page_token") or None,
        order=before.order if before else (),
        trigger_run=int((body.get("trigger_info") or {}).get("run_id") or 0) or None,
    )
    return _onwards(run_id, found)


def _onwards(run_id: int, found: Detail) -> Detail:
    while not found.complete and len(found.pages) < FIRST:
        found = _step(run_id, found)
    return found


def _step(run_id: int, known: Detail) -> Detail:
    """One more page: one that is to be read again, or the next."""
    at = known.again[0] if known.again else len(known.pages)
    return _with_page(run_id, replace(known, again=known.again[1:], trouble=None), at)


def _with_page(run_id: int, known: Detail, at: int) -> Detail:
    token = known.pages[at].token if at < len(known.pages) else known.rest
    body = _page(run_id, token)
    pages = list(known.pages)
    pages[at : at + 1] = [runpages.parsed(body, token)]
    # The last page may have grown another.
    rest = (body.get("next_page_token") or None) if at == len(pages) - 1 else known.rest
    return replace(known, run=model.run(body), pages=tuple(pages), rest=rest, read_at=time.monotonic())


def _looked(run_id: int, kept: Detail) -> Detail:
    """By one call, what is new of a run that is known; once it is over, the pages that still lack their end."""
    # Only what is not over can have news, and the last page, where new attempts come; the first tells of repairs.
    last = len(kept.pages) - 1
    turns = [at for at, page in enumerate(kept.pages) if at in (0, last) or page.moving]
    turn = next((at for at in turns if at > kept.turn), 0) if kept.run.state.active else 0
    try:
        found = replace(_with_page(run_id, kept, turn), turn=turn, trouble=None)
    except (Busy, Unreachable):
        raise
    except PortalError:
        if turn == 0:
            raise
        # A page's token may have been for the run as it was.
        return _read(run_id, kept)
    if found.run.state.active:
        return found if kept.run.state.active else _read(run_id, kept)
    if kept.run.state.active or found.run.end != kept.run.end:
        again = [at for at, page in enumerate(found.pages) if at != turn and (page.moving or at == last)]
        found = replace(found, again=tuple(again))
        for _ in range(FIRST):
            if found.complete:
                break
            found = _step(run_id, found)
    return found


def _keep(key: Key, run_id: int, detail: Detail, anew: bool = True) -> Detail:
    readon.looked(key)
    if anew:
        # As it is shown now it stays, also when tasks begin in another order.
        detail = replace(detail, order=tuple(one.key for one in detail.tasks))
        memory.put(key, detail, KEPT)
    if not detail.complete:
        readon.begin(current(), key, lambda: _next(key, run_id))
    return detail


def _next(key: Key, run_id: int) -> bool:
    """One page more of what is kept, in the background; whether there is another."""
    kept: Detail | None = memory.peek(key)
    if kept is None or kept.complete:
        return False
    try:
        grown = _step(run_id, kept)
    except Busy:
        raise
    except PortalError as error:
        log.info("run not read to its end", kind=error.kind)
        grown = replace(kept, trouble=error.with_traceback(None))
    with _reading.hold(key):
        # The session ended meanwhile, or another began from the first page: this page is of before.
        if memory.peek(key) is kept:
            memory.put(key, grown, KEPT)
    return grown.trouble is None


# Earlier attempts


@per_viewer(ttl=KEPT)
def _attempt(task_run_id: int) -> TaskRun | None:
    """An attempt that is over and was replaced: it does not change any more."""
    body = api.ask("/runs/get", f"run {task_run_id}", run_id=task_run_id, include_resolved_values=True)
    found = runpages.attempts(body)
    return found[0] if found else None


def left_out(detail: Detail) -> tuple[int, ...]:
    """The ids of attempts that the run's history names and runs/get has not listed."""
    if not detail.complete:
        return ()
    known = {one.id for one in detail.attempts}
    return tuple(id for repair in detail.repairs for id in repair.task_run_ids if id not in known)


def earlier(detail: Detail) -> tuple[TaskRun, ...]:
    """Attempts that others have replaced; of those that runs/get leaves out the first `EARLIER`."""
    current_ids = {one.id for one in detail.tasks}
    found = workspace.each(_attempt, list(left_out(detail)[:EARLIER]))
    fetched = [one for one in found if isinstance(one, TaskRun)]
    return (*fetched, *(one for one in detail.attempts if one.id not in current_ids))


# The run that started this one


@dataclass(frozen=True)
class Parent:
    """The task of another job's run that started a run. `name` is that run's; "" where the viewer may not see it."""

    job_id: int
    run_id: int
    task: str
    name: str


@per_viewer(ttl=KEPT)
def parent(task_run_id: int) -> Parent | None:
    """Whose `trigger_info.run_id` this is: a task's run; its job run takes one more call. None where it is hidden."""
    try:
        body = api.ask("/runs/get", f"run {task_run_id}", run_id=task_run_id)
    except NoSuchThing:
        return None
    job_id, run_id = int(body.get("job_id") or 0), int(body.get("job_run_id") or 0)
    if not job_id or not run_id:
        return None
    found = runpages.attempts(body)
    try:
        name = str(api.ask("/runs/get", f"run {run_id}", run_id=run_id).get("run_name") or "")
    except NoSuchThing:
        name = ""
    key = next((one.key for one in found if one.id == task_run_id), found[0].key if len(found) == 1 else "")
    return Parent(job_id, run_id, key, name)
