"""The routes that change: create, update, reset, delete, run-now, submit, cancel, repair, delete a run."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from pydantic import Field

from portal.sandbox import errors
from portal.sandbox.jobs import plan, repair, sqltasks
from portal.sandbox.jobs.given import OfJob, OfRun, WithToken
from portal.sandbox.jobs.model import Behaviour, Job, Run, Settings
from portal.sandbox.jobs.store import LEVELS, NEW_RUN_SECONDS, Store
from portal.sandbox.routing import Body, Call, Json
from portal.sandbox.world import Person

PARAMETERS = (
    "jar_params", "notebook_params", "python_params", "spark_submit_params", "python_named_params", "pipeline_params",
    "sql_params", "dbt_commands",
)  # fmt: skip
"""The older kinds of parameters, echoed as `overriding_parameters`."""


class Create(Body):
    """JobSettings; what has no field here is kept as it came."""

    name: str = "Untitled"
    max_concurrent_runs: int = 1
    timeout_seconds: int = 0
    email_notifications: Json = Field(default_factory=dict)
    tasks: list[Json] = Field(default_factory=list)
    access_control_list: list[Json] = Field(default_factory=list)


class Update(OfJob):
    new_settings: Json = Field(default_factory=dict)
    fields_to_remove: list[str] = Field(default_factory=list)


class Reset(OfJob):
    new_settings: Json


class RunNow(OfJob, WithToken):
    job_parameters: dict[str, Any] = Field(default_factory=dict)
    notebook_params: dict[str, Any] = Field(default_factory=dict)
    only: list[str] = Field(default_factory=list)
    queue: Json = Field(default_factory=dict)


class Submit(WithToken):
    run_name: str = "Untitled"
    tasks: list[Json] = Field(default_factory=list)
    timeout_seconds: int = 0
    access_control_list: list[Json] = Field(default_factory=list)


class CancelAll(Body):
    job_id: int | None = None
    all_queued_runs: bool = False


class Changes:
    def __init__(self, store: Store) -> None:
        self.store = store
        self._ids = itertools.count(1)

    @property
    def now(self) -> float:
        return self.store.world.clock.now()

    # Jobs

    async def create(self, call: Call[Create]) -> Json:
        person = call.person
        acl = LEVELS.parsed(call.asked.access_control_list)
        acl[("user", person.user_name)] = "IS_OWNER"
        acl.setdefault(("group", "admins"), "CAN_MANAGE")
        settings = {**call.asked.model_dump(exclude={"access_control_list"}), "format": "MULTI_TASK"}
        if "tasks" not in call.asked.model_fields_set:
            del settings["tasks"]
        _validated(settings)
        now = self.now
        id = 900_000_000_000_000 + int(now * 1000) % 10**12 * 64 + next(self._ids) % 64
        self.store.add_job(Job(id, settings, person.user_name, now, acl, seen_until=now))
        return {"job_id": id}

    async def update(self, call: Call[Update]) -> Json:
        """Top-level fields are replaced; of `tasks`, `job_clusters` and `parameters` the named elements are."""
        job = self.store.job(call.asked.job_id, call.person, "CAN_MANAGE")
        settings = dict(job.settings)
        keys = {"tasks": "task_key", "job_clusters": "job_cluster_key", "environments": "environment_key"}
        for name, value in call.asked.new_settings.items():
            if name in keys:
                elements = {one[keys[name]]: one for one in settings.get(name) or []}
                elements.update({one[keys[name]]: one for one in value})
                settings[name] = list(elements.values())
            else:
                settings[name] = value
        for path in call.asked.fields_to_remove:
            _remove(settings, path, keys)
        _validated(settings)
        self._follow(job, settings)
        return {}

    async def reset(self, call: Call[Reset]) -> Json:
        job = self.store.job(call.asked.job_id, call.person, "CAN_MANAGE")
        usual = {"format": "MULTI_TASK", "max_concurrent_runs": 1, "timeout_seconds": 0}
        settings = {**usual, **call.asked.new_settings}
        _validated(settings)
        self._follow(job, settings)
        return {}

    def _follow(self, job: Job, settings: Settings) -> None:
        """What the old schedule would have started is over; the new one counts from now."""
        sqltasks.catch_up(self.store)
        job.settings = settings

    async def delete(self, call: Call[OfJob]) -> Json:
        """The job goes; its runs stay readable by their ids for a while, as they do in Databricks."""
        self.store.remove_job(self.store.job(call.asked.job_id, call.person, "IS_OWNER"))
        return {}

    # Runs

    async def run_now(self, call: Call[RunNow]) -> Json:
        job = self.store.job(call.asked.job_id, call.person, "CAN_MANAGE_RUN")
        run = self._once(f"job {job.id}", call.asked, lambda: self._start(job, call.asked, call.person))
        return {"run_id": run.id, "number_in_job": run.id}

    def _once(self, what: str, asked: WithToken, make: Callable[[], Run]) -> Run:
        """The run that the idempotency token made before, or a new one."""
        key = what, asked.idempotency_token
        if key not in self.store.tokens:
            made = make()
            if not asked.idempotency_token:
                return made
            self.store.tokens[key] = made
        return self.store.tokens[key]

    def _start(self, job: Job, asked: RunNow, person: Person) -> Run:
        sent = asked.sent()
        overriding = {name: sent[name] for name in PARAMETERS if sent.get(name)}
        known = {p["name"] for p in job.settings.get("parameters") or []}
        if known and overriding:
            raise errors.invalid_parameter(
                "Parameters of tasks cannot be overridden when a job has job parameters: use job_parameters."
            )
        keys = {task["task_key"] for task in job.settings.get("tasks") or []}
        only = frozenset(asked.only)
        if only - keys:
            raise errors.invalid_parameter(f"Task {sorted(only - keys)[0]} does not exist in job {job.id}.")
        run = self.store.run_job(
            job, person, {**asked.notebook_params, **asked.job_parameters}, overriding=overriding, only=only or None,
            trigger="ONE_TIME", queue=asked.queue.get("enabled"),
        )  # fmt: skip
        sqltasks.begin(self.store, run)
        return run

    async def submit(self, call: Call[Submit]) -> Json:
        """A one-time run without a job."""
        asked, person = call.asked, call.person
        acl = LEVELS.parsed(asked.access_control_list)
        acl[("user", person.user_name)] = "IS_OWNER"
        settings: Settings = {"tasks": asked.tasks, "timeout_seconds": asked.timeout_seconds}
        if not asked.tasks:
            raise errors.invalid_parameter("At least one task is required.")
        _validated(settings)
        parameters = _own_parameters(asked.tasks)
        behaviour = plan.behaviour_from(parameters, Behaviour(seconds=NEW_RUN_SECONDS))

        def make() -> Run:
            return self.store.add_run(
                None, self.now, settings=settings, name=asked.run_name, creator=person.user_name,
                behaviour=behaviour, acl=acl,
            )  # fmt: skip

        return {"run_id": self._once(f"submit {person.id}", asked, make).id}

    async def cancel(self, call: Call[OfRun]) -> Json:
        """Asynchronous: the run is TERMINATING for a moment. Cancelling a finished run is no error."""
        run, _ = self.store.find(call.asked.run_id, call.person, "CAN_MANAGE_RUN")
        self._cancel(run, call.person)
        return {}

    async def cancel_all(self, call: Call[CancelAll]) -> Json:
        """Of a job, its queued runs only with `all_queued_runs`; without a job, every queued run that one manages."""
        job_id, queued_only, person = call.asked.job_id, call.asked.all_queued_runs, call.person
        if job_id is None and not queued_only:
            raise errors.invalid_parameter("Missing required field: job_id")
        if job_id is not None:
            jobs = [self.store.job(job_id, person, "CAN_MANAGE_RUN")]
        else:
            jobs = [job for job in self.store.jobs.values() if LEVELS.may(job.acl, person, "CAN_MANAGE_RUN")]
        for job in jobs:
            for run in self.store.active(job, self.now):
                if not queued_only or self.store.state(run).life == "QUEUED":
                    self._cancel(run, person)
        return {}

    def _cancel(self, run: Run, person: Person) -> None:
        if self.store.state(run).active and run.cancelled_at is None:
            run.cancelled_at, run.cancelled_by = self.now, person.user_name

    async def repair(self, call: Call[repair.Asked]) -> Json:
        asked = call.asked
        run, task = self.store.find(asked.run_id, call.person, "CAN_MANAGE_RUN")
        if task is not None or run.job is None:
            raise errors.invalid_parameter(f"Run {asked.run_id} is not a job run and cannot be repaired.")

        def make() -> Run:
            repair.repair(self.store, run, asked, self.now)
            return run

        return {"repair_id": self._once(f"repair {run.id}", asked, make).repairs[-1].id}

    async def delete_run(self, call: Call[OfRun]) -> Json:
        run, _ = self.store.find(call.asked.run_id, call.person, "CAN_MANAGE")
        if self.store.state(run).active:
            raise errors.ApiError(400, "INVALID_STATE", f"Run {run.id} is active and cannot be deleted.")
        self.store.remove_run(run)
        return {}


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
