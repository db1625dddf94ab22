"""What this process counts for `/metrics`: any room may add to it, `portal.web.metrics` shows it.

Labels are words of ours or of Databricks' API, never a viewer, a token, an id or a path that holds one; each label
takes a bounded number of values. With PROMETHEUS_MULTIPROC_DIR set before this module is first imported
(gunicorn.conf.py does) the workers of one machine add up; without it a process counts for itself.
"""

from __future__ import annotations

import functools
import re
import threading

from cachetools import TTLCache
from prometheus_client import Counter, Gauge, Histogram

API_VALUES = 150
"""So many different APIs are named; what comes after them is "other"."""

REQUESTS = Counter("portal_requests_total", "Requests answered", ("method", "route", "status"))
REQUEST_SECONDS = Histogram(
    "portal_request_seconds",
    "Time to a request's answer, without the streaming of its body",
    ("route",),
    buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30),
)
IN_FLIGHT = Gauge("portal_requests_in_flight", "Requests being answered", multiprocess_mode="livesum")
STREAMED = Counter("portal_streamed_bytes_total", "Bytes of streamed bodies, such as downloads", ("route",))
CALLS = Counter("portal_calls_total", "Calls to a service by API and HTTP status", ("service", "api", "status"))
CALL_SECONDS = Histogram(
    "portal_call_seconds",
    "Time of one call, retries counted apart",
    ("service",),
    buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30),
)
EXCHANGES = Counter("portal_exchanges_total", "Credential exchanges by outcome", ("outcome",))
CACHE = Counter("portal_cache_total", "Look-ups of kept credentials and answers", ("cache", "result"))
STATEMENTS = Counter("portal_statements_total", "Statements submitted, and ends seen by polling", ("state",))
STATES = Counter("portal_states_total", "States that viewers met instead of data", ("state",))

_ENDED = frozenset({"SUCCEEDED", "FAILED", "CANCELED", "CLOSED"})
_WORD = re.compile(r"[a-z][a-z_-]*|Me", re.ASCII)
_GUID = re.compile(r"[0-9a-f]{8}-")
_VERSION = re.compile(r"v?\d+(\.\d+)?")
_apis: set[tuple[str, str]] = set()
_ended: TTLCache[str, bool] = TTLCache(10_000, 3600.0)
_lock = threading.Lock()


def api_of(service: str, path: str) -> str:
    """The API that a path belongs to: its first words after the version, without ids and names.

    >>> api_of("Databricks", "/api/2.1/unity-catalog/tables/main.sales.orders")
    'unity-catalog/tables'
    >>> api_of("Connect", "/__api__/v1/content/5b0f7f0e-1111-4222-8333-944445555666/oauth/integrations/associations")
    'content/oauth/integrations/associations'
    """
    parts = [part for part in path.split("/") if part and part not in {"api", "__api__"}]
    if parts and _VERSION.fullmatch(parts[0]):
        parts = parts[1:]
    if service == "Connect":
        words = [part for part in parts if _WORD.fullmatch(part) and not _GUID.match(part)]
    elif service == "Databricks":
        # Two: what follows may be the name of a thing, and a catalog may be called like a word.
        words = [part for part in parts[:2] if _WORD.fullmatch(part)]
    else:
        words = ["chunk"]
    name = "/".join(words[:5]) or "other"
    with _lock:
        if (service, name) not in _apis and len(_apis) >= API_VALUES:
            return "other"
        _apis.add((service, name))
    return name


def call(service: str, path: str, status: int | str, seconds: float) -> None:
    """One call of a service: `status` is HTTP's, or "unreachable" where no answer came."""
    CALLS.labels(service, api_of(service, path), str(status)).inc()
    CALL_SECONDS.labels(service).observe(seconds)


def read(outcome: str, seconds: float) -> None:
    """One read through the SQL connector: "ok" or "failed". Its own HTTP calls are not told apart."""
    CALLS.labels("Databricks", "connector", outcome).inc()
    CALL_SECONDS.labels("Databricks").observe(seconds)


def exchange(outcome: str) -> None:
    """One credential exchange: "ok", or the kind of the state that it ended in."""
    EXCHANGES.labels(outcome).inc()


def cache(name: str, *, hit: bool) -> None:
    """One look-up in "credentials", "answers" or "shared answers" (what other processes know)."""
    _cache(name, "hit" if hit else "miss").inc()


@functools.cache
def _cache(name: str, result: str) -> Counter:
    """Looked up dozens of times a page: finding the labels' child would take longer than to count."""
    return CACHE.labels(name, result)


def submitted() -> None:
    """One statement was handed to a warehouse."""
    STATEMENTS.labels("SUBMITTED").inc()


def polled(statement_id: str, state: str) -> None:
    """A poll's answer. An end counts once for each process that sees it, within the hour that Databricks keeps it."""
    if state not in _ENDED:
        return
    with _lock:
        if statement_id in _ended:
            return
        _ended[statement_id] = True
    STATEMENTS.labels(state).inc()


def state(kind: str) -> None:
    """A viewer met this state (`PortalError.kind`)."""
    STATES.labels(kind).inc()
