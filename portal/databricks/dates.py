"""Dates and times of filters and parameters: written out, or relative to now in the viewer's time zone (`now-7d/d`).

A relative one is `now`, steps (`-12M`), and the unit that it is rounded down to (`/M`). Units: y, Q, M, w (from
Monday), d, h, m, s.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

_RELATIVE = re.compile(r"now((?:[+-]\d{1,5}[yQMwdhHms])*)(?:/([yQMwdhHms]))?")
_STEP = re.compile(r"([+-]\d+)(\w)")
_MONTHS = {"y": 12, "Q": 3, "M": 1}
_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "H": 3_600, "m": 60, "s": 1}


class NoDate(ValueError):
    """A text that is no date here."""


@dataclass(frozen=True)
class Moment:
    """A wall clock's time, without a zone. `is_day`: a day was meant, not its first moment."""

    at: datetime
    is_day: bool

    @property
    def day(self) -> date:
        return self.at.date()

    @property
    def following(self) -> date:
        """The day after it; of the last day that there is, itself."""
        return self.day + timedelta(days=1) if self.day < date.max else self.day


def moment(text: str, now: datetime, zone: tzinfo) -> Moment:
    """What a text means at `now` for a viewer in `zone`; raises `NoDate`.

    >>> from datetime import UTC
    >>> at = datetime(2026, 11, 27, 15, 4, 5, tzinfo=UTC)
    >>> str(moment("now-12M/M", at, UTC).day), str(moment("now/w", at, UTC).day), str(moment("2026-02-28", at, UTC).day)
    ('2025-11-01', '2026-11-23', '2026-02-28')
    """
    text = text.strip()
    if found := _RELATIVE.fullmatch(text):
        local = now.astimezone(zone).replace(tzinfo=None)
        steps, unit = found.groups()
        try:
            for count, step in _STEP.findall(steps):
                local = _moved(local, int(count), step)
            return Moment(_rounded(local, unit) if unit else local, bool(unit) and unit in "yQMwd")
        except (ValueError, OverflowError):
            raise NoDate(text) from None
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return Moment(datetime.fromisoformat(text), True)
        if re.match(r"\d{4}-\d\d-\d\d[T ]\d", text):
            found_at = datetime.fromisoformat(text)
            return Moment(found_at.astimezone(zone).replace(tzinfo=None) if found_at.tzinfo else found_at, False)
    except (ValueError, OverflowError):
        pass
    raise NoDate(text)


def _moved(at: datetime, count: int, unit: str) -> datetime:
    """Months are moved by the calendar: a month after 31 January is the last day of February."""
    if unit in _SECONDS:
        return at + timedelta(seconds=count * _SECONDS[unit])
    months = at.year * 12 + at.month - 1 + count * _MONTHS[unit]
    year, month = divmod(months, 12)
    return at.replace(year=year, month=month + 1, day=min(at.day, calendar.monthrange(year, month + 1)[1]))


def _rounded(at: datetime, unit: str) -> datetime:
    match unit:
        case "s":
            return at.replace(microsecond=0)
        case "m":
            return at.replace(second=0, microsecond=0)
        case "h" | "H":
            return at.replace(minute=0, second=0, microsecond=0)
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    match unit:
        case "w":
            return day - timedelta(days=day.weekday())
        case "M":
            return day.replace(day=1)
        case "Q":
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case "y":
            return day.replace(month=1, day=1)
    return day


def written(at: datetime) -> str:
    """As a TIMESTAMP's text."""
    return at.isoformat(sep=" ")
