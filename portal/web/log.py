"""Logs: one line a request, JSON or console, with nothing secret in them; and the audit stream.

structlog renders our events and the standard library's alike, so that a library's message passes the same mask.
"""

from __future__ import annotations

import logging
import sys
import time
from contextvars import copy_context
from functools import partial
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, g, request

from portal.settings import Settings
from portal.terminal import printable, printable_lines
from portal.viewer import context, trace
from portal.viewer.secrets import masked_value, register
from portal.web import auditlog
from portal.web.routing import matched

log = structlog.get_logger("portal.request")
_QUIET = ("/assets/", "/_dash-component-suites/", "/healthz", "/readyz")

_STAMP = "timestamp"
"""Written by `TimeStamper` over whatever had that name."""


def _mask(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {key: value if key == _STAMP else masked_value(value) for key, value in event.items()}


_LINES = ("exception", "stack")


def _printable(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """For a console: a renderer of JSON escapes by itself."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = printable_lines(value) if key in _LINES else printable(value)
    return event


def _with_request(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    if (request_id := context.request_id()) != "-":
        event.setdefault("request_id", request_id)
    if (found := trace.trace_id()) is not None:
        event.setdefault("trace_id", found)
    return event


def configure(settings: Settings) -> None:
    """Send everything through one chain to standard error. Replaces what was configured before."""
    for secret in (settings.connect_api_key, settings.metrics_token, settings.signing_key):
        if secret is not None:
            register(secret.get_secret_value())
    if "://" in settings.cache_url and (password := urlsplit(settings.cache_url).password):
        register(password)
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key=_STAMP),
        _with_request,
        structlog.processors.format_exc_info,
    ]
    as_json = settings.log_format == "json"
    console: list[structlog.typing.Processor] = [_printable, structlog.dev.ConsoleRenderer(colors=False)]
    renderers: list[structlog.typing.Processor] = [structlog.processors.JSONRenderer()] if as_json else console
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            # Last, so that a traceback is text by now.
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _mask, *renderers],
        )
    )
    auditlog.configure(
        settings.audit_log,
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _mask,
                auditlog.versioned,
                structlog.processors.JSONRenderer(),
            ],
        ),
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


def install(server: Flask) -> None:
    """Log each request as it ends, and give its id to the browser."""

    @server.before_request
    def _started() -> None:
        g.started = time.perf_counter()
        if trace.collects():
            rule = matched() or "unknown"
            told = {"http.request.method": request.method, "http.route": rule}
            g.served = trace.Served(f"{request.method} {rule}", context.parent(), told)

    @server.teardown_request
    def _over(error: BaseException | None) -> None:
        if (served := g.pop("served", None)) is not None:
            served.end(g.pop("status", None))

    @server.after_request
    def _ended(response: Response) -> Response:
        response.headers["X-Request-Id"] = context.request_id()
        g.status = response.status_code
        if response.status_code < 400 and any(part in request.path for part in _QUIET):
            return response
        if response.is_streamed and response.mimetype == "text/html":
            # A document in two pieces ends with the second; who asked, and what it cost, is known here.
            response.call_on_close(partial(copy_context().run, _line, response.status_code))
        else:
            _line(response.status_code)
        return response


def _line(status: int) -> None:
    cost = context.tally()
    viewer = context.current_or_none()
    # The path only: a query string is the viewer's own, and may hold what they typed.
    log.info(
        "request",
        method=request.method,
        route=request.path[:200],
        status=status,
        ms=round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1),
        session=viewer.session[:12] if viewer else None,
        callback=g.get("callback"),
        calls=cost.calls,
        calls_ms=round(cost.call_seconds * 1000, 1),
        exchanges=cost.exchanges,
        hits=cost.hits,
        state=cost.state or None,
    )
