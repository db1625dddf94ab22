"""A rate limit is heeded: what a viewer was told to wait with is not asked again, in any process, until then.

Kept by session and API, in memory and in the shared cache, where a word of somebody else can only make a viewer wait,
for `LONGEST` at most.
"""

from __future__ import annotations

import threading
import time

from cachetools import TTLCache

from portal.cache import SharedCache
from portal.viewer.errors import Busy

LONGEST = 60.0
"""Seconds: a service that asks for more is asked once a minute."""
LOOK_EVERY = 1.0
"""Seconds after which what other processes were told is looked up again."""
SESSIONS = 10_000

_Ends = dict[str, float]
"""API to the end of its pause, in epoch seconds."""


class Pauses:
    """Of all sessions of this process."""

    def __init__(self, cache: SharedCache | None = None) -> None:
        """`cache` is where other processes hear of them."""
        self._cache = cache
        self._lock = threading.Lock()
        self._ends: TTLCache[str, _Ends] = TTLCache(SESSIONS, LONGEST)
        self._looked: TTLCache[str, bool] = TTLCache(SESSIONS, LOOK_EVERY)

    def heed(self, session: str, service: str, api: str) -> None:
        """Raises `Busy` with what is left of a pause."""
        self._look(session)
        with self._lock:
            end = self._ends.get(session, {}).get(_name(service, api), 0.0)
        left = end - time.time()
        if left > 0:
            raise Busy(f"{service} is limiting how fast it is asked.", retry_after=left)

    def told(self, session: str, service: str, api: str, seconds: float) -> None:
        """A service asked for a pause."""
        end = time.time() + min(seconds, LONGEST)
        with self._lock:
            ends = {**self._ends.get(session, {}), _name(service, api): end}
            self._ends[session] = ends
        if self._cache is not None:
            self._cache.set(_key(session), ends, LONGEST)

    def _look(self, session: str) -> None:
        if self._cache is None:
            return
        with self._lock:
            if session in self._looked:
                return
            self._looked[session] = True
        found = _valid(self._cache.get(_key(session)))
        if found:
            with self._lock:
                ours = self._ends.get(session, {})
                self._ends[session] = {name: max(found.get(name, 0.0), ours.get(name, 0.0)) for name in found | ours}


def _name(service: str, api: str) -> str:
    return f"{service} {api}"


def _key(session: str) -> str:
    return f"pause-{session}"


def _valid(found: object) -> _Ends:
    latest = time.time() + LONGEST
    if not isinstance(found, dict) or len(found) > 100:
        return {}
    return {name: min(float(end), latest) for name, end in found.items() if isinstance(end, int | float)}
