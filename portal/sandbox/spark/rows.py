"""What Spark reads: of each viewer the tables that they may see, as the SQL engine filters and masks them for them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from portal.sandbox.sql import execution
from portal.sandbox.world import Person, World

TABLES = ("samples.nyctaxi.trips", "main.sales.orders")


class Rows:
    """`<folder>/<user name>/<catalog>/<schema>/<table>.parquet`, written when that person first comes."""

    def __init__(self, world: World, folder: Path) -> None:
        self.folder = folder
        self._world = world
        self._locks: dict[str, asyncio.Lock] = {}
        self._written: set[str] = set()

    async def ready(self, person: Person) -> None:
        """Write what this person may see, unless it is there."""
        async with self._locks.setdefault(person.key, asyncio.Lock()):
            if person.key not in self._written:
                for name in TABLES:
                    await self._write(person, name)
                self._written.add(person.key)

    def forget(self) -> None:
        """The tables were changed, or put back: all is written anew."""
        self._written.clear()

    async def _write(self, person: Person, name: str) -> None:
        engine, warehouse = self._world.engine, next(iter(self._world.warehouses.values()))
        one = engine.submit(engine.session(person), warehouse, f"SELECT * FROM {name}", client="sandbox")
        await one.wait(None)
        # No query of theirs: the history is what a person ran.
        self._world.history.remove(one.record)
        if one.state != execution.SUCCEEDED:
            return  # no right to it: to Spark there is no such table
        table = await asyncio.to_thread(lambda: pa.Table.from_batches(list(one.result.batches())))
        catalog, schema, short = name.split(".")
        path = self.folder / person.user_name / catalog / schema / f"{short}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        await asyncio.to_thread(pq.write_table, table, path)
