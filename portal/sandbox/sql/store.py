"""What all statements share: the catalog, the tables behind it, and the room for results."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from portal.sandbox.sql.catalog import Catalog
from portal.sandbox.sql.loading import Loader
from portal.sandbox.sql.results import Budget


@dataclass(frozen=True)
class Store:
    """One for an engine, as long as it runs."""

    catalog: Catalog
    loader: Loader
    budget: Budget
    now: Callable[[], float]
    """The world's clock, in seconds since the epoch."""
    changed: set[str] = field(default_factory=set)
    """Schemas (`main.sales`) that someone has changed since the start: a reset makes them anew."""

    _locks: dict[str, threading.Lock] = field(default_factory=dict)

    @contextmanager
    def lock(self, table: str, check: Callable[[], None]) -> Iterator[None]:
        """One writer of a table at a time; `check` raises in one who waits and shall not."""
        lock = self._locks.setdefault(table.lower(), threading.Lock())
        while not lock.acquire(timeout=0.05):
            check()
        try:
            yield
        finally:
            lock.release()

    def load(self, schemas: Iterable[str]) -> None:
        """Make the tables of these schemas, where that has not been done."""
        for schema in schemas:
            self.loader.ensure(schema)

    def reset(self) -> None:
        """Back to the seed state."""
        changed = set(self.changed)
        self.changed.clear()
        for schema in changed:
            self.loader.forget(schema)
            self.catalog.restore(schema)
            self.loader.drop(self.catalog.history.forget(schema))
