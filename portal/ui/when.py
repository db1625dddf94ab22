"""Points in time and durations, for people.

The server does not know the viewer's zone or locale, so it writes `<time datetime>` with a relative text and the exact
time in UTC as its title. `assets/src/parts/when.js` keeps the text current and puts the title into the viewer's zone.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

from portal.ui.attributes import data
from portal.ui.elements import Element, element

_UNITS = (
    ("year", 31_557_600),
    ("month", 2_629_800),
    ("week", 604_800),
    ("day", 86_400),
    ("hour", 3600),
    ("minute", 60),
)
_NEIGHBOURS = {"day": ("yesterday", "tomorrow")} | {
    unit: (f"last {unit}", f"next {unit}") for unit in ("year", "month", "week")
}


def _relative(seconds: float) -> str:
    """As `Intl.RelativeTimeFormat` with `numeric: "auto"` says it; negative is past."""
    unit, size = next((known for known in _UNITS if abs(seconds) >= known[1]), ("second", 1))
    count = int(abs(seconds) // size)
    if unit == "second" and count < 5:
        return "just now"
    if count == 1 and unit in _NEIGHBOURS:
        return _NEIGHBOURS[unit][seconds > 0]
    text = f"{count} {unit}{'' if count == 1 else 's'}"
    return f"in {text}" if seconds > 0 else f"{text} ago"


def words(epoch_ms: float) -> str:
    """A moment as the relative time that `ago` draws."""
    return _relative(epoch_ms / 1000 - time.time())


def _time(epoch_ms: float, text: str | None, kind: str) -> Element:
    moment = datetime.fromtimestamp(epoch_ms / 1000, UTC)
    exact_text = moment.strftime("%Y-%m-%d %H:%M UTC")
    iso = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return element("Time", text or exact_text, dateTime=iso, title=exact_text, **data(when=kind))


def ago(epoch_ms: float | None, *, missing: str = "–") -> Element:
    """A moment (epoch, milliseconds), past or to come, as a relative time. `None` is drawn as `missing`."""
    if epoch_ms is None:
        return element("Span", missing, className="text-body-secondary")
    return _time(epoch_ms, words(epoch_ms), "ago")


def exact(epoch_ms: float | None, *, missing: str = "–") -> Element:
    """The same moment, written out: in UTC until the browser puts it into the viewer's zone and locale."""
    if epoch_ms is None:
        return element("Span", missing, className="text-body-secondary")
    return _time(epoch_ms, None, "exact")


def minute(epoch_ms: float | None, *, missing: str = "–") -> Element:
    """As `exact`, without seconds and zone: where room is short."""
    if epoch_ms is None:
        return element("Span", missing, className="text-body-secondary")
    return _time(epoch_ms, None, "minute")


def duration(milliseconds: float | None, *, missing: str = "–") -> str:
    """A length of time in at most two units: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `1 d 3 h`."""
    if milliseconds is None:
        return missing
    seconds = max(milliseconds, 0) / 1000
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for size, name, part, part_name in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            high, rest = divmod(whole, size)
            low = rest // part
            return f"{high} {name} {low} {part_name}" if low else f"{high} {name}"
    return f"{whole} s"


def both(epoch_ms: float | None, *, missing: str = "–") -> Element:
    """The moment written out, and how long ago."""
    if epoch_ms is None:
        return exact(None, missing=missing)
    return element("Span", [exact(epoch_ms), " (", ago(epoch_ms), ")"])


def glance(epoch_ms: float | None, *, missing: str = "–") -> Element:
    """How long ago, and the moment to the minute: for lists, where both are read as text."""
    if epoch_ms is None:
        return minute(None, missing=missing)
    return element("Span", [ago(epoch_ms), " (", minute(epoch_ms), ")"])


def utc(epoch_ms: float) -> str:
    """A moment as text where no browser puts it into the viewer's zone: a tab's title."""
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
