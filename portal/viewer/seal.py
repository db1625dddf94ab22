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

from portal.viewer.credential import Credential, Source

VERSION = "portal-vault-1"


def session_hash(*parts: str) -> str:
    """Names a session where its token must not stand: 32 hex digits."""
    return hashlib.sha256("\0".join((VERSION, *parts)).encode()).hexdigest()[:32]


class Seal:
    """AES-GCM under a key that only the holder of the session token can derive."""

    def __init__(self, token: str, binding: str) -> None:
        self.cache_key = session_hash("key", binding, token)
        self._data = f"{VERSION}|{binding}|{self.cache_key}".encode()
        derived = HKDF(SHA256(), 32, salt=None, info=f"{VERSION}|seal|{binding}".encode()).derive(token.encode())
        self._aead = AESGCM(derived)

    def close(self, credential: Credential) -> str:
        """Base64 text of nonce and ciphertext."""
        plain = json.dumps(
            [
                credential.access_token,
                credential.viewer_id,
                credential.obtained_at,
                credential.expires_at,
                credential.source,
                credential.integration,
            ]
        ).encode()
        nonce = os.urandom(12)
        return base64.b64encode(nonce + self._aead.encrypt(nonce, plain, self._data)).decode()

    def open(self, sealed: object) -> Credential | None:
        """The credential; None for anything that this seal did not close."""
        try:
            raw = base64.b64decode(sealed, validate=True)  # type: ignore[arg-type]
            token, viewer_id, obtained, expires, source, integration = json.loads(
                self._aead.decrypt(raw[:12], raw[12:], self._data)
            )
            return Credential(token, viewer_id, obtained, expires, Source(source), integration)
        except (InvalidTag, ValueError, TypeError):
            return None
