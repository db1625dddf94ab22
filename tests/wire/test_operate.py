"""What operators meet: a worker killed, a stop with requests under way, services away, a full disk, silent sockets."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.portal_process import HEADER, Portal, connect_variables, start_portal
from tests.sandbox_client import SandboxClient

NAMES = {"analyst-west": "Analyst West", "analyst-east": "Analyst East", "engineer": "Engineer"}


@pytest.fixture(scope="module")
def portal(sandbox_process: SandboxClient) -> Iterator[Portal]:
    """As gunicorn.conf.py has it: two workers."""
    running = start_portal(connect_variables(sandbox_process))
    yield running
    running.stop()


@dataclass
class Load:
    """What viewers met while it ran."""

    outcomes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


@contextmanager
def load(portal: Portal, sandbox: SandboxClient, path: str = "identity", viewers: int = 6) -> Iterator[Load]:
    """So many viewers loading a page again and again, each checking that what they see is theirs."""
    keys = [list(NAMES)[number % len(NAMES)] for number in range(viewers)]
    tokens = [sandbox.session(key) for key in keys]
    met, over, lock = Load(), threading.Event(), threading.Lock()

    def visit(key: str, token: str) -> None:
        others = [name for other, name in NAMES.items() if other != key]
        while not over.is_set():
            try:
                shown = portal.page(path, token)
                outcome = "page" if NAMES[key] in shown else "state"
                bad = [name for name in others if f'"{name}"' in shown]
            except requests.RequestException as error:
                outcome, bad = type(error).__name__, []
            except AssertionError as error:
                outcome, bad = str(error)[:40], []
            with lock:
                met.outcomes[outcome] += 1
                met.wrong += bad

    threads = [threading.Thread(target=visit, args=pair) for pair in zip(keys, tokens, strict=True)]
    for thread in threads:
        thread.start()
    try:
        yield met
    finally:
        over.set()
        for thread in threads:
            thread.join(60)
    assert not met.wrong, "someone saw somebody else"


def until(condition: Any, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.slow
def test_a_worker_killed_under_load_costs_its_own_requests_only(portal: Portal, sandbox: SandboxClient):
    with load(portal, sandbox) as met:
        until(lambda: met.outcomes["page"] > 20)
        before = portal.workers()
        os.kill(before[0], signal.SIGKILL)
        until(lambda: len(portal.workers()) == 2 and before[0] not in portal.workers())
        failed, well = sum(met.outcomes.values()) - met.outcomes["page"], met.outcomes["page"]
        until(lambda: met.outcomes["page"] > well + 60, 40)
        # What was on its way in that worker broke off; nothing after it did.
        assert sum(met.outcomes.values()) - met.outcomes["page"] <= failed + 1
    assert failed <= 2 * 6, met.outcomes


def test_a_stop_lets_requests_in_flight_finish(sandbox: SandboxClient):
    running = start_portal(connect_variables(sandbox), "--workers", "1")
    token = sandbox.session("analyst-west")
    sandbox.fault("workspace", "Me", delay=3.0)
    answers: list[requests.Response] = []

    def ask() -> None:
        session = requests.Session()
        answers.append(session.post(running.url + "session/continue", headers={HEADER: token}, timeout=30))

    thread = threading.Thread(target=ask)
    try:
        thread.start()
        time.sleep(1.0)
        running.process.send_signal(signal.SIGTERM)
        thread.join(20)
        assert [answer.status_code for answer in answers] == [200]
        assert running.process.wait(20) == 0
        # The server's own lines, written by the logging that the portal has set up in its worker.
        assert "Worker exiting" in running.log
        assert "Logging error" not in running.log
    finally:
        sandbox.clear_faults()
        running.stop()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("where", "fault"),
    [
        ("workspace", {"status": 503, "body": {"error_code": "TEMPORARILY_UNAVAILABLE", "message": "maintenance"}}),
        ("workspace", {"drop": True}),
        ("connect", {"drop": True}),
        ("connect", {"status": 502, "body": "<html>bad gateway</html>"}),
    ],
)
def test_a_service_that_is_away_is_said_and_comes_back(
    portal: Portal, sandbox: SandboxClient, where: str, fault: dict[str, Any]
):
    """A minute, shortened to seconds: each request of it is bounded, and none outlasts it."""
    sandbox.fault(where, "^/api/|^/sql/|^/__api__/", **fault)
    with load(portal, sandbox, viewers=4) as met:
        # One request gives up after the SDK's few seconds of retries; a page makes several, here one after the other.
        started = time.perf_counter()
        assert portal.post("session/continue", sandbox.session("analyst-west")).status_code in {502, 503}
        assert time.perf_counter() - started < 9
        until(lambda: sum(met.outcomes.values()) >= 4, 60)
        for _ in range(5):
            started = time.perf_counter()
            assert portal.get("healthz").status_code == 200
            assert time.perf_counter() - started < 2
        assert set(met.outcomes) == {"state"}, "no request fails: it shows the state"
        sandbox.clear_faults()
        until(lambda: met.outcomes["page"] > 8, 30)


def test_an_integration_removed_while_viewers_work(portal: Portal, sandbox: SandboxClient):
    key = {"Authorization": f"Key {sandbox.api_key}"}
    where = f"{sandbox.connect_url}/__api__/v1/content/{sandbox.content_guid}/oauth/integrations/associations"
    working = sandbox.session("analyst-west")
    for _ in range(6):  # both workers know this viewer
        portal.page("identity", working)
    requests.put(where, json=[], headers=key, timeout=10).raise_for_status()
    assert "Analyst West" in portal.page("identity", working), "a credential is good until it ends"
    newcomer = sandbox.session("analyst-east")
    shown = portal.page("identity", newcomer)
    assert "Not set up" in shown
    assert "not associated with a Databricks integration" in shown
    back = [{"oauth_integration_guid": sandbox.integration_guid}]
    requests.put(where, json=back, headers=key, timeout=10).raise_for_status()
    assert "Analyst East" in portal.page("identity", newcomer)


@pytest.mark.slow
def test_a_thousand_silent_connections_hold_up_nobody(portal: Portal, sandbox: SandboxClient):
    token = sandbox.session("analyst-west")
    portal.page("identity", token)
    port = urlsplit(portal.url).port
    silent = []
    try:
        for _ in range(1000):
            silent.append(socket.create_connection(("127.0.0.1", port), timeout=5))
        started = time.perf_counter()
        assert portal.get("healthz").status_code == 200
        assert "Analyst West" in portal.page("identity", token)
        assert time.perf_counter() - started < 5
    finally:
        for connection in silent:
            connection.close()


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system without room, where we may mount one."""
    where = tmp_path / "full"
    where.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(where)], capture_output=True)
    if done.returncode:
        pytest.skip("mounting a small file system needs root")
    try:
        with suppress(OSError), (where / "filler").open("wb", buffering=0) as file:
            while file.write(b"x" * 4096):
                pass
        yield where
    finally:
        subprocess.run(["umount", str(where)], check=False)


