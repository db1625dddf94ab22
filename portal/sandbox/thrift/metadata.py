"""What the service says of itself, and of catalogs, schemas, tables and columns, in the columns that JDBC defines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from databricks.sql.thrift_api.TCLIService import ttypes

from portal.sandbox.sql.arrow import Column
from portal.sandbox.sql.catalog_model import ColumnInfo, TableInfo
from portal.sandbox.sql.engine import Engine
from portal.sandbox.sql.types import INT, STRING, SqlType
from portal.sandbox.world import Person

SMALLINT, TINYINT = SqlType("SMALLINT"), SqlType("TINYINT")
Row = Sequence[Any]
_INFO = {
    ttypes.TGetInfoType.CLI_SERVER_NAME: "Spark SQL",
    ttypes.TGetInfoType.CLI_DBMS_NAME: "Spark SQL",
    ttypes.TGetInfoType.CLI_DBMS_VER: "4.1.0",
}
_JDBC = {
    "BOOLEAN": 16, "TINYINT": -6, "SMALLINT": 5, "INT": 4, "BIGINT": -5, "FLOAT": 6, "DOUBLE": 8, "DECIMAL": 3,
    "STRING": 12, "VARIANT": 12, "BINARY": -2, "DATE": 91, "TIMESTAMP": 93, "TIMESTAMP_NTZ": 93, "ARRAY": 2003,
    "MAP": 2000, "STRUCT": 2002, "VOID": 0, "INTERVAL": 1111,
}  # fmt: skip
"""Numbers of java.sql.Types."""
_SIZES = {"BOOLEAN": 1, "TINYINT": 3, "SMALLINT": 5, "INT": 10, "BIGINT": 19, "FLOAT": 7, "DOUBLE": 15, "DATE": 10,
          "TIMESTAMP": 29, "TIMESTAMP_NTZ": 29}  # fmt: skip


def info(kind: int) -> ttypes.TGetInfoValue:
    return ttypes.TGetInfoValue(stringValue=_INFO.get(kind, ""))


def _columns(*names: str, **typed: SqlType) -> list[Column]:
    return [Column(name, typed.get(name, STRING)) for name in names]


CATALOGS = _columns("TABLE_CAT")
SCHEMAS = _columns("TABLE_SCHEM", "TABLE_CATALOG")
TABLES = _columns(
    "TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "TABLE_TYPE", "REMARKS", "TYPE_CAT", "TYPE_SCHEM", "TYPE_NAME",
    "SELF_REFERENCING_COL_NAME", "REF_GENERATION",
)  # fmt: skip
TABLE_TYPES = _columns("TABLE_TYPE")
COLUMNS = _columns(
    "TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "COLUMN_NAME", "DATA_TYPE", "TYPE_NAME", "COLUMN_SIZE", "BUFFER_LENGTH",
    "DECIMAL_DIGITS", "NUM_PREC_RADIX", "NULLABLE", "REMARKS", "COLUMN_DEF", "SQL_DATA_TYPE", "SQL_DATETIME_SUB",
    "CHAR_OCTET_LENGTH", "ORDINAL_POSITION", "IS_NULLABLE", "SCOPE_CATALOG", "SCOPE_SCHEMA", "SCOPE_TABLE",
    "SOURCE_DATA_TYPE", "IS_AUTO_INCREMENT",
    DATA_TYPE=INT, COLUMN_SIZE=INT, BUFFER_LENGTH=TINYINT, DECIMAL_DIGITS=INT, NUM_PREC_RADIX=INT, NULLABLE=INT,
    SQL_DATA_TYPE=INT, SQL_DATETIME_SUB=INT, CHAR_OCTET_LENGTH=INT, ORDINAL_POSITION=INT, SOURCE_DATA_TYPE=SMALLINT,
)  # fmt: skip
TYPE_INFO = _columns("TYPE_NAME", "DATA_TYPE", "PRECISION", "NULLABLE", DATA_TYPE=INT, PRECISION=INT, NULLABLE=SMALLINT)
FUNCTIONS = _columns(
    "FUNCTION_CAT", "FUNCTION_SCHEM", "FUNCTION_NAME", "REMARKS", "FUNCTION_TYPE", "SPECIFIC_NAME", FUNCTION_TYPE=INT
)
PRIMARY_KEYS = _columns(
    "TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "COLUMN_NAME", "KEQ_SEQ", "PK_NAME", KEQ_SEQ=INT
)  # fmt: skip
CROSS_REFERENCE = _columns("PKTABLE_CAT", "PKTABLE_SCHEM", "PKTABLE_NAME", "PKCOLUMN_NAME", "FKTABLE_NAME", "FK_NAME")


def like(pattern: str | None) -> Callable[[str], bool]:
    """A JDBC search pattern: `%`, `_`, a backslash before either to mean itself; case does not count."""
    if not pattern or pattern in ("%", "*"):
        return lambda name: True
    parts = [
        ".*" if part == "%" else "." if part == "_" else re.escape(part[-1])
        for part in re.findall(r"\\.|.", pattern, re.DOTALL)
    ]
    compiled = re.compile("".join(parts), re.IGNORECASE | re.DOTALL)
    return lambda name: compiled.fullmatch(name) is not None


def catalogs(engine: Engine, person: Person) -> Iterable[Row]:
    return [(one.name,) for one in engine.catalogs(person)]


def schemas(engine: Engine, person: Person, catalog: str | None, schema: str | None) -> Iterable[Row]:
    in_catalog, in_schema = like(catalog), like(schema)
    for one in engine.catalogs(person):
        if in_catalog(one.name):
            for found in engine.schemas(person, one.name):
                if in_schema(found.name):
                    yield found.name, one.name


def _tables(
    engine: Engine, person: Person, catalog: str | None, schema: str | None, table: str | None
) -> Iterable[TableInfo]:
    named = like(table)
    for schema_name, catalog_name in schemas(engine, person, catalog, schema):
        yield from (one for one in engine.tables(person, catalog_name, schema_name) if named(one.name))


def tables(
    engine: Engine, person: Person, catalog: str | None, schema: str | None, table: str | None,
    types: Sequence[str] | None,
) -> Iterable[Row]:  # fmt: skip
    for one in _tables(engine, person, catalog, schema, table):
        kind = "VIEW" if one.table_type == "VIEW" else "TABLE"
        if not types or kind in types:
            yield one.catalog_name, one.schema_name, one.name, kind, one.comment or "", *[None] * 5


def columns(
    engine: Engine, person: Person, catalog: str | None, schema: str | None, table: str | None, column: str | None
) -> Iterable[Row]:
    named = like(column)
    for one in _tables(engine, person, catalog, schema, table):
        for found in one.columns:
            if named(found.name):
                yield _column(one, found)


def _column(table: TableInfo, column: ColumnInfo) -> Row:
    type_ = column.type
    decimal = type_.name == "DECIMAL"
    size = type_.precision if decimal else _SIZES.get(type_.name)
    radix = 10 if decimal or type_.name in ("TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE") else None
    return (
        table.catalog_name, table.schema_name, table.name, column.name, _JDBC[type_.name], type_.text, size, None,
        type_.scale if decimal else None, radix, int(column.nullable), column.comment or "", None, None, None, None,
        column.position, "YES" if column.nullable else "NO", None, None, None, None, "NO",
    )  # fmt: skip


def type_info() -> Iterable[Row]:
    return [(name, number, _SIZES.get(name), 1) for name, number in _JDBC.items()]
