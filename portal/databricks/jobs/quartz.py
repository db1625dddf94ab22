"""Quartz cron expressions, as Databricks takes them for schedules: checked, and when they fire next.

Six fields or seven: seconds, minutes, hours, day of month, month, day of week (1 is Sunday), and optionally a year.
Forms: `*`, `?`, lists, ranges (which may wrap: `22-2`), steps (`0/15`, `9-17/2`) and names; for days also `L`, `L-3`,
`LW`, `15W`, `6L` (the last Friday) and `6#3` (the third Friday). Source:
https://www.quartz-scheduler.org/documentation/quartz-2.5.x/tutorials/crontrigger.html

croniter and cronsim evaluate cron, not Quartz: both count days of the week from Sunday = 0 (`2` is Tuesday there and
Monday here), and neither knows `L-3` or every use of `W`. So we work out the days; tests compare the rest with them.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

MONTHS = {"JAN": 1, "FEB": 2, "MAR": 3, "APR": 4, "MAY": 5, "JUN": 6, "JUL": 7, "AUG": 8, "SEP": 9, "OCT": 10,
          "NOV": 11, "DEC": 12}  # fmt: skip
DAYS = {"SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}


class NotQuartz(ValueError):
    """This is not a Quartz expression; `str(error)` is one sentence that says what is wrong with it."""


@dataclass(frozen=True)
class _Field:
    name: str
    low: int
    high: int
    names: dict[str, int]

    def value(self, text: str) -> int:
        value = self.names.get(text, int(text) if re.fullmatch(r"[0-9]{1,4}", text, re.ASCII) else -1)
        if not self.low <= value <= self.high:
            raise NotQuartz(f"{self.name} cannot be {text!r}: they go from {self.low} to {self.high}.")
        return value

    def values(self, text: str) -> frozenset[int]:
        """The values of one part of a list: `*`, `7`, `1-5`, `0/15`, `1-20/3`. A range may wrap around."""
        span, slash, every = text.partition("/")
        step = int(every) if re.fullmatch(r"[1-9][0-9]{0,3}", every, re.ASCII) else 0
        if slash and not 0 < step <= self.high:
            raise NotQuartz(f"{self.name} cannot go in steps of {every!r}.")
        first, dash, last = span.partition("-")
        if span in ("*", ""):
            if not slash and not span:
                raise NotQuartz(f"{self.name} are missing in {text!r}.")
            low, high = self.low, self.high
        else:
            low = self.value(first)
            high = self.value(last) if dash else self.high if slash else low
        size = self.high - self.low + 1
        count = (high - low) % size
        return frozenset((low - self.low + n) % size + self.low for n in range(0, count + 1, step or 1))


SECONDS, MINUTES, HOURS = _Field("Seconds", 0, 59, {}), _Field("Minutes", 0, 59, {}), _Field("Hours", 0, 23, {})
DAY, MONTH = _Field("Days of the month", 1, 31, {}), _Field("Months", 1, 12, MONTHS)
WEEKDAY, YEAR = _Field("Days of the week", 1, 7, DAYS), _Field("Years", 1970, 2099, {})


@dataclass(frozen=True)
class Quartz:
    """A checked expression. `days` are the parts of the day field that restricts, of the week if `by_weekday`."""

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: tuple[int, ...]
    years: frozenset[int]
    days: tuple[str, ...]
    by_weekday: bool

    def after(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """The next time it fires after `moment` (aware), in UTC; None where there is none until 2099.

        As in Quartz, a time that the change to summer time skips fires an hour later, and a time that occurs twice
        fires the first time only.
        """
        local = moment.astimezone(zone)
        for day in self._dates(local.date()):
            for hour in self.hours:
                # One hour of slack: right after the change to summer time, a skipped time is still to come.
                if day == local.date() and hour < local.hour - 1:
                    continue
                for minute in self.minutes:
                    last = datetime(day.year, day.month, day.day, hour, minute, self.seconds[-1], tzinfo=zone)
                    if last.astimezone(UTC) <= moment:
                        continue
                    for second in self.seconds:
                        found = last.replace(second=second).astimezone(UTC)
                        if found > moment:
                            return found
        return None

    def _dates(self, start: date) -> Iterator[date]:
        for year in range(start.year, YEAR.high + 1):
            if year not in self.years:
                continue
            for month in self.months:
                if (year, month) < (start.year, start.month):
                    continue
                for day in sorted(self._days(year, month)):
                    if (found := date(year, month, day)) >= start:
                        yield found

    def _days(self, year: int, month: int) -> set[int]:
        length = calendar.monthrange(year, month)[1]
        found: set[int] = set()
        for part in self.days:
            found |= _by_weekday(part, year, month, length) if self.by_weekday else _by_day(part, year, month, length)
        return found


def _quartz_weekday(year: int, month: int, day: int) -> int:
    """1 is Sunday."""
    return (date(year, month, day).weekday() + 1) % 7 + 1


def _by_weekday(part: str, year: int, month: int, length: int) -> set[int]:
    if part == "L":
        part = "7"
    name, sharp, nth = part.partition("#")
    wanted = WEEKDAY.values(name.removesuffix("L") if name != "L" else "7")
    days = [day for day in range(1, length + 1) if _quartz_weekday(year, month, day) in wanted]
    if sharp:
        return {days[int(nth) - 1]} if int(nth) <= len(days) else set()
    return {days[-1]} if part.endswith("L") else set(days)


def _by_day(part: str, year: int, month: int, length: int) -> set[int]:
    if not part.startswith("L") and not part.endswith("W"):
        return {day for day in DAY.values(part) if day <= length}
    nearest = part.endswith("W")
    base = part.removesuffix("W")
    day = length - int(base[2:] or 0) if base.startswith("L") else DAY.value(base)
    if not 1 <= day <= length:
        return set()
    return {_nearest_weekday(year, month, day, length) if nearest else day}


def _nearest_weekday(year: int, month: int, day: int, length: int) -> int:
    """The nearest day from Monday to Friday, within the month."""
    weekday = date(year, month, day).weekday()
    if weekday == 5:
        return day - 1 if day > 1 else day + 2
    if weekday == 6:
        return day + 1 if day < length else day - 2
    return day


_DAY_FORMS = re.compile(r"L(-[0-9]{1,2})?W?|[0-9]{1,2}W", re.ASCII)
_WEEKDAY_FORMS = re.compile(r"L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(L|#[1-5])", re.ASCII)


@lru_cache(maxsize=4096)
def parse(expression: str) -> Quartz:
    """The expression, checked; raises `NotQuartz`."""
    fields = expression.upper().split()
    if len(fields) not in (6, 7):
        raise NotQuartz(f"A Quartz expression has six or seven fields, and this one has {len(fields)}.")
    days, weekdays = fields[3].split(","), fields[5].split(",")
    free = [parts in (["?"], ["*"]) for parts in (days, weekdays)]
    if days == weekdays == ["?"]:
        raise NotQuartz("Only one of day of month and day of week can be '?'.")
    if not any(free):
        raise NotQuartz("It names both a day of the month and a day of the week; Quartz takes one of them.")
    for part in days if not free[0] else ():
        if not _DAY_FORMS.fullmatch(part):
            DAY.values(part)
    for part in weekdays if not free[1] else ():
        if not _WEEKDAY_FORMS.fullmatch(part):
            WEEKDAY.values(part)
    by_weekday = not free[1]
    return Quartz(
        seconds=_sorted(SECONDS, fields[0]),
        minutes=_sorted(MINUTES, fields[1]),
        hours=_sorted(HOURS, fields[2]),
        months=_sorted(MONTH, fields[4]),
        years=_all(YEAR, fields[6]) if len(fields) == 7 else _all(YEAR, "*"),
        days=tuple(weekdays if by_weekday else days if not free[0] else ["*"]),
        by_weekday=by_weekday,
    )


def _sorted(field: _Field, text: str) -> tuple[int, ...]:
    return tuple(sorted(_all(field, text)))


def _all(field: _Field, text: str) -> frozenset[int]:
    return frozenset().union(*(field.values(part) for part in text.split(",")))
