"""`/metrics` for Prometheus: only with PORTAL_METRICS_TOKEN, and only for who sends it as a bearer.

Where the caller comes from is no authorization: behind a proxy everyone has the proxy's address. Without the setting
the path does not exist. With PROMETHEUS_MULTIPROC_DIR (gunicorn.conf.py sets it) any worker answers for all of them.
"""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Iterable, Iterator

from flask import Flask, Response, abort, g, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from portal import counters
from portal.settings import Settings
from portal.viewer import context

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def route_of(prefix: str) -> str:
    """The rule that this request matched, without the prefix: "page" for Dash's catch-all, "unknown" for none."""
    if request.url_rule is None:
        return "unknown"
    rule = request.url_rule.rule.removeprefix(prefix.rstrip("/")) or "/"
    return "page" if rule in {"/", "/<path:path>"} else rule


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


def install(server: Flask, settings: Settings, prefix: str) -> None:
    """Count every request; GET `metrics` shows what was counted."""

    @server.before_request
    def _started() -> None:
        g.metrics_started = time.perf_counter()
        counters.IN_FLIGHT.inc()

    @server.after_request
    def _answered(response: Response) -> Response:
        route = route_of(prefix)
        method = request.method if request.method in _METHODS else "other"
        counters.REQUESTS.labels(method, route, str(response.status_code)).inc()
        if kind := context.tally().state:
            counters.state(kind)
        started = g.get("metrics_started")
        if started is not None:
            counters.REQUEST_SECONDS.labels(route).observe(time.perf_counter() - started)
        if response.is_streamed and not response.direct_passthrough:
            response.response = _Counted(response.response, route)  # type: ignore[arg-type]
        return response

    @server.teardown_request
    def _ended(error: BaseException | None) -> None:
        if g.pop("metrics_started", None) is not None:
            counters.IN_FLIGHT.dec()

    @server.get(f"{prefix}metrics")
    def metrics() -> Response:
        if settings.metrics_token is None:
            abort(404)
        scheme, _, offered = request.headers.get("Authorization", "").partition(" ")
        wanted = settings.metrics_token.get_secret_value()
        # Bytes: compare_digest takes only ASCII of text, and a header may hold anything.
        if scheme.lower() != "bearer" or not hmac.compare_digest(offered.strip().encode(), wanted.encode()):
            refused = Response("A bearer token is needed.\n", 401, mimetype="text/plain")
            refused.headers["WWW-Authenticate"] = "Bearer"
            return refused
        return Response(generate_latest(_registry()), mimetype=CONTENT_TYPE_LATEST)


def _registry() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return registry
