"""A client's connection under gunicorn: what has arrived of a request, and what goes out of an answer.

Every system call lets go of the GIL, and where eight threads wait for it, each time is a change of threads. A request
took thirteen, and takes six with these (strace; bare Dash, eight connections, a worker of eight threads, on two cores,
alternating: 651 requests a second before, 728 with them, 693 under gthread).

Seen in gunicorn 27.0.1 (`workers/gthread.py`, `http/wsgi.py`); `tests/wire/test_strangers.py` fails where it changes.
"""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import time

from gunicorn.http import wsgi  # type: ignore[import-untyped]
from gunicorn.workers.gthread import TConn  # type: ignore[import-untyped]

GATHERED = 64 * 1024
"""Bytes of a body that have arrived before a thread is given to it."""
MOST_HEAD = 64 * 1024
"""Bytes of a header: gunicorn refuses what is longer, by its own limits."""
BODY_SECONDS = 60.0

_LENGTH = re.compile(rb"(?im)^content-length:[ \t]*(\d{1,18})[ \t]*\r?$")
_EXPECT = re.compile(rb"(?im)^expect:[ \t]*100-continue")


class Socket(socket.socket):
    """A client's, which blocks; the loop says at each call that it does not wait.

    gunicorn sets it to the one and to the other four times a request. Each is a system call, and lets go of the GIL.
    """

    def setblocking(self, flag: bool) -> None:
        """Ignored."""


class Connection(TConn):
    """A connection, with what has arrived of its next request."""

    queued_at = 0.0

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        self.is_watched = False
        self.begin()

    def init(self) -> None:
        super().init()
        if not self.is_http2:
            self.parser.unreader.sock = _Timed(self.sock, BODY_SECONDS)
            self.parser.unreader.unread(bytes(self.got))
        self.begin()

    def begin(self) -> None:
        """Nothing has arrived of the next request."""
        self.got = bytearray()
        self._looked = self._wanted = 0
        self._head = -1

    def arrived(self) -> bytes:
        """What is here, without waiting: b"" from who has hung up, BlockingIOError from who says nothing."""
        if isinstance(self.sock, Socket):
            return self.sock.recv(GATHERED, socket.MSG_DONTWAIT)
        self.sock.setblocking(False)  # TLS has no flags
        try:
            return bytes(self.sock.recv(GATHERED))
        except ssl.SSLWantReadError:
            raise BlockingIOError from None

    def say(self, data: bytes) -> None:
        """Some bytes, without waiting: who takes nothing does not get them."""
        with contextlib.suppress(OSError):
            if isinstance(self.sock, Socket):
                self.sock.send(data, socket.MSG_DONTWAIT)
                return
            self.sock.setblocking(False)
            self.sock.send(data)

    @property
    def is_too_long(self) -> bool:
        return self._head < 0 and len(self.got) > MOST_HEAD

    @property
    def is_whole(self) -> bool:
        """Whether a thread can go on with what is here, without waiting for a stranger."""
        if self._head < 0:
            self._head = self.got.find(b"\r\n\r\n", self._looked)
            self._looked = max(0, len(self.got) - 3)
            if self._head < 0:
                return False
            head = bytes(self.got[: self._head + 2])
            # Of a body in chunks nothing is gathered: `guard` reads none of a stranger's.
            if length := _LENGTH.search(head):
                self._wanted = self._head + 4 + min(int(length.group(1)), GATHERED)
            if len(self.got) < self._wanted and _EXPECT.search(head):
                self.say(b"HTTP/1.1 100 Continue\r\n\r\n")
        return len(self.got) >= self._wanted


class _Timed:
    """A socket as gunicorn's reader uses it: one request's bytes come within a time, however they are dealt out."""

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self._sock = sock
        self._until = time.monotonic() + seconds

    def recv(self, size: int) -> bytes:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the request did not arrive in time")
        before = self._sock.gettimeout()
        self._sock.settimeout(left if before is None else min(left, before))
        try:
            return self._sock.recv(size)
        finally:
            self._sock.settimeout(before)

    def settimeout(self, value: float | None) -> None:
        """Ignored: gunicorn sets one to read what is left of a body, of which nothing is left when it does so here
        (`Worker._keepalive_after`).
        """

    def __getattr__(self, name: str) -> object:
        return getattr(self._sock, name)


class _Together:
    """A socket as gunicorn's answers use it: the header, which they send first, goes out with what comes next."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._held: bytes | None = None

    def sendall(self, data: bytes) -> None:
        if self._held is None:
            self._held = data
        else:
            self.flush(data)

    def flush(self, more: bytes = b"") -> None:
        """Send what is held, and this."""
        if data := (self._held or b"") + more:
            self._held = b""
            self._sock.sendall(data)

    def __getattr__(self, name: str) -> object:
        self.flush()
        return getattr(self._sock, name)


class Answer(wsgi.Response):
    """With its header in one packet with the first of its body, or with all of a short one."""

    def __init__(self, req: object, sock: socket.socket, cfg: object) -> None:
        super().__init__(req, _Together(sock), cfg)

    def write(self, arg: bytes) -> None:
        super().write(arg)
        if not arg:  # an application's way to say that the header is to go out
            self.sock.flush()

    def close(self) -> None:
        super().close()
        self.sock.flush()
