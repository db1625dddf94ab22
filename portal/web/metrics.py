"""`/metrics` for Prometheus: only with PORTAL_METRICS_TOKEN, and only for who sends it as a bearer.

Where the caller comes from is no authorization: behind a proxy everyone has the proxy's address. Without the setting
the path does not exist. With PROMETHEUS_MULTIPROC_DIR (gunicorn.conf.py sets it) any worker answers for all of them.
"""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, abort, g, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from portal import counters
from portal.settings import settings
from portal.viewer import context
from portal.web.routing import CALLBACK, DOCUMENTS, LAYOUT, matched

TRIES = 3
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def route_of_request() -> str:
    """The rule that this request matched, without the prefix: "page" for Dash's catch-all, "unknown" for none."""
    rule = matched() or "unknown"
    return "page" if rule in DOCUMENTS else rule


class _Counted:
    """A streamed body whose bytes are counted as they go. `close` reaches the body's own."""

    def __init__(self, body: Iterable[bytes], route: str) -> None:
        self._body = body
        self._bytes = counters.STREAMED.labels(route)

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._body:
            self._bytes.inc(len(piece))
            yield piece

    def close(self) -> None:
        close = getattr(self._body, "close", None)
        if close is not None:
            close()


routes = Blueprint("metrics", __name__)
"""GET `metrics` shows what was counted."""


def install(server: Flask, page_of: Callable[[str], str | None]) -> None:
    """Count every request; `page_of` names the page at a browser's path, None for none."""
    page_at = lru_cache(2048)(page_of)

    def page() -> tuple[str, str] | None:
        """The page that this request draws, and what of it."""
        route = matched()
        if route in DOCUMENTS:
            kind, path = "document", request.path
        elif route in {CALLBACK, LAYOUT}:
            kind, path = "callback" if route == CALLBACK else "layout", urlsplit(request.referrer or "").path
        else:
            return None
        name = page_at(path[:300])
        return (name, kind) if name is not None else None

    @server.before_request
    def _started() -> None:
        g.metrics_started = time.perf_counter()
        counters.IN_FLIGHT.inc()

    @server.after_request
    def _answered(response: Response) -> Response:
        route = route_of_request()
        method = request.method if request.method in _METHODS else "other"
        counters.REQUESTS.labels(method, route, str(response.status_code)).inc()
        met = context.tally()
        if met.state:
            counters.state(met.state)
        seconds = time.perf_counter() - g.get("metrics_started", time.perf_counter())
        counters.REQUEST_SECONDS.labels(route).observe(seconds)
        if (drawn := page()) is not None:
            name, kind = drawn
            outcome = met.state or ("ok" if response.status_code < 500 else "failed")
            counters.PAGES.labels(name, outcome, met.service).inc()
            counters.PAGE_SECONDS.labels(name, kind).observe(seconds)
        if response.is_streamed and not response.direct_passthrough:
            response.response = _Counted(response.response, route)  # type: ignore[arg-type]
        return response

    @server.teardown_request
    def _ended(error: BaseException | None) -> None:
        if g.pop("metrics_started", None) is not None:
            counters.IN_FLIGHT.dec()


@routes.get("/metrics")
def metrics() -> Response:
    token = settings().metrics_token
    if token is None:
        abort(404)
    scheme, _, offered = request.headers.get("Authorization", "").partition(" ")
    # Bytes: compare_digest takes only ASCII of text, and a header may hold anything.
    wanted = token.get_secret_value().encode()
    if scheme.lower() != "bearer" or not hmac.compare_digest(offered.strip().encode(), wanted):
        refused = Response("A bearer token is needed.\n", 401, mimetype="text/plain")
        refused.headers["WWW-Authenticate"] = "Bearer"
        return refused
    return Response(_all(), mimetype=CONTENT_TYPE_LATEST)


def _all() -> bytes:
    for _ in range(TRIES - 1):
        # A worker went while its files were read: they are part of another file now.
        with suppress(FileNotFoundError):
            return generate_latest(_registry())
    return generate_latest(_registry())


def _registry() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return registry
