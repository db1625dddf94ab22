"""How soon the portal is there after gunicorn starts, and what a worker holds after every page was opened once.

Targets: /healthz within 2.5 s, a viewer's first "Hello" within 7 s, a worker's memory at most 320 MB.
"""

from __future__ import annotations

import statistics
import time

import psutil
import requests

from tests.bench.bench_viewers import slow
from tests.bench.load import table
from tests.portal_process import Portal, connect_variables, start_portal
from tests.sandbox_client import SandboxClient, start_sandbox

ROUNDS = 5
PAGES = ("", "identity", "trips", "warehouse", "jobs")


def first_hello(portal: Portal, token: str) -> None:
    """Until the home page greets its viewer by name."""
    while "Analyst West" not in portal.page("", token):
        time.sleep(0.05)


def once(sandbox: SandboxClient) -> tuple[float, float, float, list[float]]:
    """(healthz s, hello s, MB at healthz, MB of each worker after every page)."""
    token = sandbox.session("analyst-west")
    started = time.perf_counter()
    portal = start_portal(connect_variables(sandbox, PORTAL_LOG_LEVEL="WARNING"), wait=False)
    try:
        while True:
            try:
                if requests.get(portal.url + "healthz", timeout=10).status_code == 200:
                    break
            except requests.ConnectionError:
                time.sleep(0.02)
        healthy = time.perf_counter() - started
        first_hello(portal, token)
        hello = time.perf_counter() - started
        at_first = max(psutil.Process(pid).memory_info().rss for pid in portal.workers()) / 1e6
        # Often enough that each worker has had each page.
        for _ in range(6):
            for path in PAGES:
                portal.page(path, token)
        return healthy, hello, at_first, [psutil.Process(pid).memory_info().rss / 1e6 for pid in portal.workers()]
    finally:
        portal.stop()


def main() -> None:
    sandbox = start_sandbox()
    try:
        slow(sandbox)
        once(sandbox)  # files in the page cache, as on a machine that ran it before
        found = [once(sandbox) for _ in range(ROUNDS)]
        healthy, hello, first, _ = (list(column) for column in zip(*found, strict=True))
        workers = [rss for *_, each in found for rss in each]
        table(
            f"start and memory, {ROUNDS} starts of two workers",
            ("what", "median", "worst", "target", "met"),
            [
                ("/healthz, s", statistics.median(healthy), max(healthy), 2.5, max(healthy) <= 2.5),
                ("first Hello, s", statistics.median(hello), max(hello), 7.0, max(hello) <= 7.0),
                ("worker after Hello, MB", statistics.median(first), max(first), "", ""),
                ("worker after every page, MB", statistics.median(workers), max(workers), 320, max(workers) <= 320),
            ],
        )
    finally:
        sandbox.stop()


if __name__ == "__main__":
    main()
