"""Forty viewers while a service stalls, dribbles, refuses, limits or lies: what they, and `/healthz`, meet.

    make bench faults                                       # both tables: gunicorn, and a plain threaded server
    FAULT_SECONDS=60 make bench faults                      # as long as issue and field notes say; 20 s as it comes
    FAULTS=stall,dribble SERVICES=workspace python -m tests.bench faults
    BEFORE=/path/of/another/tree python -m tests.bench faults   # another version's table, by the same measure

Viewers go from Home to Jobs to Warehouse, a second's thought apart; with the storage broken they read rows of a result.
Of Connect's viewers, every third has a session that nobody has exchanged yet. Wanted: `/healthz` within 0.5 s, no page
over 6 s but for what says "still running", normal within 5 s after the fault.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import psutil
import requests
import trustme

from tests.bench import journey
from tests.bench.load import table
from tests.fault_line import Line, trusted_with
from tests.portal_process import HEADER, START_SECONDS, connect_variables, free_port, start_portal
from tests.redis_server import RedisServer
from tests.sandbox_client import ROOT, SandboxClient, start_sandbox

VIEWERS = 40
SECONDS = float(os.environ.get("FAULT_SECONDS", "20"))
NORMAL_SECONDS = 60.0
"""After the fault: longest that is waited for."""
LONG = 10.0
PAGES = ("", "jobs", "warehouse")
ROWS = "SELECT id, repeat('x', 20) AS text FROM range(20000)"
NOTHING = ("none", "none")
MATRIX = {
    "workspace": ("stall", "dribble", "503", "429", "refuse", "dns", "expired", "slow"),
    "storage": ("stall", "dribble", "503", "429", "refuse", "slow"),
    "connect": ("stall", "dribble", "503", "429", "refuse", "dns", "slow"),
    "redis": ("stall", "dribble", "refuse", "dns"),
}


@dataclass
class Running:
    """A portal whose lines can be broken."""

    url: str
    process: subprocess.Popen[bytes]
    sandbox: SandboxClient
    lines: dict[str, Line]
    dead_names: Path
    stop: Any = None

    def processes(self) -> list[psutil.Process]:
        arbiter = psutil.Process(self.process.pid)
        return arbiter.children() or [arbiter]

    @contextmanager
    def broken(self, service: str, fault: str) -> Iterator[None]:
        """While inside, the service has the fault."""
        place = {"storage": "storage", "workspace": "workspace", "connect": "connect"}.get(service, "")
        route = "/__api__|oauth" if service == "connect" else ""
        by_sandbox: dict[str, dict[str, Any]] = {
            "503": {"status": 503, "body": {"error_code": "TEMPORARILY_UNAVAILABLE", "message": "away"}},
            "429": {
                "status": 429,
                "headers": {"Retry-After": "20"},
                "body": {"error_code": "LIMIT", "message": "slow"},
            },
            "slow": {"delay": 2},
        }
        if service == "storage":
            by_sandbox |= {"stall": {"delay": 60}, "dribble": {"slow_body": 2}, "refuse": {"drop": True}}
        line = self.lines.get(service)
        if fault == "dns":
            # A name is remembered for a minute by who knows it: this meets what asks anew.
            self.dead_names.touch()
        elif fault in by_sandbox:
            self.sandbox.fault(place, route, **by_sandbox[fault])
        elif fault != "none":
            assert line is not None
            line.mode = fault
        try:
            yield
        finally:
            self.dead_names.unlink(missing_ok=True)
            self.sandbox.clear_faults()
            if line is not None:
                line.mode = "pass"


class Viewers(journey.Viewers):
    """They note every answer's time, and each page's, with whether it showed a state."""

    def __init__(self, root: str, tokens: list[str], statements: dict[str, str]) -> None:
        super().__init__(root, tokens)
        self.pages: list[tuple[float, bool]] = []
        self.answers: list[float] = []
        self._statements = statements
        self._states = 0

    async def _one(
        self, session: aiohttp.ClientSession, token: str, until: float, think: float, delay: float, number: int
    ) -> None:
        await asyncio.sleep(delay)
        step = number
        while time.perf_counter() < until:
            step += 1
            started = time.perf_counter()
            if token in self._statements:
                shown = await self._rows(session, token)
            else:
                shown = await self._load(session, token, PAGES[step % len(PAGES)])
            self.pages.append((time.perf_counter() - started, shown))
            await asyncio.sleep(think)

    async def _rows(self, session: aiohttp.ClientSession, token: str) -> bool:
        path = f"results/{self._statements[token]}/rows"
        headers = {HEADER: token, "Content-Type": "application/json"}
        content = await self._timed(session, "POST", path, headers, b'{"start": 0, "stop": 50, "view": null}')
        return b'"rows"' not in content

    async def _load(self, session: aiohttp.ClientSession, token: str, path: str) -> bool:
        headers = {HEADER: token, "Referer": self.root + path, "Content-Type": "application/json"}
        await self._timed(session, "GET", path, headers)
        layout = await self._timed(session, "GET", "_dash-layout", headers)
        answers = [layout]
        with suppress(ValueError):
            import json

            bodies = journey.first_callbacks(json.loads(layout or b"{}"), self._dependencies)
            answers += await asyncio.gather(
                *(
                    self._timed(session, "POST", "_dash-update-component", headers, json.dumps(body).encode())
                    for body in bodies
                )
            )
        return any(b'"className":"state state-' in one or b"alert state-" in one or not one for one in answers)

    async def _timed(
        self, session: aiohttp.ClientSession, method: str, path: str, headers: dict[str, str], body: bytes | None = None
    ) -> bytes:
        started = time.perf_counter()
        try:
            async with session.request(method, self.root + path, headers=headers, data=body) as answer:
                return await answer.read() if answer.status < 400 else b""
        except (aiohttp.ClientError, TimeoutError):
            return b""
        finally:
            self.answers.append(time.perf_counter() - started)


@dataclass
class Health:
    """Asked five times a second, by a thread of its own."""

    url: str
    worst: float = 0.0
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Health:
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(30)

    def _ask(self) -> None:
        while not self._over.wait(0.2):
            started = time.perf_counter()
            with suppress(requests.RequestException):
                requests.get(self.url + "healthz", timeout=30)
            self.worst = max(self.worst, time.perf_counter() - started)


@contextmanager
def portal(plain: bool) -> Iterator[Running]:
    """With a sandbox, a Redis and lines to all of them."""
    sandbox = start_sandbox("--more-viewers", str(VIEWERS * 2))
    redis = RedisServer().start()
    authority = trustme.CA()
    folder = Path(tempfile.mkdtemp(prefix="bench-faults-"))
    ports = {
        "workspace": urlsplit(sandbox.workspace_url).port, "connect": urlsplit(sandbox.connect_url).port,
        "redis": redis.port,
    }  # fmt: skip
    lines = {name: Line("127.0.0.1", port or 0, authority) for name, port in ports.items()}
    trust = trusted_with(sandbox.ca_bundle, authority, folder)
    variables = connect_variables(
        sandbox,
        DATABRICKS_HOST=f"localhost:{lines['workspace'].port}",
        CONNECT_SERVER=f"http://localhost:{lines['connect'].port}",
        PORTAL_CACHE_URL=f"redis://localhost:{lines['redis'].port}/0",
        SSL_CERT_FILE=trust,
        REQUESTS_CA_BUNDLE=trust,
        DEAD_NAMES=str(folder / "dead"),
        PYTHONPATH=str(ROOT / "tests" / "bench" / "names"),
        PORTAL_SIGNING_KEY="b" * 32,
    )
    root = Path(os.environ.get("BEFORE", str(ROOT)))
    if plain:
        port = free_port()
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "tests" / "bench" / "plain_server.py"), str(port)],
            cwd=root, env={**os.environ, **variables, "PYTHONPATH": f"{variables['PYTHONPATH']}:{root}"},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        url, stop = f"http://127.0.0.1:{port}/", process.kill
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with suppress(requests.RequestException):
                if requests.get(url + "healthz", timeout=5).ok:
                    break
            assert process.poll() is None, "the plain server did not start"
            time.sleep(0.2)
    else:
        started = start_portal(variables, root=root)
        url, process, stop = started.url, started.process, started.stop
    try:
        yield Running(url, process, sandbox, lines, folder / "dead", stop)
    finally:
        stop()
        for line in lines.values():
            line.close()
        redis.stop()
        sandbox.stop()


def statements(running: Running, tokens: list[str]) -> dict[str, str]:
    """One result each, whose rows nobody has read."""
    found = {}
    for number, token in enumerate(tokens, 1):
        body = {"statement": ROWS, "warehouse_id": running.sandbox.warehouse_id, "disposition": "EXTERNAL_LINKS",
                "format": "ARROW_STREAM", "wait_timeout": "30s"}  # fmt: skip
        answer = requests.post(
            running.sandbox.workspace_url + "/api/2.0/sql/statements", json=body, timeout=60,
            verify=running.sandbox.ca_bundle, headers={"Authorization": f"Bearer dapi-analyst-{number:03}"},
        )  # fmt: skip
        found[token] = str(answer.json()["statement_id"])
    return found


def normal(running: Running, token: str, statement: str | None) -> float:
    """Seconds until a viewer sees content again."""
    began = time.perf_counter()
    while time.perf_counter() - began < NORMAL_SECONDS:
        viewers = Viewers(running.url, [token], {token: statement} if statement else {})
        asyncio.run(viewers.walk(0.05, 0.0, 0.0))
        if viewers.pages and not any(shown for _, shown in viewers.pages):
            break
        time.sleep(0.2)
    return time.perf_counter() - began


def measure(running: Running, service: str, fault: str) -> tuple[Any, ...]:
    tokens = [running.sandbox.session(f"analyst-{number:03}") for number in range(1, VIEWERS + 1)]
    asked = statements(running, tokens) if service == "storage" else {}
    known = tokens if service != "connect" else [one for number, one in enumerate(tokens) if number % 3]
    warm = Viewers(running.url, known, {})
    asyncio.run(warm.walk(3.0, 1.0, 2.0))
    running.sandbox.clear_calls()
    viewers = Viewers(running.url, tokens, asked)
    with Health(running.url) as health, running.broken(service, fault):
        asyncio.run(viewers.walk(SECONDS, 1.0, 1.0))
    calls = running.sandbox.count()
    after = normal(running, tokens[1], asked.get(tokens[1]))
    memory = sum(one.memory_info().rss for one in running.processes()) / 1e6
    threads = sum(one.num_threads() for one in running.processes())
    states = [seconds for seconds, shown in viewers.pages if shown]
    every = [seconds for seconds, _ in viewers.pages]
    return (
        service, fault, len(every), len(states),
        statistics.median(states) if states else "-", max(states) if states else "-", max(every, default=0.0),
        health.worst, sum(seconds > LONG for seconds in viewers.answers), threads, round(memory), calls, after,
    )  # fmt: skip


def run(title: str, plain: bool) -> None:
    faults = os.environ.get("FAULTS", "").split(",") if os.environ.get("FAULTS") else None
    services = os.environ.get("SERVICES", "").split(",") if os.environ.get("SERVICES") else list(MATRIX)
    cases = [NOTHING, *((one, fault) for one in services for fault in MATRIX[one] if not faults or fault in faults)]
    rows = []
    with portal(plain) as running:
        for service, fault in cases:
            rows.append(measure(running, service, fault))
            print(f"  {title}: {service} {fault} measured", file=sys.stderr, flush=True)
    table(
        f"{title}: {VIEWERS} viewers for {SECONDS:g} s under each fault; seconds",
        ("service", "fault", "pages", "with a state", "state median", "state worst", "page worst", "/healthz worst",
         f"answers > {LONG:g} s", "threads after", "MB after", "upstream calls", "normal after"),
        rows,
    )  # fmt: skip
    slow = [row for row in rows if row[7] > 0.5]
    late = [row for row in rows if row[12] > 5.0]
    print(f"  wanted: /healthz within 0.5 s ({len(slow)} of {len(rows)} not), normal within 5 s ({len(late)} not)")


def main() -> None:
    run("gunicorn, as configured", plain=False)
