"""A counter: one value, large, with its target, or with the period before and a small line of all periods."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pyarrow as pa

from portal.boards import colours, formats, given
from portal.boards.encodings import Reader, unit
from portal.charts import columns
from portal.charts.columns import Value
from portal.charts.formats import Format, Locale, number, period, text
from portal.charts.model import BadChart, Measure, Rule
from portal.charts.number import Number, changed
from portal.charts.palette import colour
from portal.charts.rules import matched
from portal.results.values import text as plain_text

MOST_POINTS = 1_000
"""Of the small line; the newest."""
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_SECONDS = {"week": 604_800, "day": 86_400, "hour": 3_600, "minute": 60}
_FIELD = re.compile(r"\{\{\s*([^{}]{1,200}?)\s*\}\}")


@dataclass(frozen=True)
class Counter:
    """`number` as `portal.charts.number` has it. `period` names the newest period, whose value it is, and `line` are
    the periods' values, oldest first; "" and () where there are no periods."""

    number: Number
    period: str = ""
    line: tuple[float | None, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """What a counter shows: `value` and `target` are columns, `rows` the numbers (from 1) of their rows."""

    value: str
    name: str = ""
    format: Format | None = None
    template: str = ""
    row: int = 1
    color: str = ""
    rules: tuple[Rule, ...] = ()
    palette: tuple[str, ...] = ()
    target: str = ""
    target_name: str = ""
    target_format: Format | None = None
    target_row: int = 1
    offset: int | None = None
    """Of the target's period, from the newest; None: it is the same row's."""
    is_difference: bool = False
    period: str = ""
    unit: str = ""
    counts_rows: bool = False


def read(reader: Reader) -> Wanted:
    """From the encodings of a counter; raises `BadChart`."""
    of, target = reader.node("value"), reader.node("target")
    if not of and target:
        # As the older editor's were brought over: a target alone is the value.
        of, target = target, {}
    name = given.text(of, "fieldName")
    if not name:
        raise BadChart("This counter does not say which value it shows.")
    style = given.node(of, "style")
    own = colours.read(of.get("color"), reader.palette) or colours.read(style.get("color"), reader.palette)
    if not own and reader.widget.background:
        # A colour of the author's ground: without one it would be white on white.
        own = colours.read(style.get("fontColor"), reader.palette)
    over = given.node(target, "period")
    template = given.text(of, "formatTemplate")
    form = formats.read(of.get("format"), template)
    needs_row = bool(template) and not (form and form.template)
    called = given.text(reader.node("period"), "fieldName")
    return Wanted(
        value=name,
        name=reader.title(of),
        format=form,
        template=template if needs_row else "",
        row=given.whole(of, "rowNumber", 1, 1, 10_000),
        color=own,
        rules=colours.rules(style, reader.palette),
        palette=reader.palette,
        target=given.text(target, "fieldName"),
        target_name=reader.title(target),
        target_format=formats.read(target.get("format"), given.text(target, "formatTemplate")),
        target_row=given.whole(target, "rowNumber", 1, 1, 10_000),
        offset=given.whole(over, "offset", 0, -1_000, 1_000) if over else None,
        is_difference=given.text(given.node(target, "change"), "type") in {"difference", "absolute", "value"},
        period=called,
        unit=unit(reader.widget.query, called),
    )


def counter(wanted: Wanted, rows: pa.Table, locale: Locale) -> Counter | None:
    """The counter over its rows; None where they have no such row. Raises `BadChart` where a column is missing."""
    if wanted.counts_rows:
        return Counter(_number(wanted, rows.num_rows, None, {}, locale))
    values = _column(rows, wanted.value)
    if wanted.period:
        return _newest(wanted, values, rows, locale)
    if wanted.row > len(values):
        return None
    at = wanted.row - 1
    target = None
    if wanted.target:
        targets = _column(rows, wanted.target)
        target = targets[wanted.target_row - 1] if wanted.target_row <= len(targets) else None
    return Counter(_number(wanted, values[at], target, _row(rows, at), locale))


def _newest(wanted: Wanted, values: list[Value], rows: pa.Table, locale: Locale) -> Counter | None:
    periods = _column(rows, wanted.period)
    places: dict[Value, int] = {}
    for at, one in enumerate(periods):
        if one is not None:
            places.setdefault(one, at)
    if not places:
        return None
    order = sorted(places)
    newest = order[-1]
    length = wanted.unit or _unit(order)
    offset = wanted.offset if wanted.offset is not None else -1
    earlier = moved(newest, offset, length)
    before = places.get(earlier) if earlier is not None else None
    target, name = None, wanted.target_name
    if wanted.target and wanted.offset is None:
        target = _column(rows, wanted.target)[places[newest]]
    elif before is not None:
        target = _column(rows, wanted.target or wanted.value)[before]
        name = name or f"vs {_named(earlier, length)}"
    line = [_height(values[places[one]]) for one in order[-MOST_POINTS:]]
    found = _number(wanted, values[places[newest]], target, _row(rows, places[newest]), locale, name)
    return Counter(found, _named(newest, length), tuple(line) if len(line) > 1 else ())


def _number(
    wanted: Wanted, value: Value, target: Value, row: Mapping[str, object], locale: Locale, target_name: str = ""
) -> Number:
    rule = matched(wanted.rules, value)
    own = colour(rule.color if rule else wanted.color, wanted.palette)
    name = wanted.name or wanted.value
    shown = _filled(wanted.template, value, wanted.format, row, locale) or _text(value, wanted.format, locale)
    made = Number(name, shown, plain_text(value), color=own)
    if target is None:
        return made
    said = _text(target, wanted.target_format or wanted.format, locale)
    change, direction = ("", "") if not _is_number(value) or not _is_number(target) else changed(value, target, locale)
    if wanted.is_difference and direction:
        difference = _text(value - target, wanted.format, locale)
        change = f"+{difference}" if direction == "up" else difference
    return Number(
        name, made.text, made.value, target_name or wanted.target_name or wanted.target, said, change, direction,  # type: ignore[arg-type]
        own,
    )  # fmt: skip


def _text(value: Value, form: Format | None, locale: Locale) -> str:
    """A value in its format. A currency's sign that a template has as well is written once."""
    if form is not None and form.template and form.type == "number-currency" and _is_number(value):
        bare = number(value, Format(**{**vars(form), "template": ""}), locale)
        before = form.template.partition("{}")[0]
        if before and bare.startswith(before[-1]):
            return form.template.replace("{}", bare[1:], 1)
    return text(value, form, locale)


def _filled(template: str, value: Value, form: Format | None, row: Mapping[str, object], locale: Locale) -> str:
    """A template that names other columns as well."""

    def part(found: re.Match[str]) -> str:
        match found[1]:
            case "@":
                return plain_text(value) or ""
            case "@formatted":
                return text(value, form, locale)
        return plain_text(row.get(found[1])) or ""

    return _FIELD.sub(part, template)[:1_000] if template else ""


def _column(rows: pa.Table, name: str) -> list[Value]:
    return columns.items(columns.column(rows, Measure(name)))


def _row(rows: pa.Table, at: int) -> dict[str, Value]:
    one = rows.slice(at, 1)
    return {name: columns.items(one.column(place))[0] for place, name in reversed(list(enumerate(rows.column_names)))}


def _is_number(value: Value) -> bool:
    return not isinstance(value, bool | str | date) and columns.height(value) is not None


def _height(value: Value) -> float | None:
    return float(value) if _is_number(value) else None


def _unit(order: list[Value]) -> str:
    """The unit of periods that no expression names: days, where they are."""
    if all(isinstance(one, datetime) and (one.hour, one.minute, one.second) == (0, 0, 0) for one in order):
        return "day"
    return "day" if all(isinstance(one, date) and not isinstance(one, datetime) for one in order) else ""


def moved(at: Value, count: int, unit: str) -> Value:
    """The period that is `count` units after; None where that is none.

    >>> moved(date(2025, 9, 1), -1, "month"), moved(datetime(2025, 1, 1), -1, "day"), moved("x", -1, "day")
    (datetime.date(2025, 8, 1), datetime.datetime(2024, 12, 31, 0, 0), None)
    """
    if not isinstance(at, date):
        return None
    try:
        if unit in _MONTHS:
            months = at.year * 12 + at.month - 1 + count * _MONTHS[unit]
            year, month = divmod(months, 12)
            return at.replace(year=year, month=month + 1, day=min(at.day, calendar.monthrange(year, month + 1)[1]))
        if unit in _SECONDS:
            return at + timedelta(seconds=count * _SECONDS[unit])
    except (ValueError, OverflowError):
        return None
    return None


def _named(at: Value, unit: str) -> str:
    return period(at, unit) if isinstance(at, date) else text(at)
