"""CSV (RFC 4180, UTF-8): NULL is nothing at all, an empty text is `""`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from portal.results import values
from portal.results.exports import cells

_OPTIONS = csv.WriteOptions(include_header=False)


def write(schema: pa.Schema, rows: Iterable[pa.Table], total: int, safe: bool) -> Iterator[bytes]:
    """The file's bytes: first the header, then each table's rows."""
    names = [cells.safe_name(name) if safe else name for name in schema.names]
    yield (",".join('"' + name.replace('"', '""') + '"' for name in names) + "\n").encode()
    for table in rows:
        sink = pa.BufferOutputStream()
        columns = [_column(column, safe) for column in table.columns]
        # Columns go by position: their names may repeat.
        csv.write_csv(pa.table(columns, names=[str(i) for i in range(len(columns))]), sink, _OPTIONS)
        yield sink.getvalue().to_pybytes()


def _column(column: pa.ChunkedArray, safe: bool) -> pa.ChunkedArray | pa.Array:
    kind = column.type
    if values.is_text(kind) or not cells.is_simple(kind):
        text = column if values.is_text(kind) else cells.as_text(column)
        return cells.safe(text) if safe else text
    if pa.types.is_timestamp(kind) and kind.tz:
        # Arrow knows zones by a database that a machine may lack, and these are in UTC: `2024-01-01 00:00:00.000000Z`.
        return pc.cast(column, pa.timestamp(kind.unit, "UTC"))
    return column
