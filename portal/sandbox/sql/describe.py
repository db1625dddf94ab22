"""DESCRIBE and EXPLAIN."""

from __future__ import annotations

import datetime

from sqlglot import exp

from portal.sandbox.sql import errors, parsing
from portal.sandbox.sql.catalog_model import TableInfo
from portal.sandbox.sql.context import Context, Rows
from portal.sandbox.sql.types import BIGINT, STRING
from portal.sandbox.sql.words import Words

_COLUMNS = [("col_name", STRING), ("data_type", STRING), ("comment", STRING)]


def describe(context: Context, words: Words) -> Rows:
    words.take_any("DESCRIBE", "DESC")
    if words.take_any("SCHEMA", "DATABASE"):
        return _schema(context, words)
    if words.take("CATALOG"):
        return _catalog(context, words)
    if words.take("FUNCTION"):
        name = words.name()[-1]
        words.end()
        return Rows([("function_desc", STRING)], [[f"Function: {name}"]])
    if words.take("DETAIL"):
        return _detail(context, words)
    if words.take("HISTORY"):
        raise errors.unsupported("the history of Delta tables")
    if words.take("QUERY"):
        return _query(context, words.rest())
    words.take("TABLE")
    extended = bool(words.take_any("EXTENDED", "FORMATTED"))
    if not extended and _is_query(words):
        return _query(context, words.rest())
    table = context.table(words.name())
    if words.more:
        return _column(table, words)
    rows: list[list[str | None]] = [[one.name, one.type.simple, one.comment] for one in table.columns]
    return Rows(_COLUMNS, rows + (_details(table) if extended else []))


def _is_query(words: Words) -> bool:
    return words.peek in ("SELECT", "WITH", "VALUES", "(")


def _query(context: Context, text: str) -> Rows:
    """The columns that a query would have."""
    read = parsing.read(text)
    tree = context.translator.tree(read, context.execution.parameters)
    if not isinstance(tree, exp.Query):
        raise parsing.at(read.tokens[0], text)
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


def _details(table: TableInfo) -> list[list[str | None]]:
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
    masked: list[list[str | None]] = [[column.name, column.mask, ""] for column in table.columns if column.mask]
    return found + ([["", "", ""], ["# Column Masks", "", ""], *masked] if masked else [])


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


def _detail(context: Context, words: Words) -> Rows:
    table = context.table(words.name())
    words.end()
    columns = [
        ("format", STRING), ("id", STRING), ("name", STRING), ("description", STRING), ("location", STRING),
        ("createdAt", STRING), ("lastModified", STRING), ("numFiles", BIGINT), ("sizeInBytes", BIGINT),
    ]  # fmt: skip
    row = [
        "delta", None, table.full_name, table.comment, "", _time(table.created_at), _time(table.updated_at), None,
        table.byte_count,
    ]  # fmt: skip
    return Rows(columns, [row])


def explain(context: Context, words: Words) -> Rows:
    """The plan's text is DuckDB's, under Spark's heading."""
    words.need("EXPLAIN")
    words.take_any("EXTENDED", "FORMATTED", "CODEGEN", "COST")
    text = words.rest()
    read = parsing.read(text)
    if read.word not in parsing.QUERY_WORDS:
        return Rows([("plan", STRING)], [["== Physical Plan ==\nExecute Command\n"]])
    tree = context.translator.tree(read, context.execution.parameters)
    query = context.translator.query(tree, text)
    context.load(query.schemas)
    plan = context.run(f"EXPLAIN {query.sql}").fetchall()
    return Rows([("plan", STRING)], [["== Physical Plan ==\n" + "\n".join(row[1] for row in plan)]])
