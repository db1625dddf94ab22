"""What is up for a viewer right now: alerts that have fired, statements that run. A call each, kept a moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from portal.databricks import history, workspace
from portal.databricks.history import Past
from portal.databricks.watch import alerts
from portal.databricks.watch.alerts import Alert
from portal.viewer.errors import PortalError
from portal.viewer.per_viewer import per_viewer

MOST = 8
"""Of each kind; the lists have the rest."""


@dataclass(frozen=True)
class Fired:
    """`alerts` that their last evaluation triggered, the newest first, and those that failed; `partial` where there may
    be more."""

    alerts: tuple[Alert, ...]
    partial: bool


@dataclass(frozen=True)
class Now:
    """`partial`: there are more alerts than were looked at, or one of the two could not be asked."""

    fired: tuple[Alert, ...]
    running: tuple[Past, ...]
    partial: bool


@per_viewer(ttl=60, shared=True)
def _fired() -> Fired:
    # What schedules evaluate changes by the minute.
    page = alerts.page()
    found = [one for one in page.alerts if one.state in ("TRIGGERED", "ERROR") and not one.paused]
    newest = sorted(found, key=lambda one: -(one.evaluated_at or 0))
    return Fired(tuple(newest[:MOST]), page.following is not None or len(newest) > MOST)


@per_viewer(ttl=30, shared=True)
def _running() -> tuple[Past, ...]:
    return history.mine(state="RUNNING").items[:MOST]


def of_viewer() -> Now:
    """One page of alerts and one of the history. Raises only where neither can be had."""
    asks: list[Callable[[], Fired | tuple[Past, ...]]] = [_fired, _running]
    fired, running = workspace.each(lambda ask: ask(), asks)
    if isinstance(fired, PortalError) and isinstance(running, PortalError):
        raise fired
    known = fired if isinstance(fired, Fired) else Fired((), True)
    return Now(
        known.alerts,
        running if isinstance(running, tuple) else (),
        known.partial or not isinstance(running, tuple),
    )
