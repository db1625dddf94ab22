"""Makes the tables of a schema the first time that someone reads it."""

from __future__ import annotations

import threading

import duckdb

from portal.sandbox.sql import macros
from portal.sandbox.sql.catalog import Catalog
from portal.sandbox.sql.data import tpch
from portal.sandbox.sql.data.spec import TableSpec
from portal.sandbox.sql.types import parse


class Loader:
    """One lock for each schema, so that reading `samples.nyctaxi` does not wait for TPC-H."""

    def __init__(self, catalog: Catalog, connection: duckdb.DuckDBPyConnection, seed: int = 0) -> None:
        self._seed = seed
        self._catalog = catalog
        self._connection = connection
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._loaded: set[str] = set()

    def prepare(self) -> None:
        """What every statement needs: the time zone, the macros, the extension; and no way to files or the network."""
        self._connection.execute("SET GLOBAL TimeZone = 'UTC'")
        self._connection.execute(f"LOAD '{tpch.extension_file()}'")
        macros.create_all(self._connection, self._seed)
        self._connection.execute("SET enable_external_access = false")

    def ensure(self, schema: str) -> None:
        """Load a schema (`samples.tpch`) unless it is; quick when it is. Called in a statement's thread."""
        if schema in self._loaded:
            return
        with self._lock:
            lock = self._locks.setdefault(schema, threading.Lock())
        with lock:
            if schema not in self._loaded:
                self._load(schema)
                self._loaded.add(schema)

    def forget(self, schema: str) -> None:
        """Drop a schema's tables; the next who reads it has them made anew."""
        with self._lock:
            cursor = self._connection.cursor()
        try:
            cursor.execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')
        finally:
            cursor.close()
        self._loaded.discard(schema)

    def drop(self, tables: list[str]) -> None:
        """Drop old versions of tables, by DuckDB's names."""
        with self._lock:
            cursor = self._connection.cursor()
        try:
            for table in tables:
                cursor.execute(f"DROP TABLE IF EXISTS {table}")
        finally:
            cursor.close()

    def _load(self, schema: str) -> None:
        specs = [spec for spec in self._catalog.specs.values() if spec.schema == schema]
        with self._lock:
            cursor = self._connection.cursor()
        try:
            cursor.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
            done: set[str] = set()
            for spec in specs:
                for statement in spec.before:
                    if statement not in done:
                        cursor.execute(statement)
                        done.add(statement)
                cursor.execute(create(spec))
            for statement in {statement for spec in specs for statement in spec.after}:
                cursor.execute(statement)
        finally:
            cursor.close()


def create(spec: TableSpec) -> str:
    """A table, or a view where rows are computed on each read; columns take their declared types."""
    sources = ", ".join(f"c{index}" for index in range(len(spec.columns)))
    casts = ", ".join(
        f'CAST(c{index} AS {parse(type_).duckdb}) AS "{name}"' for index, (name, type_, _) in enumerate(spec.columns)
    )
    kind = "VIEW" if spec.generated else "TABLE"
    return f'CREATE {kind} "{spec.schema}"."{spec.name}" AS SELECT {casts} FROM ({spec.select}) AS s({sources})'
