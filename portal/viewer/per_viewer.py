"""`@per_viewer(ttl=…)`: what a viewer saw a moment ago, kept for that viewer only.

Keyed on the workspace, the id that Databricks returned for the viewer (never a header), the function and its
arguments; in process memory, bounded in bytes; one call at a time for one key; `None` is kept too. What a viewer may
still see after losing a right is bounded by `ttl`, and a denied call drops all their answers from that function. With
`shared=True` the portal's other processes get the answer too, sealed, until it expires (`shared_answers`).
"""

from __future__ import annotations

import functools
import random
import sys
import threading
import time
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Generic, ParamSpec, TypeVar, get_type_hints

from cachetools import TLRUCache

from portal import counters
from portal.settings import settings
from portal.viewer.context import about_to_ask, current, is_anew, tally
from portal.viewer.errors import NotPermitted
from portal.viewer.process import Process
from portal.viewer.shared_answers import Codec
from portal.viewer.single_flight import SingleFlight

K = TypeVar("K", bound=Hashable)
P = ParamSpec("P")
T = TypeVar("T")
MAX_BYTES = 64 * 1024 * 1024


_PLAIN = frozenset({str, int, float, bool, bytes, type(None)})
_MANY = (list, tuple, set, frozenset)


def size_of(value: object) -> int:
    """About how many bytes a value holds: exact for Arrow, the sum of its parts for plain data. What is larger than all
    that may be kept is not gone through to its end, and what holds itself has none.
    """
    size, parts = 0, [value]
    while parts and size <= MAX_BYTES:
        part = parts.pop()
        kind: object = type(part)
        if kind in _PLAIN:
            size += sys.getsizeof(part)
        elif isinstance(part, dict):
            size += sys.getsizeof(part)
            parts += part
            parts += part.values()
        elif isinstance(part, _MANY):
            size += sys.getsizeof(part)
            parts += part
        elif isinstance(nbytes := getattr(part, "nbytes", None), int):
            size += nbytes + 200
        else:
            size += sys.getsizeof(part)
            parts += [getattr(part, name) for name in _fields(kind)]
    return size


@functools.cache
def _fields(kind: object) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()


def typed(value: object) -> Hashable:
    """A key that tells 1, 1.0 and True apart: they are equal in Python, but three values in SQL."""
    if isinstance(value, tuple):
        return tuple(map(typed, value))
    return (type(value), value)


@dataclass(frozen=True, slots=True)
class _Kept:
    value: Any
    until: float
    """`time.monotonic()`."""
    size: int


def _kept(value: object, seconds: float) -> _Kept:
    return _Kept(value, time.monotonic() + seconds, size_of(value) + 400)


class _Entries(TLRUCache[tuple[Hashable, ...], _Kept]):
    """What is kept, and the same in a dict that is read without the lock: a page looks up dozens of answers, and who is
    put aside with the lock in hand (the interpreter does so every five milliseconds) holds up everybody."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(max_bytes, ttu=lambda key, kept, now: kept.until, getsizeof=lambda kept: kept.size)
        self.plain: dict[tuple[Hashable, ...], _Kept] = {}

    def __setitem__(self, key: tuple[Hashable, ...], kept: _Kept) -> None:
        super().__setitem__(key, kept)
        self.plain[key] = kept

    def __delitem__(self, key: tuple[Hashable, ...]) -> None:
        self.plain.pop(key, None)
        super().__delitem__(key)

    def expire(self, time: float | None = None) -> list[tuple[tuple[Hashable, ...], _Kept]]:
        gone = super().expire(time)
        for key, _ in gone:
            self.plain.pop(key, None)
        return gone


class Memory:
    """The store: (workspace, viewer id, kind, arguments) to value, least recently used out first."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._largest = max_bytes // 4
        self._lock = threading.Lock()
        self._entries = _Entries(max_bytes)
        self._calls: SingleFlight[tuple[Hashable, ...], _Kept] = SingleFlight(self._lock)

    def get(
        self,
        key: tuple[Hashable, ...],
        ttl: float,
        make: Callable[[], T],
        refresh: bool = False,
        codec: Codec[T] | None = None,
        pool: Executor | None = None,
    ) -> T:
        """The kept value, or what `make` returns; concurrent callers of one key share one call.

        With a codec, an answer that another process keeps is taken instead of a call, and the answer of a call is
        offered to other processes. Calls that may outlast a request are made in `pool` (see `SingleFlight.do`).
        """
        anew = refresh or is_anew()
        if not anew and (kept := self._fresh(key)) is not None:
            tally().hits += 1
            counters.cache("answers", hit=True)
            return kept.value
        about_to_ask()
        counters.cache("answers", hit=False)

        def ask() -> _Kept:
            answers = current().process.answers if codec is not None else None
            found = None if anew or answers is None or codec is None else answers.find(key, codec)
            if found is not None:
                return _kept(found.value, found.until - time.time())
            asked = time.time()
            value = make()
            # A random part less: viewers who came at the same time would otherwise keep asking at the same time.
            seconds = ttl * random.uniform(0.8, 1.0)  # noqa: S311 (no secret)
            if answers is not None and codec is not None:
                answers.put(key, value, codec, asked, seconds)
            return _kept(value, seconds)

        def look() -> _Kept | None:
            return None if anew else self._entries.get(key)

        return self._calls.do(key, look, ask, lambda kept: self._put(key, kept), pool).value

    def pop(self, key: tuple[Hashable, ...]) -> None:
        """Forget one value."""
        with self._lock:
            self._entries.pop(key, None)

    def peek(self, key: tuple[Hashable, ...]) -> Any:
        """The kept value, or None; asks nobody and waits for nothing."""
        kept = self._fresh(key)
        return None if kept is None else kept.value

    def put(self, key: tuple[Hashable, ...], value: object, ttl: float) -> None:
        """Keep a value that came by another way than `get`."""
        kept = _kept(value, ttl)
        with self._lock:
            self._put(key, kept)

    def _fresh(self, key: tuple[Hashable, ...]) -> _Kept | None:
        kept = self._entries.plain.get(key)
        if kept is None or kept.until <= time.monotonic():
            return None
        # What was used goes out later: worth no waiting.
        if self._lock.acquire(blocking=False):
            try:
                self._entries.get(key)
            finally:
                self._lock.release()
        return kept

    def _put(self, key: tuple[Hashable, ...], kept: _Kept) -> None:
        self._entries.pop(key, None)
        if kept.size <= self._largest and kept.until > time.monotonic():
            self._entries[key] = kept

    def drop(self, *prefix: Hashable) -> None:
        """Forget every key that starts so: (workspace, viewer id) or (workspace, viewer id, kind)."""
        reach = len(prefix)
        with self._lock:
            for key in [key for key in self._entries if key[:reach] == prefix]:
                self._entries.pop(key, None)
            self._calls.drop(lambda key: key[:reach] == prefix)

    def drop_where(self, applies: Callable[[tuple[Hashable, ...]], bool]) -> set[Hashable]:
        """Forget every key for which this holds; the kinds of those that were kept."""
        with self._lock:
            found = [key for key in self._entries if applies(key)]
            for key in found:
                self._entries.pop(key, None)
            self._calls.drop(applies)
        return {key[2] for key in found}

    def sweep(self) -> None:
        """Forget what has expired."""
        with self._lock:
            self._entries.expire()

    @property
    def nbytes(self) -> int:
        """About how many bytes are kept."""
        return int(self._entries.currsize)


