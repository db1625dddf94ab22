"""`@per_viewer(ttl=…)`: what a viewer saw a moment ago, kept for that viewer only.

Keyed on the workspace, the id that Databricks returned for the viewer (never a header), the function and its
arguments; in process memory, bounded in bytes; one call at a time for one key; `None` is kept too. What a viewer may
still see after losing a right is bounded by `ttl`, and a denied call drops what they have of the same kind. With
`shared=True` the portal's other processes have the answer too, sealed, for the rest of its time (`shared_answers`).
"""

from __future__ import annotations

import functools
import random
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Generic, ParamSpec, TypeVar, get_type_hints

from portal import counters
from portal.settings import settings
from portal.viewer.context import about_to_ask, current, is_anew, tally
from portal.viewer.errors import NotPermitted
from portal.viewer.shared_answers import Codec, elsewhere

P = ParamSpec("P")
T = TypeVar("T")
MAX_BYTES = 64 * 1024 * 1024


_PLAIN = frozenset({str, int, float, bool, bytes, type(None)})


def size_of(value: Any) -> int:
    """About how many bytes a value holds: exact for Arrow, the sum of its parts for plain data."""
    kind: Any = type(value)
    if kind in _PLAIN:
        return sys.getsizeof(value)
    if isinstance(value, dict):
        return sys.getsizeof(value) + sum(map(size_of, value)) + sum(map(size_of, value.values()))
    if isinstance(value, list | tuple | set | frozenset):
        return sys.getsizeof(value) + sum(map(size_of, value))
    nbytes = getattr(value, "nbytes", None)
    if isinstance(nbytes, int):
        return nbytes + 200
    size: int = sys.getsizeof(value)
    for name in _fields(kind):
        size += size_of(getattr(value, name))
    return size


