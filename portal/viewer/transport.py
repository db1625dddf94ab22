"""How this process speaks HTTP for many viewers over one `requests.Session`.

Defaults of `requests` and of the SDKs are wrong here. They keep cookies: a Set-Cookie answered to one viewer would go
out with another's bearer. They set no time-out (posit-sdk), wait as long to connect as to read (databricks-sdk), and
follow redirects, posit-sdk with the form that holds the session token. `careful` mends that on a session that a library
has built; `portal.viewer.upstream` has the bounds that each call gets.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import requests
from cachetools import LRUCache
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from urllib3.exceptions import HTTPError

from portal import counters
from portal.settings import settings
from portal.viewer import trace
from portal.viewer.context import current_or_none, tally
from portal.viewer.errors import Busy, Unreachable
from portal.viewer.upstream import admission, cause, deadline, lines, report
from portal.viewer.upstream.breaker import PROBE_SECONDS, breaker

CONNECT_SECONDS = lines.CONNECT_SECONDS
READ_SECONDS = 10.0
"""Of silence. A whole call has `CALL_SECONDS`."""

PIECE = 1 << 18
"""Bytes."""

Timeout = float | tuple[float, float] | tuple[float, None] | None
Cert = bytes | str | tuple[bytes | str, bytes | str] | None
"""As `HTTPAdapter.send` takes them."""
Merge = Callable[..., Any]
"""`requests.Session.merge_environment_settings`."""

lines.install()


class CarefulAdapter(HTTPAdapter):
    """Time-outs, a total deadline, a bound on connections, no redirects, and one clear error where no answer came.

    That error is `Unreachable`, which neither SDK retries: a page says that a service is away within seconds instead of
    after a library's whole retry budget. It is logged here, once, with its cause.
    """

    def __init__(self, service: str, pool_size: int, seconds: float | None, pace: float | None) -> None:
        self._service = service
        self._seconds = seconds or settings().call_seconds
        self._pace = pace
        self._places = threading.BoundedSemaphore(pool_size)
        # pool_block: at the bound a call waits for a connection instead of opening one more that is thrown away.
        super().__init__(pool_connections=4, pool_maxsize=pool_size, pool_block=True)

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Timeout = None,
        verify: bool | str = True,
        cert: Cert = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        path = request.path_url.partition("?")[0]
        api = counters.api_of(self._service, path)
        call = report.Call(self._service, f"{request.method} {api}", urlsplit(request.url or "").hostname, "other", 0.0)
        who = current_or_none()
        if who is not None:
            who.process.pauses.heed(who.session, self._service, api)
        probe = self._enter(call, path)
        with self._place() as waited:
            if waited:
                # Those before it may have found meanwhile that nobody answers, or are about to.
                probe = self._enter(call, path, waited)
            return self._sent(request, stream, timeout, (verify, cert, proxies), call, path, probe)

    def _enter(self, call: report.Call, path: str, waited: float = 0.0) -> bool:
        """Whether this call is a probe; raises `Unreachable` where the service is left alone."""
        try:
            if tally().trouble.is_silent(self._service) or breaker.is_quiet(self._service, waited):
                raise Unreachable(self._service, cause="left alone")
            return breaker.enter(self._service, path)
        except Unreachable as state:
            report.say(replace(call, cause=state.cause))
            raise

    @contextmanager
    def _place(self) -> Iterator[float]:
        """A connection to come; for how many seconds it was waited for."""
        began = time.monotonic()
        with admission.wait(self._service):
            at_once = self._places.acquire(blocking=False)
            if not at_once and not self._places.acquire(timeout=self._seconds):
                raise Busy(f"Many requests are waiting for {self._service} right now.")
            try:
                yield 0.0 if at_once else time.monotonic() - began
            finally:
                self._places.release()

    def _sent(
        self,
        request: requests.PreparedRequest,
        stream: bool,
        timeout: Timeout,
        how: tuple[bool | str, Cert, Mapping[str, str] | None],
        call: report.Call,
        path: str,
        probe: bool,
    ) -> requests.Response:
        """The answer, for who may ask."""
        who, api = current_or_none(), counters.api_of(self._service, path)
        patience = deadline.patience()
        read = (timeout[1] if isinstance(timeout, tuple) else timeout) or READ_SECONDS
        read = read if patience is None else patience
        timeout = (CONNECT_SECONDS, min(read, PROBE_SECONDS) if probe else read)
        once = partial(super().send, request, stream, timeout, *how)
        told = {"http.request.method": request.method, "server.address": call.host}
        with (
            trace.span(f"{self._service} {api}", told) as span,
            breaker.waiting(self._service),
            deadline.within(PROBE_SECONDS if probe else patience or self._seconds) as bound,
        ):
            request.headers.update(trace.outgoing(self._service))
            response = self._counted(once, call, bound, path, stream)
            if span is not None:
                span.set_attribute("http.response.status_code", response.status_code)
                if response.status_code >= 500:
                    trace.failed(span, str(response.status_code))
        # What Connect says with a code of its own is an answer, whatever its status.
        status = 200 if self._service == "Connect" and b'"code"' in response.content[:2000] else response.status_code
        breaker.answered(self._service, path, status)
        if status >= 500 and tally().trouble.failed(self._service):
            raise report.unreachable(self._service)
        if response.status_code == 429 and who is not None:
            who.process.pauses.told(who.session, self._service, api, _retry_after(response))
        if response.is_redirect:
            response.close()
            # The location is left out: it may hold a secret.
            raise requests.TooManyRedirects("a redirect was answered where none belongs", response=response)
        return response

    def _counted(
        self,
        once: Callable[[], requests.Response],
        call: report.Call,
        bound: deadline.Deadline,
        path: str,
        stream: bool,
    ) -> requests.Response:
        """The answer, its body too unless it is to be streamed."""
        started = time.perf_counter()
        status: int | str = "unreachable"
        try:
            response = once()
            if not stream:
                if self._pace is not None:
                    _read(response, self._pace, partial(breaker.heard, self._service))
                response.content  # noqa: B018  (read here, within the deadline)
            if bound.expired:
                raise requests.ReadTimeout("the deadline ended the answer")
            status = response.status_code
            report.remember(None if status < 500 else _answered(call, response, time.perf_counter() - started))
            return response
        except (requests.RequestException, OSError) as error:
            raise self._unreachable(call, error, bound, time.perf_counter() - started) from None
        finally:
            cost = tally()
            cost.calls += 1
            cost.call_seconds += time.perf_counter() - started
            counters.call(self._service, path, status, time.perf_counter() - started)

    def _unreachable(self, call: report.Call, error: Exception, bound: deadline.Deadline, seconds: float) -> Exception:
        """What goes on to the caller: `Unreachable`; a connection that broke is the SDK's to try again."""
        why = cause.of(error, bound.expired)
        report.remember(replace(call, cause=why, seconds=seconds))
        if bound.patient and why in cause.TOO_LATE:
            return report.unreachable(self._service)  # what was asked is slow, which says nothing of its neighbours
        if why != "reset":
            breaker.silent(self._service, seconds)
            tally().trouble.waited(self._service)
            return report.unreachable(self._service)
        return error


