"""The one `WorkspaceClient` of this process (by parts: `client.py`), whose credential is looked up per call.

Building one costs a probe of the host, so it is built once, in the background, by `start`. Its credentials strategy
returns the bearer of whoever is the current viewer at that moment, and raises where there is nobody: nothing is kept in
the client, and nothing falls back to another identity.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from concurrent import futures
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import ContextVar, copy_context
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, TypeVar, cast
from urllib.parse import urlsplit

import structlog

from portal.databricks import ids
from portal.databricks.client import PartialClient
from portal.patches import imports
from portal.patches.databricks import session_of, watch
from portal.settings import settings
from portal.version import agent
from portal.viewer.context import about_to_ask, anyone_yet, current, is_only_kept
from portal.viewer.errors import Busy, NotSetUp, PortalError, SignInToDatabricks, Unreachable
from portal.viewer.failures import DATABRICKS, understood
from portal.viewer.transport import careful
from portal.viewer.upstream import admission, cause, deadline, report

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.core import ApiClient

T = TypeVar("T")
R = TypeVar("R")
AUTH_TYPE = "portal-viewer"
PRODUCT = "data-portal"
PROBE_SECONDS = (3, 5)
"""HTTP time-out and retry budget of the host probe."""
IMPORT_SECONDS = 30.0
"""How long anybody waits for the SDK to be imported."""
WAIT_SECONDS = 2.0
"""How long a request waits for the probe that another began."""
HTTP_SECONDS = 5
RETRY_SECONDS = 4
"""A page retries by itself and shows that it does: a long wait does not belong inside a request."""
FAN_OUT = 5
_UNKNOWN = "Whether the change was made is not known. Look before you make it again."

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
        from databricks.sdk.clock import RealClock
        from databricks.sdk.core import Config
        from databricks.sdk.credentials_provider import CredentialsStrategy

        # Whose a bearer is, is asked before anything else.
        imports.need("databricks.sdk.service.iam")
        self._imported.set()

        class _AsViewer(CredentialsStrategy):
            def auth_type(self) -> str:
                return AUTH_TYPE

            def __call__(self, cfg: object) -> Callable[[], dict[str, str]]:
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
            product_version=agent(),
            http_timeout_seconds=PROBE_SECONDS[0],
            retry_timeout_seconds=PROBE_SECONDS[1],
            clock=_Impatient(),
        )
        # Of the SDK's own uploads: ten parts of 10 MiB at a time, each in memory, would be a process's whole share.
        config.files_ext_multipart_upload_default_parallelism = 2
        config.http_timeout_seconds = HTTP_SECONDS
        config.retry_timeout_seconds = RETRY_SECONDS
        return cast("WorkspaceClient", PartialClient(config, _mended))

    def warm_up(self) -> None:
        """Import what a first viewer's page needs, in the order in which it does: who they are, rows, a warehouse.

        The client is built meanwhile: most of that is waiting for the host.
        """
        building = self.start()
        self._imported.wait(IMPORT_SECONDS)
        imports.need("pyarrow")
        imports.sql_connector()
        imports.need("pyarrow.compute", "databricks.sdk.service.sql")
        with suppress(Exception):  # said, and tried again, when somebody asks for it
            building.result()
        gc.enable()

        # What is imported stays: the collector need not go through it again and again. Nor after every 700 new things,
        # of which a page makes thousands that end with it: 7 % of a busy worker's time (perf). With a viewer's things
        # among them nothing is frozen: they must be found when their session ends.
        if not anyone_yet():
            gc.freeze()
        gc.set_threshold(10_000, 20, 20)

    def get(self) -> WorkspaceClient:
        """The client; `Unreachable` where the probe has not come back yet, or failed."""
        if settings().databricks_host is None:
            raise NotSetUp("DATABRICKS_HOST", "DATABRICKS_HOST is not set: the portal does not know its workspace.")
        future = self.start()
        if not future.done():
            with admission.wait(DATABRICKS):
                # Importing the SDK takes seconds on a cold machine, and says nothing about the host.
                self._imported.wait(IMPORT_SECONDS)
                futures.wait([future], WAIT_SECONDS)
        try:
            return future.result(timeout=0)
        except TimeoutError:
            raise _unreachable(otherwise="total time-out") from None
        except Exception as error:
            why = error.cause if isinstance(error, Unreachable) else cause.of(error)
            raise _unreachable(otherwise=why) from None


def _mended(api: ApiClient) -> None:
    """Whatever goes out by this client has its bounds, and a path in which `ids.path` found nothing wrong."""
    careful(session_of(api), DATABRICKS)
    watch(api, ids.path)


_client = _Client()


def start(first: Callable[[], None] = lambda: None) -> None:
    """Begin building the client in the background, so that the first viewer finds it there.

    `first` goes out beside it: what is asked for before a viewer's credential can be.
    """
    if settings().databricks_host is None:
        gc.enable()
        return
    threading.Thread(target=_client.warm_up, name="warm-up", daemon=True).start()
    threading.Thread(target=_quietly, args=(first,), name="warm-up-platform", daemon=True).start()


def _quietly(first: Callable[[], None]) -> None:
    with suppress(Exception):  # said, and tried again, when a viewer comes
        first()


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


def call(function: Callable[[WorkspaceClient], T], what: str = "this", seconds: float | None = None) -> T:
    """Run `function(client)` as the current viewer. `what` names the thing in what a viewer reads if it is refused.

    An iterator that the SDK returns fetches as it goes: consume it inside. A 401 drops the credential and exchanges
    once more; a second one is `SignInToDatabricks`. Whatever else fails is raised as the state to show. It has
    PORTAL_CALL_SECONDS, or `seconds` where what is asked works for its answer; no request waits that long.
    """
    about_to_ask()
    viewer = current()
    client = _client.get()
    for last in (False, True):
        credential = viewer.credential()
        try:
            bound = deadline.within(seconds or settings().call_seconds, patient=seconds is not None)
            with bearer(credential.access_token), bound:
                return function(client)
        except Exception as error:
            state = understood(error, DATABRICKS, what)
            if not isinstance(state, SignInToDatabricks):
                raise state from None
            viewer.reject(credential)
            if last:
                raise SignInToDatabricks(viewer.login_url()) from None
    raise AssertionError("unreachable")


def change(function: Callable[[WorkspaceClient], T], what: str = "this") -> T:
    """`call` for what changes something: where it may have gone out and no answer came, the state says that nobody
    knows what came of it."""
    _client.get()  # of a client that is not there yet, nothing went out
    try:
        return call(function, what)
    except Unreachable as error:
        if error.service != DATABRICKS or error.cause in cause.NOT_SENT:
            raise
        raise Unreachable(DATABRICKS, f"{error.message} {_UNKNOWN}", cause=error.cause) from None


def client() -> WorkspaceClient:
    """The client itself, which nobody may call but inside of `call`."""
    return _client.get()


def call_with(access_token: str, function: Callable[[WorkspaceClient], T], what: str = "this") -> T:
    """Run `function(client)` with a bearer that is not in the vault yet."""
    try:
        with bearer(access_token):
            return function(_client.get())
    except Exception as error:
        raise understood(error, DATABRICKS, what) from None


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
    pool = ThreadPoolExecutor(min(FAN_OUT, len(items)), thread_name_prefix="fan-out")
    # The threads of the pool answer no request, so what they wait for counts for the one that waits for them.
    with admission.wait(DATABRICKS), pool:
        return list(pool.map(lambda pair: pair[0].run(attempt, pair[1]), zip(contexts, items, strict=True)))


def word(value: object) -> str:
    """An enum of the SDK, or a value that this SDK does not know yet, as Databricks spells it; "" for none."""
    return "" if value is None else str(getattr(value, "value", value))


def epoch_ms(written: object) -> int | None:
    """A time as an answer has it (`2026-11-27T08:15:00.000Z`), epoch ms; None for none, and for what is none.

    Answers leave out the zone now and then: it is UTC.
    """
    try:
        found = datetime.fromisoformat(str(written or ""))
        return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)
    except ValueError:
        return None


def _unreachable(otherwise: str) -> Unreachable:
    host = urlsplit(settings().databricks_host or "").hostname
    return report.unreachable(DATABRICKS, otherwise=otherwise, operation="client", host=host)
