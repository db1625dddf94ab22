"""Columns of a table that exists: added, renamed, changed, dropped."""

from __future__ import annotations

from dataclasses import replace

from portal.sandbox.sql import errors
from portal.sandbox.sql.catalog_model import ColumnInfo, TableInfo
from portal.sandbox.sql.context import Context
from portal.sandbox.sql.ddl import definition
from portal.sandbox.sql.ddl.create_table import DEFAULTS_FEATURE, default_sql
from portal.sandbox.sql.places import quoted
from portal.sandbox.sql.words import Words
from portal.sandbox.sql.writes import count, name_of


def add(context: Context, table: TableInfo, words: Words) -> TableInfo:
    """`(a INT COMMENT 'x' [FIRST | AFTER b], …)`; brackets may be left out around one."""
    bracketed = words.take("(")
    found = definition.Definition()
    columns = list(table.columns)
    while True:
        column = definition.column(words, len(columns), found)
        if any(one.name.lower() == column.name.lower() for one in columns):
            text = f"Cannot add column, because {errors.quoted(column.name)} already exists"
            raise errors.SqlError("FIELD_ALREADY_EXISTS", f"{text} in {table.full_name}.", "42710")
        if column.default is not None or column.identity:
            text = "Adding a column with a DEFAULT to an existing Delta table is not supported."
            raise errors.SqlError("WRONG_COLUMN_DEFAULTS_FOR_DELTA_ALTER_TABLE_ADD_COLUMN_NOT_SUPPORTED", text, "0AKDC")
        columns.insert(_position(words, columns), column)
        if not words.take(","):
            break
    if bracketed:
        words.need(")")
    context.catalog.history.keep(table, context.run)
    for column in (one for one in columns if table.column(one.name) is None):
        context.run(f"ALTER TABLE {name_of(table)} ADD COLUMN {quoted(column.name)} {column.type.duckdb}")
    return _ordered(context, table, columns)


def _position(words: Words, columns: list[ColumnInfo]) -> int:
    if words.take("FIRST"):
        return 0
    if words.take("AFTER"):
        name = words.name(1)[0].lower()
        found = next((index for index, one in enumerate(columns) if one.name.lower() == name), None)
        if found is None:
            raise errors.column_not_found(name, [one.name for one in columns][:5])
        return found + 1
    return len(columns)


def _ordered(context: Context, table: TableInfo, columns: list[ColumnInfo]) -> TableInfo:
    """The table with its columns so; DuckDB's has them in the same order, for rows go in by position."""
    name = name_of(table)
    now = [one[0] for one in context.run(f"SELECT * FROM {name} LIMIT 0").description or []]
    if [one.lower() for one in now] != [one.name.lower() for one in columns]:
        raise errors.unsupported("a place for a column but the last")
    return replace(table, columns=tuple(replace(one, position=index) for index, one in enumerate(columns)))


def rename(context: Context, table: TableInfo, words: Words) -> TableInfo:
    old = _existing(table, words.name(1)[0])
    words.need("TO")
    new = words.name(1)[0]
    context.catalog.history.keep(table, context.run)
    context.run(f"ALTER TABLE {name_of(table)} RENAME COLUMN {quoted(old.name)} TO {quoted(new)}")
    return _with(table, old, replace(old, name=new))


def drop(context: Context, table: TableInfo, words: Words) -> TableInfo:
    tolerant = words.take("IF", "EXISTS")
    names = words.names() if words.peek == "(" else (words.name(1)[0],)
    if table.properties.get("delta.columnMapping.mode") != "name":
        text = (
            "DROP COLUMN is not supported for your Delta table. Please enable Column Mapping on your Delta table with "
            "mapping mode 'name'. You can use the following command:\nALTER TABLE "
            f"{table.full_name} SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name')"
        )
        raise errors.SqlError("DELTA_UNSUPPORTED_DROP_COLUMN", text, "0AKDC")
    gone = [table.column(name) or (None if tolerant else _existing(table, name)) for name in names]
    context.catalog.history.keep(table, context.run)
    kept = [one for one in table.columns if one not in gone]
    for column in gone:
        if column is not None:
            context.run(f"ALTER TABLE {name_of(table)} DROP COLUMN {quoted(column.name)}")
    return _ordered(context, table, kept)


def change(context: Context, table: TableInfo, words: Words) -> TableInfo:
    """`ALTER COLUMN c COMMENT 'x' | SET NOT NULL | DROP NOT NULL | SET DEFAULT e | DROP DEFAULT | TYPE t`."""
    column = _existing(table, words.name(1)[0])
    alteration = f"ALTER TABLE {name_of(table)} ALTER COLUMN {quoted(column.name)}"
    if words.take("COMMENT"):
        return _with(table, column, replace(column, comment=words.string()))
    if words.take("SET", "TAGS"):
        tags = {**dict(column.tags), **words.pairs()}
        return _with(table, column, replace(column, tags=tuple(tags.items())))
    if words.take("UNSET", "TAGS"):
        gone = words.pairs()
        return _with(table, column, replace(column, tags=tuple(one for one in column.tags if one[0] not in gone)))
    if words.take("SET", "NOT", "NULL"):
        if count(context, f"SELECT count(*) FROM {name_of(table)} WHERE {quoted(column.name)} IS NULL"):
            raise errors.not_null_violated(column.name)
        context.run(f"{alteration} SET NOT NULL")
        return _with(table, column, replace(column, nullable=False))
    if words.take("DROP", "NOT", "NULL"):
        context.run(f"{alteration} DROP NOT NULL")
        return _with(table, column, replace(column, nullable=True))
    if words.take("SET", "DEFAULT"):
        if DEFAULTS_FEATURE not in table.properties:
            raise errors.defaults_not_enabled("ALTER TABLE")
        default = words.rest()
        context.run(f"{alteration} SET DEFAULT ({default_sql(context, default)})")
        return _with(table, column, replace(column, default=default))
    if words.take("DROP", "DEFAULT"):
        context.run(f"{alteration} DROP DEFAULT")
        return _with(table, column, replace(column, default=None))
    raise errors.unsupported(f"ALTER COLUMN … {words.peek}")


def _existing(table: TableInfo, name: str) -> ColumnInfo:
    found = table.column(name)
    if found is None:
        raise errors.column_not_found(name, [one.name for one in table.columns][:5])
    return found


def _with(table: TableInfo, old: ColumnInfo, new: ColumnInfo) -> TableInfo:
    return replace(table, columns=tuple(new if one is old else one for one in table.columns))
