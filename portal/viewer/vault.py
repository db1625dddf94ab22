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

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog
from cachetools import TTLCache

from portal import counters
from portal.cache import SharedCache
from portal.viewer.audit import audit
from portal.viewer.context import about_to_ask, tally
from portal.viewer.credential import Credential, Grant, Source, Viewer
from portal.viewer.errors import PortalError, SessionEnded, SignInToDatabricks
from portal.viewer.exchange import Exchange
from portal.viewer.flights import Flights
from portal.viewer.seal import Seal
from portal.viewer.secrets import register
from portal.viewer.tombstones import Tombstones

SESSIONS = 10_000
IDLE_SECONDS = 900.0
FAILURE_SECONDS = 5.0
TOMBSTONE_RECHECK = 2.0
EXCHANGE_SECONDS = 15.0
"""The longest that one exchange can take: what another process waits for it."""

log = structlog.get_logger("portal.viewer.vault")


@dataclass(slots=True)
class _Entry:
    credential: Credential
    used_at: float
    shared_at: float
    tomb_checked_at: float
    retry_at: float = 0.0

    def is_alive(self, now: float) -> bool:
        return self.credential.is_usable(now) and now - self.used_at < IDLE_SECONDS


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
        # Changed under the lock, looked up without it: a page asks whose it is dozens of times.
        self._entries: dict[str, _Entry] = {}
        self._flights = Flights()
        self._failures: TTLCache[str, tuple[float, PortalError]] = TTLCache(SESSIONS, FAILURE_SECONDS)
        self._unidentified: TTLCache[str, Grant] = TTLCache(SESSIONS, 60.0)
        self._tombs = Tombstones(self._shared, binding)

    # What a viewer asks of it

    def credential(self, viewer: Viewer) -> Credential:
        """The viewer's credential: from memory, else from the shared cache, else by an exchange."""
        now = time.time()
        entry = self._entries.get(viewer.session)
        if entry is not None and entry.is_alive(now):
            self._check_tombstones(viewer, entry, now)
            tally().hits += 1
            counters.cache("credentials", hit=True)
            if entry.credential.is_due(now) and now >= entry.retry_at:
                return self._refresh_ahead(viewer, entry)
            self._touch(viewer, entry, now)
            return entry.credential
        about_to_ask()
        asked = time.monotonic()
        with self._flights.hold(viewer.session):
            return self._fetch(viewer, asked=asked)

    def reject(self, viewer: Viewer, credential: Credential) -> None:
        """Databricks refused this credential: drop it, here and in the shared cache, unless a newer one is there."""
        with self._flights.hold(viewer.session):
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
        with self._flights.hold(viewer.session):
            with self._lock:
                entry = self._entries.pop(viewer.session, None)
                self._unidentified.pop(viewer.session, None)
            known = entry.credential if entry else None
            if self._shared is not None:
                # Which entry it is takes the integration's guid: with Connect away, the tombstone must do.
                with suppress(PortalError):
                    seal = self._seal(viewer)
                    known = known or seal.open(self._shared.get(seal.cache_key))
                    self._shared.delete(seal.cache_key)
            everywhere = self._tombs.lay(self._tombs.of_token(viewer.token))
            if known is not None:
                everywhere = self._tombs.lay(self._tombs.of_viewer(known.viewer_id)) and everywhere
                self._forget(known.viewer_id)
            audit("session.end", "session", "ok", actor=known.viewer_id if known else "")
            return everywhere

    def resume(self, viewer: Viewer) -> None:
        """The viewer chose "Continue": take the tombstones away."""
        self._tombs.lift(self._tombs.of_token(viewer.token))
        with self._flights.hold(viewer.session):
            credential = self._fetch(viewer, ended_viewer_is_fine=True)
        self._tombs.lift(self._tombs.of_viewer(credential.viewer_id))
        audit("session.continue", "session", "ok", actor=credential.viewer_id)

    def sweep(self) -> None:
        """Drop what is idle or expired."""
        now = time.time()
        with self._lock:
            for session, entry in list(self._entries.items()):
                if not entry.is_alive(now):
                    del self._entries[session]

    def __len__(self) -> int:
        return len(self._entries)

    # Getting one

    def _fetch(
        self,
        viewer: Viewer,
        *,
        asked: float = float("inf"),
        older_than: Credential | None = None,
        ended_viewer_is_fine: bool = False,
    ) -> Credential:
        """Under the session's flight: from memory, the shared cache, or an exchange.

        `asked` is when the caller began to wait for the flight: what failed since then failed for it too, or a hundred
        requests would each wait for a time-out, one after the other. `older_than` is to be replaced.
        """
        now = time.time()
        if self._tombs.of_token(viewer.token) in self._tombs:
            raise self._ended()
        with self._lock:
            entry = self._entries.get(viewer.session)
            failed_at, failure = self._failures.get(viewer.session, (0.0, None))
        if entry is not None and self._newer(entry.credential, older_than) and entry.is_alive(now):
            return entry.credential
        if failure is not None and (isinstance(failure, SignInToDatabricks) or asked < failed_at):
            raise failure.with_traceback(None)
        try:
            credential = self._shared_or_exchanged(viewer, older_than)
            if not ended_viewer_is_fine and self._tombs.of_viewer(credential.viewer_id) in self._tombs:
                raise self._ended()
        except PortalError as error:
            with self._lock:
                self._failures[viewer.session] = time.monotonic(), error
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
            good = kept is not None and kept.is_usable(time.time()) and self._newer(kept, older_than)
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
        about_to_ask()
        with self._flights.hold(viewer.session, blocking=False) as mine:
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
            if len(self._entries) >= SESSIONS and viewer.session not in self._entries:
                del self._entries[min(self._entries, key=lambda session: self._entries[session].used_at)]
            self._entries[viewer.session] = _Entry(credential, now, shared_at, now)
        return credential

    def _share(self, seal: Seal, credential: Credential) -> bool:
        assert self._shared is not None
        left = credential.end - time.time()
        return self._shared.set(seal.cache_key, seal.close(credential), min(IDLE_SECONDS, left))

    def _touch(self, viewer: Viewer, entry: _Entry, now: float) -> None:
        """Note the use; now and then in the shared cache too, whose entry dies after the same idle time."""
        entry.used_at = now
        if self._shared is not None and now - entry.shared_at > IDLE_SECONDS / 3:
            entry.shared_at = now
            self._share(self._seal(viewer), entry.credential)

    def _seal(self, viewer: Viewer) -> Seal:
        return Seal(viewer.token, f"{self._binding}|{self._exchange.integration() or ''}")

    def _check_tombstones(self, viewer: Viewer, entry: _Entry, now: float) -> None:
        """Another process may have ended this session: asked every two seconds of use."""
        if now - entry.tomb_checked_at < TOMBSTONE_RECHECK:
            return
        entry.tomb_checked_at = now
        viewer_id = entry.credential.viewer_id
        if self._tombs.of_token(viewer.token) in self._tombs or self._tombs.of_viewer(viewer_id) in self._tombs:
            with self._lock:
                self._entries.pop(viewer.session, None)
            self._forget(viewer_id)
            raise self._ended()

    def _ended(self) -> SessionEnded:
        if self._shared is not None:
            return SessionEnded()
        return SessionEnded(
            "You ended this session, and this process of the portal has forgotten your credential. Processes share no "
            "cache here: another one forgets it when it has been idle for 15 minutes."
        )
