"""The one `WorkspaceClient` of this process, whose credential is looked up per call.

Building one costs a probe of the host, so it is built once, in the background, by `start`. Its credentials strategy
returns the bearer of whoever is the current viewer at that moment, and raises where there is nobody: nothing is kept in
the client, and nothing falls back to another identity.
"""

from __future__ import annotations

import gc
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import ContextVar, copy_context
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import requests
import structlog

from portal.settings import settings
from portal.viewer.context import about_to_ask, current, is_only_kept
from portal.viewer.errors import Busy, NoSuchThing, NotPermitted, NotSetUp, PortalError, SignInToDatabricks, Unreachable
from portal.viewer.transport import careful

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

T = TypeVar("T")
R = TypeVar("R")
AUTH_TYPE = "portal-viewer"
PRODUCT = "data-portal"
PROBE_SECONDS = (3, 5)
"""HTTP time-out and retry budget of the host probe."""
WAIT_SECONDS = 2.0
"""How long a request waits for the probe that another began."""
HTTP_SECONDS = 30
RETRY_SECONDS = 4
"""A page retries by itself and shows that it does: a long wait does not belong inside a request."""
FAN_OUT = 5

log = structlog.get_logger("portal.databricks")
_bearer: ContextVar[str | None] = ContextVar("portal_bearer", default=None)


def _authorization() -> dict[str, str]:
    return {"Authorization": f"Bearer {_bearer.get() or current().credential().access_token}"}


class _Client:
    """Builds the client in a thread; a request that finds it not yet there waits a little, never for long."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._future: Future[WorkspaceClient] | None = None
        self._imported = threading.Event()

    def start(self) -> Future[WorkspaceClient]:
        """Begin building, unless that is under way or done."""
        with self._lock:
            if self._future is None or (self._future.done() and self._future.exception() is not None):
                self._future = Future()
                threading.Thread(target=self._build, args=(self._future,), name="workspace", daemon=True).start()
            return self._future

    def _build(self, future: Future[WorkspaceClient]) -> None:
        try:
            future.set_result(self._built())
        except BaseException as error:
            future.set_exception(error)

    def _built(self) -> WorkspaceClient:
        from databricks.sdk import WorkspaceClient
        from databricks.sdk.clock import RealClock
        from databricks.sdk.core import Config
        from databricks.sdk.credentials_provider import CredentialsStrategy

        self._imported.set()

        class _AsViewer(CredentialsStrategy):
            def auth_type(self) -> str:
                return AUTH_TYPE

            def __call__(self, cfg: Any) -> Callable[[], dict[str, str]]:
                return _authorization

        class _Impatient(RealClock):
            """The SDK sleeps as long as a Retry-After says; a request does not."""

            def sleep(self, seconds: float) -> None:
                if seconds > RETRY_SECONDS:
                    raise Busy("Databricks is limiting how fast it is asked.", retry_after=seconds)
                super().sleep(seconds)

        host = settings().databricks_host
        # auth_type: with stray DATABRICKS_* variables the SDK would otherwise see several methods and refuse.
        config = Config(
            host=host,
            credentials_strategy=_AsViewer(),
            auth_type=AUTH_TYPE,
            # What the workspace's query history says ran a statement; the connector says the same.
            product=PRODUCT,
            product_version="1.0.0",
            http_timeout_seconds=PROBE_SECONDS[0],
            retry_timeout_seconds=PROBE_SECONDS[1],
            clock=_Impatient(),
        )
        config.http_timeout_seconds = HTTP_SECONDS
        config.retry_timeout_seconds = RETRY_SECONDS
        client = WorkspaceClient(config=config)
        careful(client.api_client._api_client._session, "Databricks")
        return client

    def warm_up(self) -> None:
        """Build the client, then import what a first read needs: seconds that no viewer should wait for."""
        with suppress(Exception):  # said, and tried again, when somebody asks for it
            self.start().result()
        import databricks.sql  # noqa: F401
        import pyarrow  # noqa: F401

        # What is imported stays: the collector need not go through it again and again. Nor after every 700 new things,
        # of which a page makes thousands that end with it: 7 % of a busy worker's time (perf).
        gc.freeze()
        gc.set_threshold(10_000, 20, 20)

    def get(self) -> WorkspaceClient:
        """The client; `Unreachable` where the probe has not come back yet, or failed."""
        if settings().databricks_host is None:
            raise NotSetUp("DATABRICKS_HOST", "DATABRICKS_HOST is not set: the portal does not know its workspace.")
        future = self.start()
        # Importing the SDK takes seconds on a cold machine, and says nothing about the host.
        self._imported.wait(30.0)
        try:
            return future.result(timeout=WAIT_SECONDS)
        except TimeoutError:
            raise Unreachable("Databricks") from None
        except Exception as error:
            log.warning("client not built", error=type(error).__name__)
            raise Unreachable("Databricks") from None


_client = _Client()


def start() -> None:
    """Begin building the client in the background, so that the first viewer finds it there."""
    if settings().databricks_host is not None:
        threading.Thread(target=_client.warm_up, name="warm-up", daemon=True).start()


def progress() -> Literal["none", "building", "built", "failed"]:
    """How far this process's client is; asks nobody."""
    future = _client._future
    if future is None:
        return "none"
    if not future.done():
        return "building"
    return "built" if future.exception() is None else "failed"


