"""Points in time and durations, for people.

from portal.ui.attributes import data


The server does not know the viewer's zone or locale, so it writes `<time datetime>` with a text that is right in UTC,
and `assets/when.js` makes it relative, with the exact time in the viewer's zone on hover, and keeps it current.
"""

from __future__ import annotations

from datetime import UTC, datetime

from dash import html

from portal.ui.attributes import data


def _utc(epoch_ms: float) -> datetime:
    return datetime.fromtimestamp(epoch_ms / 1000, UTC)


def ago(epoch_ms: float | None, *, missing: str = "–") -> html.Time | html.Span:
    """A moment (epoch, milliseconds), past or to come, as a relative time. `None` is drawn as `missing`."""
    if epoch_ms is None:
        return html.Span(missing, className="text-body-secondary")
    moment = _utc(epoch_ms)
    text = moment.strftime("%Y-%m-%d %H:%M UTC")
    iso = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return html.Time(text, dateTime=iso, title=text, **data(when="ago"))


def exact(epoch_ms: float | None, *, missing: str = "–") -> html.Time | html.Span:
    """The same moment, written out in the viewer's zone and locale."""
    shown = ago(epoch_ms, missing=missing)
    if isinstance(shown, html.Time):
        setattr(shown, "data-when", "exact")
    return shown


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
