"""Files on their way to a viewer, results and volumes' alike: how many at a time, as whom, and how they end."""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

from portal import viewer
from portal.results.tickets import Stopped
from portal.settings import settings
from portal.viewer.errors import Busy

_lock = threading.Lock()
_under_way: dict[str, list[Run]] = {}
"""By viewer id."""


class Run:
    """One download under way: it ends with the session that began it, whatever it waits for."""

    def __init__(self, hang_up: Callable[[], None]) -> None:
        self.stopped = False
        self.streaming = False
        self._hang_up = hang_up

    def stop(self) -> None:
        self.stopped = True
        # Whoever takes no bytes, or waits for the next chunk, would not look at that for long.
        if self.streaming:
            self._hang_up()

    def go_on(self) -> None:
        """Raises as a broken connection would, which is what the server takes it for: no whole file ends so."""
        if self.stopped:
            raise Stopped(errno.EPIPE, "the session ended")


def enter(viewer_id: str, hang_up: Callable[[], None]) -> Run:
    """One more; raises `Busy` beyond PORTAL_DOWNLOADS_PER_VIEWER. `hang_up` breaks the connection it goes out by."""
    most = settings().downloads_per_viewer
    run = Run(hang_up)
    with _lock:
        runs = _under_way.setdefault(viewer_id, [])
        if len(runs) >= most:
            raise Busy(f"You have {most} downloads under way, which is as many as may be at a time.", retry_after=10)
        runs.append(run)
    return run


def leave(viewer_id: str, run: Run) -> None:
    """… and one less."""
    with _lock:
        _under_way[viewer_id].remove(run)
        if not _under_way[viewer_id]:
            del _under_way[viewer_id]


def stop(viewer_id: str) -> None:
    """A session ended: so do its viewer's downloads, in this process."""
    with _lock:
        runs = list(_under_way.get(viewer_id, ()))
    for run in runs:
        run.stop()


def under_way() -> int:
    """Downloads that this process is sending."""
    with _lock:
        return sum(map(len, _under_way.values()))


@contextmanager
def recorded(tell: Callable[[str, int], None]) -> Iterator[None]:
    """Around what yields a file: `tell` hears how it ended (ok, stopped or failed) and after how many seconds."""
    started, outcome = time.monotonic(), "failed"
    try:
        yield
        outcome = "ok"
    except (GeneratorExit, Stopped):
        outcome = "stopped"
        raise
    finally:
        tell(outcome, round(time.monotonic() - started))


class Body:
    """The response's body: outlives the request, so it acts as the viewer by itself; closed also if never read."""

    def __init__(self, viewer_id: str, run: Run, first: bytes, rest: Generator[bytes, None, None]) -> None:
        self._viewer: viewer.Viewer | None = viewer.current()
        self._viewer_id = viewer_id
        self._run = run
        self._first: bytes | None = first
        self._rest = rest

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        self._run.go_on()
        if self._first is not None:
            first, self._first = self._first, None
            return first
        if self._viewer is None:
            raise StopIteration
        with viewer.acting_as(self._viewer):
            piece = next(self._rest)
        self._run.go_on()
        return piece

    def close(self) -> None:
        if self._viewer is not None:
            who, self._viewer = self._viewer, None
            with viewer.acting_as(who):
                self._rest.close()
            leave(self._viewer_id, self._run)
