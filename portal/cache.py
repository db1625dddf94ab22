"""The shared cache: flask-caching, set up so that it can be lost, read or poisoned without harm.

Values are JSON, never pickle: flask-caching pickles by default, and then whoever can write to the cache runs code here.
Every call has a bound and sits behind a circuit breaker, so a backend that is down costs one time-out every
`CIRCUIT_SECONDS`, a get is a miss and nothing raises. Takes its key as an argument and knows no viewer.
"""

from __future__ import annotations

import fcntl
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import structlog
from cachelib.serializers import JSONSerializer
from flask import Flask
from flask_caching import Cache

from portal.counters import CACHE_FAILURES
from portal.patches.cachelib import redis_client
from portal.patches.redis import Net, bounded

SOCKET_SECONDS = 0.5
"""Of silence, and for a host name."""
CALL_SECONDS = 1.0
"""Of a whole call."""
CIRCUIT_SECONDS = 5.0
SWEEP_SECONDS = 60.0
MEMORY_ENTRIES = 20_000
ABANDONED_SECONDS = 3600.0
MARK = 1024
"""Bytes of a lock's mark that are read."""
_PREFIX = "portal:"
_ASIDE = ".__wz_cache"
"""cachelib's ending of files that are not values; our locks carry it too."""

_CLUSTER = frozenset({"MovedError", "AskError", "TryAgainError", "ClusterDownError", "ClusterCrossSlotError"})

log = structlog.get_logger("portal.cache")


class _Json(JSONSerializer):
    """JSON that takes an absent or foreign value for a miss, without a warning for each."""

    def loads(self, bvalue: object, *args: object, **kwargs: object) -> object:
        try:
            return None if bvalue is None else super().loads(bvalue, *args, **kwargs)
        except RecursionError:
            return None

    def _warn(self, e: Exception) -> None:
        log.warning("cache value is not JSON", error=type(e).__name__)


