"""After "End session": what goes on (nothing), in every process, and what a process still holds (neither token)."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask

from portal.cache import SharedCache
from portal.settings import Settings
from portal.viewer import request as doors
from portal.viewer.tombstones import Tombstones
from tests.portal_process import HEADER, Portal, connect_variables, start_portal
from tests.sandbox_client import ROOT, SandboxClient
from tests.wire.test_apps import FORWARDED, app_variables
from tests.wire.warehouse_client import page

HELD = str(ROOT / "tests/wire/gunicorn_held.py")
BIG = "SELECT * FROM main.bench.events LIMIT 3000000"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("held") / "door"


@pytest.fixture(scope="module")
def portal(sandbox_process: SandboxClient, door: Path) -> Iterator[Portal]:
    more = {"HELD_SOCKET": str(door), "PORTAL_CACHE_URL": str(door.with_name("cache"))}
    variables = connect_variables(sandbox_process, PORTAL_METRICS_TOKEN="m" * 32, **more)
    running = start_portal(variables, "--config", HELD, "--workers", "2", "--threads", "8")
    yield running
    running.stop()


def asked(door: Path, worker: int, question: dict[str, Any]) -> list[str]:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(f"{door}.{worker}")
        connection.sendall(json.dumps(question).encode())
        with connection.makefile() as stream:
            found: list[str] = json.loads(stream.readline())
            return found


def everywhere(door: Path, portal: Portal, question: dict[str, Any]) -> dict[int, list[str]]:
    return {worker: asked(door, worker, question) for worker in portal.workers()}


def test_five_seconds_after_the_end_no_live_object_holds_bearer_or_session_token(
    portal: Portal, sandbox: SandboxClient, door: Path
):
    token = sandbox.session("analyst-west")
    kept_open = [requests.Session() for _ in range(6)]
    for session in kept_open:
        session.headers[HEADER] = token
    for path in ("", "identity", "trips", "jobs", "catalog", "queries", "warehouse", "identity"):
        portal.page(path, token)
        for session in kept_open:
            assert session.get(portal.url + path, timeout=60).status_code == 200
    viewer = page(portal, sandbox, "analyst-west")
    viewer.token = token
    statement = viewer.statement("SELECT * FROM main.sales.orders")
    assert viewer.rows(statement, 0, 10)
    # A download that nobody takes the bytes of.
    stalled = requests.post(
        f"{portal.url}results/{viewer.statement(BIG)}/download/csv", headers={HEADER: token}, stream=True, timeout=60
    )
    bearers = sorted({one for found in everywhere(door, portal, {"bearers": True}).values() for one in found})
    needles = [token, *bearers]
    assert len(needles) >= 2
    before = everywhere(door, portal, {"needles": needles})
    assert all(before.values()), "both workers know the viewer, and the test can see it"

    assert kept_open[0].post(f"{portal.url}session/end", timeout=60).json() == {"ended": True, "everywhere": True}
    time.sleep(5)
    assert everywhere(door, portal, {"needles": needles}) == {worker: [] for worker in before}
    stalled.close()


def requests_until_refused(portal: Portal, headers: dict[str, str], seconds: float) -> tuple[float, int]:
    """Ask without pause; seconds after which nothing was served any more, and how many answers came after that."""
    began = last = time.monotonic()
    refused = 0
    while time.monotonic() - began < seconds:
        answer = portal.post("results/01ef0000-0000-1000-8000-000000000000/state", headers=headers, json={})
        if answer.json()["error"] == "session-ended":
            refused += 1
        else:
            last, refused = time.monotonic(), 0
    return last - began, refused


@pytest.mark.parametrize("where", ["apps", "developer"])
def test_what_ends_on_other_platforms_ends_in_every_worker(sandbox: SandboxClient, where: str):
    if where == "apps":
        variables, headers = app_variables(sandbox), {FORWARDED: "dapi-analyst-west"}
    else:
        variables = {
            "PORTAL_IDENTITY": "developer",
            "DATABRICKS_HOST": sandbox.workspace_host,
            "DATABRICKS_TOKEN": "dapi-engineer",
            "DATABRICKS_WAREHOUSE_ID": sandbox.warehouse_id,
            "SSL_CERT_FILE": sandbox.ca_bundle,
            "REQUESTS_CA_BUNDLE": sandbox.ca_bundle,
        }
        headers = {}
    running = start_portal(variables, "--workers", "2", "--threads", "4")
    try:
        for _ in range(10):
            assert "Session ended" not in running.page("identity", headers=headers)
        assert running.post("session/end", headers=headers).json() == {"ended": True, "everywhere": True}
        until, refused = requests_until_refused(running, headers, 6)
        assert until < 2
        assert refused > 10
        assert "Session ended" in running.page("identity", headers=headers)
        assert running.post("session/continue", headers=headers).status_code == 200
        for _ in range(6):
            assert "Session ended" not in running.page("identity", headers=headers)
    finally:
        running.stop()


def test_a_running_download_stops_within_two_seconds_in_whichever_worker(portal: Portal, sandbox: SandboxClient):
    viewer = page(portal, sandbox)
    statement = viewer.statement(BIG)
    address = f"{portal.url}results/{statement}/download/csv"
    ended_at = [float("inf")]
    stopped: list[float] = []

    def take(slowly: float) -> None:
        answer = requests.post(address, headers={HEADER: viewer.token}, stream=True, timeout=60)
        assert answer.status_code == 200
        began.release()
        pieces = answer.iter_content(64 * 1024)
        try:
            while next(pieces, None) is not None:
                time.sleep(slowly)
            pytest.fail("it came to its end")
        except requests.exceptions.ChunkedEncodingError:
            pass
        stopped.append(time.monotonic() - ended_at[0])

    began = threading.Semaphore(0)
    threads = [threading.Thread(target=take, args=(slowly,)) for slowly in (0.02, 0.05)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert began.acquire(timeout=30)
    time.sleep(0.5)
    ended_at[0] = time.monotonic()
    assert portal.post("session/end", viewer.token).status_code == 200
    for thread in threads:
        thread.join(30)
    assert len(stopped) == 2
    # What lies in the sockets' buffers already is read to its end; nothing is written after it.
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        events = [json.loads(line) for line in portal.log.splitlines() if '"portal.audit"' in line]
        mine = [e for e in events if e.get("object") == f"statement/{statement}" and e["event"] == "download"]
        if len(mine) == 2:
            break
        time.sleep(0.1)
    assert [event["outcome"] for event in mine] == ["stopped", "stopped"]
    assert time.monotonic() - ended_at[0] - max(stopped) < 5


def test_a_forged_tombstone_ends_nothing_and_is_counted(portal: Portal, sandbox: SandboxClient, door: Path):
    token = sandbox.session("analyst-east")
    assert "Analyst East" in portal.page("identity", token)
    cache = SharedCache(Flask("attacker"), str(door.with_name("cache")))
    binding = doors.binding(Settings(**sandbox.env))  # type: ignore[arg-type]  # by the names of the variables
    stone = Tombstones(cache, binding).of_token(token)
    for forged in (1, True, "ended"):
        cache.set(stone.name, forged, 600)
        time.sleep(2.1)
        assert "Analyst East" in portal.page("identity", token)
    shown = portal.get("metrics", headers={"Authorization": "Bearer " + "m" * 32}).text
    counted = re.search(r'portal_forged_entries_total\{entry="tombstone"\} (\d+)', shown)
    assert counted, "the stone lies where the portal looks"
    assert int(counted.group(1)) >= 3
