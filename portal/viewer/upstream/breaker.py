"""A service that does not answer is left alone, but for one call a second that finds out whether it does again.

Opened by calls that failed one after another: no connection, no answer in time (of the service as a whole), or 5xx (of
one path of it, and after more of them; of the whole service where several of its areas fail and none answers). Calls
that have been waiting for long while nobody got an answer count as failed before their time is over. Never by a
refusal, a rate limit or a slow statement. pybreaker, which comes with the SQL connector, holds its lock while a
call is made, so that calls would stand in line.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cachetools import LRUCache

from portal import counters
from portal.viewer.errors import Unreachable

SILENT = 3
"""Calls in a row without an answer …"""
PROMPT = {"Connect": 2}
"""… and of services whose answers are looked up and never worked for. Of these, a call …"""
LONG = 2.5
"""… that has waited for so many seconds, in which no other was answered, counts as one that failed; and one that failed
after as long, for all.
"""
FAILED = 10
"""Calls in a row that one path answered with 5xx: a catalog that fails says nothing of its neighbours."""
AREAS = 3
"""Of its APIs ("jobs", "sql", "unity-catalog", …), in a row answered with 5xx and none otherwise: the service fails.
Not paths: every table of a catalog that fails has its own."""
PROBE_EVERY = 1.0
"""Seconds between probes while a service is away."""
PROBE_SECONDS = 2.0
"""What a probe may take."""


@dataclass
class _Circuit:
    most: int
    failures: int = 0
    next_probe: float = 0.0


class Breaker:
    """The circuits of this process: of each service, and of each path of a service."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._circuits: LRUCache[tuple[str, str], _Circuit] = LRUCache(500)
        self._failing: dict[str, set[str]] = {}
        """By service: areas that were answered with 5xx since another answer came."""
        self._waiting: dict[str, list[float]] = {}
        """By prompt service: since when each call waits, oldest first. Times are of `time.monotonic()`."""
        self._answered: dict[str, float] = {}

    def enter(self, service: str, path: str) -> bool:
        """Whether this call is a probe; raises `Unreachable` where the service is left alone right now."""
        now = time.monotonic()
        probe = False
        with self._lock:
            if self._holds_up(service, now):
                most = PROMPT[service]
                self._circuits.setdefault((service, ""), _Circuit(most)).failures = most
            for name in ("", "*", path):
                circuit = self._circuits.get((service, name))
                if circuit is None or circuit.failures < circuit.most:
                    continue
                if now < circuit.next_probe:
                    raise Unreachable(service, cause="left alone")
                circuit.next_probe = now + PROBE_EVERY
                probe = True
        return probe

    @contextmanager
    def waiting(self, service: str) -> Iterator[None]:
        """Around whatever waits for the service."""
        if service not in PROMPT:
            yield
            return
        began = time.monotonic()
        with self._lock:
            self._waiting.setdefault(service, []).append(began)
        try:
            yield
        finally:
            with self._lock:
                self._waiting[service].remove(began)

    def _holds_up(self, service: str, now: float) -> bool:
        """Whether calls that wait say that the service is away."""
        if service not in PROMPT or self._answered.get(service, 0.0) > now - LONG:
            return False
        return sum(since < now - LONG for since in self._waiting.get(service, ())) >= PROMPT[service]

    def heard(self, service: str) -> None:
        """A piece of an answer came."""
        with self._lock:
            self._answered[service] = time.monotonic()

    def is_quiet(self, service: str, seconds: float) -> bool:
        """Whether nothing was heard of a service in the last so many seconds, and these are long."""
        return seconds > LONG and self._answered.get(service, 0.0) < time.monotonic() - seconds

    def answered(self, service: str, path: str, status: int) -> None:
        """An answer came: the service is there; the path is where the status is below 500."""
        with self._lock:
            self._answered[service] = time.monotonic()
            self._circuits.pop((service, ""), None)
            if status < 500:
                for name in ("*", path):
                    self._circuits.pop((service, name), None)
                self._failing.pop(service, None)
                return
            self._failed((service, path), FAILED)
            areas = self._failing.setdefault(service, set())
            areas.add(counters.api_of(service, path).partition("/")[0])
            if len(areas) >= AREAS:
                self._failed((service, "*"), 1)

    def silent(self, service: str, seconds: float = 0.0) -> None:
        """No connection, or no answer in time, which took so many seconds."""
        with self._lock:
            alone = seconds > LONG and self._answered.get(service, 0.0) < time.monotonic() - LONG
            most = PROMPT.get(service, SILENT)
            circuit = self._failed((service, ""), most)
            if service in PROMPT and alone and circuit.failures < most:
                # The next call finds out, and not only after a while: this is the word of one.
                circuit.failures, circuit.next_probe = most, 0.0

    def _failed(self, key: tuple[str, str], most: int) -> _Circuit:
        circuit = self._circuits.setdefault(key, _Circuit(most))
        circuit.failures += 1
        circuit.next_probe = time.monotonic() + PROBE_EVERY
        return circuit

    def state(self) -> dict[str, str]:
        """By service: "closed", or "open"."""
        with self._lock:
            found: dict[str, str] = {}
            for (service, _), circuit in self._circuits.items():
                is_open = circuit.failures >= circuit.most
                found[service] = "open" if is_open or found.get(service) == "open" else "closed"
            return found

    def reset(self) -> None:
        """Forget every failure."""
        with self._lock:
            self._circuits.clear()
            self._failing.clear()
            self._answered.clear()


breaker = Breaker()
