"""A call's end, as a whole: connecting, the first byte and the last.

Time-outs of sockets bound silence. A peer that sends a byte now and then would hold its caller for good, so one thread,
the watchdog, shuts the connections of a call down when its time is over (`shutdown` of a duplicate, which ends a read
in progress whatever wraps the socket, TLS included). The read then fails in some way that depends on where it stood, or
ends as a whole body without a length would: whoever asked looks at `expired`.
"""

from __future__ import annotations

import heapq
import itertools
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(eq=False)
class Deadline:
    """`at` is of `time.monotonic()`."""

    at: float
    expired: bool = False
    patient: bool = False
    """One call may take all of it, silent or not: what is asked works for its answer (a model)."""
    lines: set[socket.socket] = field(default_factory=set)
    closed: set[socket.socket] = field(default_factory=set)
    """Of these the connection says that it is closed; what is left of its last answer may still be read."""

    @property
    def left(self) -> float:
        """Seconds, never below 0."""
        return max(0.0, self.at - time.monotonic())


_current: ContextVar[Deadline | None] = ContextVar("portal_deadline", default=None)


def current() -> Deadline | None:
    """What bounds this thread's calls right now."""
    return _current.get()


def patience() -> float | None:
    """Seconds that a call may take here, silent or not, where it was given more than calls get; None elsewhere."""
    bound = _current.get()
    return bound.left if bound is not None and bound.patient else None


@contextmanager
def within(seconds: float, *, patient: bool = False) -> Iterator[Deadline]:
    """Calls inside end within so many seconds altogether, or earlier where an outer deadline says so.

    Threads that are started with a copy of this context are bound by it too.
    """
    outer = _current.get()
    mine = Deadline(time.monotonic() + seconds, patient=patient)
    if outer is not None and outer.at <= mine.at:
        yield outer
        return
    token = _current.set(mine)
    try:
        yield mine
    finally:
        _current.reset(token)
        watchdog.release(mine)


class Watchdog:
    """One thread for all calls of a process, started with the first."""

    def __init__(self) -> None:
        self._ready = threading.Condition()
        self._heap: list[tuple[float, int, Deadline]] = []
        self._order = itertools.count()
        self._pid = 0

    def watch(self, deadline: Deadline, line: socket.socket) -> None:
        """Shut this line down at the deadline, unless it is released before."""
        with self._ready:
            if self._pid != os.getpid():  # the first call, or the first after a fork
                self._pid = os.getpid()
                threading.Thread(target=self._run, name="deadlines", daemon=True).start()
            first = not deadline.lines
            deadline.lines.add(line)
            if first:
                heapq.heappush(self._heap, (deadline.at, next(self._order), deadline))
                if self._heap[0][2] is deadline:
                    self._ready.notify()

    def release(self, deadline: Deadline) -> None:
        """The call is over: its lines go back to the pool unharmed."""
        with self._ready:
            _let_go(deadline)

    def forget(self, line: socket.socket) -> None:
        """A connection is closed: its line goes with the call that reads from it, if there is one."""
        with self._ready:
            for _, _, deadline in self._heap:
                if line in deadline.lines:
                    deadline.closed.add(line)
                    return
        line.close()

    def _run(self) -> None:
        with self._ready:
            while True:
                # What was released needs no waking.
                while self._heap and (not self._heap[0][2].lines or self._heap[0][0] <= time.monotonic()):
                    _, _, deadline = heapq.heappop(self._heap)
                    if deadline.lines:
                        deadline.expired = True
                        for line in deadline.lines:
                            with suppress(OSError):
                                line.shutdown(socket.SHUT_RDWR)
                        _let_go(deadline)
                self._ready.wait(self._heap[0][0] - time.monotonic() if self._heap else None)


def _let_go(deadline: Deadline) -> None:
    for line in deadline.closed:
        line.close()
    deadline.closed.clear()
    deadline.lines.clear()


watchdog = Watchdog()
