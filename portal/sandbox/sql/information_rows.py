"""The rows of `information_schema`'s views, for a reader."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from portal.sandbox.sql import routines
from portal.sandbox.sql.catalog import Catalog
from portal.sandbox.sql.catalog_model import CREATED, OWNER, Grants, SchemaInfo, TableInfo
from portal.sandbox.sql.types import SqlType, parse
from portal.sandbox.world import Person

Row = tuple[str | int | float | None, ...]
"""In the order of the view's columns; times are seconds since the epoch."""


@dataclass(frozen=True)
class Reader:
    """Who reads, and which catalogs."""

    catalog: Catalog
    person: Person
    scope: list[str]

    def schemas(self) -> Iterator[SchemaInfo]:
        for name in self.scope:
            yield from self.catalog.visible_schemas(self.person, name)

    def tables(self) -> Iterator[TableInfo]:
        for schema in self.schemas():
            yield from self.catalog.visible_tables(self.person, schema.catalog_name, schema.name)


def _place(one: TableInfo) -> tuple[str, str, str]:
    return one.catalog_name, one.schema_name, one.name


def _changes(owner: str, created: float, altered: float | None = None) -> tuple[float, str, float, str]:
    return float(created), owner, float(altered if altered is not None else created), owner


def _grants(grants: Grants) -> Iterator[tuple[str, str]]:
    for principal, privileges in grants.items():
        for privilege in privileges:
            yield principal, privilege


def _catalogs(reader: Reader) -> Iterable[Row]:
    for one in reader.catalog.visible_catalogs(reader.person):
        if one.name in reader.scope:
            yield one.name, one.owner, one.comment, *_changes(one.owner, one.created_at)


def _catalog_privileges(reader: Reader) -> Iterable[Row]:
    for one in reader.catalog.visible_catalogs(reader.person):
        if one.name in reader.scope:
            for principal, privilege in _grants(one.grants):
                yield one.owner, principal, one.name, privilege, "NO", "NONE"


def _schemata(reader: Reader) -> Iterable[Row]:
    for one in reader.schemas():
        yield one.catalog_name, one.name, one.owner, one.comment, *_changes(one.owner, one.created_at)


def _tables(reader: Reader) -> Iterable[Row]:
    for one in reader.tables():
        insertable = "NO" if one.view_definition is not None else "YES"
        yield (
            *_place(one), one.table_type, insertable, "PRESERVE", one.owner, one.comment,
            *_changes(one.owner, one.created_at, one.updated_at),
            one.data_source_format or "UNKNOWN_DATA_SOURCE_FORMAT", None,
        )  # fmt: skip


def _columns(reader: Reader) -> Iterable[Row]:
    for one in reader.tables():
        partitions = [name.lower() for name in one.partitioned_by]
        for column in one.columns:
            type_ = column.type
            place = partitions.index(column.name.lower()) if column.name.lower() in partitions else None
            yield (
                *_place(one), column.name, column.position, column.default, "YES" if column.nullable else "NO",
                type_.simple, type_.api_name, 0 if type_.name == "STRING" else None,
                0 if type_.name == "STRING" else None, _precision(type_), _radix(type_), _scale(type_),
                6 if type_.name.startswith("TIMESTAMP") else None, type_.interval or None, None, None,
                "YES" if column.identity else "NO", column.identity or None, "NO", "YES", place, column.comment,
            )  # fmt: skip


_PRECISIONS = {"TINYINT": 3, "SMALLINT": 5, "INT": 10, "BIGINT": 19, "FLOAT": 24, "DOUBLE": 53}


def _precision(type_: SqlType) -> int | None:
    return type_.precision if type_.name == "DECIMAL" else _PRECISIONS.get(type_.name)


def _radix(type_: SqlType) -> int | None:
    return None if _precision(type_) is None else 2 if type_.name in ("FLOAT", "DOUBLE") else 10


def _scale(type_: SqlType) -> int | None:
    return (
        type_.scale
        if type_.name == "DECIMAL"
        else 0
        if type_.name in ("TINYINT", "SMALLINT", "INT", "BIGINT")
        else None
    )


def _views(reader: Reader) -> Iterable[Row]:
    for one in reader.tables():
        if one.view_definition is not None:
            yield *_place(one), one.view_definition, "NONE", "NO", "NO", None, "NO"


def _constraints(reader: Reader) -> Iterable[Row]:
    for one in reader.tables():
        for constraint in one.constraints:
            yield (
                one.catalog_name, one.schema_name, constraint.name, *_place(one), constraint.kind, "NO", "NO",
                "YES" if constraint.kind == "CHECK" else "NO", None,
            )  # fmt: skip


