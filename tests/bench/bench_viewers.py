"""200 viewers at once, think time 1 s, home → trips → jobs; and how that compares with one viewer alone.

    python -m tests.bench viewers                # a minute
    python -m tests.bench.soak --minutes 15      # the same, with the workers' memory over time

Exchanges take 150 ms and API calls 80 ms. Generator, sandbox and portal share the machine: the CPU of each is printed.
Target: p95 of each page's content at most 3 × its median for one viewer, or 1.5 s, whichever is more; no error.
"""

from __future__ import annotations

import asyncio
import statistics
from dataclasses import dataclass
from typing import Any

import psutil

from tests.bench.journey import JOURNEY, Met, Viewers, quantile
from tests.bench.load import table
from tests.portal_process import Portal, connect_variables, start_portal
from tests.sandbox_client import SandboxClient, start_sandbox

VIEWERS, THINK, SECONDS, ARRIVE = 200, 1.0, 60.0, 15.0
EXCHANGE_SECONDS, CALL_SECONDS = 0.15, 0.08


def crowded() -> SandboxClient:
    """A sandbox in which each of the viewers is somebody of their own."""
    return start_sandbox("--more-viewers", str(VIEWERS))


def slow(sandbox: SandboxClient) -> None:
    """The distances of a real Connect and workspace."""
    sandbox.fault("connect", "/oauth/integrations/credentials", delay=EXCHANGE_SECONDS)
    sandbox.fault("workspace", "^/api/|^/sql/", delay=CALL_SECONDS)


@dataclass
class Cpu:
    """CPU seconds of each party since it was made, with those of its processes that have ended meanwhile."""

    portal: psutil.Process
    sandbox: psutil.Process

    def __post_init__(self) -> None:
        self.before = self._now()

    def _now(self) -> dict[str, float]:
        def used(process: psutil.Process) -> float:
            try:
                times = process.cpu_times()
            except psutil.Error:
                return 0.0  # it ended between the two looks, and counts with its arbiter from the next one on
            return times.user + times.system + times.children_user + times.children_system

        # A worker that is recycled counts among what its arbiter has seen end.
        portal = sum(map(used, [self.portal, *self.portal.children()]))
        return {"portal": portal, "sandbox": used(self.sandbox), "generator": used(psutil.Process())}

    def since(self) -> dict[str, float]:
        return {name: used - self.before[name] for name, used in self._now().items()}


def cpu(portal: Portal, sandbox: SandboxClient) -> Cpu:
    return Cpu(psutil.Process(portal.process.pid), psutil.Process(sandbox.process.pid))


def walk(portal: Portal, sandbox: SandboxClient, viewers: int, seconds: float, arrive: float) -> Met:
    tokens = [sandbox.session(f"analyst-{number:03}") for number in range(1, viewers + 1)]
    return asyncio.run(Viewers(portal.url, tokens).walk(seconds, THINK, arrive))


def report(alone: Met, met: Met, used: dict[str, float], seconds: float) -> bool:
    """Print the comparison; whether the target is met."""
    rows: list[tuple[Any, ...]] = []
    good = not met.errors and not alone.errors
    for path in JOURNEY:
        name = path or "home"
        one, many = alone.times[name], met.times[name]
        median, p95 = statistics.median(one), quantile(many, 0.95)
        limit = max(3 * median, 1.5)
        good &= p95 <= limit
        rows.append(
            (name, len(many), median * 1e3, statistics.median(many) * 1e3, p95 * 1e3, limit * 1e3, p95 <= limit)
        )
    loads = met.loads
    rows.append(
        ("first load", len(loads), statistics.median(alone.loads) * 1e3, statistics.median(loads) * 1e3,
         quantile(loads, 0.95) * 1e3, "", "")
    )  # fmt: skip
    pages = sum(map(len, met.times.values()))
    table(
        f"{VIEWERS} viewers, think time {THINK:g} s: {pages} pages, {met.requests} requests in {seconds:.0f} s",
        ("page", "visits", "one viewer ms", "median ms", "p95 ms", "limit ms", "met"),
        rows,
    )
    whole = sum(used.values())
    print("  CPU seconds: " + ", ".join(f"{name} {value:.1f} ({value / whole:.0%})" for name, value in used.items()))
    print(f"  errors: {len(met.errors)} {sorted(set(met.errors))[:5]}")
    return good


def main() -> None:
    sandbox = crowded()
    portal = start_portal(connect_variables(sandbox, PORTAL_LOG_LEVEL="WARNING"))
    try:
        slow(sandbox)
        walk(portal, sandbox, 2, 6, 0)  # both workers have imported what they need
        alone = walk(portal, sandbox, 1, 30, 0)
        counted = cpu(portal, sandbox)
        met = walk(portal, sandbox, VIEWERS, SECONDS + ARRIVE, ARRIVE)
        print("  target met" if report(alone, met, counted.since(), SECONDS + ARRIVE) else "  TARGET MISSED")
    finally:
        portal.stop()
        sandbox.stop()


if __name__ == "__main__":
    main()
