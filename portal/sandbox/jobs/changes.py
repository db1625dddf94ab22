"""The routes that change: create, update, reset, delete, run-now, submit, cancel, repair, delete a run."""

from __future__ import annotations

import itertools
from typing import Any

from aiohttp import web

from portal.sandbox import errors
from portal.sandbox.jobs import permissions, plan, repair
from portal.sandbox.jobs.model import Behaviour, Job, Run, Settings
from portal.sandbox.jobs.store import NEW_RUN_SECONDS, Store
from portal.sandbox.world import Person

MAX_TOKEN = 64
"""Characters of an idempotency token."""
PARAMETERS = (
    "jar_params", "notebook_params", "python_params", "spark_submit_params", "python_named_params", "pipeline_params",
    "sql_params", "dbt_commands",
)  # fmt: skip
"""The older kinds of parameters, echoed as `overriding_parameters`."""


def routes(store: Store) -> list[web.RouteDef]:
    changes = Changes(store)
    found: list[web.RouteDef] = []
    for version in ("2.2", "2.1"):
        base = f"/api/{version}/jobs"
        found += [
            web.post(f"{base}/create", changes.create),
            web.post(f"{base}/update", changes.update),
            web.post(f"{base}/reset", changes.reset),
            web.post(f"{base}/delete", changes.delete),
            web.post(f"{base}/run-now", changes.run_now),
            web.post(f"{base}/runs/submit", changes.submit),
            web.post(f"{base}/runs/cancel", changes.cancel),
            web.post(f"{base}/runs/cancel-all", changes.cancel_all),
            web.post(f"{base}/runs/repair", changes.repair),
            web.post(f"{base}/runs/delete", changes.delete_run),
        ]
    return found + permissions.routes(store)


class Changes:
    def __init__(self, store: Store) -> None:
        self.store = store
        self._ids = itertools.count(1)

    @property
    def now(self) -> float:
        return self.store.world.clock.now()

    # Jobs

    async def create(self, request: web.Request) -> web.Response:
        body, person = await errors.json_body(request), request["person"]
        acl = permissions.parse(body.pop("access_control_list", None) or [])
        acl[("user", person.user_name)] = "IS_OWNER"
        acl.setdefault(("group", "admins"), "CAN_MANAGE")
        body.setdefault("name", "Untitled")
        body.setdefault("max_concurrent_runs", 1)
        body.setdefault("timeout_seconds", 0)
        body.setdefault("email_notifications", {})
        body["format"] = "MULTI_TASK"
        _validated(body)
        now = self.now
        id = 900_000_000_000_000 + int(now * 1000) % 10**12 * 64 + next(self._ids) % 64
        self.store.add_job(Job(id, body, person.user_name, now, acl))
        return web.json_response({"job_id": id})

    async def update(self, request: web.Request) -> web.Response:
        """Top-level fields are replaced; of `tasks`, `job_clusters` and `parameters` the named elements are."""
        body = await errors.json_body(request)
        job = self.store.job(_integer(body, "job_id"), request["person"], "CAN_MANAGE")
        settings = dict(job.settings)
        keys = {"tasks": "task_key", "job_clusters": "job_cluster_key", "environments": "environment_key"}
        for name, value in (body.get("new_settings") or {}).items():
            if name in keys:
                elements = {one[keys[name]]: one for one in settings.get(name) or []}
                elements.update({one[keys[name]]: one for one in value})
                settings[name] = list(elements.values())
            else:
                settings[name] = value
        for path in body.get("fields_to_remove") or []:
            _remove(settings, path, keys)
        _validated(settings)
        job.settings = settings
        return web.json_response({})

    async def reset(self, request: web.Request) -> web.Response:
        body = await errors.json_body(request)
        job = self.store.job(_integer(body, "job_id"), request["person"], "CAN_MANAGE")
        settings = body.get("new_settings")
        if not isinstance(settings, dict):
            raise errors.invalid_parameter("Missing required field: new_settings")
        settings = {"format": "MULTI_TASK", "max_concurrent_runs": 1, "timeout_seconds": 0, **settings}
        _validated(settings)
        job.settings = settings
        return web.json_response({})

    async def delete(self, request: web.Request) -> web.Response:
        """The job goes; its runs stay readable by their ids for a while, as they do in Databricks."""
        body = await errors.json_body(request)
        job = self.store.job(_integer(body, "job_id"), request["person"], "IS_OWNER")
        self.store.remove_job(job)
        return web.json_response({})

    # Runs

    async def run_now(self, request: web.Request) -> web.Response:
        body, person = await errors.json_body(request), request["person"]
        job = self.store.job(_integer(body, "job_id"), person, "CAN_MANAGE_RUN")
        token = _token(body)
        known = self.store.tokens.get((f"job {job.id}", token)) if token else None
        if known is None:
            known = self._start(job, body, person)
            if token:
                self.store.tokens[(f"job {job.id}", token)] = known
        return web.json_response({"run_id": known.id, "number_in_job": known.id})

    def _start(self, job: Job, body: dict[str, Any], person: Person) -> Run:
        given = body.get("job_parameters") or {}
        overriding = {name: body[name] for name in PARAMETERS if body.get(name)}
        if given and not isinstance(given, dict):
            raise errors.invalid_parameter("job_parameters must be a map.")
        known = {p["name"] for p in job.settings.get("parameters") or []}
        if known and overriding:
            raise errors.invalid_parameter(
                "Parameters of tasks cannot be overridden when a job has job parameters: use job_parameters."
            )
        parameters = {**given}
        if isinstance(overriding.get("notebook_params"), dict):
            parameters = {**overriding["notebook_params"], **parameters}
        keys = {task["task_key"] for task in job.settings.get("tasks") or []}
        only = frozenset(body.get("only") or ())
        if only - keys:
            raise errors.invalid_parameter(f"Task {sorted(only - keys)[0]} does not exist in job {job.id}.")
        return self.store.run_job(
            job, person, parameters, overriding=overriding, only=only or None, trigger="ONE_TIME",
            queue=(body.get("queue") or {}).get("enabled"),
        )  # fmt: skip

    async def submit(self, request: web.Request) -> web.Response:
        """A one-time run without a job."""
        body, person = await errors.json_body(request), request["person"]
        token = _token(body)
        known = self.store.tokens.get((f"submit {person.id}", token)) if token else None
        if known is None:
            acl = permissions.parse(body.get("access_control_list") or [])
            acl[("user", person.user_name)] = "IS_OWNER"
            settings: Settings = {"tasks": body.get("tasks") or [], "timeout_seconds": body.get("timeout_seconds", 0)}
            if not settings["tasks"]:
                raise errors.invalid_parameter("At least one task is required.")
            _validated(settings)
            parameters = _own_parameters(settings["tasks"])
            behaviour = plan.behaviour_from(parameters, Behaviour(seconds=NEW_RUN_SECONDS))
            known = self.store.add_run(
                None, self.now, settings=settings, name=body.get("run_name") or "Untitled", creator=person.user_name,
                behaviour=behaviour, acl=acl,
            )  # fmt: skip
            if token:
                self.store.tokens[(f"submit {person.id}", token)] = known
        return web.json_response({"run_id": known.id})

    async def cancel(self, request: web.Request) -> web.Response:
        """Asynchronous: the run is TERMINATING for a moment. Cancelling a finished run is no error."""
        body, person = await errors.json_body(request), request["person"]
        run, _ = self.store.find(_integer(body, "run_id"), person, "CAN_MANAGE_RUN")
        self._cancel(run, person)
        return web.json_response({})

    async def cancel_all(self, request: web.Request) -> web.Response:
        body, person = await errors.json_body(request), request["person"]
        job_id = body.get("job_id")
        if job_id is None and not body.get("all_queued_runs"):
            raise errors.invalid_parameter("Missing required field: job_id")
        jobs = (
            [self.store.job(int(job_id), person, "CAN_MANAGE_RUN")] if job_id is not None else self.store.jobs.values()
        )
        for job in jobs:
            for run in self.store.active(job, self.now):
                queued = self.store.state(run).life == "QUEUED"
                if queued or not body.get("all_queued_runs"):
                    self._cancel(run, person)
        return web.json_response({})

    def _cancel(self, run: Run, person: Person) -> None:
        if self.store.state(run).active and run.cancelled_at is None:
            run.cancelled_at, run.cancelled_by = self.now, person.user_name

    async def repair(self, request: web.Request) -> web.Response:
        body, person = await errors.json_body(request), request["person"]
        run, task = self.store.find(_integer(body, "run_id"), person, "CAN_MANAGE_RUN")
        if task is not None or run.job is None:
            raise errors.invalid_parameter(f"Run {body['run_id']} is not a job run and cannot be repaired.")
        token = _token(body)
        if token and (f"repair {run.id}", token) in self.store.tokens:
            return web.json_response({"repair_id": run.repairs[-1].id})
        made = repair.repair(self.store, run, body, self.now)
        if token:
            self.store.tokens[(f"repair {run.id}", token)] = run
        return web.json_response({"repair_id": made.id})

    async def delete_run(self, request: web.Request) -> web.Response:
        body, person = await errors.json_body(request), request["person"]
        run, _ = self.store.find(_integer(body, "run_id"), person, "CAN_MANAGE")
        if self.store.state(run).active:
            raise errors.ApiError(400, "INVALID_STATE", f"Run {run.id} is active and cannot be deleted.")
        self.store.remove_run(run)
        return web.json_response({})


