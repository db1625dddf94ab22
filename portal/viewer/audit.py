"""The audit stream: who did what to what, and how it ended. Its own logger, `portal.audit`, for its own handler.

`portal.viewer.events` lists the events; a test holds every call to that list.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import structlog

from portal.settings import settings
from portal.viewer.context import current_or_none
from portal.viewer.errors import Busy, NoSuchThing, NotPermitted, PortalError

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
    """One event. `outcome` is "ok", "denied" or "failed"; the actor is the id that Databricks returned for the viewer,
    None where nobody knows it yet: an event is no reason to ask.

    SQL is recorded by its hash, or as text where PORTAL_AUDIT_SQL says so.
    """
    viewer = current_or_none()
    if viewer is not None and actor is None and viewer.is_known:
        with suppress(PortalError):
            actor = viewer.id
    if sql is not None:
        text = settings().audit_sql == "text"
        more["sql" if text else "sql_sha256"] = sql if text else hashlib.sha256(sql.encode()).hexdigest()
    session = viewer.session[:12] if viewer else None
    log.info(action, actor=actor, session=session, object=thing, outcome=outcome, **more)


def audit_read(
    action: str, thing: str, outcome: str, *, sql: str | None = None, actor: str | None = None, **more: str | int | None
) -> None:
    """An event of which PORTAL_AUDIT_READS says how large a share is recorded."""
    share = settings().audit_reads
    if share >= 1 or (share > 0 and random.random() < share):  # noqa: S311  # a sample, not a secret
        audit(action, thing, outcome, sql=sql, actor=actor, **more)


@contextmanager
def audited(
    action: str, thing: str, *, read: bool = False, sql: str | None = None, **facts: str | int | None
) -> Iterator[dict[str, str | int | None]]:
    """One event at the end of what is done inside: ok, denied or failed, with the state's name as `reason`.

    What comes of it may be added to the facts that are yielded.
    """
    write = audit_read if read else audit
    try:
        yield facts
    except PortalError as error:
        write(action, thing, outcome_of(error), sql=sql, actor=None, reason=error.kind, **facts)
        raise
    write(action, thing, "ok", sql=sql, actor=None, **facts)


def outcome_of(error: PortalError) -> str:
    """Databricks says "not found" of what is not for the viewer."""
    return "denied" if isinstance(error, NotPermitted | NoSuchThing | Busy) else "failed"
