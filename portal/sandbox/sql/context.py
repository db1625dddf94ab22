"""What a command has at hand, and what it may answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from portal.sandbox.sql import errors, information_schema, lexing
from portal.sandbox.sql.catalog import INFORMATION_SCHEMA, Catalog
from portal.sandbox.sql.catalog_model import SchemaInfo, TableInfo
from portal.sandbox.sql.dialect import Translator
from portal.sandbox.sql.execution import Execution
from portal.sandbox.sql.parameters import Parameter
from portal.sandbox.sql.session import SqlSession
from portal.sandbox.sql.store import Store
from portal.sandbox.sql.types import SqlType
from portal.sandbox.world import Person


@dataclass(frozen=True)
class Rows:
    """A command's answer: columns, and rows of Python values. No columns at all is how DDL answers."""

    columns: Sequence[tuple[str, SqlType]] = ()
    values: Sequence[Sequence[Any]] = ()


@dataclass(frozen=True)
class Context:
    """One statement being run."""

    store: Store
    cursor: duckdb.DuckDBPyConnection
    execution: Execution
    translator: Translator
    text: lexing.Text
    parameters: Sequence[Parameter] = ()
    in_script: bool = False
    """Whether it is part of `BEGIN … END`."""

    @property
    def catalog(self) -> Catalog:
        return self.store.catalog

    @property
    def session(self) -> SqlSession:
        return self.execution.session

    @property
    def person(self) -> Person:
        return self.execution.session.person

    @property
    def now(self) -> float:
        return self.store.now()

    def table(self, parts: list[str], privilege: str = "SELECT") -> TableInfo:
        """The table of a name in this session, if the person has the privilege."""
        return self.catalog.require_table(self.person, self.session.qualified(parts), parts, privilege)

    def relation(self, parts: list[str]) -> TableInfo:
        """As `table`, and the session's temporary views too."""
        if len(parts) == 1 and (view := self.session.views.get(parts[0].lower())) is not None:
            return view.info
        catalog, schema, name = self.session.qualified(parts)
        if schema.lower() == INFORMATION_SCHEMA:
            found = information_schema.table(self.schema([catalog, schema]).catalog_name, name)
            if found is None:
                raise errors.table_not_found(parts)
            return found
        return self.table(parts)

    def schema(self, parts: list[str]) -> SchemaInfo:
        """The schema of a name of one or two parts, if the person may use it."""
        catalog, name = parts if len(parts) == 2 else (self.session.catalog, parts[0])
        if name.lower() == INFORMATION_SCHEMA:
            self.catalog.require_catalog(self.person, catalog)
            return SchemaInfo(catalog.lower(), INFORMATION_SCHEMA, owner="System user")
        return self.catalog.require_schema(self.person, catalog, name)

    def part(self, text: str) -> lexing.Text:
        """Words of this statement as a text of their own."""
        return lexing.Text(text, lexing.tokens_of(text))

    def changes(self, schema: str) -> None:
        """Note that a schema (`main.sales`) is about to be changed: a reset makes it anew."""
        self.store.changed.add(schema)

    def load(self, schemas: Iterable[str]) -> None:
        self.store.load(schemas)

    def run(self, sql: str) -> duckdb.DuckDBPyConnection:
        """Run DuckDB's SQL so that a cancel stops it."""
        self.execution.interruptible(self.cursor.interrupt)
        found = self.cursor.execute(sql)
        self.execution.check()
        return found
