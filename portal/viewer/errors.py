"""What a viewer can meet instead of their data, and what they can do about it.

    PortalError
    ├── SignInToConnect      no session token: this content needs a signed-in viewer
    ├── SignInToDatabricks   no usable OAuth session: the integration's login link
    ├── SessionEnded         the viewer's own doing: "Continue" starts again
    ├── NotPermitted         Databricks or Connect says no: what, and who grants it
    ├── WarehouseStarting    the warehouse is not running yet
    │   └── ClusterStarting  the same of the cluster that DataFrames attach to
    ├── WarehouseStopped     it is stopped, and nothing starts it unasked (PORTAL_AUTOSTART=off)
    ├── Busy                 a rate limit: try again after a while
    │   └── StillRunning     a read that goes on in the background
    ├── Unreachable          a service did not answer, or not in its own language
    ├── NotSetUp             a setting is missing or wrong: which one, for the team that runs the portal
    ├── NoSuchThing          it does not exist, or this viewer may not know that it does
    │   └── NotThere         the workspace has no API for it, whoever asks
    ├── AlreadyThere         something of this name exists, and is not to be overwritten
    ├── NotUnderstood        the request is not one that the portal has: what is wrong with it
    ├── TooLarge             it holds more than is read
    ├── OtherPage            it comes from no page of this viewer's, or from one that is too old
    ├── Conflict             somebody else has changed it meanwhile: nothing of this viewer's was written
    ├── Canceled             a statement that was stopped before its end
    └── StatementFailed      Databricks ran the SQL and refused it: its own words, and where

Failures of other services become one of these by the table of `portal.viewer.failures`; they are drawn in one place
(`portal.ui.states`). Every text here is written by us or by Databricks for this viewer; none holds a token.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Self


class PortalError(Exception):
    """Base of all that a viewer can meet. `str(error)` is one sentence fit to show."""

    kind = "failed"
    """The state's name, for CSS, logs and metrics."""
    title = "Something went wrong"
    status = HTTPStatus.BAD_GATEWAY
    """What a plain Flask route answers; a page and a callback answer 200 and draw the state."""
    code: int | None = None
    """Connect's own number for it, where Connect refused."""
    icon = "exclamation-triangle-fill"
    """Of `portal.ui.icons`."""
    tone = "bad"
    """How it is drawn: bad, warn, busy, or idle for what is merely the next step."""
    waits = False
    """It passes by itself, and is tried again by itself."""
    lasting = False
    """It holds until somebody does something: nothing is asked for again by itself. (Other trouble may pass.)"""

    told: str = ""
    """In development, where it happened (`portal.ui.development`)."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def bare(self) -> Self:
        """The same, to be kept: without the frames of the request that met it, which hold its token."""
        found = type(self).__new__(type(self), *self.args)
        found.__dict__.update(self.__dict__)
        return found


class SignInToConnect(PortalError):
    kind = "sign-in-connect"
    title = "Sign in to Connect"
    status = HTTPStatus.UNAUTHORIZED
    icon = "person-circle"
    tone = "busy"
    lasting = True

    def __init__(self, message: str = "This content shows your own data, so it needs to know who you are.") -> None:
        super().__init__(message)


class SignInToDatabricks(PortalError):
    """`login_url` is the integration's login link, built from settings and ids only; None where there is none."""

    kind = "sign-in-databricks"
    title = "Sign in to Databricks"
    status = HTTPStatus.UNAUTHORIZED
    icon = "key"
    tone = "busy"
    lasting = True

    def __init__(
        self, login_url: str | None, message: str = "Connect has no current Databricks session for you."
    ) -> None:
        super().__init__(message)
        self.login_url = login_url


class SessionEnded(PortalError):
    kind = "session-ended"
    title = "Session ended"
    status = HTTPStatus.UNAUTHORIZED
    icon = "lock"
    tone = "idle"
    lasting = True

    def __init__(self, message: str = "You ended this session. The portal has forgotten your credential.") -> None:
        super().__init__(message)


class NotPermitted(PortalError):
    """`what` was refused; `granted_by` says who can grant it."""

    kind = "not-permitted"
    title = "Not permitted"
    status = HTTPStatus.FORBIDDEN
    icon = "shield-lock"
    tone = "warn"
    lasting = True

    def __init__(self, message: str, granted_by: str = "an administrator of the Databricks workspace") -> None:
        super().__init__(message)
        self.granted_by = granted_by


class WarehouseStarting(PortalError):
    """`state` is Databricks' own word: STARTING, STOPPED, …"""

    kind = "warehouse-starting"
    title = "Warehouse starting"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    icon = "hourglass-split"
    tone = "busy"
    waits = True

    def __init__(self, message: str, state: str) -> None:
        super().__init__(message)
        self.state = state


class ClusterStarting(WarehouseStarting):
    """`state` is Databricks' own word: PENDING, RESTARTING, …"""

    kind = "cluster-starting"
    title = "Cluster starting"


