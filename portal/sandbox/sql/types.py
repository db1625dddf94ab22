"""Databricks' SQL types, and what DuckDB calls them.

A `SqlType` knows each of its names: `text` (`DECIMAL(10,2)`, manifests), `simple` (`decimal(10,2)`, DESCRIBE),
`api_name` (`LONG` where SQL says BIGINT: the Statement Execution API and Unity Catalog) and `json` (Spark's schema).
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

API_NAMES = {"BIGINT": "LONG", "SMALLINT": "SHORT", "TINYINT": "BYTE", "VOID": "NULL"}
_SPARK_JSON = {
    "TINYINT": "byte", "SMALLINT": "short", "INT": "integer", "BIGINT": "long", "FLOAT": "float", "DOUBLE": "double",
    "STRING": "string", "BINARY": "binary", "BOOLEAN": "boolean", "DATE": "date", "TIMESTAMP": "timestamp",
    "TIMESTAMP_NTZ": "timestamp_ntz", "VOID": "void", "VARIANT": "variant",
}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """A member of a STRUCT."""

    name: str
    type: SqlType


@dataclass(frozen=True)
class SqlType:
    """One type. `name` is SQL's word; the other members are set where that word needs them."""

    name: str
    precision: int = 0
    scale: int = 0
    interval: str = ""
    """`YEAR TO MONTH`, `DAY`, `DAY TO SECOND` …"""
    element: SqlType | None = None
    """Of an ARRAY; of a MAP: the value."""
    key: SqlType | None = None
    fields: tuple[Field, ...] = ()

    @property
    def is_year_month(self) -> bool:
        """Of an INTERVAL: whether it counts months, not time."""
        return self.interval.startswith(("YEAR", "MONTH"))

    @property
    def text(self) -> str:
        match self.name:
            case "DECIMAL":
                return f"DECIMAL({self.precision},{self.scale})"
            case "ARRAY":
                return f"ARRAY<{self.element.text if self.element else ''}>"
            case "MAP":
                assert self.key
                assert self.element
                return f"MAP<{self.key.text}, {self.element.text}>"
            case "STRUCT":
                return f"STRUCT<{', '.join(f'{field.name}: {field.type.text}' for field in self.fields)}>"
            case "INTERVAL":
                return f"INTERVAL {self.interval}"
        return self.name

    @property
    def simple(self) -> str:
        match self.name:
            case "ARRAY":
                return f"array<{self.element.simple if self.element else ''}>"
            case "MAP":
                assert self.key
                assert self.element
                return f"map<{self.key.simple},{self.element.simple}>"
            case "STRUCT":
                return f"struct<{','.join(f'{field.name}:{field.type.simple}' for field in self.fields)}>"
        return self.text.lower()

    @property
    def api_name(self) -> str:
        """The manifest's `type_name`: TIMESTAMP_NTZ and VARIANT go by their names, which the SDK's list lacks."""
        return API_NAMES.get(self.name, self.name)

    @property
    def json_value(self) -> Any:
        match self.name:
            case "DECIMAL" | "INTERVAL":
                return self.simple
            case "ARRAY":
                assert self.element
                return {"type": "array", "elementType": self.element.json_value, "containsNull": True}
            case "MAP":
                assert self.key
                assert self.element
                return {
                    "type": "map",
                    "keyType": self.key.json_value,
                    "valueType": self.element.json_value,
                    "valueContainsNull": True,
                }
            case "STRUCT":
                fields = [
                    {"name": field.name, "type": field.type.json_value, "nullable": True, "metadata": {}}
                    for field in self.fields
                ]
                return {"type": "struct", "fields": fields}
        return _SPARK_JSON[self.name]

    @property
    def json(self) -> str:
        return json.dumps(self.json_value, separators=(",", ":"))

    @property
    def duckdb(self) -> str:
        """The type as DuckDB spells it."""
        match self.name:
            case "DECIMAL":
                return f"DECIMAL({self.precision},{self.scale})"
            case "ARRAY":
                assert self.element
                return f"{self.element.duckdb}[]"
            case "MAP":
                assert self.key
                assert self.element
                return f"MAP({self.key.duckdb}, {self.element.duckdb})"
            case "STRUCT":
                members = ", ".join(f'"{field.name}" {field.type.duckdb}' for field in self.fields)
                return f"STRUCT({members})"
        return _TO_DUCKDB.get(self.name, self.name)


_TO_DUCKDB = {
    "INT": "INTEGER", "STRING": "VARCHAR", "BINARY": "BLOB", "TIMESTAMP": "TIMESTAMPTZ", "TIMESTAMP_NTZ": "TIMESTAMP",
    "VARIANT": "JSON", "VOID": "INTEGER",
}  # fmt: skip
_FROM_DUCKDB = {
    "boolean": "BOOLEAN", "tinyint": "TINYINT", "smallint": "SMALLINT", "integer": "INT", "bigint": "BIGINT",
    "utinyint": "SMALLINT", "usmallint": "INT", "uinteger": "BIGINT", "hugeint": "BIGINT", "float": "FLOAT",
    "double": "DOUBLE", "varchar": "STRING", "blob": "BINARY", "date": "DATE", "timestamp": "TIMESTAMP_NTZ",
    "timestamp_s": "TIMESTAMP_NTZ", "timestamp_ms": "TIMESTAMP_NTZ", "timestamp_ns": "TIMESTAMP_NTZ",
    "timestamp with time zone": "TIMESTAMP",
}  # fmt: skip

