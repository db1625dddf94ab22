"""New credentials: a grant of the platform's, and whose it is."""

from __future__ import annotations

import threading
from collections.abc import Callable

from cachetools import TTLCache

from portal import counters
from portal.viewer.audit import audit
from portal.viewer.credential import Credential, Grant, Viewer
from portal.viewer.errors import PortalError, SignInToDatabricks
from portal.viewer.platform import Platform
from portal.viewer.secrets import register

SESSIONS = 10_000
EXPECTED = 4
"""Things of a session that are got ready with its bearer."""


class Grants:
    """Asks for them, one at a time for each session. `identify` asks Databricks whose bearer this is (SCIM Me)."""

    def __init__(self, platform: Platform, identify: Callable[[str], str]) -> None:
        self._platform = platform
        self._identify = identify
        self._lock = threading.Lock()
        self._unidentified: TTLCache[str, Grant] = TTLCache(SESSIONS, 60.0)
        # Sessions of which a bearer is there and nobody knows yet whose, and what waits for such a bearer.
        self._unnamed: dict[str, str] = {}
        self._expecting: TTLCache[str, tuple[Callable[[str], None], ...]] = TTLCache(SESSIONS, 60.0)

    def credential(self, viewer: Viewer) -> Credential:
        """By an exchange, or by the grant of one after which nobody could say whose it is."""
        with self._lock:
            grant = self._unidentified.pop(viewer.session, None)
        counters.cache("credentials", hit=False)
        grant = grant or self._platform.grant(viewer.token)
        register(grant.access_token)
        self._tell(viewer.session, grant.access_token)
        try:
            try:
                viewer_id = self._identify(grant.access_token)
            except SignInToDatabricks:
                # Databricks answered 401 to what Connect had: once, Connect may have a newer one.
                grant = self._platform.grant(viewer.token)
                viewer_id = self._identify(grant.access_token)
        except PortalError as error:
            # Databricks is busy or away: the grant is good, so the next try need not exchange again.
            if not isinstance(error, SignInToDatabricks):
                with self._lock:
                    self._unidentified[viewer.session] = grant
            raise
        finally:
            with self._lock:
                self._unnamed.pop(viewer.session, None)
        audit("session.seen", "session", "ok", actor=viewer_id, source=self._platform.name)
        return Credential(
            grant.access_token, viewer_id, grant.obtained_at, grant.expires_at, self._platform.name, grant.integration
        )

    def upon_bearer(self, viewer: Viewer, prepare: Callable[[str], None]) -> None:
        """Once, when the session's bearer is there and Databricks is asked whose it is: have something got ready with
        it. Whose it is, and whether they ended their session, is not known then: nothing may be read, kept or shown.
        """
        with self._lock:
            bearer = self._unnamed.get(viewer.session)
            if bearer is None and len(self._expecting.get(viewer.session, ())) < EXPECTED:
                self._expecting[viewer.session] = (*self._expecting.get(viewer.session, ()), prepare)
        if bearer is not None:
            prepare(bearer)

    def _tell(self, session: str, bearer: str) -> None:
        with self._lock:
            self._unnamed[session] = bearer
            waiting = self._expecting.pop(session, ())
        for prepare in waiting:
            prepare(bearer)

    def expect_none(self, session: str) -> None:
        """The session has its credential: nothing waits for a bearer of it."""
        with self._lock:
            self._expecting.pop(session, None)

    def forget(self, session: str) -> None:
        """The session ended, and a grant that is kept for it is not used."""
        with self._lock:
            self._unidentified.pop(session, None)
