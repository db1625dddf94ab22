"""What a statement produced: Arrow batches in chunks, in memory or on disk."""

from __future__ import annotations

import mmap
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from portal.sandbox.sql.arrow import ZONE, Column, schema

END_OF_STREAM = b"\xff\xff\xff\xff\x00\x00\x00\x00"
"""The Arrow IPC streaming format's end: a continuation mark and a length of nothing."""
CHUNK_BYTES = 16 * 1024 * 1024
"""Aim for a chunk's size; the last batch may carry it over."""


class Budget:
    """How many bytes of results may stay in memory, over all statements; what is beyond goes to files."""

    def __init__(self, folder: Path, limit: int = 128 * 1024 * 1024) -> None:
        self.folder = folder
        self._left = limit
        self._lock = threading.Lock()

    def take(self, size: int) -> bool:
        with self._lock:
            if size > self._left:
                return False
            self._left -= size
            return True

    def give(self, size: int) -> None:
        with self._lock:
            self._left += size


@dataclass
class Chunk:
    """Rows that belong together: `held` in memory, or `mapped`, an Arrow stream in a file that has no name any more."""

    index: int
    row_offset: int
    row_count: int
    byte_count: int
    """Bytes of the rows in Arrow's layout."""
    held: list[pa.RecordBatch]
    mapped: pa.Buffer | None = None
    gone: bool = False
    """Whether the statement has been closed: links to the chunk lead nowhere then."""

    def batches(self) -> list[pa.RecordBatch]:
        self._check()
        return self.held if self.mapped is None else list(pa.ipc.open_stream(self.mapped))

    def stream(self, schema_: pa.Schema) -> pa.Buffer:
        """The chunk as an Arrow IPC stream."""
        self._check()
        if self.mapped is not None:
            return self.mapped
        messages = [schema_.serialize(), *(batch.serialize() for batch in self.held), END_OF_STREAM]
        return pa.py_buffer(b"".join(messages))

    def _check(self) -> None:
        if self.gone:
            raise Gone

    def drop(self, budget: Budget) -> None:
        """Forget the rows: links are remembered for long, and shall not keep what they led to."""
        self.gone = True
        if self.mapped is None:
            budget.give(self.byte_count)
        self.held, self.mapped = [], None


class Gone(Exception):
    """The rows of a closed statement were asked for."""


class Result:
    """All rows of a statement, once it has succeeded; filled by `Writer`."""

    def __init__(self, columns: Sequence[Column], budget: Budget, zone: str = ZONE) -> None:
        self.columns = tuple(columns)
        self.zone = zone
        self.schema = schema(columns, zone=zone)
        self.chunks: list[Chunk] = []
        self.row_count = 0
        self.byte_count = 0
        self.truncated = False
        self._budget = budget

    def batches(self, offset: int = 0) -> Iterator[pa.RecordBatch]:
        """Batches from a row on."""
        for chunk in self.chunks:
            if chunk.row_offset + chunk.row_count <= offset:
                continue
            at = chunk.row_offset
            for batch in chunk.batches():
                if at + batch.num_rows > offset:
                    yield batch if at >= offset else batch.slice(offset - at)
                at += batch.num_rows

    def close(self) -> None:
        """Forget the rows."""
        for chunk in self.chunks:
            chunk.drop(self._budget)
        self.chunks = []


def _mapped(folder: Path, content: pa.Buffer) -> pa.Buffer:
    """The content in a file without a name: it is gone when nobody holds it, also if the process is killed."""
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(content)
        file.flush()
        return pa.py_buffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


class Limits(Protocol):
    """What bounds a result, and who hears of its chunks: an Execution."""

    row_limit: int | None
    byte_limit: int | None
    on_chunk: Callable[[Result, Chunk], None] | None


@dataclass
class Unlimited:
    """Limits that limit nothing."""

    row_limit: int | None = None
    byte_limit: int | None = None
    on_chunk: Callable[[Result, Chunk], None] | None = None


def of_rows(
    columns: Sequence[Column], values: Iterable[Sequence[Any]], budget: Budget, limits: Limits | None = None
) -> Result:
    """A result of Python values, row by row."""
    result = Result(columns, budget)
    writer = Writer(result, budget, limits or Unlimited())
    listed = list(values)
    arrays = [pa.array([row[index] for row in listed], field.type) for index, field in enumerate(result.schema)]
    if listed and arrays:
        writer.add(pa.RecordBatch.from_arrays(arrays, schema=result.schema))
    return writer.finish()


class Writer:
    """Takes batches and makes chunks; stops at a row or byte limit and says so."""

    def __init__(self, result: Result, budget: Budget, limits: Limits) -> None:
        self.result = result
        self._budget = budget
        self._row_limit, self._byte_limit = limits.row_limit, limits.byte_limit
        self._on_chunk = limits.on_chunk
        self._pending: list[pa.RecordBatch] = []
        self._pending_bytes = 0

    def add(self, batch: pa.RecordBatch) -> bool:
        """Take a batch; False when a limit is reached and no more is wanted."""
        result = self.result
        room = None if self._row_limit is None else self._row_limit - result.row_count
        if room is not None and batch.num_rows > room:
            batch = batch.slice(0, room)
            result.truncated = True
        size = batch.nbytes
        if self._byte_limit is not None and result.byte_count + size > self._byte_limit:
            fit = int(batch.num_rows * max(self._byte_limit - result.byte_count, 0) / max(size, 1))
            batch = batch.slice(0, fit)
            size = batch.nbytes
            result.truncated = True
        if batch.num_rows:
            self._pending.append(batch)
            self._pending_bytes += size
            result.row_count += batch.num_rows
            result.byte_count += size
        if self._pending_bytes >= CHUNK_BYTES:
            self._flush()
        return not result.truncated

    def _flush(self) -> None:
        rows = sum(batch.num_rows for batch in self._pending)
        chunk = Chunk(len(self.result.chunks), self.result.row_count - rows, rows, self._pending_bytes, self._pending)
        if not self._budget.take(chunk.byte_count):
            chunk.mapped = _mapped(self._budget.folder, chunk.stream(self.result.schema))
            chunk.held = []
        self.result.chunks.append(chunk)
        if self._on_chunk is not None:
            self._on_chunk(self.result, chunk)
        self._pending, self._pending_bytes = [], 0

    def finish(self) -> Result:
        if self._pending:
            self._flush()
        return self.result