@pytest.mark.slow
def test_a_full_disk_is_not_noticed_by_viewers(sandbox: SandboxClient, full_disk: Path):
    """Credentials, metrics and result chunks would each like to write; none of them needs to."""
    variables = connect_variables(
        sandbox,
        TMPDIR=str(full_disk),
        PORTAL_CACHE_URL=str(full_disk / "cache"),
        PORTAL_METRICS_TOKEN="bearer-of-tests",
    )
    # gunicorn's own heartbeat file is a temporary file as well.
    running = start_portal(variables, "--workers", "2", "--worker-tmp-dir", "/dev/shm")
    try:
        for viewer, name in NAMES.items():
            token = sandbox.session(viewer)
            for _ in range(3):
                assert name in running.page("identity", token)
            assert "tpep_pickup_datetime" in running.page("trips", token)
        assert running.get("readyz").status_code == 200
        answer = running.get("metrics", headers={"Authorization": "Bearer bearer-of-tests"})
        assert "portal_requests_total" in answer.text
        assert len(running.workers()) == 2
    finally:
        running.stop()


MANY = 10_000_000


def _rss(portal: Portal) -> float:
    """Resident memory of the workers, MB."""
    pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in portal.workers())
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _finished_statement(sandbox: SandboxClient, viewer: str, sql: str) -> str:
    """A statement of this viewer's, run to its end by Databricks' own API; its id."""
    bearer = {"Authorization": f"Bearer dapi-{viewer}"}
    where = f"{sandbox.workspace_url}/api/2.0/sql/statements"
    asked = {
        "statement": sql,
        "warehouse_id": sandbox.warehouse_id,
        "disposition": "EXTERNAL_LINKS",
        "format": "ARROW_STREAM",
        "wait_timeout": "0s",
    }
    found = requests.post(where, json=asked, headers=bearer, timeout=30, verify=sandbox.ca_bundle).json()

    def ended() -> bool:
        status = requests.get(
            f"{where}/{found['statement_id']}", headers=bearer, timeout=30, verify=sandbox.ca_bundle
        ).json()["status"]
        assert status["state"] in {"PENDING", "RUNNING", "SUCCEEDED"}, status
        return status["state"] == "SUCCEEDED"

    until(ended, 90)
    return str(found["statement_id"])


@pytest.mark.slow
def test_a_slow_client_on_a_huge_download_holds_one_thread_and_little_memory(portal: Portal, sandbox: SandboxClient):
    token, other = sandbox.session("analyst-west"), sandbox.session("analyst-east")
    for _ in range(4):
        portal.page("identity", other)
    statement = _finished_statement(sandbox, "analyst-west", f"SELECT * FROM main.bench.events LIMIT {MANY}")
    before, most, received = _rss(portal), 0.0, 0
    address = f"{portal.url}results/{statement}/download/csv"
    with requests.post(address, headers={HEADER: token}, json={}, stream=True, timeout=60) as answer:
        assert answer.status_code == 200, answer.text[:500]
        began = time.monotonic()
        for piece in answer.iter_content(64 * 1024):
            received += len(piece)
            most = max(most, _rss(portal))
            time.sleep(0.2)  # 320 kB a second: the whole of it would take the better part of an hour
            if time.monotonic() - began > 12:
                break
        started = time.perf_counter()
        assert "Analyst East" in portal.page("identity", other)
        assert time.perf_counter() - started < 5, "others are served as ever"
    assert received > 1_000_000
    assert most - before < 250, f"{most - before:.0f} MB more"
    # The client went away: its place among the viewer's downloads is free again.
    for _ in range(3):
        with requests.post(address, headers={HEADER: token}, json={}, stream=True, timeout=60) as answer:
            assert answer.status_code == 200, answer.text[:300]
            next(answer.iter_content(1000))
        time.sleep(1)
