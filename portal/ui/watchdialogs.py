"""The dialogs of schedules and alerts: their fields, and what they say before anything is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from portal.databricks.saved import SavedQuery
from portal.databricks.watch.alertactions import Destination
from portal.databricks.watch.alertbody import AGGREGATIONS, NO_ROWS, OPERATORS
from portal.databricks.watch.alerts import Alert
from portal.databricks.watch.times import DAYS, OFTEN, Plan
from portal.ui.actions import Dialog, Field
from portal.ui.watchview import CONFIRMED


def _pairs(found: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(found.items())


def _times(zone: str, cron: str = "") -> tuple[Field, ...]:
    return (
        Field("often", "How often", "quartz" if cron else "daily", "select", _pairs(OFTEN)),
        Field("at", "At (hours and minutes)", "08:00"),
        Field("day", "Day, of every week", "MON", "select", _pairs(DAYS)),
        Field("date", "Day, of every month (1 to 31, L for the last)", "1"),
        Field("cron", "Quartz expression (only for “By the Quartz expression”)", cron),
        Field("zone", "Time zone", zone),
    )


def schedule(token: str, query: SavedQuery, zone: str) -> Dialog:
    """Asks when; nothing is made yet."""
    text = f"A job of the workspace runs “{query.name}” as you. The next step shows when, before anything is made."
    return Dialog(
        "schedule.plan", token, "Schedule this query", text, "Show the starts", legend="When", fields=_times(zone),
        into=CONFIRMED,
    )  # fmt: skip


def planned(token: str, plan: Plan) -> Dialog:
    """Says what will be: in words, the next starts in the schedule's zone, and what daylight saving does to it."""
    place = ZoneInfo(plan.zone)
    starts = ", ".join(
        f"{datetime.fromtimestamp(at / 1000, UTC).astimezone(place):%a %-d %b %Y %H:%M}" for at in plan.starts
    )
    text = f"{plan.words}. Next starts ({plan.zone}): {starts}. {plan.skipped}".strip()
    return Dialog("schedule.create", token, "Create this schedule?", text, "Create", into=CONFIRMED)


def change(action: str, token: str, name: str, text: str, danger: bool = False) -> Dialog:
    """Pause, resume, remove: nothing to fill in."""
    return Dialog(action, token, name, text, name, danger=danger, into=CONFIRMED)


def alert(
    token: str, query: SavedQuery, column: str, doubt: str, destinations: Sequence[Destination], zone: str
) -> Dialog:
    """Asks for all of a new alert."""
    text = f"It keeps a copy of the text of “{query.name}” as it is now, and runs as you. {doubt}".strip()
    fields = (
        Field("name", "Name", query.name),
        *_condition(column, "", "GREATER_THAN", ""),
        *_told(destinations, True, ()),
        *_times(zone),
    )
    return Dialog(
        "alert.create", token, "Tell me when", text, "Create the alert", legend="Alert", fields=fields, into=CONFIRMED
    )


def edit(token: str, one: Alert, destinations: Sequence[Destination], me: str) -> Dialog:
    """The same, filled with what it is."""
    operator = NO_ROWS if one.no_rows else one.operator
    mine = any(who.casefold() == me.casefold() for who in one.told)
    fields = (
        Field("name", "Name", one.name),
        *_condition(one.column, one.aggregation, operator, one.threshold),
        *_told(destinations, mine, one.told),
        *_times(one.zone, one.cron),
    )
    text = "What it compares, when, and who is told. Its text stays as it is."
    return Dialog("alert.edit", token, "Edit this alert", text, "Save", legend="Alert", fields=fields, into=CONFIRMED)


def _condition(column: str, aggregation: str, operator: str, threshold: str) -> tuple[Field, ...]:
    operators = (*_pairs(OPERATORS), (NO_ROWS, "There are no rows"))
    return (
        Field("column", "Column of the result", column),
        Field("aggregation", "Of the column", aggregation, "select", _pairs(AGGREGATIONS)),
        Field("operator", "Fires when it", operator, "select", operators),
        Field("threshold", "Threshold", threshold),
    )


def _told(destinations: Sequence[Destination], me: bool, told: Sequence[str]) -> tuple[Field, ...]:
    others = (Field(f"to:{one.id}", f"Tell {one.name}", one.id in told, "check") for one in destinations)
    return (Field("me", "Tell me by e-mail", me, "check"), *others)


_AGAIN = {
    "schedule.plan": ("Schedule this query", "Show the starts", "When"),
    "alert.create": ("Tell me when", "Create the alert", "Alert"),
    "alert.edit": ("Edit this alert", "Save", "Alert"),
}


def again(
    action: str, token: str, trouble: str, values: Mapping[str, object], destinations: Sequence[Destination]
) -> Dialog | None:
    """The same dialog with what was filled in, and what is wrong with it; None for one without fields."""
    if action not in _AGAIN:
        return None
    title, confirm, legend = _AGAIN[action]
    fields = _times("")
    if action != "schedule.plan":
        fields = (Field("name", "Name", ""), *_condition("", "", "", ""), *_told(destinations, False, ()), *fields)
    filled = tuple(replace(one, value=_kept(values.get(one.name), one.value)) for one in fields)
    return Dialog(action, token, title, trouble, confirm, legend=legend, fields=filled, into=CONFIRMED)


def _kept(given: object, otherwise: str | bool) -> str | bool:
    return given if isinstance(given, str | bool) else otherwise
