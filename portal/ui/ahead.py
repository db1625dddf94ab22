"""Content ahead of time: a layout asks for what its callbacks will need, and draws at once what is there already.

A browser needs a few hundred milliseconds between the layout and the first callback. `gather` starts the reads then,
as the viewer, and waits a moment: what a warm cache holds comes back and is drawn with the layout; the rest goes on in
its thread and is found (or waited for) by the callback, since reads are kept per viewer and shared while under way.
Failures are not shown from here: the callback meets the same one and draws its state.
"""

from __future__ import annotations

import contextvars
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from portal import viewer
from portal.viewer import errors

AFTER_A_CLICK = 0.12
"""Seconds that a layout waits: too short to be felt."""
AT_LOAD = 0.5
"""The same while a page loads: about what the browser's scripts take, during which it shows the frame anyway."""
AT_ONCE = 0.02
"""Enough for what is kept already."""

_wait: ContextVar[float] = ContextVar("portal_ahead_wait", default=AFTER_A_CLICK)

# More than this many reads under way at once is no head start for anyone.
_pool = ThreadPoolExecutor(max_workers=16, thread_name_prefix="ahead")


@contextmanager
def waiting(seconds: float) -> Iterator[None]:
    """The layouts called inside wait so long."""
    token = _wait.set(seconds)
    try:
        yield
    finally:
        _wait.reset(token)


def gather(reads: Mapping[str, Callable[[], Any]], within: float | None = None) -> dict[str, Any]:
    """Start every read; return those that answered within so many seconds (the default fits), by name.

    Reads must keep their answers per viewer (`per_viewer`, or `query(…, ttl=…)`), or the head start is lost.
    """
    who = viewer.current_or_none()
    if who is None or not reads:
        return {}

    def run(read: Callable[[], Any]) -> Any:
        with viewer.acting_as(who):
            return read()

    # The request's context goes along, so that what a read logs carries the request's id.
    started: dict[str, Future[Any]] = {
        name: _pool.submit(contextvars.copy_context().run, run, read) for name, read in reads.items()
    }
    until = time.monotonic() + (_wait.get() if within is None else within)
    found: dict[str, Any] = {}
    for name, future in started.items():
        try:
            found[name] = future.result(timeout=max(until - time.monotonic(), 0))
        except (TimeoutError, errors.PortalError):
            continue
        except Exception:  # noqa: S112  # met, logged and drawn by the callback
            continue
    return found
