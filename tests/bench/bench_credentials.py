"""Credentials: throughput against bare Dash, exchanges and probes by count, and viewers who never cross."""

from __future__ import annotations

import contextlib
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from tests.bench.load import Load, Request, run, table
from tests.portal_process import HEADER, Portal, connect_variables, free_port, start_portal
from tests.sandbox_client import ROOT, SandboxClient, start_sandbox

FLAGS = ("--workers", "1", "--threads", "8")
REQUESTS, CONNECTIONS, ROUNDS = 3_000, 8, 5
VIEWERS, CROSSING_REQUESTS = 50, 20_000
AGAIN = {"part": "again", "region": "identity"}
IDENTITY = {
    "output": "identity.children",
    "outputs": {"id": "identity", "property": "children"},
    "inputs": [{"id": AGAIN, "property": "data", "value": 1}],
    "changedPropIds": [json.dumps(AGAIN, sort_keys=True, separators=(",", ":")) + ".data"],
    "state": [],
}
BARE = {
    "output": "content.children",
    "outputs": {"id": "content", "property": "children"},
    "inputs": [{"id": "again", "property": "children", "value": "0"}],
    "changedPropIds": ["again.children"],
    "state": [],
}


def bare_portal() -> tuple[str, subprocess.Popen[bytes]]:
    """The bare app under the same gunicorn flags."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "tests.bench.bare_app:server", "--bind", f"127.0.0.1:{port}", *FLAGS]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return f"http://127.0.0.1:{port}/", process
        time.sleep(0.05)
    raise AssertionError("the bare app does not listen")


def throughput(sandbox: SandboxClient) -> None:
    """The identity callback, warm, against a bare callback of the same size: interleaved rounds, medians."""
    portal = start_portal(connect_variables(sandbox, PORTAL_REQUESTS_PER_MINUTE="1000000"), *FLAGS)
    bare_url, bare = bare_portal()
    try:
        token = sandbox.session("analyst-west")
        wanted = portal.post("_dash-update-component", token, json=IDENTITY)
        assert b"Analyst West" in wanted.content

        def of_portal(_n: int) -> Request:
            return "POST", portal.url + "_dash-update-component", {HEADER: token}, IDENTITY

        def of_bare(_n: int) -> Request:
            return "POST", bare_url + "_dash-update-component", {}, BARE

        sizes: dict[str, int] = {"portal": len(wanted.content)}
        loads: dict[str, list[Load]] = {"portal": [], "bare": []}

        def check_bare(_n: int, body: bytes) -> bool:
            sizes["bare"] = len(body)
            return b"facts" in body

        run(of_bare, 300, CONNECTIONS, check_bare)
        for _ in range(ROUNDS):
            loads["bare"].append(run(of_bare, REQUESTS, CONNECTIONS, check_bare))
            loads["portal"].append(run(of_portal, REQUESTS, CONNECTIONS, lambda _n, body: b"Analyst West" in body))
        rows: list[tuple[Any, ...]] = [
            (
                name,
                sizes[name],
                statistics.median(load.per_second for load in loads[name]),
                statistics.median(load.median_ms for load in loads[name]),
                sum(load.failures for load in loads[name]),
            )
            for name in ("bare", "portal")
        ]
        ratio = statistics.median(
            ours.per_second / theirs.per_second for ours, theirs in zip(loads["portal"], loads["bare"], strict=True)
        )
        table(
            f"Identity callback: {REQUESTS} requests × {ROUNDS}, {CONNECTIONS} connections, 1 worker × 8 threads",
            ("app", "bytes", "requests/s", "median ms", "failures"),
            rows,
        )
        print(f"  ratio portal / bare, median of rounds: {ratio:.2f} (wanted: at least 0.9)")
    finally:
        portal.stop()
        bare.terminate()
        bare.wait()


def crossings(sandbox: SandboxClient) -> None:
    """50 sessions of four people, 4 workers: every answer must name the person who asked."""
    with tempfile.TemporaryDirectory() as folder:
        variables = connect_variables(sandbox, PORTAL_CACHE_URL=str(Path(folder) / "cache"))
        portal = start_portal(variables, "--workers", "4", "--threads", "8")
        try:
            people = {"analyst-west": b"Analyst West", "analyst-east": b"Analyst East", "engineer": b"Engineer"}
            keys = [list(people)[n % 3] for n in range(VIEWERS)]
            tokens = [sandbox.session(key) for key in keys]
            sandbox.clear_calls()
            crossed = 0

            def make(n: int) -> Request:
                return "POST", portal.url + "_dash-update-component", {HEADER: tokens[n % VIEWERS]}, IDENTITY

            def check(n: int, body: bytes) -> bool:
                nonlocal crossed
                mine = people[keys[n % VIEWERS]]
                crossed += any(other in body for other in people.values() if other != mine)
                return mine in body

            load = run(make, CROSSING_REQUESTS, 32, check)
            _memory(portal)
            table(
                f"{VIEWERS} sessions, 4 workers × 8 threads, one shared directory",
                ("requests", "requests/s", "p95 ms", "failures", "crossings", "exchanges", "host probes"),
                [
                    (
                        load.requests,
                        load.per_second,
                        load.p95_ms,
                        load.failures,
                        crossed,
                        sandbox.count("connect", "/oauth/integrations/credentials"),
                        sandbox.count("workspace", "databricks-config"),
                    )
                ],
            )
        finally:
            portal.stop()


def _memory(portal: Portal) -> None:
    sizes = [psutil.Process(pid).memory_info().rss / 1e6 for pid in portal.workers()]
    print(f"  resident memory of a worker: {statistics.median(sizes):.0f} MB")


def main() -> None:
    sandbox = start_sandbox()
    try:
        throughput(sandbox)
        crossings(sandbox)
    finally:
        sandbox.stop()


if __name__ == "__main__":
    main()
