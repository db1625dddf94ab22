"""One call for all who ask for the same thing at the same time (`SingleFlight`), or one at a time (`Flights`)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from portal.viewer.errors import StillRunning
from portal.viewer.upstream import admission

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")
LONGEST_WAIT = 120.0
"""Seconds that anybody waits for another's call: a read that lasts longer is broken off where it is made."""
REQUEST_WAIT = 5.0
"""… and that a request does, which holds one of the server's threads and can come again."""


@dataclass(slots=True)
class _Call(Generic[T]):
    done: threading.Event = field(default_factory=threading.Event)
    began: float = field(default_factory=time.monotonic)
    value: T | None = None
    error: BaseException | None = None


class SingleFlight(Generic[K, T]):
    """Calls under way, by key. `lock` is its owner's, who looks up and keeps values under it; values are never None."""

    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock
        self._calls: dict[K, _Call[T]] = {}

    def do(
        self,
        key: K,
        look: Callable[[], T | None],
        make: Callable[[], T],
        keep: Callable[[T], None],
        pool: Executor | None = None,
    ) -> T:
        """What `look` finds; else what one call of `make` returns to all who ask meanwhile, its error included.

        `look` and `keep` run under the lock. What was dropped while it was being made is returned and not kept. With
        `pool` the call is made there, in a copy of this context, and goes on when nobody waits for it any more. A
        request waits `REQUEST_WAIT` for a call that is not its own, then `StillRunning` says so.
        """
        with self._lock:
            call = self._calls.get(key)
            if call is None:
                found = look()
                if found is not None:
                    return found
            mine = call is None
            if call is None:
                call = self._calls[key] = _Call()
        if not mine:
            return _shared(call)
        if pool is not None:
            pool.submit(copy_context().run, self._make, key, call, make, keep)
            return _shared(call)
        return self._make(key, call, make, keep)

    def _make(self, key: K, call: _Call[T], make: Callable[[], T], keep: Callable[[T], None]) -> T:
        try:
            call.value = value = make()
            with self._lock:
                if self._calls.get(key) is call:
                    keep(value)
            return value
        except BaseException as error:
            call.error = error
            raise
        finally:
            with self._lock:
                if self._calls.get(key) is call:
                    del self._calls[key]
            call.done.set()

    def __contains__(self, key: K) -> bool:
        return key in self._calls

    def drop(self, gone: Callable[[K], bool]) -> None:
        """Keep nothing of these calls, and share them with nobody new. The lock is held by the caller."""
        for key in [key for key in self._calls if gone(key)]:
            del self._calls[key]


def _shared(call: _Call[T]) -> T:
    with admission.wait("Databricks"):
        came = call.done.wait(_patience())
    if not came:
        raise StillRunning(time.monotonic() - call.began)
    if call.error is not None:
        raise call.error
    assert call.value is not None
    return call.value


def _patience() -> float:
    return REQUEST_WAIT if admission.is_request() else LONGEST_WAIT


class Flights:
    """Locks by name, as many as are in use and no more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[Hashable, tuple[threading.Lock, int]] = {}

    def __len__(self) -> int:
        return len(self._held)

    @contextmanager
    def hold(
        self, key: Hashable, *, blocking: bool = True, service: str = "Databricks", seconds: float = 0.0
    ) -> Iterator[bool]:
        """Hold this key's lock; yields whether it is held. The lock goes with its last user.

        Who waits for it waits as long as for another's call of `service`, or `seconds` where
        that is longer (its own bound, so that its failure is everybody's); then `StillRunning` says so.
        """
        with self._lock:
            lock, users = self._held.get(key, (threading.Lock(), 0))
            self._held[key] = (lock, users + 1)
        held = False
        try:
            held = lock.acquire(blocking=False)
            if blocking and not held:
                patience = max(seconds, _patience())
                with admission.wait(service):
                    held = lock.acquire(timeout=patience)
                if not held:
                    raise StillRunning(patience)
            yield held
        finally:
            if held:
                lock.release()
            with self._lock:
                lock, users = self._held[key]
                if users == 1:
                    del self._held[key]
                else:
                    self._held[key] = (lock, users - 1)
