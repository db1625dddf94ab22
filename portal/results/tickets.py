"""How far a download is, for the page to show, and a way to stop it: by a ticket that the page makes up.

A large file is the browser's own to take to disk (the answer to a form), so that no memory grows with it; the page then
neither sees its bytes nor can break it off. What it asks instead lies in the shared cache, since another process may be
asked, under a hash that binds the viewer: a ticket opens nothing for anybody else, and says nothing but counts.
"""

from __future__ import annotations

import errno
import re
import time

from portal.settings import settings
from portal.viewer.credential import Viewer
from portal.viewer.seal import session_hash

EVERY_SECONDS = 0.5
KEPT_SECONDS = 3600.0
_TICKET = re.compile(r"[0-9a-f]{32}")


class Ticket:
    """One download of one viewer. A text that is no ticket makes one that keeps nothing."""

    def __init__(self, viewer: Viewer, text: object) -> None:
        valid = isinstance(text, str) and _TICKET.fullmatch(text) is not None
        name = session_hash("download", settings().databricks_host or "", viewer.id, str(text)) if valid else None
        self._key = f"download-{name}" if name else None
        self._shared = viewer.process.shared
        self._told_at = 0.0

    def tell(self, state: str, **facts: object) -> None:
        """`state` is "running", "ok", "failed" or "stopped"; facts are counts."""
        if self._key is not None and self._shared is not None:
            self._told_at = time.monotonic()
            self._shared.set(self._key, {"state": state, **facts}, KEPT_SECONDS)

    def running(self, **facts: object) -> None:
        """Tell now and then; raises as a broken connection would where the viewer has asked for an end.

        The answer must not end as a whole file does; a server takes this error for a browser that has gone.
        """
        if self._key is None or self._shared is None or time.monotonic() - self._told_at < EVERY_SECONDS:
            return
        if self._shared.get(f"{self._key}-stop") is not None:
            raise Stopped(errno.EPIPE, "the viewer stopped the download")
        self.tell("running", **facts)

    def look(self) -> dict[str, object] | None:
        """What was told last; None where nothing is known (yet)."""
        found = self._shared.get(self._key) if self._key is not None and self._shared is not None else None
        return found if isinstance(found, dict) else None

    def stop(self) -> None:
        """Ask for an end, whichever process sends the file."""
        if self._key is not None and self._shared is not None:
            self._shared.set(f"{self._key}-stop", 1, KEPT_SECONDS)


class Stopped(BrokenPipeError):
    """The viewer stopped it."""
