"""Whether something that comes at regular times is late, from when it came before."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from itertools import pairwise

from portal.databricks.jobs.model import Run

LEAST = 4
"""Runs that succeeded, below which nothing is usual."""
SLACK = 0.25
"""A share of the usual time between two runs that is no delay yet, …"""
SLACK_MS = 600_000
"""… and at least so much."""


def late_by(runs: Sequence[Run], now_ms: float) -> int | None:
    """By how many ms the next success is later than usual; None where it is not, or nothing is usual.

    Usual is the median time between the ends of successive runs that succeeded: a job that fails is late too.
    """
    ends = sorted(run.end for run in runs if run.state.succeeded and run.end)
    if len(ends) < LEAST:
        return None
    usual = statistics.median(later - earlier for earlier, later in pairwise(ends))
    over = now_ms - ends[-1] - usual
    return int(over) if usual > 0 and over > max(SLACK * usual, SLACK_MS) else None


def wrote(runs: Sequence[Run], at_ms: int | None) -> Run | None:
    """The run that was under way at a moment, or else the newest that had ended by then; newest first as given."""
    if at_ms is None:
        return None
    begun = [run for run in runs if run.start is not None and run.start <= at_ms + SLACK_MS]
    return begun[0] if begun else None
