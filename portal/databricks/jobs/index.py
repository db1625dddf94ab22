"""The search index: every job that the viewer may see, read page by page in the background.

Databricks searches jobs by exact name only. So the first page of a hundred is read at once, which is enough to draw,
and a thread reads the others, one at a time, as the viewer. What is known is kept in the viewer's memory; it is theirs
and goes with their session. The thread ends when the viewer's session or credential does, when the page has not been
asked for in `AWAY` seconds, or when all is read.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace

import structlog
from cachetools import LRUCache

from portal.databricks.jobs import api, model
from portal.databricks.jobs.model import Job
from portal.settings import settings
from portal.shapes import Json
from portal.viewer import Viewer, acting_as, current
from portal.viewer.context import about_to_ask
from portal.viewer.errors import Busy, PortalError
from portal.viewer.per_viewer import memory, size_of
from portal.viewer.shared_answers import Codec
from portal.viewer.single_flight import Flights

PAGE = 100
"""The most that jobs/list gives."""
FRESH = 30.0
"""Seconds for which the newest page is shown without asking again."""
WHOLE = 300.0
"""Seconds after which all pages are read again, in the background."""
KEPT = 1800.0
LARGEST = 14 * 1024 * 1024
"""Bytes; a viewer's memory takes no single thing of more than 16 MB. Ten thousand jobs are about half of that."""
AWAY = 60.0
LONGEST_WAIT = 30.0

log = structlog.get_logger("portal.databricks.jobs")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of jobs/list, newest first, and where the next one begins."""

    jobs: tuple[Job, ...]
    token: str | None

    @classmethod
    def of(cls, body: Json) -> Page:
        return cls(tuple(map(model.job, body.get("jobs") or ())), body.get("next_page_token") or None)


@dataclass(frozen=True)
class Index:
    """A snapshot: jobs newest first. Grows by being replaced."""

    jobs: tuple[Job, ...] = ()
    token: str | None = None
    """Where reading goes on; None when the last page has been read."""
    edge: float = float("inf")
    """Creation time of the last job of the page before `token`: what reading has reached, newest first."""
    complete: bool = False
    """Every page has been read once; stays true while they are read again."""
    first_at: float = 0.0
    """`time.monotonic()` when the newest page was read."""
    begun: float = 0.0
    """… and when this reading of all pages began."""
    full: bool = False
    """There are more jobs than `LARGEST` bytes hold: only the newest are known."""
    trouble: PortalError | None = None
    """What ended the reading early."""
    nbytes: int = 0

    @property
    def at_end(self) -> bool:
        return self.token is None and not self.full

    def with_page(self, read: Page, first: bool) -> Index:
        """The next (or again the first) page read: its jobs in place of what was known of its span of time."""
        page, token = read.jobs, read.token
        top = float("inf") if first else self.edge
        bottom = min((job.created for job in page), default=top) if token else float("-inf")
        ids = {job.id for job in page}
        # A job that should be among these and is not has been deleted.
        gone = [job for job in self.jobs if job.id in ids or bottom < job.created < top]
        left = {job.id for job in gone}
        kept = [job for job in self.jobs if job.id not in left]
        merged = tuple(sorted([*kept, *page], key=lambda job: (-job.created, -job.id)))
        size = self.nbytes + sum(map(size_of, page)) - sum(map(size_of, gone))
        grown = replace(self, jobs=merged, token=token, edge=bottom, nbytes=max(0, size), full=False, trouble=None)
        return replace(grown, token=None, full=True) if token and size > LARGEST else grown


_CODEC: Codec[Page] = Codec(Page)


@dataclass
class _Reader:
    """What this process does for one viewer's index. Holds nothing that was read."""

    lock: threading.Lock
    """Around what is changed; nobody is asked under it."""
    asked: float = 0.0
    running: bool = False
    failed: tuple[float, PortalError] | None = None
    """When the first page could last not be read, and why."""


_first_pages = Flights()
"""One read of a viewer's first page at a time."""
_readers: LRUCache[tuple[str | None, str], _Reader] = LRUCache(10_000)
_readers_lock = threading.Lock()


def _key(viewer_id: str) -> tuple[str | None, str, str]:
    return settings().databricks_host, viewer_id, "portal.databricks.jobs.index"


