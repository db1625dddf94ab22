"""DESCRIBE."""

from __future__ import annotations

import datetime
import json
from typing import Any

from sqlglot import exp

from portal.sandbox.sql import errors, functions, lexing, travel
from portal.sandbox.sql.builtin import BUILTIN
from portal.sandbox.sql.catalog_model import ColumnInfo, Constraint, TableInfo
from portal.sandbox.sql.context import Context, Rows
from portal.sandbox.sql.types import BIGINT, INT, STRING, SqlType, parse
from portal.sandbox.sql.words import Words

_COLUMNS = [("col_name", STRING), ("data_type", STRING), ("comment", STRING)]


def describe(context: Context, words: Words) -> Rows:
    words.take_any("DESCRIBE", "DESC")
    if words.take_any("SCHEMA", "DATABASE"):
        return _schema(context, words)
    if words.take("CATALOG"):
        return _catalog(context, words)
    if words.take("FUNCTION"):
        words.take("EXTENDED")
        name = words.name()[-1].lower()
        words.end()
        if name not in functions.NAMES | BUILTIN:
            raise errors.routine_not_found(name, context.session.catalog, context.session.schema)
        return Rows([("function_desc", STRING)], [[f"Function: {name}"]])
    if words.take("DETAIL"):
        return _detail(context, words)
    if words.take("HISTORY"):
        return travel.describe_history(context, words)
    if words.take("QUERY"):
        return _query(context, words.rest())
    words.take("TABLE")
    extended = bool(words.take_any("EXTENDED", "FORMATTED"))
    if not extended and _is_query(words):
        return _query(context, words.rest())
    table = context.relation(words.name())
    if extended and words.take("AS", "JSON"):
        return _as_json(table)
    if words.more:
        return _column(table, words)
    rows: list[list[str | None]] = [[one.name, _type(one), one.comment] for one in table.columns]
    if table.partitioned_by:
        rows += [["# Partition Information", "", ""], ["# col_name", "data_type", "comment"]]
        rows += [[one.name, _type(one), one.comment] for name in table.partitioned_by if (one := table.column(name))]
    return Rows(_COLUMNS, rows + (details(table) if extended else []))


def _type(column: ColumnInfo) -> str:
    return f"{column.type.simple} measure" if column.measure else column.type.simple


def _is_query(words: Words) -> bool:
    return words.peek in ("SELECT", "WITH", "VALUES", "(")


def _query(context: Context, text: str) -> Rows:
    """The columns that a query would have."""
    read = lexing.read(text)
    tree = context.translator.tree(read, context.parameters)
    if not isinstance(tree, exp.Query):
        raise lexing.at(read.tokens[0], text)
    query = context.translator.query(tree, text)
    context.load(query.schemas)
    described = context.run(f"SELECT * FROM ({query.sql}) LIMIT 0").description or []
    types = [query.type(index, name, type_) for index, (name, type_, *_) in enumerate(described)]
    return Rows(_COLUMNS, [[one[0], type_.simple, None] for one, type_ in zip(described, types, strict=True)])


def _column(table: TableInfo, words: Words) -> Rows:
    name = words.name(1)[0]
    words.end()
    column = table.column(name)
    if column is None:
        raise errors.column_not_found(name, [one.name for one in table.columns][:5])
    shown = [["col_name", column.name], ["data_type", column.type.simple], ["comment", column.comment or "NULL"]]
    return Rows([("info_name", STRING), ("info_value", STRING)], shown)


def _time(seconds: float) -> str:
    return f"{datetime.datetime.fromtimestamp(seconds, datetime.UTC):%a %b %d %H:%M:%S UTC %Y}"


def details(table: TableInfo) -> list[list[str | None]]:
    """What EXTENDED adds to a table's columns."""
    pairs = {
        "Catalog": table.catalog_name,
        "Database": table.schema_name,
        "Table": table.name,
        "Created Time": _time(table.created_at),
        "Last Access": "UNKNOWN",
        "Created By": "Spark ",
        "Type": table.table_type,
        "Comment": table.comment,
        "Owner": table.owner,
        "Provider": None if table.table_type == "VIEW" else "delta",
        "View Text": table.view_definition,
        "Row Filter": table.row_filter,
        "Table Properties": f"[{','.join(f'{name}={value}' for name, value in sorted(table.properties.items()))}]",
    }
    found: list[list[str | None]] = [["", "", ""], ["# Detailed Table Information", "", ""]]
    found += [[name, value, ""] for name, value in pairs.items() if value is not None]
    masks: list[list[str | None]] = [[column.name, column.mask, ""] for column in table.columns if column.mask]
    if masks:
        found += [["", "", ""], ["# Column Masks", "", ""], *masks]
    keys: list[list[str | None]] = [[one.name, _constraint(one), ""] for one in table.constraints]
    if keys:
        found += [["", "", ""], ["# Constraints", "", ""], *keys]
    return found


