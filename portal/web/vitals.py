"""What a process is like right now, for `/metrics`: measured every few seconds, since a scrape may be answered by
another process of the same gunicorn.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from portal import counters
from portal.viewer.process import Process
from portal.viewer.upstream.breaker import breaker

EVERY = 2.0
"""Seconds."""
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Vitals:
    """`sessions`, `downloads` and `statements` count what the process has of each."""

    def __init__(
        self,
        process: Process,
        sessions: Callable[[], int],
        downloads: Callable[[], int],
        statements: Callable[[], int],
    ) -> None:
        self._process = process
        self._counts = ((counters.SESSIONS, sessions), (counters.DOWNLOADS, downloads), (counters.RUNNING, statements))
        self._since: dict[str, float] = {}
        if process.admission.threads is not None:
            counters.THREADS.set(process.admission.threads)

    def measure(self) -> None:
        for gauge, count in self._counts:
            gauge.set(count())
        counters.WAITING.set(self._process.admission.waiting)
        if self._process.shared is not None:
            counters.CACHE_UP.set(int(self._process.shared.healthy))
        states = breaker.state()
        for service in [*states, *(one for one in self._since if one not in states)]:
            away = states.get(service) == "open"
            counters.BREAKER.labels(service).set(int(away))
            if away:
                self._since.setdefault(service, time.time())
            else:
                self._since.pop(service, None)
            counters.AWAY_SINCE.labels(service).set(self._since.get(service, 0.0))
        counters.OS_THREADS.set(threading.active_count())
        with suppress(OSError, ValueError, IndexError):  # of Linux
            counters.RESIDENT.set(int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE)
            counters.DESCRIPTORS.set(len(os.listdir("/proc/self/fd")))
