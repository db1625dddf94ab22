"""Host names to addresses. A look-up cannot be interrupted, so a few threads make them, and nobody waits long for one.

The last good answer of a host is remembered, and taken where a name server is away.
"""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from cachetools import LRUCache

THREADS = 4
FRESH = 60.0
"""Seconds for which an answer is taken without asking again."""
REMEMBERED = 6 * 3600.0
"""… and for which it is better than none."""

Address = tuple[str, int]
"""An IP address in text, and a port."""


@dataclass
class _Answer:
    hosts: tuple[str, ...]
    at: float


class Resolver:
    """Answers by host name; one look-up at a time for each."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: LRUCache[str, _Answer] = LRUCache(1000)
        self._under_way: dict[str, Future[tuple[str, ...]]] = {}
        self._pool: ThreadPoolExecutor | None = None

    def resolve(self, host: str, seconds: float) -> tuple[str, ...]:
        """IP addresses, in the order of the system's preference. Raises `socket.gaierror`."""
        with self._lock:
            known = self._known.get(host)
            if known is not None and time.monotonic() - known.at < FRESH:
                return known.hosts
            future = self._under_way.get(host)
            if future is None:
                self._pool = self._pool or ThreadPoolExecutor(THREADS, thread_name_prefix="resolver")
                future = self._under_way[host] = self._pool.submit(self._look_up, host)
        try:
            return future.result(timeout=seconds)
        except (TimeoutError, OSError) as error:
            if known is not None and time.monotonic() - known.at < REMEMBERED:
                return known.hosts
            if isinstance(error, socket.gaierror):
                raise
            raise socket.gaierror(socket.EAI_AGAIN, "the name server does not answer") from None

    def _look_up(self, host: str) -> tuple[str, ...]:
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            hosts = tuple(dict.fromkeys(str(info[4][0]) for info in found))
            with self._lock:
                self._known[host] = _Answer(hosts, time.monotonic())
            return hosts
        finally:
            with self._lock:
                self._under_way.pop(host, None)


resolver = Resolver()
