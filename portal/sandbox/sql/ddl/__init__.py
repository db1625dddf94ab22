"""CREATE, DROP, ALTER and COMMENT: schemas, tables and views, mostly in a person's own schema."""

from __future__ import annotations

from dataclasses import replace

from portal.sandbox.sql import errors, lexing, variables
from portal.sandbox.sql.context import Context, Rows
from portal.sandbox.sql.ddl.alter import alter
from portal.sandbox.sql.ddl.comments import comment
from portal.sandbox.sql.ddl.create_table import create_table
from portal.sandbox.sql.ddl.schemas import create_schema, drop_schema
from portal.sandbox.sql.ddl.views import create_view
from portal.sandbox.sql.places import duckdb_name, require_owner
from portal.sandbox.sql.words import Words

__all__ = ["alter", "comment", "create", "drop", "replace_"]


_ABSENT = frozenset({
    "AGGREGATE", "BLOOMFILTER", "CATALOG", "CONNECTION", "CREDENTIAL", "EXTERNAL", "FLOW", "FOREIGN", "FUNCTION",
    "LIVE", "MATERIALIZED", "POLICY", "PRIVATE", "PROCEDURE", "RECIPIENT", "SERVER", "SERVICE", "SHARE", "STORAGE",
    "STREAMING", "TABLE", "VOLUME",
})  # fmt: skip
"""What Databricks can create and the sandbox cannot; anything else is no statement at all."""


def create(context: Context, words: Words) -> Rows:
    words.need("CREATE")
    or_replace = words.take("OR", "REPLACE")
    if words.take_any("SCHEMA", "DATABASE"):
        return create_schema(context, words)
    words.take("GLOBAL")
    temporary = bool(words.take_any("TEMPORARY", "TEMP"))
    if words.take("VIEW"):
        return create_view(context, words, or_replace, temporary)
    if temporary or not words.take("TABLE"):
        if words.peek not in _ABSENT:
            raise words.error()
        raise errors.unsupported(f"CREATE {'TEMPORARY ' if temporary else ''}{words.peek}")
    return create_table(context, words, or_replace)


def replace_(context: Context, words: Words) -> Rows:
    """`REPLACE TABLE`: Delta's own way to say CREATE OR REPLACE."""
    text = lexing.read("CREATE OR " + context.text.text)
    return create(replace(context, text=text), Words(text, context.parameters))


def drop(context: Context, words: Words) -> Rows:
    words.need("DROP")
    if words.take_any("SCHEMA", "DATABASE"):
        return drop_schema(context, words)
    if words.take("TEMPORARY", "VARIABLE") or words.take("TEMPORARY", "VAR"):
        return variables.drop(context, words)
    kind = words.take_any("TABLE", "VIEW")
    if kind is None:
        raise errors.unsupported(f"DROP {words.peek}")
    tolerant = words.take("IF", "EXISTS")
    shown = words.name()
    words.take("PURGE")
    words.end()
    if len(shown) == 1 and shown[0].lower() in context.session.views:
        del context.session.views[shown[0].lower()]
        return Rows()
    place = [part.lower() for part in context.session.qualified(shown)]
    existing = context.catalog.tables.get(".".join(place))
    if existing is None:
        if tolerant:
            return Rows()
        raise errors.table_not_found(shown)
    context.schema(place[:2])
    found = "TABLE" if existing.view_definition is None else "VIEW"
    if found != kind:
        text = f"The operation DROP {kind} requires a {kind}. But {existing.full_name} is a {found}. Use DROP {found} "
        raise errors.SqlError("WRONG_COMMAND_FOR_OBJECT_TYPE", text + "instead.", "42809")
    require_owner(context, existing, "Table", existing.full_name)
    if existing.view_definition is None:
        context.load([f"{place[0]}.{place[1]}"])
        context.changes(f"{place[0]}.{place[1]}")
        generated = context.catalog.specs.get(existing.full_name)
        what = "VIEW" if generated is not None and generated.generated else "TABLE"
        context.run(f"DROP {what} IF EXISTS {duckdb_name((place[0], place[1], place[2]))}")
    context.catalog.drop_table(existing.full_name)
    context.store.loader.drop(context.catalog.history.forget(existing.full_name))
    return Rows()
