"""All jobs and runs of the workspace, who may see them, and what changes them."""

from __future__ import annotations

import bisect
import itertools
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from portal.sandbox import errors
from portal.sandbox.acl import Levels
from portal.sandbox.jobs import plan, states
from portal.sandbox.jobs.model import RUN_BLOCK, Behaviour, Job, Run, Settings, TaskRun
from portal.sandbox.world import Acl, Person, World

LEVELS = Levels(
    {
        "CAN_VIEW": "Can view the job's settings and its runs",
        "CAN_MANAGE_RUN": "Can view, run, cancel and repair",
        "CAN_MANAGE": "Can change the job and its permissions",
        "IS_OWNER": "Is owner of the job",
    }
)
MAX_TASKS_PLANNED = 60_000
"""Task runs kept in memory; plans of finished runs beyond it are made anew when they are asked for."""
NEW_RUN_SECONDS = 3.0
"""A task of a run that someone starts takes about this long, so that a person (or a test) sees it end."""
FIRST_RUN = 40_000_000_000 * RUN_BLOCK


class Store:
    """`world.jobs`. Jobs and runs are kept in the order in which they began."""

    def __init__(self, world: World, random_seed: int, fill: Callable[[Store], None]) -> None:
        """`fill` puts the seed state in, here and at each reset."""
        self.world = world
        self.random_seed = random_seed
        self._fill = fill
        self.reset()

    def reset(self) -> None:
        self.jobs: dict[int, Job] = {}
        self.runs: dict[int, Run] = {}
        self.by_start: list[Run] = []
        self.tokens: dict[tuple[str, str], Run] = {}
        """(what, idempotency token) -> run."""
        self.task_ids: dict[int, Iterator[int]] = {}
        self._planned: deque[Run] = deque()
        self._tasks_planned = 0
        self._block = itertools.count(0)
        self._order: list[Job] | None = None
        self._longest: dict[int, tuple[list[Settings], int]] = {}
        """`plan.longest` of a list of tasks by its address (and the list, so that the address stays its own)."""
        self._fill(self)

    # Jobs

    def add_job(self, job: Job) -> Job:
        self.jobs[job.id] = job
        self._order = None
        return job

    def remove_job(self, job: Job) -> None:
        del self.jobs[job.id]
        self._order = None

    def by_creation(self) -> list[Job]:
        """Oldest first."""
        if self._order is None:
            self._order = sorted(self.jobs.values(), key=lambda job: (job.created, job.id))
        return self._order

    def job(self, id: int, person: Person, needed: str = "CAN_VIEW") -> Job:
        job = self.jobs.get(id)
        if job is None:
            raise errors.invalid_parameter(f"Job {id} does not exist.")
        LEVELS.require(job.acl, person, needed, f"job {id}")
        return job

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
        if any("run_job_task" in task for task in settings.get("tasks") or []):
            # Its children must be there before anyone looks at the run, or lists would change by being read.
            self.planned(run)
        return run

    def remove_run(self, run: Run) -> None:
        del self.runs[run.id]
        self.by_start.remove(run)
        if run.job is not None:
            run.job.runs.remove(run)

    def planned(self, run: Run) -> Run:
        if run.plan is None:
            run.plan = []
            run.plan = plan.make(run, self.spawner(run), self.ids(run))
            self._planned.append(run)
            self._tasks_planned += len(run.plan)
            while self._tasks_planned > MAX_TASKS_PLANNED and len(self._planned) > 1:
                self._forget(self._planned.popleft())
        return run

    def _forget(self, run: Run) -> None:
        """Drops the plan of a finished run; it is the same when it is made again. A repaired one, and one that
        started children, is kept for good."""
        self._tasks_planned -= len(run.planned)
        children = any(task.child_run_id is not None for task in run.planned)
        if not run.repairs and not children and self.surely_over(run, self.world.clock.now()):
            run.plan = None
            self.task_ids.pop(run.id, None)

    def ids(self, run: Run) -> Iterator[int]:
        return self.task_ids.setdefault(run.id, itertools.count(run.id + 1))

    def spawner(self, parent: Run) -> plan.Spawn:
        def spawn(job_id: int, start: float, parameters: dict[str, str], by: int) -> tuple[int, float, str]:
            job = self.jobs.get(job_id)
            if job is None or job is parent.job:
                return 0, start, "FAILED"
            child = self.add_run(
                job, start, trigger="RUN_JOB_TASK", parameters=merged(job.settings, parameters), pace=parent.pace,
                started_by=by,
            )  # fmt: skip
            self.planned(child)
            end = max([start, *(task.end for task in child.planned)])
            return child.id, end, self.state(child, end).result or "SUCCESS"

        return spawn

    def state(self, run: Run, now: float | None = None) -> states.State:
        return states.run_state(self.planned(run), self.world.clock.now() if now is None else now)

    def surely_over(self, run: Run, now: float) -> bool:
        """Whether the run must have ended, told without planning it."""
        tasks: list[Settings] = run.settings.get("tasks") or []
        known = self._longest.get(id(tasks))
        if known is None or known[0] is not tasks:
            known = self._longest[id(tasks)] = tasks, plan.longest(tasks)
        longest = (run.behaviour.seconds or plan.LONGEST_TASK) + plan.LONGEST_SETUP
        return run.start + longest * known[1] < now and not run.repairs and run.queued_until is None

    def acl_of(self, run: Run) -> Acl:
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
        LEVELS.require(self.acl_of(run), person, needed, f"run {id}")
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
        if len(holders) >= limit and queue:
            ends = sorted(max(task.end for task in holder.planned) for holder in holders)
            given["queued_until"] = max(now, ends[len(holders) - limit])
        elif len(holders) >= limit:
            given["skipped"] = True
        return self.add_run(job, now, creator=person.user_name, parameters=everything, behaviour=behaviour, **given)


def merged(settings: Settings, given: dict[str, str]) -> dict[str, str]:
    """Job parameters: the defaults, then what was given."""
    defaults = {p["name"]: str(p.get("default", "")) for p in settings.get("parameters") or []}
    return {**defaults, **{name: str(value) for name, value in given.items()}}


def _with_iterations(tasks: list[TaskRun]) -> Iterator[TaskRun]:
    for task in tasks:
        yield task
        yield from task.iterations
