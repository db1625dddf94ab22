"""Single values as text: as Spark casts them to STRING, and as the Statement Execution API writes them."""

from __future__ import annotations

import datetime
import decimal
import math
from typing import Any

import numpy

from portal.sandbox.sql.types import SqlType


def text(value: Any, type_: SqlType) -> str | None:
    """A value of pyarrow's `as_py` as Spark casts it to STRING; None stays None. BINARY becomes hexadecimal."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number(value, single=type_.name == "FLOAT")
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, datetime.datetime):
        return _moment(value, " ") + (f".{value.microsecond:06d}".rstrip("0") if value.microsecond else "")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex().upper()
    return str(value)


def api_text(value: Any, type_: SqlType) -> str | None:
    """As the Statement Execution API writes it in JSON_ARRAY and CSV: as `text`, but ISO 8601 for timestamps.

    Milliseconds at least, microseconds where there are any; the offset of the session's zone, `Z` for UTC; none for
    TIMESTAMP_NTZ. (Real answers read `2021-06-15T12:34:56.789-07:00`.)
    """
    if not isinstance(value, datetime.datetime):
        return text(value, type_)
    fraction = f"{value.microsecond // 1000:03d}" if value.microsecond % 1000 == 0 else f"{value.microsecond:06d}"
    return f"{_moment(value, 'T')}.{fraction}{_offset(value)}"


def _moment(value: datetime.datetime, between: str) -> str:
    """To the second; four digits of year also before 1000, which strftime does not promise."""
    return value.replace(microsecond=0, tzinfo=None).isoformat(between)


def _offset(value: datetime.datetime) -> str:
    offset = value.utcoffset()
    if offset is None:
        return ""
    minutes = int(offset.total_seconds() // 60)
    return "Z" if minutes == 0 else f"{'+' if minutes > 0 else '-'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def number(value: float, single: bool = False) -> str:
    """A DOUBLE or FLOAT as Java prints it: `1.0`, `1.0E10`, `NaN`, `-Infinity`."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "-0.0" if math.copysign(1, value) < 0 else "0.0"
    digits = decimal.Decimal(str(numpy.float32(value)) if single else repr(value))
    if 1e-3 <= abs(value) < 1e7:
        plain = format(digits, "f")
        return plain if "." in plain else plain + ".0"
    sign, mantissa, _ = digits.as_tuple()
    written = "".join(map(str, mantissa)).rstrip("0") or "0"
    return f"{'-' if sign else ''}{written[0]}.{written[1:] or '0'}E{digits.adjusted()}"


def interval(value: Any, type_: SqlType) -> str | None:
    """`(months, days, nanoseconds)` as `1-2` (years and months) or `1 02:03:04.000000000` (days and time)."""
    if value is None:
        return None
    months, days, nanoseconds = value
    if type_.is_year_month:
        years, rest = divmod(abs(months), 12)
        return f"{'-' if months < 0 else ''}{years}-{rest}"
    total = (months * 30 + days) * 86_400_000_000_000 + nanoseconds
    whole, rest = divmod(abs(total), 86_400_000_000_000)
    seconds, nanos = divmod(rest, 1_000_000_000)
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{nanos:09d}"
    return f"{'-' if total < 0 else ''}{whole} {clock}"
