"""What a failure of a library or of another service means to the viewer: one table, read from top to bottom.

A row names the service that was asked, the kinds of exception that it stands for and what else must hold; the first
that fits gives the state. Nothing of an exception's own text is shown where a row does not say so: it may hold
anything. Kinds are named, not imported: what has not been imported was not raised, and the SDKs take seconds.

Connect's codes are those of its API reference ("OAuth credential exchange"), as field experience orders them by what
the viewer can do: 212-214 and 238 are the team's to mend, 215-217 mean a session that Connect no longer knows, 218,
219, 220 and 235 an OAuth session that the viewer must renew, 256 and 257 an ambiguous audience, 277 a rate limit.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import structlog

from portal.viewer.errors import (
    AlreadyThere,
    Busy,
    NoSuchThing,
    NotPermitted,
    NotSetUp,
    NotThere,
    PortalError,
    SignInToConnect,
    SignInToDatabricks,
    Unreachable,
)
from portal.viewer.sqlerrors import statement_failed
from portal.viewer.upstream import cause, report

CONNECT = "Connect"
DATABRICKS = "Databricks"
WAREHOUSE = "the warehouse"

_CONFIGURATION = re.compile(r"\.? ?Config: host=")
_ABSENT = frozenset({"ENDPOINT_NOT_FOUND", "FEATURE_DISABLED", "FEATURE_NOT_ENABLED"})
"""What a workspace says of an API that it lacks (docs.databricks.com, REST API, "Error codes")."""
_TOKEN_REFUSED = re.compile(r"invalid (access )?token|token (is|has) expired|expired token", re.IGNORECASE)

log = structlog.get_logger("portal.viewer.failures")


@dataclass(frozen=True)
class Failure:
    """What went wrong while `service` was asked for `what`; `login_url` is where the viewer signs in, if anywhere."""

    error: BaseException
    service: str
    what: str = "this"
    login_url: str | None = None

    def is_a(self, *kinds: str) -> bool:
        """Whether the exception is of one of these kinds: "module.Class"."""
        for kind in kinds:
            module, _, name = kind.rpartition(".")
            found = getattr(sys.modules.get(module), name, None)
            if found is not None and isinstance(self.error, found):
                return True
        return False

    @cached_property
    def code(self) -> int | None:
        """Connect's own number."""
        found = getattr(self.error, "error_code", None)
        return found if isinstance(found, int) else None

    @cached_property
    def word(self) -> str:
        """Databricks' own name of the error: RESOURCE_DOES_NOT_EXIST, …"""
        found = getattr(self.error, "error_code", None)
        return found if isinstance(found, str) else ""

    @cached_property
    def status(self) -> int:
        """Of the answer, by HTTP; 0 where there was none."""
        context = getattr(self.error, "context", None)
        given = (
            getattr(self.error, "http_status", None),
            getattr(getattr(self.error, "response", None), "status_code", None),
            context.get("http-code") if isinstance(context, dict) else None,
        )
        return next((status for status in given if isinstance(status, int)), 0)

    @cached_property
    def said(self) -> str:
        """The service's own words, without what the SDK appends of its configuration; at most 2,000 characters."""
        return _CONFIGURATION.split(str(self.error))[0].strip()[:2000]

    @cached_property
    def answered(self) -> str:
        """What the connector keeps of an answer's text."""
        context = getattr(self.error, "context", None)
        return str(context.get("error-message") or "").lower() if isinstance(context, dict) else ""


@dataclass(frozen=True)
class Row:
    """`kinds`: any of them, or whatever it is where there are none. `holds`: what else must be so."""

    service: str
    kinds: tuple[str, ...]
    holds: Callable[[Failure], bool]
    state: Callable[[Failure], PortalError]


def _always(failure: Failure) -> bool:
    return True


def _code(*codes: int) -> Callable[[Failure], bool]:
    return lambda failure: failure.code in codes


def _status(*statuses: int) -> Callable[[Failure], bool]:
    return lambda failure: failure.status in statuses


def _sdk(*names: str) -> tuple[str, ...]:
    return tuple(f"databricks.sdk.errors.{name}" for name in names)


_REFUSED_BY_CONNECTOR = ("databricks.sql.exc.RequestError",)
_INTEGRATION = "the content's OAuth integration"

