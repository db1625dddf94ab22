"""What kinds of task there are, and what a task of each kind runs, out of the API's JSON.

A kind that we do not know keeps its name, and shows its members as they came.
"""

from __future__ import annotations

import json

from portal.shapes import Json

Pairs = tuple[tuple[str, str], ...]

_KINDS = {
    "ai_runtime": "AI runtime",
    "alert": "Alert",
    "clean_rooms_notebook": "Clean room notebook",
    "condition": "If/else",
    "dashboard": "Dashboard",
    "dbt": "dbt",
    "dbt_cloud": "dbt Cloud",
    "dbt_platform": "dbt platform",
    "for_each": "For each",
    "gen_ai_compute": "AI compute",
    "notebook": "Notebook",
    "pipeline": "Pipeline",
    "power_bi": "Power BI",
    "python_operator": "Python operator",
    "python_wheel": "Python wheel",
    "run_job": "Run job",
    "spark_jar": "JAR",
    "spark_python": "Python script",
    "spark_submit": "Spark submit",
    "sql": "SQL",
}
_OPERATORS = {
    "EQUAL_TO": "=",
    "NOT_EQUAL": "≠",
    "GREATER_THAN": ">",
    "GREATER_THAN_OR_EQUAL": "≥",
    "LESS_THAN": "<",
    "LESS_THAN_OR_EQUAL": "≤",
}
_SQL = ("query", "file", "alert", "dashboard")
_NAMED = ("_id", "_path", "_name")


def of(body: Json) -> tuple[str, Json]:
    """(the API's word without `_task`, its members) of a Task or RunTask; ("", {}) where it says none."""
    named = [name for name in body if name.endswith("_task") and isinstance(body[name], dict)]
    # One with members before one that is there and empty.
    name = next((name for name in named if body[name]), named[0] if named else "")
    return name.removesuffix("_task"), body.get(name) or {}


def words(kind: str, spec: Json) -> str:
    """The kind for people: "SQL query", "If/else"."""
    if kind == "sql":
        return f"SQL {_sql(spec)}".strip()
    return _KINDS.get(kind) or kind.replace("_", " ").capitalize() or "Kind not given"


def _sql(spec: Json) -> str:
    return next((name for name in _SQL if spec.get(name)), "")


def _said(spec: Json, *names: str, between: str = " ") -> str:
    return between.join(str(spec[name]) for name in names if spec.get(name) not in (None, ""))


def what(kind: str, spec: Json) -> str:
    """What is run, in a line: a notebook's path, a query's id, a condition; "" where the API does not say."""
    match kind:
        case "notebook":
            return _said(spec, "notebook_path")
        case "condition":
            operator = _OPERATORS.get(str(spec.get("op")), str(spec.get("op") or "?"))
            return f"{spec.get('left', '?')} {operator} {spec.get('right', '?')}"
        case "for_each":
            inner = spec.get("task") or {}
            inner_kind, inner_spec = of(inner)
            inputs = str(spec.get("inputs") or "")
            shown = inputs if len(inputs) <= 80 else f"{inputs[:80]}…"
            over = f"for each of {shown}" if shown else ""
            return " ".join(filter(None, [words(inner_kind, inner_spec), what(inner_kind, inner_spec), over]))
        case "run_job":
            return f"Job {spec['job_id']}" if spec.get("job_id") else ""
        case "sql":
            target = spec.get(_sql(spec)) or {}
            return _said(target, "query_id", "path", "alert_id", "dashboard_id")
        case "spark_python":
            return _said(spec, "python_file")
        case "python_wheel":
            return _said(spec, "package_name", "entry_point", between=".")
        case "spark_jar":
            return _said(spec, "main_class_name")
        case "spark_submit":
            return " ".join(map(str, spec.get("parameters") or ()))
        case "dbt":
            return "; ".join(map(str, spec.get("commands") or ()))
        case "dbt_cloud" | "dbt_platform":
            return f"Job {_said(spec, f'{kind}_job_id')}" if spec.get(f"{kind}_job_id") else ""
        case "dashboard":
            return _said(spec, "dashboard_id")
        case "alert":
            return _said(spec, "workspace_path") or _said(spec, "alert_id")
        case "power_bi":
            return _said(spec.get("power_bi_model") or {}, "workspace_name", "model_name", between=" / ")
        case "clean_rooms_notebook":
            return _said(spec, "clean_room_name", "notebook_name", between=" / ")
        case "pipeline":
            return _said(spec, "pipeline_id")
        case "python_operator":
            return _said(spec, "main")
        case "gen_ai_compute":
            return _said(spec, "command") or _said(spec, "training_script_path")
    return next((str(value) for name, value in spec.items() if name.endswith(_NAMED) and _scalar(value)), "")


_SHOWN_ELSEWHERE: dict[str, tuple[str, ...]] = {
    "notebook": ("notebook_path",),
    "condition": ("op", "left", "right", "outcome"),
    "for_each": ("task", "stats"),
    "run_job": ("job_id",),
    "sql": (),
    "spark_python": ("python_file",),
    "python_wheel": ("package_name", "entry_point"),
    "spark_jar": ("main_class_name",),
    "spark_submit": ("parameters",),
    "dbt": ("commands",),
    "dbt_cloud": ("dbt_cloud_job_id",),
    "dbt_platform": ("dbt_platform_job_id",),
    "dashboard": ("dashboard_id",),
    "alert": (),
    "power_bi": (),
    "clean_rooms_notebook": ("clean_room_name", "notebook_name"),
    "pipeline": ("pipeline_id",),
    "python_operator": ("main",),
    "gen_ai_compute": (),
}
"""Members that `what` or another line of the page shows whole."""


def fields(kind: str, spec: Json) -> Pairs:
    """The other members of a task's kind, as they came: texts and numbers plainly, the rest as JSON."""
    hidden = {*_SHOWN_ELSEWHERE.get(kind, ())} | ({"warehouse_id"} if kind in _KINDS else set())
    return tuple((name, plain(value)) for name, value in spec.items() if name not in hidden and _is_said(value))


def plain(value: object) -> str:
    """A member of an answer as text."""
    if isinstance(value, list) and all(map(_scalar, value)):
        return ", ".join(map(plain, value))
    return str(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _is_said(value: object) -> bool:
    return value not in (None, "", [], {})


def _scalar(value: object) -> bool:
    return isinstance(value, str | int | float)


def compute(body: Json) -> str:
    """Where a task runs, as its settings say; "" where they do not, or where the kind takes none."""
    kind, spec = of(body)
    if kind == "for_each":
        return compute(spec.get("task") or {})
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
    if accelerator := (body.get("compute") or {}).get("hardware_accelerator"):
        return str(accelerator)
    return ""
