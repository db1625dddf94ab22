"""Columns of rows as an axis, a series or a measure takes them: values for plotly.js, and text for people."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import pyarrow as pa

from portal.charts.formats import NULL, Locale, period, text
from portal.charts.model import BadChart, Field, Measure, Scale
from portal.results import values

AxisType = Literal["category", "time", "number"]
Number = int | float | Decimal
Value = Any
"""Of a row, as Python has it: None, a number, a text, a date …; whoever takes one asks it what it is."""
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?Z?")


@dataclass(frozen=True)
class Axis:
    """A column along an axis. `places` are what plotly.js draws (None: no place there), `texts` what people read, and
    `keys` equal where the values are."""

    type: AxisType
    places: Sequence[Value]
    texts: list[str]
    unit: str = ""


def column(rows: pa.Table, wanted: Field | Measure) -> pa.ChunkedArray:
    """A column by its name; `BadChart` where there is none."""
    at = rows.schema.get_all_field_indices(wanted.column)
    if not at:
        raise BadChart(f"There is no column {wanted.column!r} to draw.")
    return rows.column(at[0])


def items(found: pa.ChunkedArray) -> list[Value]:
    """A column's values as Python has them, or as text where it has none: nested ones, and the year 10000."""
    if values.is_nested(found.type):
        return values.texts(found)
    try:
        return found.to_pylist()
    except (ValueError, OverflowError):
        return values.texts(found)


def numbers(rows: pa.Table, measure: Measure) -> list[Number | None]:
    """A measure's numbers, exact as the column holds them; texts of numbers are numbers. `BadChart` for other types."""
    if measure.value:
        return [_number(measure.value)] * rows.num_rows
    found = column(rows, measure)
    kind = found.type
    if values.is_number(kind):
        return found.to_pylist()
    if pa.types.is_boolean(kind):
        return [None if one is None else int(one) for one in found.to_pylist()]
    if pa.types.is_null(kind):
        return [None] * len(found)
    if values.is_text(kind):
        return [_number(one) for one in found.to_pylist()]
    if pa.types.is_duration(kind):
        unit = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[kind.unit]
        return [None if one is None else one / unit for one in found.cast(pa.int64()).to_pylist()]
    raise BadChart(f"{measure.name!r} is no column of numbers.")


def _number(one: str | None) -> Number | None:
    if one is None or len(one) > 400:
        return None
    try:
        return Decimal(one.strip()) if not re.search("[a-zA-Z]{2}", one) else float(one)
    except (ValueError, ArithmeticError):
        return None


def height(number: Number | None) -> float | int | None:
    """A number as plotly.js draws it, which is a double; None for NULL, NaN, infinities and what no double holds."""
    if number is None:
        return None
    try:
        drawn = float(number)
    except (OverflowError, ValueError):
        return None
    if not math.isfinite(drawn):
        return None
    return int(number) if isinstance(number, int) and abs(number) <= 2**53 else drawn


def axis(rows: pa.Table, wanted: Field, scale: Scale, locale: Locale) -> Axis:
    """A column along an axis, as its type or the scale wants it; what does not suit the scale becomes categories.

    Texts are categories, never numbers: ZIP codes '02134' and '2134' have two places.
    """
    found = column(rows, wanted)
    kind = found.type
    type_: AxisType = "category"
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        type_ = "time"
    elif values.is_number(kind):
        type_ = "number"
    all_ = items(found)
    if scale.type == "category":
        return _categories(all_, wanted, locale, timed=type_ == "time")
    if type_ == "time":
        return _times(all_, wanted)
    if type_ == "number":
        return Axis("number", [height(one) for one in all_], [text(one, wanted.format, locale) for one in all_])
    given = [one for one in all_ if one is not None]
    if scale.type == "time" and given and all(isinstance(one, str) and _TIME.fullmatch(one) for one in given):
        return Axis("time", all_, [one or NULL for one in all_])
    if scale.type == "number" and given and all(isinstance(one, str) for one in given):
        read = [_number(one) for one in all_]
        if all(one is None or number is not None for one, number in zip(all_, read, strict=True)):
            return Axis("number", [height(one) for one in read], [text(one, wanted.format, locale) for one in read])
    return _categories(all_, wanted, locale, timed=False)


def _categories(all_: Sequence[Value], wanted: Field, locale: Locale, *, timed: bool) -> Axis:
    unit = (wanted.unit or unit_of(all_)) if timed else ""
    names = [label(one, wanted, locale, unit) for one in all_]
    return Axis("category", list(names), names, unit)


def label(one: object, wanted: Field | None, locale: Locale, unit: str = "") -> str:
    """A value as a name: numbers without separators, since they are names here, unless a format has them."""
    form = wanted.format if wanted is not None else None
    if one is None:
        return NULL
    if isinstance(one, date) and form is None:
        return period(one, unit)
    if form is None and isinstance(one, int | float | Decimal):
        return values.text(one) or NULL
    return text(one, form, locale)


def _times(all_: Sequence[Value], wanted: Field) -> Axis:
    unit = wanted.unit or unit_of(all_)
    written: list[str] = []
    places: list[str | None] = []
    for one in all_:
        if isinstance(one, date):
            places.append(_place(one))
            written.append(text(one, wanted.format) if wanted.format else period(one, unit))
        else:
            # Plotly's years end at 9999, as Python's do.
            places.append(one if one is not None and _TIME.fullmatch(one) else None)
            written.append(one or NULL)
    return Axis("time", places, written, unit)


def _place(moment: date) -> str:
    if not isinstance(moment, datetime):
        return moment.isoformat()
    shown = moment.replace(tzinfo=None)  # of UTC, by name of an offset
    if shown.hour or shown.minute or shown.second or shown.microsecond:
        return shown.isoformat(sep=" ")
    return shown.date().isoformat()


def unit_of(all_: Sequence[Value]) -> str:
    """What times seem to be cut to: "day" where all are midnights, "month" and "year" where all begin one."""
    moments = {one for one in all_ if isinstance(one, date)}
    if not moments:
        return ""
    if any(isinstance(one, datetime) and (one.hour or one.minute or one.second or one.microsecond) for one in moments):
        return ""
    if len(moments) < 2 or any(one.day != 1 for one in moments):
        return "day"
    return "year" if len(moments) > 2 and all(one.month == 1 for one in moments) else "month"


def besides(rows: pa.Table, fields: Sequence[Field], locale: Locale) -> list[str]:
    """What the hover text of each row says besides, "" where there is nothing."""
    found = [""] * rows.num_rows
    for one in fields:
        for at, item in enumerate(items(column(rows, one))):
            found[at] += f" · {one.name}: {text(item, one.format, locale)}"
    return found
