"""ALTER TABLE and COMMENT ON."""

from __future__ import annotations

from dataclasses import replace

from portal.sandbox.sql import errors, parsing
from portal.sandbox.sql.catalog_model import TableInfo
from portal.sandbox.sql.context import Context, Rows
from portal.sandbox.sql.ddl.create_table import column_of
from portal.sandbox.sql.ddl.places import duckdb_name, quoted, require_owner, target
from portal.sandbox.sql.words import Words


def alter(context: Context, words: Words) -> Rows:
    words.need("ALTER")
    words.need("TABLE")
    table = context.table(words.name())
    require_owner(context, table, "Table", table.full_name)
    name = duckdb_name((table.catalog_name, table.schema_name, table.name))
    context.load([f"{table.catalog_name}.{table.schema_name}"])
    context.changes(f"{table.catalog_name}.{table.schema_name}")
    if words.take_any("ADD"):
        words.take_any("COLUMNS", "COLUMN")
        return _add_columns(context, table, words.rest())
    if words.take("RENAME", "COLUMN"):
        old = words.name(1)[0]
        words.need("TO")
        new = words.name(1)[0]
        if table.column(old) is None:
            raise errors.column_not_found(old, [one.name for one in table.columns][:5])
        context.run(f"ALTER TABLE {name} RENAME COLUMN {quoted(old)} TO {quoted(new)}")
        columns = tuple(replace(one, name=new) if one.name.lower() == old.lower() else one for one in table.columns)
        context.catalog.add_table(replace(table, columns=columns, updated_at=context.now))
        return Rows()
    if words.take("RENAME", "TO"):
        place = target(context, words.name())
        context.run(f"ALTER TABLE {name} RENAME TO {quoted(place[2])}")
        context.catalog.drop_table(table.full_name)
        context.catalog.add_table(replace(table, name=place[2], updated_at=context.now))
        return Rows()
    raise errors.unsupported(f"ALTER TABLE … {words.peek}")


def _add_columns(context: Context, table: TableInfo, text: str) -> Rows:
    text = text.strip()
    members = text[1:-1] if text.startswith("(") else text
    parsed = parsing.tree(parsing.read(f"CREATE TABLE x ({members})"))
    added = [column_of(item, len(table.columns) + index) for index, item in enumerate(parsed.this.expressions)]
    name = duckdb_name((table.catalog_name, table.schema_name, table.name))
    for column in added:
        context.run(f"ALTER TABLE {name} ADD COLUMN {quoted(column.name)} {column.type.duckdb}")
    context.catalog.add_table(replace(table, columns=(*table.columns, *added), updated_at=context.now))
    return Rows()


def comment(context: Context, words: Words) -> Rows:
    words.need("COMMENT", "ON")
    kind = words.take_any("TABLE", "VIEW", "SCHEMA", "DATABASE")
    if kind is None:
        raise errors.unsupported(f"COMMENT ON {words.peek}")
    parts = words.name(3 if kind in ("TABLE", "VIEW") else 2)
    words.need("IS")
    text = None if words.take("NULL") else words.string()
    words.end()
    if kind in ("TABLE", "VIEW"):
        table = context.table(parts)
        require_owner(context, table, "Table", table.full_name)
        context.changes(f"{table.catalog_name}.{table.schema_name}")
        context.catalog.add_table(replace(table, comment=text, updated_at=context.now))
    else:
        schema = context.schema(parts)
        require_owner(context, schema, "Schema", schema.full_name)
        context.changes(schema.full_name)
        context.catalog.add_schema(replace(schema, comment=text))
    return Rows()
