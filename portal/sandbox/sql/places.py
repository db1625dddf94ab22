"""Places and privileges: where an object goes, and whether its owner says so."""

from __future__ import annotations

from portal.sandbox.sql import errors
from portal.sandbox.sql.catalog_model import SchemaInfo, TableInfo
from portal.sandbox.sql.context import Context

Place = tuple[str, str, str]
"""Catalog, schema and name, lower case."""


def require_owner(context: Context, securable: SchemaInfo | TableInfo, kind: str, name: str) -> None:
    parents = [context.catalog.catalogs[securable.catalog_name]]
    if not context.catalog.may(context.person, "MANAGE", securable, *parents):
        raise errors.insufficient("MANAGE", kind, name)


def target(context: Context, parts: list[str]) -> tuple[str, str, str]:
    """Where a new table goes: three lower-case names, in a schema where the person may create."""
    catalog, schema, name = context.session.qualified(parts)
    found = context.catalog.require_schema(context.person, catalog, schema)
    if not context.catalog.may(context.person, "CREATE_TABLE", found, context.catalog.catalogs[found.catalog_name]):
        raise errors.insufficient("CREATE TABLE", "Schema", found.full_name)
    return found.catalog_name, found.name, name.lower()


def exists(context: Context, place: tuple[str, str, str], shown: list[str], *, tolerant: bool, replaced: bool) -> bool:
    """Whether there is nothing to do, for the table exists and that is tolerated."""
    existing = context.catalog.tables.get(".".join(place))
    if existing is None:
        return False
    if tolerant:
        return True
    if not replaced:
        raise errors.table_exists(shown)
    require_owner(context, existing, "Table", existing.full_name)
    return False


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def duckdb_name(place: tuple[str, str, str]) -> str:
    return f"{quoted(f'{place[0]}.{place[1]}')}.{quoted(place[2])}"
