"""What is up for a viewer right now: alerts that have fired, statements that run. Two calls, kept a moment."""

from __future__ import annotations

import time
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
LASTING = 10_000
"""Milliseconds for which a statement runs that is told: a younger one, such as the home page's own, has mostly ended by
the time that somebody reads of it."""


@dataclass(frozen=True)
class Now:
    """`fired`: alerts that their last evaluation triggered, the newest first, and those that failed. `partial`: there
    are more alerts than were looked at, or one of the two could not be asked. `running` has run for `LASTING`."""

    fired: tuple[Alert, ...]
    running: tuple[Past, ...]
    partial: bool


@per_viewer(ttl=30, shared=True)
def of_viewer() -> Now:
    """One page of alerts and one of the history. Raises only where neither can be had."""
    asks: list[Callable[[], object]] = [alerts.page, lambda: history.mine(state="RUNNING")]
    page, past = workspace.each(lambda ask: ask(), asks)
    if isinstance(page, PortalError) and isinstance(past, PortalError):
        raise page
    fired: list[Alert] = []
    partial = isinstance(page, PortalError) or isinstance(past, PortalError)
    if isinstance(page, alerts.Page):
        fired = [one for one in page.alerts if one.state in ("TRIGGERED", "ERROR") and not one.paused]
        partial = partial or page.following is not None
    since = time.time() * 1000 - LASTING
    running = [one for one in past.items if (one.started_at or 0) <= since] if isinstance(past, history.Page) else []
    newest = sorted(fired, key=lambda one: -(one.evaluated_at or 0))
    return Now(tuple(newest[:MOST]), tuple(running[:MOST]), partial or len(fired) > MOST)
