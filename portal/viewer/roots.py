"""Secrets that all processes of this content can derive for one viewer, though they share none.

What proves that a page is this viewer's, and what seals their drafts, must be checked and opened by any process, today
and after a session token was replaced. No one secret serves for that:

====================  ==================================================================================================
could be the key      why it is not enough, or not used
====================  ==================================================================================================
PORTAL_SIGNING_KEY    every process has it, and it outlives sessions: the best, and the only one that somebody must set
CONNECT_API_KEY       Connect may give each process one of its own, for as long as that process lives: never used here
a key in the cache    whoever can write to the cache would choose it; and many portals have no cache that is shared
a cookie              other content of the same server is the same origin, and sets any cookie for any path
the session token     every process sees it with the request, but Connect may replace it from one request to the next
the bearer            one viewer's processes often hold the same one, until it is refreshed
====================  ==================================================================================================

So there are up to three roots for a viewer, and any one that two processes have in common is enough:

- of the *session*: derived from the session token of the request;
- of the *viewer*: of the id that Databricks returned, under PORTAL_SIGNING_KEY, else under a key of this process;
- of the *credential*: derived from the Databricks bearer; not where PORTAL_SIGNING_KEY makes it needless.

A developer's session token is a constant that anybody can know: their session's root is under the process's key too.
Whoever learns what is derived from a root learns nothing of it (HMAC-SHA256), and it names host and content, so that
nothing derived here is good anywhere else.
"""

from __future__ import annotations

import os
from functools import cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portal.settings import settings
from portal.viewer.credential import Credential, Viewer
from portal.viewer.signing import mac

_VERSION = b"portal-roots-1"


@cache
def _place() -> bytes:
    return f"{settings().databricks_host}|{settings().content_guid}".encode()


@cache
def _key() -> bytes:
    """Of PORTAL_SIGNING_KEY; without it, of this process alone."""
    secret = settings().signing_key
    if secret is None:
        return os.urandom(32)
    return HKDF(SHA256(), 32, salt=None, info=_VERSION).derive(secret.get_secret_value().encode())


def _root(secret: bytes, kind: bytes, what: str = "") -> bytes:
    return mac(secret, b"\0".join((_VERSION, kind, _place(), what.encode())))


def of_session(viewer: Viewer) -> bytes:
    """The root that every process has which is asked with the same session token."""
    if not viewer.platform.own_token:
        return _root(_key(), b"session", viewer.session)
    return _root(viewer.token.encode(), b"session")


def of_credential(credential: Credential) -> list[bytes]:
    """The roots of whoever this credential belongs to, the one that lasts longest first."""
    found = [_root(_key(), b"viewer", credential.viewer_id)]
    if settings().signing_key is None:
        found.append(_root(credential.access_token.encode(), b"credential"))
    return found
