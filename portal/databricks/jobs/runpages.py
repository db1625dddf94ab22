"""A page of runs/get: attempts of tasks, parameters, and the run's history, as frozen objects."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from portal.databricks.jobs import kinds, model, tasks
from portal.databricks.jobs.model import Pairs
from portal.databricks.jobs.tasks import TaskRun
from portal.shapes import Json
from portal.viewer.per_viewer import size_of


@dataclass(frozen=True)
class Repair:
    """One entry of a run's history: the original run, or a repair. `id` is None for the original."""

    id: int | None
    start: int | None
    end: int | None
    state: model.State
    task_run_ids: tuple[int, ...]


@dataclass(frozen=True)
class Page:
    """A page of the run. `token` asks for it again."""

    token: str | None
    tasks: tuple[TaskRun, ...]
    parameters: tuple[tuple[str, str, str], ...]
    repairs: tuple[Repair, ...]

    @cached_property
    def moving(self) -> bool:
        """It has attempts that are not over."""
        return any(one.state.active for one in self.tasks)

    @cached_property
    def nbytes(self) -> int:
        return size_of(self.tasks) + size_of(self.parameters) + size_of(self.repairs)


def attempts(body: Json) -> tuple[TaskRun, ...]:
    return tuple(map(tasks.task_run, body.get("tasks") or ()))


def parsed(body: Json, token: str | None) -> Page:
    parameters = tuple(
        (str(one.get("name", "")), str(one.get("value", one.get("default")) or ""), str(one.get("default") or ""))
        for one in body.get("job_parameters") or []
    )
    return Page(token, attempts(body), parameters, _repairs(body))


def overriding(body: Json) -> Pairs:
    rows: list[tuple[str, str]] = []
    for kind, value in body.items():
        if isinstance(value, dict):
            rows += [(str(name), kinds.plain(inner)) for name, inner in value.items()]
        elif value:
            rows.append((kind.replace("_", " "), kinds.plain(value)))
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
