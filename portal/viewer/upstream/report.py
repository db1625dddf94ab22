"""What is said of a call that came to nothing: one line in the log, one count, and the state that a page shows.

A call without an answer is said where it is made. An answer that an SDK asks for again (5xx, a connection that broke)
is only remembered there; it is said when the SDK has given up, by whoever understands its error: so that each state has
one line, with the number of attempts, rather than a line for each.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, replace

import structlog

from portal import counters
from portal.viewer.errors import Unreachable

log = structlog.get_logger("portal.upstream")


@dataclass(frozen=True, slots=True)
class Call:
    """One call that failed. `operation` is a method and an API, never a path; `seconds` are of its last attempt."""

    service: str
    operation: str
    host: str | None
    cause: str
    """One of `cause.CAUSES`."""
    seconds: float
    attempt: int = 1
    status: int | None = None
    their_id: str | None = None
    """The request id that Databricks or Connect answered with."""


_failed: ContextVar[Call | None] = ContextVar("portal_failed_call", default=None)


def remember(call: Call | None) -> Call | None:
    """The last call of this thread failed like this, or did not fail (None); counts attempts of the same thing."""
    before = _failed.get()
    if call is not None and before is not None and (before.service, before.operation) == (call.service, call.operation):
        call = replace(call, attempt=before.attempt + 1)
    _failed.set(call)
    return call


def unreachable(
    service: str, message: str | None = None, *, otherwise: str = "other", operation: str = "", host: str | None = None
) -> Unreachable:
    """The state for the call that failed last, said and counted; `otherwise` is the cause where none is remembered."""
    call = _failed.get()
    if call is None or call.service != service:
        call = Call(service, operation, host, otherwise, 0.0)
    _failed.set(None)
    say(call)
    return Unreachable(service, message, cause=call.cause)


def say(call: Call) -> None:
    """The line, and the count."""
    log.warning(
        "unreachable", service=call.service, host=call.host, operation=call.operation, cause=call.cause,
        status=call.status, elapsed=round(call.seconds, 3), attempt=call.attempt, their_request_id=call.their_id,
    )  # fmt: skip
    counters.unreachable(call.service, call.operation, call.cause)
