"""DuckDB's Arrow batches as Databricks would send them: same values, Databricks' types and field metadata."""

from __future__ import annotations

import datetime
import decimal
import json
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from portal.sandbox.sql import errors, twins, values
from portal.sandbox.sql.types import SqlType

ZONE = "Etc/UTC"
"""The session time zone of a SQL warehouse, as its Arrow timestamps name it."""


@dataclass(frozen=True)
class Column:
    """A column of a result."""

    name: str
    type: SqlType


@dataclass(frozen=True)
class Native:
    """Which types a client takes as Arrow's own; the others are sent as text (`TSparkArrowTypes`)."""

    timestamps: bool = True
    decimals: bool = True
    complex: bool = True
    nulls: bool = True
    """Else a column of nothing but NULL is said to be of STRING."""


_PRIMITIVES = {
    "BOOLEAN": pa.bool_(), "TINYINT": pa.int8(), "SMALLINT": pa.int16(), "INT": pa.int32(), "BIGINT": pa.int64(),
    "FLOAT": pa.float32(), "DOUBLE": pa.float64(), "BINARY": pa.binary(), "DATE": pa.date32(),
    "TIMESTAMP_NTZ": pa.timestamp("us"),
}  # fmt: skip


def arrow_type(type_: SqlType, zone: str = ZONE) -> pa.DataType:
    """STRING, VARIANT, INTERVAL and VOID are text on the wire; a TIMESTAMP carries the session's zone."""
    match type_.name:
        case "TIMESTAMP":
            return pa.timestamp("us", tz=zone)
        case "DECIMAL":
            return pa.decimal128(type_.precision, type_.scale)
        case "ARRAY":
            assert type_.element
            return pa.list_(pa.field("element", arrow_type(type_.element, zone)))
        case "MAP":
            assert type_.key
            assert type_.element
            return pa.map_(arrow_type(type_.key, zone), arrow_type(type_.element, zone))
        case "STRUCT":
            return pa.struct([pa.field(field.name, arrow_type(field.type, zone)) for field in type_.fields])
    return _PRIMITIVES.get(type_.name, pa.string())


def schema(columns: Sequence[Column], native: Native = Native(), zone: str = ZONE) -> pa.Schema:
    """With the `Spark:DataType` metadata, which tell VARIANT from STRING and name the exact SQL type."""
    return pa.schema(
        [
            pa.field(
                column.name,
                pa.string() if _as_text(column.type, native) else arrow_type(column.type, zone),
                metadata={"Spark:DataType:SqlName": column.type.text, "Spark:DataType:JsonType": column.type.json},
            )
            for column in columns
        ]
    )


def _as_text(type_: SqlType, native: Native) -> bool:
    match type_.name:
        case "ARRAY" | "MAP" | "STRUCT":
            return not native.complex
        case "DECIMAL":
            return not native.decimals
        case "TIMESTAMP" | "TIMESTAMP_NTZ":
            return not native.timestamps
    return False


def convert(batch: pa.RecordBatch, columns: Sequence[Column], target: pa.Schema) -> pa.RecordBatch:
    """A batch of DuckDB's as one of `target`, which is `schema(columns)`."""
    arrays = [
        _array(array, column.type, field.type)
        for array, column, field in zip(batch.columns, columns, target, strict=True)
    ]
    if not arrays:
        return pa.RecordBatch.from_struct_array(pa.array([{}] * batch.num_rows, pa.struct([])))
    return pa.RecordBatch.from_arrays(arrays, schema=target)


def _array(array: pa.Array, type_: SqlType, target: pa.DataType) -> pa.Array:
    if type_.name == "VOID":
        return pa.nulls(len(array), pa.string())
    if array.type.equals(target):
        return array
    if twins.has_twins(type_):
        return twins.renamed(array, target)
    if pa.types.is_interval(array.type):
        return pa.array([values.interval(value, type_) for value in array.to_pylist()], pa.string())
    if pa.types.is_timestamp(array.type) and pa.types.is_timestamp(target) and array.type.unit == "us":
        return array.view(target)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    try:
        return pc.cast(array, target, safe=not pa.types.is_timestamp(target))
    except pa.ArrowInvalid as error:
        if type_.name == "BIGINT":
            raise errors.overflow("long") from error
        raise


def as_text(batch: pa.RecordBatch, columns: Sequence[Column], native: Native, target: pa.Schema) -> pa.RecordBatch:
    """The batch with every column as text that the client does not take natively."""
    arrays = []
    for array, column in zip(batch.columns, columns, strict=True):
        if _as_text(column.type, native):
            array = pa.array(_texts(array, column.type), pa.string())
        arrays.append(array)
    return pa.RecordBatch.from_arrays(arrays, schema=target)


def _texts(array: pa.Array, type_: SqlType) -> list[str | None]:
    if twins.has_twins(type_):
        return [None if one is None else twins.json_text(one, type_, _jsonable) for one in twins.listed(array)]
    try:
        return [_text(value, type_) for value in array.to_pylist()]
    except (OverflowError, ValueError):
        return far_moments(array, " ")


def far_moments(array: pa.Array, between: str) -> list[str | None]:
    """Dates and times that Python cannot hold, as text: `+10000-01-01`."""
    moments = pa.types.is_timestamp(array.type)
    pattern = f"%Y-%m-%d{between}%H:%M:%S" if moments else "%Y-%m-%d"
    shown = pc.strftime(array if moments else array.cast(pa.timestamp("s")), format=pattern).to_pylist()
    return [one and (f"+{one}" if one.index("-") > 4 else one) for one in shown]


def _text(value: object, type_: SqlType) -> str | None:
    if value is None:
        return None
    if type_.name in ("ARRAY", "MAP", "STRUCT"):
        return json.dumps(_jsonable(value, type_), ensure_ascii=False, separators=(",", ":"))
    return values.text(value, type_)


def _jsonable(value: object, type_: SqlType) -> object:
    """Nested values as the Hive-style JSON text has them: numbers and booleans as such, the rest as text."""
    if value is None:
        return None
    match type_.name:
        case "ARRAY":
            assert type_.element
            assert isinstance(value, list)
            return [_jsonable(member, type_.element) for member in value]
        case "MAP":
            assert type_.key
            assert type_.element
            assert isinstance(value, list)
            return {str(values.text(key, type_.key)): _jsonable(member, type_.element) for key, member in value}
        case "STRUCT":
            assert isinstance(value, dict)
            return {field.name: _jsonable(value[field.name], field.type) for field in type_.fields}
    if isinstance(value, decimal.Decimal | float | datetime.date | bytes):
        return values.text(value, type_) if not isinstance(value, float) else value
    return value
