"""200 viewers for a quarter of an hour, and the workers' memory meanwhile: it should be flat.

    python -m tests.bench.soak --minutes 15

Prints the resident memory of the workers every half minute. Flat: the last third's mean is at most 5 % above the
middle third's.
"""

from __future__ import annotations

import argparse
import statistics
import threading
import time

import psutil

from tests.bench.bench_viewers import ARRIVE, VIEWERS, cpu, crowded, report, slow, walk
from tests.portal_process import Portal, connect_variables, start_portal

EVERY = 30.0


def watch(portal: Portal, over: threading.Event, seen: list[float]) -> None:
    """Sum of the workers' resident memory, MB, until it is over."""
    started = time.monotonic()
    while not over.wait(EVERY):
        total = sum(psutil.Process(pid).memory_info().rss for pid in portal.workers()) / 1e6
        seen.append(total)
        print(f"  {time.monotonic() - started:6.0f} s  {total:7.0f} MB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=15.0)
    minutes = min(parser.parse_args().minutes, 60.0)
    sandbox = crowded()
    portal = start_portal(connect_variables(sandbox, PORTAL_LOG_LEVEL="WARNING"))
    over, seen = threading.Event(), [0.0][:0]
    try:
        slow(sandbox)
        walk(portal, sandbox, 2, 6, 0)
        alone = walk(portal, sandbox, 1, 20, 0)
        threading.Thread(target=watch, args=(portal, over, seen), daemon=True).start()
        counted = cpu(portal, sandbox)
        met = walk(portal, sandbox, VIEWERS, minutes * 60, ARRIVE)
        over.set()
        good = report(alone, met, counted.since(), minutes * 60)
        third = max(1, len(seen) // 3)
        middle, last = statistics.mean(seen[third : 2 * third] or seen), statistics.mean(seen[-third:])
        print(f"  memory: {middle:.0f} MB in the middle third, {last:.0f} MB in the last ({last / middle - 1:+.1%})")
        print("  target met" if good and last <= 1.05 * middle else "  TARGET MISSED")
    finally:
        over.set()
        portal.stop()
        sandbox.stop()


if __name__ == "__main__":
    main()
