"""Why a call got no answer, in a word: what the log, the metrics and the state of a page say."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import requests
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, ProxyError, ReadTimeoutError

from portal.viewer.upstream.lines import Overdue

CAUSES = (
    "DNS", "refused", "connect time-out", "read time-out", "total time-out", "TLS: expired", "TLS: unknown issuer",
    "TLS: wrong name", "TLS", "proxy", "reset", "left alone", "HTTP 500", "HTTP 502", "HTTP 503", "HTTP 504",
    "HTTP 5xx", "not its API", "other",
)  # fmt: skip
NOT_SENT = frozenset({"DNS", "refused", "connect time-out", "left alone"})
"""Of these nothing can have come of the call."""
TOO_LATE = frozenset({"read time-out", "total time-out"})
"""Of these no answer came in time."""


def of_status(status: int) -> str:
    """One of `CAUSES`, for an answer of 500 or more."""
    return f"HTTP {status}" if status in {500, 502, 503, 504} else "HTTP 5xx"


def chain(error: BaseException) -> Iterator[BaseException]:
    """The error, what it wraps and what caused it: in arguments, `reason`, `__cause__` or `__context__`."""
    seen: set[int] = set()
    waiting: list[BaseException] = [error]
    while waiting and len(seen) < 30:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        inner = [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]
        waiting += [each for each in inner if isinstance(each, BaseException)]


def of(error: BaseException, expired: bool = False) -> str:
    """One of `CAUSES`; `expired`: the call's deadline has passed."""
    found = list(chain(error))
    if expired or any(isinstance(one, Overdue) for one in found):
        return "total time-out"
    if any(isinstance(one, ProxyError) for one in found):
        return "proxy"
    for one in found:
        match one:
            case NameResolutionError() | socket.gaierror():
                return "DNS"
            case ssl.SSLCertVerificationError():
                return _certificate(one)
            case ConnectionRefusedError():
                return "refused"
    for one in found:
        match one:
            case ConnectTimeoutError():
                return "connect time-out"
            case ReadTimeoutError() | requests.ReadTimeout():
                return "read time-out"
    for one in found:
        match one:
            case ssl.SSLError():
                return "TLS"
            case ConnectionResetError() | BrokenPipeError() | EOFError():
                return "reset"
            case TimeoutError():
                return "read time-out"
    names = {type(one).__name__ for one in found}
    if names & {"RemoteDisconnected", "IncompleteRead", "BadStatusLine", "ProtocolError", "ChunkedEncodingError"}:
        return "reset"
    return "other"


def _certificate(error: ssl.SSLCertVerificationError) -> str:
    """By OpenSSL's X509_V_ERR codes."""
    match error.verify_code:
        case 10:
            return "TLS: expired"
        case 18 | 19 | 20 | 21:
            return "TLS: unknown issuer"
        case 62 | 64:
            return "TLS: wrong name"
    return "TLS"