TABLE = (
    # Connect, exchanging a session for a credential
    Row(CONNECT, (), _code(218, 219, 220, 235), lambda it: SignInToDatabricks(it.login_url)),
    Row(CONNECT, (), _code(215, 216, 217), lambda it: SignInToConnect(
        "Connect does not know this session any longer. Reload the page to sign in again.")),
    Row(CONNECT, (), _code(212, 213, 214), lambda it: NotSetUp(
        _INTEGRATION, "This content is not associated with a Databricks integration.")),
    Row(CONNECT, (), _code(238), lambda it: NotSetUp(
        _INTEGRATION, "The associated integration is not one that viewers sign in to.")),
    Row(CONNECT, (), _code(256, 257), lambda it: NotSetUp(
        "PORTAL_INTEGRATION_GUID", "Connect cannot tell which of the content's integrations is meant.")),
    Row(CONNECT, (), _code(277), lambda it: Busy("Connect is limiting how often credentials are exchanged.")),
    Row(CONNECT, (), _status(429), lambda it: Busy("Connect is limiting how often credentials are exchanged.")),
    Row(CONNECT, (), _code(241), lambda it: Unreachable(
        DATABRICKS, "Connect could not get your credential from Databricks' sign-in service.")),
    Row(CONNECT, (), _status(401), lambda it: SignInToConnect(
        "Connect does not accept this session. Reload the page to sign in again.")),
    Row(CONNECT, (), _status(403), lambda it: NotPermitted(
        "Connect does not let this content exchange credentials.", "an administrator of Connect")),
    Row(CONNECT, ("requests.TooManyRedirects",), _always, lambda it: NotSetUp(
        "CONNECT_SERVER", "Connect answered with a redirect; CONNECT_SERVER should be its final address.")),
    Row(CONNECT, ("requests.Timeout",), _always, lambda it: Unreachable(
        CONNECT, "Connect took too long to answer.")),
    Row(CONNECT, (), _always, lambda it: Unreachable(CONNECT)),
    # The workspace, by the SDK
    Row(DATABRICKS, _sdk("Unauthenticated"), _always, lambda it: SignInToDatabricks(None)),
    Row(DATABRICKS, _sdk("PermissionDenied"), lambda it: bool(_TOKEN_REFUSED.search(str(it.error))),
        lambda it: SignInToDatabricks(None)),
    Row(DATABRICKS, _sdk("PermissionDenied"), _always, lambda it: NotPermitted(
        it.said or f"You may not see {it.what}.")),
    Row(DATABRICKS, _sdk("NotFound"), lambda it: it.word in _ABSENT, lambda it: NotThere(
        f"This workspace does not have the API for {it.what}: it is not there, whoever asks.")),
    Row(DATABRICKS, _sdk("AlreadyExists"), _always, lambda it: AlreadyThere(it.said)),
    Row(DATABRICKS, _sdk("NotFound"), _always, lambda it: NoSuchThing(
        f"There is no such thing as {it.what}, or you may not see it.")),
    Row(DATABRICKS, _sdk("TooManyRequests"), _always, lambda it: Busy(
        "Databricks is limiting how fast it is asked.", float(getattr(it.error, "retry_after_secs", None) or 5))),
    Row(DATABRICKS, _sdk("TemporarilyUnavailable", "InternalError", "DeadlineExceeded"), _always,
        lambda it: Unreachable(DATABRICKS, "Databricks cannot answer right now.")),
    Row(DATABRICKS, ("requests.TooManyRedirects",), _always, lambda it: NotSetUp(
        "DATABRICKS_HOST", "The workspace answered with a redirect; DATABRICKS_HOST is not its address.")),
    Row(DATABRICKS, ("requests.RequestException", "builtins.TimeoutError"), _always,
        lambda it: Unreachable(DATABRICKS)),
    Row(DATABRICKS, _sdk("DatabricksError"), _always, lambda it: PortalError(it.said)),
    Row(DATABRICKS, ("builtins.ValueError",), _always, lambda it: Unreachable(
        DATABRICKS, "Databricks answered something that is not its API.")),  # HTML or worse where JSON belongs
    # A warehouse, by the SQL connector
    Row(WAREHOUSE, _REFUSED_BY_CONNECTOR, _status(401), lambda it: SignInToDatabricks(None)),
    Row(WAREHOUSE, _REFUSED_BY_CONNECTOR, lambda it: it.status == 403 and "token" in it.answered,
        lambda it: SignInToDatabricks(None)),
    Row(WAREHOUSE, _REFUSED_BY_CONNECTOR, _status(403), lambda it: NotPermitted(
        f"You may not use {it.what}.", "whoever manages the SQL warehouse")),
    Row(WAREHOUSE, _REFUSED_BY_CONNECTOR, _status(404), lambda it: NoSuchThing(
        f"There is no SQL {it.what}, or you may not see it.")),
    Row(WAREHOUSE, _REFUSED_BY_CONNECTOR, lambda it: it.status == 429 or "429" in str(it.error),
        lambda it: Busy("Databricks is limiting how fast it is asked.")),
    Row(WAREHOUSE, _REFUSED_BY_CONNECTOR, _always, lambda it: Unreachable(WAREHOUSE, cause=cause.of(it.error))),
    Row(WAREHOUSE, ("databricks.sql.exc.DatabaseError",), _always, lambda it: statement_failed(str(it.error))),
    Row(WAREHOUSE, ("urllib3.exceptions.HTTPError", "builtins.OSError"), _always, lambda it: Unreachable(
        WAREHOUSE, cause=cause.of(it.error))),
)  # fmt: skip


def understood(error: BaseException, service: str, what: str = "this", login_url: str | None = None) -> PortalError:
    """The state to show where `service` was asked for `what`; a state of ours stands as it is."""
    if service == DATABRICKS and isinstance(error, TimeoutError) and error.__cause__ is not None:
        # The SDK's retries ran out; what it was retrying is the reason.
        error = error.__cause__
    if isinstance(error, PortalError):
        return error
    failure = Failure(error, service, what, login_url)
    for row in TABLE:
        if row.service == service and (not row.kinds or failure.is_a(*row.kinds)) and row.holds(failure):
            state = row.state(failure)
            return _said(state, failure) if isinstance(state, Unreachable) else state
    log.exception("unexpected failure", service=service, exc_info=error)
    return PortalError(f"Something went wrong while asking for {what}.")


def _said(state: Unreachable, failure: Failure) -> Unreachable:
    """The same, with its line in the log: of the call that failed last, where that was of this service."""
    unread = isinstance(failure.error, ValueError | KeyError) and not failure.is_a("requests.RequestException")
    otherwise = state.cause or ("not its API" if unread else cause.of(failure.error))
    return report.unreachable(state.service, state.message, otherwise=otherwise, operation="call")