def _validated(settings: Settings) -> None:
    tasks = settings.get("tasks") or []
    if any(not task.get("task_key") for task in tasks):
        raise errors.invalid_parameter("Missing required field: tasks.task_key")
    try:
        plan.ordered(tasks)
    except plan.InvalidPlan as error:
        raise errors.invalid_parameter(str(error)) from None
    schedule = settings.get("schedule")
    if schedule and len(str(schedule.get("quartz_cron_expression", "")).split()) not in (6, 7):
        raise errors.invalid_parameter(f"Invalid quartz cron expression: {schedule.get('quartz_cron_expression')!r}.")


def _own_parameters(tasks: list[Settings]) -> dict[str, str]:
    """The sandbox's own parameters, which a submitted run can only give in its tasks' base parameters."""
    found: dict[str, str] = {}
    for task in tasks:
        given = (task.get("notebook_task") or {}).get("base_parameters") or {}
        found.update({name: str(value) for name, value in given.items() if name.startswith("sandbox.")})
    return found


def _remove(settings: Settings, path: str, keys: dict[str, str]) -> None:
    """`fields_to_remove`: a field (`schedule`), or an element by its key (`tasks/task_1`)."""
    name, _, element = path.partition("/")
    if element and name in keys:
        settings[name] = [one for one in settings.get(name) or [] if one[keys[name]] != element]
    else:
        settings.pop(name, None)


def _integer(body: dict[str, Any], name: str) -> int:
    value = body.get(name)
    if value is None:
        raise errors.invalid_parameter(f"Missing required field: {name}")
    try:
        return int(value)
    except (TypeError, ValueError):
        raise errors.invalid_parameter(f"Invalid value for field {name}: {value!r}") from None


def _token(body: dict[str, Any]) -> str | None:
    token = body.get("idempotency_token")
    if token is not None and len(str(token)) > MAX_TOKEN:
        raise errors.invalid_parameter(f"The idempotency token must have at most {MAX_TOKEN} characters.")
    return str(token) if token else None
