"""One port for two protocols: who asks for `h2` in the TLS handshake is a gRPC client, all others speak HTTP/1.1.

A gRPC client offers `h2` alone; whoever offers both gets HTTP/1.1. TLS ends here, so what goes on to the gateway is
HTTP/2 in plain text over loopback.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import cast

from aiohttp import web

PROTOCOLS = ["http/1.1", "h2"]


class _Pipe(asyncio.Protocol):
    """One direction of a relay: what comes goes to `other`, no faster than it takes it."""

    def __init__(self, other: asyncio.Transport) -> None:
        self._other = other
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._other.write(data)

    def pause_writing(self) -> None:
        self._other.pause_reading()

    def resume_writing(self) -> None:
        self._other.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        self._other.close()


class _Arrival(asyncio.Protocol):
    """A connection whose handshake is done: handed to whom it is for."""

    def __init__(self, http: web.Server, gateway: int) -> None:
        self._http, self._gateway = http, gateway

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        arrived = cast(asyncio.Transport, transport)
        tls: ssl.SSLObject = arrived.get_extra_info("ssl_object")
        if tls.selected_alpn_protocol() == "h2":
            arrived.pause_reading()
            self._relaying = asyncio.ensure_future(self._relay(arrived))
            return
        handler = self._http()
        arrived.set_protocol(handler)
        handler.connection_made(arrived)

    async def _relay(self, arrived: asyncio.Transport) -> None:
        loop = asyncio.get_running_loop()
        try:
            upstream, _ = await loop.create_connection(lambda: _Pipe(arrived), "127.0.0.1", self._gateway)
        except OSError:
            arrived.close()
            return
        pipe = _Pipe(upstream)
        pipe.connection_made(arrived)
        arrived.set_protocol(pipe)
        arrived.resume_reading()


async def listen(runner: web.AppRunner, sock: object, tls: ssl.SSLContext, gateway: int) -> asyncio.Server:
    """Serve both on this socket; `gateway` is the port of the gRPC gateway."""
    tls.set_alpn_protocols(PROTOCOLS)
    http = runner.server
    assert http is not None, "the runner has not been set up"
    return await asyncio.get_running_loop().create_server(
        lambda: _Arrival(http, gateway),
        sock=sock,  # type: ignore[call-overload]
        ssl=tls,
        backlog=1024,
    )
