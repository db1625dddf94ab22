"""A whole result as a file, in pieces: memory stays flat however long it is.

A format is a function from a schema and tables to bytes. Tables are the result's chunks, in order; each piece of bytes
is handed on before the next rows are looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal.results.exports import delimited, spreadsheet, tables

if TYPE_CHECKING:
    import pyarrow as pa

    Rows = Iterable[pa.Table]

SLICE = 50_000
"""Rows that are turned into bytes at a time."""


@dataclass(frozen=True)
class Format:
    """`write(schema, rows, total, safe)` yields the file's bytes; `total` is how many rows will come.

    `key` is what a download is asked for by: two formats may have one extension.
    """

    name: str
    extension: str
    content_type: str
    write: Callable[[pa.Schema, Rows, int, bool], Iterator[bytes]]
    most_rows: int | None = None
    variant: str = ""

    @property
    def key(self) -> str:
        return f"{self.extension}-{self.variant}" if self.variant else self.extension


FORMATS = {
    one.key: one
    for one in (
        Format("CSV", "csv", "text/csv; charset=utf-8", delimited.write),
        # Excel takes a CSV without a mark for the machine's own code page: Zürich.
        Format("Text (CSV) for Excel", "csv", "text/csv; charset=utf-8", delimited.marked, variant="bom"),
        Format("Parquet", "parquet", "application/vnd.apache.parquet", tables.parquet),
        Format(
            "Excel",
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            spreadsheet.write,
            spreadsheet.MOST_ROWS,
        ),
        Format("Arrow", "arrows", "application/vnd.apache.arrow.stream", tables.arrow),
    )
}


def sliced(parts: Rows) -> Iterator[pa.Table]:
    """The same rows in smaller tables."""
    for part in parts:
        for start in range(0, part.num_rows, SLICE):
            yield part.slice(start, SLICE)
