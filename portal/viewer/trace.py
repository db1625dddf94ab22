"""One request under one name: here, at Connect and at Databricks, and in the traces of whoever collects them.

`X-Request-Id` and `traceparent` (W3C Trace Context) of a request are taken where they have the shape of one, and handed
on with every call to Connect and Databricks; not to the result storage, which signs what it is sent.

With OpenTelemetry installed (`pip install -r requirements-otel.txt`) and its standard variables set
(OTEL_EXPORTER_OTLP_ENDPOINT, …), a request is a span, and each exchange, statement, call, read and chunk below it one
of its own. A span holds the route, the API, the host and the status: no viewer, no SQL, no token, no path with a name.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import structlog
from werkzeug.datastructures import Headers

from portal.version import RELEASE
from portal.viewer import context

if TYPE_CHECKING:
    from opentelemetry.trace import Span

log = structlog.get_logger("portal.trace")

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
_PARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})")
HANDED_ON = frozenset({"Connect", "Databricks"})
ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")

_tracer: Any = None
"""OpenTelemetry's, where it collects; None else."""


def given(headers: Headers) -> tuple[str | None, str | None]:
    """Request id and `traceparent` of a request; None for what is not there or has another shape."""
    request_id, parent = headers.get("X-Request-Id", ""), headers.get("traceparent", "")
    return request_id if _ID.fullmatch(request_id) else None, parent if _PARENT.fullmatch(parent) else None


def outgoing(service: str) -> dict[str, str]:
    """The headers of a call on behalf of this request."""
    request_id = context.request_id()
    if service not in HANDED_ON or request_id == "-":
        return {}
    headers = {"X-Request-Id": request_id}
    if _tracer is not None:
        from opentelemetry.propagate import inject

        inject(headers)
    elif found := _PARENT.fullmatch(context.parent()):
        # No span of ours is collected, and each hop is one all the same.
        headers["traceparent"] = f"00-{found[1]}-{secrets.token_hex(8)}-{found[2]}"
    return headers


def begin(variables: Mapping[str, str] = os.environ) -> bool:
    """Collect, where the standard variables say so; whether this process does."""
    global _tracer
    wanted = any(variables.get(name) for name in ENDPOINTS) and variables.get("OTEL_SDK_DISABLED", "").lower() != "true"
    if not wanted or variables.get("OTEL_TRACES_EXPORTER", "otlp") == "none":
        return False
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        log.warning("no traces: OTEL_… is set, and OpenTelemetry is not installed", mend="requirements-otel.txt")
        return False
    # OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win over what is said here; sampling is by OTEL_TRACES_SAMPLER.
    named = {} if variables.get("OTEL_SERVICE_NAME") else {"service.name": "data-portal"}
    provider = TracerProvider(resource=Resource.create({**named, "service.version": RELEASE}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _tracer = provider.get_tracer("portal", RELEASE)
    return True


@contextmanager
def span(name: str, attributes: Mapping[str, str | None] = MappingProxyType({})) -> Iterator[Span | None]:
    """Around a call of a service; yields the span, or None where nobody collects."""
    if _tracer is None:
        yield None
        return
    from opentelemetry.trace import SpanKind

    told = {key: value for key, value in attributes.items() if value is not None}
    with _tracer.start_as_current_span(
        name, kind=SpanKind.CLIENT, attributes=told, record_exception=False, set_status_on_exception=False
    ) as made:
        try:
            yield made
        except BaseException as error:
            failed(made, type(error).__name__)
            raise


def failed(made: Span | None, why: str) -> None:
    """Say of a span that what it stands for failed. `why` is a word of ours."""
    if made is not None:
        from opentelemetry.trace import Status, StatusCode

        made.set_attribute("error.type", why)
        made.set_status(Status(StatusCode.ERROR))


class Served:
    """The span of one request, from its first hook to its teardown."""

    def __init__(self, name: str, parent: str | None, attributes: Mapping[str, str]) -> None:
        from opentelemetry import context as of_otel
        from opentelemetry.trace import SpanKind, set_span_in_context
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        above = TraceContextTextMapPropagator().extract({"traceparent": parent} if parent else {})
        self.span = _tracer.start_span(name, context=above, kind=SpanKind.SERVER, attributes=dict(attributes))
        self._before = of_otel.attach(set_span_in_context(self.span))

    def end(self, status: int | None) -> None:
        from opentelemetry import context as of_otel

        if status is not None:
            self.span.set_attribute("http.response.status_code", status)
            if status >= 500:
                failed(self.span, str(status))
        self.span.end()
        of_otel.detach(self._before)


def collects() -> bool:
    return _tracer is not None


def trace_id() -> str | None:
    """The current trace's, for the log; None where there is none."""
    if _tracer is not None:
        from opentelemetry.trace import get_current_span

        found = get_current_span().get_span_context()
        return f"{found.trace_id:032x}" if found.is_valid else None
    parent = _PARENT.fullmatch(context.parent())
    return parent[1] if parent else None
