"""Values as people read them: exact text, so that no 64-bit integer or decimal ever becomes a number of JavaScript.

A value is a text or None (NULL). What is long is cut for the grid and can be asked for whole.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa

from portal.results.written import written
from portal.shapes import Json

SHOWN = 400
"""Characters of a value that go into a grid's cell."""

IDENTIFIER = re.compile(r"(^|_)(id|key|code|zip|year|number|no|nr)s?$|[a-z](Id|Key|Code)$", re.IGNORECASE)
"""Names of columns whose numbers are names rather than amounts: 2026 is no 2,026, and zip codes are no axis."""

Cell = str | None | list[object]
"""A text, NULL, or [first characters, length of the whole] of a long text."""


def is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)


def doubles(column: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    """A column of numbers as doubles. Arrow's own cast makes 5.0200000000000005 of the decimal 5.02."""
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.string())
    # Not safe: an integer of more than 53 bits is the double that is nearest to it.
    return column.cast(pa.float64(), safe=False)


def is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def is_nested(kind: pa.DataType) -> bool:
    return pa.types.is_nested(kind)


def texts(values: pa.ChunkedArray | pa.Array) -> list[str | None]:
    """A column's values as text (`portal.results.written`)."""
    found: list[str | None] = written(values).to_pylist()
    return found


def cells(values: pa.ChunkedArray | pa.Array) -> list[Cell]:
    """The same for a grid: long ones cut."""
    found: list[Cell] = [
        value if value is None or len(value) <= SHOWN else [value[:SHOWN], len(value)] for value in texts(values)
    ]
    return found


def text(value: object) -> str | None:
    """One value of Python's, as a column of it is written; nested ones are Arrow's business alone."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return number(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        # UTC is said once, by the type in the header, and not in every cell.
        shown = value.replace(tzinfo=None) if value.utcoffset() == timedelta(0) else value
        return shown.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return str(value)


def number(value: float) -> str:
    """As SQL writes it: the shortest text that reads back the same, whole ones without a fraction."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def tree(value: object) -> Json:
    """JSON of a text (`parsed`) for a tree view: objects and lists as they are, every leaf `[text or None, kind]`."""
    if isinstance(value, Mapping):
        return {"object": [[str(key), tree(item)] for key, item in value.items()]}
    if isinstance(value, list | tuple):
        return {"list": [tree(item) for item in value]}
    is_plain_text = isinstance(value, str) and not isinstance(value, _Digits)
    kind = "null" if value is None else "text" if is_plain_text else "value"
    return {"leaf": text(value), "kind": kind}


def label(kind: pa.DataType, type_text: str) -> str:
    """A column's type as its header says it; time stamps say their zone."""
    if pa.types.is_timestamp(kind):
        return "TIMESTAMP, UTC" if kind.tz else "TIMESTAMP_NTZ, no zone"
    return type_text or str(kind)


def parsed(value: object) -> object:
    """What a text holds if it is a JSON object or list (VARIANT, and nested values that came inline); else None.

    Numbers stay text on the way: `10000000000000000001` is not a double's business.
    """
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return None
    try:
        return json.loads(value, parse_int=_Digits, parse_float=_Digits)
    except (ValueError, RecursionError):
        return None


class _Digits(str):
    """A number as it was written."""
