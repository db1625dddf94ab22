"""Single values as text, the way Spark casts them to STRING."""

from __future__ import annotations

import base64
import datetime
import decimal
import math
from typing import Any

from portal.sandbox.sql.types import SqlType


def text(value: Any, type_: SqlType) -> str | None:
    """A value of pyarrow's `as_py` as text; None stays None."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number(value, single=type_.name == "FLOAT")
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, datetime.datetime):
        return timestamp(value, type_)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return str(value)


def timestamp(value: datetime.datetime, type_: SqlType) -> str:
    """ISO 8601 as the Statement Execution API writes it: at least milliseconds, `Z` where the type has a zone."""
    fraction = f"{value.microsecond // 1000:03d}" if value.microsecond % 1000 == 0 else f"{value.microsecond:06d}"
    return f"{value:%Y-%m-%dT%H:%M:%S}.{fraction}" + ("Z" if type_.name == "TIMESTAMP" else "")


def number(value: float, single: bool = False) -> str:
    """A DOUBLE or FLOAT as Java prints it: `1.0`, `1.0E10`, `NaN`, `-Infinity`."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "-0.0" if math.copysign(1, value) < 0 else "0.0"
    shown = _shortest_single(value) if single else repr(value)
    digits = decimal.Decimal(shown)
    if 1e-3 <= abs(value) < 1e7:
        plain = format(digits, "f")
        return plain if "." in plain else plain + ".0"
    sign, mantissa, _ = digits.as_tuple()
    written = "".join(map(str, mantissa)).rstrip("0") or "0"
    return f"{'-' if sign else ''}{written[0]}.{written[1:] or '0'}E{digits.adjusted()}"


def _shortest_single(value: float) -> str:
    import numpy

    return str(numpy.float32(value))


def interval(value: Any, type_: SqlType) -> str | None:
    """`(months, days, nanoseconds)` as `1-2` (years and months) or `1 02:03:04.000000000` (days and time)."""
    if value is None:
        return None
    months, days, nanoseconds = value
    if type_.interval == "YEAR TO MONTH":
        sign = "-" if months < 0 else ""
        years, rest = divmod(abs(months), 12)
        return f"{sign}{years}-{rest}"
    total = (months * 30 + days) * 86_400_000_000_000 + nanoseconds
    sign = "-" if total < 0 else ""
    whole, rest = divmod(abs(total), 86_400_000_000_000)
    seconds, nanos = divmod(rest, 1_000_000_000)
    return f"{sign}{whole} {seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{nanos:09d}"
