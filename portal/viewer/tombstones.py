"""Tombstones: sessions and viewers who said "End session", until they choose "Continue".

They lie under hashes, in the shared cache where there is one (then every process sees them) and in this process else.
"""

from __future__ import annotations

import threading

from cachetools import TTLCache

from portal.cache import SharedCache
from portal.viewer.seal import session_hash

SECONDS = 8 * 3600.0
MOST = 10_000


class Tombstones:
    """`binding` is what they hold for: host and content."""

    def __init__(self, shared: SharedCache | None, binding: str) -> None:
        self._shared = shared
        self._binding = binding
        self._lock = threading.Lock()
        self._here: TTLCache[str, bool] = TTLCache(MOST, SECONDS)

    def of_token(self, token: str) -> str:
        """The name of a session's stone."""
        return "tomb-" + session_hash("tomb", self._binding, token)

    def of_viewer(self, viewer_id: str) -> str:
        """The name of a viewer's stone: their token may rotate, their session has ended all the same."""
        return "tomb-" + session_hash("tomb-viewer", self._binding, viewer_id)

    def lay(self, name: str) -> bool:
        """Lay one; whether every process sees it."""
        with self._lock:
            self._here[name] = True
        return self._shared is not None and self._shared.set(name, 1, SECONDS)

    def __contains__(self, name: str) -> bool:
        if self._shared is not None:
            kept = self._shared.get(name)
            # What the processes share is right, also when another of them has lifted what this one laid.
            if self._shared.healthy:
                return kept is not None
        with self._lock:
            return name in self._here

    def lift(self, name: str) -> None:
        """Take one away, everywhere."""
        with self._lock:
            self._here.pop(name, None)
        if self._shared is not None:
            self._shared.delete(name)
