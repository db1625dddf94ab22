"""Dates and ranges that move with the day: by name (`LAST_7_DAYS`), or as `dates` writes them (`now-7d/d~now/d`).

The names are those of the Queries API (`DateRangeValueDynamicDateRange`, `DateValueDynamicDate`). What they mean is not
documented there; a name is read as it reads: the last 7 days are today and the 7 days before it, the last month is the
calendar's, a week starts on Monday.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from portal.databricks import dates
from portal.databricks.dates import NoDate

NAMED = {
    "TODAY": ("now/d", "now+1d/d"), "YESTERDAY": ("now-1d/d", "now/d"),
    "THIS_WEEK": ("now/w", "now+1w/w"), "THIS_MONTH": ("now/M", "now+1M/M"), "THIS_YEAR": ("now/y", "now+1y/y"),
    "LAST_WEEK": ("now-1w/w", "now/w"), "LAST_MONTH": ("now-1M/M", "now/M"), "LAST_YEAR": ("now-1y/y", "now/y"),
    "LAST_HOUR": ("now-1h", "now"), "LAST_8_HOURS": ("now-8h", "now"), "LAST_24_HOURS": ("now-24h", "now"),
    "LAST_7_DAYS": ("now-7d/d", "now+1d/d"), "LAST_14_DAYS": ("now-14d/d", "now+1d/d"),
    "LAST_30_DAYS": ("now-30d/d", "now+1d/d"), "LAST_60_DAYS": ("now-60d/d", "now+1d/d"),
    "LAST_90_DAYS": ("now-90d/d", "now+1d/d"), "LAST_12_MONTHS": ("now-12M/d", "now+1d/d"),
}  # fmt: skip
"""The first moment, and the first that is no longer in it. `assets/src/warehouse/parameter-types.js` offers them."""
DAYS = {"NOW": "now", "YESTERDAY": "now-1d/d"}
_LAST_MOMENT = timedelta(milliseconds=1)


def zone_of(name: str | None) -> tzinfo:
    """The time zone that a browser named; UTC where it named none that is known."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def day(text: str, now: datetime, zone: tzinfo) -> str:
    """A date, as DATE has it, for a viewer in `zone`; raises `NoDate`."""
    return dates.moment(DAYS.get(text, text), now, zone).day.isoformat()


def moment(text: str, now: datetime, zone: tzinfo) -> str:
    """A date and time, as TIMESTAMP has it; raises `NoDate`."""
    return dates.written(dates.moment(DAYS.get(text, text), now, zone).at)


def days(text: str, now: datetime, zone: tzinfo) -> tuple[str, str]:
    """The first and the last day of a range; raises `NoDate`.

    >>> from datetime import UTC
    >>> at = datetime(2026, 11, 27, 15, 4, 5, tzinfo=UTC)
    >>> days("LAST_7_DAYS", at, UTC), days("LAST_MONTH", at, UTC), days("2026-01-31~now/d", at, UTC)
    (('2026-11-20', '2026-11-27'), ('2026-10-01', '2026-10-31'), ('2026-01-31', '2026-11-27'))
    """
    low, high = _ends(text, now, zone)
    return low.date().isoformat(), high.date().isoformat()


def moments(text: str, now: datetime, zone: tzinfo) -> tuple[str, str]:
    """The first and the last moment of a range, to the millisecond; raises `NoDate`."""
    low, high = _ends(text, now, zone)
    return dates.written(low), dates.written(high)


def _ends(text: str, now: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """Both included."""
    if named := NAMED.get(text):
        first, behind = (dates.moment(end, now, zone) for end in named)
        return first.at, behind.at - _LAST_MOMENT if behind.is_day else behind.at
    start, parted, end = (one.strip() for one in text.partition("~"))
    if not parted:
        raise NoDate(text)
    low, high = dates.moment(start, now, zone), dates.moment(end, now, zone)
    last = high.at + timedelta(days=1) - _LAST_MOMENT if high.is_day and high.day < datetime.max.date() else high.at
    return low.at, last
