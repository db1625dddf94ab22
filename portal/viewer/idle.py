"""What dies by itself: a thread that calls the sweepers of this process every minute."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

log = structlog.get_logger("portal.viewer.idle")


def every_minute(*sweepers: Callable[[], None], seconds: float = 60.0) -> None:
    """Start the thread. Credentials, connections and kept answers die of idleness also when no request comes."""

    def run() -> None:
        while True:
            time.sleep(seconds)
            for sweep in sweepers:
                try:
                    sweep()
                except Exception:
                    log.exception("sweep failed")

    threading.Thread(target=run, name="idle-sweep", daemon=True).start()
