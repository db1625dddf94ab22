"""Scripts and style sheets, compressed ahead by `portal.build`.

Brotli at its best sends a fifth less than compressing on the fly, and takes seconds for a large script: no request can
wait for that. A file is looked up by the hash of what it holds, so one that has changed since the build, or was never
built, is simply left to Dash (and to Flask-Compress). Who takes gzip only (browsers over plain HTTP) gets it made once
and kept: all of it beforehand would be a third of what is installed and sent to Connect.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import posixpath
import threading
from pathlib import Path

from flask import Flask, Response, abort, request

from portal.assets import COMPRESSED, SOURCES
from portal.served import content, file_at, kept

_ASSETS = "/assets/"
_YEAR = 31_536_000
_ENCODINGS = ("br", "gzip")


class _Store:
    """Bodies in memory, by file and encoding ("" for none); a file that changes is read again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[tuple[Path, str], tuple[int, bytes | None]] = {}

    def get(self, file: Path, encoding: str) -> bytes | None:
        try:
            place = kept(file)
            changed = place.stat().st_mtime_ns
        except OSError:
            return None
        key = (file, encoding)
        with self._lock:
            known = self._kept.get(key)
        if known is None or known[0] != changed:
            known = (changed, _body(file, place, encoding))
            with self._lock:
                self._kept[key] = known
        return known[1]


def _body(file: Path, place: Path, encoding: str) -> bytes | None:
    """None for what Dash sends as well as we would."""
    alone = place != file
    best = place if alone else COMPRESSED / f"{hashlib.sha256(file.read_bytes()).hexdigest()[:32]}.br"
    if not best.exists():
        return None
    if encoding == "br":
        return best.read_bytes()
    if encoding == "gzip":
        return gzip.compress(content(file), 6, mtime=0)
    return content(file) if alone else None


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
        encoding = next((name for name in _ENCODINGS if request.accept_encodings[name] > 0), "")
        file, fingerprinted = file_at(request.path, assets)
        body = store.get(file, encoding) if file is not None else None
        if file is None or body is None:
            return None
        response = Response(body, mimetype=mimetypes.guess_type(file.name)[0])
        if encoding:
            response.headers["Content-Encoding"] = encoding
        response.vary.add("Accept-Encoding")
        response.add_etag()
        if fingerprinted:
            response.cache_control.max_age = _YEAR
            return response
        response.make_conditional(request)
        return response
