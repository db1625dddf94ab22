"""Logs: one line a request, JSON or console, with nothing secret in them; and the audit stream.

structlog renders our events and the standard library's alike, so that a library's message passes the same mask.
"""

from __future__ import annotations

import logging
import sys
import time
from typing import Any

import structlog
from flask import Flask, Response, g, request

from portal.settings import Settings
from portal.viewer import context
from portal.viewer.secrets import masked_value, register

log = structlog.get_logger("portal.request")
_QUIET = ("/assets/", "/_dash-component-suites/", "/healthz", "/readyz")


def _mask(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {key: masked_value(value) for key, value in event.items()}


def _with_request(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    if (request_id := context.request_id()) != "-":
        event.setdefault("request_id", request_id)
    return event


def configure(settings: Settings) -> None:
    """Send everything through one chain to standard error. Replaces what was configured before."""
    for secret in (settings.connect_api_key, settings.metrics_token):
        if secret is not None:
            register(secret.get_secret_value())
    shared: list[Any] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_request,
        structlog.processors.format_exc_info,
    ]
    as_json = settings.log_format == "json"
    renderer = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            # Last, so that a traceback is text by now.
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _mask, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    # They log addresses and headers at DEBUG; the SDK logs whole answers.
    for noisy in ("urllib3", "databricks", "werkzeug", "fontTools", "asyncio"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(settings.log_level)))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _callback() -> str | None:
    """Which callback this was, by its output's id: never by what it was given."""
    if not request.path.endswith("/_dash-update-component"):
        return None
    body = request.get_json(silent=True)
    return str(body.get("output"))[:120] if isinstance(body, dict) else None


def install(server: Flask) -> None:
    """Log each request as it ends, and give its id to the browser."""

    @server.before_request
    def _started() -> None:
        g.started = time.perf_counter()

    @server.after_request
    def _ended(response: Response) -> Response:
        response.headers["X-Request-Id"] = context.request_id()
        path = request.path
        if response.status_code < 400 and any(part in path for part in _QUIET):
            return response
        cost = context.tally()
        viewer = context.current_or_none()
        # The path only: a query string is the viewer's own, and may hold what they typed.
        log.info(
            "request",
            method=request.method,
            route=path[:200],
            status=response.status_code,
            ms=round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1),
            session=viewer.session[:12] if viewer else None,
            callback=_callback(),
            calls=cost.calls,
            calls_ms=round(cost.call_seconds * 1000, 1),
            exchanges=cost.exchanges,
            hits=cost.hits,
            state=cost.state or None,
        )
        return response
