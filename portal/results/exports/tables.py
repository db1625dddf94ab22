"""Parquet and Arrow: types as they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from portal.results.exports import cells

ROW_GROUP_BYTES = 16 * 1024 * 1024


def parquet(schema: pa.Schema, rows: Iterable[pa.Table], total: int, safe: bool) -> Iterator[bytes]:
    """A Parquet file: row groups of about `ROW_GROUP_BYTES`, snappy. Names are made distinct for readers."""
    names = cells.distinct(schema.names)
    kinds = [kind if _storable(kind) else pa.string() for kind in schema.types]
    target = pa.schema([pa.field(name, kind) for name, kind in zip(names, kinds, strict=True)])
    pipe = cells.Pipe()
    with pq.ParquetWriter(pa.PythonFile(pipe, mode="w"), target, compression="snappy") as writer:
        waiting: list[pa.Table] = []
        for table in rows:
            columns = [
                column
                if column.type == kind
                else column.cast(kind)
                if _storable(column.type)
                else cells.as_text(column)
                for column, kind in zip(table.columns, kinds, strict=True)
            ]
            waiting.append(pa.table(columns, schema=target))
            if sum(part.nbytes for part in waiting) >= ROW_GROUP_BYTES:
                writer.write_table(pa.concat_tables(waiting))
                waiting.clear()
            if piece := pipe.take():
                yield piece
        if waiting:
            writer.write_table(pa.concat_tables(waiting))
    yield pipe.take()


def arrow(schema: pa.Schema, rows: Iterable[pa.Table], total: int, safe: bool) -> Iterator[bytes]:
    """An Arrow IPC stream."""
    pipe = cells.Pipe()
    with pa.ipc.new_stream(pa.PythonFile(pipe, mode="w"), schema) as writer:
        yield pipe.take()
        for table in rows:
            writer.write_table(table.cast(schema) if table.schema != schema else table)
            yield pipe.take()
    yield pipe.take()


def _storable(kind: pa.DataType) -> bool:
    """Whether Parquet has the type: all but intervals, wherever they stand."""
    if pa.types.is_nested(kind):
        return all(_storable(kind.field(i).type) for i in range(kind.num_fields))
    return not (pa.types.is_interval(kind) or pa.types.is_duration(kind) or pa.types.is_null(kind))