class WarehouseStopped(PortalError):
    """Where PORTAL_AUTOSTART is off: only its viewer starts it. `warehouse_id` is the one."""

    kind = "warehouse-stopped"
    title = "Warehouse stopped"
    status = HTTPStatus.CONFLICT
    icon = "stop-fill"
    tone = "idle"
    lasting = True

    def __init__(self, name: str, warehouse_id: str) -> None:
        super().__init__(f"{name} is stopped, and the portal starts no warehouse unless it is told to.")
        self.warehouse_id = warehouse_id


class Busy(PortalError):
    """`retry_after` is in seconds."""

    kind = "busy"
    title = "Busy, retrying"
    status = HTTPStatus.TOO_MANY_REQUESTS
    icon = "clock-history"
    tone = "busy"
    waits = True

    def __init__(self, message: str, retry_after: float = 5.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


_SAID = {
    "DNS": "The host name of {} is not known right now.",
    "TLS: expired": "The certificate of {} has expired.",
    "TLS: unknown issuer": "The certificate of {} is not trusted here.",
    "TLS: wrong name": "The certificate of {} is for another host.",
}


class StillRunning(Busy):
    """What was asked for goes on, and is found by the next look; `seconds` since it began."""

    title = "Still running"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The answer has not come yet, after {seconds:.0f} seconds.", retry_after=2.0)


class Unreachable(PortalError):
    """`service` is "Connect", "Databricks", "result storage" …; `cause` is one of `portal.viewer.upstream.cause`."""

    kind = "unreachable"
    title = "Service unreachable"
    status = HTTPStatus.BAD_GATEWAY

    def __init__(self, service: str, message: str | None = None, *, cause: str = "") -> None:
        super().__init__(message or _SAID.get(cause, "{} does not answer right now.").format(service))
        self.service = service
        self.cause = cause


class NotSetUp(PortalError):
    """`setting` is the variable, or the thing in Connect, that the team running the portal should set."""

    kind = "not-set-up"
    title = "Not set up"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    icon = "wrench-adjustable"
    tone = "warn"
    lasting = True

    def __init__(self, setting: str, message: str) -> None:
        super().__init__(message)
        self.setting = setting


class NoSuchThing(PortalError):
    kind = "no-such-thing"
    title = "Not found"
    status = HTTPStatus.NOT_FOUND
    icon = "question-circle"
    tone = "idle"
    lasting = True


class NotThere(NoSuchThing):
    """An API that the workspace lacks, or that is switched off there: nobody sees more than this viewer."""

    kind = "not-there"
    title = "Not there"


class AlreadyThere(PortalError):
    kind = "already-there"
    title = "Already there"
    status = HTTPStatus.CONFLICT
    icon = "info-circle"
    tone = "idle"
    lasting = True


class NotUnderstood(PortalError):
    kind = "not-understood"
    title = "Not understood"
    status = HTTPStatus.BAD_REQUEST
    tone = "idle"
    lasting = True


class TooLarge(PortalError):
    kind = "too-large"
    title = "Too large"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    tone = "idle"
    lasting = True


class OtherPage(PortalError):
    """The request brings no token of a page of this viewer's (`portal.viewer.page_token`): nothing was done."""

    kind = "other-page"
    title = "Load this page again"
    status = HTTPStatus.FORBIDDEN
    icon = "arrow-repeat"
    tone = "idle"
    lasting = True

    def __init__(self, message: str = "The portal does not know the page that this comes from.") -> None:
        super().__init__(message)


class Conflict(PortalError):
    """What the viewer would have changed is no longer as they saw it, and nothing of theirs was written."""

    kind = "conflict"
    title = "Changed meanwhile"
    status = HTTPStatus.CONFLICT
    icon = "arrow-repeat"
    tone = "warn"
    lasting = True

    def __init__(self, message: str = "Somebody else has changed this meanwhile, so nothing was written.") -> None:
        super().__init__(message)


class Canceled(PortalError):
    """Somebody stopped the statement: no failure, and no result."""

    kind = "canceled"
    title = "Canceled"
    status = HTTPStatus.CONFLICT
    icon = "slash-circle"
    tone = "idle"
    lasting = True

    def __init__(self, message: str = "It was stopped before its end. Start it again whenever you like.") -> None:
        super().__init__(message)


class StatementFailed(PortalError):
    """Databricks refused the SQL. `sqlstate`, `error_class`, `line` and `position` (both 1-based) where known."""

    kind = "statement-failed"
    title = "The statement failed"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    icon = "x-circle-fill"
    lasting = True

    def __init__(
        self,
        message: str,
        *,
        error_class: str | None = None,
        sqlstate: str | None = None,
        line: int | None = None,
        position: int | None = None,
    ) -> None:
        super().__init__(message)
        self.error_class = error_class
        self.sqlstate = sqlstate
        self.line = line
        self.position = position
