"""COMMENT ON."""

from __future__ import annotations

from dataclasses import replace

from portal.sandbox.sql import errors
from portal.sandbox.sql.context import Context, Rows
from portal.sandbox.sql.places import require_owner
from portal.sandbox.sql.words import Words


def comment(context: Context, words: Words) -> Rows:
    """On a table, a view, a schema or a column (`catalog.schema.table.column`, as far as the session needs)."""
    words.need("COMMENT", "ON")
    kind = words.take_any("TABLE", "VIEW", "SCHEMA", "DATABASE", "COLUMN")
    if kind is None:
        raise errors.unsupported(f"COMMENT ON {words.peek}")
    parts = words.name({"COLUMN": 4, "SCHEMA": 2, "DATABASE": 2}.get(kind, 3))
    words.need("IS")
    text = None if words.take("NULL") else words.string()
    words.end()
    if kind in ("SCHEMA", "DATABASE"):
        schema = context.schema(parts)
        require_owner(context, schema, "Schema", schema.full_name)
        context.changes(schema.full_name)
        context.catalog.add_schema(replace(schema, comment=text))
        return Rows()
    if kind == "COLUMN" and len(parts) == 1:
        raise errors.column_not_found(parts[0], [])
    table = context.table(parts[:-1] if kind == "COLUMN" else parts)
    require_owner(context, table, "Table", table.full_name)
    context.changes(f"{table.catalog_name}.{table.schema_name}")
    if kind == "COLUMN":
        found = table.column(parts[-1])
        if found is None:
            raise errors.column_not_found(parts[-1], [one.name for one in table.columns][:5])
        columns = tuple(replace(one, comment=text) if one is found else one for one in table.columns)
        table = replace(table, columns=columns)
    else:
        table = replace(table, comment=text)
    context.catalog.add_table(replace(table, updated_at=context.now))
    return Rows()
