"""A chunk of Arrow in the three formats of the API: ARROW_STREAM, JSON_ARRAY and CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from portal.sandbox.sql import twins, values
from portal.sandbox.sql.arrow import Column, far_moments
from portal.sandbox.sql.results import Chunk, Result
from portal.sandbox.sql.types import SqlType


def rows(batch: pa.RecordBatch, columns: Sequence[Column]) -> list[list[str | None]]:
    """Rows of text; None for NULL."""
    if not columns:
        return [[] for _ in range(batch.num_rows)]
    texts = [text_column(array, column.type) for array, column in zip(batch.columns, columns, strict=True)]
    return [list(row) for row in zip(*texts, strict=True)]


def text_column(array: pa.Array, type_: SqlType) -> list[str | None]:
    """A column as text: by Arrow where its spelling is Databricks', value by value where it is not."""
    match type_.name:
        case "DECIMAL" if type_.scale > 6:
            pass  # Arrow would write small ones as 1E-7
        case "TINYINT" | "SMALLINT" | "INT" | "BIGINT" | "BOOLEAN" | "DECIMAL":
            return _listed(array.cast(pa.string()))
        case "DATE":
            return _days(array)
        case "STRING" | "VARIANT" | "VOID" | "INTERVAL":
            return _listed(array)
        case "DOUBLE":
            return _doubles(array, type_)
        case "TIMESTAMP" | "TIMESTAMP_NTZ" if array.type.tz in (None, "UTC", "Etc/UTC"):
            return _listed(_timestamps(array))
        case "ARRAY" | "MAP" | "STRUCT":
            if twins.has_twins(type_):
                return [
                    None if one is None else twins.json_text(one, type_, values.api_text) for one in twins.listed(array)
                ]
            return [_nested(value, type_) for value in array.to_pylist()]
    try:
        return [values.api_text(value, type_) for value in array.to_pylist()]
    except (OverflowError, ValueError):
        return far_moments(array, "T")


def _days(array: pa.Array) -> list[str | None]:
    """From the year 10000 on with a sign."""
    text = array.cast(pa.string())
    far = pc.greater(pc.utf8_length(text), len("9999-12-31"))
    return _listed(pc.if_else(far, pc.binary_join_element_wise("+", text, ""), text))


def _listed(array: pa.Array) -> list[str | None]:
    found: list[str | None] = array.to_pylist()
    return found


def _doubles(array: pa.Array, type_: SqlType) -> list[str | None]:
    """Arrow writes 1.0 as `1`, and the very large and very small otherwise than Java."""
    text = array.cast(pa.string())
    text = pc.if_else(pc.match_substring(text, "."), text, pc.binary_join_element_wise(text, ".0", ""))
    found = _listed(text)
    size = pc.abs(array)
    usual = pc.and_(pc.greater_equal(size, 1e-3), pc.less(size, 1e7))
    for index in pc.indices_nonzero(pc.invert(pc.fill_null(usual, True))).to_pylist():
        found[index] = values.api_text(array[index].as_py(), type_)
    return found


def _timestamps(array: pa.Array) -> pa.Array:
    """As `values.api_text`, for UTC: at least milliseconds."""
    plain = array.view(pa.timestamp("us"))
    seconds = pc.floor_temporal(plain, unit="second")
    micros = pc.subtract(plain, seconds).cast(pa.int64())
    shown = pc.strftime(seconds.cast(pa.timestamp("s")), format="%Y-%m-%dT%H:%M:%S")
    six = pc.utf8_lpad(micros.cast(pa.string()), 6, "0")
    fraction = pc.if_else(pc.ends_with(six, "000"), pc.utf8_slice_codeunits(six, 0, 3), six)
    far = pc.greater(pc.utf8_length(shown), len("9999-12-31T00:00:00"))
    shown = pc.if_else(far, pc.binary_join_element_wise("+", shown, ""), shown)
    return pc.binary_join_element_wise(shown, ".", fraction, "Z" if array.type.tz else "", "")


def _nested(value: Any, type_: SqlType) -> str | None:
    """JSON text whose leaves are text too: `["1","2"]`, `{"a":"1"}`."""
    return None if value is None else json.dumps(_leaves(value, type_), ensure_ascii=False, separators=(",", ":"))


def _leaves(value: Any, type_: SqlType) -> Any:
    if value is None:
        return None
    match type_.name:
        case "ARRAY":
            assert type_.element
            return [_leaves(member, type_.element) for member in value]
        case "MAP":
            assert type_.key
            assert type_.element
            return {str(values.text(key, type_.key)): _leaves(member, type_.element) for key, member in value}
        case "STRUCT":
            return {field.name: _leaves(value[field.name], field.type) for field in type_.fields}
    return values.api_text(value, type_)


def arrow_stream(result: Result, chunk: Chunk) -> memoryview:
    return memoryview(chunk.stream(result.schema))


def json_array(result: Result, chunk: Chunk) -> bytes:
    listed = [row for batch in chunk.batches() for row in rows(batch, result.columns)]
    return json.dumps(listed, ensure_ascii=False, separators=(",", ":")).encode()


def csv_file(result: Result, chunk: Chunk) -> bytes:
    """RFC 4180 with the header in the first chunk only; NULL is the bare word `null`, as the API documents."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    if chunk.index == 0:
        writer.writerow([column.name for column in result.columns])
    for batch in chunk.batches():
        writer.writerows(["null" if value is None else value for value in row] for row in rows(batch, result.columns))
    return out.getvalue().encode()


FILES: dict[str, tuple[str, str, Callable[[Result, Chunk], bytes | memoryview]]] = {
    "ARROW_STREAM": ("arrows", "application/octet-stream", arrow_stream),
    "JSON_ARRAY": ("json", "application/json", json_array),
    "CSV": ("csv", "text/csv", csv_file),
}
