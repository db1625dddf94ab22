"""When a Quartz schedule fires, for what the sandbox starts on its clock. `L`, `W` and `#` are not read: never."""

from __future__ import annotations

import functools
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
_BOUNDS = ((0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (1, 7))
DAYS_AHEAD = 800


class Unread(ValueError):
    """The expression is none, or one that the sandbox does not read."""


@functools.lru_cache(maxsize=1024)
def fields(expression: str) -> tuple[frozenset[int], ...]:
    """Seconds, minutes, hours, days, months, weekdays (1 is Sunday)."""
    parts = expression.upper().split()
    if len(parts) not in (6, 7):
        raise Unread(f"Invalid quartz cron expression: {expression!r}.")
    bounded = enumerate(zip(parts, _BOUNDS, strict=False))
    return tuple(_values(part, low, high, at) for at, (part, (low, high)) in bounded)


def _values(text: str, low: int, high: int, at: int) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        if span in ("*", "?", ""):
            begin, end = low, high
        else:
            begin = _number(first, at)
            end = _number(last, at) if dash else high if step else begin
        if not low <= begin <= high or not low <= end <= high:
            raise Unread(f"Invalid quartz cron expression: {text!r} is out of its range.")
        count = (end - begin) % (high - low + 1)
        steps = range(0, count + 1, _number(step or "1", 0) or high + 1)
        found |= {(begin - low + n) % (high - low + 1) + low for n in steps}
    return frozenset(found)


def _number(text: str, at: int) -> int:
    names = {4: _MONTHS, 5: _DAYS}.get(at, [])
    if text in names:
        return names.index(text) + 1
    if not re.fullmatch(r"\d{1,3}", text) or (at == 0 and text == ""):
        raise Unread(f"Invalid quartz cron expression: {text!r} is not understood.")
    return int(text)


def after(expression: str, zone: str, moment: float) -> float | None:
    """The next time it fires after `moment` (seconds since the epoch); None for what is not read."""
    try:
        seconds, minutes, hours, days, months, weekdays = fields(expression)
        place = ZoneInfo(zone)
    except (Unread, KeyError, ValueError, OSError):
        return None
    start = datetime.fromtimestamp(moment, UTC).astimezone(place)
    for ahead in range(-1, DAYS_AHEAD):
        day = start.date() + timedelta(days=ahead)
        if day.day not in days or day.month not in months or day.isoweekday() % 7 + 1 not in weekdays:
            continue
        for hour in sorted(hours):
            for minute in sorted(minutes):
                for second in sorted(seconds):
                    at = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=place).timestamp()
                    if at > moment:
                        return at
    return None


def latest(expression: str, zone: str, since: float, until: float) -> float | None:
    """The last time that it fired after `since` and not after `until`; of a year of seconds, an hour is looked at."""
    found = None
    at = after(expression, zone, max(since, until - 366 * 86400))
    for _ in range(5000):
        if at is None or at > until:
            return found
        found = at
        at = after(expression, zone, at)
    return found
