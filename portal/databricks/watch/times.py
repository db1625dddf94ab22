"""A schedule as a person gives it: how often, at what time, where; checked, in words, with its next starts."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from portal.databricks.jobs.quartz import NotQuartz, Quartz, parse
from portal.databricks.jobs.schedule import Schedule
from portal.viewer.errors import PortalError

STARTS = 5
AHEAD = 400
"""Days in which a start that daylight saving skips is looked for."""
OFTEN = {
    "hourly": "Every hour",
    "daily": "Every day",
    "weekdays": "Monday to Friday",
    "weekly": "Every week",
    "monthly": "Every month",
    "quartz": "By the Quartz expression below",
}
DAYS = {
    "MON": "Monday",
    "TUE": "Tuesday",
    "WED": "Wednesday",
    "THU": "Thursday",
    "FRI": "Friday",
    "SAT": "Saturday",
    "SUN": "Sunday",
}
_TIME = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)", re.ASCII)


@dataclass(frozen=True)
class Plan:
    """A checked schedule. `starts` are epoch ms; `skipped` says what happens at an hour that daylight saving skips."""

    cron: str
    zone: str
    words: str
    starts: tuple[int, ...]
    skipped: str = ""


def given(values: Mapping[str, object]) -> Plan:
    """The plan of a dialog's fields (`often`, `at`, `day`, `date`, `cron`, `zone`). `PortalError` says why not."""
    often = str(values.get("often") or "")
    if often == "quartz":
        return plan(" ".join(str(values.get("cron") or "").split()), str(values.get("zone") or ""))
    found = _TIME.fullmatch(str(values.get("at") or "").strip())
    if found is None or often not in OFTEN:
        raise PortalError("The time must be hours and minutes, as in 08:00, so nothing was done.")
    hour, minute = int(found[1]), int(found[2])
    day = str(values.get("day") or "MON")
    date = str(values.get("date") or "1").strip()
    if often == "weekly" and day not in DAYS:
        raise PortalError("There is no such day of the week, so nothing was done.")
    if often == "monthly" and not re.fullmatch(r"[1-9]|[12]\d|3[01]|L", date):
        raise PortalError("The day of the month must be 1 to 31, or L for its last, so nothing was done.")
    cron = {
        "hourly": f"0 {minute} * * * ?",
        "daily": f"0 {minute} {hour} * * ?",
        "weekdays": f"0 {minute} {hour} ? * MON-FRI",
        "weekly": f"0 {minute} {hour} ? * {day}",
        "monthly": f"0 {minute} {hour} {date} * ?",
    }[often]
    return plan(cron, str(values.get("zone") or ""))


def plan(cron: str, zone: str, now: float | None = None) -> Plan:
    """A Quartz expression in a time zone. `PortalError` says what is wrong with either."""
    try:
        place = ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise PortalError(f"There is no time zone “{zone[:60]}”; one is Europe/Berlin. Nothing was done.") from None
    try:
        quartz = parse(cron[:200])
    except NotQuartz as error:
        raise PortalError(f"{error} Nothing was done.") from None
    moment = datetime.fromtimestamp(time.time() if now is None else now, UTC)
    starts: list[int] = []
    following = moment
    while len(starts) < STARTS and (at := quartz.after(following, place)) is not None:
        starts.append(int(at.timestamp() * 1000))
        following = at
    if not starts:
        raise PortalError("This schedule never starts, so nothing was done.")
    return Plan(
        cron, zone, Schedule("cron", detail=cron, zone=zone).words, tuple(starts), _skipped(quartz, place, moment)
    )


def _skipped(quartz: Quartz, zone: ZoneInfo, now: datetime) -> str:
    """The first start within `AHEAD` days that falls into an hour that the clocks skip, in a sentence; "" for none."""
    day = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    for _ in range(AHEAD):
        begins, ends = (datetime.combine(one, datetime.min.time(), zone) for one in (day, day + timedelta(days=1)))
        if (ends.utcoffset() or timedelta()) > (begins.utcoffset() or timedelta()):
            at = begins.astimezone(UTC) - timedelta(seconds=1)
            for _ in range(100):
                found = quartz.after(at, zone)
                if found is None or found >= ends.astimezone(UTC):
                    break
                local, at = found.astimezone(zone), found
                if local.hour not in quartz.hours or local.minute not in quartz.minutes:
                    day_text = f"{local:%-d %B %Y}"
                    return f"On {day_text} the clocks skip the hour of this start: it comes at {local:%H:%M} then."
        day += timedelta(days=1)
    return ""
