"""A document in two pieces: its head and frame at once, the rest when it is there, in one answer.

The whole answer is one request: its log line is written when the last byte is on its way, its viewer holds until then,
and it counts among the requests that wait for a service while it does. Each piece is compressed by itself and flushed
(Flask-Compress would keep the first for the last). HTTP/1.0 has no chunks and HEAD no body: they get the first piece,
and the browser asks for the layout by itself.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextvars import copy_context
from typing import Protocol

from flask import Flask, Response, request

from portal.viewer.upstream.admission import Admission

_END = b"</body>"


class _Coder(Protocol):
    def flushed(self, piece: bytes) -> bytes:
        """The piece, so that all of it can be read at once."""

    def finished(self) -> bytes: ...


class _Plain:
    def flushed(self, piece: bytes) -> bytes:
        return piece

    def finished(self) -> bytes:
        return b""


class _Gzip:
    def __init__(self) -> None:
        self._coder = zlib.compressobj(6, zlib.DEFLATED, zlib.MAX_WBITS | 16)

    def flushed(self, piece: bytes) -> bytes:
        return self._coder.compress(piece) + self._coder.flush(zlib.Z_SYNC_FLUSH)

    def finished(self) -> bytes:
        return self._coder.flush()


class _Brotli:
    def __init__(self) -> None:
        import brotli  # type: ignore[import-untyped]

        self._coder = brotli.Compressor(quality=4)

    def flushed(self, piece: bytes) -> bytes:
        return self._coder.process(piece) + self._coder.flush()

    def finished(self) -> bytes:
        return self._coder.finish()


_CODERS: dict[str, Callable[[], _Coder]] = {"br": _Brotli, "gzip": _Gzip, "": _Plain}


def install(server: Flask, admission: Admission, rest: Callable[[], Callable[[], str] | None]) -> None:
    """Send documents in two pieces that have a `rest`. The last of `after_request` to be installed, so that it is the
    first to run: nothing else compresses what it has.
    """

    @server.after_request
    def _in_pieces(response: Response) -> Response:
        more = rest()
        if more is None or request.method != "GET" or response.status_code != 200 or response.mimetype != "text/html":
            return response
        if request.environ.get("SERVER_PROTOCOL") == "HTTP/1.0":
            return response
        first, end, last = response.get_data().rpartition(_END)
        encoding = next((name for name in _CODERS if name and request.accept_encodings[name] > 0), "")
        if encoding:
            response.headers["Content-Encoding"] = encoding
        response.vary.add("Accept-Encoding")
        # nginx would keep the first piece for the last.
        response.headers["X-Accel-Buffering"] = "no"
        response.headers.pop("Content-Length", None)
        # Flask's request and viewer go with the answer's head; the pieces bring their own.
        here = copy_context()
        pieces = _pieces(_CODERS[encoding](), first, lambda: here.run(_as_request, admission, more), end + last)
        response.response = pieces
        return response


def _pieces(coder: _Coder, first: bytes, more: Callable[[], str], last: bytes) -> Iterator[bytes]:
    yield coder.flushed(first)
    yield coder.flushed(more().encode() + last) + coder.finished()


def _as_request(admission: Admission, more: Callable[[], str]) -> str:
    """In this thread, which answers no request any more as Flask sees it."""
    admission.begin()
    try:
        return more()
    finally:
        admission.end()
