"""What every call of one Spark session goes out by: the viewer's bearer, a total deadline, bounds on what comes back.

`pyspark` sets no time-out on any call, retries for half an hour, and takes whatever rows come into memory. It also
keeps a session by its bearer for good (`DatabricksSession.builder`), hands out the first one made to whoever asks
(`SparkSession.active`), and its `stop` and its finalizer wait for other sessions' calls under one lock (all seen in
databricks-connect 17.3). So the session is made here without its builder, and ended without either.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import grpc
from pyspark.sql.connect.client import ChannelBuilder
from pyspark.sql.connect.client.retries import DefaultPolicy, RetryPolicy
from pyspark.sql.connect.session import SparkSession

from portal.databricks.spark import failures
from portal.databricks.workspace import PRODUCT
from portal.patches.spark import collected_quietly
from portal.settings import settings
from portal.version import agent
from portal.viewer.context import current_or_none
from portal.viewer.credential import Credential, Viewer
from portal.viewer.errors import PortalError, SessionEnded, TooLarge

collected_quietly(SparkSession)

ROWS = 1_000_000
BYTES = 128 * 1024 * 1024
"""That one session may bring into this process, as Arrow."""
CLOSE_SECONDS = 2.0
CHANNEL = (
    # A server that was away is tried again soon, whoever's session it is: connections are shared by address.
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 2000),
)


class Details(NamedTuple):
    """grpc.ClientCallDetails."""

    method: str
    timeout: float | None
    metadata: list[tuple[str, str]]
    credentials: object
    wait_for_ready: bool | None
    compression: object


GoOn = Callable[[Details, object], Any]
"""What makes the call; its answer is gRPC's, which says nothing of its types."""


class Line(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor, grpc.StreamUnaryClientInterceptor):
    """One session's. `until` is of `time.monotonic()`."""

    def __init__(self, viewer: Viewer, cluster_id: str, seconds: float) -> None:
        self.cluster_id = cluster_id
        self.seconds = seconds
        self.until = time.monotonic() + seconds
        self.failed: grpc.RpcError | None = None
        """The call that failed last."""
        self.session: SparkSession | None = None
        self.channel: grpc.Channel | None = None
        self._viewer = viewer
        self._credential = viewer.credential()
        self.viewer_id = self._credential.viewer_id
        self._lock = threading.Lock()
        self._refused: set[str] = set()
        self._closed: PortalError | None = None
        self._closing = False
        self._rows = self._bytes = 0

    # Each call

    def intercept_unary_unary(self, go_on: GoOn, details: Details, asked: object) -> object:
        return self._single(go_on, details, asked)

    def intercept_stream_unary(self, go_on: GoOn, details: Details, asked: object) -> object:
        return self._single(go_on, details, asked)

    def intercept_unary_stream(self, go_on: GoOn, details: Details, asked: object) -> object:
        bounded, used = self._bounded(details)
        return _Stream(go_on(bounded, asked), self, used)

    def _single(self, go_on: GoOn, details: Details, asked: object) -> object:
        bounded, used = self._bounded(details)
        answer = go_on(bounded, asked)
        error = answer.exception()
        if isinstance(error, grpc.RpcError):
            self.met(error, used)
        return answer

    def _bounded(self, details: Details) -> tuple[Details, Credential]:
        """With the viewer's bearer of this moment, and no more time than is left."""
        if self._closed is not None:
            raise self._closed.bare()
        used = self._current()
        left = CLOSE_SECONDS if self._closing else self.until - time.monotonic()
        if left <= 0:
            raise failures.overdue(self.seconds)
        metadata = [(name, value) for name, value in details.metadata or () if name != "authorization"]
        metadata.append(("authorization", f"Bearer {used.access_token}"))
        timeout = left if details.timeout is None else min(left, details.timeout)
        return Details(details.method, timeout, metadata, details.credentials, None, None), used

    def _current(self) -> Credential:
        """The session's viewer's credential, which may have been renewed since the session began."""
        if self._closing:
            return self._credential
        who = current_or_none()
        if who is not None and who.session != self._viewer.session and who.id != self.viewer_id:
            raise SessionEnded("This session of Spark is another viewer's.")  # forgotten by a page, in this thread
        found = self._viewer.credential()
        if found.viewer_id != self.viewer_id:
            raise SessionEnded("Somebody else is signed in now. Load the page again.")
        self._credential = found
        return found

    def met(self, error: grpc.RpcError, used: Credential) -> None:
        """A call failed. A bearer that was refused is never used again: the retry brings another one."""
        self.failed = error
        if failures.code(error) is grpc.StatusCode.UNAUTHENTICATED and not self._closing:
            with self._lock:  # several calls may be under way with the same one
                if used.access_token not in self._refused:
                    self._refused.add(used.access_token)
                    self._viewer.reject(used)

    def came(self, answer: Any) -> None:
        """Count what an answer brings; raises `TooLarge`."""
        if not answer.HasField("arrow_batch"):
            return
        batch = answer.arrow_batch
        self._rows += batch.row_count if batch.chunk_index == 0 else 0
        self._bytes += len(batch.data)
        if self._rows > ROWS or self._bytes > BYTES:
            raise TooLarge(
                f"It has more than {ROWS:,} rows or {BYTES >> 20} MB, which is more than a page may collect: aggregate "
                "it in Spark, or take its first rows with limit()."
            )

    @property
    def refused(self) -> int:
        """Bearers that were."""
        return len(self._refused)

    # Its end

    def understood(self, error: Exception) -> PortalError | None:
        """The state for what went wrong inside; None for what is no failure of Spark's."""
        if isinstance(error, PortalError):
            return error
        if self._closed is not None:
            return self._closed.bare()
        return failures.understood(error, self.failed, self.cluster_id, self._viewer, self.seconds)

    def close(self, why: PortalError | None = None) -> None:
        """Tell Spark that the session is over, with the bearer that it had; calls under way end with `why`."""
        self._closing = True
        if why is not None:
            # The viewer is gone: what runs stops at once, and Spark forgets an abandoned session by itself.
            self._closed = why
        elif self.session is not None:
            client = self.session.client
            client.set_retry_policies([])
            with suppress(Exception):
                client.release_session()
        self._closed = self._closed or PortalError("This session of Spark is over: a DataFrame is collected inside it.")
        if self.channel is not None:
            self.channel.close()


