"""Columns as Thrift describes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from databricks.sql.thrift_api.TCLIService import ttypes

from portal.sandbox.sql.arrow import Column, Native
from portal.sandbox.sql.results import Result
from portal.sandbox.sql.types import STRING, VOID, SqlType

_TYPE_IDS = {
    "BOOLEAN": ttypes.TTypeId.BOOLEAN_TYPE, "TINYINT": ttypes.TTypeId.TINYINT_TYPE,
    "SMALLINT": ttypes.TTypeId.SMALLINT_TYPE, "INT": ttypes.TTypeId.INT_TYPE, "BIGINT": ttypes.TTypeId.BIGINT_TYPE,
    "FLOAT": ttypes.TTypeId.FLOAT_TYPE, "DOUBLE": ttypes.TTypeId.DOUBLE_TYPE, "STRING": ttypes.TTypeId.STRING_TYPE,
    "VARIANT": ttypes.TTypeId.STRING_TYPE, "BINARY": ttypes.TTypeId.BINARY_TYPE, "DATE": ttypes.TTypeId.DATE_TYPE,
    "TIMESTAMP": ttypes.TTypeId.TIMESTAMP_TYPE, "TIMESTAMP_NTZ": ttypes.TTypeId.TIMESTAMP_TYPE,
    "DECIMAL": ttypes.TTypeId.DECIMAL_TYPE, "ARRAY": ttypes.TTypeId.ARRAY_TYPE, "MAP": ttypes.TTypeId.MAP_TYPE,
    "STRUCT": ttypes.TTypeId.STRUCT_TYPE, "VOID": ttypes.TTypeId.NULL_TYPE,
}  # fmt: skip


NO_COLUMNS = (Column("Result", STRING),)
"""What the service says of a statement without a result; the Arrow schema is empty then."""


def type_id(type_: SqlType) -> int:
    """The enumeration has one word for both timestamps, and none for VARIANT: the Arrow metadata tell those apart."""
    if type_.name == "INTERVAL":
        return ttypes.TTypeId.INTERVAL_YEAR_MONTH_TYPE if type_.is_year_month else ttypes.TTypeId.INTERVAL_DAY_TIME_TYPE
    return _TYPE_IDS[type_.name]


def table_schema(columns: Sequence[Column]) -> ttypes.TTableSchema:
    """Complex types too are primitive entries here; decimals carry precision and scale."""
    described = []
    for position, column in enumerate(columns, start=1):
        entry = ttypes.TPrimitiveTypeEntry(type=type_id(column.type))
        if column.type.name == "DECIMAL":
            sizes = {"precision": column.type.precision, "scale": column.type.scale}
            values = {name: ttypes.TTypeQualifierValue(i32Value=size) for name, size in sizes.items()}
            entry.typeQualifiers = ttypes.TTypeQualifiers(qualifiers=values)
        types = ttypes.TTypeDesc(types=[ttypes.TTypeEntry(primitiveEntry=entry)])
        described.append(ttypes.TColumnDesc(columnName=column.name, typeDesc=types, position=position, comment=""))
    return ttypes.TTableSchema(columns=described)


def metadata(result: Result, native: Native, **of_its_form: Any) -> ttypes.TGetResultSetMetadataResp:
    """What the service says of a result before its rows, whichever form they come in."""
    columns = [Column(one.name, STRING) if one.type == VOID and not native.nulls else one for one in result.columns]
    return ttypes.TGetResultSetMetadataResp(
        status=ttypes.TStatus(statusCode=ttypes.TStatusCode.SUCCESS_STATUS),
        schema=table_schema(columns or NO_COLUMNS),
        cacheLookupResult=ttypes.TCacheLookupResult.CACHE_INELIGIBLE,
        uncompressedBytes=result.byte_count,
        compressedBytes=result.byte_count,
        isStagingOperation=False,
        **of_its_form,
    )
