"""redis 8.1: its connections look their host up by `getaddrinfo`, which knows no time-out and cannot be interrupted.
And what they bound is the silence between two bytes of an answer, not the answer.
"""

from __future__ import annotations

import socket
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from redis import ConnectionPool


class Net(Protocol):
    """How hosts are found, and how what is sent and read ends in time."""

    def resolve(self, host: str) -> tuple[str, ...]:
        """A host's name to addresses, in the order in which to try them; raises `OSError`."""

    def within(self, seconds: float) -> AbstractContextManager[object]:
        """What is done inside ends within so many seconds, …"""

    def watch(self, line: socket.socket) -> None:
        """… where it waits for this line (a duplicate of a connection's own socket), …"""

    def forget(self, line: socket.socket) -> None:
        """… which is closed, and not needed any more."""


def bounded(pool: ConnectionPool, net: Net) -> None:
    """New connections of this pool find their host by `net`, and are watched by it."""
    from redis.connection import Connection, SSLConnection  # whoever has a pool has it already

    class Bounded(Connection):
        _line: socket.socket | None = None

        def _connect(self) -> socket.socket:
            made = self._connected()
            self._line = made.dup()
            net.watch(self._line)
            return made

        def _connected(self) -> socket.socket:
            name = self.host
            *others, last = net.resolve(name)
            try:
                for self.host in others:
                    try:
                        return super()._connect()
                    except OSError:
                        continue
                self.host = last
                return super()._connect()
            finally:
                self.host = name

        def send_packed_command(self, *args: object, **kwargs: object) -> None:
            if self._line is not None:
                net.watch(self._line)
            super().send_packed_command(*args, **kwargs)

        def disconnect(self, *args: object, **kwargs: object) -> None:
            super().disconnect(*args, **kwargs)
            line, self._line = self._line, None
            if line is not None:
                net.forget(line)

    class BoundedByTls(SSLConnection, Bounded):
        """TLS goes around what `Bounded` returns, and checks the name."""

    ours = {Connection: Bounded, SSLConnection: BoundedByTls}
    pool.connection_class = ours.get(pool.connection_class, pool.connection_class)