class _Stream:
    """The answers of one call, counted."""

    def __init__(self, call: grpc.Call, line: Line, used: Credential) -> None:
        self._call, self._line, self._used = call, line, used

    def __iter__(self) -> _Stream:
        return self

    def __next__(self) -> object:
        try:
            answer = next(self._call)
        except grpc.RpcError as error:
            self._line.met(error, self._used)
            raise
        try:
            self._line.came(answer)
        except TooLarge:
            self._call.cancel()
            raise
        return answer

    def __getattr__(self, name: str) -> object:
        return getattr(self._call, name)


class _Renewed(RetryPolicy):
    """A bearer that was refused is replaced, once a session: nothing has run with it."""

    def __init__(self, line: Line) -> None:
        super().__init__(max_retries=1, initial_backoff=0)
        self._line = line

    def can_retry(self, exception: BaseException) -> bool:
        return failures.code(exception) is grpc.StatusCode.UNAUTHENTICATED and self._line.refused == 1


class _Again(DefaultPolicy):
    """What may pass within two seconds: pyspark's own policies wait for half an hour."""

    def __init__(self) -> None:
        super().__init__(max_retries=3, initial_backoff=100, max_backoff=1000, max_server_retry_delay=2000)

    def can_retry(self, exception: BaseException) -> bool:
        return failures.code(exception) is grpc.StatusCode.UNAVAILABLE or super().can_retry(exception)


class _Builder(ChannelBuilder):
    def __init__(self, line: Line) -> None:
        named = {"user_agent": f"{PRODUCT}/{agent()}", "x-databricks-cluster-id": line.cluster_id}
        super().__init__(channelOptions=list(CHANNEL), params=named)
        self._line = line
        self.add_interceptor(line)

    def toChannel(self) -> grpc.Channel:
        found = urlsplit(str(settings().databricks_host))
        where = f"{found.hostname}:{found.port or 443}"
        channel = self._secure_channel(where, grpc.ssl_channel_credentials(_roots()))
        self._line.channel = channel
        return channel

    @property
    def host(self) -> str:
        return str(settings().databricks_host)


@cache
def _roots() -> bytes | None:
    """The authorities that the portal's other clients trust; None for those that come with gRPC."""
    for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        if path := os.environ.get(name):
            return Path(path).read_bytes()
    return None


def connect(line: Line) -> SparkSession:
    """The session of this line. Neither the default one of the process nor of any thread."""
    session = SparkSession(connection=_Builder(line), userId=line.viewer_id)
    session.client.set_retry_policies([_Renewed(line), _Again()])
    line.session = session
    return session
