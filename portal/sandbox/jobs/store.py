"""All jobs and runs of the workspace, who may see them, and what changes them."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterator
from typing import Any

from portal.sandbox import errors
from portal.sandbox.jobs import plan, seed, states
from portal.sandbox.jobs.model import RUN_BLOCK, Behaviour, Job, Run, Settings, TaskRun
from portal.sandbox.world import Person, World

LEVELS = ("CAN_VIEW", "CAN_MANAGE_RUN", "CAN_MANAGE", "IS_OWNER")
NEW_RUN_SECONDS = 3.0
"""A task of a run that someone starts takes about this long, so that a person (or a test) sees it end."""
FIRST_RUN = 40_000_000_000 * RUN_BLOCK


class Store:
    """`world.jobs`. Jobs are kept newest first, runs in the order of their start."""

    def __init__(self, world: World, random_seed: int) -> None:
        self.world = world
        self.random_seed = random_seed
        self.reset()

    def reset(self) -> None:
        self.jobs: dict[int, Job] = {}
        self.runs: dict[int, Run] = {}
        self.by_start: list[Run] = []
        self.tokens: dict[tuple[str, str], Run] = {}
        """(what, idempotency token) -> run."""
        self.task_ids: dict[int, Iterator[int]] = {}
        self._block = itertools.count(0)
        self._order: list[Job] | None = None
        seed.forty(self, self.world.clock.now(), self.random_seed)

    # Jobs

    def add_job(self, job: Job) -> Job:
        self.jobs[job.id] = job
        self._order = None
        return job

    def remove_job(self, job: Job) -> None:
        del self.jobs[job.id]
        self._order = None

    def newest_first(self) -> list[Job]:
        if self._order is None:
            self._order = sorted(self.jobs.values(), key=lambda job: (-job.created, -job.id))
        return self._order

    def job(self, id: int, person: Person, needed: str = "CAN_VIEW") -> Job:
        job = self.jobs.get(id)
        if job is None:
            raise errors.invalid_parameter(f"Job {id} does not exist.")
        self.check(job.acl, person, needed, f"job {id}")
        return job

    def check(self, acl: dict[tuple[str, str], str], person: Person, needed: str, what: str) -> None:
        if LEVELS.index(needed) > level(acl, person):
            words = {"CAN_VIEW": "View", "CAN_MANAGE_RUN": "Manage Run", "CAN_MANAGE": "Manage", "IS_OWNER": "Owner"}
            names = " or ".join(words[name] for name in LEVELS[LEVELS.index(needed) :])
            raise errors.permission_denied(f"User {person.user_name} does not have {names} permissions on {what}.")

    # Runs

    def add_run(self, job: Job | None, start: float, **given: Any) -> Run:
        """A run with the next id. `given`: the other fields of Run."""
        id = FIRST_RUN + next(self._block) * RUN_BLOCK
        settings: Settings = given.pop("settings", job.settings if job else {})
        name = given.pop("name", job.name if job else "Untitled")
        number = next(job.numbers) if job else 1
        behaviour = given.pop("behaviour", job.behaviour if job else Behaviour())
        creator = given.pop("creator", job.creator if job else "")
        trigger = given.pop("trigger", "ONE_TIME")
        run = Run(id, job, number, name, start, trigger, creator, settings, behaviour=behaviour, **given)
        self.runs[id] = run
        bisect.insort(self.by_start, run, key=lambda one: (one.start, one.id))
        if job is not None:
            bisect.insort(job.runs, run, key=lambda one: (one.start, one.id))
        return run

    def planned(self, run: Run) -> Run:
        if run.plan is None:
            run.plan = []
            run.plan = plan.make(run, self._spawner(run), self.ids(run))
        return run

    def ids(self, run: Run) -> Iterator[int]:
        return self.task_ids.setdefault(run.id, itertools.count(run.id + 1))

    def _spawner(self, parent: Run) -> plan.Spawn:
        def spawn(job_id: int, start: float, parameters: dict[str, str]) -> tuple[int, float, str]:
            job = self.jobs.get(job_id)
            if job is None or job is parent.job:
                return 0, start, "FAILED"
            child = self.add_run(
                job, start, trigger="RUN_JOB_TASK", parameters=merged(job.settings, parameters), pace=parent.pace
            )
            self.planned(child)
            end = max([start, *(task.end for task in child.planned)])
            return child.id, end, self.state(child, end).result or "SUCCESS"

        return spawn

    def state(self, run: Run, now: float | None = None) -> states.State:
        return states.run_state(self.planned(run), self.world.clock.now() if now is None else now)

    def acl_of(self, run: Run) -> dict[tuple[str, str], str]:
        return run.job.acl if run.job else run.acl

    def find(self, id: int, person: Person, needed: str = "CAN_VIEW") -> tuple[Run, TaskRun | None]:
        """The run of this id, and the task run if the id is one's."""
        run = self.runs.get(id - id % RUN_BLOCK)
        now = self.world.clock.now()
        task = None
        if run is not None and run.start > now and run.trigger == "RUN_JOB_TASK":
            run = None
        if run is not None and id != run.id:
            task = next((t for t in _with_iterations(self.planned(run).planned) if t.id == id), None)
        if run is None or (id != run.id and task is None):
            raise errors.invalid_parameter(f"Run {id} does not exist.")
        self.check(self.acl_of(run), person, needed, f"run {id}")
        return run, task

    def active(self, job: Job, now: float) -> list[Run]:
        """Runs that hold one of the job's places now."""
        recent = job.runs[-200:]
        return [run for run in recent if run.start <= now and self.state(run, now).active]

    def run_job(self, job: Job, person: Person, parameters: dict[str, str], **given: Any) -> Run:
        """Starts a run, queues it, or skips it, by max_concurrent_runs and the queue setting."""
        now = self.world.clock.now()
        limit = int(job.settings.get("max_concurrent_runs") or 1)
        holders = self.active(job, now)
        queue = given.pop("queue", None) or (job.settings.get("queue") or {}).get("enabled", False)
        everything = merged(job.settings, parameters)
        behaviour = plan.behaviour_from(everything, job.behaviour)
        if behaviour.seconds is None:
            behaviour = Behaviour(behaviour.failing, NEW_RUN_SECONDS)
        run = self.add_run(job, now, creator=person.user_name, parameters=everything, behaviour=behaviour, **given)
        if len(holders) >= limit:
            if queue:
                ends = sorted(max(task.end for task in holder.planned) for holder in holders)
                run.queued_until = max(now, ends[len(holders) - limit])
            else:
                run.skipped = True
        return run


def level(acl: dict[tuple[str, str], str], person: Person) -> int:
    """Index in LEVELS of the most that a person may do; -1 for nothing."""
    mine = {("user", person.user_name), *(("group", name) for name in person.groups)}
    return max((LEVELS.index(word) for who, word in acl.items() if who in mine), default=-1)


def merged(settings: Settings, given: dict[str, str]) -> dict[str, str]:
    """Job parameters: the defaults, then what was given."""
    defaults = {p["name"]: str(p.get("default", "")) for p in settings.get("parameters") or []}
    return {**defaults, **{name: str(value) for name, value in given.items()}}


def _with_iterations(tasks: list[TaskRun]) -> Iterator[TaskRun]:
    for task in tasks:
        yield task
        yield from task.iterations
