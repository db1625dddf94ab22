"""What a command has at hand, and what it may answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from portal.sandbox.sql import parsing
from portal.sandbox.sql.catalog import INFORMATION_SCHEMA, Catalog
from portal.sandbox.sql.catalog_model import SchemaInfo, TableInfo
from portal.sandbox.sql.dialect import Translator
from portal.sandbox.sql.session import SqlSession
from portal.sandbox.sql.types import SqlType
from portal.sandbox.world import Person

if TYPE_CHECKING:
    from portal.sandbox.sql.engine import Engine
    from portal.sandbox.sql.execution import Execution


@dataclass(frozen=True)
class Rows:
    """A command's answer: columns, and rows of Python values. No columns at all is how DDL answers."""

    columns: Sequence[tuple[str, SqlType]] = ()
    values: Sequence[Sequence[Any]] = ()


@dataclass(frozen=True)
class Context:
    """One statement being run."""

    engine: Engine
    cursor: duckdb.DuckDBPyConnection
    execution: Execution
    translator: Translator
    text: parsing.Text

    @property
    def catalog(self) -> Catalog:
        return self.engine.catalog

    @property
    def session(self) -> SqlSession:
        return self.execution.session

    @property
    def person(self) -> Person:
        return self.execution.session.person

    @property
    def now(self) -> float:
        return self.engine.world.clock.now()

    def table(self, parts: list[str], privilege: str = "SELECT") -> TableInfo:
        """The table of a name in this session, if the person has the privilege."""
        return self.catalog.require_table(self.person, self.session.qualified(parts), parts, privilege)

    def schema(self, parts: list[str]) -> SchemaInfo:
        """The schema of a name of one or two parts, if the person may use it."""
        catalog, name = parts if len(parts) == 2 else (self.session.catalog, parts[0])
        if name.lower() == INFORMATION_SCHEMA:
            return SchemaInfo(catalog.lower(), INFORMATION_SCHEMA, owner="System user")
        return self.catalog.require_schema(self.person, catalog, name)

    def changes(self, schema: str) -> None:
        """Note that a schema (`main.sales`) is about to be changed: a reset makes it anew."""
        self.engine.changed.add(schema)

    def load(self, schemas: Iterable[str]) -> None:
        for schema in schemas:
            self.engine.loader.ensure(schema)

    def run(self, sql: str) -> duckdb.DuckDBPyConnection:
        """Run DuckDB's SQL so that a cancel stops it."""
        self.execution.interruptible(self.cursor.interrupt)
        found = self.cursor.execute(sql)
        self.execution.check()
        return found
