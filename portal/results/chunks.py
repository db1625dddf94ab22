"""Chunks of results that viewers are looking at: memory first, a private directory behind it.

Keyed by viewer id, statement and chunk. Memory is bounded by `PORTAL_CHUNK_CACHE_MB`, the directory by twice that; what
is used least goes first. A file is sealed (AES-GCM) with a random key that this process keeps in memory and with the
key of its entry as associated data: when the process is gone its files are noise, and a swapped file does not open.
Everything dies after `IDLE_SECONDS` without use, an hour after it came (Databricks keeps no result longer), when its
viewer's session ends, and with the process; what a killed process left is removed by the next one.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from portal.results.allocation import trim
from portal.settings import settings

IDLE_SECONDS = 900.0
AGE_SECONDS = 3600.0
_PREFIX = "portal-chunks-"
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


@dataclass(slots=True)
class _Flight:
    done: threading.Event = field(default_factory=threading.Event)
    table: pa.Table | None = None
    error: BaseException | None = None


class Store:
    """The chunks of one process. Thread-safe; concurrent callers of one chunk share one fetch."""

    def __init__(self, memory_bytes: int, disk_bytes: int, parent: Path | None = None) -> None:
        self._memory = memory_bytes
        self._disk = disk_bytes
        self._parent = parent
        self._lock = threading.Lock()
        self._entries: OrderedDict[Key, _Entry] = OrderedDict()
        self._flights: dict[Key, _Flight] = {}
        self._folder: Path | None = None
        self._folder_lock: int | None = None
        self._aead = AESGCM(AESGCM.generate_key(256))
        self.in_memory = 0
        self.on_disk = 0

    def get(self, key: Key, fetch: Callable[[], pa.Table]) -> pa.Table:
        """The chunk: from memory, from its file, or by `fetch`, whose errors are the caller's."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None:
                entry.used_at = time.monotonic()
                self._entries.move_to_end(key)
                if entry.table is not None:
                    return entry.table
            flight = self._flights.get(key)
            mine = flight is None
            if flight is None:
                flight = self._flights[key] = _Flight()
        if not mine:
            flight.done.wait()
            if flight.error is not None:
                raise flight.error
            assert flight.table is not None
            return flight.table
        try:
            table = self._unseal(key, entry) if entry is not None and entry.file is not None else None
            flight.table = table if table is not None else fetch()
            with self._lock:
                # Not in flight any more: its viewer's things were dropped meanwhile.
                if self._flights.get(key) is flight:
                    self._keep(key, flight.table)
            self._spill()
            return flight.table
        except BaseException as error:
            flight.error = error
            raise
        finally:
            with self._lock:
                if self._flights.get(key) is flight:
                    del self._flights[key]
            flight.done.set()

    def has(self, key: Key) -> bool:
        """Whether the chunk is here, or on its way."""
        with self._lock:
            return key in self._entries or key in self._flights

    def drop(self, viewer_id: str, statement_id: str | None = None) -> None:
        """Forget a viewer's chunks, or those of one statement."""
        with self._lock:
            mine = [k for k in self._entries if k[0] == viewer_id and statement_id in (None, k[1])]
            for key in [k for k in self._flights if k[0] == viewer_id and statement_id in (None, k[1])]:
                del self._flights[key]
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
            shutil.rmtree(folder, ignore_errors=True)

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

    def _unseal(self, key: Key, entry: _Entry) -> pa.Table | None:
        assert entry.file is not None
        try:
            raw = memoryview(entry.file.read_bytes())
            opened = self._aead.decrypt(raw[:12], raw[12:], _associated(key))
            with pa.ipc.open_stream(opened) as reader:
                return reader.read_all()
        except (OSError, InvalidTag, pa.ArrowException) as error:
            log.warning("chunk not read from disk", error=type(error).__name__)
            return None

    def _directory(self) -> Path:
        with self._lock:
            if self._folder is None:
                parent = self._parent or Path(tempfile.gettempdir())
                _remove_strays(parent)
                self._folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
                self._folder_lock = _held(self._folder)
                atexit.register(self.close)
            return self._folder


def _associated(key: Key) -> bytes:
    return "|".join(("portal-chunk-1", settings().databricks_host or "", key[0], key[1], str(key[2]))).encode()


def _unlink(files: list[Path | None]) -> None:
    for file in files:
        if file is not None:
            with suppress(OSError):
                file.unlink()


def _held(folder: Path) -> int | None:
    """The folder's lock, which lives as long as this process; None where another has it."""
    handle = os.open(folder / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


def _remove_strays(parent: Path) -> None:
    """Directories of ours whose process is gone: it was killed, and their key went with it."""
    for folder in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            status = folder.lstat()
            # A new one may not have its lock yet.
            if status.st_uid != os.geteuid() or time.time() - status.st_mtime < 60 or folder.is_symlink():
                continue
            if (lock := _held(folder)) is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(lock)
