"""Windows: the few rows of a result that a grid shows, as JSON that loses nothing."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from portal.results import values
from portal.results.result import Result
from portal.viewer.errors import NoSuchThing

MAX_ROWS = 500
MAX_CELLS = 60_000
"""A window of a very wide result has fewer rows."""


def window(result: Result, start: int, stop: int) -> dict[str, Any]:
    """Rows `start` to `stop` of a result: `{"start", "rows": [[cell, …], …], "total"}`."""
    return drawn(result.rows(start, min(stop, start + MAX_ROWS)), start, result.total)


def drawn(table: pa.Table, start: int, total: int) -> dict[str, Any]:
    """The same of rows that are here already."""
    columns = [values.cells(column) for column in table.columns]
    return {"start": start, "rows": [list(row) for row in zip(*columns, strict=True)], "total": total}


def block(columns: int) -> int:
    """Rows that a grid should ask for at a time."""
    return max(20, min(200, MAX_CELLS // max(columns, 1)))


def cell(result: Result, row: int, column: int) -> dict[str, Any]:
    """One whole value: `{"text", "type", "tree"}`; `tree` for nested ones and for text that holds JSON."""
    if not 0 <= column < len(result.columns):
        raise NoSuchThing("There is no such column.")
    table = result.rows(row, row + 1)
    if not table.num_rows:
        raise NoSuchThing("There is no such row.")
    values_ = table.column(column)
    return whole(values_[0].as_py(), result.columns[column].type_text, values_.type)


def whole(value: Any, type_text: str, kind: pa.DataType) -> dict[str, Any]:
    found: dict[str, Any] = {"text": values.text(value), "type": type_text or str(kind)}
    nested = value if values.is_nested(kind) else values.parsed(value)
    if isinstance(nested, dict | list):
        found["tree"] = values.tree(nested)
    return found
