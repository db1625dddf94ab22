"""Answers out of the SDK's dataclasses: a value for every member, by its type and its name."""

from __future__ import annotations

import copy
import dataclasses
import enum
import functools
import itertools
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from databricks.sdk.service import catalog, iam, jobs

FOLDER = Path(__file__).parent
JOB, RUN = 7701, 8801
BEGAN = 1_795_000_000_000
"""Epoch ms."""
WHO = "Ada.Lovelace@Example.com"
PRINCIPAL = "0a1b2c3d-1111-4222-8333-444455556666"
PATH = ("kept", "things", "wide")
PAGING = frozenset({"next_page_token", "prev_page_token", "has_more", "iterations"})
"""Members of pages: which answer leads on is the test's to say."""
TEXTS = {
    "job_id": JOB, "run_id": RUN, "job_run_id": RUN, "number_in_job": RUN, "original_attempt_run_id": RUN,
    "creator_user_name": WHO, "owner": PRINCIPAL, "run_as_user_name": PRINCIPAL, "principal": PRINCIPAL,
    "catalog_name": PATH[0], "schema_name": PATH[1], "quartz_cron_expression": "0 0 6 * * ?", "timezone_id": "UTC",
    "run_page_url": "https://workspace.example/run", "view_definition": "SELECT 1", "type_json": "{}",
    "inputs": '["a","b"]', "comment": "One **line**,\nand another.", "browse_only": False, "attempt_number": 1,
    "disabled": False, "max_retries": 3, "logs_truncated": True, "trigger_run": RUN, "truncated": True,
    "state_message": "It went as it went.", "error": "ValueError: no", "error_trace": "Trace\n\x1b[31mline 1\x1b[0m",
}  # fmt: skip
ENUMS = {
    "life_cycle_state": "TERMINATED",
    "result_state": "FAILED",
    "table_type": "MANAGED",
    "pause_status": "UNPAUSED",
}

_ids = itertools.count(100)


@functools.cache
def members(kind: type) -> dict[str, Any]:
    """Name to type of a dataclass's members."""
    hints = typing.get_type_hints(kind)
    return {one.name: hints[one.name] for one in dataclasses.fields(kind)}


def inner(hint: Any) -> Any:
    """Without Optional."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return next(one for one in typing.get_args(hint) if one is not type(None))
    return hint


def made(hint: Any, name: str, within: tuple[type, ...] = ()) -> Any:
    """A value of this type; None for a dataclass that is within itself."""
    hint = inner(hint)
    if typing.get_origin(hint) is list:
        one = made(typing.get_args(hint)[0], name.removesuffix("s"), within)
        return [] if one is None else [one]
    if typing.get_origin(hint) is dict:
        return {f"a {name}": made(typing.get_args(hint)[1], f"{name} value", within)}
    if dataclasses.is_dataclass(hint):
        return None if hint in within else whole(typing.cast(type, hint), within)
    if name in TEXTS:
        return TEXTS[name]
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return ENUMS.get(name) or next(iter(hint)).value
    if hint is bool:
        return True
    if hint in (int, float):
        if name.endswith(("_time", "_at")):
            return BEGAN + next(_ids) * 1000
        return next(_ids) * (1000 if name.endswith("_duration") else 1)
    return {"like": "anything"} if hint in (Any, object) else f"{name.replace('_', ' ')} {next(_ids)}"


def whole(kind: type, within: tuple[type, ...] = (), without: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Every member of a dataclass, but those of pages."""
    found = {}
    for name, hint in members(kind).items():
        if name in PAGING or name in without:
            continue
        value = made(hint, name, (*within, kind))
        if value is not None:
            found[name] = value
    return found


def kinds(of: type) -> list[str]:
    return [name for name in members(of) if name.endswith("_task")]


COMMON = frozenset({"run_id", "state", "start_time", "end_time", "execution_duration", "run_if", "attempt_number"})
"""Members of every task; the first one has all that there are."""


def tasks(of: type, within: tuple[type, ...], some: int | None = None) -> Iterator[dict[str, Any]]:
    """A task of every kind (or of so many); of a run, the attempt before it stands behind it."""
    every = kinds(of)
    before = None
    for name in every[:some]:
        left_out = frozenset(members(of)) - COMMON - {name} if before else frozenset(every) - {name}
        one = whole(of, within, left_out)
        one |= {"task_key": f"a_{name}", "depends_on": [{"task_key": before or "nowhere", "outcome": "true"}]}
        before = one["task_key"]
        if of is jobs.RunTask:
            one["run_id"] = RUN + next(_ids)
            yield one
            yield {"task_key": before, "run_id": RUN + next(_ids), "state": one["state"], "start_time": BEGAN}
        else:
            yield one


SPOKEN = ("error", "error_trace", "state_message", "message", "logs")
"""Texts of programs, which may colour them."""


def odd(body: Any, at: str = "") -> Any:
    """The same of tomorrow and in disorder."""
    if isinstance(body, dict):
        found = {name: odd(value, name) for name, value in body.items()}
        for n, name in enumerate(list(found)):
            if n % 7 == 3 and not name.endswith(("_id", "_key", "name", "settings", "tasks", "state")):
                found[name] = None
        return {"of_tomorrow": {"a": [1, None]}, **found}
    if isinstance(body, list):
        return [odd(one, at) for one in reversed(body)]
    if isinstance(body, str) and body.isupper() and len(body) > 3:
        return f"{body}_OF_TOMORROW"
    if isinstance(body, str) and at in SPOKEN:
        return f"\x1b[0;31m{body}\x1b[0m <b>"
    if isinstance(body, str) and at in ("comment", "description", "run_name"):
        return f"<b>{body}</b> \u202e " + "long" * 300
    return body


