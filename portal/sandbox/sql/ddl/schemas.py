"""Schemas: CREATE and DROP."""

from __future__ import annotations

from portal.sandbox.sql import errors
from portal.sandbox.sql.catalog_model import SchemaInfo
from portal.sandbox.sql.context import Context, Rows
from portal.sandbox.sql.places import require_owner
from portal.sandbox.sql.words import Words


def create_schema(context: Context, words: Words) -> Rows:
    tolerant = words.take("IF", "NOT", "EXISTS")
    parts = words.name(2)
    comment = words.string() if words.take("COMMENT") else None
    words.end()
    catalog, name = parts if len(parts) == 2 else (context.session.catalog, parts[0])
    parent = context.catalog.catalogs.get(catalog.lower())
    if parent is None:
        raise errors.catalog_not_found(catalog)
    if f"{catalog}.{name}".lower() in context.catalog.schemas:
        if tolerant:
            return Rows()
        raise errors.schema_exists(catalog, name)
    if not context.catalog.may(context.person, "CREATE_SCHEMA", parent):
        raise errors.insufficient("CREATE SCHEMA", "Catalog", parent.name)
    context.changes(f"{parent.name}.{name}".lower())
    owner = context.person.user_name
    context.catalog.add_schema(SchemaInfo(parent.name, name.lower(), comment, owner=owner, created_at=context.now))
    return Rows()


def drop_schema(context: Context, words: Words) -> Rows:
    tolerant = words.take("IF", "EXISTS")
    parts = words.name(2)
    cascade = words.take_any("CASCADE", "RESTRICT") == "CASCADE"
    words.end()
    catalog, name = parts if len(parts) == 2 else (context.session.catalog, parts[0])
    schema = context.catalog.schemas.get(f"{catalog}.{name}".lower())
    if schema is None:
        if tolerant:
            return Rows()
        raise errors.schema_not_found(catalog, name)
    require_owner(context, schema, "Schema", schema.full_name)
    inside = [one for one in context.catalog.tables.values() if one.full_name.startswith(schema.full_name + ".")]
    if inside and not cascade:
        text = (
            f"Cannot drop a schema {errors.quoted(catalog, name)} because it contains objects.\n"
            "Use DROP SCHEMA ... CASCADE to drop the schema and all its objects."
        )
        raise errors.SqlError("SCHEMA_NOT_EMPTY", text, "2BP01")
    context.changes(schema.full_name)
    context.run(f'DROP SCHEMA IF EXISTS "{schema.full_name}" CASCADE')
    context.catalog.drop_schema(schema.full_name)
    context.store.loader.drop(context.catalog.history.forget(schema.full_name))
    return Rows()