memory = Memory()


def forget(process: Process, viewer_id: str) -> None:
    """Drop all that is kept for one viewer of this workspace."""
    theirs = (settings().databricks_host, viewer_id)
    memory.drop(*theirs)
    process.answers.drop(theirs)


class PerViewer(Generic[P, T]):
    """A function whose answers are kept per viewer; call it, or `refresh` it to bypass what is kept."""

    def __init__(self, function: Callable[P, T], ttl: float, shared: bool) -> None:
        functools.update_wrapper(self, function)
        self._function = function
        self._ttl = ttl
        self._shared = shared
        self._kind = f"{function.__module__}.{function.__qualname__}"

    def _key(self, viewer_id: str, args: tuple[object, ...], kwargs: dict[str, object]) -> tuple[Hashable, ...]:
        named = tuple(sorted(kwargs.items()))
        return (settings().databricks_host, viewer_id, self._kind, typed(args), typed(named))

    @functools.cached_property
    def _codec(self) -> Codec[T]:
        return Codec(get_type_hints(self._function, include_extras=True)["return"])

    def _call(self, refresh: bool, *args: P.args, **kwargs: P.kwargs) -> T:
        viewer_id = current().id
        try:
            key = self._key(viewer_id, args, kwargs)
            make = functools.partial(self._function, *args, **kwargs)
            return memory.get(key, self._ttl, make, refresh, self._codec if self._shared else None)
        except NotPermitted:
            self.drop()
            raise

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._call(False, *args, **kwargs)

    def refresh(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call it even if an answer is kept, and keep the new one."""
        return self._call(True, *args, **kwargs)

    def drop(self) -> None:
        """Forget all that the current viewer was answered, here and for the portal's other processes."""
        kind = (settings().databricks_host, current().id, self._kind)
        memory.drop(*kind)
        current().process.answers.drop(kind)

    def peek(self, *args: P.args, **kwargs: P.kwargs) -> T | None:
        """The kept answer, or None; for drawing at once what is known."""
        return memory.peek(self._key(current().id, args, kwargs))

    def peek_each(self, firsts: Iterable[K]) -> dict[K, T]:
        """As `peek`, for many values of an only argument: what is kept of them, by that value."""
        viewer_id = current().id
        found = ((first, memory.peek(self._key(viewer_id, (first,), {}))) for first in firsts)
        return {first: value for first, value in found if value is not None}

    def recall(self, *args: P.args, **kwargs: P.kwargs) -> T | None:
        """As `peek`, and what another process of the portal keeps (`shared`); asks nobody else."""
        key = self._key(current().id, args, kwargs)
        kept: T | None = memory.peek(key)
        if kept is not None:
            return kept
        found = current().process.answers.find(key, self._codec) if self._shared else None
        if found is None:
            return None
        memory.put(key, found.value, found.until - time.time())
        return found.value

    def learned(self, viewer_id: str, value: T, *args: P.args, **kwargs: P.kwargs) -> None:
        """Keep an answer that came by another way (SCIM Me at the exchange is the identity page's first)."""
        memory.put(self._key(viewer_id, args, kwargs), value, self._ttl)


def per_viewer(*, ttl: float, shared: bool = False) -> Callable[[Callable[P, T]], PerViewer[P, T]]:
    """Keep a function's answers for `ttl` seconds (or up to a fifth less), for the viewer who got them.

    Arguments must be hashable. Without a viewer the call raises the state to show; it never runs for nobody.
    `shared` is for what many pages ask. The function's declared return type must then be plain: dataclasses, tuples,
    numbers, texts, and Arrow tables as `shared_answers.ArrowTable`.

    >>> @per_viewer(ttl=30)
    ... def open_orders(region: str) -> int: ...
    """
    return lambda function: PerViewer(function, ttl, shared)
