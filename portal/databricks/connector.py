"""Reads: a page's small results, through databricks-sql-connector.

For what a page needs to draw itself. If a person may wait for it, use `portal.databricks.statements`: a read cannot be
cancelled from outside.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog

from portal import counters
from portal.databricks import connections, ids, warehouses
from portal.databricks.sqlguard import reads
from portal.settings import settings
from portal.viewer import failures, trace
from portal.viewer.audit import audited
from portal.viewer.context import about_to_ask, current, is_only_kept, tally
from portal.viewer.credential import Credential, Viewer
from portal.viewer.errors import PortalError, SignInToDatabricks, Unreachable
from portal.viewer.failures import WAREHOUSE
from portal.viewer.per_viewer import memory, typed
from portal.viewer.shared_answers import TABLE
from portal.viewer.upstream import admission, cause, deadline, lines, report
from portal.viewer.upstream.breaker import breaker

if TYPE_CHECKING:
    import pyarrow as pa

READERS = 16
"""Reads of a process at a time."""
AWAITED_SECONDS = 30.0
"""For which a read that outlasted its request is kept for the one that comes for it."""
_UNKNOWN = "The warehouse stopped answering: whether the change was made is not known. Look before you make it again."

log = structlog.get_logger("portal.databricks.connector")


def query(sql: str, params: Mapping[str, object] | None = None, *, ttl: float | None = None) -> pa.Table:
    """Run a read as the current viewer on the portal's warehouse; its rows as an Arrow table.

    `params` are bound by name (`:name`), never spliced. With `ttl` the table is kept for this viewer for so many
    seconds, for the portal's other processes too. Raises `StatementFailed` with Databricks' own words, and the states
    of `portal.viewer.errors`.
    """
    _prepare()
    if not _only_reads(sql):
        return _query(sql, params)  # never shared, nor made again
    key = (settings().databricks_host, current().id, "query", sql, typed(tuple(sorted((params or {}).items()))))
    # A request waits some seconds and then says that the read goes on; the next look finds it.
    pool = _readers() if admission.is_request() and not is_only_kept() else None
    if ttl is not None:
        return memory.get(key, ttl, partial(_query, sql, params), codec=TABLE, pool=pool)
    if pool is None:
        return _query(sql, params)
    once = (*key, "once")
    rows = memory.get(once, AWAITED_SECONDS, partial(_query, sql, params), pool=pool)
    memory.pop(once)
    return rows


def _prepare() -> None:
    """A new session: its connection is opened while Databricks is asked whose it is, which takes as long."""
    who, warehouse_id = current(), settings().warehouse_id
    if warehouse_id and settings().autostart and not is_only_kept() and not who.is_known:
        who.upon_bearer(partial(connections.pool.open_ahead, ids.warehouse(warehouse_id)))


@cache
def _readers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(READERS, thread_name_prefix="read")


def _query(sql: str, params: Mapping[str, object] | None) -> pa.Table:
    warehouse_id = awake()
    read = _only_reads(sql)
    with audited("page.read" if read else "page.write", "statement", read=read, sql=sql, warehouse=warehouse_id):
        return run(warehouse_id, sql, params, read=read)


def awake() -> str:
    """The id of the portal's warehouse, which runs."""
    about_to_ask()
    return warehouses.awake(warehouses.default_id(), ready=True)


def run(warehouse_id: str, sql: str, params: Mapping[str, object] | None, *, read: bool) -> pa.Table:
    """Run it once more where nothing of it can have happened; unaudited, for whoever writes down what came of it.

    Where it does not only read and the warehouse stopped answering, `Unreachable` says that nobody knows.
    """
    try:
        return _asked(current(), warehouse_id, sql, params)
    except Unreachable as error:
        if read or error.cause in cause.NOT_SENT:
            raise
        raise Unreachable(WAREHOUSE, _UNKNOWN, cause=error.cause) from None  # said where it was met


_only_reads = lru_cache(512)(reads)
"""Pages ask the same over and over, and parsing takes milliseconds."""


def _asked(viewer: Viewer, warehouse_id: str, sql: str, params: Mapping[str, object] | None) -> pa.Table:
    for last in (False, True):
        credential = viewer.credential()
        key = (credential.viewer_id, connections.digest(credential.access_token), warehouse_id)
        try:
            return _read(key, credential, sql, params)
        except SignInToDatabricks:
            viewer.reject(credential)
            if last:
                raise SignInToDatabricks(viewer.login_url()) from None
    raise AssertionError("unreachable")


def _read(key: connections.Key, credential: Credential, sql: str, params: Mapping[str, object] | None) -> pa.Table:
    for last in (False, True):
        started, outcome = time.perf_counter(), "failed"
        bound: deadline.Deadline | None = None
        try:
            breaker.enter(WAREHOUSE, "read")
        except Unreachable as state:
            report.say(_call(state.cause, started))
            raise
        try:
            with (
                trace.span("Databricks read"),
                lines.carrying(trace.outgoing("Databricks")),
                deadline.within(settings().read_seconds) as bound,
                connections.pool.lend(key, credential) as pooled,
                pooled.connection.cursor() as cursor,
            ):
                cursor.execute(sql, parameters=dict(params) if params else None)
                rows = cursor.fetchall_arrow()
            if bound.expired:
                raise TimeoutError("the deadline ended the answer")
            outcome = "ok"
            breaker.answered(WAREHOUSE, "read", 200)
            return rows
        except PortalError:
            raise
        except Exception as error:
            # The server has forgotten an idle session; the connection does not know. Nothing has run: once more.
            if "Invalid SessionHandle" in str(error) and not last:
                continue
            raise understood(error, key[2], _call(_why(error, bound), started, last)) from None
        finally:
            cost = tally()
            cost.calls += 1
            cost.call_seconds += time.perf_counter() - started
            counters.read(outcome, time.perf_counter() - started)
    raise AssertionError("unreachable")


def understood(error: Exception, warehouse_id: str, call: report.Call) -> PortalError:
    """The state to show for a read that failed; whether an answer came at all is counted for the breaker."""
    report.remember(call)
    state = failures.understood(error, WAREHOUSE, f"warehouse {warehouse_id}")
    report.remember(None)
    if isinstance(state, Unreachable):
        breaker.silent(WAREHOUSE)
    elif type(state) is not PortalError:
        breaker.answered(WAREHOUSE, "read", failures.Failure(error, WAREHOUSE).status or 200)
    return state


def failed(error: Exception, started: float) -> report.Call:
    """A read that failed, `started` of `time.perf_counter()`."""
    return _call(_why(error, None), started)


def _call(why: str, started: float, again: bool = False) -> report.Call:
    host = urlsplit(settings().databricks_host or "").hostname
    return report.Call(WAREHOUSE, "read", host, why, time.perf_counter() - started, attempt=2 if again else 1)


def _why(error: Exception, bound: deadline.Deadline | None) -> str:
    status = failures.Failure(error, WAREHOUSE).status
    return cause.of_status(status) if status >= 500 else cause.of(error, bound is not None and bound.expired)