@contextmanager
def bearer(access_token: str) -> Iterator[None]:
    """Make calls with this bearer (the vault asks whose a new grant is; a call and its retry use one credential)."""
    token = _bearer.set(access_token)
    try:
        yield
    finally:
        _bearer.reset(token)


def call(function: Callable[[WorkspaceClient], T], what: str = "this") -> T:
    """Run `function(client)` as the current viewer. `what` names the thing in what a viewer reads if it is refused.

    An iterator that the SDK returns fetches as it goes: consume it inside. A 401 drops the credential and exchanges
    once more; a second one is `SignInToDatabricks`. Whatever else fails is raised as the state to show.
    """
    about_to_ask()
    viewer = current()
    client = _client.get()
    for last in (False, True):
        credential = viewer.credential()
        try:
            with bearer(credential.access_token):
                return function(client)
        except Exception as error:
            state = understood(error, what)
            if not isinstance(state, SignInToDatabricks):
                raise state from None
            viewer.reject(credential)
            if last:
                raise SignInToDatabricks(viewer.login_url()) from None
    raise AssertionError("unreachable")


def call_with(access_token: str, function: Callable[[WorkspaceClient], T], what: str = "this") -> T:
    """Run `function(client)` with a bearer that is not in the vault yet."""
    try:
        with bearer(access_token):
            return function(_client.get())
    except Exception as error:
        raise understood(error, what) from None


def each(function: Callable[[T], R], items: list[T]) -> list[R | PortalError]:
    """`function` of every item, at most five at a time, each as the current viewer; a failure stands in its place."""

    def attempt(item: T) -> R | PortalError:
        try:
            return function(item)
        except PortalError as error:
            return error

    if len(items) < 2 or is_only_kept():
        return [attempt(item) for item in items]
    # A context is entered by one thread at a time: each item gets a copy, which carries the viewer.
    contexts = [copy_context() for _ in items]
    with ThreadPoolExecutor(min(FAN_OUT, len(items)), thread_name_prefix="fan-out") as pool:
        return list(pool.map(lambda pair: pair[0].run(attempt, pair[1]), zip(contexts, items, strict=True)))


def word(value: Any) -> str:
    """An enum of the SDK, or a value that this SDK does not know yet, as Databricks spells it; "" for none."""
    return "" if value is None else str(getattr(value, "value", value))


_TOKEN_REFUSED = re.compile(r"invalid (access )?token|token (is|has) expired|expired token", re.IGNORECASE)


def said(error: BaseException) -> str:
    """Databricks' own words, without what the SDK appends of its configuration, at most 2,000 characters."""
    text = re.split(r"\.? ?Config: host=", str(error))[0].strip()
    return text[:2000]


def understood(error: BaseException, what: str) -> PortalError:
    """What a failure of the SDK means to the viewer."""
    from databricks.sdk import errors

    if isinstance(error, PortalError):
        return error
    if isinstance(error, TimeoutError) and error.__cause__ is not None:
        # The SDK's retries ran out; what it was retrying is the reason.
        error = error.__cause__
    match error:
        case errors.Unauthenticated():
            return SignInToDatabricks(None)
        case errors.PermissionDenied() if _TOKEN_REFUSED.search(str(error)):
            return SignInToDatabricks(None)
        case errors.PermissionDenied():
            return NotPermitted(said(error) or f"You may not see {what}.")
        case errors.NotFound():
            return NoSuchThing(f"There is no such thing as {what}, or you may not see it.")
        case errors.TooManyRequests():
            return Busy("Databricks is limiting how fast it is asked.", float(error.retry_after_secs or 5))
        case errors.TemporarilyUnavailable() | errors.InternalError() | errors.DeadlineExceeded():
            return Unreachable("Databricks", "Databricks cannot answer right now.")
        case requests.TooManyRedirects():
            return NotSetUp(
                "DATABRICKS_HOST", "The workspace answered with a redirect; DATABRICKS_HOST is not its address."
            )
        case requests.RequestException() | TimeoutError():
            return Unreachable("Databricks")
        case errors.DatabricksError():
            return PortalError(said(error))
        case ValueError():  # HTML or worse where JSON belongs
            return Unreachable("Databricks", "Databricks answered something that is not its API.")
    log.exception("unexpected failure", exc_info=error)
    return PortalError(f"Something went wrong while asking for {what}.")
