"""What happens by itself: threads that call the sweepers of this process now and then."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable

import structlog

IDLE_SECONDS = 900.0
"""What a viewer has not used for so long goes: their credential, their connections, their results."""

log = structlog.get_logger("portal.viewer.idle")


def every(seconds: float, *sweepers: Callable[[], None]) -> None:
    """Start a thread. Credentials, connections and kept answers die of idleness also when no request comes."""

    def run() -> None:
        while True:
            time.sleep(seconds)
            for sweep in sweepers:
                try:
                    sweep()
                except Exception:
                    log.exception("sweep failed")

    threading.Thread(target=run, name="idle-sweep", daemon=True).start()


_collecting = threading.Lock()
COLLECT_SECONDS = 2.0
"""By then what was under way as a session ended has mostly ended as well."""


def collect_soon() -> None:
    """A session ended: what of it lies in circles, which only the collector finds, goes within seconds too."""
    if _collecting.acquire(blocking=False):
        timer = threading.Timer(COLLECT_SECONDS, _collect)
        timer.daemon = True
        timer.start()


def _collect() -> None:
    _collecting.release()
    gc.collect()
