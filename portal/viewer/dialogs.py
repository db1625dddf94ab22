"""Short-lived tokens that only the portal can have made, for this viewer: what a confirmation dialog hands back.

What an attacker could do without: mint the second half of a two-step action, so that one forged request acts; replay
another viewer's dialog; act on another object than the one that the dialog named. With it, a token is good for one
purpose, one payload, one viewer and a few minutes.

The key is derived from what the viewer's own session holds, so every process of the portal has it and the portal keeps
no secret of its own. A session token may be replaced while a dialog is open: the process that made a token remembers
its key for as long as the token lives; another process then says that the dialog is out of date.
"""

from __future__ import annotations

import threading
from collections import deque

from cachetools import TTLCache

from portal.settings import settings
from portal.shapes import Json
from portal.viewer import signing
from portal.viewer.context import current
from portal.viewer.credential import Viewer
from portal.viewer.errors import PortalError

LIFETIME = 900
"""Seconds that a dialog may stay open."""
_REMEMBERED = 4

_lock = threading.Lock()
_recent: TTLCache[str, deque[bytes]] = TTLCache(10_000, LIFETIME)
"""Viewer id -> the keys that signed for them of late."""


class Stale(PortalError):
    """The token is not (or no longer) good: nothing has been done."""

    kind = "stale"
    title = "Out of date"


def _key(viewer: Viewer) -> bytes:
    place = f"{settings().databricks_host}|{settings().content_guid}"
    return signing.derived(viewer.platform.secret(viewer), f"{place}|{viewer.id}")


def sign(purpose: str, payload: Json) -> str:
    """A token of this payload, for the current viewer. `payload` is readable to them: it holds no secret."""
    viewer = current()
    key = _key(viewer)
    with _lock:
        keys = _recent.get(viewer.id) or deque(maxlen=_REMEMBERED)
        if key not in keys:
            keys.append(key)
        _recent[viewer.id] = keys
    return signing.sign(key, purpose, {**payload, "viewer": viewer.id})


def verified(purpose: str, token: str, *, max_age: int = LIFETIME) -> Json:
    """The payload of a token made by `sign` for the same purpose and viewer, at most `max_age` seconds ago; raises
    `Stale`."""
    viewer = current()
    with _lock:
        remembered = list(_recent.get(viewer.id) or ())
    payload = signing.verified([*remembered, _key(viewer)], purpose, token, max_age=max_age)
    if payload is None:
        raise Stale("This dialog is out of date, and nothing was done. Open it again.")
    if not isinstance(payload, dict) or payload.pop("viewer", None) != viewer.id:
        raise Stale("This dialog was not opened by you, and nothing was done.")
    return payload


def check_same(signed: object, done: object) -> None:
    """Raises `Stale` where a token was signed for another action, or another thing, than is about to be done."""
    if signed != done:
        raise Stale("This dialog was opened for something else, and nothing was done.")


def forget(viewer_id: str) -> None:
    """A session ended: what its dialogs would do is not done any more, in this process."""
    with _lock:
        _recent.pop(viewer_id, None)
