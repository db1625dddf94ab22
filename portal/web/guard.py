"""What the browser is told, and what is refused before any page sees it."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence
from typing import NoReturn
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request

from portal.settings import Settings
from portal.viewer import context
from portal.viewer.audit import audit
from portal.viewer.errors import Busy, SignInToConnect, TooLarge
from portal.web.bodies import STRANGERS_BODY

_YEAR = 31_536_000
ANONYMOUS_PER_MINUTE = 600
"""Requests of nobody, and those with a token that Connect does not know, from one address in a process. A page takes
about ten, so a proxy that hides its visitors lets a hundred of them in each minute read that they should sign in."""
_MOST_KEYS = 20_000
_MOST_TOLD = 1_000
_NOT_DOCUMENTS = frozenset({"text/javascript", "application/javascript", "text/css"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_ASSETS = ("/assets/", "/_dash-component-suites/", "/_favicon.ico")
_WATCHED = ("healthz", "readyz", "metrics")
"""Asked for by machines that watch the portal: never too often."""
_NO_SNIFFING = ("X-Content-Type-Options", "nosniff")
_OF_DOCUMENTS = (
    _NO_SNIFFING,
    # The page's own address, and only to ourselves: the first layout is drawn for it.
    ("Referrer-Policy", "same-origin"),
    (
        "Permissions-Policy",
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), clipboard-write=(self), fullscreen=(self)",
    ),
    # Also from an opener of the same origin, which on Connect is any other content. The sign-in may still open.
    ("Cross-Origin-Opener-Policy", "noopener-allow-popups"),
)
_OF_DATA = (_NO_SNIFFING, ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'self'"))
"""Of what a script reads: opened by itself it may do nothing. A page's own download reads in a frame why it failed."""


def content_security_policy(settings: Settings, script_hashes: Sequence[str]) -> str:
    """Scripts: ours, and Dash's inline ones by hash. Styles need 'unsafe-inline': components set style attributes."""
    server = urlsplit(settings.connect_server) if settings.connect_server else None
    own = ["'self'", *([f"{server.scheme}://{server.netloc}"] if server else [])]
    ancestors = [*own, *settings.frame_ancestors] if settings.may_be_framed else ["'none'"]
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' {' '.join(script_hashes)}".strip(),
            "style-src 'self' 'unsafe-inline'",
            " ".join(("img-src 'self' data: blob:", *settings.image_sources)),
            *([f"frame-src 'self' {' '.join(settings.frame_sources)}"] if settings.frame_sources else []),
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
    """Refuse cross-site writes, floods and what strangers send too much of; set the security headers."""
    server.config["CONTENT_SECURITY_POLICY"] = content_security_policy(settings, ())

    connect = urlsplit(settings.connect_server or "").netloc

    def _is_own(origin: str) -> bool:
        # `null` is what a sandboxed frame, a file or a redirect across sites says: it has no host at all.
        try:
            netloc = urlsplit(origin).netloc
        except ValueError:
            return False
        return bool(netloc) and netloc in {request.host, connect}

    @server.before_request
    def _same_site_only() -> None:
        if request.method in _SAFE:
            return
        site = request.headers.get("Sec-Fetch-Site")
        if site is not None:
            if site not in {"same-origin", "none"}:
                _cross_site(site)
            return
        # A browser too old to say where a request comes from still sends its origin; a script sends neither.
        origin = request.headers.get("Origin")
        if origin is not None and not _is_own(origin):
            _cross_site(origin)

    # A page in a loop, or a script with somebody's session, must not take the portal from the others.
    sessions = _Rates(settings.requests_per_minute)
    strangers = _Rates(min(ANONYMOUS_PER_MINUTE, settings.requests_per_minute))
    forgers = _Rates(min(ANONYMOUS_PER_MINUTE, settings.requests_per_minute))

    @server.before_request
    def _within_rate() -> None:
        if request.path.endswith(_WATCHED) or _is_file(request.path):
            return
        viewer = context.current_or_none()
        address = request.remote_addr or ""
        if viewer is None:
            if not strangers.allow(address):
                _over("strangers", strangers, address)
                raise Busy("Too many requests from here without a sign-in.", retry_after=30)
        elif not sessions.allow(viewer.session):
            _over("session", sessions, viewer.session)
            raise Busy("Too many requests from this session.", retry_after=10)
        elif not viewer.is_known and forgers.is_over(address):
            _over("unknown sessions", forgers, address)
            raise Busy("Too many sessions from here that Connect does not know.", retry_after=30)

    @server.after_request
    def _count_forged(response: Response) -> Response:
        viewer = context.current_or_none()
        # Only a token that Connect refused: who has yet to sign in to Databricks is no stranger.
        if viewer is not None and context.tally().state == SignInToConnect.kind and not viewer.is_known:
            forgers.allow(request.remote_addr or "")
        return response

    @server.before_request
    def _no_more_than_they_may_send() -> None:
        viewer = context.current_or_none()
        if viewer is not None and viewer.is_known:
            return
        if (request.content_length or 0) <= STRANGERS_BODY and "Transfer-Encoding" not in request.headers:
            return
        if viewer is None:
            raise TooLarge(f"Where nobody is known, no more than {STRANGERS_BODY // 1024} KB are read. Sign in first.")
        viewer.credential()  # raises the state that says why there is none

    @server.after_request
    def _headers(response: Response) -> Response:
        if response.mimetype in _NOT_DOCUMENTS:
            # What follows speaks of documents: a kilobyte on each of sixty files would be a tenth of a first visit.
            response.headers.setdefault(*_NO_SNIFFING)
            return _cached(response)
        if response.mimetype == "application/json":
            return _cached(_with(response, _OF_DATA))
        policy = server.config["CONTENT_SECURITY_POLICY"]
        if response.mimetype != "text/html":
            # The page downloads into a frame of its own, and reads there what was refused.
            policy = policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
        return _cached(_with(response, (*_OF_DOCUMENTS, ("Content-Security-Policy", policy))))


