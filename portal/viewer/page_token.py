"""The token in each document: a request that carries it comes from a page that the portal drew for this viewer.

What an attacker could do without: all content of a Connect server is one origin, so the script of *other* content is,
to the browser, the portal's own. It sends what it likes with the viewer's cookie, and reads the answer. What it cannot
do is to read a document that it did not navigate to, as long as no frame, opener or service worker of its own reaches
into it (see SECURITY.md, "Shared origin"). So what reads or acts asks for something that only a document holds.

The token is the time and a proof (HMAC-SHA256) for each root that the viewer has (`portal.viewer.roots`). It is good if
one of them is a root of the viewer who asks now: then it was made for this viewer, whichever process made it, and
though their session token was replaced since. Nobody needs to remember it, and it is worth nothing without the session.
"""

from __future__ import annotations

import binascii
import hmac
import struct
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from contextlib import suppress

from portal.viewer import roots
from portal.viewer.credential import Viewer
from portal.viewer.errors import OtherPage, PortalError
from portal.viewer.signing import mac

LIFETIME = 12 * 3600
"""Seconds: a working day. Each answer brings a new one, so it is the page left alone for a night that loads again."""
AHEAD = 300
"""Seconds that another process's clock may be ahead."""
_VERSION = b"portal-page-1"
_TIME = struct.Struct("!I")
_TAG = 16
_MOST = 3
LONGEST = (_TIME.size + _MOST * _TAG) * 4 // 3 + 4
"""Characters: a longer one was not made here."""


def _tag(root: bytes, stamp: bytes) -> bytes:
    return mac(root, _VERSION + stamp)[:_TAG]


def mint(viewer: Viewer, *, ask: bool = False) -> str:
    """A token of now for this viewer, url-safe. With `ask` it may take an exchange to learn who they are."""
    credential = viewer.known()
    if credential is None and ask:
        with suppress(PortalError):
            credential = viewer.credential()
    stamp = _TIME.pack(int(time.time()))
    found = [roots.of_session(viewer), *(roots.of_credential(credential) if credential is not None else ())]
    return urlsafe_b64encode(stamp + b"".join(_tag(root, stamp) for root in found)).decode().rstrip("=")


def check(viewer: Viewer, token: str) -> None:
    """Raises `OtherPage` unless the token was made for this viewer, and not too long ago.

    Where only the viewer's id can tell, their credential is asked for: raises the state that stands in its way.
    """
    stamp, tags = _taken_apart(token)
    if _is_among(tags, stamp, [roots.of_session(viewer)]):
        return
    if not _is_among(tags, stamp, roots.of_credential(viewer.credential())):
        raise OtherPage


def _taken_apart(token: str) -> tuple[bytes, list[bytes]]:
    if len(token) > LONGEST:
        raise OtherPage
    try:
        raw = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        raise OtherPage from None
    stamp, proofs = raw[: _TIME.size], raw[_TIME.size :]
    if not proofs or len(proofs) % _TAG:
        raise OtherPage
    if not -AHEAD <= time.time() - _TIME.unpack(stamp)[0] <= LIFETIME:
        raise OtherPage("This page is from long ago.")
    return stamp, [proofs[at : at + _TAG] for at in range(0, len(proofs), _TAG)]


def _is_among(tags: list[bytes], stamp: bytes, wanted: Iterable[bytes]) -> bool:
    return any(hmac.compare_digest(tag, _tag(root, stamp)) for root in wanted for tag in tags)
