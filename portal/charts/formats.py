"""Numbers and dates as a chart, a counter, a table or a pivot writes them: the formats of AI/BI dashboards.

The portal's words are English (months, "NULL"); only the separators are the viewer's. Numbers are exact: an integer or
DECIMAL never passes through a double, and a DOUBLE is rounded from the number that it is.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Literal, get_args

from portal.results.values import text as plain_text

FormatType = Literal["", "number", "number-plain", "number-percent", "number-currency", "date", "date-time", "plain"]
FORMAT_TYPES: tuple[FormatType, ...] = get_args(FormatType)
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
SYMBOLS = {
    "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CNY": "CN¥", "INR": "₹", "KRW": "₩", "BRL": "R$", "AUD": "A$",
    "CAD": "CA$", "NZD": "NZ$", "MXN": "MX$", "ILS": "₪", "VND": "₫", "TWD": "NT$", "HKD": "HK$", "PHP": "₱",
}  # fmt: skip
"""Of currencies, as CLDR has them for English; other codes stand before their number as they are."""
_STEPS = (("", 0), ("K", 3), ("M", 6), ("B", 9), ("T", 12))
_WIDE = Context(prec=400, rounding=ROUND_HALF_UP)
_FLOAT_DIGITS = 12
"""Of a DOUBLE without a format: what follows is noise of its summation."""


@dataclass(frozen=True)
class Format:
    """How values are written. `places` is a number of decimals, of which zeros at the end are left out unless `exact`;
    None: as many as the value has. `template` holds `{}` where the number goes, `suffix` follows it. `date` and `time`
    are AI/BI's names of styles."""

    type: FormatType = ""
    places: int | None = None
    exact: bool = False
    compact: bool = False
    group: bool = True
    currency: str = "USD"
    suffix: str = ""
    template: str = ""
    date: str = ""
    time: str = ""


@dataclass(frozen=True)
class Locale:
    """The viewer's separators: of decimals, and of groups of three digits."""

    decimal: str = "."
    group: str = ","

    @classmethod
    def of(cls, separators: str) -> Locale:
        """From a text of two characters (".,"); anything else is English."""
        if len(separators) != 2 or any(one.isalnum() for one in separators) or separators[0] == separators[1]:
            return cls()
        return cls(*separators)


ENGLISH = Locale()
NULL = "NULL"


def text(value: object, form: Format | None = None, locale: Locale = ENGLISH) -> str:
    """A value for people.

    >>> text(109982), text(Decimal("1234.50")), text(None), text(0.1 + 0.2)
    ('109,982', '1,234.50', 'NULL', '0.3')
    >>> text(1234567, Format("number-currency", places=1, compact=True))
    '$1.2M'
    >>> text(0.256, Format("number-percent", places=1))
    '25.6%'
    >>> text(1234567.891, Format("number", places=2), Locale(",", "."))
    '1.234.567,89'
    >>> text(date(2025, 9, 1), Format("date", date="locale-short-month"))
    'Sep 1, 2025'
    """
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return number(value, form or Format(), locale)
    if isinstance(value, datetime):
        return _moment(value, form)
    if isinstance(value, date):
        return _day(value, form.date) if form is not None and form.type in {"date", "date-time"} else value.isoformat()
    return plain_text(value) or ""


