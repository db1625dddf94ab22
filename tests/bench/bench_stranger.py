"""What a stranger's requests cost, one by one and all at once: 8 clients for 30 s against two workers.

    python -m tests.bench stranger              # two minutes
    python -m tests.bench stranger --seconds 10

Every attack of `tests/strangers.py` runs, against a fresh portal for each part. Target: `/healthz` and a signed-in
viewer's Home answer within 2 s at the median and never fail; no request costs more than 1 s; none is answered by 500.
"""

from __future__ import annotations

import itertools
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

import psutil
import requests

from tests import strangers
from tests.bench.load import table
from tests.portal_process import HEADER, Portal, connect_variables, start_portal
from tests.sandbox_client import SandboxClient, start_sandbox

CLIENTS, SECONDS = 8, 30.0
DRIBBLERS, CHECKS = 40, 11
FORGED, FORGED_LENGTH = 3_000, 4_000
PATIENCE = 10.0


@dataclass
class Seen:
    """Answers of one address while something else went on: seconds of each, and how many did not come."""

    times: list[float] = field(default_factory=list)
    failed: int = 0

    def __str__(self) -> str:
        asked = len(self.times) + self.failed
        median = f"{statistics.median(self.times):.2f} s" if self.times else "-"
        return f"{len(self.times)} of {asked}, median {median}"


def watch(url: str, token: str | None, until: Callable[[], bool], seen: Seen, pause: float = 0.3) -> None:
    """Ask for an address again and again."""
    while not until():
        started = time.perf_counter()
        try:
            answer = requests.get(url, headers={HEADER: token} if token else {}, timeout=PATIENCE)
            good = answer.status_code == 200 and (token is None or "Sign in" not in answer.text)
        except requests.RequestException:
            good = False
        if good:
            seen.times.append(time.perf_counter() - started)
        else:
            seen.failed += 1
        time.sleep(pause)


def beside(portal: Portal, token: str, seconds: float, attack: Callable[[], object], clients: int) -> tuple[Seen, Seen]:
    """`/healthz` and Home (its layout, drawn with the viewer's own rows) while so many clients attack."""
    end = time.monotonic() + seconds
    over = lambda: time.monotonic() > end  # noqa: E731

    def attacks() -> None:
        while not over():
            attack()

    health, home = Seen(), Seen()
    threads = [threading.Thread(target=attacks, daemon=True) for _ in range(clients)]
    threads.append(threading.Thread(target=watch, args=(portal.url + "healthz", None, over, health)))
    threads.append(threading.Thread(target=watch, args=(portal.url + "_dash-layout", token, over, home)))
    for thread in threads:
        thread.start()
    for thread in threads[-2:]:
        thread.join()
    return health, home


@contextmanager
def portal_of(sandbox: SandboxClient) -> Iterator[Portal]:
    portal = start_portal(connect_variables(sandbox, PORTAL_LOG_LEVEL="WARNING"), "--workers", "2")
    try:
        yield portal
    finally:
        portal.stop()


def one_by_one(sandbox: SandboxClient) -> None:
    rows = []
    with portal_of(sandbox) as portal:
        for name, attack in strangers.REQUESTS.items():
            before, started = _used(portal), time.perf_counter()
            status = attack(portal.url)
            waited = time.perf_counter() - started
            time.sleep(0.1)
            after = _used(portal)
            cost = (
                f"{sum(after[pid] - before[pid] for pid in before):.2f}" if before.keys() <= after.keys() else "killed"
            )
            rows.append((name, status or "none in 30 s", f"{waited:.2f}", cost))
            if not status:
                time.sleep(15)
        faults = portal.log.count("Traceback")
    table("one request of a stranger", ("request", "status", "seconds", "CPU seconds"), rows)
    print(f"  tracebacks in the log: {faults}")


def _used(portal: Portal) -> dict[int, float]:
    """CPU seconds of each worker so far. One that is silent for two minutes is killed, and another takes its place."""
    found = {}
    for pid in portal.workers():
        with suppress(psutil.Error):
            found[pid] = sum(psutil.Process(pid).cpu_times()[:2])
    return found


def growing(sandbox: SandboxClient) -> None:
    rows: list[tuple[str, str]] = []
    with portal_of(sandbox) as portal:
        for kilobytes in (4, 8, 16, 32):
            started = time.perf_counter()
            strangers._post(portal.url, strangers.CALLBACK, strangers.body("https://a?" * (kilobytes * 100)))
            rows.append((f"{kilobytes} KB", f"{time.perf_counter() - started:.2f}"))
    table("a callback's name of https://a? as long as", ("length", "seconds"), rows)


def dribbling(sandbox: SandboxClient) -> None:
    rows = []
    for name, attack in strangers.CONNECTIONS.items():
        with portal_of(sandbox) as portal:
            token = sandbox.session("analyst-west")
            requests.get(portal.url + "_dash-layout", headers={HEADER: token}, timeout=60)
            health, home = beside(portal, token, CHECKS * 0.6, partial(attack, portal.url), DRIBBLERS)
            rows.append((name, str(health), str(home)))
    table(f"{DRIBBLERS} clients at a time, each", ("that sends", "/healthz answered", "Home answered"), rows)


def forging(sandbox: SandboxClient) -> None:
    with portal_of(sandbox) as portal:
        session = requests.Session()

        def forge(times: int) -> None:
            for _ in range(times):
                headers = {HEADER: strangers.forged(FORGED_LENGTH)}
                session.post(portal.url + "catalog/tree", json={"path": []}, headers=headers, timeout=30)

        # What the first viewers and the first forged sessions cost once, in both workers.
        viewer = {HEADER: sandbox.session("analyst-west")}
        for _ in range(20):
            requests.get(portal.url + "_dash-layout", headers=viewer, timeout=60)
        forge(100)
        workers = [psutil.Process(pid) for pid in portal.workers()]
        before = sum(worker.memory_info().rss for worker in workers)
        forge(FORGED)
        after = sum(worker.memory_info().rss for worker in workers)
    grown = f"{(after - before) / 1e6:.1f} MB"
    table("forged tokens", ("tokens", "characters", "memory grew by"), [(FORGED, FORGED_LENGTH, grown)])


def at_once(sandbox: SandboxClient, seconds: float) -> bool:
    with portal_of(sandbox) as portal:
        token = sandbox.session("analyst-west")
        requests.get(portal.url + "_dash-layout", headers={HEADER: token}, timeout=60)
        every = itertools.cycle([*strangers.REQUESTS.values(), *strangers.CONNECTIONS.values()])
        lock = threading.Lock()

        def attack() -> None:
            with lock:
                following = next(every)
            following(portal.url)

        health, home = beside(portal, token, seconds, attack, CLIENTS)
    table(
        f"all of them, {CLIENTS} clients for {seconds:g} s",
        ("/healthz answered", "Home answered"),
        [(str(health), str(home))],
    )
    return all(not seen.failed and statistics.median(seen.times) < 2 for seen in (health, home))


def main() -> None:
    seconds = float(sys.argv[sys.argv.index("--seconds") + 1]) if "--seconds" in sys.argv else SECONDS
    sandbox = start_sandbox()
    try:
        growing(sandbox)
        one_by_one(sandbox)
        dribbling(sandbox)
        forging(sandbox)
        print("  target met" if at_once(sandbox, seconds) else "  TARGET MISSED")
    finally:
        sandbox.stop()


if __name__ == "__main__":
    main()
