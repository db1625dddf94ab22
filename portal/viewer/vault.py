"""The vault: one credential per session, in this process and, sealed, in the shared cache.

Threat model
------------
=====================================  ================================================================================
who holds                              can                                      | cannot
=====================================  ================================================================================
the shared cache (read)                count sessions, see when they expire     | learn a credential, a token or a name
the shared cache (write)               make entries vanish: one more exchange   | run code (JSON, no pickle), plant a
                                                                                | credential (AES-GCM), swap two entries
a viewer's session token               be that viewer, as in Connect itself     | open anyone else's entry
an old cache and a new configuration   nothing: host, content and integration are bound into key, seal and data
this process's memory                  everything that its viewers may do, until their credentials expire
=====================================  ================================================================================

A session token never leaves the process: the cache's key is a hash of it, and the key of the seal is derived from it
(HKDF-SHA256), so the cache alone opens nothing. What is sealed: the Databricks bearer, its dates and the viewer's
Databricks id. Tombstones ("End session") hold no value at all.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from cachetools import LRUCache, TTLCache
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portal import counters
from portal.cache import SharedCache
from portal.viewer.audit import audit
from portal.viewer.context import tally
from portal.viewer.credential import Credential, Grant, Source, Viewer
from portal.viewer.errors import PortalError, SessionEnded, SignInToDatabricks
from portal.viewer.exchange import Exchange
from portal.viewer.secrets import register

VERSION = "portal-vault-1"
SESSIONS = 10_000
IDLE_SECONDS = 900.0
UNKNOWN_LIFETIME = 300.0
"""How long a credential is used when neither the exchange nor the token says."""
FAILURE_SECONDS = 5.0
TOMBSTONE_SECONDS = 8 * 3600.0
TOMBSTONE_RECHECK = 2.0
EXCHANGE_SECONDS = 15.0
"""The longest that one exchange can take: what another process waits for it."""

log = structlog.get_logger("portal.viewer.vault")


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


@dataclass(slots=True)
class _Entry:
    credential: Credential
    used_at: float
    shared_at: float
    tomb_checked_at: float
    retry_at: float = 0.0


class Vault:
    """Credentials by session. Thread-safe; concurrent requests of one session cause one exchange.

    `identify` asks Databricks whose bearer this is (SCIM Me) and returns the id. `binding` is what an entry is good
    for: host and content; the integration's guid is added to it. `forget` is told the id of a viewer whose session
    ended, so that what else is kept for them goes too.
    """

    def __init__(
        self,
        exchange: Exchange,
        identify: Callable[[str], str],
        *,
        source: Source,
        shared: SharedCache | None,
        binding: str,
        forget: Callable[[str], None] = lambda viewer_id: None,
    ) -> None:
        self._exchange = exchange
        self._identify = identify
        self._source = source
        # A cache in this process's memory would hold a second, sealed copy of what is right here.
        self._shared = shared if shared is not None and shared.shared else None
        self._binding = binding
        self._forget = forget
        self._lock = threading.Lock()
        self._entries: LRUCache[str, _Entry] = LRUCache(SESSIONS)
        self._flights: dict[str, tuple[threading.Lock, int]] = {}
        self._failures: TTLCache[str, PortalError] = TTLCache(SESSIONS, FAILURE_SECONDS)
        self._unidentified: TTLCache[str, Grant] = TTLCache(SESSIONS, 60.0)
        self._tombs: TTLCache[str, bool] = TTLCache(SESSIONS, TOMBSTONE_SECONDS)

    # What a viewer asks of it

    def credential(self, viewer: Viewer) -> Credential:
        """The viewer's credential: from memory, else from the shared cache, else by an exchange."""
        now = time.time()
        with self._lock:
            entry = self._entries.get(viewer.session)
        if entry is not None and self._alive(entry, now):
            self._check_tombstones(viewer, entry, now)
            tally().hits += 1
            counters.cache("credentials", hit=True)
            if self._due(entry.credential, now) and now >= entry.retry_at:
                return self._refresh_ahead(viewer, entry)
            self._touch(viewer, entry, now)
            return entry.credential
        with self._flight(viewer.session):
            return self._fetch(viewer, older_than=None)

    def reject(self, viewer: Viewer, credential: Credential) -> None:
        """Databricks refused this credential: drop it, here and in the shared cache, unless a newer one is there."""
        with self._flight(viewer.session):
            with self._lock:
                entry = self._entries.get(viewer.session)
                if entry is not None and entry.credential.access_token == credential.access_token:
                    del self._entries[viewer.session]
            if self._shared is not None:
                seal = self._seal(viewer)
                kept = seal.open(self._shared.get(seal.cache_key))
                if kept is not None and kept.access_token == credential.access_token:
                    self._shared.delete(seal.cache_key)

    def login_url(self) -> str | None:
        """Where the viewer signs in to the integration; None where there is none."""
        return self._exchange.login_url()

    def end(self, viewer: Viewer) -> bool:
        """Forget the session and leave tombstones; whether every process sees them (else only this one)."""
        with self._flight(viewer.session):
            with self._lock:
                entry = self._entries.pop(viewer.session, None)
                self._unidentified.pop(viewer.session, None)
            names = [self._token_tomb(viewer)]
            seal = self._seal(viewer) if self._shared is not None else None
            known = entry.credential if entry else None
            if known is None and seal is not None and self._shared is not None:
                known = seal.open(self._shared.get(seal.cache_key))
            if known is not None:
                names.append(self._viewer_tomb(known.viewer_id))
                self._forget(known.viewer_id)
            audit("session.end", "session", "ok", actor=known.viewer_id if known else "")
            with self._lock:
                self._tombs.update(dict.fromkeys(names, True))
            everywhere = self._shared is not None
            if self._shared is not None and seal is not None:
                self._shared.delete(seal.cache_key)
                for name in names:
                    everywhere = self._shared.set(name, 1, TOMBSTONE_SECONDS) and everywhere
            return everywhere

    def resume(self, viewer: Viewer) -> None:
        """The viewer chose "Continue": take the tombstones away."""
        self._lift(self._token_tomb(viewer))
        with self._flight(viewer.session):
            credential = self._fetch(viewer, older_than=None, ended_viewer_is_fine=True)
        self._lift(self._viewer_tomb(credential.viewer_id))
        audit("session.continue", "session", "ok", actor=credential.viewer_id)

    def sweep(self) -> None:
        """Drop what is idle or expired."""
        now = time.time()
        with self._lock:
            for session, entry in list(self._entries.items()):
                if not self._alive(entry, now):
                    del self._entries[session]

    def __len__(self) -> int:
        return len(self._entries)

    # How long a credential is good

    @staticmethod
    def _lifetime(credential: Credential) -> tuple[float, float]:
        """(end, whole length) in seconds since the epoch and seconds."""
        end = credential.expires_at if credential.expires_at is not None else credential.obtained_at + UNKNOWN_LIFETIME
        return end, max(0.0, end - credential.obtained_at)

    def _usable(self, credential: Credential, now: float) -> bool:
        end, length = self._lifetime(credential)
        return now < end - min(20.0, 0.05 * length)

    def _alive(self, entry: _Entry, now: float) -> bool:
        return self._usable(entry.credential, now) and now - entry.used_at < IDLE_SECONDS

    def _due(self, credential: Credential, now: float) -> bool:
        end, length = self._lifetime(credential)
        return now >= end - min(120.0, 0.2 * length)

    # Getting one

    def _fetch(self, viewer: Viewer, older_than: Credential | None, ended_viewer_is_fine: bool = False) -> Credential:
        """Under the session's flight: from memory, the shared cache, or an exchange. `older_than` is to be replaced."""
        now = time.time()
        if self._has_tomb(self._token_tomb(viewer)):
            raise SessionEnded
        with self._lock:
            entry = self._entries.get(viewer.session)
            failure = self._failures.get(viewer.session)
        if entry is not None and self._newer(entry.credential, older_than) and self._alive(entry, now):
            return entry.credential
        if failure is not None:
            raise failure.with_traceback(None)
        try:
            credential = self._shared_or_exchanged(viewer, older_than)
            if not ended_viewer_is_fine and self._has_tomb(self._viewer_tomb(credential.viewer_id)):
                raise SessionEnded
        except PortalError as error:
            if isinstance(error, SignInToDatabricks):
                with self._lock:
                    self._failures[viewer.session] = error
            raise
        return credential

    def _newer(self, credential: Credential, older_than: Credential | None) -> bool:
        return older_than is None or credential.obtained_at > older_than.obtained_at

    def _shared_or_exchanged(self, viewer: Viewer, older_than: Credential | None) -> Credential:
        if self._shared is None:
            return self._exchanged(viewer, None)
        seal = self._seal(viewer)

        def found() -> Credential | None:
            assert self._shared is not None
            kept = seal.open(self._shared.get(seal.cache_key))
            good = kept is not None and self._usable(kept, time.time()) and self._newer(kept, older_than)
            return self._keep(viewer, kept, shared_at=time.time()) if good and kept is not None else None

        if kept := found():
            tally().hits += 1
            counters.cache("credentials", hit=True)
            return kept
        deadline = time.monotonic() + EXCHANGE_SECONDS
        while True:
            with self._shared.exclusive(seal.cache_key, EXCHANGE_SECONDS) as mine:
                # Whoever had the lock before may have just put it there.
                if kept := found():
                    return kept
                if mine or time.monotonic() > deadline:
                    return self._exchanged(viewer, seal)
            time.sleep(0.05)

    def _exchanged(self, viewer: Viewer, seal: Seal | None) -> Credential:
        with self._lock:
            grant = self._unidentified.pop(viewer.session, None)
        counters.cache("credentials", hit=False)
        grant = grant or self._exchange.grant(viewer.token)
        register(grant.access_token)
        try:
            try:
                viewer_id = self._identify(grant.access_token)
            except SignInToDatabricks:
                # Databricks answered 401 to what Connect had: once, Connect may have a newer one.
                grant = self._exchange.grant(viewer.token)
                viewer_id = self._identify(grant.access_token)
        except PortalError as error:
            # Databricks is busy or away: the grant is good, so the next try need not exchange again.
            if not isinstance(error, SignInToDatabricks):
                with self._lock:
                    self._unidentified[viewer.session] = grant
            raise
        credential = Credential(
            grant.access_token, viewer_id, grant.obtained_at, grant.expires_at, self._source, grant.integration
        )
        audit("session.seen", "session", "ok", actor=viewer_id, source=self._source.value)
        shared_at = time.time() if seal is not None and self._share(seal, credential) else 0.0
        return self._keep(viewer, credential, shared_at)

    def _refresh_ahead(self, viewer: Viewer, entry: _Entry) -> Credential:
        """One request refreshes; the others go on with what is still good."""
        with self._flight(viewer.session, blocking=False) as mine:
            if not mine:
                return entry.credential
            try:
                return self._fetch(viewer, older_than=entry.credential)
            except SessionEnded:
                raise
            except PortalError as error:
                entry.retry_at = time.time() + FAILURE_SECONDS
                log.info("refresh failed; the credential is still good", kind=error.kind)
                return entry.credential

    # Keeping it

    def _keep(self, viewer: Viewer, credential: Credential, shared_at: float) -> Credential:
        register(credential.access_token)
        now = time.time()
        with self._lock:
            self._entries[viewer.session] = _Entry(credential, now, shared_at, now)
        return credential

    def _share(self, seal: Seal, credential: Credential) -> bool:
        assert self._shared is not None
        end, _ = self._lifetime(credential)
        return self._shared.set(seal.cache_key, seal.close(credential), min(IDLE_SECONDS, end - time.time()))

    def _touch(self, viewer: Viewer, entry: _Entry, now: float) -> None:
        """Note the use; now and then in the shared cache too, whose entry dies after the same idle time."""
        entry.used_at = now
        if self._shared is not None and now - entry.shared_at > IDLE_SECONDS / 3:
            entry.shared_at = now
            self._share(self._seal(viewer), entry.credential)

    def _seal(self, viewer: Viewer) -> Seal:
        return Seal(viewer.token, f"{self._binding}|{self._exchange.integration() or ''}")

    # Tombstones

    def _token_tomb(self, viewer: Viewer) -> str:
        return "tomb-" + session_hash("tomb", self._binding, viewer.token)

    def _viewer_tomb(self, viewer_id: str) -> str:
        return "tomb-" + session_hash("tomb-viewer", self._binding, viewer_id)

    def _has_tomb(self, name: str) -> bool:
        if self._shared is not None:
            kept = self._shared.get(name)
            # What the processes share is right, also when another of them has lifted what this one set.
            if self._shared.healthy:
                return kept is not None
        with self._lock:
            return name in self._tombs

    def _check_tombstones(self, viewer: Viewer, entry: _Entry, now: float) -> None:
        """Another process may have ended this session: asked every two seconds of use."""
        if now - entry.tomb_checked_at < TOMBSTONE_RECHECK:
            return
        entry.tomb_checked_at = now
        viewer_tomb = self._viewer_tomb(entry.credential.viewer_id)
        if self._has_tomb(self._token_tomb(viewer)) or self._has_tomb(viewer_tomb):
            with self._lock:
                self._entries.pop(viewer.session, None)
            self._forget(entry.credential.viewer_id)
            raise SessionEnded

    def _lift(self, name: str) -> None:
        with self._lock:
            self._tombs.pop(name, None)
        if self._shared is not None:
            self._shared.delete(name)

    # One at a time per session

    @contextmanager
    def _flight(self, session: str, blocking: bool = True) -> Iterator[bool]:
        """Hold this session's lock; yields whether it is held. The lock goes with its last user."""
        with self._lock:
            lock, users = self._flights.get(session, (threading.Lock(), 0))
            self._flights[session] = (lock, users + 1)
        held = lock.acquire(blocking=blocking)
        try:
            yield held
        finally:
            if held:
                lock.release()
            with self._lock:
                lock, users = self._flights[session]
                if users == 1:
                    del self._flights[session]
                else:
                    self._flights[session] = (lock, users - 1)
