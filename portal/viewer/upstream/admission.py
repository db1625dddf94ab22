"""How many requests may wait for other services at a time, so that health, files and kept pages always have a thread.

Counted are threads that answer requests, while they wait for a service (or for somebody else's call of one). Where all
places are taken and services answer as usual, a place is free in a moment, and is waited for; where somebody has been
waiting for long, a service stalls, and who comes is told so at once. The number of threads is learned from the server
or set (PORTAL_THREADS); where nobody knows it, nothing is assumed and nobody is turned away.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext

from portal.viewer.errors import Busy

RESERVED = 2
"""Threads that never wait for a service."""
SHARE = 0.75
"""Of the others, what one service may hold."""
SPARE_SHARE = 0.5
"""Of the others, what may be taken where somebody waits who need not."""
PATIENCE = 0.3
"""Seconds that a place is waited for, while …"""
STALLED = 1.0
"""… nobody has been waiting for a service for longer than this."""
RETRY_SECONDS = 2.0
_SPARE = "nothing that is needed"


class _Here(threading.local):
    """What this thread answers."""

    admission: Admission | None = None
    """Of the process whose request it answers; None for a thread that answers none."""
    depth = 0


_here = _Here()


def is_request() -> bool:
    """Whether this thread answers a request."""
    return _here.admission is not None


def wait(service: str) -> AbstractContextManager[None]:
    """Around whatever may take as long as a service does. Raises `Busy` where too many requests wait already.

    A background thread holds no request's; and a request counts once.
    """
    return nullcontext() if _here.admission is None or _here.depth else _here.admission._hold(service)


@contextmanager
def spare() -> Iterator[bool]:
    """Around a wait that may be left out: whether there is a place for it right now."""
    here = _here.admission
    if here is None or _here.depth:
        yield True
        return
    with ExitStack() as held:
        try:
            held.enter_context(here._hold(_SPARE, patience=0))
        except Busy:
            there = False
        else:
            there = True
        yield there


class Admission:
    """The waiting requests of one process. `threads` answer them; None where that is not known."""

    def __init__(self, threads: int | None) -> None:
        self._threads = threads
        self._room = threading.Condition()
        self._since: dict[int, float] = {}
        """By thread: when it began to wait."""
        self._by_service: Counter[str] = Counter()

    def begin(self) -> None:
        """This thread answers a request."""
        _here.admission, _here.depth = self, 0

    def end(self) -> None:
        """… and no longer."""
        _here.admission = None

    @property
    def threads(self) -> int | None:
        """Threads that answer requests; None where that is not known."""
        return self._threads

    @property
    def most(self) -> int | None:
        """Requests that may wait at a time."""
        return None if self._threads is None else max(1, self._threads - RESERVED)

    @property
    def waiting(self) -> int:
        """Requests that wait right now."""
        return len(self._since)

    @contextmanager
    def _hold(self, service: str, patience: float = PATIENCE) -> Iterator[None]:
        """A place, for a request that has none yet."""
        self._enter(service, patience)
        _here.depth = 1
        try:
            yield
        finally:
            _here.depth = 0
            with self._room:
                del self._since[threading.get_ident()]
                self._by_service[service] -= 1
                self._room.notify_all()

    def _enter(self, service: str, patience: float) -> None:
        with self._room:
            if not self._has_room(service) and (
                self._stalls() or not self._room.wait_for(lambda: self._has_room(service), patience)
            ):
                raise Busy(f"Many requests are waiting for {service} right now.", retry_after=RETRY_SECONDS)
            self._since[threading.get_ident()] = time.monotonic()
            self._by_service[service] += 1

    def _has_room(self, service: str) -> bool:
        most = self.most
        if most is None:
            return True
        if service == _SPARE:
            return len(self._since) < round(most * SPARE_SHARE)
        return len(self._since) < most and self._by_service[service] < max(1, round(most * SHARE))

    def _stalls(self) -> bool:
        return time.monotonic() - min(self._since.values(), default=time.monotonic()) > STALLED
