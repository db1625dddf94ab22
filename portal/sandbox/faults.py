"""Faults on demand, rate limits and counters: one middleware around every route of every place.

A fault names a place, a route (a regular expression searched in the path), and what happens there. One that only
delays or slows passes the request on, to the next fault that matches and then to its handler; the first that answers
ends the search. So a general latency can stand while one route fails.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import re
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.payload import Payload

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
PLACES = ("workspace", "storage", "connect")


@dataclass
class Fault:
    """What the control plane's POST /faults describes; see README.md."""

    where: str
    route: str = ""
    method: str | None = None
    viewer: str | None = None
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    delay: float = 0.0
    """Seconds."""
    drop: bool = False
    """Cut the connection without an answer."""
    slow_body: float | None = None
    """Bytes per second."""
    count: int | None = None
    """Uses left; None is any number."""
    rate: float | None = None
    """Share of the matching requests that it meets, 0 to 1."""
    id: str = ""
    hits: int = 0

    def __post_init__(self) -> None:
        if self.where not in PLACES:
            raise ValueError(f"where must be one of {', '.join(PLACES)}, not {self.where!r}")
        if self.rate is not None and not 0 <= self.rate <= 1:
            raise ValueError(f"rate must be between 0 and 1, not {self.rate!r}")
        if self.status is not None and not 200 <= self.status <= 599:
            raise ValueError(f"status must be an HTTP status, not {self.status!r}")
        self._pattern = re.compile(self.route)

    def matches(self, where: str, method: str, path: str, viewer: str | None) -> bool:
        return (
            self.where == where
            and (self.method is None or self.method.upper() == method)
            and (self.viewer is None or self.viewer == viewer)
            and self._pattern.search(path) is not None
        )

    @property
    def answers(self) -> bool:
        """Whether it answers in the route's place."""
        return self.status is not None or self.body is not None or self.drop

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class RateLimit:
    """At most `per_second` requests of a route; the rest get 429 with Retry-After. A token bucket of one second."""

    route: str
    per_second: float
    where: str = "workspace"
    tokens: float = 0.0
    at: float = 0.0

    def __post_init__(self) -> None:
        self._pattern = re.compile(self.route)
        self.tokens = max(1.0, self.per_second)

    def wait(self, where: str, path: str, now: float) -> float:
        """Seconds until this request would be let through; 0 lets it through now."""
        if where != self.where or not self._pattern.search(path):
            return 0.0
        if self.at:
            self.tokens = min(max(1.0, self.per_second), self.tokens + (now - self.at) * self.per_second)
        self.at = now
        if self.tokens >= 1:
            self.tokens -= 1
            return 0.0
        return (1 - self.tokens) / self.per_second if self.per_second else 60.0


