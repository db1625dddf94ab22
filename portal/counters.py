"""What this process counts for `/metrics`: any room may add to it, and `portal.web.metrics` shows it.

Labels are words of ours or of Databricks' API, never a viewer, a token, an id or a path that holds one; each label
has a bounded number of values. With PROMETHEUS_MULTIPROC_DIR set before this module is first imported
(gunicorn.conf.py does) the workers of one machine add up; without it a process counts for itself.
"""

from __future__ import annotations

import functools
import re
import threading

from cachetools import TTLCache
from prometheus_client import Counter, Gauge, Histogram

API_VALUES = 150
"""The number of APIs that get a label of their own; any further one is counted as "other"."""

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
UNREACHABLE = Counter(
    "portal_unreachable_total", "Calls that came to nothing, by API and cause", ("service", "operation", "cause")
)
CALL_SECONDS = Histogram(
    "portal_call_seconds",
    "Time of one call by API, retries counted apart",
    ("service", "api"),
    buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30),
)
EXCHANGES = Counter("portal_exchanges_total", "Credential exchanges by outcome", ("outcome",))
CACHE = Counter("portal_cache_total", "Look-ups of kept credentials and answers", ("cache", "result"))
STATEMENTS = Counter("portal_statements_total", "Statements submitted, and ends seen by polling", ("state",))
FORGED = Counter(
    "portal_forged_entries_total", "Entries of the shared cache that did not verify and were ignored", ("entry",)
)
AUDIT_LOST = Counter("portal_audit_lost_total", "Audit events that could not be written")
STATES = Counter("portal_states_total", "States that viewers met instead of data", ("state",))
PAGES = Counter(
    "portal_page_answers_total",
    "Documents, layouts and callbacks of a page, by the state that was shown (ok: none) and the service that it names",
    ("page", "outcome", "service"),
)
PAGE_SECONDS = Histogram(
    "portal_page_seconds",
    "Time to a page's answer",
    ("page", "kind"),
    buckets=(0.1, 0.3, 0.5, 1, 1.5, 3, 6, 10, 30),
)
QUEUE_SECONDS = Histogram(
    "portal_queue_seconds",
    "Time that a whole request waited for a thread (under gunicorn)",
    buckets=(0.001, 0.01, 0.03, 0.1, 0.3, 1, 3, 10),
)
BUILD = Gauge(
    "portal_build_info", "What runs: release, and commit as deployed", ("version", "commit"), multiprocess_mode="max"
)
THREADS = Gauge("portal_threads", "Threads that answer requests, where known", multiprocess_mode="livesum")
WAITING = Gauge("portal_waiting_requests", "Requests that wait for a service", multiprocess_mode="livesum")
BREAKER = Gauge(
    "portal_breaker_open", "Processes that leave a service alone", ("service",), multiprocess_mode="livesum"
)
AWAY_SINCE = Gauge(
    "portal_service_away_since_seconds",
    "Since when a process leaves a service alone, in epoch seconds; 0: it does not",
    ("service",),
    multiprocess_mode="liveall",
)
CACHE_UP = Gauge("portal_cache_up", "Whether the shared cache answers every process", multiprocess_mode="livemin")
SESSIONS = Gauge("portal_sessions", "Sessions whose credential a process has", multiprocess_mode="livesum")
DOWNLOADS = Gauge("portal_downloads_under_way", "Downloads under way", multiprocess_mode="livesum")
RUNNING = Gauge("portal_statements_under_way", "Statements last seen running", multiprocess_mode="livesum")
RESIDENT = Gauge("portal_process_resident_bytes", "Memory of a process", multiprocess_mode="liveall")
DESCRIPTORS = Gauge("portal_process_open_fds", "Open descriptors of a process", multiprocess_mode="liveall")
OS_THREADS = Gauge("portal_process_threads", "Threads of a process, of all kinds", multiprocess_mode="liveall")
CACHE_FAILURES = Counter("portal_cache_failures_total", "Times that the shared cache failed, by error", ("reason",))

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
        # Two words: what follows may be the name of a thing, and a catalog may be called anything.
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
    CALL_SECONDS.labels(service, api_of(service, path)).observe(seconds)


def unreachable(service: str, operation: str, cause: str) -> None:
    """One call came to nothing; `cause` is one of `portal.viewer.upstream.cause.CAUSES`."""
    UNREACHABLE.labels(service, operation, cause).inc()


def read(outcome: str, seconds: float) -> None:
    """One read through the SQL connector: "ok" or "failed". The HTTP calls inside it are not counted."""
    CALLS.labels("Databricks", "connector", outcome).inc()
    CALL_SECONDS.labels("Databricks", "connector").observe(seconds)


def exchange(outcome: str) -> None:
    """One credential exchange: "ok", or the kind of the state that it ended in."""
    EXCHANGES.labels(outcome).inc()


def cache(name: str, *, hit: bool) -> None:
    """One look-up in "credentials", "answers" or "shared answers" (what other processes know)."""
    _cache(name, "hit" if hit else "miss").inc()


@functools.cache
def _cache(name: str, result: str) -> Counter:
    """Kept, since a page counts dozens of times: finding a counter by its labels takes longer than adding one."""
    return CACHE.labels(name, result)


def forged(entry: str) -> None:
    """One "tombstone" or "lock" in the shared cache did not verify, and was ignored."""
    FORGED.labels(entry).inc()


def submitted() -> None:
    """One statement was handed to a warehouse."""
    STATEMENTS.labels("SUBMITTED").inc()


def ended(statement_id: str, state: str) -> None:
    """A poll told of an end: counted once in each process, for the hour that the statement is kept."""
    with _lock:
        if statement_id in _ended:
            return
        _ended[statement_id] = True
    STATEMENTS.labels(state).inc()


def state(kind: str) -> None:
    """A viewer met this state (`PortalError.kind`)."""
    STATES.labels(kind).inc()
