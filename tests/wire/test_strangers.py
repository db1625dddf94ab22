"""What strangers send: refused in a sentence, without much work, and without holding up anybody who is known."""

from __future__ import annotations

import itertools
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from functools import partial
from urllib.parse import urlsplit

import psutil
import pytest
import requests

from tests import strangers
from tests.bench.bench_stranger import beside
from tests.portal_process import HEADER, Portal, connect_variables, start_portal
from tests.sandbox_client import SandboxClient
from tests.wire.warehouse_client import refused

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def besieged(sandbox_process: SandboxClient) -> Iterator[Portal]:
    """A portal of two workers for this file alone: what is refused too often is refused for a minute."""
    portal = start_portal(connect_variables(sandbox_process), "--workers", "2")
    yield portal
    portal.stop()


@pytest.mark.parametrize("name", strangers.REQUESTS)
def test_a_strangers_request_costs_little_and_no_traceback(besieged: Portal, name: str):
    workers = [psutil.Process(pid) for pid in besieged.workers()]
    before = sum(sum(worker.cpu_times()[:2]) for worker in workers)
    faults = besieged.log.count("Traceback")
    status = strangers.REQUESTS[name](besieged.url)
    assert 200 <= status < 500
    assert sum(sum(worker.cpu_times()[:2]) for worker in workers) - before < 1.0
    assert besieged.log.count("Traceback") == faults
    if status >= 400:
        assert f'"status": {status}' in besieged.log, "a refusal has its line"


@pytest.mark.parametrize("name", strangers.CONNECTIONS)
def test_forty_clients_that_take_their_time_hold_up_nobody(besieged: Portal, sandbox: SandboxClient, name: str):
    token = sandbox.session("analyst-west")
    assert besieged.get("_dash-layout", token).status_code == 200
    attack = strangers.CONNECTIONS[name]
    health, home = beside(besieged, token, 4.0, partial(attack, besieged.url), 40)
    for seen in (health, home):
        assert not seen.failed, seen
        assert statistics.median(seen.times) < 2, seen


@pytest.mark.slow
def test_everything_at_once_from_eight_clients(sandbox: SandboxClient):
    portal = start_portal(connect_variables(sandbox), "--workers", "2")
    try:
        token = sandbox.session("analyst-west")
        assert portal.get("_dash-layout", token).status_code == 200
        every = itertools.cycle([*strangers.REQUESTS.values(), *strangers.CONNECTIONS.values()])
        lock = threading.Lock()

        def attack() -> None:
            with lock:
                following = next(every)
            following(portal.url)

        health, home = beside(portal, token, 10.0, attack, 8)
        for seen in (health, home):
            assert not seen.failed, seen
            assert statistics.median(seen.times) < 2, seen
        assert "Analyst West" in portal.page("", token)
        assert "Traceback" not in portal.log
    finally:
        portal.stop()


def test_forged_tokens_leave_little_behind_and_take_nobody_with_them(sandbox: SandboxClient):
    portal = start_portal(connect_variables(sandbox), "--workers", "1")
    try:
        token = sandbox.session("analyst-west")
        portal.page("", token)
        for _ in range(50):  # what the first of them costs once
            portal.post("catalog/tree", strangers.forged(4_000), json={"path": []})
        worker = psutil.Process(portal.workers()[0])
        before = worker.memory_info().rss
        session = requests.Session()
        answers = []
        for _ in range(2_000):
            headers = {HEADER: strangers.forged(4_000)}
            answers.append(session.post(portal.url + "catalog/tree", json={"path": []}, headers=headers).status_code)
        assert set(answers) == {401, 429}
        assert worker.memory_info().rss - before < 20e6
        assert token not in portal.log
        assert portal.post("catalog/tree", token, json={"path": []}).status_code == 200
    finally:
        portal.stop()


def test_nobody_has_a_rate_and_a_viewer_their_own(sandbox: SandboxClient):
    portal = start_portal(connect_variables(sandbox, PORTAL_REQUESTS_PER_MINUTE="60"), "--workers", "1")
    try:
        answers = [portal.get("_dash-dependencies") for _ in range(130)]
        assert 50 <= [answer.status_code for answer in answers].count(200) <= 120
        refused(answers[-1])
        assert answers[-1].json()["error"] == "busy"
        assert int(answers[-1].headers["Retry-After"]) > 0
        assert {portal.get("healthz").status_code for _ in range(10)} == {200}
        assert portal.get("assets/portal.css").status_code == 200
        assert "Analyst West" in portal.page("identity", sandbox.session("analyst-west"))
    finally:
        portal.stop()


# Where nobody is known


@pytest.mark.parametrize("token", [None, "forged-token-of-nobody"])
def test_a_large_body_of_nobody_is_refused_unread(besieged: Portal, token: str | None):
    """Its length is enough: not a byte of it has to come."""
    parts = urlsplit(besieged.url)
    lines = [f"{HEADER}: {token}"] if token else []
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=10) as link:
        link.sendall(strangers._head(strangers.CALLBACK, "Content-Length: 100000", *lines) + b" " * 70_000)
        started = time.perf_counter()
        answer = link.recv(65536).decode()
        while not answer.partition("\r\n\r\n")[2]:
            answer += link.recv(65536).decode()  # the head may come alone
        assert time.perf_counter() - started < 2
    assert answer.startswith("HTTP/1.1 413" if token is None else "HTTP/1.1 401")
    assert "sideUpdate" in answer, "the page draws it"


def test_a_callback_of_nobody_still_draws_the_sign_in_state(besieged: Portal):
    assert "Sign in to Connect" in besieged.page("", None)
    assert "Sign in to Connect" in besieged.page("", "forged-token-of-nobody")


def test_a_large_body_of_a_viewer_is_read_also_as_the_first_thing(besieged: Portal, sandbox: SandboxClient):
    sql = "SELECT 1 -- " + "x" * 100_000
    answer = besieged.post("sql/format", sandbox.session("analyst-east"), json={"sql": sql})
    assert answer.status_code in {200, 422}, answer.text[:200]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["results/x/rows", "_dash-update-component", "nosuch"])
def test_a_method_that_nothing_takes_is_said(besieged: Portal, method: str, path: str):
    answer = requests.request(method, besieged.url + path, timeout=10)
    assert answer.status_code == 405
    refused(answer)