def number(value: int | float | Decimal, form: Format, locale: Locale = ENGLISH) -> str:
    """A number. NaN and infinities are words."""
    if isinstance(value, float) and not math.isfinite(value):
        return plain_text(value) or ""
    if form.type == "plain":
        return plain_text(value) or ""
    exact = Decimal(value)
    shown: str | None = None
    step = ""
    if form.type == "number-percent":
        exact = exact.scaleb(2, _WIDE)
    if form.compact and form.type != "number-percent":
        exact, step = _compacted(exact, form.places)
    places = form.places
    if places is None and isinstance(value, float) and not step:
        exact = Context(prec=_FLOAT_DIGITS).create_decimal(exact)
        shown = format(exact.normalize(), "f")
    elif places is None:
        places = 2 if form.type in {"number-currency", "number-percent"} else None
        places = 1 if step else places
    if shown is None and places is not None:
        places = min(max(places, 0), 100)
        rounded = exact.quantize(Decimal(1).scaleb(-places), context=_WIDE)
        shown = format(rounded, "f")
        is_exact = form.exact or (form.places is None and form.type == "number-currency" and not step)
        if not is_exact and "." in shown:
            shown = shown.rstrip("0").rstrip(".")
    shown = shown if shown is not None else format(exact, "f")
    sign = "-" if shown.startswith("-") and shown.strip("-0.") else ""
    digits = _grouped(shown.lstrip("-"), form.group, locale) + step
    if form.type == "number-currency":
        code = form.currency.upper() or "USD"
        digits = f"{SYMBOLS[code]}{digits}" if code in SYMBOLS else f"{code}\u00a0{digits}"
    elif form.type == "number-percent":
        digits += "%"
    whole = f"{sign}{digits}"
    if form.template:
        whole = form.template.replace("{}", whole, 1)
    return whole + form.suffix


def _compacted(exact: Decimal, places: int | None) -> tuple[Decimal, str]:
    """A number in thousands, millions and so on, by what it rounds to: 999,950 is 1M, not 1,000K."""
    for name, power in _STEPS:
        scaled = exact.scaleb(-power, _WIDE)
        rounded = scaled.quantize(Decimal(1).scaleb(-min(max(1 if places is None else places, 0), 100)), context=_WIDE)
        if abs(rounded) < 1000 or name == "T":
            break
    return scaled, name


def _grouped(digits: str, group: bool, locale: Locale) -> str:
    whole, _, fraction = digits.partition(".")
    if group:
        whole = re.sub(r"(?<=\d)(?=(?:\d{3})+$)", locale.group.replace("\\", r"\\"), whole)
    return f"{whole}{locale.decimal}{fraction}" if fraction else whole


def _moment(value: datetime, form: Format | None) -> str:
    if value.utcoffset() == timedelta(0):
        value = value.replace(tzinfo=None)
    if form is not None and form.type == "date":
        return _day(value, form.date)
    if form is not None and form.type == "date-time":
        return f"{_day(value, form.date)}, {_clock(value.time(), form.time)}" if form.time else _day(value, form.date)
    return value.isoformat(sep=" ")


def _day(value: date, style: str) -> str:
    month = MONTHS[value.month - 1]
    match style:
        case "locale-short-month":
            return f"{month[:3]} {value.day}, {value.year}"
        case "locale-long-month":
            return f"{month} {value.day}, {value.year}"
        case "locale-numerical-month" | "locale-short":
            return f"{value.month}/{value.day}/{value.year}"
        case "month-year" | "locale-month-year":
            return f"{month} {value.year}"
    return f"{value.year:04d}-{value.month:02d}-{value.day:02d}"


def _clock(value: time, style: str) -> str:
    hour, half = (value.hour % 12) or 12, "AM" if value.hour < 12 else "PM"
    match style:
        case "locale-hour-minute":
            return f"{hour}:{value.minute:02d} {half}"
        case "locale-hour-minute-second":
            return f"{hour}:{value.minute:02d}:{value.second:02d} {half}"
        case "hour-minute":
            return f"{value.hour:02d}:{value.minute:02d}"
    return f"{value.hour:02d}:{value.minute:02d}:{value.second:02d}"


def period(value: date, unit: str) -> str:
    """A time that was cut to a unit, by its name.

    >>> period(date(2025, 9, 1), "month"), period(date(2025, 7, 1), "quarter"), period(date(2025, 1, 1), "year")
    ('September 2025', 'Q3 2025', '2025')
    """
    match unit:
        case "year":
            return str(value.year)
        case "quarter":
            return f"Q{(value.month + 2) // 3} {value.year}"
        case "month":
            return f"{MONTHS[value.month - 1]} {value.year}"
        case "week" | "day":
            return f"{MONTHS[value.month - 1][:3]} {value.day}, {value.year}"
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value
        clock = f"{moment.hour:02d}:{moment.minute:02d}" + (f":{moment.second:02d}" if moment.second else "")
        return f"{MONTHS[moment.month - 1][:3]} {moment.day}, {moment.year}, {clock}"
    return value.isoformat()
