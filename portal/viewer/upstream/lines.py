"""Every connection of this process, made so that a deadline can end it.

`install` puts two subclasses in the place of urllib3's connections: `requests`, both SDKs and the SQL connector make
theirs by `HTTPConnectionPool.ConnectionCls` (seen in urllib3 2.x). Calls outside of a deadline are as they were, but
for host names, which the resolver's threads look up.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from urllib3 import connectionpool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util import connection as net

from portal.viewer.upstream import deadline
from portal.viewer.upstream.resolver import resolver

CONNECT_SECONDS = 2.0
LOOK_UP_SECONDS = 30.0
"""Of a host name, where a caller of its own has set no time-out."""


_carried: ContextVar[dict[str, str] | None] = ContextVar("portal_carried", default=None)


@contextmanager
def carrying(headers: dict[str, str]) -> Iterator[None]:
    """Calls inside bring these headers too, where the library that makes them has no place for some of a call."""
    token = _carried.set(headers)
    try:
        yield
    finally:
        _carried.reset(token)


class Overdue(TimeoutError):
    """The deadline passed before the request was sent."""


class _Line(HTTPConnection if TYPE_CHECKING else object):  # type: ignore[misc]
    """Mixed into urllib3's connections."""

    _line: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        bound = deadline.current()
        seconds = self.timeout
        if bound is not None:
            most = seconds if isinstance(seconds, int | float) else CONNECT_SECONDS
            seconds = max(0.05, min(most, bound.left))
        try:
            hosts = resolver.resolve(self._dns_host, seconds if isinstance(seconds, int | float) else LOOK_UP_SECONDS)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        made = self._connected(hosts, seconds)
        sys.audit("http.client.connect", self, self.host, self.port)
        self._line = made.dup()
        if bound is not None:
            deadline.watchdog.watch(bound, self._line)
        return made

    def _connected(self, hosts: tuple[str, ...], seconds: float | None) -> socket.socket:
        """The first address that answers."""
        for number, host in enumerate(hosts, 1):
            try:
                return net.create_connection(
                    (host, self.port),
                    seconds,
                    source_address=self.source_address,
                    socket_options=self.socket_options,
                )
            except TimeoutError as error:
                if number == len(hosts):
                    raise ConnectTimeoutError(self, f"Connection to {self.host} timed out.") from error
            except OSError as error:
                if number == len(hosts):
                    raise NewConnectionError(self, f"Failed to establish a new connection: {error}") from error
        raise NewConnectionError(self, "The host name has no address.")

    def request(self, *args: Any, **kwargs: Any) -> None:
        if (carried := _carried.get()) and kwargs.get("headers") is not None:
            kwargs["headers"] = {**kwargs["headers"], **carried}
        bound = deadline.current()
        if bound is not None:
            if not bound.left:
                bound.expired = True
                raise Overdue("no time is left for this call")
            if self._line is not None:
                deadline.watchdog.watch(bound, self._line)
        super().request(*args, **kwargs)

    def close(self) -> None:
        try:
            super().close()
        finally:
            line, self._line = self._line, None
            if line is not None:
                deadline.watchdog.forget(line)


class BoundedHTTPConnection(_Line, HTTPConnection):
    """Plain HTTP."""


class BoundedHTTPSConnection(_Line, HTTPSConnection):
    """TLS."""


def bind(connection: object) -> None:
    """What is read from this connection ends with the deadline of the moment too: of an answer that is streamed, which
    outlives the call that began it.
    """
    bound, line = deadline.current(), getattr(connection, "_line", None)
    if bound is not None and line is not None:
        deadline.watchdog.watch(bound, line)


class Net:
    """What `install` gives to urllib3's connections, for a library that makes its own: see `portal.patches.redis`."""

    def __init__(self, look_up_seconds: float) -> None:
        self._seconds = look_up_seconds

    def resolve(self, host: str) -> tuple[str, ...]:
        """IP addresses. Raises `socket.gaierror`."""
        return resolver.resolve(host, self._seconds)

    def within(self, seconds: float) -> AbstractContextManager[object]:
        """As `deadline.within`, and a moment before what is around it: lines are let go of where they were watched."""
        outer = deadline.current()
        return deadline.within(seconds if outer is None else min(seconds, outer.left - 0.01))

    def watch(self, line: socket.socket) -> None:
        """What is read from this line ends with the deadline of the moment."""
        bound = deadline.current()
        if bound is not None:
            deadline.watchdog.watch(bound, line)

    def forget(self, line: socket.socket) -> None:
        """Its connection is closed."""
        deadline.watchdog.forget(line)


def install() -> None:
    """From now on; pools that are there already keep what they have."""
    connectionpool.HTTPConnectionPool.ConnectionCls = BoundedHTTPConnection
    connectionpool.HTTPSConnectionPool.ConnectionCls = BoundedHTTPSConnection
