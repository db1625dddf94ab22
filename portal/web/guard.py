"""What the browser is told, and what is refused before any page sees it."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request

from portal.settings import Settings
from portal.viewer import context
from portal.viewer.errors import Busy

_YEAR = 31_536_000
MAX_BODY = 8 * 1024 * 1024
_NOT_DOCUMENTS = frozenset({"text/javascript", "application/javascript", "text/css"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_ASSETS = ("/assets/", "/_dash-component-suites/", "/_favicon.ico")
_PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), clipboard-write=(self), fullscreen=(self)"


def content_security_policy(settings: Settings, script_hashes: Sequence[str]) -> str:
    """Scripts: ours, and Dash's inline ones by hash. Styles need 'unsafe-inline': components set style attributes."""
    server = urlsplit(settings.connect_server) if settings.connect_server else None
    ancestors = ["'self'", *([f"{server.scheme}://{server.netloc}"] if server else []), *settings.frame_ancestors]
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' {' '.join(script_hashes)}".strip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            f"frame-ancestors {' '.join(ancestors)}",
        )
    )


def install(server: Flask, settings: Settings) -> None:
    """Refuse cross-site writes, large bodies and floods; set the security headers on every answer."""
    server.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    # A form of a download carries the SQL.
    server.config["MAX_FORM_MEMORY_SIZE"] = MAX_BODY
    server.config["CONTENT_SECURITY_POLICY"] = content_security_policy(settings, ())

    @server.before_request
    def _same_site_only() -> None:
        if request.method in _SAFE:
            return
        site = request.headers.get("Sec-Fetch-Site")
        if site is not None:
            if site not in {"same-origin", "none"}:
                abort(403, "Refused: the request comes from another site.")
            return
        # A browser too old to say where a request comes from still sends its origin; a script sends neither.
        origin = request.headers.get("Origin")
        allowed = {request.host, urlsplit(settings.connect_server or "").netloc}
        if origin is not None and urlsplit(origin).netloc not in allowed:
            abort(403, "Refused: the request comes from another site.")

    # A page in a loop, or a script with somebody's session, must not take the portal from the others.
    rates = _Rates(settings.requests_per_minute)

    @server.before_request
    def _within_rate() -> None:
        viewer = context.current_or_none()
        if viewer is None or any(part in request.path for part in _ASSETS):
            return
        if not rates.allow(viewer.session):
            raise Busy("This session asks more often than the portal lets it.", retry_after=10)

    @server.after_request
    def _headers(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("X-Content-Type-Options", "nosniff")
        if response.mimetype in _NOT_DOCUMENTS:
            # What follows speaks of documents: a kilobyte on each of sixty files would be a tenth of a first visit.
            return _cached(response)
        headers.setdefault("Content-Security-Policy", server.config["CONTENT_SECURITY_POLICY"])
        # The page's own address, and only to ourselves: the first layout is drawn for it.
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", _PERMISSIONS)
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin-allow-popups")
        return _cached(response)


class _Rates:
    """Requests of each session in the current minute. (The `limits` package starts a thread for nearly each request to
    expire what it counts: measured at a twentieth of the portal's time under load.)
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._minute = 0
        self._counts: Counter[str] = Counter()

    def allow(self, session: str) -> bool:
        """Count one; whether it is within the limit."""
        minute = int(time.monotonic() // 60)
        with self._lock:
            if minute != self._minute:
                self._minute, self._counts = minute, Counter()
            self._counts[session] += 1
            return self._counts[session] <= self._most


def _cached(response: Response) -> Response:
    """Files of the portal for good, where their address changes with their content; what a viewer saw not at all."""
    if not any(part in request.path for part in _ASSETS):
        response.headers["Cache-Control"] = "no-store"
    elif response.status_code == 200 and ("m" in request.args or response.cache_control.max_age == _YEAR):
        # An asset by its ?m=, a component's script by its fingerprint.
        response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
    return response