def _with(response: Response, headers: Sequence[tuple[str, str]]) -> Response:
    """Set those that are not there."""
    # Each `setdefault` would go through them all twice: 11 µs against 30.
    there = {name.lower() for name, _ in response.headers}
    for name, value in headers:
        if name.lower() not in there:
            response.headers.add(name, value)
    return response


def _cross_site(site: str) -> NoReturn:
    audit("request.cross-site", "request", "denied", method=request.method, route=request.path[:200], site=site[:200])
    abort(403, "Refused: the request comes from another site.")


def _over(limit: str, rates: _Rates, key: str) -> None:
    """On the record once a minute, so that a flood of requests does not become a flood of events."""
    if rates.is_news(key):
        audit("request.rate-limited", "request", "denied", route=request.path[:200], limit=limit)


class _Rates:
    """Requests of each session or address in the current minute. (The `limits` package starts a thread for nearly each
    request to expire what it counts: measured at a twentieth of the portal's time under load.)
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._minute = 0
        self._counts: Counter[str] = Counter()
        self._told: set[str] = set()

    def allow(self, key: str) -> bool:
        """Count one; whether it is within the limit."""
        minute = int(time.monotonic() // 60)
        with self._lock:
            if minute != self._minute:
                self._minute, self._counts = minute, Counter()
                self._told.clear()
            if key in self._counts or len(self._counts) < _MOST_KEYS:
                self._counts[key] += 1
            return self._counts[key] <= self._most

    def is_news(self, key: str) -> bool:
        """Whether this key is over the limit for the first time this minute; a second call says no."""
        with self._lock:
            news = key not in self._told and len(self._told) < _MOST_TOLD
            self._told.add(key) if news else None
            return news

    def is_over(self, key: str) -> bool:
        """Whether no more are allowed in this minute; counts nothing."""
        return self._minute == int(time.monotonic() // 60) and self._counts[key] >= self._most


def _is_file(path: str) -> bool:
    return any(part in path for part in _ASSETS)


def _cached(response: Response) -> Response:
    """Cache the portal's own files for good where their address changes with their content, and nothing else at all."""
    if not _is_file(request.path):
        response.headers["Cache-Control"] = "no-store"
    elif response.status_code == 200 and ("m" in request.args or response.cache_control.max_age == _YEAR):
        # An asset by its ?m=, a component's script by its fingerprint.
        response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
    return response
