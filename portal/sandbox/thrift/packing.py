"""Arrow rows in the form that one client asked for: native or text types, LZ4 or plain."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import lz4.frame
import pyarrow as pa

from portal.sandbox.sql import arrow
from portal.sandbox.sql.arrow import Native
from portal.sandbox.sql.results import END_OF_STREAM, Chunk, Result

INLINE_BYTES = 1024 * 1024
"""A result above this is sent as links to a client that can download: rows in an answer cost the connector dearly (it
formats every answer for a debug log, whether that is heard or not)."""
FAST = -10_000
"""LZ4's acceleration, as a negative level: on loopback, time counts and size does not. Of 18 MB of events, compressing
and reading take 12 ms together at this, 40 ms at LZ4's default."""
_AHEAD = 6
"""Chunks that are packed before anyone has asked for them, a result: some 100 MB of rows."""
_POOL = ThreadPoolExecutor(2, thread_name_prefix="packing")


@dataclass(frozen=True)
class Wanted:
    """What the client said that it can take."""

    native: Native
    lz4: bool
    links: bool
    arrow: bool = True


class Packer:
    """Packs one result for one client. Files for links are made while the statement still runs on another core."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self._lock = threading.Lock()
        self._ready: dict[int, Future[bytes | memoryview]] = {}
        self._schema: pa.Schema | None = None

    @property
    def lz4(self) -> bool:
        """A real warehouse compresses whatever a client says that it can read."""
        return self.wanted.lz4

    def ahead(self, result: Result, chunk: Chunk) -> None:
        """A chunk has been made: begin to pack it, if it is one of the first of a large result."""
        if self.wanted.arrow and self.wanted.links and chunk.index < _AHEAD and result.byte_count > INLINE_BYTES:
            with self._lock:
                self._ready[chunk.index] = _POOL.submit(self._write, result, chunk)

    def file(self, result: Result, chunk: Chunk) -> bytes | memoryview:
        """The chunk as an Arrow stream. What was packed ahead is handed out once, then forgotten."""
        with self._lock:
            future = self._ready.pop(chunk.index, None)
        return self._write(result, chunk) if future is None else future.result()

    def schema(self, result: Result) -> pa.Schema:
        if self._schema is None:
            self._schema = arrow.schema(result.columns, self.wanted.native, result.zone)
        return self._schema

    def as_wanted(self, batch: pa.RecordBatch, result: Result) -> pa.RecordBatch:
        """With text in the place of types that the client does not take."""
        if self.schema(result).equals(result.schema, check_metadata=False):
            return batch
        return arrow.as_text(batch, result.columns, self.wanted.native, self.schema(result))

    def batch(self, written: pa.Buffer) -> bytes:
        """A batch's message for an answer."""
        if not self.lz4:
            return written.to_pybytes()
        packed: bytes = lz4.frame.compress(memoryview(written), compression_level=FAST)
        return packed

    def _write(self, result: Result, chunk: Chunk) -> bytes | memoryview:
        """Schema, batches and end of stream, message by message, so that no second copy of the whole is made."""
        if not self.lz4:
            if self.schema(result).equals(result.schema, check_metadata=False):
                return memoryview(chunk.stream(result.schema))
            return b"".join(self._messages(result, chunk))
        compressor = _compressor()
        packed = [compressor.begin(), *map(compressor.compress, self._messages(result, chunk)), compressor.flush()]
        return b"".join(packed)

    def _messages(self, result: Result, chunk: Chunk) -> Iterator[bytes | pa.Buffer]:
        yield self.schema(result).serialize()
        for batch in chunk.batches():
            yield self.as_wanted(batch, result).serialize()
        yield END_OF_STREAM


def _compressor() -> lz4.frame.LZ4FrameCompressor:
    """With the largest blocks, which do not look back at each other: the fastest for files of megabytes."""
    return lz4.frame.LZ4FrameCompressor(
        block_size=lz4.frame.BLOCKSIZE_MAX4MB, block_linked=False, compression_level=FAST
    )
