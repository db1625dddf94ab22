"""States of runs, statements and warehouses: a shape, a colour and a word, the same everywhere.

The shape alone tells them apart (a check, a cross, an open ring, a square …), so colour is never needed.
"""

from __future__ import annotations

from dataclasses import dataclass

from portal.ui.elements import Element, element
from portal.ui.icons import icon


@dataclass(frozen=True)
class Badge:
    """`tone` is a CSS class: good, bad, busy, warn or idle."""

    text: str
    tone: str
    icon: str


_RUNS = {
    "SUCCESS": Badge("Succeeded", "good", "check-circle-fill"),
    "SUCCEEDED": Badge("Succeeded", "good", "check-circle-fill"),
    "SUCCESS_WITH_FAILURES": Badge("Succeeded with failures", "warn", "exclamation-triangle-fill"),
    "FAILED": Badge("Failed", "bad", "x-circle-fill"),
    "INTERNAL_ERROR": Badge("Internal error", "bad", "octagon-fill"),
    "TIMEDOUT": Badge("Timed out", "bad", "clock"),
    "MAXIMUM_CONCURRENT_RUNS_REACHED": Badge("Too many runs", "warn", "exclamation-triangle-fill"),
    "UPSTREAM_FAILED": Badge("Upstream failed", "bad", "diagram-3"),
    "UPSTREAM_CANCELED": Badge("Upstream canceled", "idle", "slash-circle"),
    "EXCLUDED": Badge("Excluded", "idle", "dash-circle"),
    "DISABLED": Badge("Disabled", "idle", "dash-circle"),
    "CANCELED": Badge("Canceled", "idle", "slash-circle"),
    "CANCELLED": Badge("Canceled", "idle", "slash-circle"),
    "CLOSED": Badge("Closed", "idle", "slash-circle"),
    "SKIPPED": Badge("Skipped", "idle", "skip-forward-circle"),
    "RUNNING": Badge("Running", "busy", "arrow-repeat"),
    "TERMINATING": Badge("Terminating", "busy", "arrow-repeat"),
    "PENDING": Badge("Pending", "busy", "hourglass-split"),
    "QUEUED": Badge("Queued", "busy", "hourglass-split"),
    "BLOCKED": Badge("Blocked", "warn", "pause-circle"),
    "WAITING": Badge("Waiting", "busy", "hourglass-split"),
    "WAITING_FOR_RETRY": Badge("Waiting for retry", "warn", "arrow-clockwise"),
    "PAUSED": Badge("Paused", "idle", "pause-circle"),
}

_WAREHOUSES = {
    "RUNNING": Badge("Running", "good", "play-fill"),
    "STARTING": Badge("Starting", "busy", "hourglass-split"),
    "STOPPING": Badge("Stopping", "busy", "hourglass-split"),
    "STOPPED": Badge("Stopped", "idle", "stop-fill"),
    "DELETING": Badge("Deleting", "warn", "trash"),
    "DELETED": Badge("Deleted", "bad", "trash"),
}


def _other(state: str | None) -> Badge:
    """A state that Databricks may add later is shown by its own name."""
    return Badge((state or "State not given").replace("_", " ").capitalize(), "idle", "dash-circle")


def run(state: str | None) -> Badge:
    """A run's or statement's result state, or its life cycle state while it has no result."""
    return _RUNS.get(state or "", _other(state))


def warehouse(state: str | None) -> Badge:
    return _WAREHOUSES.get(state or "", _other(state or "Unknown"))


def draw(badge: Badge) -> Element:
    """Bootstrap's badge, without a colour of its own, whose `bg-…` classes would outrank the tones."""
    return element(
        "Span", [icon(badge.icon), element("Span", badge.text)], className=f"badge badge-state is-{badge.tone}"
    )


def cell(badge: Badge) -> dict[str, str]:
    """A badge as a grid's cell value; give its column `column()`."""
    return {"text": badge.text, "tone": badge.tone, "icon": badge.icon}


def column() -> dict[str, object]:
    """What a column of badges needs besides `field` and `headerName`: drawing, sorting and filtering by the word."""
    return {
        "cellRenderer": "PortalBadge",
        "valueFormatter": {"function": "params.value ? params.value.text : ''"},
        "filterValueGetter": {"function": "portalBadgeText(params)"},
        "comparator": {"function": "portalBadgeCompare"},
        "filter": "agTextColumnFilter",
    }
