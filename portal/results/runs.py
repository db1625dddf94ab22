"""Statements that viewers run: how many at a time, and who did what (the audit stream)."""

from __future__ import annotations

import threading
from typing import Any

from portal import viewer
from portal.databricks import statements
from portal.databricks.sqlguard import check
from portal.databricks.statements import Statement
from portal.results.rerun_context import RerunContext
from portal.results.subquery import Subquery
from portal.settings import settings
from portal.viewer.audit import audit
from portal.viewer.errors import Busy, NotPermitted, PortalError


class _Running:
    """Which statements of a viewer were last seen running by this process.

    Connect may run several processes, so a viewer who is spread over them may have more: a guard against a loop of
    submissions, not a quota (that is the warehouse's).
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids: dict[str, dict[str, None]] = {}

    def add(self, viewer_id: str, statement_id: str) -> None:
        with self._lock:
            self._ids.setdefault(viewer_id, {})[statement_id] = None

    def remove(self, viewer_id: str, statement_id: str) -> None:
        with self._lock:
            mine = self._ids.get(viewer_id, {})
            mine.pop(statement_id, None)
            if not mine:
                self._ids.pop(viewer_id, None)

    def __len__(self) -> int:
        with self._lock:
            return sum(map(len, self._ids.values()))

    def of(self, viewer_id: str) -> list[str]:
        with self._lock:
            return list(self._ids.get(viewer_id, ()))


_running = _Running()


def under_way() -> int:
    """Statements that this process last saw running."""
    return len(_running)


def submit(sql: str, **how: Any) -> Statement:
    """`statements.submit` within the viewer's limit, on the record. Raises `Busy` at the limit."""
    try:
        _make_room()
        statement = statements.submit(sql, **how)
    except PortalError as error:
        outcome = "denied" if isinstance(error, NotPermitted | Busy) else "failed"
        audit("statement.submit", "statement", outcome, sql=sql, reason=error.kind, warehouse=how.get("warehouse_id"))
        raise
    audit("statement.submit", f"statement/{statement.id}", "ok", sql=sql, warehouse=how.get("warehouse_id"))
    _note(statement)
    return statement


def _make_room() -> None:
    viewer_id, most = viewer.current().id, settings().statements_per_viewer
    running = _running.of(viewer_id)
    if len(running) < most:
        return
    for statement_id in running:
        try:
            status(statement_id)
        except PortalError:
            _running.remove(viewer_id, statement_id)
    if len(_running.of(viewer_id)) >= most:
        raise Busy(f"You have {most} statements running, which is as many as may run at a time. Cancel one, or wait.")


def status(statement_id: str) -> Statement:
    """`statements.status`, remembered for the limit."""
    statement = statements.status(statement_id)
    _note(statement)
    return statement


def _note(statement: Statement) -> None:
    viewer_id = viewer.current().id
    if statement.ended:
        _running.remove(viewer_id, statement.id)
    else:
        _running.add(viewer_id, statement.id)


def cancel(statement_id: str) -> None:
    """`statements.cancel`, on the record."""
    try:
        statements.cancel(statement_id)
    except PortalError as error:
        outcome = "denied" if isinstance(error, NotPermitted) else "failed"
        audit("statement.cancel", f"statement/{statement_id[:64]}", outcome, reason=error.kind)
        raise
    audit("statement.cancel", f"statement/{statement_id}", "ok")


def derive(derived: Subquery, again: RerunContext) -> Statement:
    """Submit a statement over another: the warehouse sorts, filters or counts what is too large to be here."""
    check(derived.sql)
    return submit(
        derived.sql,
        params=derived.params,
        warehouse_id=again.warehouse_id,
        catalog=again.catalog,
        schema=again.schema,
    )
