"""Viewers as a browser would move them: a page loads once, then links lead from page to page without another load.

Closed loop over loopback: so many viewers, each with a Connect session of their own, think, follow a link, and wait for
the content. A page's time is from the click to the last answer of its first callbacks.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from portal.testing.dash_client import first_callbacks
from tests.portal_process import HEADER

_LAYOUT = re.compile(rb'<script id="portal-layout" type="application/json">(.*?)</script>', re.DOTALL)
HOME, TRIPS, JOBS = "", "trips", "jobs"
JOURNEY = (HOME, TRIPS, JOBS)
SECONDS = 60


@dataclass
class Met:
    """Times by page in seconds, and what was not content."""

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    loads: list[float] = field(default_factory=list)
    """The first load of each viewer: document, layout, dependencies, callbacks."""
    errors: list[str] = field(default_factory=list)
    requests: int = 0


class Viewers:
    """`walk` lets so many viewers move for so long."""

    def __init__(self, root: str, tokens: Sequence[str]) -> None:
        self.root, self.tokens = root, tokens
        self.met = Met()
        self._dependencies: list[dict[str, Any]] = []
        self._router: dict[str, Any] = {}

    async def walk(self, seconds: float, think: float, arrive: float) -> Met:
        """Move until `seconds` are over; the viewers arrive over the first `arrive` seconds."""
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=10)
        timeout = aiohttp.ClientTimeout(SECONDS)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            async with session.get(self.root + "_dash-dependencies", headers={HEADER: self.tokens[0]}) as answer:
                self._dependencies = await answer.json()
            self._router = next(one for one in self._dependencies if "_pages_content.children" in one["output"])
            until = time.perf_counter() + seconds
            await asyncio.gather(
                *(
                    self._one(session, token, until, think, arrive * number / len(self.tokens), number)
                    for number, token in enumerate(self.tokens)
                )
            )
        return self.met

    async def _one(
        self, session: aiohttp.ClientSession, token: str, until: float, think: float, delay: float, number: int
    ) -> None:
        dice = random.Random(number)
        await asyncio.sleep(delay)
        headers = {HEADER: token, "Referer": self.root, "Content-Type": "application/json"}
        started = time.perf_counter()
        document = await self._ask(session, "GET", "", headers)
        # As a browser does: what the document carries is not asked for.
        inside = _LAYOUT.search(document)
        asked = ["_dash-dependencies", *([] if inside else ["_dash-layout"])]
        answers = await asyncio.gather(*(self._ask(session, "GET", name, headers) for name in asked))
        await self._callbacks(session, inside[1] if inside else answers[-1], headers)
        self.met.loads.append(time.perf_counter() - started)
        step = 0
        while True:
            await asyncio.sleep(think * dice.uniform(0.7, 1.3))
            if time.perf_counter() > until:
                return
            step += 1
            path = JOURNEY[step % len(JOURNEY)]
            started = time.perf_counter()
            content = await self._ask(session, "POST", "_dash-update-component", headers, self._route(path))
            await self._callbacks(session, content, headers)
            self.met.times[path or "home"].append(time.perf_counter() - started)

    def _route(self, path: str) -> bytes:
        """The body that Dash's router posts for a path."""
        outputs = [tuple(part.rpartition(".")[::2]) for part in self._router["output"].strip(".").split("...")]
        location = "/" + self.root.split("/", 3)[3] + path
        values = {"pathname": location, "search": ""}
        inputs = [{**part, "value": values[part["property"]]} for part in self._router["inputs"]]
        state = [{**part, "value": None} for part in self._router["state"]]
        body = {
            "output": self._router["output"],
            "outputs": [{"id": component, "property": name} for component, name in outputs],
            "inputs": inputs,
            "changedPropIds": ["_pages_location.pathname"],
            "state": state,
        }
        return json.dumps(body).encode()

    async def _callbacks(self, session: aiohttp.ClientSession, layout: bytes, headers: dict[str, str]) -> None:
        """The callbacks that this layout starts, at once. A region that came with its content asks for nothing."""
        bodies = first_callbacks(json.loads(layout or b"{}"), self._dependencies)
        await asyncio.gather(
            *(
                self._ask(session, "POST", "_dash-update-component", headers, json.dumps(body).encode())
                for body in bodies
            )
        )

    async def _ask(
        self, session: aiohttp.ClientSession, method: str, path: str, headers: dict[str, str], body: bytes | None = None
    ) -> bytes:
        self.met.requests += 1
        try:
            async with session.request(method, self.root + path, headers=headers, data=body) as answer:
                content = await answer.read()
                if answer.status not in {200, 204}:
                    self.met.errors.append(f"{method} {path}: {answer.status}")
                elif b'"className":"state state-' in content and b"state-empty" not in content:
                    self.met.errors.append(f"{method} {path}: a state instead of content")
                return content
        except (aiohttp.ClientError, TimeoutError) as error:
            self.met.errors.append(f"{method} {path}: {type(error).__name__}")
            return b"{}"


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
