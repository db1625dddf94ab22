"""The audit stream: who did what to what, and how it ended. Its own logger, `portal.audit`, for its own handler."""

from __future__ import annotations

import hashlib
from contextlib import suppress

import structlog

from portal.settings import settings
from portal.viewer.context import current_or_none
from portal.viewer.errors import PortalError

log = structlog.get_logger("portal.audit")


def audit(
    action: str,
    thing: str,
    outcome: str,
    *,
    sql: str | None = None,
    actor: str | None = None,
    **more: str | int | None,
) -> None:
    """One event. `outcome` is "ok", "denied" or "failed"; the actor is the id that Databricks returned for the viewer.

    SQL is recorded by its hash, or as text where PORTAL_AUDIT_SQL says so.
    """
    viewer = current_or_none()
    if viewer is not None and actor is None:
        with suppress(PortalError):
            actor = viewer.id
    if sql is not None:
        text = settings().audit_sql == "text"
        more["sql" if text else "sql_sha256"] = sql if text else hashlib.sha256(sql.encode()).hexdigest()
    session = viewer.session[:12] if viewer else None
    log.info(action, actor=actor, session=session, object=thing, outcome=outcome, **more)
