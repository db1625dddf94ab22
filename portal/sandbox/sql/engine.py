"""The engine behind both doors: one DuckDB in memory, a thread for each running statement."""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb

from portal.sandbox.sql import duckdb_errors, errors, execution, runner
from portal.sandbox.sql.catalog import Catalog
from portal.sandbox.sql.catalog_model import CatalogInfo, SchemaInfo, TableInfo
from portal.sandbox.sql.execution import Canceled, Execution
from portal.sandbox.sql.loading import Loader
from portal.sandbox.sql.parameters import Parameter
from portal.sandbox.sql.presigned import Presigned
from portal.sandbox.sql.results import Budget, Chunk, Result
from portal.sandbox.sql.session import DEFAULT_SCHEMA, SqlSession
from portal.sandbox.sql.store import Store
from portal.sandbox.world import Origin, Person, QueryRecord, Warehouse, World

log = logging.getLogger(__name__)
MAX_HISTORY = 20_000
"""Statements that the query history remembers."""
MAX_RUNNING = 10
"""Statements that run at once, as on one cluster of a warehouse; more are QUEUED."""


class Engine:
    """Runs statements and knows the catalog. `submit` must be called from the event loop."""

    def __init__(self, world: World, seed: int = 0, memory: str = "2GB") -> None:
        self.world = world
        self.seed = seed
        self.catalog = Catalog(world.people.values(), world.clock.now())
        self.presigned = Presigned(world)
        self._memory = memory
        self._folder: Path | None = None
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._running: set[Execution] = set()

    def start(self) -> None:
        """Open DuckDB. Everything it writes goes to a private folder; it installs nothing and reads no other file."""
        self._folder = Path(tempfile.mkdtemp(prefix="sandbox-sql-"))
        config = {
            "memory_limit": self._memory,
            "temp_directory": str(self._folder / "spill"),
            "extension_directory": str(self._folder / "extensions"),
            "home_directory": str(self._folder),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "preserve_insertion_order": "true",
        }
        self._connection = duckdb.connect(":memory:", config=config)
        loader = Loader(self.catalog, self._connection, self.seed)
        loader.prepare()
        self.store = Store(self.catalog, loader, Budget(self._folder), self.world.clock.now)
        self._pool = ThreadPoolExecutor(MAX_RUNNING, thread_name_prefix="statement")

    def close(self) -> None:
        """Stop what runs and remove the private folder."""
        self._stop_all(1.0)
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def reset(self) -> None:
        """Back to the seed state: what runs is stopped, what was made or changed is gone. For a thread of its own."""
        self._stop_all(5.0)
        self.store.reset()

    def _stop_all(self, seconds: float) -> None:
        """Stop every statement, and wait so long for their threads to notice."""
        deadline = time.monotonic() + seconds
        while (running := [one for one in list(self._running) if not one.settled]) and time.monotonic() < deadline:
            for one in running:
                one.stop()
            time.sleep(0.01)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own to the one database, in the warehouse's time zone."""
        assert self._connection is not None, "the engine has not been started"
        with self._lock:
            return self._connection.cursor()

    # Statements

    def session(
        self,
        person: Person,
        catalog: str | None = None,
        schema: str | None = None,
        settings: dict[str, str] | None = None,
        warehouse: Warehouse | None = None,
    ) -> SqlSession:
        """A session; SqlError for a catalog that does not exist or may not be used.

        A schema is taken as it is, as on a warehouse: what it lacks is told when something is read from it.
        """
        session = SqlSession(person)
        for name, value in (warehouse.settings if warehouse is not None else {}).items():
            session.assign(name, value)
        session.defaults.update(session.settings)
        session.settings.clear()
        for name, value in (settings or {}).items():
            session.assign(name, value)
        if catalog:
            session.catalog, session.schema = catalog, DEFAULT_SCHEMA
            if catalog.lower() not in {one.name for one in self.catalog.visible_catalogs(person)}:
                raise errors.catalog_not_found(catalog)
        session.schema = schema or session.schema
        return session

    def submit(
        self,
        session: SqlSession,
        warehouse: Warehouse,
        text: str,
        parameters: Sequence[Parameter] = (),
        *,
        row_limit: int | None = None,
        byte_limit: int | None = None,
        size_limit: int | None = None,
        client: str = "",
        tags: dict[str, str] | None = None,
        origin: Origin | None = None,
        failure: errors.SqlError | None = None,
        on_chunk: Callable[[Result, Chunk], None] | None = None,
    ) -> Execution:
        """Begin a statement and return at once; it starts its warehouse if that is stopped.

        `row_limit` and `byte_limit` truncate its result, `size_limit` fails it; `failure` is what it shall fail with
        before it runs (a parameter of an unknown type is the statement's failure, not the request's). `on_chunk` is
        told of each chunk as it is made, in the statement's thread.
        """
        now = self.world.clock.now()
        id_ = execution.new_id()
        record = QueryRecord(
            id_, session.person, warehouse.id, text, runner.statement_type(text), "QUEUED", now, client=client,
            tags=dict(tags or {}), origin=origin, place=(session.catalog, session.schema),
        )  # fmt: skip
        self.world.history.append(record)
        del self.world.history[:-MAX_HISTORY]
        one = Execution(id_, session, warehouse, text, parameters, row_limit, byte_limit, size_limit, record)
        one.error, one.on_chunk = failure, on_chunk
        self._running.add(one)
        one._task = asyncio.get_running_loop().create_task(self._run(one))
        return one

    async def _run(self, one: Execution) -> None:
        loop = asyncio.get_running_loop()
        try:
            if one.warehouse.state != "RUNNING":
                starting = asyncio.ensure_future(asyncio.shield(one.warehouse.start()))
                while not starting.done() and not one.stopping:
                    await asyncio.wait({starting}, timeout=0.05)
            one.check()
            if one.error is not None:
                raise one.error
            await loop.run_in_executor(self._pool, self._work, one)
            state = execution.SUCCEEDED
        except Canceled:
            state = execution.CANCELED
        except errors.SqlError as error:
            one.error = error
            state = execution.FAILED
        except Exception:  # a defect of the sandbox: the client shall see a failed statement, not hang
            log.exception("a statement broke the sandbox")
            one.error = errors.unsupported("this statement")
            state = execution.FAILED
        finally:
            self._running.discard(one)
        record, now = one.record, self.world.clock.now()
        record.status = {"SUCCEEDED": "FINISHED", "FAILED": "FAILED", "CANCELED": "CANCELED"}[state]
        record.ended_at = now
        record.error = str(one.error) if one.error else None
        if one.result is not None:
            record.rows_produced, record.read_bytes = one.result.row_count, one.result.byte_count
        one.ended(state, now)

    def _work(self, one: Execution) -> None:
        try:
            self._work_on(one)
        finally:
            one._settled.set()

    def _work_on(self, one: Execution) -> None:
        one.check()
        one.state = execution.RUNNING
        one.record.status = "RUNNING"
        cursor = self.cursor()
        try:
            runner.run(self.store, cursor, one)
        except duckdb.InterruptException:
            raise Canceled from None
        except duckdb.Error as error:
            if one.stopping:
                raise Canceled from None
            raise duckdb_errors.translate(error, one.text, one.session) from error
        finally:
            one._interrupt = None
            cursor.close()

    # Metadata, as a person sees it

    def catalogs(self, person: Person) -> list[CatalogInfo]:
        return self.catalog.visible_catalogs(person)

    def schemas(self, person: Person, catalog: str) -> list[SchemaInfo]:
        return self.catalog.visible_schemas(person, catalog)

    def tables(self, person: Person, catalog: str, schema: str) -> list[TableInfo]:
        return self.catalog.visible_tables(person, catalog, schema)

    def table(self, person: Person, full_name: str) -> TableInfo | None:
        return self.catalog.visible_table(person, full_name)

    def __enter__(self) -> Engine:
        self.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()
