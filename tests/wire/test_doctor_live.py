"""`python -m portal doctor --live URL`: which service fails, since when, asked of a running portal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest

from portal.version import RELEASE
from tests.fault_line import Line
from tests.portal_process import Portal, connect_variables, free_port, start_portal
from tests.sandbox_client import ROOT, SandboxClient

TOKEN = "l" * 32


@pytest.fixture(scope="module")
def line(sandbox_process: SandboxClient) -> Iterator[Line]:
    port = urlsplit(sandbox_process.workspace_url).port
    assert port is not None
    made = Line("127.0.0.1", port)
    yield made
    made.close()


@pytest.fixture(scope="module")
def portal(line: Line, sandbox_process: SandboxClient) -> Iterator[Portal]:
    running = start_portal(
        connect_variables(sandbox_process, PORTAL_METRICS_TOKEN=TOKEN, DATABRICKS_HOST=f"localhost:{line.port}"),
        "--workers", "2",
    )  # fmt: skip
    yield running
    running.stop()


def live(url: str, **variables: str) -> tuple[int, dict[str, dict[str, Any]], str]:
    """Status, findings by name, and all that was printed."""
    ours = ("PORTAL_", "CONNECT_", "DATABRICKS_", "POSIT_", "RSTUDIO_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(
        [sys.executable, "-m", "portal", "doctor", "--live", url, "--json"],
        cwd=ROOT, env={**kept, **variables}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    found = json.loads(done.stdout)["checks"]
    return done.returncode, {one["name"]: one for one in found}, done.stdout + done.stderr


def test_a_portal_that_is_well(portal: Portal, sandbox: SandboxClient):
    assert "Analyst West" in portal.page("identity", sandbox.session("analyst-west"))
    time.sleep(2.5)
    status, found, said = live(portal.url, PORTAL_METRICS_TOKEN=TOKEN)
    assert status == 0, said
    assert RELEASE in found["portal"]["says"]
    assert found["Databricks"]["state"] == "ok"
    assert found["Connect"]["state"] == "ok"
    assert "2" in found["processes"]["says"]
    assert TOKEN not in said


def test_a_service_that_is_away_since_when_and_why(portal: Portal, line: Line, sandbox: SandboxClient):
    began = time.time()
    token = sandbox.session("analyst-east")
    line.mode = "refuse"
    try:
        for _ in range(4):
            portal.page("jobs", token)
        time.sleep(2.5)
        status, found, said = live(portal.url, PORTAL_METRICS_TOKEN=TOKEN)
    finally:
        line.mode = "pass"
    assert status == 1
    says = found["Databricks"]["says"]
    assert says.startswith("Does not answer since ")
    assert "refused" in says
    at = time.mktime(time.strptime(says[22:41], "%Y-%m-%d %H:%M:%S")) - time.timezone
    assert began - 2 <= at <= time.time() + 2, says
    assert TOKEN not in said


def test_without_the_token_and_with_another(portal: Portal):
    status, found, _ = live(portal.url)
    assert status == 0
    assert found["services"]["state"] == "skipped"
    status, found, said = live(portal.url, PORTAL_METRICS_TOKEN="another-" * 4)
    assert status == 1
    assert "the token is another" in found["services"]["says"]
    assert "another-another" not in said


def test_what_is_no_portal_is_said(sandbox: SandboxClient):
    for url in ("", "nonsense", "ftp://x", f"http://127.0.0.1:{free_port()}", sandbox.connect_url, "http://x..y:99999"):
        status, found, _ = live(url or "x")
        assert status == 1
        assert found["portal"]["state"] == "failed"


def test_a_server_that_answers_anything_is_no_portal_either():
    class Odd(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b'{"status": "ok"}' if self.path == "/healthz" else b"[1, {]" * 10
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Odd)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        status, found, _ = live(f"http://127.0.0.1:{server.server_address[1]}", PORTAL_METRICS_TOKEN=TOKEN)
    finally:
        server.shutdown()
    assert status == 1
    assert found["services"]["state"] == "failed"