class SharedCache:
    """One flask-caching backend: `memory` (this process), a directory (this machine) or Redis/Valkey (any number)."""

    def __init__(self, server: Flask, url: str, net: Net | None = None) -> None:
        """`net` bounds look-ups of host names and calls as a whole; without one they take as long as they take."""
        self._net = net
        self.kind = "redis" if "://" in url else "memory" if url == "memory" else "directory"
        self._down_until = 0.0
        self._swept_at = time.monotonic()
        self._sweeping = threading.Lock()
        self._directory = Path(url) if self.kind == "directory" else None
        if self._directory is not None:
            with suppress(OSError):  # a read-only place: the portal works on from its own memory, health says so
                self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._directory.chmod(0o700)
        config: dict[str, dict[str, object]] = {
            "memory": {"CACHE_TYPE": "SimpleCache", "CACHE_THRESHOLD": MEMORY_ENTRIES},
            # A threshold would have every set count and list the whole directory: we sweep what has expired instead.
            "directory": {"CACHE_TYPE": "FileSystemCache", "CACHE_DIR": url, "CACHE_THRESHOLD": 0},
            "redis": {
                "CACHE_TYPE": "RedisCache",
                "CACHE_REDIS_URL": url,
                "CACHE_KEY_PREFIX": _PREFIX,
                "CACHE_OPTIONS": {
                    "socket_timeout": SOCKET_SECONDS,
                    "socket_connect_timeout": SOCKET_SECONDS,
                    "max_connections": 64,
                },
            },
        }
        self._cache = Cache()
        try:
            self._cache.init_app(
                server, {**config[self.kind], "CACHE_SERIALIZER": _Json(), "CACHE_NO_NULL_WARNING": True}
            )
            self._backend: Any = server.extensions["cache"][self._cache]
            if self.kind == "redis" and net is not None:
                bounded(redis_client(self._backend).connection_pool, net)
        except OSError as error:
            log.error("cache cannot be opened; going on without it", kind=self.kind, error=type(error).__name__)
            self._backend = None

    @property
    def healthy(self) -> bool:
        """Whether the last call to the backend worked, or the circuit has closed again since."""
        return self._backend is not None and time.monotonic() >= self._down_until

    @property
    def shared(self) -> bool:
        """Whether other processes see it."""
        return self.kind != "memory"

    def _try(self, action: Callable[[], Any], default: Any) -> Any:
        if not self.healthy:
            return default
        try:
            with self._in_time():
                return action()
        except Exception as error:  # whatever a backend raises: the portal goes on without it
            self._trip(type(error).__name__, str(error)[:200])
            return default

    def _in_time(self) -> AbstractContextManager[object]:
        return nullcontext() if self._net is None or self.kind != "redis" else self._net.within(CALL_SECONDS)

    def _trip(self, reason: str, says: str | None = None) -> None:
        self._down_until = time.monotonic() + CIRCUIT_SECONDS
        if reason in _CLUSTER:
            says = f"a cluster, which is not spoken: PORTAL_CACHE_URL needs one server's address ({says})"
        CACHE_FAILURES.labels(reason).inc()
        log.warning(
            "cache backend failed; going on without it",
            kind=self.kind, reason=reason, says=says, seconds=CIRCUIT_SECONDS,
        )  # fmt: skip

    def get(self, key: str) -> Any:
        """The value; None for a miss, a value that is not JSON, or a backend that is down."""
        return self._try(lambda: self._backend.get(key), None)

    def set(self, key: str, value: object, ttl: float) -> bool:
        """Keep a JSON value for `ttl` seconds; False where it could not be kept."""
        self._sweep()
        kept = self._try(lambda: self._backend.set(key, value, timeout=max(1, int(ttl))), None)
        if kept is False:
            self._trip("not written")
        return bool(kept)

    def delete(self, key: str) -> None:
        """Forget one key."""
        self._try(lambda: self._backend.delete(key), None)

    def ping(self) -> bool:
        """Write and read one value: what health asks."""
        key, value = f"ping:{os.getpid()}", str(time.time_ns())
        return self.set(key, value, 10) and self.get(key) == value

    def get_many(self, keys: Sequence[str]) -> list[Any]:
        """The values of several keys, in one call; None for each as `get` says."""
        if not keys:
            return []
        found = self._try(lambda: self._backend.get_many(*keys), None)
        return found if found is not None else [None] * len(keys)

    @contextmanager
    def exclusive(self, key: str, seconds: float, mark: str = "") -> Iterator[bool]:
        """Whether this process is the one, of all that share the backend, to do a thing now.

        SET NX in Redis (expires after `seconds`), a lock file in a directory; always True in memory or with the
        backend down, where doing a thing twice is better than not at all. The lock carries the holder's `mark`, for
        others to see by `holder`: whoever can write to the backend can hold a lock.
        """
        if self.kind == "redis" and self.healthy:
            lock = redis_client(self._backend).lock(f"{_PREFIX}lock:{key}", timeout=seconds)
            held = self._try(lambda: lock.acquire(blocking=False, token=mark or None), None)
            try:
                yield held is not False
            finally:
                if held:
                    # Expired, or the backend went away: both mean that it is free.
                    with suppress(Exception), self._in_time():
                        lock.release()
        elif self._directory is not None and self.healthy:
            with self._locked_file(self._directory / f"{key}{_ASIDE}", mark) as held:
                yield held
        else:
            yield True

    def holder(self, key: str) -> str | None:
        """The mark of who holds the lock, "" for none; None where nobody does."""
        if self.kind == "redis":
            mark = self._try(lambda: redis_client(self._backend).get(f"{_PREFIX}lock:{key}"), None)
            return None if mark is None else bytes(mark[:MARK]).decode(errors="replace")
        if self._directory is not None:
            with suppress(OSError), open(self._directory / f"{key}{_ASIDE}", "rb") as file:
                return file.read(MARK).decode(errors="replace")
        return None

    @contextmanager
    def _locked_file(self, path: Path, mark: str) -> Iterator[bool]:
        try:
            handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError:
            yield True
            return
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield False
                return
            try:
                with suppress(OSError):
                    os.truncate(handle, 0)
                    os.write(handle, mark.encode())
                yield True
            finally:
                with suppress(OSError):
                    path.unlink()
        finally:
            os.close(handle)

    def _sweep(self) -> None:
        """Remove expired files of a directory, at most once a minute, in a thread of its own."""
        if self.kind != "directory" or time.monotonic() - self._swept_at < SWEEP_SECONDS:
            return
        if self._sweeping.acquire(blocking=False):
            self._swept_at = time.monotonic()
            threading.Thread(target=self._sweep_now, name="cache-sweep", daemon=True).start()

    def _sweep_now(self) -> None:
        """cachelib starts each file with its expiry, four bytes of seconds; a lock or a half-written file has none."""
        assert self._directory is not None
        try:
            now = time.time()
            with suppress(OSError), os.scandir(self._directory) as entries:
                for entry in entries:
                    with suppress(OSError):
                        header = b""
                        if not entry.name.endswith(_ASIDE):
                            with open(entry.path, "rb") as file:
                                header = file.read(4)
                        expires = int.from_bytes(header, sys.byteorder) if len(header) == 4 else 0
                        if expires < now if expires else entry.stat().st_mtime < now - ABANDONED_SECONDS:
                            Path(entry.path).unlink()
        finally:
            self._sweeping.release()