def _constraint(one: Constraint) -> str:
    if one.kind == "CHECK":
        return f"CHECK ({one.check})"
    text = f"{one.kind} ({', '.join(errors.quoted(name) for name in one.columns)})"
    if one.kind == "FOREIGN KEY":
        parent = errors.quoted(*one.parent.split(".", 2))
        text += f" REFERENCES {parent} ({', '.join(errors.quoted(name) for name in one.parent_columns)})"
    return text + (" RELY" if one.rely else "")


def _schema(context: Context, words: Words) -> Rows:
    extended = words.take("EXTENDED")
    schema = context.schema(words.name(2))
    words.end()
    rows = [
        ["Catalog Name", schema.catalog_name],
        ["Namespace Name", schema.name],
        ["Comment", schema.comment or ""],
        ["Location", ""],
        ["Owner", schema.owner],
    ]
    if extended:
        rows.append(["Properties", ""])
    columns = [("database_description_item", STRING), ("database_description_value", STRING)]
    return Rows(columns, rows)


def _catalog(context: Context, words: Words) -> Rows:
    words.take("EXTENDED")
    name = words.name(1)[0]
    words.end()
    found = next((one for one in context.catalog.visible_catalogs(context.person) if one.name == name.lower()), None)
    if found is None:
        raise errors.catalog_not_found(name)
    rows = [["Catalog Name", found.name], ["Comment", found.comment or ""], ["Owner", found.owner]]
    return Rows([("info_name", STRING), ("info_value", STRING)], [*rows, ["Catalog Type", "Regular"]])


_DETAIL: list[tuple[str, SqlType]] = [
    ("format", STRING), ("id", STRING), ("name", STRING), ("description", STRING), ("location", STRING),
    ("createdAt", SqlType("TIMESTAMP")), ("lastModified", SqlType("TIMESTAMP")),
    ("partitionColumns", parse("ARRAY<STRING>")), ("clusteringColumns", parse("ARRAY<STRING>")), ("numFiles", BIGINT),
    ("sizeInBytes", BIGINT), ("properties", parse("MAP<STRING, STRING>")), ("minReaderVersion", INT),
    ("minWriterVersion", INT), ("tableFeatures", parse("ARRAY<STRING>")),
]  # fmt: skip


def _detail(context: Context, words: Words) -> Rows:
    """Of files nothing is known here: there are none."""
    table = context.table(words.name())
    words.end()
    if table.view_definition is not None:
        raise errors.view_instead_of_table(table.full_name)
    moments = [datetime.datetime.fromtimestamp(one, datetime.UTC) for one in (table.created_at, table.updated_at)]
    row = [
        "delta", None, table.full_name, table.comment, None, *moments, list(table.partitioned_by),
        list(table.clustered_by), None, table.byte_count, list(table.properties.items()), None, None, None,
    ]  # fmt: skip
    return Rows(_DETAIL, [row])


def _as_json(table: TableInfo) -> Rows:
    """`DESCRIBE EXTENDED t AS JSON`."""
    found = {
        "table_name": table.name,
        "catalog_name": table.catalog_name,
        "schema_name": table.schema_name,
        "namespace": [table.schema_name],
        "columns": [_json_column(one) for one in table.columns],
        "owner": table.owner,
        "created_time": f"{datetime.datetime.fromtimestamp(table.created_at, datetime.UTC):%Y-%m-%dT%H:%M:%SZ}",
        "last_access": "UNKNOWN",
        "created_by": "Spark",
        "type": table.table_type,
        "provider": None if table.view_definition is not None else "delta",
        "comment": table.comment,
        "table_properties": table.properties,
        "partition_columns": list(table.partitioned_by),
        "clustering_columns": list(table.clustered_by),
        "view_text": table.view_definition,
    }
    text = json.dumps({name: value for name, value in found.items() if value not in (None, [], {})}, ensure_ascii=False)
    return Rows([("json_metadata", STRING)], [[text]])


def _json_column(column: ColumnInfo) -> dict[str, Any]:
    found = {"name": column.name, "type": _json_type(column.type), "nullable": column.nullable}
    return {**found, **({"comment": column.comment} if column.comment else {})}


def _json_type(type_: SqlType) -> dict[str, Any]:
    match type_.name:
        case "DECIMAL":
            return {"name": "decimal", "precision": type_.precision, "scale": type_.scale}
        case "ARRAY":
            assert type_.element
            return {"name": "array", "element_type": _json_type(type_.element), "element_nullable": True}
        case "MAP":
            assert type_.key
            assert type_.element
            key, value = _json_type(type_.key), _json_type(type_.element)
            return {"name": "map", "key_type": key, "value_type": value, "value_nullable": True}
        case "STRUCT":
            fields = [{"name": one.name, "type": _json_type(one.type), "nullable": True} for one in type_.fields]
            return {"name": "struct", "fields": fields}
        case "TIMESTAMP":
            return {"name": "timestamp_ltz"}
        case "STRING":
            return {"name": "string", "collation": "UTF8_BINARY"}
    return {"name": type_.simple}
