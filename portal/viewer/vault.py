"""The vault: one credential per session, in this process and, sealed, in the shared cache.

Threat model
------------
=====================================  ================================================================================
who holds                              can                                      | cannot
=====================================  ================================================================================
the shared cache (read)                count sessions, see when they expire     | learn a credential, a token or a name
the shared cache (write)               make entries vanish: one more exchange;  | run code (JSON, no pickle), plant a
                                       bring back an older word of a session;   | credential (AES-GCM), swap entries,
                                       without PORTAL_SIGNING_KEY say that a    | say that a session ended or goes on,
                                       viewer's sessions ended                  | hold up an exchange
a viewer's session token               be that viewer, as in Connect itself     | open anyone else's entry
an old cache and a new configuration   nothing: host, content and integration are bound into key, seal and data
this process's memory                  everything that its viewers may do, until their credentials expire
=====================================  ================================================================================

A session token never leaves the process: the cache's key is a hash of it, and the key of the seal is derived from it
(HKDF-SHA256), so the cache alone opens nothing. What is sealed: the Databricks bearer, its dates and the viewer's
Databricks id. Of who ended their session it holds a signed word (`tombstones`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass

import structlog
from cachetools import TTLCache

from portal import counters
from portal.cache import SharedCache
from portal.settings import settings
from portal.viewer.audit import audit
from portal.viewer.context import about_to_ask, tally
from portal.viewer.credential import Credential, Viewer
from portal.viewer.errors import (
    NotPermitted,
    PortalError,
    SessionEnded,
    SignInToConnect,
    SignInToDatabricks,
    Unreachable,
)
from portal.viewer.grants import SESSIONS, Grants
from portal.viewer.idle import IDLE_SECONDS, collect_soon
from portal.viewer.platform import Platform
from portal.viewer.sealed_copies import Copies
from portal.viewer.secrets import register
from portal.viewer.single_flight import Flights
from portal.viewer.tombstones import SECONDS as STONES_SECONDS
from portal.viewer.tombstones import Stone, Tombstones
from portal.viewer.upstream import cause

FAILURES = 1_000
FAILURE_SECONDS = 5.0
FAILED_SECONDS = 2.0
"""What failed in a request no longer ago than this has failed for its next read, too."""
TOMBSTONE_RECHECK = 2.0

HERE_ONLY = (
    "You ended this session, and this process of the portal has forgotten your credential. Other processes could not "
    "be told: another one forgets it when it has been idle for 15 minutes. Continue is heard by one process, too: "
    "where this comes back, press it again."
)

log = structlog.get_logger("portal.viewer.vault")


@dataclass(slots=True)
class _Entry:
    credential: Credential
    stones: tuple[Stone, Stone]
    used_at: float
    shared_at: float
    tomb_checked_at: float
    retry_at: float = 0.0

    def is_alive(self, now: float) -> bool:
        return self.credential.is_usable(now) and now - self.used_at < IDLE_SECONDS


class Vault:
    """Credentials by session. Thread-safe; concurrent requests of one session cause one exchange.

    `identify` asks Databricks whose bearer this is (SCIM Me) and returns the id. `binding` is what an entry is good
    for: host and content; the integration's guid is added to it. `signing_key` is PORTAL_SIGNING_KEY. `forget` is told
    the id of a viewer whose session ended, so that what else is kept for them goes too.
    """

    def __init__(
        self,
        platform: Platform,
        identify: Callable[[str], str],
        *,
        shared: SharedCache | None,
        binding: str,
        signing_key: str | None = None,
        forget: Callable[[str], None] = lambda viewer_id: None,
    ) -> None:
        self._platform = platform
        self._grants = Grants(platform, identify)
        # A cache in this process's memory would hold a second, sealed copy of what is right here.
        others = shared if shared is not None and shared.shared else None
        # Without a token of each viewer's own there is nothing to seal with.
        self._copies = (
            Copies(others, lambda: f"{binding}|{platform.integration() or ''}")
            if others is not None and platform.own_token
            else None
        )
        self._forget = forget
        self._lock = threading.Lock()
        # Changed under the lock, looked up without it: a page asks whose it is dozens of times.
        self._entries: dict[str, _Entry] = {}
        self._flights = Flights()
        self._failures: TTLCache[str, tuple[float, PortalError]] = TTLCache(FAILURES, FAILURE_SECONDS)
        self._tombs = Tombstones(others, binding, signing_key)
        # The viewer's stone by the session's: "Continue" lifts both, also where no exchange tells whose session it is.
        self._whose: TTLCache[str, Stone] = TTLCache(SESSIONS, STONES_SECONDS)

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
        asked = max(tally().began, time.monotonic() - FAILED_SECONDS)
        with self._exchanging(viewer):
            return self._fetch(viewer, asked=asked)

    def _exchanging(self, viewer: Viewer) -> AbstractContextManager[bool]:
        """One at a time for each session. An exchange and whose it is are two calls or three, each with its bound."""
        return self._flights.hold(viewer.session, service="Connect", seconds=3 * settings().call_seconds)

    def held(self) -> int:
        """How many sessions this process has a credential of."""
        return len(self._entries)

    def known(self, viewer: Viewer) -> Credential | None:
        """The credential that this process has at hand; None where somebody would have to be asked."""
        entry = self._entries.get(viewer.session)
        return entry.credential if entry is not None and entry.is_alive(time.time()) else None

    def upon_bearer(self, viewer: Viewer, prepare: Callable[[str], None]) -> None:
        """As `Grants.upon_bearer`."""
        self._grants.upon_bearer(viewer, prepare)

    def reject(self, viewer: Viewer, credential: Credential) -> None:
        """Databricks refused this credential: drop it, here and in the shared cache, unless a newer one is there."""
        with self._exchanging(viewer):
            with self._lock:
                entry = self._entries.get(viewer.session)
                if entry is not None and entry.credential.access_token == credential.access_token:
                    del self._entries[viewer.session]
            if self._copies is not None:
                kept = self._copies.find(viewer)
                if kept is not None and kept.access_token == credential.access_token:
                    self._copies.drop(viewer)

    def login_url(self) -> str | None:
        """Where the viewer signs in to the integration; None where there is none."""
        return self._platform.login_url()

    def end(self, viewer: Viewer) -> bool:
        """Forget the session and tell every process to; whether each of them hears of it (else only this one)."""
        stone = self._stone(viewer)
        # First of all: whoever asks from now on is refused, also while somebody is being waited for below.
        if viewer.session in self._entries:
            self._tombs.lay(stone)
            self._tombs.ring()
        else:
            self._tombs.lay_here(stone)
        with self._exchanging(viewer):
            viewer_id, everywhere = None, self._tombs.shared
            try:
                # A session that this process has not met, or no longer: whose other tokens end with it?
                viewer_id = self._fetch(viewer, ended_is_fine=True).viewer_id
                everywhere = self._tombs.lay(stone)
                theirs = self._tombs.of_viewer(viewer_id)
                with self._lock:
                    self._whose[stone.name] = theirs
                everywhere = self._tombs.lay(theirs) and everywhere
            except SignInToConnect:
                pass  # no such session: there is nothing to end, and strangers' words are not worth keeping
            except PortalError:
                everywhere = self._tombs.lay(stone)
            # Which entry it is takes the integration's guid: with Connect away, the tombstone must do.
            with suppress(PortalError):
                if self._copies is not None:
                    self._copies.drop(viewer)
            self._drop(viewer.session, viewer_id)
        self._tombs.ring()
        audit("session.end", "session", "ok", actor=viewer_id or "")
        return everywhere

    def resume(self, viewer: Viewer) -> None:
        """The viewer chose "Continue"."""
        with self._exchanging(viewer):
            try:
                credential = self._fetch(viewer, ended_is_fine=True)
            except SignInToConnect:
                raise
            except PortalError:
                # Theirs it is; what is missing is met, and drawn, by the page.
                stone = self._stone(viewer)
                self._tombs.lift(stone)
                with self._lock:
                    theirs = self._whose.pop(stone.name, None)
                if theirs is not None:
                    self._tombs.lift(theirs)
                raise
        self._tombs.lift(self._stone(viewer))
        self._tombs.lift(self._tombs.of_viewer(credential.viewer_id))
        audit("session.continue", "session", "ok", actor=credential.viewer_id)

    def listen(self) -> None:
        """Another process may have ended a session of ours that asks for nothing: called every second."""
        if not self._tombs.rung():
            return
        known = list(self._entries.items())
        ended = self._tombs.ended_of([stone for _, entry in known for stone in entry.stones])
        for session, entry in known:
            if not ended.isdisjoint(stone.name for stone in entry.stones):
                self._drop(session, entry.credential.viewer_id)

    def sweep(self) -> None:
        """Drop what is idle or expired."""
        now = time.time()
        with self._lock:
            for session, entry in list(self._entries.items()):
                if not entry.is_alive(now):
                    del self._entries[session]
            self._failures.expire()
        self._tombs.keep()

    def __len__(self) -> int:
        return len(self._entries)

    # Getting one

    def _fetch(
        self,
        viewer: Viewer,
        *,
        asked: float = float("inf"),
        older_than: Credential | None = None,
        ended_is_fine: bool = False,
    ) -> Credential:
        """Under the session's flight: from memory, the shared cache, or an exchange.

        `asked` is when the caller began to wait for the flight: what failed since then failed for it too, or a hundred
        requests would each wait for a time-out, one after the other. `older_than` is to be replaced.
        """
        now = time.time()
        if not ended_is_fine:
            self._refuse_ended(self._stone(viewer))
        with self._lock:
            entry = self._entries.get(viewer.session)
            failed_at, failure = self._failures.get(viewer.session, (0.0, None))
        if entry is not None and self._newer(entry.credential, older_than) and entry.is_alive(now):
            return entry.credential
        if asked <= time.monotonic() and isinstance(failure, Unreachable) and failure.cause in cause.TOO_LATE:
            # A browser asks for six parts of a page at a time: the seventh need not wait as long as they did.
            asked = min(asked, time.monotonic() - FAILED_SECONDS)
        if failure is not None and (isinstance(failure, SignInToDatabricks) or asked < failed_at):
            raise failure.bare()
        try:
            credential, shared_at = self._shared_or_exchanged(viewer, older_than)
        except PortalError as error:
            with self._lock:
                self._failures[viewer.session] = time.monotonic(), error.bare()
            if not isinstance(error, SessionEnded):
                refused = isinstance(error, SignInToConnect | SignInToDatabricks | NotPermitted)
                outcome = "denied" if refused else "failed"
                audit("session.refused", "session", outcome, actor="", reason=error.kind, code=error.code)
            raise
        if not ended_is_fine:
            # By the viewer, whose token may be another one than they ended; or while the exchange was under way. Nobody
            # finds the credential before that is known.
            try:
                self._refuse_ended(self._stone(viewer), self._tombs.of_viewer(credential.viewer_id))
            except SessionEnded as ended:
                self._drop(viewer.session, credential.viewer_id)
                with self._lock:
                    self._failures[viewer.session] = time.monotonic(), ended.bare()
                raise
        return self._keep(viewer, credential, shared_at)

    def _newer(self, credential: Credential, older_than: Credential | None) -> bool:
        return older_than is None or credential.obtained_at > older_than.obtained_at

    def _shared_or_exchanged(self, viewer: Viewer, older_than: Credential | None) -> tuple[Credential, float]:
        """A credential, and when the shared cache was last told of its use, seconds since the epoch; 0 for never."""
        if self._copies is None:
            return self._exchanged(viewer)

        def found() -> Credential | None:
            assert self._copies is not None
            kept = self._copies.find(viewer)
            good = kept is not None and kept.is_usable(time.time()) and self._newer(kept, older_than)
            return kept if good else None

        if kept := found():
            tally().hits += 1
            counters.cache("credentials", hit=True)
            return kept, time.time()
        # Whoever had the turn before may have just put it there.
        with self._copies.turn(viewer, found) as kept:
            return self._exchanged(viewer) if kept is None else (kept, time.time())

    def _exchanged(self, viewer: Viewer) -> tuple[Credential, float]:
        credential = self._grants.credential(viewer)
        return credential, time.time() if self._copies is not None and self._copies.put(viewer, credential) else 0.0

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
        if self._platform.own_token:
            register(viewer.token)
        now = time.time()
        stones = (self._stone(viewer), self._tombs.of_viewer(credential.viewer_id))
        with self._lock:
            if len(self._entries) >= SESSIONS and viewer.session not in self._entries:
                del self._entries[min(self._entries, key=lambda session: self._entries[session].used_at)]
            # Whoever finds it first looks for tombstones: an end, too, has to learn whose session it ends.
            self._entries[viewer.session] = _Entry(credential, stones, now, shared_at, tomb_checked_at=0.0)
        self._grants.expect_none(viewer.session)
        return credential

    def _touch(self, viewer: Viewer, entry: _Entry, now: float) -> None:
        """Note the use; now and then in the shared cache too, whose entry dies after the same idle time."""
        entry.used_at = now
        if self._copies is not None and now - entry.shared_at > IDLE_SECONDS / 3:
            entry.shared_at = now
            self._copies.put(viewer, entry.credential)

    # Ending it

    def _stone(self, viewer: Viewer) -> Stone:
        return self._tombs.of_token(viewer.token, secret=self._platform.own_token)

    def _check_tombstones(self, viewer: Viewer, entry: _Entry, now: float) -> None:
        """Another process may have ended this session: asked every two seconds of use, whatever `listen` hears."""
        if now - entry.tomb_checked_at < TOMBSTONE_RECHECK:
            return
        entry.tomb_checked_at = now
        try:
            self._refuse_ended(*entry.stones)
        except SessionEnded:
            self._drop(viewer.session, entry.credential.viewer_id)
            raise

    def _refuse_ended(self, *stones: Stone) -> None:
        for stone in stones:
            word = self._tombs.ended(stone)
            if word is not None:
                raise SessionEnded() if word.everywhere else SessionEnded(HERE_ONLY)

    def _drop(self, session: str, viewer_id: str | None) -> None:
        """What this process has of a session that ended, and of its viewer."""
        with self._lock:
            self._entries.pop(session, None)
            self._failures.pop(session, None)
        self._grants.forget(session)
        self._platform.forget()
        if viewer_id is not None:
            self._forget(viewer_id)
            collect_soon()
