"""Keys that seal what a viewer writes, in the storage of their browser.

On Connect, other content is the same origin and reads that storage. So nothing there is readable by itself: it is
closed (AES-GCM, by the browser) under a key that the browser made and keeps closed in turn, under each of these. They
go to the viewer's own pages, and the browser needs any one of those that it had before (`assets/src/sealed.js`).

PORTAL_SIGNING_KEY makes one of them last. Without it they last as long as the session, the credential, or this process.
"""

from __future__ import annotations

import base64
import hashlib

from portal.viewer import roots
from portal.viewer.context import current, current_or_none
from portal.viewer.signing import mac

_VERSION = b"portal-drafts-1"


def draft_keys() -> list[tuple[str, str]]:
    """(name, key in base64) for the current viewer, the one that lasts longest first; raises the state where there is
    no credential. A name tells nothing of the key or of the viewer.
    """
    viewer = current()
    found = [*roots.of_credential(viewer.credential()), roots.of_session(viewer)]
    return [(_name(root), base64.b64encode(_derived(root, b"key")).decode()) for root in found]


def draft_key_names() -> list[str]:
    """The names alone, of those that are known without asking anybody: by them the browser forgets at the end."""
    viewer = current_or_none()
    if viewer is None:
        return []
    credential = viewer.known()
    return [
        _name(root) for root in (*(roots.of_credential(credential) if credential else ()), roots.of_session(viewer))
    ]


def plain_name() -> str:
    """The name under which version 0.1.0 kept the current viewer's drafts in their browser, readable."""
    return "portal-drafts:" + hashlib.sha256(f"drafts|{current().id}".encode()).hexdigest()[:16]


def _name(root: bytes) -> str:
    return _derived(root, b"name")[:8].hex()


def _derived(root: bytes, what: bytes) -> bytes:
    return mac(root, _VERSION + b"|" + what)