@functools.cache
def _fields(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()


def typed(value: Any) -> Hashable:
    """A key in which 1, 1.0 and True, equal to Python, are three values, as they are to SQL."""
    if isinstance(value, tuple):
        return tuple(map(typed, value))
    return (type(value), value)


@dataclass(slots=True)
class _Kept:
    value: Any
    until: float
    size: int


@dataclass(slots=True)
class _Flight:
    done: threading.Event = field(default_factory=threading.Event)
    value: Any = None
    error: BaseException | None = None


class Memory:
    """The store: (workspace, viewer id, kind, arguments) to value, least recently used out first."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max = max_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[Hashable, ...], _Kept] = OrderedDict()
        self._bytes = 0
        self._flights: dict[tuple[Hashable, ...], _Flight] = {}

    def get(
        self,
        key: tuple[Hashable, ...],
        ttl: float,
        make: Callable[[], T],
        refresh: bool = False,
        codec: Codec[T] | None = None,
    ) -> T:
        """The kept value, or what `make` returns; concurrent callers of one key share one call.

        With a codec, what another process keeps is as good as a call, and what a call brings is for others too.
        """
        anew = refresh or is_anew()
        if not anew and (kept := self._fresh(key)) is not None:
            self._used(key)
            tally().hits += 1
            counters.cache("answers", hit=True)
            return kept.value
        about_to_ask()
        counters.cache("answers", hit=False)
        with self._lock:
            flight = self._flights.get(key)
            if flight is None and not anew and (kept := self._fresh(key)) is not None:
                return kept.value  # came in between
            mine = flight is None
            if flight is None:
                flight = self._flights[key] = _Flight()
        if not mine:
            flight.done.wait()
            if flight.error is not None:
                raise flight.error
            return flight.value
        try:
            found = None if anew or codec is None else elsewhere.find(key, codec)
            asked = time.time()
            flight.value = make() if found is None else found.value
            # Not all to the second: viewers who came together would otherwise ask together, again and again.
            ttl *= random.uniform(0.8, 1.0)  # noqa: S311 (no secret)
            left = ttl if found is None else found.until - asked
            new = _Kept(flight.value, time.monotonic() + left, size_of(flight.value) + 400)
            with self._lock:
                # Gone from `_flights`: the viewer's things were dropped meanwhile, and this answer is of before.
                if self._flights.get(key) is flight:
                    self._put(key, new)
            if found is None and codec is not None:
                elsewhere.put(key, flight.value, codec, asked, ttl)
            return flight.value
        except BaseException as error:
            flight.error = error
            raise
        finally:
            with self._lock:
                if self._flights.get(key) is flight:
                    del self._flights[key]
            flight.done.set()

    def peek(self, key: tuple[Hashable, ...]) -> Any:
        """The kept value, or None; nothing is asked, and nobody is waited for."""
        kept = self._fresh(key)
        return None if kept is None else kept.value

    def put(self, key: tuple[Hashable, ...], value: object, ttl: float) -> None:
        """Keep a value that was learned on the way."""
        new = _Kept(value, time.monotonic() + ttl, size_of(value) + 400)
        with self._lock:
            self._put(key, new)

    def _fresh(self, key: tuple[Hashable, ...]) -> _Kept | None:
        """Without the lock: a page looks up dozens of answers, and a dict hands out one at a time anyway."""
        kept = self._kept.get(key)
        return kept if kept is not None and kept.until > time.monotonic() else None

    def _used(self, key: tuple[Hashable, ...]) -> None:
        """What was used goes out later. Worth no waiting, but never while somebody goes through what is kept."""
        if self._lock.acquire(blocking=False):
            try:
                if key in self._kept:
                    self._kept.move_to_end(key)
            finally:
                self._lock.release()

    def _put(self, key: tuple[Hashable, ...], new: _Kept) -> None:
        self._remove(key)
        if new.size > self._max // 4:
            return
        self._kept[key] = new
        self._bytes += new.size
        while self._bytes > self._max:
            self._remove(next(iter(self._kept)))

    def _remove(self, key: tuple[Hashable, ...]) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._bytes -= kept.size

    def drop(self, *prefix: Hashable) -> None:
        """Forget every key that starts so: (workspace, viewer id) or (workspace, viewer id, kind)."""
        elsewhere.drop(prefix)
        with self._lock:
            for key in [k for k in self._kept if k[: len(prefix)] == prefix]:
                self._remove(key)
            for key in [k for k in self._flights if k[: len(prefix)] == prefix]:
                del self._flights[key]

    def sweep(self) -> None:
        """Forget what is past its time."""
        now = time.monotonic()
        with self._lock:
            for key in [k for k, kept in self._kept.items() if kept.until <= now]:
                self._remove(key)

    @property
    def nbytes(self) -> int:
        """About how many bytes are kept."""
        return self._bytes


memory = Memory()


def forget(viewer_id: str) -> None:
    """Drop all that is kept for one viewer of this workspace."""
    memory.drop(settings().databricks_host, viewer_id)


class PerViewer(Generic[P, T]):
    """A function whose answers are kept per viewer; call it, or `refresh` it to bypass what is kept."""

    def __init__(self, function: Callable[P, T], ttl: float, shared: bool) -> None:
        functools.update_wrapper(self, function)
        self._function = function
        self._ttl = ttl
        self._shared = shared
        self._kind = f"{function.__module__}.{function.__qualname__}"

    def _key(self, viewer_id: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Hashable, ...]:
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
            memory.drop(settings().databricks_host, viewer_id, self._kind)
            raise

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._call(False, *args, **kwargs)

    def refresh(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call it anew, whatever is kept, and keep the answer."""
        return self._call(True, *args, **kwargs)

    def peek(self, *args: P.args, **kwargs: P.kwargs) -> T | None:
        """The kept answer, or None where there is none: to draw at once what is known."""
        return memory.peek(self._key(current().id, args, kwargs))

    def learned(self, viewer_id: str, value: T, *args: P.args, **kwargs: P.kwargs) -> None:
        """Keep an answer that came by another way (SCIM Me at the exchange is the identity page's first)."""
        memory.put(self._key(viewer_id, args, kwargs), value, self._ttl)


def per_viewer(*, ttl: float, shared: bool = False) -> Callable[[Callable[P, T]], PerViewer[P, T]]:
    """Keep a function's answers for `ttl` seconds (or up to a fifth less), for the viewer who got them.

    Arguments must be hashable. Without a viewer the call raises the state to show; it never runs for nobody.
    `shared` is for what many pages ask: the type that the function says it returns must be plain (dataclasses, tuples,
    numbers, texts, Arrow tables as `shared_answers.ArrowTable`).

    >>> @per_viewer(ttl=30)
    ... def open_orders(region: str) -> int: ...
    """
    return lambda function: PerViewer(function, ttl, shared)
