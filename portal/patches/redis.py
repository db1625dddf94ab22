"""redis 8.1: its connections look their host up by `getaddrinfo`, which knows no time-out and cannot be interrupted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redis import ConnectionPool

Resolve = Callable[[str], tuple[str, ...]]
"""A host's name to addresses, in the order in which to try them; raises `OSError`."""


def resolved(pool: ConnectionPool, resolve: Resolve) -> None:
    """New connections of this pool find their host by `resolve`."""
    from redis.connection import Connection, SSLConnection  # whoever has a pool has it already

    class Named(Connection):
        def _connect(self) -> object:
            name = self.host
            *others, last = resolve(name)
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

    class NamedByTls(SSLConnection, Named):
        """TLS goes around what `Named` returns, and checks the name."""

    ours = {Connection: Named, SSLConnection: NamedByTls}
    pool.connection_class = ours.get(pool.connection_class, pool.connection_class)
