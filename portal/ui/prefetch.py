"""Content ahead of time: a layout asks for what its callbacks will need, and draws at once what is there already.

A browser needs a few hundred milliseconds between the layout and the first callback. `gather` starts the reads then,
as the viewer, and waits a moment: what a warm cache holds comes back and is drawn with the layout; the rest goes on in
its thread and is found (or waited for) by the callback, since reads are kept per viewer and shared while under way.
Failures are not shown from here: the callback meets the same one and draws its state.
"""

from __future__ import annotations

import contextvars
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent import futures
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

from portal import viewer
from portal.viewer import context
from portal.viewer.upstream import admission

AFTER_A_CLICK = 0.12
"""Seconds that a layout waits: too short to be felt."""
AT_LOAD = 0.5
"""The same while a page loads: about what the browser's scripts take, during which it shows the frame anyway."""
AT_ONCE = 0.02
"""Enough for what is kept already."""

_until: ContextVar[tuple[float, float] | None] = ContextVar("portal_ahead_until", default=None)
"""When the layouts that are being drawn have waited enough, by `time.monotonic()`, and what each may wait even then;
None where each waits by itself.
"""

# The first page of a session has up to four, which all wait for its exchange: where Connect is slow, those of sixteen
# new sessions are under way, and none waits for another's. (With 16 threads and an exchange of 4 s, twelve sessions'
# began after 0, 4 and 8 s.)
_pool = ThreadPoolExecutor(max_workers=64, thread_name_prefix="ahead")


@contextmanager
def waiting(seconds: float) -> Iterator[None]:
    """The layouts called inside wait so long, all of them together, or `AT_ONCE` each."""
    token = _until.set((time.monotonic() + seconds, min(seconds, AT_ONCE)))
    try:
        yield
    finally:
        _until.reset(token)


def _left() -> float:
    if (known := _until.get()) is None:
        return AFTER_A_CLICK
    until, least = known
    return max(until - time.monotonic(), least)


def _wait(reads: Iterable[Future[object]], seconds: float) -> None:
    """Until each of them is done, where a thread can be spared for that, but no longer than so."""
    with admission.spare() as there:
        futures.wait(reads, seconds if there else 0)


class Ahead:
    """The reads that layouts have begun and not waited for."""

    lacks = False
    """Whether the layout left something out that no callback brings."""

    def __init__(self) -> None:
        self._begun: list[Future[object]] = []

    def __len__(self) -> int:
        return len(self._begun)

    def add(self, read: Future[object]) -> None:
        self._begun.append(read)

    def settle(self, seconds: float) -> None:
        """Until each of them has answered or failed, but no longer than so."""
        futures.wait(self._begun, seconds)


_ahead: ContextVar[Ahead | None] = ContextVar("portal_ahead", default=None)


@contextmanager
def watched() -> Iterator[Ahead]:
    """What the layouts called inside would have to wait for."""
    ahead = Ahead()
    token = _ahead.set(ahead)
    try:
        yield ahead
    finally:
        _ahead.reset(token)


def gather(reads: Mapping[str, Callable[[], object]], within: float | None = None) -> dict[str, Any]:
    """Start every read; return those that answered within so many seconds (the default fits), by name.

    Reads must keep their answers per viewer (`per_viewer`, or `query(…, ttl=…)`), or the head start is lost.
    """
    if viewer.current_or_none() is None or not reads:
        return {}
    found: dict[str, Any] = {}
    started: dict[str, Future[object]] = {}
    for name, read in reads.items():
        try:
            # What is kept is there at once: handing it from thread to thread would take longer than to draw it.
            with context.only_kept(), suppress(Exception):
                found[name] = read()
        except context.NotKept:
            started[name] = _begin(read)
    if started:
        _wait(started.values(), _left() if within is None else within)
    ahead = _ahead.get() if within is None else None
    for name, future in started.items():
        if future.done():
            # A failure is met, logged and drawn by the callback.
            with suppress(Exception):
                found[name] = future.result()
        elif ahead is not None:
            ahead.add(future)
    return found


def comes_later(read: Callable[[], object]) -> bool:
    """Whether a document is being drawn that does not wait for `read`, which is then under way: the layout is drawn
    once more, later in the same answer or for the browser that asks for it.
    """
    ahead = _ahead.get()
    if ahead is None or viewer.current_or_none() is None:
        return False
    try:
        with context.only_kept(), suppress(Exception):
            read()
        return False
    except context.NotKept:
        begun = _begin(read)
        _wait([begun], _left())
        if begun.done():  # a failure, too: whoever asks now meets it at once
            return False
        ahead.add(begun)
        ahead.lacks = True
        return True


def begin(*reads: Callable[[], object]) -> None:
    """Start reads whose answers the callbacks will find, or wait for."""
    if viewer.current_or_none() is not None:
        for read in reads:
            _begin(read)


def _begin(read: Callable[[], object]) -> Future[object]:
    # The request's context goes along: the viewer, and the request's id for what a read logs.
    return _pool.submit(contextvars.copy_context().run, read)
