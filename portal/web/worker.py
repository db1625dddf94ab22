"""gunicorn's gthread, whose threads are for requests that have arrived: a client that dribbles holds none.

gthread gives a connection to a thread at its first byte, and the thread waits for the rest for as long as bytes come:
forty clients that send one now and then hold all threads of two workers. No setting bounds that, so here the worker's
own loop gathers a request, its header and `GATHERED` bytes of its body (all that a stranger may send), and hands it on
whole. What is longer is a viewer's, has been promised by its length, and is read by a thread within `BODY_SECONDS`.

The loop also closes what gthread closes: gunicorn waits up to two seconds there for a client to hang up, during which
its worker takes no connection. And it keeps room: where connections run out, the longest arriving ones go first.

Seen in gunicorn 27.0.1 (`workers/gthread.py`); `tests/wire/test_strangers.py` fails where it changes.
"""

from __future__ import annotations

import selectors
import socket
import time
from concurrent.futures import Future
from functools import partial

from gunicorn.http import wsgi  # type: ignore[import-untyped]
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

from portal.web.connection import Answer, Connection, Socket

ARRIVE_SECONDS = 10.0
"""From a request's first byte to its last that is gathered."""
LINGER_SECONDS = 2.0
SPARE = 32
"""Connections of a worker that stay free for who comes next."""

_REFUSED = "HTTP/1.1 {}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

# gunicorn makes its answers of this.
wsgi.Response = Answer


class Worker(ThreadWorker):
    """gthread, with requests gathered before and connections closed after by its loop."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        # By when each must have arrived, or hung up: in the order in which they began.
        self.arriving: dict[Connection, float] = {}
        self.leaving: dict[Connection, float] = {}

    def accept(self, listener: socket.socket) -> None:
        """Take a connection, and what it has said already."""
        try:
            client, address = listener.accept()
        except OSError:
            # Gone again, taken by another worker, or no descriptor is left: then somebody must go.
            self._make_room()
            return
        self.nr_conns += 1
        if self.cfg.is_ssl:
            self.enqueue_req(Connection(self.cfg, client, address, listener.getsockname()))
            return
        client = Socket(client.family, client.type, client.proto, client.detach())
        self._arrives(Connection(self.cfg, client, address, listener.getsockname()))

    def on_client_socket_readable(self, conn: Connection, client: socket.socket) -> None:
        """A kept connection says something: its next request begins."""
        if conn not in self.keepalived_conns:
            return
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._arrives(conn)

    def _arrives(self, conn: Connection) -> None:
        """A request begins. Most are here whole already, and go on without a round of the poller."""
        conn.data_ready = True
        self.arriving[conn] = time.monotonic() + ARRIVE_SECONDS
        if self._take(conn):
            return
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._more, conn))
        conn.is_watched = True

    def _more(self, conn: Connection, _sock: object = None) -> None:
        if conn in self.arriving:  # else dropped by what came before it in the same round of events
            self._take(conn)

    def _take(self, conn: Connection) -> bool:
        """Take what has come; hand the request on where it is whole. Whether it has come to an end, good or bad."""
        try:
            while not conn.is_whole:
                data = conn.arrived()
                if not data:
                    self._drop(conn)
                    return True
                conn.got += data
                if conn.is_too_long:
                    self._refuse(conn, "431 Request Header Fields Too Large")
                    return True
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            self._drop(conn)
            return True
        self._forget(conn)
        self.enqueue_req(conn)
        return True

    def enqueue_req(self, conn: Connection) -> None:
        """Hand it to a thread, as soon as one is free."""
        conn.queued_at = time.monotonic()
        super().enqueue_req(conn)

    def handle(self, conn: Connection) -> object:
        """In a thread."""
        if conn.queued_at:
            # Not above: the arbiter reads this module as well, and counts nothing.
            from portal.counters import QUEUE_SECONDS

            QUEUE_SECONDS.observe(time.monotonic() - conn.queued_at)
            conn.queued_at = 0.0
        return super().handle(conn)

    def _refuse(self, conn: Connection, status: str) -> None:
        conn.say(_REFUSED.format(status).encode())
        self._forget(conn)
        self._leaves(conn)

    def _forget(self, conn: Connection) -> None:
        del self.arriving[conn]
        if conn.is_watched:
            self.poller.unregister(conn.sock)
            conn.is_watched = False

    def _drop(self, conn: Connection) -> None:
        self._forget(conn)
        self.nr_conns -= 1
        conn.close()

    def _keepalive_after(self, conn: Connection, keepalive: bool) -> bool:
        """In a thread: a body that was refused unread is not read now either; its connection closes."""
        if keepalive and not conn.is_http2:
            reader = conn.parser.mesg.body.reader
            behind = len(conn.parser.unreader.buf.getvalue())
            unread = reader.parser is not None if hasattr(reader, "parser") else getattr(reader, "length", 0) > behind
            if unread:
                return False
        return bool(super()._keepalive_after(conn, keepalive))

    def finish_request(self, conn: Connection, fs: Future[object]) -> None:
        """Keep the connection, or close it without waiting for the client here."""
        try:
            kept = fs.result() if not fs.cancelled() else False
        except Exception:
            kept = False
        if not kept or not isinstance(conn, Connection) or conn.is_http2:
            self._leaves(conn)
            return
        if kept is not True:
            super().finish_request(conn, fs)
            return
        # What came behind the request is part of the next one, which may not be whole.
        if behind := conn.parser.unreader.take_buffered():
            conn.got += behind
            self._arrives(conn)
            return
        super().finish_request(conn, fs)

    def _leaves(self, conn: Connection) -> None:
        """The client has what we said; it may still be saying something, which must not cut our answer off."""
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._hangs_up, conn))
        except (OSError, ValueError, KeyError):
            self.nr_conns -= 1
            conn.close()
            return
        self.leaving[conn] = time.monotonic() + LINGER_SECONDS

    def _hangs_up(self, conn: Connection, _sock: object = None) -> None:
        if conn not in self.leaving:
            return
        try:
            if conn.arrived():
                return
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            pass
        self._left(conn)

    def _left(self, conn: Connection) -> None:
        del self.leaving[conn]
        self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()

    def murder_pending(self) -> None:
        """Close what took too long, and keep room for who comes next. The loop calls this after every event."""
        super().murder_pending()
        now = time.monotonic()
        while self.arriving and self.arriving[first := next(iter(self.arriving))] <= now:
            self._refuse(first, "408 Request Timeout")
        while self.leaving and self.leaving[first := next(iter(self.leaving))] <= now:
            self._left(first)
        if self.nr_conns > self.worker_connections - SPARE:
            self._make_room()

    def _make_room(self) -> None:
        """The longest arriving connections go, then the longest idle ones; those in a thread stay."""
        room = self.worker_connections - 2 * SPARE
        for conn in list(self.leaving):
            self._left(conn)
        while self.nr_conns > room and self.arriving:
            self._drop(next(iter(self.arriving)))
        while self.nr_conns > room and self.keepalived_conns:
            conn = self.keepalived_conns.popleft()
            self.poller.unregister(conn.sock)
            self.nr_conns -= 1
            conn.close()
