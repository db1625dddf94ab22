"""Tasks: what a job is made of, and their runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from portal.databricks.jobs import kinds, model
from portal.databricks.jobs.model import Pairs, Phases, State
from portal.shapes import Json


@dataclass(frozen=True, slots=True)
class Task:
    """A task as its settings describe it. `kind` is the API's word without `_task`: "notebook", "for_each", …"""

    key: str
    kind: str
    what: str
    """The notebook's path, the query, the condition: what is run."""
    after: Pairs
    """(task key, the outcome that it must have: "true", "false" or "" for any)."""
    run_if: str
    """The API's word; "" where it gives none."""
    compute: str
    """Of a for-each task: its inner task's."""
    kind_words: str = ""
    fields: Pairs = ()
    """The other members of its kind, as they came."""
    retries: int | None = None
    """-1: without end; None where the API does not say."""
    disabled: bool = False
    description: str = ""
    runs_job: int | None = None


@dataclass(frozen=True, slots=True)
class ForEach:
    """How far the iterations of a for-each task are; None for what the API does not say."""

    total: int | None
    active: int | None
    succeeded: int | None
    failed: int | None
    errors: tuple[tuple[str, int | None], ...] = ()
    """(message, iterations that ended with it): Databricks' own summary."""


@dataclass(frozen=True, slots=True)
class TaskRun:
    """One attempt of a task in a run, or one iteration of a for-each task."""

    id: int
    task: Task
    state: State
    attempt: int
    start: int | None
    end: int | None
    phases: Phases
    url: str
    cluster: str = ""
    outcome: str = ""
    """Of a condition: "true" or "false"."""
    each: ForEach | None = None
    resolved: Pairs = ()
    """Parameters, with the values that references had in this run."""

    @property
    def key(self) -> str:
        return self.task.key

    def duration(self, now_ms: float) -> int | None:
        """Since it began to be set up, ms; what the API counts once it is over."""
        if self.state.active:
            return max(0, int(now_ms) - self.start - self.phases.queue) if self.start else None
        return self.phases.total or (max(0, (self.end or 0) - self.start) if self.start and self.end else None)


def newest(attempts: Iterable[TaskRun], order: Sequence[str] = ()) -> tuple[TaskRun, ...]:
    """The attempt of each task that counts, in the order of their dependencies, then of their start.

    A run lists every attempt, in any order. The newest is the one that began last: a repair may count its attempts
    anew. `order` are keys as they stood before: those that were there stay in that order, so that nothing jumps
    under its reader's eyes when it begins.
    """
    chosen: dict[str, TaskRun] = {}
    for one in attempts:
        known = chosen.get(one.key)
        if known is None or _begun(one) >= _begun(known):
            chosen[one.key] = one
    layers = _layers({key: one.task for key, one in chosen.items()})
    stood = {key: n for n, key in enumerate(order)}
    last = len(stood)

    def place(one: TaskRun) -> tuple[int, int, float, str]:
        return layers[one.key], stood.get(one.key, last), one.start or float("inf"), one.key

    return tuple(sorted(chosen.values(), key=place))


def _begun(one: TaskRun) -> tuple[float, int, int]:
    """When an attempt began, for comparing it with others of its task.

    One that is yet to begin has no start, and neither has one that was ended before it began.
    """
    if one.start or not one.state.active:
        return one.start or one.end or (float("inf") if one.attempt else 0), one.attempt, one.id
    return float("inf"), one.attempt, one.id


def worked(attempts: Iterable[TaskRun]) -> int | None:
    """For how long, in ms, at least one of these attempts was on its way: what lies between them is left out."""
    spans = sorted((one.start, one.end) for one in attempts if one.start and one.end)
    total = reached = 0
    for start, end in spans:
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total if spans else None


def ordered(tasks: Sequence[Task]) -> tuple[Task, ...]:
    """In the order of their dependencies, else as they came."""
    layers = _layers({task.key: task for task in tasks})
    return tuple(sorted(tasks, key=lambda task: layers[task.key]))


def _layers(tasks: Mapping[str, Task]) -> dict[str, int]:
    """How many tasks lie before each on the longest way; those of a circle stand where it is entered."""
    waits = {key: len({up for up, _ in one.after if up in tasks}) for key, one in tasks.items()}
    after: dict[str, list[str]] = {}
    for key, one in tasks.items():
        for up in {up for up, _ in one.after if up in tasks}:
            after.setdefault(up, []).append(key)
    layers: dict[str, int] = {}
    ready = [key for key, count in waits.items() if not count]
    while len(layers) < len(tasks):
        if not ready:
            ready = [next(key for key in tasks if key not in layers)]
        following: list[str] = []
        for key in ready:
            layers[key] = max((layers[up] for up, _ in tasks[key].after if up in layers), default=-1) + 1
            for down in after.get(key, ()):
                waits[down] -= 1
                if not waits[down] and down not in layers:
                    following.append(down)
        ready = following
    return layers


def task(body: Json) -> Task:
    """A Task or RunTask of the API."""
    kind, spec = kinds.of(body)
    after = tuple((str(one.get("task_key", "")), str(one.get("outcome") or "")) for one in body.get("depends_on") or [])
    return Task(
        key=str(body.get("task_key") or body.get("run_id") or ""),
        kind=kind,
        what=kinds.what(kind, spec),
        after=after,
        run_if=str(body.get("run_if") or ""),
        compute=kinds.compute(body),
        kind_words=kinds.words(kind, spec),
        fields=kinds.fields(kind, spec),
        retries=int(body["max_retries"]) if body.get("max_retries") is not None else None,
        disabled=bool(body.get("disabled")),
        description=str(body.get("description") or ""),
        runs_job=int(spec["job_id"]) if kind == "run_job" and spec.get("job_id") else None,
    )


def task_run(body: Json) -> TaskRun:
    """A RunTask of the API."""
    spec = body.get("condition_task") or {}
    stats = (body.get("for_each_task") or {}).get("stats") or {}
    return TaskRun(
        id=int(body.get("run_id") or 0),
        task=task(body),
        state=model.state(body),
        attempt=int(body.get("attempt_number") or 0),
        start=model.moment(body, "start_time"),
        end=model.moment(body, "end_time"),
        phases=model.phases(body),
        url=str(body.get("run_page_url") or ""),
        cluster=str((body.get("cluster_instance") or {}).get("cluster_id") or ""),
        outcome=str(spec.get("outcome") or ""),
        each=_each(stats) if stats else None,
        resolved=_resolved(body.get("resolved_values") or {}),
    )


def _each(stats: Json) -> ForEach:
    counts = stats.get("task_run_stats") or {}

    def count(name: str) -> int | None:
        found = counts.get(f"{name}_iterations")
        return None if found is None else int(found)

    errors = tuple(
        (
            model.unescaped(one.get("error_message") or one.get("termination_category") or "No message"),
            int(one["count"]) if one.get("count") is not None else None,
        )
        for one in stats.get("error_message_stats") or ()
    )
    return ForEach(count("total"), count("active"), count("succeeded"), count("failed"), errors)


def _resolved(values: Json) -> Pairs:
    found: list[tuple[str, str]] = []
    for value in values.values():
        for name, inner in (value or {}).items():
            if isinstance(inner, dict):
                found += [(str(k), kinds.plain(v)) for k, v in inner.items()]
            elif isinstance(inner, list):
                found += [(f"{name}[{n}]", kinds.plain(v)) for n, v in enumerate(inner)]
            else:
                found.append((str(name), kinds.plain(inner)))
    return tuple(found)
