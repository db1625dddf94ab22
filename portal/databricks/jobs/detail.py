"""One run in full: its tasks and their attempts, live while it runs; and what a task wrote.

runs/get gives a hundred tasks a page. The first look reads every page; while the run is on its way, `poll` asks for one
page a call, in turn, and shares its answer between all of the viewer's tabs.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any

from cachetools import LRUCache

from portal.databricks import workspace
from portal.databricks.jobs import api, model, tasks
from portal.databricks.jobs.model import Pairs, Run
from portal.databricks.jobs.tasks import TaskRun
from portal.settings import settings
from portal.viewer.context import current
from portal.viewer.errors import PortalError
from portal.viewer.per_viewer import memory, per_viewer, size_of

Json = dict[str, Any]
PAGES = 20
FRESH = 30.0
"""Seconds for which a finished run is shown without asking again: a repair may wake it."""
SHARED = 4.0
"""Seconds for which one poll serves every tab."""
KEPT = 600.0
EARLIER = 20
"""Earlier attempts of which a call each is made."""
ITERATIONS = 300


@dataclass(frozen=True)
class Repair:
    """One entry of a run's history: the original run, or a repair. `id` is None for the original."""

    id: int | None
    start: int | None
    end: int | None
    state: model.State
    task_run_ids: tuple[int, ...]


@dataclass(frozen=True)
class Detail:
    """A run with its tasks. `tasks` are the attempts that count, in the API's order."""

    run: Run
    pages: tuple[tuple[TaskRun, ...], ...]
    tokens: tuple[str | None, ...]
    """Of each page, what asks for it again."""
    parameters: tuple[tuple[str, str, str], ...]
    """(name, value in this run, default)."""
    overriding: Pairs
    repairs: tuple[Repair, ...]
    read_at: float
    """`time.monotonic()`."""
    turn: int = 0
    """The page that the next poll asks for."""
    trigger_run: int | None = None
    """The run that started this one."""

    @property
    def attempts(self) -> tuple[TaskRun, ...]:
        """Every attempt that runs/get gave."""
        return tuple(one for page in self.pages for one in page)

    @property
    def tasks(self) -> tuple[TaskRun, ...]:
        """The newest attempt of each task."""
        newest: dict[str, TaskRun] = {}
        for one in self.attempts:
            known = newest.get(one.key)
            if known is None or (one.attempt, one.start or 0) >= (known.attempt, known.start or 0):
                newest[one.key] = one
        return tuple(newest.values())

    @property
    def latest_repair(self) -> int | None:
        return next((repair.id for repair in reversed(self.repairs) if repair.id is not None), None)

    @property
    def nbytes(self) -> int:
        return sum(map(size_of, self.attempts)) + 2000


_locks: LRUCache[Hashable, threading.Lock] = LRUCache(4096)
_locks_lock = threading.Lock()


def _key(run_id: int) -> tuple[Hashable, ...]:
    return settings().databricks_host, current().id, "portal.databricks.jobs.detail", run_id


def _lock(key: Hashable) -> threading.Lock:
    with _locks_lock:
        return _locks.setdefault(key, threading.Lock())


def get(run_id: int) -> Detail:
    """The run: kept for some seconds, or read page by page. `NoSuchThing` for one that is not, or not visible."""
    key = _key(run_id)
    with _lock(key):
        kept: Detail | None = memory.peek(key)
        if kept is not None and time.monotonic() - kept.read_at < (SHARED if kept.run.state.active else FRESH):
            return kept
        return _keep(key, _read(run_id))


def poll(run_id: int) -> Detail:
    """The run as it is now, by one call: its state, and one page of its tasks; all of them once it is over."""
    key = _key(run_id)
    with _lock(key):
        kept: Detail | None = memory.peek(key)
        if kept is None:
            return _keep(key, _read(run_id))
        if time.monotonic() - kept.read_at < SHARED:
            return kept
        turn = kept.turn % len(kept.pages)
        try:
            body = _page(run_id, kept.tokens[turn])
        except PortalError:
            if turn == 0:
                raise
            # A page's token may have been for the run as it was.
            return _keep(key, _read(run_id))
        found = model.run(body)
        if not found.state.active and len(kept.pages) > 1:
            return _keep(key, _read(run_id))
        pages = list(kept.pages)
        pages[turn] = _tasks(body)
        fresh = replace(kept, run=found, pages=tuple(pages), read_at=time.monotonic(), turn=turn + 1)
        if turn == 0:
            fresh = replace(fresh, repairs=_repairs(body))
        return _keep(key, fresh)


def forget(run_id: int) -> None:
    """After an action: the next look asks Databricks."""
    key = _key(run_id)
    kept: Detail | None = memory.peek(key)
    if kept is not None:
        memory.put(key, replace(kept, read_at=float("-inf")), KEPT)


def _keep(key: tuple[Hashable, ...], detail: Detail) -> Detail:
    memory.put(key, detail, KEPT)
    return detail


def _page(run_id: int, token: str | None) -> Json:
    return api.ask(
        "/runs/get",
        f"run {run_id}",
        run_id=run_id,
        include_history=True,
        include_resolved_values=True,
        page_token=token,
    )


