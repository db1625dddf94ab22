"""Reads: a page's small results, through databricks-sql-connector, over connections pooled by viewer and credential.

For what a page needs to draw itself. If a person may wait for it, use `portal.databricks.statements`: a read cannot be
cancelled from outside. A connection serves one read at a time (DB-API thread safety 1), is closed after
`MAX_READS` (the connector keeps every cursor), when its credential was replaced, and when it idles.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog

from portal import counters
from portal.databricks import warehouses
from portal.databricks.sqlerrors import statement_failed
from portal.databricks.workspace import PRODUCT, RETRY_SECONDS
from portal.settings import settings
from portal.viewer.context import about_to_ask, current, tally
from portal.viewer.credential import Credential
from portal.viewer.errors import (
    Busy,
    NoSuchThing,
    NotPermitted,
    NotSetUp,
    PortalError,
    SignInToDatabricks,
    Unreachable,
)
from portal.viewer.per_viewer import memory, typed
from portal.viewer.shared_answers import TABLE

if TYPE_CHECKING:
    import pyarrow as pa

IDLE_SECONDS = 900.0
MAX_READS = 100
PER_KEY = 4
IN_ALL = 200
SOCKET_SECONDS = 60

log = structlog.get_logger("portal.databricks.connector")
Key = tuple[str, str, str]


@dataclass(slots=True)
class _Pooled:
    connection: Any
    reads: int = 0
    idle_since: float = 0.0


class _Pool:
    """Idle connections by (viewer id, hash of the credential, warehouse)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: dict[Key, list[_Pooled]] = {}

    @contextmanager
    def lend(self, key: Key, credential: Credential) -> Iterator[_Pooled]:
        """A connection for one read: back to the pool afterwards, closed if the read failed."""
        with self._lock:
            stale = [k for k in self._idle if k[0] == key[0] and k[2] == key[2] and k[1] != key[1]]
            closing = [pooled for k in stale for pooled in self._idle.pop(k)]
            mine = self._idle.get(key)
            pooled = mine.pop() if mine else None
        _close(closing)
        pooled = pooled or _Pooled(_open(credential, key[2]))
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
            if keep := pooled.reads < MAX_READS and room:
                mine.append(pooled)
        if not keep:
            _close([pooled])

    def forget(self, viewer_id: str) -> None:
        """Close all of one viewer's idle connections."""
        with self._lock:
            closing = [p for k in [k for k in self._idle if k[0] == viewer_id] for p in self._idle.pop(k)]
        _close(closing)

    def sweep(self) -> None:
        """Close what has idled too long."""
        before = time.monotonic() - IDLE_SECONDS
        closing = []
        with self._lock:
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


@cache
def _unprinted() -> None:
    """The connector writes each request and answer as text for a log that is off, rows and all: a quarter of a read.

    Seen in databricks-sql-connector 4.9, `thrift_backend.make_request`: `unsafe_logger.debug("…".format(response))`.
    """
    from databricks.sql.thrift_api.TCLIService import ttypes

    for kind in (ttypes.TRowSet, ttypes.TExecuteStatementReq):
        kind.__repr__ = object.__repr__


def _open(credential: Credential, warehouse_id: str) -> Any:
    from databricks import sql

    _unprinted()
    host = settings().databricks_host
    if host is None:
        raise NotSetUp("DATABRICKS_HOST", "DATABRICKS_HOST is not set: the portal does not know its workspace.")
    parts = urlsplit(host)
    # In lower case the connector passes the header through. As "Authorization" it would keep the token for an hour, and
    # offer an Entra ID token to {host}/oidc/v1/token first (without the port).
    headers = {"authorization": f"Bearer {credential.access_token}"}
    return sql.connect(
        server_hostname=parts.hostname,
        http_path=f"/sql/1.0/warehouses/{warehouse_id}",
        credentials_provider=lambda: lambda: headers,
        _port=parts.port or 443,
        user_agent_entry=PRODUCT,
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


def query(sql: str, params: Mapping[str, Any] | None = None, *, ttl: float | None = None) -> pa.Table:
    """Run a read as the current viewer on the portal's warehouse; its rows as an Arrow table.

    `params` are bound by name (`:name`), never spliced. With `ttl` the table is kept for this viewer for so many
    seconds, for the portal's other processes too. Raises `StatementFailed` with Databricks' own words, and the states
    of `portal.viewer.errors`.
    """
    if ttl is None:
        return _query(sql, params)
    key = (settings().databricks_host, current().id, "query", sql, typed(tuple(sorted((params or {}).items()))))
    return memory.get(key, ttl, partial(_query, sql, params), codec=TABLE)


def _query(sql: str, params: Mapping[str, Any] | None) -> pa.Table:
    about_to_ask()
    viewer = current()
    warehouse_id = warehouses.awake(warehouses.default_id(), ready=True)
    for last in (False, True):
        credential = viewer.credential()
        digest = hashlib.sha256(credential.access_token.encode()).hexdigest()[:16]
        try:
            return _read((credential.viewer_id, digest, warehouse_id), credential, sql, params)
        except SignInToDatabricks:
            viewer.reject(credential)
            if last:
                raise SignInToDatabricks(viewer.login_url()) from None
    raise AssertionError("unreachable")


def _read(key: Key, credential: Credential, sql: str, params: Mapping[str, Any] | None) -> pa.Table:
    for last in (False, True):
        started, outcome = time.perf_counter(), "failed"
        try:
            with pool.lend(key, credential) as pooled, pooled.connection.cursor() as cursor:
                cursor.execute(sql, parameters=dict(params) if params else None)
                rows = cursor.fetchall_arrow()
            outcome = "ok"
            return rows
        except PortalError:
            raise
        except Exception as error:
            # The server has forgotten an idle session; the connection does not know. Nothing has run: once more.
            if "Invalid SessionHandle" in str(error) and not last:
                continue
            raise _understood(error, key[2]) from None
        finally:
            cost = tally()
            cost.calls += 1
            cost.call_seconds += time.perf_counter() - started
            counters.read(outcome, time.perf_counter() - started)
    raise AssertionError("unreachable")


def _understood(error: Exception, warehouse_id: str) -> PortalError:
    from databricks.sql import exc
    from urllib3.exceptions import HTTPError

    if isinstance(error, exc.RequestError):
        code = (error.context or {}).get("http-code")
        text = str((error.context or {}).get("error-message") or "")
        if code == 401 or (code == 403 and "token" in text.lower()):
            return SignInToDatabricks(None)
        if code == 403:
            return NotPermitted(f"You may not use warehouse {warehouse_id}.", "whoever manages the SQL warehouse")
        if code == 404:
            return NoSuchThing(f"There is no SQL warehouse {warehouse_id}, or you may not see it.")
        if code == 429 or "429" in str(error):
            return Busy("Databricks is limiting how fast it is asked.")
        return Unreachable("Databricks", "The warehouse does not answer right now.")
    if isinstance(error, exc.DatabaseError):
        return statement_failed(str(error))
    if isinstance(error, HTTPError | OSError):
        return Unreachable("Databricks")
    log.exception("unexpected failure of a read", exc_info=error)
    return PortalError("Something went wrong while reading from the warehouse.")
