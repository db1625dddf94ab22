"""Scripts and style sheets, compressed ahead by `portal.build`.

Brotli at its best sends a fifth less than compressing on the fly, and takes seconds for a large script: no request can
wait for that. A file is looked up by the hash of what it holds, so one that has changed since the build, or was never
built, is simply left to Dash (and to Flask-Compress).
"""

from __future__ import annotations

import hashlib
import mimetypes
import sys
import threading
from pathlib import Path

from dash.fingerprint import check_fingerprint
from flask import Flask, Response, request
from werkzeug.utils import safe_join

from portal.build import COMPRESSED

_SUITES = "/_dash-component-suites/"
_ASSETS = "/assets/"
_YEAR = 31_536_000
_PACKAGES = frozenset({"dash", "dash_ag_grid", "dash_bootstrap_components"})
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
    """Answer for scripts and style sheets that were compressed ahead; everything else goes its way."""
    store = _Store()

    @server.before_request
    def _compressed() -> Response | None:
        if request.method not in {"GET", "HEAD"} or not request.path.endswith((".js", ".css")):
            return None
        encoding = next((name for name in _SUFFIXES if request.accept_encodings[name] > 0), None)
        if encoding is None:
            return None
        file, fingerprinted = _file(request.path, assets)
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


def _file(path: str, assets: Path) -> tuple[Path | None, bool]:
    """The file behind a path, where it is one that Dash would serve; and whether the path names its version."""
    if _SUITES in path:
        package, _, inside = path.partition(_SUITES)[2].partition("/")
        module = sys.modules.get(package)
        if package not in _PACKAGES or module is None or module.__file__ is None:
            return None, False
        inside, fingerprinted = check_fingerprint(inside)
        found = safe_join(str(Path(module.__file__).parent), inside)
        return (Path(found) if found else None), fingerprinted
    if _ASSETS in path:
        found = safe_join(str(assets), path.partition(_ASSETS)[2])
        return (Path(found) if found else None), False
    return None, False