def _read(run_id: int) -> Detail:
    body = _page(run_id, None)
    pages, tokens, found = [_tasks(body)], [None], body
    while (token := found.get("next_page_token")) and len(pages) < PAGES:
        found = _page(run_id, token)
        pages.append(_tasks(found))
        tokens.append(token)
    return Detail(
        run=model.run(body),
        pages=tuple(pages),
        tokens=tuple(tokens),
        parameters=tuple(
            (str(p.get("name", "")), str(p.get("value", p.get("default")) or ""), str(p.get("default") or ""))
            for p in body.get("job_parameters") or []
        ),
        overriding=_overriding(body.get("overriding_parameters") or {}),
        repairs=_repairs(body),
        read_at=time.monotonic(),
        turn=1 if len(pages) > 1 else 0,
        trigger_run=int((body.get("trigger_info") or {}).get("run_id") or 0) or None,
    )


def _tasks(body: Json) -> tuple[TaskRun, ...]:
    return tuple(map(tasks.task_run, body.get("tasks") or ()))


def _overriding(body: Json) -> Pairs:
    rows: list[tuple[str, str]] = []
    for kind, value in body.items():
        if isinstance(value, dict):
            rows += [(str(name), str(inner)) for name, inner in value.items()]
        elif value:
            rows.append((kind.replace("_", " "), ", ".join(map(str, value)) if isinstance(value, list) else str(value)))
    return tuple(rows)


def _repairs(body: Json) -> tuple[Repair, ...]:
    return tuple(
        Repair(
            id=int(one["id"]) if one.get("id") else None,
            start=model.moment(one, "start_time"),
            end=model.moment(one, "end_time"),
            state=model.state(one),
            task_run_ids=tuple(int(id) for id in one.get("task_run_ids") or ()),
        )
        for one in body.get("repair_history") or ()
    )


# Earlier attempts


@per_viewer(ttl=KEPT)
def _attempt(task_run_id: int) -> TaskRun | None:
    """An attempt that is over and was replaced: it does not change any more."""
    body = api.ask("/runs/get", f"run {task_run_id}", run_id=task_run_id, include_resolved_values=True)
    found = _tasks(body)
    return found[0] if found else None


def earlier(detail: Detail) -> tuple[TaskRun, ...]:
    """Attempts that others have replaced: those that runs/get leaves out, by the ids of the run's history."""
    known = {one.id for one in detail.attempts}
    current_ids = {one.id for one in detail.tasks}
    ids = [id for repair in detail.repairs for id in repair.task_run_ids if id not in known]
    found = workspace.each(_attempt, ids[:EARLIER])
    fetched = [one for one in found if isinstance(one, TaskRun)]
    return (*fetched, *(one for one in detail.attempts if one.id not in current_ids))


# Iterations and output


@per_viewer(ttl=5)
def iterations(task_run_id: int) -> tuple[TaskRun, ...]:
    """The iterations of a for-each task's run, the first `ITERATIONS` of them."""
    found: list[TaskRun] = []
    token: str | None = None
    while len(found) < ITERATIONS:
        body = api.ask(
            "/runs/get", f"run {task_run_id}", run_id=task_run_id, page_token=token, include_resolved_values=True
        )
        found += map(tasks.task_run, body.get("iterations") or ())
        token = body.get("next_page_token") or None
        if token is None:
            break
    return tuple(found[:ITERATIONS])


@dataclass(frozen=True)
class Output:
    """What get-output says of one task's run. `kind` names what `text` is: "result", "logs", "query" or ""."""

    kind: str = ""
    text: str = ""
    truncated: bool = False
    error: str = ""
    trace: str = ""
    link: str = ""
    child_run: int | None = None
    """The run that a run-job task started."""
    info: str = ""


SHOWN = 200_000
"""Characters of an output that go to a page."""


@per_viewer(ttl=30)
def output(task_run_id: int) -> Output:
    """A task's output, error and trace: one call."""
    body = api.ask("/runs/get-output", f"run {task_run_id}", run_id=task_run_id)
    kind, text, truncated, link = "", "", False, ""
    if (notebook := body.get("notebook_output")) and notebook.get("result") is not None:
        kind, text, truncated = "result", str(notebook["result"]), bool(notebook.get("truncated"))
    elif body.get("logs") is not None:
        kind, text, truncated = "logs", str(body["logs"]), bool(body.get("logs_truncated"))
    elif sql := body.get("sql_output"):
        inner = sql.get("query_output") or sql.get("alert_output") or sql.get("dashboard_output") or {}
        kind, text, link = "query", str(inner.get("query_text") or ""), str(inner.get("output_link") or "")
    elif dbt := body.get("dbt_output"):
        link = str(dbt.get("artifacts_link") or "")
    child = (body.get("run_job_output") or {}).get("run_id")
    return Output(
        kind,
        text[:SHOWN],
        truncated or len(text) > SHOWN,
        str(body.get("error") or ""),
        str(body.get("error_trace") or "")[:SHOWN],
        link if link.startswith("https://") else "",
        int(child) if child else None,
        str(body.get("info") or ""),
    )
