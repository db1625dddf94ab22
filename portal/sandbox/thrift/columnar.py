"""Rows as Thrift columns: what metadata calls answer, and statements of a client that reads no Arrow."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from databricks.sql.thrift_api.TCLIService import ttypes

from portal.sandbox.sql import arrow
from portal.sandbox.sql.arrow import Column, Native
from portal.sandbox.sql.results import Result
from portal.sandbox.thrift.schema import metadata

_AS_TEXT = Native(timestamps=False, decimals=False, complex=False, nulls=False)
_KINDS: dict[str, tuple[str, type, Any]] = {
    "BOOLEAN": ("boolVal", ttypes.TBoolColumn, False),
    "TINYINT": ("byteVal", ttypes.TByteColumn, 0),
    "SMALLINT": ("i16Val", ttypes.TI16Column, 0),
    "INT": ("i32Val", ttypes.TI32Column, 0),
    "BIGINT": ("i64Val", ttypes.TI64Column, 0),
    "FLOAT": ("doubleVal", ttypes.TDoubleColumn, 0.0),
    "DOUBLE": ("doubleVal", ttypes.TDoubleColumn, 0.0),
    "BINARY": ("binaryVal", ttypes.TBinaryColumn, b""),
}
_TEXT = ("stringVal", ttypes.TStringColumn, "")


class ColumnarRows:
    """A cursor over one result, column by column; everything that is no number, boolean or binary is text."""

    by_links = False

    def __init__(self, result: Result) -> None:
        self.result = result
        self.next_row = 0
        self._schema = arrow.schema(result.columns, _AS_TEXT, result.zone)

    def metadata(self) -> ttypes.TGetResultSetMetadataResp:
        return metadata(
            self.result, _AS_TEXT, resultFormat=ttypes.TSparkRowSetType.COLUMN_BASED_SET, lz4Compressed=False
        )

    def fetch(self, max_rows: int | None, max_bytes: int | None, orientation: int) -> ttypes.TFetchResultsResp:
        """The next rows; with FETCH_FIRST the first ones again."""
        if orientation == ttypes.TFetchOrientation.FETCH_FIRST:
            self.next_row = 0
        start, wanted = self.next_row, max(max_rows or 100_000, 1)
        taken: list[pa.RecordBatch] = []
        count = 0
        for batch in self.result.batches(start):
            piece = batch.slice(0, wanted - count)
            taken.append(arrow.as_text(piece, self.result.columns, _AS_TEXT, self._schema))
            count += piece.num_rows
            if count >= wanted:
                break
        self.next_row = start + count
        table = pa.Table.from_batches(taken, schema=self._schema)
        columns = [_column(values, column) for values, column in zip(table.columns, self.result.columns, strict=True)]
        return ttypes.TFetchResultsResp(
            status=ttypes.TStatus(statusCode=ttypes.TStatusCode.SUCCESS_STATUS),
            hasMoreRows=self.next_row < self.result.row_count,
            results=ttypes.TRowSet(startRowOffset=start, rows=[], columns=columns),
            resultSetMetadata=self.metadata(),
        )


def _column(values: pa.ChunkedArray, column: Column) -> ttypes.TColumn:
    """Values with a bit for each NULL, in whose place stands a zero or an empty text."""
    name, kind, empty = _KINDS.get(column.type.name, _TEXT)
    if column.type.name == "DATE":
        values = values.cast(pa.string())
    listed = values.to_pylist()
    bits = bytearray((len(listed) + 7) // 8)
    for index, value in enumerate(listed):
        if value is None:
            bits[index >> 3] |= 1 << (index & 7)
            listed[index] = empty
    return ttypes.TColumn(**{name: kind(values=listed, nulls=bytes(bits))})
