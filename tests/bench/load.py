"""A small closed-loop HTTP load on loopback: so many connections, so many requests, and how long each took."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp


@dataclass(frozen=True)
class Load:
    """What a run measured; times in milliseconds."""

    requests: int
    seconds: float
    median_ms: float
    p95_ms: float
    failures: int

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


Request = tuple[str, str, dict[str, str], Any]
"""Method, address, headers, JSON body or None."""


def run(make: Callable[[int], Request], requests: int, connections: int, check: Callable[[int, bytes], bool]) -> Load:
    """Send request 0 to `requests` over so many connections; `check(n, body)` says whether an answer is right."""
    return asyncio.run(_run(make, requests, connections, check))


async def _run(
    make: Callable[[int], Request], requests: int, connections: int, check: Callable[[int, bytes], bool]
) -> Load:
    numbers = iter(range(requests))
    times: list[float] = []
    failures = 0

    async def worker(session: aiohttp.ClientSession) -> None:
        nonlocal failures
        for number in numbers:
            method, address, headers, body = make(number)
            before = time.perf_counter()
            async with session.request(method, address, headers=headers, json=body) as answer:
                content = await answer.read()
                good = answer.status == 200 and check(number, content)
            times.append(time.perf_counter() - before)
            failures += not good

    connector = aiohttp.TCPConnector(limit=connections)
    started = time.perf_counter()
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(120)) as session:
        await asyncio.gather(*(worker(session) for _ in range(connections)))
    seconds = time.perf_counter() - started
    times.sort()
    return Load(len(times), seconds, statistics.median(times) * 1e3, times[int(len(times) * 0.95) - 1] * 1e3, failures)


def table(title: str, header: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """Print a table with its title."""
    texts = [header, *[tuple(f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in row) for row in rows]]
    widths = [max(len(row[column]) for row in texts) for column in range(len(header))]
    print(f"\n{title}")
    for number, row in enumerate(texts):
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))
        if number == 0:
            print("  " + "  ".join("-" * width for width in widths))
