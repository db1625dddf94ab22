"""A finished statement's result, opened by whoever may: windows of rows out of chunks, fetched as they are needed.

What this process keeps is served only while Databricks still lets the viewer have it: before a kept window is served
the statement's status is asked for, unless that was done in the last `PORTAL_AUTHORISED_SECONDS`. Databricks answers
"not found" to anyone but the statement's viewer, so another's id opens nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

import pyarrow as pa
from cachetools import TTLCache

from portal import viewer
from portal.databricks import links, statements
from portal.databricks.statements import Chunk, Column, Manifest, Statement
from portal.results import allocation
from portal.results.chunks import Key, Store
from portal.settings import settings
from portal.viewer.errors import NoSuchThing, NotPermitted, PortalError
from portal.viewer.idle import IDLE_SECONDS
from portal.viewer.upstream import admission

LOCAL_BYTES = 64 * 1024 * 1024
"""A result of up to so many bytes is sorted, filtered and profiled here; a larger one by the warehouse."""

_ahead = ThreadPoolExecutor(4, thread_name_prefix="chunks-ahead")


@cache
def store() -> Store:
    """This process's chunks."""
    size = settings().chunk_cache_mb * 1024 * 1024
    return Store(size, 2 * size)


@dataclass(slots=True)
class _Known:
    statement: Statement
    checked_at: float


class _Opened:
    """Statements by (viewer id, statement id), each with the time when Databricks last let the viewer have it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: TTLCache[tuple[str, str], _Known] = TTLCache(2_000, IDLE_SECONDS)

    def get(self, key: tuple[str, str]) -> Statement | None:
        with self._lock:
            known = self._known.get(key)
            good = known is not None and time.monotonic() - known.checked_at < settings().authorised_seconds
            return known.statement if good and known is not None else None

    def put(self, key: tuple[str, str], statement: Statement) -> None:
        with self._lock:
            self._known[key] = _Known(statement, time.monotonic())

    def drop(self, viewer_id: str, statement_id: str | None = None) -> None:
        with self._lock:
            for key in [k for k in self._known if k[0] == viewer_id and statement_id in (None, k[1])]:
                del self._known[key]


_opened = _Opened()


def forget(viewer_id: str) -> None:
    """A session ended: what is kept of its viewer's results goes."""
    _opened.drop(viewer_id)
    store().drop(viewer_id)


def fresh(statement_id: str) -> Statement | None:
    """A statement that has ended, as Databricks said of it to this viewer so lately that it need not be asked."""
    found = _opened.get((viewer.current().id, statement_id))
    return found if found is not None and found.ended else None


def sweep() -> None:
    """What idles dies."""
    if store.cache_info().currsize:
        store().sweep()
        allocation.trim()


@dataclass(frozen=True)
class Result:
    """A result that its viewer may read. `manifest.columns` are Databricks' own; rows are Arrow."""

    viewer_id: str
    statement: Statement
    manifest: Manifest

    @property
    def id(self) -> str:
        return self.statement.id

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.manifest.columns

    @property
    def total(self) -> int:
        return self.manifest.total_rows

    @property
    def is_here(self) -> bool:
        """Whether the whole of it is small enough to be worked on in this process."""
        nbytes = self.manifest.total_bytes
        # An inline result tells no bytes, and has 25 MiB at most.
        return self.total == 0 or nbytes is None or nbytes <= LOCAL_BYTES

    def rows(self, start: int, stop: int) -> pa.Table:
        """Rows `start` to `stop` (clipped), out of as many chunks as they lie in; the chunk after them is begun."""
        start, stop = max(0, start), min(stop, self.total)
        wanted = [c for c in self._chunks() if c.first < stop and c.first + c.rows > start]
        if start >= stop or not wanted:
            return self.nothing()
        parts = [self._chunk(c).slice(max(0, start - c.first), stop - max(start, c.first)) for c in wanted]
        last = wanted[-1]
        if stop > last.first + last.rows // 2:
            self._begin(last.index + 1)
        return _joined(parts)

    def table(self) -> pa.Table:
        """All rows, for a result that `is_here`."""
        parts = list(self.chunks())
        return _joined(parts) if parts else self.nothing()

    def chunks(self, kept: bool = True) -> Iterator[pa.Table]:
        """Every chunk in order, the next one fetched while this one is worked on.

        `kept`: through the store; otherwise past it, so that a download does not push out what others look at.
        """
        who = viewer.current()

        def fetch(chunk: Chunk) -> pa.Table:
            with viewer.acting_as(who):
                return self._chunk(chunk) if kept else self._fetched(chunk)

        with ThreadPoolExecutor(1, thread_name_prefix="chunk-next") as one:
            following: Future[pa.Table] | None = None
            chunks = self._chunks()
            for position, chunk in enumerate(chunks):
                if following is None:
                    table = fetch(chunk)
                else:
                    with admission.wait(links.STORAGE):  # as where this thread asks by itself
                        table = following.result()
                following = one.submit(fetch, chunks[position + 1]) if position + 1 < len(chunks) else None
                yield table

    def nothing(self) -> pa.Table:
        """No rows, of this result's columns."""
        return links.empty(self.columns)

    def _chunks(self) -> tuple[Chunk, ...]:
        if self.manifest.chunks or not self.total:
            return self.manifest.chunks
        return (Chunk(0, 0, self.total, self.manifest.total_bytes),)

    def _key(self, index: int) -> Key:
        return (self.viewer_id, self.id, index)

    def _chunk(self, chunk: Chunk) -> pa.Table:
        return store().get(self._key(chunk.index), lambda: self._fetched(chunk))

    def _fetched(self, chunk: Chunk) -> pa.Table:
        return statements.chunk(self.statement, chunk.index)

    def _begin(self, index: int) -> None:
        """Fetch a chunk ahead, as this viewer; whether it worked is found out by whoever needs it."""
        following = next((c for c in self._chunks() if c.index == index), None)
        if following is None or store().has(self._key(index)):
            return
        who = viewer.current()

        def run() -> None:
            with viewer.acting_as(who), suppress(PortalError):
                self._chunk(following)

        _ahead.submit(run)


def opened(statement_id: str) -> Result:
    """The result of a statement, as the current viewer; raises why there is none."""
    viewer_id = viewer.current().id
    key = (viewer_id, statement_id)
    known = _opened.get(key)
    if known is not None:
        return _result(viewer_id, known)
    try:
        statement = statements.status(statement_id)
        manifest = statements.finished(statement)
    except (NoSuchThing, NotPermitted):
        _opened.drop(viewer_id, statement_id)
        store().drop(viewer_id, statement_id)
        raise
    learned(statement)
    return Result(viewer_id, statement, manifest)


def learned(statement: Statement) -> Statement:
    """Databricks has just answered this statement to the current viewer: its result may be opened without asking."""
    if statement.manifest is not None:
        _opened.put((viewer.current().id, statement.id), statement)
    return statement


def _result(viewer_id: str, statement: Statement) -> Result:
    return Result(viewer_id, statement, statements.finished(statement))


def _joined(parts: list[pa.Table]) -> pa.Table:
    return parts[0] if len(parts) == 1 else pa.concat_tables(parts)
