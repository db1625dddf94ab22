"""Scripts and style sheets, compressed ahead by `portal.build`.

Brotli at its best sends a fifth less than compressing on the fly, and takes seconds for a large script: no request can
wait for that. A file is looked up by the hash of what it holds, so one that has changed since the build, or was never
built, is simply left to Dash (and to Flask-Compress).
"""

from __future__ import annotations

import hashlib
import mimetypes
import posixpath
import threading
from pathlib import Path

from flask import Flask, Response, abort, request

from portal.assets import COMPRESSED, SOURCES
from portal.served import file_at

_ASSETS = "/assets/"
_YEAR = 31_536_000
_SUFFIXES = {"br": ".br", "gzip": ".gz"}


class _Store:
    """Compressed bodies in memory, by file and encoding; a file that changes is read again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[tuple[Path, str], tuple[int, bytes | None]] = {}

    def get(self, file: Path, encoding: str) -> bytes | None:
        try:
            changed = file.stat().st_mtime_ns
        except OSError:
            return None
        key = (file, encoding)
        with self._lock:
            kept = self._kept.get(key)
        if kept is None or kept[0] != changed:
            name = hashlib.sha256(file.read_bytes()).hexdigest()[:32] + _SUFFIXES[encoding]
            path = COMPRESSED / name
            kept = (changed, path.read_bytes() if path.exists() else None)
            with self._lock:
                self._kept[key] = kept
        return kept[1]


def install(server: Flask, assets: Path) -> None:
    """Answer for scripts and style sheets that were compressed ahead; everything else but our sources goes its way."""
    store = _Store()

    @server.before_request
    def _no_sources() -> None:
        # Dash serves all that lies in the folder, also what it was told not to link.
        inside = request.path.partition(_ASSETS)[2]
        if inside and posixpath.normpath(inside).lstrip("/").split("/")[0] == SOURCES:
            abort(404)

    @server.before_request
    def _compressed() -> Response | None:
        if request.method not in {"GET", "HEAD"} or not request.path.endswith((".js", ".css")):
            return None
        encoding = next((name for name in _SUFFIXES if request.accept_encodings[name] > 0), None)
        if encoding is None:
            return None
        file, fingerprinted = file_at(request.path, assets)
        body = store.get(file, encoding) if file is not None else None
        if file is None or body is None:
            return None
        response = Response(body, mimetype=mimetypes.guess_type(file.name)[0])
        response.headers["Content-Encoding"] = encoding
        response.vary.add("Accept-Encoding")
        response.add_etag()
        if fingerprinted:
            response.cache_control.max_age = _YEAR
            return response
        response.make_conditional(request)
        return response
