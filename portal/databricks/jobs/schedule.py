"""When a job runs by itself: a Quartz schedule, a trigger or continuously; in words, and when next.

cron-descriptor finds the words; it also finds words for what is no schedule ("At 61 minutes past the hour"), so an
expression is checked first, and shown as it is, with what is wrong, where it does not pass.
"""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from cachetools import LRUCache

from portal.databricks.jobs.quartz import NotQuartz, parse
from portal.shapes import Json


@dataclass(frozen=True, slots=True)
class Schedule:
    """One way in which a job starts by itself. `kind`: "cron", "continuous", or the trigger's own name."""

    kind: str
    paused: bool = False
    detail: str = ""
    """The Quartz expression of "cron"; what the words of a trigger need."""
    zone: str = "UTC"
    """IANA name; for "cron"."""
    condition: bool = False
    """It runs only if an SQL condition holds."""

    @property
    def words(self) -> str:
        """One sentence without a full stop."""
        text = _described(self.detail, self.zone)[0] if self.kind == "cron" else _trigger_words(self.kind, self.detail)
        return f"{text}, if its SQL condition holds" if self.condition else text

    @property
    def trouble(self) -> str:
        """Why a Quartz expression is shown as it is instead of in words; "" where it is not."""
        return _described(self.detail, self.zone)[1] if self.kind == "cron" else ""

    def next(self, now: float | None = None) -> int | None:
        """The next start, epoch ms; None while paused, where nothing says, and where there is none."""
        if self.kind != "cron" or self.paused:
            return None
        return _next(self.detail, self.zone, time.time() if now is None else now)


def of(settings: Json) -> tuple[Schedule, ...]:
    """All schedules of a job's settings: `schedule`, `continuous`, `trigger`, and the newer list `triggers`."""
    found: list[Schedule] = []
    cron, continuous, trigger = (settings.get(name) or {} for name in ("schedule", "continuous", "trigger"))
    if cron:
        found.append(_cron(cron, cron))
    if continuous:
        found.append(Schedule("continuous", _paused(continuous)))
    for one in [trigger, *(settings.get("triggers") or [])]:
        found += [_trigger(one, kind, value) for kind, value in one.items() if isinstance(value, dict)]
    return tuple(found)


def _paused(settings: Json) -> bool:
    return settings.get("pause_status") == "PAUSED"


def _cron(cron: Json, pausing: Json) -> Schedule:
    return Schedule(
        "cron",
        _paused(pausing),
        str(cron.get("quartz_cron_expression", "")),
        str(cron.get("timezone_id") or "UTC"),
        bool(cron.get("sql_condition")),
    )


def _trigger(trigger: Json, kind: str, value: Json) -> Schedule:
    paused = _paused(trigger)
    match kind:
        case "schedule":
            return _cron(value, trigger)
        case "periodic":
            return Schedule(kind, paused, f"{value.get('interval', '?')} {value.get('unit', '')}".strip())
        case "file_arrival":
            return Schedule(kind, paused, str(value.get("url", "")))
        case "table_update":
            names = [str(name) for name in value.get("table_names") or []]
            # Whether any or all of them, GET does not say (`condition` is never returned).
            return Schedule(kind, paused, ", ".join(names))
        case "model":
            return Schedule(kind, paused, str(value.get("securable_name") or ""))
    return Schedule(kind, paused)


def _trigger_words(kind: str, detail: str) -> str:
    match kind:
        case "continuous":
            return "Continuously"
        case "periodic":
            count, _, unit = detail.partition(" ")
            return f"Every {unit.lower().removesuffix('s')}" if count == "1" else f"Every {detail.lower()}"
        case "file_arrival":
            return f"When files arrive in {detail}"
        case "table_update":
            return f"When tables are updated: {detail}" if ", " in detail else f"When {detail or 'a table'} is updated"
        case "model":
            return f"When model {detail} changes" if detail else "When a model changes"
        case "sql_condition":
            return "When its SQL condition holds"
    return kind.replace("_", " ").capitalize()


@cache
def _options() -> Any:
    from cron_descriptor import Options

    options = Options()
    # Quartz: 1 is Sunday.
    options.day_of_week_start_index_zero = False
    options.use_24hour_time_format = True
    return options


_SPECIAL = re.compile(r"[LW#]")
_OWN_WORDS = re.compile(r"(?<=, )(?=[0-9]+ days before)")


@lru_cache(maxsize=4096)
def _described(expression: str, zone: str) -> tuple[str, str]:
    """(in words, with the time zone where it is not UTC; why it is the expression itself instead)."""
    from cron_descriptor import FormatException, MissingFieldException, WrongArgumentException, get_description

    plain = f"By the expression {expression}"
    try:
        parse(expression)
        fields = _wordable(expression.upper().split())
        words = str(get_description(" ".join(fields), _options()))
    except NotQuartz as error:
        return plain, str(error)
    except (FormatException, MissingFieldException, WrongArgumentException):
        return plain, "There are no plain words for it."
    if _zone(zone) is None:
        return plain, f"There is no time zone {zone!r}."
    if re.fullmatch(r"L-[0-9]+W", fields[3]):
        words = _OWN_WORDS.sub("on the weekday nearest to ", words)
    if words.startswith("At ") and "," not in words and "past the hour" not in words:
        words = f"Every day at {words[3:]}"
    return (words if zone in ("UTC", "Etc/UTC") else f"{words} ({zone})"), ""


def _wordable(fields: list[str]) -> list[str]:
    """The fields in the spelling that cron-descriptor words rightly; `NotQuartz` where it would word them wrongly."""
    days = {"L": "SAT"}.get(fields[5], fields[5])
    for field in (fields[3], re.sub(r"\b[A-Z]{3}", "", days)):
        if "," in field and _SPECIAL.search(field):
            raise NotQuartz("There are no plain words for a list of special days.")
    spelled = [*fields[:5], days, *fields[6:]]
    # "/5" and "*/5" are one; only the second is worded.
    return [re.sub(r"(^|,)/", r"\1*/", field) for field in spelled]


@cache
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


_upcoming: LRUCache[tuple[str, str], tuple[float, int | None]] = LRUCache(8192)
"""(expression, zone) -> (computed at, next start): true until that start has passed; asked for thousands of jobs."""
_lock = threading.Lock()


def _next(expression: str, zone: str, at: float) -> int | None:
    with _lock:
        computed, found = _upcoming.get((expression, zone), (float("inf"), None))
    if computed <= at and (found is None or found > at * 1000):
        return found
    place = _zone(zone)
    try:
        moment = parse(expression).after(datetime.fromtimestamp(at, UTC), place) if place else None
    except NotQuartz:
        moment = None
    found = int(moment.timestamp() * 1000) if moment else None
    with _lock:
        _upcoming[expression, zone] = at, found
    return found
