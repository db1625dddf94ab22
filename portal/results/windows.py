"""Windows: the few rows of a result that a grid shows, as JSON that loses nothing."""

from __future__ import annotations

import pyarrow as pa

from portal.results import values, views
from portal.results.result import Result
from portal.results.views import View
from portal.results.written import trees
from portal.viewer.errors import NoSuchThing

MAX_ROWS = 1000
MAX_CELLS = 60_000
"""A window of a very wide result has fewer rows."""


def window(result: Result, start: int, stop: int, view: View | None = None) -> dict[str, object]:
    """Rows `start` to `stop` of a result as a view shows it: `{"start", "rows": [[cell, …], …], "total"}`."""
    stop = min(stop, start + MAX_ROWS)
    if not view or view == View():
        return drawn(result.rows(start, stop), start, result.total)
    return drawn(_viewed(result, start, stop, view), start, len(views.local(result, view)))


def _viewed(result: Result, start: int, stop: int, view: View) -> pa.Table:
    """Rows by number in a view of a result that is here."""
    if not result.is_here:
        raise NoSuchThing("This result is sorted and filtered by the warehouse.")
    return result.table().take(views.local(result, view).slice(start, max(0, stop - start)))


def drawn(table: pa.Table, start: int, total: int) -> dict[str, object]:
    """The same of rows that are here already."""
    columns = [values.cells(column) for column in table.columns]
    return {"start": start, "rows": [list(row) for row in zip(*columns, strict=True)], "total": total}


def block(columns: int) -> int:
    """Rows that a grid should ask for at a time."""
    return max(20, min(100, MAX_CELLS // max(columns, 1)))


def cell(result: Result, row: int, column: int, view: View | None = None) -> dict[str, object]:
    """One whole value: `{"text", "type", "tree"}`; `tree` for nested ones and for text that holds JSON."""
    if not 0 <= column < len(result.columns):
        raise NoSuchThing("There is no such column.")
    plain = not view or view == View()
    table = result.rows(row, row + 1) if plain else _viewed(result, row, row + 1, view or View())
    if not table.num_rows:
        raise NoSuchThing("There is no such row.")
    found = table.column(column)
    return whole(found, result.columns[column].type_text)


def whole(column: pa.ChunkedArray | pa.Array, type_text: str) -> dict[str, object]:
    """The first value of a column, in the same way."""
    array = column.slice(0, 1).combine_chunks() if isinstance(column, pa.ChunkedArray) else column.slice(0, 1)
    (text,) = values.texts(array)
    found: dict[str, object] = {"text": text, "type": type_text or str(array.type)}
    if values.is_nested(array.type):
        if text is not None:
            (found["tree"],) = trees(array)
        return found
    nested = values.parsed(text)
    if isinstance(nested, dict | list):
        found["tree"] = values.tree(nested)
    return found