TWIN = "\x1f"
"""Stands in DuckDB before the number of a STRUCT's field whose name has been there before."""
STRING = SqlType("STRING")
INT = SqlType("INT")
BIGINT = SqlType("BIGINT")
BOOLEAN = SqlType("BOOLEAN")
VOID = SqlType("VOID")
DAY_TIME = SqlType("INTERVAL", interval="DAY TO SECOND")


def from_duckdb(type_: Any) -> SqlType:
    """A DuckDBPyType as Databricks would type the same expression.

    HUGEINT becomes BIGINT, for DuckDB widens `sum` of integers to it where Databricks answers BIGINT. What Databricks
    lacks (TIME, UUID, BIT, ENUM, UNION) becomes STRING.
    """
    if str(type_) == "JSON":
        return SqlType("VARIANT")
    match type_.id:
        case "decimal":
            members = dict(type_.children)
            return SqlType("DECIMAL", precision=members["precision"], scale=members["scale"])
        case "ubigint" | "uhugeint":
            return SqlType("DECIMAL", precision=20, scale=0)
        case "list" | "array":
            return SqlType("ARRAY", element=from_duckdb(dict(type_.children)["child"]))
        case "map":
            members = dict(type_.children)
            return SqlType("MAP", key=from_duckdb(members["key"]), element=from_duckdb(members["value"]))
        case "struct":
            return SqlType(
                "STRUCT",
                fields=tuple(Field(name.partition(TWIN)[0], from_duckdb(child)) for name, child in type_.children),
            )
        case "interval":
            return DAY_TIME
    return SqlType(_FROM_DUCKDB.get(type_.id, "STRING"))


_LITERALS = {"STRING_LITERAL": "STRING", "INTEGER_LITERAL": "INT", "NULL": "VOID", "K": "KEY", "V": "VALUE", "T": "ANY"}
_NUMBERED = {"INT8": "TINYINT", "INT16": "SMALLINT", "INT32": "INT", "INT64": "BIGINT", "BOOL": "BOOLEAN"}


def spark_name(duckdb_type: str) -> str:
    """A type in the words of DuckDB's messages, in Spark's: `INTEGER[]` is ARRAY<INT>."""
    text = duckdb_type.strip()
    if text.endswith("[]"):
        return f"ARRAY<{spark_name(text[:-2])}>"
    for kind in ("STRUCT", "MAP"):
        if text.startswith(f"{kind}(") and text.endswith(")"):
            members = re.split(r",\s*(?![^()]*\))", text[len(kind) + 1 : -1])
            if kind == "MAP":
                return f"MAP<{', '.join(spark_name(one) for one in members)}>"
            named = [one.rpartition(" ") for one in members]
            return (
                "STRUCT<" + ", ".join(f"{name.strip(chr(34))}: {spark_name(type_)}" for name, _, type_ in named) + ">"
            )
    return _LITERALS.get(text) or _NUMBERED.get(text) or _FROM_DUCKDB.get(text.lower(), text)


_FROM_SQLGLOT = {
    "BOOLEAN": "BOOLEAN", "TINYINT": "TINYINT", "SMALLINT": "SMALLINT", "INT": "INT", "BIGINT": "BIGINT",
    "FLOAT": "FLOAT", "DOUBLE": "DOUBLE", "TEXT": "STRING", "VARCHAR": "STRING", "CHAR": "STRING", "BINARY": "BINARY",
    "VARBINARY": "BINARY", "DATE": "DATE", "TIMESTAMPTZ": "TIMESTAMP", "TIMESTAMPLTZ": "TIMESTAMP",
    "TIMESTAMP": "TIMESTAMP", "TIMESTAMPNTZ": "TIMESTAMP_NTZ", "NULL": "VOID", "VARIANT": "VARIANT",
}  # fmt: skip


def from_sqlglot(type_: exp.DataType) -> SqlType | None:
    """A parsed Databricks type; None for what the sandbox does not know."""
    kind = type_.this
    if isinstance(kind, exp.Interval) or getattr(kind, "value", "") == "INTERVAL":
        unit = type_.sql("databricks").upper().removeprefix("INTERVAL").strip()
        return SqlType("INTERVAL", interval=unit or "DAY TO SECOND")
    name = getattr(kind, "value", str(kind))
    match name:
        case "DECIMAL":
            size = [int(parameter.name) for parameter in type_.expressions]
            return SqlType("DECIMAL", precision=size[0] if size else 10, scale=size[1] if len(size) > 1 else 0)
        case "ARRAY" | "LIST":
            inner = from_sqlglot(type_.expressions[0]) if type_.expressions else STRING
            return SqlType("ARRAY", element=inner) if inner else None
        case "MAP":
            inner_types = [from_sqlglot(inner) for inner in type_.expressions]
            if len(inner_types) != 2 or None in inner_types:
                return None
            return SqlType("MAP", key=inner_types[0], element=inner_types[1])
        case "STRUCT":
            fields = []
            for member in type_.expressions:
                inner = from_sqlglot(member.args["kind"]) if isinstance(member, exp.ColumnDef) else None
                if inner is None:
                    return None
                fields.append(Field(member.name, inner))
            return SqlType("STRUCT", fields=tuple(fields))
    return SqlType(_FROM_SQLGLOT[name]) if name in _FROM_SQLGLOT else None


@functools.lru_cache(maxsize=1024)
def parse(text: str) -> SqlType:
    """`DECIMAL(10,2)`, `ARRAY<STRUCT<a: INT>>`, … ; ValueError for anything else."""
    try:
        found = from_sqlglot(exp.DataType.build(text, dialect="databricks"))
    except Exception as error:
        raise ValueError(text) from error
    if found is None:
        raise ValueError(text)
    return found
