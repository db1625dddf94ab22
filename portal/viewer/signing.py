"""Signed values: only who holds the secret can have made them.

Nothing here knows whose secret it is, or where a value travels: a dialog's second half through the viewer's browser
(`dialogs`), a session's tombstone through the shared cache (`tombstones`).
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from hashlib import sha256

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from itsdangerous import BadData, URLSafeTimedSerializer

VERSION = "portal-signing-1"


def derived(secret: str, info: str) -> bytes:
    """A key of 32 bytes that tells nothing of the secret it comes from (HKDF-SHA256)."""
    return HKDF(SHA256(), 32, salt=None, info=f"{VERSION}|{info}".encode()).derive(secret.encode())


def mac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256: 32 bytes.

    Not `hmac.digest`, which lets go of the GIL for a microsecond of work: where other threads wait for it, each time is
    a change of threads. An answer takes four (identity callback, eight connections, strace: 101 waits of a thread for
    each, and 82 without).
    """
    return hmac.new(key, message, "sha256").digest()


def _serializer(secrets: Iterable[bytes], scope: str) -> URLSafeTimedSerializer:
    # Tries every key, the last of the list signs.
    return URLSafeTimedSerializer(list(secrets), salt=f"{VERSION}|{scope}", signer_kwargs={"digest_method": sha256})


def sign(secret: bytes, scope: str, value: object) -> str:
    """Text of a JSON value, good for one scope. Anyone can read it: it holds no secret."""
    return str(_serializer([secret], scope).dumps(value))


def verified(secrets: Iterable[bytes], scope: str, text: object, *, max_age: int | None = None) -> object:
    """The value that was signed with one of these for this scope, at most `max_age` seconds ago; None for any other."""
    try:
        return _serializer(secrets, scope).loads(text, max_age=max_age)  # type: ignore[arg-type]
    except (BadData, TypeError, ValueError, AttributeError, RecursionError):
        return None
