"""Catalogs, schemas and tables, who may see and read them, and the views that people make in sessions."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace

from portal.sandbox.sql import errors, system_tables
from portal.sandbox.sql.catalog_model import CatalogInfo, ColumnInfo, Grants, SchemaInfo, TableInfo
from portal.sandbox.sql.data import TABLES, odd
from portal.sandbox.sql.data.spec import TableSpec
from portal.sandbox.sql.history import History
from portal.sandbox.sql.system_tables import Rows
from portal.sandbox.sql.types import parse
from portal.sandbox.world import Person

INFORMATION_SCHEMA = "information_schema"
_CATALOGS = (
    CatalogInfo("main", "Everyday data.", grants={"users": ("USE_CATALOG",), "engineers": ("ALL_PRIVILEGES",)}),
    CatalogInfo(
        "samples", "Sample data sets, read only.", owner="System user",
        grants={"users": ("USE_CATALOG", "USE_SCHEMA", "SELECT")}, catalog_type="SYSTEM_CATALOG",
    ),
    CatalogInfo(
        "system", "System tables.", owner="System user", grants={"users": ("USE_CATALOG",)},
        catalog_type="SYSTEM_CATALOG",
    ),
)  # fmt: skip
_READ: Grants = {"users": ("USE_SCHEMA", "SELECT")}
_SCHEMAS = (
    SchemaInfo("main", "default", "Default schema (auto-created)", grants=_READ),
    SchemaInfo("main", "sales", "Orders and customers.", grants={"users": ("USE_SCHEMA",)}, tags={"domain": "sales"}),
    SchemaInfo("main", "hr", "People. Engineers only.", grants={}, tags={"confidential": "true"}),
    SchemaInfo("main", "bench", "Tables computed as they are read, of any size.", grants=_READ),
    SchemaInfo("main", "shapes", "Wide, nested and empty tables.", grants=_READ),
    SchemaInfo(
        "main",
        "archive",
        f"{odd.ARCHIVED} tables that may be browsed.\nAsk the owner for more.",
        grants={"users": ("BROWSE",)},
    ),
    system_tables.SCHEMA,
    SchemaInfo("samples", "bakehouse", "A bakery's franchises, suppliers and sales."),
    SchemaInfo("samples", "nyctaxi", "Yellow cab trips."),
    SchemaInfo("samples", "tpch", "TPC-H."),
)


def _table(spec: TableSpec) -> TableInfo:
    catalog, schema = spec.schema.split(".")
    columns = tuple(
        ColumnInfo(
            name, parse(type_), position, comment or None, mask=spec.masks[name][0] if name in spec.masks else None
        )
        for position, (name, type_, comment) in enumerate(spec.columns)
    )
    return TableInfo(
        catalog, schema, spec.name, columns,
        comment=spec.comment or None,
        owner="System user" if catalog == "samples" else "engineer@example.com",
        grants=spec.grants,
        tags=spec.tags,
        row_filter=spec.row_filter[0] if spec.row_filter else None,
        row_count=spec.rows,
    )  # fmt: skip


_METRICS = TableInfo(
    "main", "shapes", "revenue_metrics",
    tuple(
        ColumnInfo(name, parse(type_), index, measure=measure)
        for index, (name, type_, measure) in enumerate(odd.METRIC_COLUMNS)
    ),
    table_type="METRIC_VIEW", data_source_format=None, view_definition=odd.METRICS, grants={"users": ("SELECT",)},
    comment="What customers order.\nOf all regions: a view reads with its owner's rights.",
)  # fmt: skip


def _seeded() -> dict[str, TableInfo]:
    """The tables and views of the start, by full name."""
    specified = {f"{spec.schema}.{spec.name}": _table(spec) for spec in TABLES}
    return {**specified, _METRICS.full_name: _METRICS, **system_tables.TABLES}


class Catalog:
    """The registry; its methods that take a person show and allow only what that person may.

    Reads and writes come from several threads: every change replaces a value under the lock.
    """

    def __init__(self, people: Iterable[Person], now: float) -> None:
        self._lock = threading.Lock()
        self.people = tuple(people)
        self.catalogs = {catalog.name: catalog for catalog in _CATALOGS}
        self.schemas = {schema.full_name: schema for schema in _SCHEMAS}
        self.tables = _seeded()
        self.system_rows: dict[str, Rows] = {}
        """Where the rows of system tables come from, by full name; without an entry a table has none."""
        self.specs = {f"{spec.schema}.{spec.name}": spec for spec in TABLES}
        for person in self.people:
            comment = f"{person.display_name}'s own schema."
            schema = SchemaInfo("main", personal_schema(person), comment, owner=person.user_name, created_at=now)
            self.schemas[schema.full_name] = schema
        self._seed = dict(self.schemas)
        self.history = History()

    def restore(self, full_name: str) -> None:
        """A schema and its tables as they were at the start; one that was not there then is gone."""
        prefix = f"{full_name}."
        with self._lock:
            schemas = {name: schema for name, schema in self.schemas.items() if name != full_name}
            tables = {name: table for name, table in self.tables.items() if not name.startswith(prefix)}
            if full_name in self._seed:
                schemas[full_name] = self._seed[full_name]
                seeded = {**_seeded(), **{name: _table(spec) for name, spec in self.specs.items()}}
                tables |= {name: table for name, table in seeded.items() if name.startswith(prefix)}
            else:
                self.specs = {name: spec for name, spec in self.specs.items() if not name.startswith(prefix)}
            self.schemas, self.tables = schemas, tables

    # What a person may do

    def may(self, person: Person, privilege: str, *securables: CatalogInfo | SchemaInfo | TableInfo) -> bool:
        """Whether any of the securables (an object and its parents) gives the privilege, or is the person's own."""
        principals = {*person.groups, person.user_name, "account users"}
        for securable in securables:
            if securable.owner == person.user_name:
                return True
            for principal in principals & securable.grants.keys():
                if {privilege, "ALL_PRIVILEGES"} & set(securable.grants[principal]):
                    return True
        return False

    def require_catalog(self, person: Person, catalog: str) -> CatalogInfo:
        """The catalog, if it exists and the person may use it."""
        found = self.catalogs.get(catalog.lower())
        if found is None:
            raise errors.catalog_not_found(catalog)
        if not self.may(person, "USE_CATALOG", found):
            raise errors.insufficient("USE CATALOG", "Catalog", found.name)
        return found

    def require_schema(self, person: Person, catalog: str, schema: str) -> SchemaInfo:
        """The schema, if it exists and the person may use it."""
        found_catalog = self.require_catalog(person, catalog)
        found = self.schemas.get(f"{catalog}.{schema}".lower())
        if found is None:
            raise errors.schema_not_found(catalog, schema)
        if not self.may(person, "USE_SCHEMA", found, found_catalog):
            raise errors.insufficient("USE SCHEMA", "Schema", found.full_name)
        return found

    def require_table(
        self, person: Person, parts: Sequence[str], shown: Sequence[str], privilege: str, line: int = 0, pos: int = 0
    ) -> TableInfo:
        """The table of a three-part name, if it exists and the person has the privilege (and may use its schema)."""
        catalog, schema, name = (part.lower() for part in parts)
        found_schema = self.schemas.get(f"{catalog}.{schema}")
        if found_schema is None:
            raise errors.table_not_found(shown, line, pos)
        self.require_schema(person, catalog, schema)
        found = self.tables.get(f"{catalog}.{schema}.{name}")
        if found is None:
            raise errors.table_not_found(shown, line, pos)
        if not self.may(person, privilege, found, found_schema, self.catalogs[catalog]):
            raise errors.insufficient(privilege, "Table", found.full_name)
        return found

    # What a person sees

    def visible_catalogs(self, person: Person) -> list[CatalogInfo]:
        return sorted(
            (catalog for catalog in self.catalogs.values() if self.may(person, "USE_CATALOG", catalog)),
            key=lambda catalog: catalog.name,
        )

    def visible_schemas(self, person: Person, catalog: str) -> list[SchemaInfo]:
        """With `information_schema`, which every catalog has."""
        parent = self.catalogs.get(catalog.lower())
        if parent is None or not self.may(person, "USE_CATALOG", parent):
            return []
        shown = [
            schema
            for schema in self.schemas.values()
            if schema.catalog_name == parent.name
            and (self.may(person, "USE_SCHEMA", schema, parent) or self.may(person, "BROWSE", schema, parent))
        ]
        shown.append(
            SchemaInfo(parent.name, INFORMATION_SCHEMA, "Information schema (auto-created)", owner="System user")
        )
        return sorted(shown, key=lambda schema: schema.name)

    def visible_tables(self, person: Person, catalog: str, schema: str) -> list[TableInfo]:
        found = self.schemas.get(f"{catalog}.{schema}".lower())
        if found is None or found not in self.visible_schemas(person, catalog):
            return []
        parent = self.catalogs[found.catalog_name]
        return sorted(
            (
                table
                for table in self.tables.values()
                if (table.catalog_name, table.schema_name) == (found.catalog_name, found.name)
                and (
                    self.may(person, "SELECT", table, found, parent) or self.may(person, "BROWSE", table, found, parent)
                )
            ),
            key=lambda table: table.name,
        )

    def visible_table(self, person: Person, full_name: str) -> TableInfo | None:
        table = self.tables.get(full_name.lower())
        if table is None or table not in self.visible_tables(person, table.catalog_name, table.schema_name):
            return None
        return table

    # Changes

    def add_schema(self, schema: SchemaInfo) -> None:
        with self._lock:
            self.schemas = {**self.schemas, schema.full_name.lower(): schema}

    def drop_schema(self, full_name: str) -> None:
        with self._lock:
            self.schemas = {name: schema for name, schema in self.schemas.items() if name != full_name.lower()}
            prefix = full_name.lower() + "."
            self.tables = {name: table for name, table in self.tables.items() if not name.startswith(prefix)}

    def add_table(self, table: TableInfo) -> None:
        with self._lock:
            self.tables = {**self.tables, table.full_name.lower(): table}

    def drop_table(self, full_name: str) -> None:
        with self._lock:
            self.tables = {name: table for name, table in self.tables.items() if name != full_name.lower()}

    def touch(self, table: TableInfo, now: float, rows: int | None) -> None:
        """Note a write."""
        self.add_table(replace(table, updated_at=now, row_count=rows))


def personal_schema(person: Person) -> str:
    """`analyst_west`: where a person may create what they like."""
    return person.key.replace("-", "_")