def _keys(reader: Reader) -> Iterable[Row]:
    for one in reader.tables():
        for constraint in one.constraints:
            for index, name in enumerate(constraint.columns, start=1):
                position = index if constraint.kind == "FOREIGN KEY" else None
                yield one.catalog_name, one.schema_name, constraint.name, *_place(one), name, index, position


def _references(reader: Reader) -> Iterable[Row]:
    for one in reader.tables():
        for constraint in (item for item in one.constraints if item.kind == "FOREIGN KEY"):
            parent = reader.catalog.tables.get(constraint.parent)
            key = next((item for item in parent.constraints if item.kind == "PRIMARY KEY"), None) if parent else None
            catalog, schema, _ = constraint.parent.split(".", 2)
            yield (
                one.catalog_name, one.schema_name, constraint.name, catalog, schema, key.name if key else None, "FULL",
                "NO ACTION", "NO ACTION",
            )  # fmt: skip


def _column_usage(reader: Reader) -> Iterable[Row]:
    for one in reader.tables():
        for constraint in one.constraints:
            foreign = constraint.kind == "FOREIGN KEY"
            place = tuple(constraint.parent.split(".", 2)) if foreign else _place(one)
            for name in constraint.parent_columns if foreign else constraint.columns:
                yield *place, name, one.catalog_name, one.schema_name, constraint.name


def _table_usage(reader: Reader) -> Iterable[Row]:
    for one in reader.tables():
        for constraint in one.constraints:
            place = tuple(constraint.parent.split(".", 2)) if constraint.kind == "FOREIGN KEY" else _place(one)
            yield *place, one.catalog_name, one.schema_name, constraint.name


def _checks(reader: Reader) -> Iterable[Row]:
    for one in reader.tables():
        for constraint in (item for item in one.constraints if item.kind == "CHECK"):
            yield one.catalog_name, one.schema_name, constraint.name, constraint.check, None


def _routines(reader: Reader) -> Iterable[Row]:
    for schema in reader.schemas():
        for one in routines.of_schema(reader.catalog, schema.full_name):
            place = (schema.catalog_name, schema.name, one.name)
            yield (
                *place, *place, "FUNCTION", parse(one.returns).api_name, one.returns.lower(), "SQL", None, None, "YES",
                "CONTAINS_SQL", "DEFINER", OWNER, one.comment, *_changes(OWNER, CREATED),
            )  # fmt: skip


def _parameters(reader: Reader) -> Iterable[Row]:
    for schema in reader.schemas():
        for one in routines.of_schema(reader.catalog, schema.full_name):
            name, type_ = one.parameter
            place = (schema.catalog_name, schema.name, one.name)
            yield *place, 0, "IN", "NO", name, parse(type_).api_name, type_.lower(), None, None


ROWS: dict[str, Callable[[Reader], Iterable[Row]]] = {
    "information_schema_catalog_name": lambda reader: [(name,) for name in reader.scope],
    "catalogs": _catalogs,
    "catalog_privileges": _catalog_privileges,
    "catalog_tags": lambda reader: (
        (one.name, *tag)
        for one in reader.catalog.visible_catalogs(reader.person)
        if one.name in reader.scope
        for tag in one.tags.items()
    ),
    "schemata": _schemata,
    "schema_privileges": lambda reader: (
        (one.owner, principal, one.catalog_name, one.name, privilege, "NO", "NONE")
        for one in reader.schemas()
        for principal, privilege in _grants(one.grants)
    ),
    "schema_tags": lambda reader: (
        (one.catalog_name, one.name, *tag) for one in reader.schemas() for tag in one.tags.items()
    ),
    "tables": _tables,
    "views": _views,
    "columns": _columns,
    "table_privileges": lambda reader: (
        (one.owner, principal, *_place(one), privilege, "NO", "NONE")
        for one in reader.tables()
        for principal, privilege in _grants(one.grants)
    ),
    "table_tags": lambda reader: ((*_place(one), *tag) for one in reader.tables() for tag in one.tags.items()),
    "column_tags": lambda reader: (
        (*_place(one), column.name, *tag) for one in reader.tables() for column in one.columns for tag in column.tags
    ),
    "column_masks": lambda reader: (
        (*_place(one), column.name, column.mask, None)
        for one in reader.tables()
        for column in one.columns
        if column.mask
    ),
    "row_filters": lambda reader: (
        (*_place(one), one.row_filter, "region") for one in reader.tables() if one.row_filter
    ),
    "table_constraints": _constraints,
    "key_column_usage": _keys,
    "referential_constraints": _references,
    "constraint_column_usage": _column_usage,
    "constraint_table_usage": _table_usage,
    "check_constraints": _checks,
    "routines": _routines,
    "parameters": _parameters,
}