def _answered(call: report.Call, response: requests.Response, seconds: float) -> report.Call:
    theirs = response.headers.get("X-Request-Id") or response.headers.get("X-Correlation-Id") or ""
    status = response.status_code
    return replace(
        call, cause=cause.of_status(status), status=status, seconds=seconds,
        their_id=theirs if _ID.fullmatch(theirs) else None,
    )  # fmt: skip


_ID = re.compile(r"[A-Za-z0-9._-]{1,80}")


def _retry_after(response: requests.Response) -> float:
    """Seconds; 1 where the service does not say."""
    with suppress(ValueError):
        return max(0.5, float(response.headers.get("Retry-After", "1")))
    return 1.0


def _read(response: requests.Response, seconds: float, heard: Callable[[], None]) -> None:
    """The body, of which each `PIECE` comes within so many seconds: a line that dribbles is as good as a silent one."""
    heard()
    pieces: list[bytes] = []
    while True:
        with deadline.within(seconds) as bound:
            lines.bind(response.raw.connection)
            try:
                piece = response.raw.read(PIECE, decode_content=True)
            except HTTPError as error:
                if not bound.expired:
                    raise requests.exceptions.ChunkedEncodingError(error) from None
            if bound.expired:  # which may look like the end
                raise requests.ReadTimeout("the answer comes too slowly")
        if not piece:
            break
        heard()
        pieces.append(piece)
    # Where `requests` puts it when it has read all at once.
    response._content, response._content_consumed = b"".join(pieces), True  # type: ignore[attr-defined]


class _NoCookies(RequestsCookieJar):
    """Takes none, and reads none: a policy that refuses each would see each taken apart first."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Of no answer."""


def careful(
    session: requests.Session,
    service: str,
    *,
    pool_size: int = 32,
    seconds: float | None = None,
    pace: float | None = None,
) -> requests.Session:
    """Mend a session in place. `service` is what a viewer calls it: "Connect", "Databricks", "result storage".

    `seconds` (default: PORTAL_CALL_SECONDS) bound each call as a whole; of a streamed answer, until its body begins.
    `pace` bounds each `PIECE` of a body that may be large, in seconds.
    """
    session.cookies = _NoCookies()
    session.merge_environment_settings = _once_a_host(session.merge_environment_settings)  # type: ignore[method-assign]
    for scheme in ("https://", "http://"):
        session.mount(scheme, CarefulAdapter(service, pool_size, seconds, pace))
    return session


def _once_a_host(merge: Merge) -> Merge:
    """Proxies and trust out of the environment, looked up once a host: `requests` goes through all variables twice a
    call, a seventh of what a call costs. A process's environment does not change.
    """
    known: LRUCache[tuple[object, ...], dict[str, object]] = LRUCache(100)
    lock = threading.Lock()

    def merged(url: str, proxies: object, stream: object, verify: object, cert: object) -> dict[str, object]:
        if proxies:
            return merge(url, proxies, stream, verify, cert)
        key = (*urlsplit(url)[:2], stream, verify, cert)
        with lock:
            if key not in known:
                known[key] = merge(url, proxies, stream, verify, cert)
            return dict(known[key])

    return merged
