"""Chunks of results that viewers are looking at: memory first, a private directory behind it.

Keyed by viewer id, statement and chunk. Memory is bounded by `PORTAL_CHUNK_CACHE_MB`, the directory by twice that; what
is used least goes first. A file is sealed (AES-GCM) with a random key that this process keeps in memory and with the
key of its entry as associated data: when the process is gone its files are noise, and a swapped file does not open.
Everything dies after `IDLE_SECONDS` without use, an hour after it came (Databricks keeps no result longer), when its
viewer's session ends, and with the process; what a killed process left is removed by the next one.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from portal import scratch
from portal.results.allocation import trim
from portal.settings import settings
from portal.viewer.idle import IDLE_SECONDS
from portal.viewer.single_flight import SingleFlight

AGE_SECONDS = 3600.0
_MB = 1024 * 1024

log = structlog.get_logger("portal.results.chunks")
Key = tuple[str, str, int]
"""Viewer id, statement id, index of the chunk."""


@dataclass(slots=True)
class _Entry:
    made_at: float
    used_at: float
    size: int
    table: pa.Table | None = None
    file: Path | None = None
    sealed: int = 0
    """Bytes of the file."""


class Store:
    """The chunks of one process. Thread-safe; concurrent callers of one chunk share one fetch."""

    def __init__(self, memory_bytes: int, disk_bytes: int, parent: Path | None = None) -> None:
        self._memory = memory_bytes
        self._disk = disk_bytes
        self._parent = parent
        self._lock = threading.Lock()
        self._entries: OrderedDict[Key, _Entry] = OrderedDict()
        self._calls: SingleFlight[Key, pa.Table] = SingleFlight(self._lock)
        self._folder: Path | None = None
        self._aead = AESGCM(AESGCM.generate_key(256))
        self.in_memory = 0
        self.on_disk = 0

    def get(self, key: Key, fetch: Callable[[], pa.Table]) -> pa.Table:
        """The chunk: from memory, from its file, or by `fetch`, whose errors are the caller's."""

        def look() -> pa.Table | None:
            entry = self._entries.get(key)
            if entry is None:
                return None
            entry.used_at = time.monotonic()
            self._entries.move_to_end(key)
            return entry.table

        def make() -> pa.Table:
            table = self._unsealed(key)
            return table if table is not None else fetch()

        table = self._calls.do(key, look, make, lambda table: self._keep(key, table))
        self._spill()
        return table

    def has(self, key: Key) -> bool:
        """Whether the chunk is here, or on its way."""
        with self._lock:
            return key in self._entries or key in self._calls

    def drop(self, viewer_id: str, statement_id: str | None = None) -> None:
        """Forget a viewer's chunks, or those of one statement."""
        with self._lock:
            mine = [k for k in self._entries if k[0] == viewer_id and statement_id in (None, k[1])]
            self._calls.drop(lambda k: k[0] == viewer_id and statement_id in (None, k[1]))
            files = [self._remove(key) for key in mine]
        _unlink(files)

    def sweep(self) -> None:
        """Forget what has idled or is old."""
        now = time.monotonic()
        with self._lock:
            idle = [k for k, e in self._entries.items() if now - e.used_at > IDLE_SECONDS]
            old = [k for k, e in self._entries.items() if now - e.made_at > AGE_SECONDS]
            dead = dict.fromkeys(idle + old)
            files = [self._remove(key) for key in dead]
        _unlink(files)

    def close(self) -> None:
        """Forget everything, the directory too."""
        with self._lock:
            for key in list(self._entries):
                self._remove(key)
            folder, self._folder = self._folder, None
        if folder is not None:
            scratch.remove(folder)

    # Inside: the lock is held where the name has no verb of files

    def _keep(self, key: Key, table: pa.Table) -> None:
        now = time.monotonic()
        entry = self._entries.setdefault(key, _Entry(now, now, table.nbytes))
        self._entries.move_to_end(key)
        if entry.table is None:
            entry.table = table
            self.in_memory += entry.size

    def _remove(self, key: Key) -> Path | None:
        entry = self._entries.pop(key)
        if entry.table is not None:
            self.in_memory -= entry.size
        if entry.file is not None:
            self.on_disk -= entry.sealed
        return entry.file

    def _spill(self) -> None:
        """Move what does not fit into memory to files, and forget what does not fit there."""
        moved = False
        while True:
            with self._lock:
                if self.in_memory <= self._memory:
                    break
                key = next(k for k, e in self._entries.items() if e.table is not None)
                entry = self._entries[key]
                table, entry.table = entry.table, None
                self.in_memory -= entry.size
                filed = entry.file is not None
            assert table is not None
            moved = True
            written = None if filed else self._seal(key, table)
            with self._lock:
                if filed or self._entries.get(key) is not entry:
                    stray = written[0] if written else None
                elif written is not None:
                    entry.file, entry.sealed = written
                    self.on_disk += entry.sealed
                    stray = None
                else:
                    stray = self._remove(key)
            del table
            _unlink([stray])
        if moved:
            trim()
        with self._lock:
            files = []
            while self.on_disk > self._disk:
                files.append(self._remove(next(k for k, e in self._entries.items() if e.file is not None)))
        _unlink(files)

    # Files

    def _seal(self, key: Key, table: pa.Table) -> tuple[Path, int] | None:
        """Write a chunk to a file of its own; None where that is not possible."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
            writer.write_table(table)
        nonce = os.urandom(12)
        sealed = self._aead.encrypt(nonce, memoryview(sink.getvalue()).cast("B"), _associated(key))
        try:
            path = self._directory() / os.urandom(16).hex()
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
                file.write(nonce)
                file.write(sealed)
        except OSError as error:
            log.warning("chunk not kept on disk", error=type(error).__name__)
            return None
        return path, len(nonce) + len(sealed)

    def _unsealed(self, key: Key) -> pa.Table | None:
        """The chunk from its file; None where it has none, or none that opens."""
        with self._lock:
            entry = self._entries.get(key)
            file = entry.file if entry is not None else None
        if file is None:
            return None
        try:
            raw = memoryview(file.read_bytes())
            opened = self._aead.decrypt(raw[:12], raw[12:], _associated(key))
            with pa.ipc.open_stream(opened) as reader:
                return reader.read_all()
        except (OSError, InvalidTag, pa.ArrowException) as error:
            log.warning("chunk not read from disk", error=type(error).__name__)
            return None

    def _directory(self) -> Path:
        with self._lock:
            if self._folder is None:
                self._folder = scratch.make("chunks", self._parent)
            return self._folder


def _associated(key: Key) -> bytes:
    return "|".join(("portal-chunk-1", settings().databricks_host or "", key[0], key[1], str(key[2]))).encode()


def _unlink(files: list[Path | None]) -> None:
    for file in files:
        if file is not None:
            with suppress(OSError):
                file.unlink()