class Faults:
    """The faults and limits in force, and the calls counted, of the whole sandbox."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._ids = itertools.count(1)
        self.faults: list[Fault] = []
        self._lifted: dict[str, asyncio.Event] = {}
        self.reset()

    def reset(self) -> None:
        self.clear()
        self.calls: Counter[tuple[str, str, str, str | None]] = Counter()
        self.cookies: Counter[tuple[str, str, str, str | None]] = Counter()
        self.traces: deque[dict[str, str | None]] = deque(maxlen=1000)
        """Of the last calls that brought any: request id and trace."""
        self._random = random.Random(self._seed)

    def add(self, fault: Fault) -> str:
        fault.id = str(next(self._ids))
        self.faults.append(fault)
        self._lifted[fault.id] = asyncio.Event()
        return fault.id

    def remove(self, id: str) -> bool:
        kept = [fault for fault in self.faults if fault.id != id]
        removed = len(kept) < len(self.faults)
        self.faults = kept
        if (lifted := self._lifted.pop(id, None)) is not None:
            lifted.set()
        return removed

    def clear(self) -> None:
        """No fault and no limit; what a fault delays goes on at once."""
        for id in list(self._lifted):
            self.remove(id)
        self.limits: list[RateLimit] = []

    async def delay(self, met: list[Fault]) -> None:
        """The delays of these faults, one after the other, each as long as its fault is not taken back."""
        for fault in met:
            lifted = self._lifted.get(fault.id)
            if fault.delay and lifted is not None:
                with suppress(TimeoutError):
                    await asyncio.wait_for(lifted.wait(), fault.delay)

    def take(self, where: str, method: str, path: str, viewer: str | None) -> list[Fault]:
        """The faults that meet this request, counted down: those that pass it on, and the first that answers."""
        met: list[Fault] = []
        for fault in list(self.faults):
            if not fault.matches(where, method, path, viewer):
                continue
            if fault.rate is not None and self._random.random() >= fault.rate:
                continue
            fault.hits += 1
            if fault.count is not None:
                fault.count -= 1
                if fault.count <= 0:
                    self.faults.remove(fault)
            met.append(fault)
            if fault.answers:
                break
        return met

    def count(self, where: str, request: web.Request, viewer: str | None) -> None:
        resource = request.match_info.route.resource
        key = (where, request.method, resource.canonical if resource else request.path, viewer)
        self.calls[key] += 1
        if "Cookie" in request.headers:
            self.cookies[key] += 1
        told = {name: request.headers.get(name) for name in ("X-Request-Id", "traceparent")}
        if any(told.values()):
            self.traces.append({"where": where, "method": request.method, "route": key[2], **told})

    def counted(self) -> list[dict[str, Any]]:
        """`with_cookie` tells how many of the calls sent a cookie back: clients of the workspace must not."""
        return [
            {"where": k[0], "method": k[1], "route": k[2], "viewer": k[3], "count": n, "with_cookie": self.cookies[k]}
            for k, n in sorted(self.calls.items(), key=lambda item: tuple(str(part) for part in item[0]))
        ]


def middleware(
    faults: Faults,
    where: str,
    viewer_of: Callable[[web.Request], str | None],
    default_answer: Callable[[web.Request, int], web.Response],
    skip: Callable[[web.Request], bool] = lambda request: False,
) -> Any:
    """The outermost middleware of a place. `default_answer` words a status as the place does; `skip` leaves a
    request alone and uncounted (the control plane's own)."""

    @web.middleware
    async def observe(request: web.Request, handler: Handler) -> web.StreamResponse:
        if skip(request):
            return await handler(request)
        viewer = viewer_of(request)
        faults.count(where, request, viewer)
        now = asyncio.get_running_loop().time()
        for limit in faults.limits:
            wait = limit.wait(where, request.path, now)
            if wait:
                answer = default_answer(request, 429)
                answer.headers["Retry-After"] = str(max(1, round(wait)))
                return answer
        met = faults.take(where, request.method, request.path, viewer)
        if not met:
            return await handler(request)
        await faults.delay(met)
        return await _meet(request, handler, met, default_answer)

    return observe


async def _meet(
    request: web.Request,
    handler: Handler,
    met: list[Fault],
    default_answer: Callable[[web.Request, int], web.Response],
) -> web.StreamResponse:
    """The request with its faults: the last answers if it does, the slowest body wins."""
    last = met[-1]
    if last.drop:
        if request.transport is not None:
            request.transport.abort()
        raise asyncio.CancelledError
    slow = min((fault.slow_body for fault in met if fault.slow_body), default=None)
    response: web.StreamResponse
    if last.answers:
        response = _answer(last, request, default_answer)
    else:
        if slow:
            request["bytes_per_second"] = slow
        response = await handler(request)
    for name, value in [pair for fault in met for pair in fault.headers.items()]:
        if not response.prepared:
            response.headers[name] = value
    if slow and isinstance(response, web.Response) and not response.prepared:
        return await slowly(request, response, slow)
    return response


def _answer(
    fault: Fault, request: web.Request, default_answer: Callable[[web.Request, int], web.Response]
) -> web.Response:
    status = fault.status or 200
    if fault.body is None:
        return default_answer(request, status)
    if isinstance(fault.body, str):
        kind = "text/html" if fault.body.lstrip().startswith("<") else "text/plain"
        return web.Response(text=fault.body, status=status, content_type=kind)
    return web.json_response(fault.body, status=status)


async def slowly(request: web.Request, response: web.Response, bytes_per_second: float) -> web.StreamResponse:
    """The answer, so many bytes a second."""
    body = response.body
    # aiohttp keeps bytes as they are and wraps everything else.
    data = await body.as_bytes() if isinstance(body, Payload) else body
    if not data:
        return response
    slow = web.StreamResponse(status=response.status, headers=response.headers)
    slow.content_length = len(data)
    await slow.prepare(request)
    step = max(1, int(bytes_per_second / 10))
    with suppress(ConnectionError):  # whoever asked did not wait for the rest
        for start in range(0, len(data), step):
            await slow.write(data[start : start + step])
            await asyncio.sleep(step / bytes_per_second)
        await slow.write_eof()
    return slow
