"""What a viewer can meet instead of their data, and what they can do about it.

    PortalError
    ├── SignInToConnect      no session token: this content needs a signed-in viewer
    ├── SignInToDatabricks   no usable OAuth session: the integration's login link
    ├── SessionEnded         the viewer's own doing: "Continue" starts again
    ├── NotPermitted         Databricks or Connect says no: what, and who grants it
    ├── WarehouseStarting    the warehouse is not running yet
    ├── WarehouseStopped     it is stopped, and nothing starts it unasked (PORTAL_AUTOSTART=off)
    ├── Busy                 a rate limit: try again after a while
    ├── Unreachable          a service did not answer, or not in its own language
    ├── NotSetUp             a setting is missing or wrong: which one, for the team that runs the portal
    ├── NoSuchThing          it does not exist, or this viewer may not know that it does
    └── StatementFailed      Databricks ran the SQL and refused it: its own words, and where

Raised where a failure is understood (`portal.viewer`, `portal.databricks`), drawn in one place
(`portal.ui.states`). Every text here is written by us or by Databricks for this viewer; none holds a token.
"""

from __future__ import annotations

from http import HTTPStatus


class PortalError(Exception):
    """Base of all that a viewer can meet. `str(error)` is one sentence fit to show."""

    kind = "failed"
    """The state's name, for CSS, logs and metrics."""
    title = "Something went wrong"
    status = HTTPStatus.BAD_GATEWAY
    """What a plain Flask route answers; a page and a callback answer 200 and draw the state."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class SignInToConnect(PortalError):
    kind = "sign-in-connect"
    title = "Sign in to Connect"
    status = HTTPStatus.UNAUTHORIZED

    def __init__(self, message: str = "This content shows your own data, so it needs to know who you are.") -> None:
        super().__init__(message)


class SignInToDatabricks(PortalError):
    """`login_url` is the integration's login link, built from settings and ids only; None where there is none."""

    kind = "sign-in-databricks"
    title = "Sign in to Databricks"
    status = HTTPStatus.UNAUTHORIZED

    def __init__(
        self, login_url: str | None, message: str = "Connect has no current Databricks session for you."
    ) -> None:
        super().__init__(message)
        self.login_url = login_url


class SessionEnded(PortalError):
    kind = "session-ended"
    title = "Session ended"
    status = HTTPStatus.UNAUTHORIZED

    def __init__(self, message: str = "You ended this session. The portal has forgotten your credential.") -> None:
        super().__init__(message)


class NotPermitted(PortalError):
    """`what` was refused; `granted_by` says who can grant it."""

    kind = "not-permitted"
    title = "Not permitted"
    status = HTTPStatus.FORBIDDEN

    def __init__(self, message: str, granted_by: str = "an administrator of the Databricks workspace") -> None:
        super().__init__(message)
        self.granted_by = granted_by


class WarehouseStarting(PortalError):
    """`state` is Databricks' own word: STARTING, STOPPED, …"""

    kind = "warehouse-starting"
    title = "Warehouse starting"
    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self, message: str, state: str) -> None:
        super().__init__(message)
        self.state = state


class WarehouseStopped(PortalError):
    """Where PORTAL_AUTOSTART is off: only its viewer starts it. `warehouse_id` is the one."""

    kind = "warehouse-stopped"
    title = "Warehouse stopped"
    status = HTTPStatus.CONFLICT

    def __init__(self, name: str, warehouse_id: str) -> None:
        super().__init__(f"{name} is stopped, and the portal starts no warehouse unless it is told to.")
        self.warehouse_id = warehouse_id


class Busy(PortalError):
    """`retry_after` is in seconds."""

    kind = "busy"
    title = "Busy, retrying"
    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, message: str, retry_after: float = 5.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unreachable(PortalError):
    """`service` is "Connect", "Databricks" or "result storage"."""

    kind = "unreachable"
    title = "Service unreachable"
    status = HTTPStatus.BAD_GATEWAY

    def __init__(self, service: str, message: str | None = None) -> None:
        super().__init__(message or f"{service} does not answer right now.")
        self.service = service


class NotSetUp(PortalError):
    """`setting` is the variable, or the thing in Connect, that the team running the portal should set."""

    kind = "not-set-up"
    title = "Not set up"
    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self, setting: str, message: str) -> None:
        super().__init__(message)
        self.setting = setting


class NoSuchThing(PortalError):
    kind = "no-such-thing"
    title = "Not found"
    status = HTTPStatus.NOT_FOUND


class StatementFailed(PortalError):
    """Databricks refused the SQL. `sqlstate`, `error_class`, `line` and `position` (both 1-based) where known."""

    kind = "statement-failed"
    title = "The statement failed"
    status = HTTPStatus.UNPROCESSABLE_ENTITY

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
