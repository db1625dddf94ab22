"""Bad days of a real workspace, off unless asked for (`--weather`, or POST /weather of the control plane).

Where a fault is what a test sets for a route, weather is a climate over all of them: quotas by route and caller,
GETs that answer what was true a moment ago, answers that stall or dribble, a clock that is off. Seeded: the same
requests in the same order meet the same weather.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from aiohttp import web

from portal.sandbox.faults import Handler, RateLimit, slowly
from portal.sandbox.world import Clock

QUOTAS = (
    (r"/jobs/(run-now|runs/submit|create|reset|update|delete)$", 5.0),
    (r"/jobs/", 10.0),
    (r"/preview/scim/v2/(Users|Groups|ServicePrincipals)", 5.0),
    (r"/api/2\.0/permissions/", 5.0),
    (r"/unity-catalog/", 20.0),
    (r"/sql/history/", 2.0),
)
"""(route, requests a second of one caller); the first that matches counts. The magnitudes are Databricks', the numbers
ours."""
LAGGING = re.compile(r"/sql/statements/[^/]+$|/jobs/runs/(get|list)$|/jobs/list$")
"""GETs whose answer may be that of before."""
REMEMBERED = 2000


@dataclass(frozen=True)
class Climate:
    """What is in force. All zero: fair."""

    quotas: bool = False
    lag: float = 0.0
    """Seconds for which a GET may repeat its answer."""
    stalls: float = 0.0
    """The share of requests that wait `stall` seconds before anything happens."""
    stall: float = 20.0
    dribbles: float = 0.0
    """The share of answers that come at `dribble` bytes a second."""
    dribble: float = 2000.0
    drift: float = 0.0
    """Seconds by which the workspace's clock is ahead of its clients'."""

    def __post_init__(self) -> None:
        for name in ("stalls", "dribbles"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is a share, 0 to 1")
        if self.lag < 0 or self.stall < 0 or self.dribble <= 0:
            raise ValueError("lag and stall are at least 0, dribble more than 0")

    @property
    def fair(self) -> bool:
        return self == Climate()


CLIMATES = {
    "fair": Climate(),
    "changeable": Climate(quotas=True, lag=2.0, stalls=0.01, stall=5.0, drift=3.0),
    "storm": Climate(quotas=True, lag=5.0, stalls=0.05, stall=20.0, dribbles=0.05, drift=90.0),
}


class Weather:
    """The climate of now, and what it needs to remember."""

    def __init__(self, clock: Clock, seed: int = 0, name: str = "fair") -> None:
        self._clock, self._seed = clock, seed
        self.usual = CLIMATES[name]
        self.become(self.usual)

    def become(self, climate: Climate) -> None:
        self.climate = climate
        self._clock.drift = climate.drift
        self._random = random.Random(self._seed)
        self._buckets: OrderedDict[tuple[str, str], RateLimit] = OrderedDict()
        self._before: OrderedDict[tuple[str, str], tuple[float, web.Response]] = OrderedDict()

    def change(self, given: dict[str, Any]) -> Climate:
        """`name` of a climate, and single members over it; without a name, over what is in force."""
        members = dict(given)
        name = members.pop("name", None)
        if name is not None and name not in CLIMATES:
            raise ValueError(f"name is one of {', '.join(CLIMATES)}")
        if unknown := set(members) - set(asdict(self.climate)):
            raise ValueError(f"there is no {sorted(unknown)[0]!r}: {', '.join(asdict(self.climate))}")
        self.become(replace(CLIMATES[name] if name else self.climate, **members))
        return self.climate

    def wait(self, caller: str, path: str) -> float:
        """Seconds until the caller's quota lets this request through; 0 is now."""
        found = next(((route, rate) for route, rate in QUOTAS if re.search(route, path)), None)
        if found is None:
            return 0.0
        key = (caller, found[0])
        bucket = self._buckets.setdefault(key, RateLimit(*found))
        self._buckets.move_to_end(key)
        while len(self._buckets) > REMEMBERED:
            self._buckets.popitem(last=False)
        return bucket.wait(bucket.where, path, time.monotonic())

    def meets(self, share: float) -> bool:
        return share > 0 and self._random.random() < share

    def before(self, caller: str, path: str) -> web.Response | None:
        """The answer of a moment ago, if it is young enough to come once more."""
        at, answer = self._before.get((caller, path), (float("-inf"), None))
        return answer if answer is not None and time.monotonic() - at < self.climate.lag else None

    def remember(self, caller: str, path: str, answer: web.Response) -> None:
        self._before[caller, path] = time.monotonic(), answer
        while len(self._before) > REMEMBERED:
            self._before.popitem(last=False)


def middleware(weather: Weather, limited: Callable[[web.Request, int], web.Response]) -> Any:
    """Of the workspace, and of the storage host, whose callers are nobody. `limited` words a 429."""

    @web.middleware
    async def under(request: web.Request, handler: Handler) -> web.StreamResponse:
        climate = weather.climate
        if climate.fair:
            return await handler(request)
        caller = request.headers.get("Authorization", "")
        if climate.quotas and (wait := weather.wait(caller, request.path)):
            answer = limited(request, 429)
            answer.headers["Retry-After"] = str(max(1, round(wait)))
            return answer
        if weather.meets(climate.stalls):
            await asyncio.sleep(climate.stall)
        response = await _lagging(weather, request, handler, caller)
        if weather.meets(climate.dribbles) and isinstance(response, web.Response) and not response.prepared:
            return await slowly(request, response, climate.dribble)
        return response

    return under


async def _lagging(weather: Weather, request: web.Request, handler: Handler, caller: str) -> web.StreamResponse:
    if not weather.climate.lag or request.method != "GET" or not LAGGING.search(request.path):
        return await handler(request)
    if (kept := weather.before(caller, request.path_qs)) is not None:
        return web.Response(body=kept.body, status=kept.status, content_type=kept.content_type)
    response = await handler(request)
    if isinstance(response, web.Response) and response.status == 200 and isinstance(response.body, bytes):
        weather.remember(caller, request.path_qs, response)
    return response
