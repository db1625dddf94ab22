"""The jobs, queries, dashboards and alerts that wrote or read a table, with their names and each job's last run.

What may not be seen and what is gone are one answer of Databricks, so they are counted together.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from portal.databricks import dashboards, saved, workspace
from portal.databricks.jobs import history, index, lateness, latest
from portal.databricks.jobs.model import Job, Run
from portal.databricks.lineage.model import Entity, Lineage
from portal.databricks.watch import alerts
from portal.viewer.errors import PortalError, StillRunning

FEW = 8
"""Of each kind, how many are asked about: a call each."""
MOST = 40
"""The same where the viewer wants all of them."""
NAMED = ("job", "query", "dashboard", "alert")
"""Kinds whose names can be asked for; the others are known by their ids."""


@dataclass(frozen=True)
class Known:
    """An entity with a name. `runs` are a job's newest, `task` the key of the one that failed in its last run."""

    entity: Entity
    name: str
    runs: tuple[Run, ...] = ()
    job: Job | None = None
    task: str = ""

    @property
    def last(self) -> Run | None:
        return self.runs[0] if self.runs else None


@dataclass(frozen=True)
class Who:
    """`hidden` counts those without a name, `left` those that were not asked about."""

    writers: tuple[Known, ...]
    readers: tuple[Known, ...]
    hidden: int
    left: int
    trouble: PortalError | None = None


@dataclass(frozen=True)
class Updated:
    """When a job wrote the table last (epoch ms), in which run, and by how many ms the next success is overdue."""

    at: int
    by: Known
    run: Run | None
    late: int | None


def of(found: Lineage, everything: bool = False) -> Who:
    """At most a page of jobs, and a call for each job, query, dashboard and alert in sight."""
    most = MOST if everything else FEW
    every = {(one.kind, one.id): one for one in (*found.writers, *found.readers)}
    asked: dict[tuple[str, str], Entity] = {}
    for kind in NAMED:
        asked |= dict([(key, one) for key, one in every.items() if one.kind == kind][:most])
    known, trouble = _known(list(asked.values()))
    others = [one for one in every.values() if one.kind not in NAMED]
    known |= {(one.kind, one.id): Known(one, f"{one.kind.capitalize()} {one.id}") for one in others}

    def named(entities: Sequence[Entity]) -> tuple[Known, ...]:
        return tuple(known[one.kind, one.id] for one in entities if (one.kind, one.id) in known)

    hidden = sum(key not in known for key in asked) if trouble is None else 0
    return Who(named(found.writers), named(found.readers), hidden, len(every) - len(asked) - len(others), trouble)


def _known(entities: list[Entity]) -> tuple[dict[tuple[str, str], Known], PortalError | None]:
    jobs = {int(one.id): one for one in entities if one.kind == "job" and one.id.isdecimal()}
    found: dict[tuple[str, str], Known] = {}
    trouble: PortalError | None = None
    runs = latest.of_each(list(jobs)) if jobs else {}
    listed = {job.id: job for job in index.look(newest=False).jobs} if jobs else {}
    for id_, one in jobs.items():
        some = runs[id_] if id_ in runs else StillRunning(latest.WITHIN)  # no runs is another thing than no answer
        if isinstance(some, PortalError):
            trouble = trouble if some.lasting else some
            continue
        job = listed.get(id_)
        name = job.name if job else some[0].name if some else ""
        if name:
            found[one.kind, one.id] = Known(one, name, some, job, _failed_task(id_, some))
    for kind, ask in (("query", _query), ("dashboard", _dashboard), ("alert", _alert)):
        wanted = [one for one in entities if one.kind == kind]
        for one, answer in zip(wanted, workspace.each(ask, wanted), strict=True):
            if isinstance(answer, Known):
                found[one.kind, one.id] = answer
            elif answer.lasting is False:
                trouble = answer
    return found, trouble


def _query(one: Entity) -> Known:
    return Known(one, saved.get(one.id).name)


def _dashboard(one: Entity) -> Known:
    return Known(one, dashboards.get(one.id).name)


def _alert(one: Entity) -> Known:
    return Known(one, alerts.get(one.id).name)


def _failed_task(job_id: int, runs: Sequence[Run]) -> str:
    """The task of the last run that failed by itself: a call, of a job whose last run failed."""
    if not runs or not runs[0].state.failed:
        return ""
    try:
        rows = history.with_tasks(job_id)
    except PortalError:
        return ""
    tasks = next((row.tasks for row in rows if row.run.id == runs[0].id), ())
    culprit: Callable[[str], bool] = {"FAILED", "TIMEDOUT", "INTERNAL_ERROR"}.__contains__
    return next((task.key for task in tasks if culprit(task.state.word)), "")


def updated(who: Who) -> Updated | None:
    """The last write by a job that has a name."""
    by = next((one for one in who.writers if one.entity.kind == "job" and one.entity.at), None)
    if by is None or by.entity.at is None:
        return None
    run = next((one for one in by.runs if str(one.id) == by.entity.run), None)
    run = run or lateness.wrote(by.runs, by.entity.at)
    return Updated(by.entity.at, by, run, lateness.late_by(by.runs, time.time() * 1000))
