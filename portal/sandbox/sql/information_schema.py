"""`information_schema` of a catalog: what the reader may see, as a query of literal rows."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from sqlglot import exp

from portal.sandbox.sql.catalog import Catalog
from portal.sandbox.world import Person

_COLUMNS = {
    "catalogs": ("catalog_name", "catalog_owner", "comment", "created"),
    "schemata": ("catalog_name", "schema_name", "schema_owner", "comment", "created"),
    "tables": (
        "table_catalog", "table_schema", "table_name", "table_type", "is_insertable_into", "table_owner", "comment",
        "created", "last_altered", "data_source_format",
    ),
    "columns": (
        "table_catalog", "table_schema", "table_name", "column_name", "ordinal_position", "is_nullable",
        "full_data_type", "data_type", "comment",
    ),
    "table_tags": ("catalog_name", "schema_name", "table_name", "tag_name", "tag_value"),
    "table_privileges": (
        "grantor", "grantee", "table_catalog", "table_schema", "table_name", "privilege_type", "is_grantable",
    ),
}  # fmt: skip
Row = tuple[str | int | float | None, ...]


def query(catalog: Catalog, person: Person, catalog_name: str, name: str) -> exp.Query | None:
    """A query of the view's rows; None where there is no such view. `system` shows every catalog's."""
    columns = _COLUMNS.get(name.lower())
    visible = [one.name for one in catalog.visible_catalogs(person)]
    if columns is None or catalog_name.lower() not in visible:
        return None
    scope = visible if catalog_name.lower() == "system" else [catalog_name.lower()]
    rows = list(_rows(name.lower(), catalog, person, scope))
    literals = [exp.Tuple(expressions=[_literal(value) for value in row]) for row in rows]
    names = [exp.to_identifier(column, quoted=True) for column in columns]
    if not literals:
        nothing = [exp.alias_(exp.cast(exp.Null(), "TEXT"), column, quoted=True) for column in columns]
        return exp.select(*nothing).where(exp.false())
    values = exp.Values(expressions=literals, alias=exp.TableAlias(this=exp.to_identifier("rows"), columns=names))
    return exp.select("*").from_(values)


def _literal(value: str | int | float | None) -> exp.Expression:
    if isinstance(value, float):
        moment = datetime.datetime.fromtimestamp(value, datetime.UTC)
        return exp.cast(exp.Literal.string(f"{moment:%Y-%m-%d %H:%M:%S}+00"), "TIMESTAMPTZ")
    return exp.convert(value)


def _rows(name: str, catalog: Catalog, person: Person, scope: list[str]) -> Iterable[Row]:
    if name == "catalogs":
        for one in catalog.visible_catalogs(person):
            if one.name in scope:
                yield one.name, one.owner, one.comment, one.created_at
        return
    for catalog_name in scope:
        for schema in catalog.visible_schemas(person, catalog_name):
            if name == "schemata":
                yield catalog_name, schema.name, schema.owner, schema.comment, schema.created_at
                continue
            for table in catalog.visible_tables(person, catalog_name, schema.name):
                place = (catalog_name, schema.name, table.name)
                match name:
                    case "tables":
                        yield (
                            *place, table.table_type, "NO" if table.table_type == "VIEW" else "YES", table.owner,
                            table.comment, table.created_at, table.updated_at, table.data_source_format,
                        )  # fmt: skip
                    case "columns":
                        for column in table.columns:
                            yield (
                                *place, column.name, column.position, "YES" if column.nullable else "NO",
                                column.type.simple, column.type.api_name, column.comment,
                            )  # fmt: skip
                    case "table_tags":
                        for tag, value in table.tags.items():
                            yield (*place, tag, value)
                    case "table_privileges":
                        for principal, privileges in table.grants.items():
                            for privilege in privileges:
                                yield (table.owner, principal, *place, privilege, "NO")
