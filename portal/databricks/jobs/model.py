"""Jobs and runs as the portal knows them: frozen, plain, and read leniently out of the API's JSON.

Every word of an enum is kept as Databricks spells it, known to us or not. Times are epoch milliseconds, durations
milliseconds; the API's 0 for "not yet" is None here.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from portal.databricks.jobs import kinds, schedule
from portal.databricks.jobs.schedule import Schedule
from portal.shapes import Json

Pairs = tuple[tuple[str, str], ...]

OVER = frozenset({"TERMINATED", "SKIPPED", "INTERNAL_ERROR"})
"""Life cycle states that are final; any other, also one that we do not know, is on its way."""
FAILED = frozenset({"FAILED", "TIMEDOUT", "INTERNAL_ERROR", "UPSTREAM_FAILED", "MAXIMUM_CONCURRENT_RUNS_REACHED"})
SUCCEEDED = frozenset({"SUCCESS", "SUCCESS_WITH_FAILURES"})

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])")
"""Terminal codes, such as the colours of a Python trace."""


def unescaped(text: object) -> str:
    """A text of a task, error or message without terminal codes."""
    return _ESCAPES.sub("", str(text or ""))


# `state` is deprecated in favour of `status`: once it is gone, these say the same.
_ENDED_AS = {
    "SUCCESS": "SUCCESS",
    "SUCCESS_WITH_FAILURES": "SUCCESS_WITH_FAILURES",
    "USER_CANCELED": "CANCELED",
    "CANCELED": "CANCELED",
    "RUN_EXECUTION_ERROR": "FAILED",
    "MAX_CONCURRENT_RUNS_EXCEEDED": "MAXIMUM_CONCURRENT_RUNS_REACHED",
    "SKIPPED": "SKIPPED",
    "DISABLED": "DISABLED",
}


@dataclass(frozen=True, slots=True)
class Job:
    """A job as the list knows it. `owner` is who created it: the list does not say more."""

    id: int
    name: str
    owner: str
    created: int
    tags: Pairs
    schedules: tuple[Schedule, ...]
    sought: str
    """What a search looks through: name, owner, tags and id, case folded."""

    @property
    def paused(self) -> bool:
        """It has schedules, and all are paused."""
        return bool(self.schedules) and all(one.paused for one in self.schedules)

    def next(self, now: float | None = None) -> int | None:
        """The next start by a schedule, epoch ms."""
        return min((at for one in self.schedules if (at := one.next(now)) is not None), default=None)


def job(body: Json) -> Job:
    """A BaseJob or Job of the API."""
    settings = body.get("settings") or {}
    id = int(body.get("job_id") or 0)
    name = str(settings.get("name") or f"Job {id}")
    owner = str(body.get("creator_user_name") or "")
    tags = tuple(sorted((str(k), kinds.plain(v or "")) for k, v in (settings.get("tags") or {}).items()))
    words = [name, owner, str(id), *(f"{key}:{value}" for key, value in tags)]
    sought = "\n".join(words).casefold()
    return Job(id, name, owner, int(body.get("created_time") or 0), tags, schedule.of(settings), sought)


class UnreadJob(Job):
    """A job of which only a run has been read, after which it is named; the list of jobs has not come to it."""

    __slots__ = ()


def unread(run: Run) -> UnreadJob:
    """The job of a run: a run is named after its job, where nobody named it otherwise."""
    return UnreadJob(run.job_id, run.name, "", 0, (), (), run.name.casefold())


@dataclass(frozen=True, slots=True)
class State:
    """`word` is the result once there is one, else the life cycle state; `message` is Databricks' own."""

    word: str
    active: bool
    message: str = ""
    code: str = ""
    """Why it ended: a termination code such as USER_CANCELED."""

    @property
    def failed(self) -> bool:
        return self.word in FAILED

    @property
    def succeeded(self) -> bool:
        return self.word in SUCCEEDED


def state(body: Json) -> State:
    """Out of `state` (older) and `status` (newer), of a run or of a task's run."""
    older, newer = body.get("state") or {}, body.get("status") or {}
    details = newer.get("termination_details") or {}
    life = str(older.get("life_cycle_state") or newer.get("state") or "")
    code = str(details.get("code") or "")
    result = str(older.get("result_state") or "")
    if not result and not older and code:
        result = _ENDED_AS.get(code, "FAILED" if details.get("type") not in (None, "SUCCESS") else code)
    queued = (newer.get("queue_details") or {}).get("message") or older.get("queue_reason")
    message = unescaped(older.get("state_message") or details.get("message") or queued)
    ended = bool(body.get("end_time")) and life in ("", "TERMINATED")
    active = not result and life not in OVER and not ended and bool(life)
    return State(result or life, active, message, code)


@dataclass(frozen=True, slots=True)
class Phases:
    """Where the time of a run went, in ms."""

    queue: int = 0
    setup: int = 0
    execution: int = 0
    cleanup: int = 0

    @property
    def total(self) -> int:
        """Without the time in the queue, as Databricks counts a task's duration."""
        return self.setup + self.execution + self.cleanup


def phases(body: Json) -> Phases:
    names = ("queue_duration", "setup_duration", "execution_duration", "cleanup_duration")
    return Phases(*(max(0, int(body.get(name) or 0)) for name in names))


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a job, without its tasks."""

    id: int
    job_id: int
    name: str
    state: State
    start: int | None
    end: int | None
    phases: Phases
    trigger: str
    creator: str
    url: str
    span: int | None = None
    """What the API itself says that it took (`run_duration`), ms."""
    worked: int | None = None
    """What its attempts took, ms, without the time between them; None where that has not been looked at."""

    @property
    def figure(self) -> str:
        """Which of the API's figures `duration` is, once the run is over."""
        if self.span is not None:
            return "run_duration"
        return "set-up, execution and clean-up" if self.phases.total else "from its start to its end"

    def duration(self, now: float | None = None) -> int | None:
        """How long it took, or has been running, in ms; never negative, whatever our clock thinks."""
        if self.state.active or (self.end is None and self.span is None):
            if self.start is None or not self.state.active:
                return self.phases.total or None
            at = (time.time() if now is None else now) * 1000
            return max(0, int(at) - self.start)
        if self.span is not None:
            return self.span
        if self.phases.total:
            return self.phases.total
        return max(0, (self.end or 0) - (self.start or 0)) if self.start else None


def run(body: Json) -> Run:
    """A BaseRun or Run of the API."""
    id = int(body.get("run_id") or 0)
    return Run(
        id=id,
        job_id=int(body.get("job_id") or 0),
        name=str(body.get("run_name") or f"Run {id}"),
        state=state(body),
        start=moment(body, "start_time"),
        end=moment(body, "end_time"),
        phases=phases(body),
        trigger=str(body.get("trigger") or ""),
        creator=str(body.get("creator_user_name") or ""),
        url=str(body.get("run_page_url") or ""),
        span=int(body["run_duration"]) if body.get("run_duration") else None,
    )


def moment(body: Json, name: str) -> int | None:
    """A time of the API, where 0 is "not yet"."""
    return int(body.get(name) or 0) or None
