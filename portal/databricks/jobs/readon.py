"""Reading on in the background, as the viewer: the further pages of what was shown after its first ones.

One thread a thing that is read. It ends when all has been read, when nobody has looked for `AWAY` seconds, or when
Databricks refuses; where Databricks is busy it waits as long as that asks for.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable

import structlog
from cachetools import TTLCache

from portal.viewer import Viewer, acting_as
from portal.viewer.errors import Busy

Key = tuple[Hashable, ...]
AWAY = 60.0
"""Seconds after the last look for which reading goes on."""
LONGEST_WAIT = 30.0

log = structlog.get_logger("portal.databricks.jobs")

_asked: TTLCache[Key, bool] = TTLCache(10_000, AWAY)
_running: set[Key] = set()
_lock = threading.Lock()


def looked(key: Key) -> None:
    """Somebody looks at it now."""
    with _lock:
        _asked[key] = True


def begin(viewer: Viewer, key: Key, step: Callable[[], bool]) -> None:
    """Call `step` in a thread, which reads one page and says whether there is more; not twice at a time for a key."""
    with _lock:
        if key in _running:
            return
        _running.add(key)
    threading.Thread(target=_read, args=(viewer, key, step), name="run-pages", daemon=True).start()


def _wanted(key: Key) -> bool:
    with _lock:
        return key in _asked


def _read(viewer: Viewer, key: Key, step: Callable[[], bool]) -> None:
    try:
        with acting_as(viewer):
            while _wanted(key):
                try:
                    if not step():
                        return
                except Busy as error:
                    time.sleep(min(max(error.retry_after, 1.0), LONGEST_WAIT))
    except Exception:
        log.exception("reading a run failed")
    finally:
        with _lock:
            _running.discard(key)
