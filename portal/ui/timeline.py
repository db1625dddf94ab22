"""Where the bars of a run's timeline go: a row a task, its attempts one after another, each with its phases.

Pure geometry: positions are shares (0 to 1) of the span from the first start to the last end, or to now while the run
is on its way, without the long pauses in which nothing ran: a run repaired a day later is as wide as its work.
`assets/src/jobs/timeline.js` draws them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.databricks.jobs.tasks import TaskRun

PHASES = ("queue", "setup", "execution", "cleanup")


@dataclass(frozen=True)
class Bar:
    """A phase of an attempt. `phase` is one of PHASES."""

    phase: str
    start: float
    end: float
    milliseconds: int


@dataclass(frozen=True)
class Row:
    """A task: (attempt, its bars), oldest attempt first. No bars: it has not begun, or never ran."""

    key: str
    attempts: tuple[tuple[TaskRun, tuple[Bar, ...]], ...]


@dataclass(frozen=True)
class Tick:
    """A mark on the axis. `text` is the time since the start."""

    at: float
    milliseconds: int


@dataclass(frozen=True)
class Pause:
    """Where so many milliseconds, in which nothing ran, are left out."""

    at: float
    milliseconds: int


@dataclass(frozen=True)
class Timeline:
    """`start` and `end` in epoch ms. The rows stand in the order of the tasks that were given."""

    start: int
    end: int
    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    pauses: tuple[Pause, ...] = ()


_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 172800, 604800)
"""Seconds between two marks that people read easily."""
MARKS = 6


def layout(newest: Sequence[TaskRun], earlier: Sequence[TaskRun], start: int | None, now: float) -> Timeline:
    """The timeline of a run. `earlier` are attempts that others replaced; `now` in epoch ms, for what still runs."""
    attempts: dict[str, list[TaskRun]] = {one.key: [] for one in newest}
    for one in (*earlier, *newest):
        attempts.setdefault(one.key, []).append(one)
    every = [one for some in attempts.values() for one in some]
    begun = [one.start for one in every if one.start]
    first = min([*begun, *([start] if start else [])], default=int(now))
    ends = [_end(one, now) for one in every if one.start]
    last = max([*ends, first + 1000])
    axis = _Axis(first, last, sorted((one.start, _end(one, now)) for one in every if one.start))
    rows = []
    for key, some in attempts.items():
        some.sort(key=lambda one: (one.start or now, one.attempt))
        rows.append(Row(key, tuple((one, _bars(one, axis, now)) for one in some)))
    return Timeline(first, last, tuple(rows), _ticks(axis.span), axis.pauses())


PAUSE_MS = 60_000
"""The shortest time in which nothing ran that is left out, if all that ran took less than it."""
STUB = 0.03
"""What stands for a pause: a share of the time at work."""


class _Axis:
    """Epoch ms to shares. `busy` are (start, end) of what ran, by start."""

    def __init__(self, first: int, last: int, busy: Sequence[tuple[int, int]]) -> None:
        self.first, self.last = first, last
        gaps: list[tuple[int, int]] = []
        reached = first
        for start, end in busy:
            if start > reached:
                gaps.append((reached, start))
            reached = max(reached, end)
        worked = last - first - sum(end - start for start, end in gaps)
        self._gaps = [gap for gap in gaps if gap[1] - gap[0] > max(PAUSE_MS, worked)]
        self._stub = max(1, int(worked * STUB))
        self.span = last - first - sum(end - start - self._stub for start, end in self._gaps)

    def __call__(self, at: int) -> float:
        shown = at - self.first
        for start, end in self._gaps:
            if at >= end:
                shown -= end - start - self._stub
            elif at > start:
                shown -= (at - start) - self._stub * (at - start) // (end - start)
        return min(1.0, max(0.0, shown / self.span))

    def pauses(self) -> tuple[Pause, ...]:
        return tuple(Pause((self(start) + self(end)) / 2, end - start) for start, end in self._gaps)


def _end(one: TaskRun, now: float) -> int:
    if one.end:
        return one.end
    if one.state.active:
        return max(int(now), one.start or 0)
    return (one.start or 0) + one.phases.queue + one.phases.total


def _bars(one: TaskRun, axis: _Axis, now: float) -> tuple[Bar, ...]:
    if not one.start:
        return ()
    lengths = [one.phases.queue, one.phases.setup, one.phases.execution, one.phases.cleanup]
    # What still runs goes on since the API was asked; a clock that is behind ours must not turn a bar around.
    if one.state.active:
        begun = max((n for n, length in enumerate(lengths) if length), default=0)
        lengths[begun] += max(0, int(now) - one.start - sum(lengths))
    bars, at = [], one.start
    for phase, length in zip(PHASES, lengths, strict=True):
        if length:
            ends = min(at + length, axis.last)
            bars.append(Bar(phase, axis(at), axis(ends), length))
            at = ends
    return tuple(bars)


def _ticks(span: int) -> tuple[Tick, ...]:
    seconds = span / 1000
    step = next((step for step in _STEPS if seconds / step <= MARKS), _STEPS[-1])
    count = min(int(seconds // step), 50)
    return tuple(Tick(n * step * 1000 / span, n * step * 1000) for n in range(count + 1))