def both(answer: Any, bare: Any) -> dict[str, Any]:
    return {"whole": answer, "bare": bare, "odd": odd(copy.deepcopy(answer))}


def answers() -> dict[str, Any]:
    """Name of a file to its answers."""
    settings = whole(jobs.JobSettings, (), frozenset({"tasks"}))
    settings["tasks"] = list(tasks(jobs.Task, (jobs.JobSettings,)))
    job = whole(jobs.Job, (), frozenset({"settings"})) | {"settings": settings}
    listed = whole(jobs.BaseJob, (), frozenset({"settings"}))
    listed["settings"] = settings | {"tasks": settings["tasks"][:1]}
    run = whole(jobs.Run, (), frozenset({"tasks"})) | {"tasks": list(tasks(jobs.RunTask, (jobs.Run,)))}
    base_run = whole(jobs.BaseRun, (), frozenset({"tasks"})) | {"tasks": list(tasks(jobs.RunTask, (jobs.BaseRun,), 1))}
    output = whole(jobs.RunOutput, (), frozenset({"metadata"})) | {"metadata": {"run_id": RUN, "job_id": JOB}}
    bare_run = {"run_id": RUN, "job_id": JOB, "tasks": [{"run_id": RUN + 1, "task_key": "a"}, {"run_id": RUN + 2}]}
    catalog_, schema, table = PATH
    full = {"catalog_name": catalog_, "schema_name": schema, "name": table, "full_name": ".".join(PATH)}
    one_table = whole(catalog.TableInfo) | full
    constraints = whole(catalog.TableConstraint)
    one_table["table_constraints"] = [{name: value} for name, value in constraints.items()]
    bare_table = {"name": table, "full_name": ".".join(PATH)}
    tags = whole(catalog.EntityTagAssignment)
    grants = whole(catalog.EffectivePrivilegeAssignment)
    return {
        "jobs-list": both({"jobs": [listed]}, {"jobs": [{"job_id": JOB}]}),
        "jobs-get": both(job, {"job_id": JOB}),
        "runs-list": both({"runs": [base_run]}, {"runs": [{"run_id": RUN, "job_id": JOB}]}),
        "runs-get": both(run, bare_run),
        "runs-get-output": both(output, {}),
        "job-permissions": both(whole(jobs.JobPermissions), {}),
        "service-principals": both({"Resources": [whole(iam.ServicePrincipal)]}, {}),
        "catalogs": both(
            {"catalogs": [whole(catalog.CatalogInfo) | {"name": catalog_}]}, {"catalogs": [{"name": catalog_}]}
        ),
        "catalog": both(whole(catalog.CatalogInfo) | {"name": catalog_}, {"name": catalog_}),
        "schemas": both({"schemas": [whole(catalog.SchemaInfo) | {"name": schema}]}, {"schemas": [{"name": schema}]}),
        "schema": both(whole(catalog.SchemaInfo) | {"name": schema}, {"name": schema}),
        "tables": both({"tables": [one_table]}, {"tables": [bare_table]}),
        "table-summaries": both({"tables": [whole(catalog.TableSummary) | {"full_name": ".".join(PATH)}]}, {}),
        "table": both(one_table, bare_table),
        "functions": both({"functions": [whole(catalog.FunctionInfo)]}, {"functions": [{}]}),
        "volumes": both({"volumes": [whole(catalog.VolumeInfo)]}, {"volumes": [{}]}),
        "models": both({"registered_models": [whole(catalog.RegisteredModelInfo)]}, {"registered_models": [{}]}),
        "grants": both({"privilege_assignments": [grants]}, {"privilege_assignments": [{}]}),
        "tags": both({"tag_assignments": [tags]}, {}),
    }


SHAPES: dict[str, tuple[type, tuple[str | int, ...]]] = {
    "jobs-list": (jobs.BaseJob, ("jobs", 0)),
    "jobs-get": (jobs.Job, ()),
    "runs-list": (jobs.BaseRun, ("runs", 0)),
    "runs-get": (jobs.Run, ()),
    "runs-get-output": (jobs.RunOutput, ()),
    "job-permissions": (jobs.JobPermissions, ()),
    "service-principals": (iam.ServicePrincipal, ("Resources", 0)),
    "catalog": (catalog.CatalogInfo, ()),
    "schema": (catalog.SchemaInfo, ()),
    "table": (catalog.TableInfo, ()),
    "table-summaries": (catalog.TableSummary, ("tables", 0)),
    "functions": (catalog.FunctionInfo, ("functions", 0)),
    "volumes": (catalog.VolumeInfo, ("volumes", 0)),
    "models": (catalog.RegisteredModelInfo, ("registered_models", 0)),
    "grants": (catalog.EffectivePrivilegeAssignment, ("privilege_assignments", 0)),
    "tags": (catalog.EntityTagAssignment, ("tag_assignments", 0)),
}
"""What an answer is, and where in it: to look whether it has every member."""
