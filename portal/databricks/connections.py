"""Connections to warehouses, pooled by viewer and credential.

One serves one read at a time (DB-API thread safety 1), is closed after `MAX_READS` (the connector keeps every cursor),
when its credential was replaced, and when it idles.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cachetools import TTLCache

from portal.databricks.workspace import PRODUCT, RETRY_SECONDS
from portal.patches import imports
from portal.patches.databricks import unprinted
from portal.settings import settings
from portal.version import agent
from portal.viewer.credential import Credential
from portal.viewer.errors import NotSetUp
from portal.viewer.idle import IDLE_SECONDS
from portal.viewer.upstream import deadline

if TYPE_CHECKING:
    from databricks.sql.client import Connection

MAX_READS = 100
PER_KEY = 4
IN_ALL = 200
SOCKET_SECONDS = 30
"""Of silence: a warehouse says at least that a statement is still running."""
AHEAD = 50
"""Connections that are opened before it is known whose they are, at a time."""
AHEAD_SECONDS = 30.0
"""For which one waits for its read."""

Key = tuple[str, str, str]


@dataclass(slots=True)
class _Pooled:
    connection: Connection
    reads: int = 0
    idle_since: float = 0.0


class _Pool:
    """Idle connections by (viewer id, hash of the credential, warehouse)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: dict[Key, list[_Pooled]] = {}
        # By credential and warehouse: opened while Databricks is asked whose the credential is.
        self._ahead: dict[tuple[str, str], tuple[Future[Connection], float]] = {}
        # When each viewer's session ended: a connection that was lent before is not taken back.
        self._forgotten: TTLCache[str, float] = TTLCache(10_000, IDLE_SECONDS)

    @contextmanager
    def lend(self, key: Key, credential: Credential) -> Iterator[_Pooled]:
        """A connection for one read: back to the pool afterwards, closed if the read failed or the session ended."""
        lent_at = time.monotonic()
        with self._lock:
            stale = [k for k in self._idle if k[0] == key[0] and k[2] == key[2] and k[1] != key[1]]
            closing = [pooled for k in stale for pooled in self._idle.pop(k)]
            mine = self._idle.get(key)
            pooled = mine.pop() if mine else None
        _close(closing)
        pooled = pooled or _Pooled(self._opened(key[1], key[2]) or open_for(credential.access_token, key[2]))
        try:
            yield pooled
        except BaseException:
            _close([pooled])
            raise
        pooled.reads += 1
        pooled.idle_since = time.monotonic()
        with self._lock:
            mine = self._idle.setdefault(key, [])
            room = len(mine) < PER_KEY and sum(map(len, self._idle.values())) < IN_ALL
            ended = self._forgotten.get(key[0], 0.0) >= lent_at
            if keep := pooled.reads < MAX_READS and room and not ended:
                mine.append(pooled)
        if not keep:
            _close([pooled])

    def open_ahead(self, warehouse_id: str, access_token: str) -> None:
        """Begin to open a connection for the read that is going to come with this bearer, whoever's it is."""
        key = (digest(access_token), warehouse_id)
        with self._lock:
            if key in self._ahead or len(self._ahead) >= AHEAD:
                return
            opening: Future[Connection] = Future()
            self._ahead[key] = (opening, time.monotonic())

        def open_now() -> None:
            try:
                with deadline.within(settings().read_seconds):
                    opening.set_result(open_for(access_token, warehouse_id))
            except BaseException as error:
                # The read meets the same failure, and says so.
                opening.set_exception(error)

        threading.Thread(target=open_now, name="open-connection", daemon=True).start()

    def _opened(self, digested: str, warehouse_id: str) -> Connection | None:
        """The connection that was opened ahead for this credential, None where there is none."""
        with self._lock:
            opening, _ = self._ahead.pop((digested, warehouse_id), (None, 0.0))
        if opening is None:
            return None
        with suppress(Exception):
            return opening.result(settings().read_seconds)
        return None

    def forget(self, viewer_id: str) -> None:
        """Close all of one viewer's idle connections."""
        with self._lock:
            self._forgotten[viewer_id] = time.monotonic()
            closing = [p for k in [k for k in self._idle if k[0] == viewer_id] for p in self._idle.pop(k)]
        _close(closing)

    def sweep(self) -> None:
        """Close what has idled too long."""
        before = time.monotonic() - IDLE_SECONDS
        closing = []
        with self._lock:
            for ahead, (opening, began) in list(self._ahead.items()):
                if opening.done() and began < time.monotonic() - AHEAD_SECONDS:
                    del self._ahead[ahead]
                    closing += [_Pooled(opening.result())] if opening.exception() is None else []
            for key in list(self._idle):
                closing += [p for p in self._idle[key] if p.idle_since < before]
                self._idle[key] = [p for p in self._idle[key] if p.idle_since >= before]
                if not self._idle[key]:
                    del self._idle[key]
        _close(closing)


pool = _Pool()


def _close(closing: list[_Pooled]) -> None:
    """Close in the background: it is a round trip, and nobody waits for its answer."""
    if closing:
        threading.Thread(target=_close_now, args=(closing,), name="close-connections", daemon=True).start()


def _close_now(closing: list[_Pooled]) -> None:
    for pooled in closing:
        with suppress(Exception):
            pooled.connection.close()


def digest(access_token: str) -> str:
    """What a credential is called in a key."""
    return hashlib.sha256(access_token.encode()).hexdigest()[:16]


def open_for(access_token: str, warehouse_id: str) -> Connection:
    """A connection of one viewer, outside of the pool: who opens it closes it. Raises what the connector raises."""
    sql = imports.sql_connector()
    unprinted()
    host = settings().databricks_host
    if host is None:
        raise NotSetUp("DATABRICKS_HOST", "DATABRICKS_HOST is not set: the portal does not know its workspace.")
    parts = urlsplit(host)
    # In lower case the connector passes the header through. As "Authorization" it would keep the token for an hour, and
    # offer an Entra ID token to {host}/oidc/v1/token first (without the port).
    headers = {"authorization": f"Bearer {access_token}"}
    return sql.connect(
        server_hostname=parts.hostname,
        http_path=f"/sql/1.0/warehouses/{warehouse_id}",
        credentials_provider=lambda: lambda: headers,
        _port=parts.port or 443,
        user_agent_entry=f"{PRODUCT}/{agent()}",
        # One telemetry client a host would carry one viewer's events under another's token.
        enable_telemetry=False,
        query_tags={"source": "data-portal", "page": "read"},
        _socket_timeout=SOCKET_SECONDS,
        _retry_stop_after_attempts_duration=RETRY_SECONDS,
        _retry_stop_after_attempts_count=3,
        _retry_delay_min=0.5,
        _retry_delay_max=5,
        _retry_delay_default=1,
    )
