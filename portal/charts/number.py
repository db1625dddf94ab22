"""One number, large: with its target and how far it is from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal, localcontext
from typing import Literal

import pyarrow as pa

from portal.charts import columns
from portal.charts.formats import Format, Locale, text
from portal.charts.model import BadChart, Chart, Field
from portal.charts.palette import colour
from portal.charts.rules import matched
from portal.results.values import text as plain_text


@dataclass(frozen=True)
class Number:
    """`text` for people, `value` the raw number as text (None: NULL). `period` is the time that it is of, if any.

    `target` is what it is compared with, named `target_name`, and `change` the share by which the number is above
    ("+4.2%") or below it; "" where there is none.
    """

    name: str
    text: str
    value: str | None
    target_name: str = ""
    target: str = ""
    change: str = ""
    direction: Literal["", "up", "down", "same"] = ""
    color: str = ""
    period: str = ""


def number(chart: Chart, rows: pa.Table, locale: Locale) -> Number:
    """The first row's number; along `chart.x` the newest one, compared with that of one unit before where there is no
    other target. Raises `BadChart` where there is no column of numbers.
    """
    if not chart.y:
        raise BadChart("Choose a column of numbers.")
    measure = chart.y[0]
    if not rows.num_rows:
        return Number(measure.name, text(None), None)
    numbers = columns.numbers(rows, measure)
    at, before, period, earlier = 0, None, "", ""
    if chart.x is not None:
        at, before, period, earlier = _newest(chart.x, rows, locale)
    found = numbers[at]
    rule = matched(chart.rules, found)
    made = Number(
        measure.name, text(found, measure.format, locale), plain_text(found), period=period,
        color=colour(rule.color if rule else measure.color, chart.palette),
    )  # fmt: skip
    if chart.target is not None:
        wanted, name = columns.numbers(rows, chart.target)[at], chart.target.name
        form = chart.target.format or measure.format
    elif before is not None:
        wanted, name, form = numbers[before], earlier, measure.format
    else:
        return made
    change, direction = changed(found, wanted, locale)
    said = text(wanted, form, locale)
    return replace(made, target_name=name, target=said, change=change, direction=direction)


def _newest(by: Field, rows: pa.Table, locale: Locale) -> tuple[int, int | None, str, str]:
    """The row of the newest time and that of one unit before it, and how both are called."""
    items = columns.items(columns.column(rows, by))
    order = sorted((at for at, one in enumerate(items) if one is not None), key=lambda at: str(items[at]))
    if not order:
        return 0, None, "", ""
    unit = by.unit or columns.unit_of(items)
    newest = items[order[-1]]
    wanted = _before(newest, unit) if isinstance(newest, date) else None
    before = next((at for at in order if items[at] == wanted), None) if wanted is not None else None
    earlier = columns.label(wanted, by, locale, unit) if before is not None else ""
    return order[-1], before, columns.label(newest, by, locale, unit), earlier


def _before(moment: date, unit: str) -> date | None:
    """One unit earlier.

    >>> _before(date(2025, 1, 1), "month"), _before(date(2025, 1, 1), "week")
    (datetime.date(2024, 12, 1), datetime.date(2024, 12, 25))
    """
    try:
        months = {"year": 12, "quarter": 3, "month": 1}.get(unit)
        if months is not None:
            year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
            return moment.replace(year=year, month=month + 1)
        steps = {"week": timedelta(7), "day": timedelta(1), "hour": timedelta(hours=1), "minute": timedelta(minutes=1)}
        return moment - steps[unit] if unit in steps else None
    except (ValueError, OverflowError):
        return None


def changed(
    found: columns.Number | None, wanted: columns.Number | None, locale: Locale
) -> tuple[str, Literal["", "up", "down", "same"]]:
    """How far a number is from another, as a share of that one; "" where there is none.

    >>> changed(110, 100, Locale()), changed(Decimal("99.5"), 100, Locale()), changed(1, 0, Locale())
    (('+10%', 'up'), ('-0.5%', 'down'), ('', 'up'))
    """
    if found is None or wanted is None or columns.height(found) is None or columns.height(wanted) is None:
        return "", ""
    with localcontext(prec=60):
        difference = Decimal(found) - Decimal(wanted)
        direction: Literal["up", "down", "same"] = "up" if difference > 0 else "down" if difference < 0 else "same"
        if not wanted:
            return "", direction
        share = difference / abs(Decimal(wanted))
    said = text(share, Format("number-percent", places=1), locale)
    return (f"+{said}" if difference > 0 else said), direction
