"""A line to a service that can be broken: a TCP proxy on loopback, and an expired certificate in its place.

`mode` may change at any time and holds for connections that are there as well:

========= ==========================================================
`pass`    as if it were not there
`stall`   takes everything and answers nothing
`dribble` hands answers on at two bytes a second
`refuse`  nobody listens
`expired` greets with a certificate that ended yesterday
========= ==========================================================
"""

from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
import threading
import time
from pathlib import Path

import trustme

MODES = ("pass", "stall", "dribble", "refuse", "expired")
DRIBBLE_SECONDS = 0.5


class Line:
    """To `host`, `port`; listens on `self.port` from the start."""

    def __init__(self, host: str, port: int, authority: trustme.CA | None = None) -> None:
        self._to = (host, port)
        self._mode = "pass"
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._expired = _expired(authority) if authority else None
        self._over = False
        self._listener = self._listen(0)
        self.port = self._listener.getsockname()[1]

    def _listen(self, port: int) -> socket.socket:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(512)
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    @property
    def mode(self) -> str:
        return self._mode

    @mode.setter
    def mode(self, mode: str) -> None:
        assert mode in MODES
        before, self._mode = self._mode, mode
        if mode in {"refuse", "expired"} or before == "stall":
            self._cut()
        if mode == "refuse":
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        elif before == "refuse":
            self._listener = self._listen(self.port)

    def close(self) -> None:
        self._over = True
        self.mode = "refuse"

    def _cut(self) -> None:
        with self._lock:
            lines, self._open = self._open, set()
        for line in lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        while not self._over:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            if self._mode == "expired":
                assert self._expired is not None
                client.settimeout(5)
                with self._expired.wrap_socket(client, server_side=True) as greeted:
                    greeted.recv(1)
                return
            with self._lock:
                self._open.add(client)
            while self._mode == "stall":
                time.sleep(0.1)
                if client not in self._open:
                    return
            with socket.create_connection(self._to, 5) as service:
                with self._lock:
                    self._open.add(service)
                threading.Thread(target=self._pump, args=(client, service, False), daemon=True).start()
                self._pump(service, client, True)

    def _pump(self, source: socket.socket, target: socket.socket, answers: bool) -> None:
        try:
            while data := source.recv(65536):
                while answers and self._mode == "stall" and source in self._open:
                    time.sleep(0.05)
                while answers and data and self._mode == "dribble":
                    target.sendall(data[:1])
                    data = data[1:]
                    time.sleep(DRIBBLE_SECONDS)
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            with self._lock:
                self._open.discard(end)


def _expired(authority: trustme.CA) -> ssl.SSLContext:
    yesterday = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(
        "localhost", not_before=yesterday - datetime.timedelta(days=2), not_after=yesterday
    ).configure_cert(context)
    return context


def trusted_with(bundle: str, authority: trustme.CA, folder: Path) -> str:
    """A file of certificates that holds another authority as well."""
    file = folder / "authorities.pem"
    file.write_bytes(Path(bundle).read_bytes() + b"\n" + authority.cert_pem.bytes())
    return str(file)