def _reader(viewer_id: str) -> _Reader:
    with _readers_lock:
        return _readers.setdefault((settings().databricks_host, viewer_id), _Reader(threading.Lock()))


def look(newest: bool = True) -> Index:
    """The viewer's index as far as it is read; its first page is read now if need be, and the rest goes on.

    With `newest`, the first page is read again when it is older than `FRESH`. Raises the state to show where nothing
    is known yet and the first page cannot be read.
    """
    viewer = current()
    key, reader = _key(viewer.id), _reader(viewer.id)
    reader.asked = time.monotonic()
    index: Index | None = memory.peek(key)
    if index is None or (newest and time.monotonic() - index.first_at > FRESH):
        about_to_ask()
        since = time.monotonic()
        with _first_pages.hold(key):
            index = memory.peek(key)
            if index is None or time.monotonic() - index.first_at > FRESH:
                if reader.failed is not None and reader.failed[0] > since:
                    # Who waited for it shares how it ended, instead of waiting as long once more.
                    raise reader.failed[1].with_traceback(None)
                try:
                    page, age = _newest(key)
                except PortalError as error:
                    reader.failed = time.monotonic(), error
                    raise
                with reader.lock:
                    index, reader.failed = _begin(key, page, age), None
    if index.token is not None and not reader.running:
        _start(viewer, key, reader)
    return index


def peek() -> Index | None:
    """What is known, without asking Databricks anything."""
    return memory.peek(_key(current().id))


def _begin(key: tuple[str | None, str, str], page: Page, age: float) -> Index:
    """The index with this first page, `age` seconds old, from which on all others are read if it is time."""
    known: Index | None = memory.peek(key)
    now = time.monotonic()
    index = (known or Index()).with_page(page, first=True)
    if known is None or now - known.begun > WHOLE:
        index = replace(index, begun=now)
    else:
        # The newest page only: what was being read goes on where it was.
        index = replace(index, token=known.token, edge=known.edge, trouble=known.trouble)
    index = replace(index, first_at=now - age, complete=index.complete or index.at_end)
    memory.put(key, index, KEPT)
    return index


def _newest(key: tuple[str | None, str, str]) -> tuple[Page, float]:
    """The first page, and its age in seconds: another process may have read it a moment ago."""
    found = current().process.answers.find(key, _CODEC)
    asked = time.time()
    if found is not None:
        return found.value, asked - found.asked
    page = _page(None)
    current().process.answers.put(key, page, _CODEC, asked, FRESH)
    return page, 0.0


def _page(token: str | None) -> Page:
    return Page.of(api.ask("/list", "the list of jobs", limit=PAGE, page_token=token))


def _start(viewer: Viewer, key: tuple[str | None, str, str], reader: _Reader) -> None:
    with reader.lock:
        if reader.running:
            return
        reader.running = True
    threading.Thread(target=_read_on, args=(viewer, key, reader), name="jobs-index", daemon=True).start()


def _read_on(viewer: Viewer, key: tuple[str | None, str, str], reader: _Reader) -> None:
    """The thread: page after page until all is read or nobody waits for it."""
    try:
        with acting_as(viewer):
            while time.monotonic() - reader.asked < AWAY:
                index: Index | None = memory.peek(key)
                if index is None or index.token is None:
                    return
                try:
                    page = _page(index.token)
                except Busy as error:
                    time.sleep(min(max(error.retry_after, 1.0), LONGEST_WAIT))
                    continue
                except PortalError as error:
                    _stopped(key, reader, error)
                    return
                with reader.lock:
                    now: Index | None = memory.peek(key)
                    # The session ended meanwhile, or another began from the first page: this page is of before.
                    if now is None or now.token != index.token:
                        continue
                    grown = now.with_page(page, first=False)
                    memory.put(key, replace(grown, complete=grown.complete or grown.at_end), KEPT)
    except Exception:
        log.exception("reading the index of jobs failed")
    finally:
        with reader.lock:
            reader.running = False


def _stopped(key: tuple[str | None, str, str], reader: _Reader, error: PortalError) -> None:
    """Keep why reading ended; the next look tries again from there."""
    log.info("index of jobs not read to its end", kind=error.kind)
    with reader.lock:
        index: Index | None = memory.peek(key)
        if index is not None:
            memory.put(key, replace(index, trouble=error.with_traceback(None)), KEPT)
