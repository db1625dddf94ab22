"""Credentials in the shared cache, each sealed with its session's own token; and whose turn it is to exchange one.

Whose copies these are and what they withstand is said in `portal.viewer.vault`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from portal import counters
from portal.cache import SharedCache
from portal.viewer.credential import Credential, Viewer
from portal.viewer.errors import StillRunning
from portal.viewer.idle import IDLE_SECONDS
from portal.viewer.seal import Seal
from portal.viewer.upstream import admission
from portal.viewer.upstream.breaker import breaker

LOCK_SECONDS = 4
"""How long a process waits for another's exchange of the same session."""
IN_VAIN = 1.0
"""Seconds."""
LOCK_LOOKS = 2
"""So often a lock is looked at that nobody who may can have made, before it is passed by: a mark takes a moment."""
LOOK_EVERY = 0.05


class Copies:
    """By session. `bound_to` says what a copy is good for: host, content and integration; it may raise a state."""

    def __init__(self, shared: SharedCache, bound_to: Callable[[], str]) -> None:
        self._shared = shared
        self._bound_to = bound_to

    def find(self, viewer: Viewer) -> Credential | None:
        """What any process has put there, as the viewer's token opens it."""
        seal = self._seal(viewer)
        return seal.open(self._shared.get(seal.cache_key))

    def put(self, viewer: Viewer, credential: Credential) -> bool:
        """Keep one until it ends or is idle; whether it could be kept."""
        seal = self._seal(viewer)
        left = credential.end - time.time()
        return self._shared.set(seal.cache_key, seal.close(credential), min(IDLE_SECONDS, left))

    def drop(self, viewer: Viewer) -> None:
        """Forget the session's."""
        self._shared.delete(self._seal(viewer).cache_key)

    @contextmanager
    def turn(self, viewer: Viewer, found: Callable[[], Credential | None]) -> Iterator[Credential | None]:
        """Wait for this process's turn to exchange: yields what `found` finds meanwhile, or None at its turn.

        It comes at once, soon, or where the lock is one that nobody who may can have made.

        Raises `StillRunning` where another process is not done within `LOCK_SECONDS`, or got nothing in more than
        `IN_VAIN`: whoever then did the same would take as long, and their viewer has waited enough for one answer. Who
        asks next finds out as a probe does.
        """
        seal = self._seal(viewer)
        began: float | None = None
        strange = 0
        with ExitStack() as waiting:
            while True:
                with self._shared.exclusive(seal.cache_key, LOCK_SECONDS, seal.mark()) as mine:
                    kept = found()
                    waited = 0.0 if began is None else time.monotonic() - began
                    if kept is not None or (mine and waited < IN_VAIN):
                        waiting.close()
                        yield kept
                        return
                holder = self._shared.holder(seal.cache_key)
                if holder is not None and not seal.is_mark(holder, LOCK_SECONDS):
                    strange += 1
                # One that has grown strange during the wait is of a holder that is at it for longer than anybody may.
                if mine or waited > LOCK_SECONDS or (strange and waited > IN_VAIN):
                    breaker.silent("Connect", waited)
                    raise StillRunning(waited)
                if strange == LOCK_LOOKS:
                    waiting.close()
                    counters.forged("lock")
                    yield None
                    return
                if began is None:
                    began = time.monotonic()
                    waiting.enter_context(admission.wait("Connect"))
                    waiting.enter_context(breaker.waiting("Connect"))
                time.sleep(LOOK_EVERY)

    def _seal(self, viewer: Viewer) -> Seal:
        return Seal(viewer.token, self._bound_to())
