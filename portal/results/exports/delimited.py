"""CSV (RFC 4180, UTF-8): NULL is nothing at all, an empty text is `""`; values are those that the grid shows.

A time stamp of a moment ends in `Z`, for UTC, which the grid's header says instead. Texts stand in quotes, numbers and
times do not.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from portal.results import values
from portal.results.exports import cells


def write(schema: pa.Schema, rows: Iterable[pa.Table], total: int, safe: bool) -> Iterator[bytes]:
    """The file's bytes: first the header, then each table's rows."""
    names = [cells.safe_name(name) if safe else name for name in schema.names]
    yield (",".join('"' + name.replace('"', '""') + '"' for name in names) + "\n").encode()
    for table in rows:
        if table.num_columns and table.num_rows:
            yield _rows(table, safe)


def marked(schema: pa.Schema, rows: Iterable[pa.Table], total: int, safe: bool) -> Iterator[bytes]:
    """The same behind a byte order mark, by which Excel knows UTF-8."""
    yield codecs.BOM_UTF8
    yield from write(schema, rows, total, safe)


def _rows(table: pa.Table, safe: bool) -> bytes:
    fields = [pc.fill_null(_field(column, safe).cast(pa.large_string()), "") for column in table.columns]
    lines = pc.binary_join_element_wise(*fields, _text(",")) if len(fields) > 1 else fields[0]
    return cells.glued(pc.binary_join_element_wise(lines, _text("\n"), _text("")))


def _field(column: pa.ChunkedArray, safe: bool) -> pa.Array:
    kind = column.type
    text = cells.as_text(column)
    if cells.is_simple(kind) and not values.is_text(kind):
        if pa.types.is_timestamp(kind) and kind.tz:
            return pc.binary_join_element_wise(text, "Z", "")
        return text
    if safe:
        text = cells.safe(text)
    return pc.binary_join_element_wise('"', pc.replace_substring(text, '"', '""'), '"', "")


def _text(text: str) -> pa.Scalar:
    return pa.scalar(text, pa.large_string())
