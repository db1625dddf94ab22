"""The seal of what the shared cache holds: only the holder of a session token can close or open its entry."""

from __future__ import annotations

import base64
import hashlib
import json
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portal.viewer import signing
from portal.viewer.credential import Credential

VERSION = "portal-vault-1"


def session_hash(*parts: str) -> str:
    """Names a session where its token must not stand: 32 hex digits."""
    return hashlib.sha256("\0".join((VERSION, *parts)).encode()).hexdigest()[:32]


class Box:
    """AES-GCM under one key. What is sealed is bound to its place, so that entries cannot be swapped."""

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)

    def close(self, plain: bytes, place: str) -> str:
        """Base64 text of nonce and ciphertext."""
        nonce = os.urandom(12)
        return base64.b64encode(nonce + self._aead.encrypt(nonce, plain, place.encode())).decode()

    def open(self, sealed: object, place: str) -> bytes | None:
        """What was sealed; None for anything that was not closed with this key, for this place."""
        try:
            raw = base64.b64decode(sealed, validate=True)  # type: ignore[arg-type]
            return self._aead.decrypt(raw[:12], raw[12:], place.encode())
        except (InvalidTag, ValueError, TypeError):
            return None


class Seal:
    """A session's entry, closed under a key that only the holder of its token can derive."""

    def __init__(self, token: str, binding: str) -> None:
        self.cache_key = session_hash("key", binding, token)
        self._place = f"{VERSION}|{binding}|{self.cache_key}"
        info = f"{VERSION}|seal|{binding}".encode()
        self._box = Box(HKDF(SHA256(), 32, salt=None, info=info).derive(token.encode()))
        self._marking = signing.derived(token, f"lock|{binding}")

    def mark(self) -> str:
        """What tells this session's lock from one that a stranger holds."""
        return signing.sign(self._marking, self.cache_key, os.urandom(8).hex())

    def is_mark(self, text: str, seconds: int) -> bool:
        """Whether a holder of this session's token made it, so many seconds ago at most."""
        return signing.verified([self._marking], self.cache_key, text, max_age=seconds) is not None

    def close(self, credential: Credential) -> str:
        """Text for the cache."""
        plain = json.dumps(
            [
                credential.access_token,
                credential.viewer_id,
                credential.obtained_at,
                credential.expires_at,
                credential.source,
                credential.integration,
            ]
        )
        return self._box.close(plain.encode(), self._place)

    def open(self, sealed: object) -> Credential | None:
        """The credential; None for anything that this seal did not close."""
        plain = self._box.open(sealed, self._place)
        if plain is None:
            return None
        try:
            token, viewer_id, obtained, expires, source, integration = json.loads(plain)
            return Credential(token, viewer_id, obtained, expires, source, integration)
        except (ValueError, TypeError):
            return None
