"""Formats of a dashboard's file as the charts' own: AI/BI's (`number-currency`), and the patterns of the older editor
(numeral.js and moment.js)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import get_args

from portal.boards import given
from portal.charts.formats import MONTHS, Format, FormatType

_TYPES = frozenset(get_args(FormatType))
_TEMPLATE = re.compile(r"\{\{\s*@(formatted)?\s*\}\}")
_NUMERAL = re.compile(r"^(?P<before>[^0#]*?)(?P<digits>[0#][0#,]*)(?P<places>\.0+|\[\.\]0+|\.\[0+\])?(?P<short>\s?a)?")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def read(of: object, template: str = "") -> Format | None:
    """A `format`, and a `formatTemplate` of nothing but a value and text around it; None where both say nothing."""
    around = _around(template)
    kind = given.text(of, "type")
    if kind not in _TYPES or not kind:
        return Format(template=around) if around else None
    decimals = given.node(of, "decimalPlaces")
    says_places = "places" in decimals
    return Format(
        type=kind,  # type: ignore[arg-type]
        places=given.whole(decimals, "places", 0, 0, 30) if says_places else None,
        exact=given.text(decimals, "type") == "exact",
        compact=given.text(of, "abbreviation") == "compact",
        group=not given.flag(of, "hideGroupSeparator"),
        currency=given.text(of, "currencyCode", "USD")[:3],
        suffix=given.text(of, "suffix")[:50],
        template=around,
        date=given.text(of, "date")[:50],
        time=given.text(of, "time")[:50],
    )


def _around(template: str) -> str:
    """`{}` for the value in a template; "" where it needs more than the value."""
    if len(_TEMPLATE.findall(template)) != 1:
        return ""
    around = _TEMPLATE.sub("\0", template)
    return "" if "{{" in around else around.replace("{", "").replace("}", "").replace("\0", "{}")[:200]


def numeral(pattern: str) -> Format | None:
    """A pattern of numeral.js.

    >>> from portal.charts.formats import text
    >>> text(1234567.5, numeral("$0,0.00")), text(0.256, numeral("0[.]00%")), text(1500, numeral("0.0a"))
    ('$1,234,567.50', '25.6%', '1.5K')
    """
    found = _NUMERAL.match(pattern.strip())
    if found is None:
        return None
    places = found["places"] or ""
    rest = pattern.strip()[found.end() :]
    is_percent = "%" in rest
    suffix = rest.replace("%", "", 1).rstrip() if is_percent else rest.rstrip()
    before = found["before"].replace("{", "").replace("}", "")[:20]
    return Format(
        type="number-percent" if is_percent else "number",
        places=places.count("0"),
        exact=places.startswith(".0"),
        compact=found["short"] is not None,
        group="," in found["digits"],
        suffix=suffix[:20],
        template=before + "{}" if before else "",
    )


_MOMENT = re.compile(r"\[([^\]]*)\]|YYYY|YY|Q|MMMM|MMM|MM|M|DDDD|DD|Do|D|dddd|ddd|HH|H|hh|h|mm|m|ss|s|S{1,9}|A|a|ZZ|Z")


def moment(value: date, pattern: str) -> str:
    """A date or time by a pattern of moment.js.

    >>> moment(datetime(2025, 9, 1, 17, 5, 9, 120000), "DD/MM/YY HH:mm:ss.SSS")
    '01/09/25 17:05:09.120'
    """
    at = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
    hour = at.hour % 12 or 12
    parts = {
        "YYYY": f"{at.year:04d}", "YY": f"{at.year % 100:02d}", "Q": str((at.month + 2) // 3),
        "MMMM": MONTHS[at.month - 1], "MMM": MONTHS[at.month - 1][:3], "MM": f"{at.month:02d}", "M": str(at.month),
        "DDDD": f"{at.timetuple().tm_yday:03d}", "DD": f"{at.day:02d}", "D": str(at.day), "Do": _ordinal(at.day),
        "dddd": DAYS[at.weekday()], "ddd": DAYS[at.weekday()][:3], "HH": f"{at.hour:02d}", "H": str(at.hour),
        "hh": f"{hour:02d}", "h": str(hour), "mm": f"{at.minute:02d}", "m": str(at.minute), "ss": f"{at.second:02d}",
        "s": str(at.second), "A": "AM" if at.hour < 12 else "PM", "a": "am" if at.hour < 12 else "pm",
        "Z": at.strftime("%z"), "ZZ": at.strftime("%z"),
    }  # fmt: skip

    def part(found: re.Match[str]) -> str:
        if found[1] is not None:
            return found[1]
        if found[0].startswith("S"):
            return f"{at.microsecond:06d}000"[: len(found[0])]
        return parts[found[0]]

    return _MOMENT.sub(part, pattern[:200])


def _ordinal(day: int) -> str:
    if 10 <= day % 100 <= 20:
        return f"{day}th"
    return f"{day}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th') }"


def of_column(of: Mapping[str, object]) -> Format | None:
    """A column's format, of either editor."""
    if "format" in of or "formatTemplate" in of:
        form = read(of.get("format"), given.text(of, "formatTemplate"))
        if form is not None and form.type == "number-percent" and not given.flag(of, "scalePercentBy100", True):
            return replace(form, type="number", suffix=f"%{form.suffix}")
        return form
    if given.text(of, "displayAs") == "number" and given.text(of, "numberFormat"):
        return numeral(given.text(of, "numberFormat"))
    return None
