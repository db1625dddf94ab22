"""Tasks: what a job is made of, and their runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portal.databricks.jobs import model
from portal.databricks.jobs.model import Pairs, Phases, State

Json = dict[str, Any]

_KINDS = {
    "notebook": "Notebook",
    "sql": "SQL",
    "spark_python": "Python script",
    "python_wheel": "Python wheel",
    "spark_jar": "JAR",
    "spark_submit": "Spark submit",
    "pipeline": "Pipeline",
    "dbt": "dbt",
    "run_job": "Run job",
    "condition": "If/else",
    "for_each": "For each",
    "dashboard": "Dashboard",
    "power_bi": "Power BI",
}
_OPERATORS = {
    "EQUAL_TO": "=",
    "NOT_EQUAL": "≠",
    "GREATER_THAN": ">",
    "GREATER_THAN_OR_EQUAL": "≥",
    "LESS_THAN": "<",
    "LESS_THAN_OR_EQUAL": "≤",
}


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
    compute: str
    retries: int = 0
    disabled: bool = False
    description: str = ""
    runs_job: int | None = None

    @property
    def kind_words(self) -> str:
        return _KINDS.get(self.kind) or self.kind.replace("_", " ").capitalize() or "Task"


@dataclass(frozen=True, slots=True)
class ForEach:
    """How far the iterations of a for-each task are."""

    total: int
    active: int
    succeeded: int
    failed: int


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


def task(body: Json) -> Task:
    """A Task or RunTask of the API. A kind that we do not know keeps its name."""
    kind = next((name.removesuffix("_task") for name in body if name.endswith("_task") and body[name]), "")
    spec = body.get(f"{kind}_task") or {}
    after = tuple((str(one.get("task_key", "")), str(one.get("outcome") or "")) for one in body.get("depends_on") or [])
    return Task(
        key=str(body.get("task_key") or body.get("run_id") or ""),
        kind=kind,
        what=_what(kind, spec),
        after=after,
        run_if=str(body.get("run_if") or "ALL_SUCCESS"),
        compute=_compute(body, spec),
        retries=int(body.get("max_retries") or 0),
        disabled=bool(body.get("disabled")),
        description=str(body.get("description") or ""),
        runs_job=int(spec["job_id"]) if kind == "run_job" and spec.get("job_id") else None,
    )


def _what(kind: str, spec: Json) -> str:
    match kind:
        case "notebook":
            return str(spec.get("notebook_path", ""))
        case "condition":
            operator = _OPERATORS.get(str(spec.get("op")), str(spec.get("op")))
            return f"{spec.get('left', '')} {operator} {spec.get('right', '')}"
        case "for_each":
            inner = task(spec.get("task") or {})
            inputs = str(spec.get("inputs", ""))
            shown = inputs if len(inputs) <= 80 else f"{inputs[:80]}…"
            return f"{inner.kind_words} {inner.what} for each of {shown}".strip()
        case "run_job":
            return f"Job {spec.get('job_id', '')}"
        case "sql":
            named = next((name for name in ("query", "file", "dashboard", "alert") if spec.get(name)), "")
            target = spec.get(named) or {}
            return f"{named} {next((str(v) for v in target.values()), '')}".strip()
        case "spark_python":
            return str(spec.get("python_file", ""))
        case "python_wheel":
            return f"{spec.get('package_name', '')}.{spec.get('entry_point', '')}"
        case "spark_jar":
            return str(spec.get("main_class_name", ""))
        case "dbt":
            return "; ".join(map(str, spec.get("commands") or ()))
    return next((str(value) for name, value in spec.items() if name.endswith(("_id", "_path", "_name"))), "")


def _compute(body: Json, spec: Json) -> str:
    if spec.get("warehouse_id"):
        return f"Warehouse {spec['warehouse_id']}"
    if body.get("job_cluster_key"):
        return f"Job cluster {body['job_cluster_key']}"
    if body.get("existing_cluster_id"):
        return f"Cluster {body['existing_cluster_id']}"
    if body.get("new_cluster"):
        return "A cluster of its own"
    if body.get("environment_key"):
        return f"Serverless, environment {body['environment_key']}"
    return ""


def task_run(body: Json) -> TaskRun:
    """A RunTask of the API."""
    spec = body.get("condition_task") or {}
    stats = ((body.get("for_each_task") or {}).get("stats") or {}).get("task_run_stats")
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
    def count(name: str) -> int:
        return int(stats.get(f"{name}_iterations") or 0)

    return ForEach(count("total"), count("active"), count("succeeded"), count("failed"))


def _resolved(values: Json) -> Pairs:
    found: list[tuple[str, str]] = []
    for value in values.values():
        for name, inner in (value or {}).items():
            if isinstance(inner, dict):
                found += [(str(k), str(v)) for k, v in inner.items()]
            elif isinstance(inner, list):
                found += [(f"{name}[{n}]", str(v)) for n, v in enumerate(inner)]
            else:
                found.append((str(name), str(inner)))
    return tuple(found)
