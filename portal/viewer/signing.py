"""Short-lived tokens that only the portal can have made, for this viewer: what a confirmation dialog hands back.

What an attacker could do without: mint the second half of a two-step action, so that one forged request acts; replay
another viewer's dialog; act on another object than the one that the dialog named. With it, a token is good for one
purpose, one payload, one viewer and a few minutes.

The key is derived (HKDF-SHA256) from what the viewer's own session holds, so every process of the portal has it and
the portal keeps no secret of its own. A session token may be replaced while a dialog is open: the process that made a
token remembers its key for as long as the token lives; another process then says that the dialog is out of date.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from cachetools import TTLCache
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from itsdangerous import BadData, URLSafeTimedSerializer

from portal.settings import settings
from portal.viewer.context import current
from portal.viewer.credential import Source, Viewer
from portal.viewer.errors import PortalError

VERSION = "portal-signing-1"
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
    # A developer's session token is a constant; their credential is not.
    secret = viewer.credential().access_token if viewer.source is Source.DEVELOPER else viewer.token
    place = f"{settings().databricks_host}|{settings().content_guid}"
    return HKDF(SHA256(), 32, salt=None, info=f"{VERSION}|{place}|{viewer.id}".encode()).derive(secret.encode())


def _serializer(keys: Iterable[bytes], purpose: str) -> URLSafeTimedSerializer:
    # Tries every key, the last of the list signs.
    return URLSafeTimedSerializer(list(keys), salt=f"{VERSION}|{purpose}", signer_kwargs={"digest_method": sha256})


def sign(purpose: str, payload: dict[str, Any]) -> str:
    """A token of this payload, for the current viewer. `payload` is readable to them: it holds no secret."""
    viewer = current()
    key = _key(viewer)
    with _lock:
        keys = _recent.get(viewer.id) or deque(maxlen=_REMEMBERED)
        if key not in keys:
            keys.append(key)
        _recent[viewer.id] = keys
    return str(_serializer([key], purpose).dumps({**payload, "viewer": viewer.id}))


def verified(purpose: str, token: str) -> dict[str, Any]:
    """The payload of a token made by `sign` for the same purpose and viewer; raises `Stale`."""
    viewer = current()
    with _lock:
        remembered = list(_recent.get(viewer.id) or ())
    try:
        payload = _serializer([*remembered, _key(viewer)], purpose).loads(token, max_age=LIFETIME)
    except BadData:
        raise Stale("This dialog is out of date, and nothing was done. Open it again.") from None
    if not isinstance(payload, dict) or payload.pop("viewer", None) != viewer.id:
        raise Stale("This dialog was not opened by you, and nothing was done.")
    return payload
