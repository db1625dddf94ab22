"""Jobs, runs and task runs. A run is a *plan* on the clock: what it is at any moment follows from the time alone.

So runs live without a thread of their own: a GET a minute later finds the run a minute further on, and moving the
clock by the control plane moves every run with it.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from portal.sandbox.world import Acl

Settings = dict[str, Any]
"""JobSettings or Task in the API's own JSON."""

RUN_BLOCK = 1 << 14
"""Run ids come in blocks: the job run's own id, then its task runs', so a task run id leads to its run."""


@dataclass(frozen=True)
class Behaviour:
    """How a job's tasks go in the sandbox (nothing really runs)."""

    failing: dict[str, str] = field(default_factory=dict)
    """Task key ("*" for all others) -> "always", "once" or "twice" (the first attempts of each run, and until
    repaired), "sometimes", or "at 340": that iteration of a for-each task."""
    seconds: float | None = None
    """Execution time of each task; None draws a plausible one."""


@dataclass
class Job:
    id: int
    settings: Settings
    creator: str
    created: float
    """Seconds since the epoch."""
    acl: Acl
    behaviour: Behaviour = field(default_factory=Behaviour)
    quirks: frozenset[str] = frozenset()
    """What its answers lack or have more of: see `untidy`."""
    runs: list[Run] = field(default_factory=list, repr=False)
    """Ascending by start."""
    seen_until: float | None = None
    """Until when its schedule has been followed; None for the seed's jobs, whose runs are all there."""
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1), repr=False)

    @property
    def name(self) -> str:
        return str(self.settings.get("name", "Untitled"))

    @property
    def owned_by(self) -> tuple[str, str]:
        """(kind, name) of its owner."""
        return next((who for who, level in self.acl.items() if level == "IS_OWNER"), ("user", self.creator))


@dataclass
class TaskRun:
    """One attempt of one task (or one iteration of a for-each task). Times are seconds since the epoch."""

    id: int
    key: str
    spec: Settings
    attempt: int
    ready: float
    """Its dependencies are done and it may queue."""
    setup: float
    execution: float
    cleanup: float
    result: str
    """RunResultState once over."""
    message: str = ""
    queued: float = 0.0
    outcome: str | None = None
    """`true` or `false`, of a condition task."""
    resolved: dict[str, Any] = field(default_factory=dict)
    iterations: list[TaskRun] = field(default_factory=list)
    child_run_id: int | None = None
    """Of a run-job task."""
    next_attempt_at: float | None = None
    """When the following attempt starts, if this one failed and is retried."""

    @property
    def began(self) -> float:
        return self.ready + self.queued

    @property
    def end(self) -> float:
        return self.began + self.setup + self.execution + self.cleanup


@dataclass
class Repair:
    id: int
    start: float
    task_run_ids: list[int]


@dataclass
class Run:
    """A run of a job (or a one-time submit)."""

    id: int
    job: Job | None
    number: int
    name: str
    start: float
    trigger: str
    """TriggerType: PERIODIC, ONE_TIME, RETRY, FILE_ARRIVAL, RUN_JOB_TASK…"""
    creator: str
    settings: Settings
    """The job's settings when it started."""
    started_by: int | None = None
    """The task run that started it, of another job's run-job task."""
    parameters: dict[str, str] = field(default_factory=dict)
    overriding: dict[str, Any] = field(default_factory=dict)
    """`overriding_parameters`, as given to run-now."""
    behaviour: Behaviour = field(default_factory=Behaviour)
    pace: float = 1.0
    """Divides every duration of the plan."""
    only: frozenset[str] | None = None
    acl: Acl = field(default_factory=dict)
    """Of a submitted run; a job's run has its job's."""
    cancelled_at: float | None = None
    cancelled_by: str | None = None
    repairs: list[Repair] = field(default_factory=list)
    queued_until: float | None = None
    """It waits for a place (max_concurrent_runs) until then."""
    skipped: bool = False
    """It never ran: the job was at max_concurrent_runs and does not queue."""
    plan: list[TaskRun] | None = field(default=None, repr=False)
    """Filled by `plan.make` on first sight."""

    @property
    def planned(self) -> list[TaskRun]:
        assert self.plan is not None, "Store.planned(run) fills it"
        return self.plan

    def attempts(self, now: float) -> list[TaskRun]:
        """Every attempt that has begun, and the first of those that have not, in an order that says nothing: that of
        their drawn places, as the API gives them."""
        if self.cancelled_at is not None:
            now = min(now, self.cancelled_at)
        seen: set[str] = set()
        listed = []
        for task in self.planned:
            if task.key not in seen or task.ready <= now:
                listed.append(task)
            seen.add(task.key)
        return sorted(listed, key=lambda task: (task.id * 2_654_435_761) & 0xFFFF_FFFF)

    def current(self, now: float) -> list[TaskRun]:
        """The attempt of each task that counts at this moment, in the order of the plan: the newest that has begun,
        or else the first. An attempt that a cancellation forestalled never counts."""
        if self.cancelled_at is not None:
            now = min(now, self.cancelled_at)
        chosen: dict[str, TaskRun] = {}
        for task in self.planned:
            if task.key not in chosen or task.ready <= now:
                chosen[task.key] = task
        return list(chosen.values())
