"""/metrics and health of a running portal: who may look, what is counted, and that nobody is named."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.portal_process import Portal, connect_variables, start_portal
from tests.sandbox_client import SandboxClient

TOKEN = "metrics-bearer-of-the-tests"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def portal(sandbox_process: SandboxClient) -> Iterator[Portal]:
    running = start_portal(connect_variables(sandbox_process, PORTAL_METRICS_TOKEN=TOKEN), "--workers", "2")
    yield running
    running.stop()


def counted(portal: Portal) -> dict[str, float]:
    """Every sample of a scrape by its name and labels."""
    answer = portal.get("metrics", headers=BEARER)
    assert answer.status_code == 200, answer.text
    lines = [line for line in answer.text.splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def settled(portal: Portal) -> None:
    """Nothing is in flight but the scrape itself. An answer reaches its client a moment before its request ends."""
    deadline = time.monotonic() + 10
    while counted(portal)["portal_requests_in_flight"] != 1:
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer metrics-bearer-of-the-test"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": "Bearer \xfc"},
        {"X-Forwarded-For": "127.0.0.1"},
    ],
)
def test_only_the_bearer_opens_metrics_also_from_loopback(portal: Portal, headers: dict[str, str]):
    answer = portal.get("metrics", headers=headers)
    assert answer.status_code == 401
    assert "portal_" not in answer.text


def test_without_the_setting_there_are_no_metrics(sandbox: SandboxClient):
    running = start_portal(connect_variables(sandbox), "--workers", "1")
    try:
        for headers in ({}, BEARER, {"Authorization": "Bearer "}, {"Authorization": "Bearer None"}):
            assert running.get("metrics", headers=headers).status_code == 404
    finally:
        running.stop()


def test_all_workers_are_counted_and_a_scrape_says_what_was_done(portal: Portal, sandbox: SandboxClient):
    before = counted(portal)
    token = sandbox.session("analyst-west")
    for _ in range(4):
        portal.page("identity", token)
    portal.page("identity")
    after = counted(portal)

    def grew(name: str) -> float:
        return after.get(name, 0.0) - before.get(name, 0.0)

    layouts = 'portal_requests_total{method="GET",route="/_dash-layout",status="200"}'
    # Both workers' numbers are in every scrape, whichever worker answers it.
    assert grew(layouts) == 5
    exchanges = grew('portal_exchanges_total{outcome="ok"}')
    assert exchanges == 1, "the workers of one gunicorn share sessions"
    assert grew('portal_calls_total{api="oauth/integrations/credentials",service="Connect",status="200"}') == 1
    # Whose the credential is, is asked with the exchange; what else is known of them, each worker asks for itself.
    assert 1 <= grew('portal_calls_total{api="preview/scim",service="Databricks",status="200"}') <= 2
    assert grew('portal_cache_total{cache="credentials",result="hit"}') > 0
    assert grew('portal_states_total{state="sign-in-connect"}') >= 1
    settled(portal)


def test_refusals_and_unreachable_services_are_counted(portal: Portal, sandbox: SandboxClient):
    before = counted(portal)
    sandbox.fault("connect", "/oauth/integrations/credentials", status=400, body={"code": 219, "error": "no"})
    portal.page("identity", sandbox.session("newcomer"))
    after = counted(portal)
    name = 'portal_exchanges_total{outcome="sign-in-databricks"}'
    assert after[name] > before.get(name, 0.0)


def test_no_label_holds_a_viewer_or_an_address(portal: Portal, sandbox: SandboxClient):
    for viewer in ("analyst-west", "engineer"):
        token = sandbox.session(viewer)
        for path in ("", "trips?zip=10103", "identity", "no/such/page-of-analyst-west"):
            portal.page(path, token) if "no/" not in path else portal.get(path, token)
    text = portal.get("metrics", headers=BEARER).text
    for word in ("analyst", "engineer", "example.com", "400100000000", "10103", "no/such", TOKEN):
        assert word not in text
    for value in re.findall(r'route="([^"]*)"', text):
        assert value in {"page", "unknown"} or value.startswith("/")


@pytest.mark.slow
def test_totals_survive_a_worker_and_its_open_requests_do_not(portal: Portal, sandbox: SandboxClient):
    token = sandbox.session("analyst-east")
    portal.page("identity", token)
    before = counted(portal)
    os.kill(portal.workers()[0], signal.SIGKILL)
    deadline = time.monotonic() + 20
    while len(portal.workers()) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    after = counted(portal)
    for name, value in before.items():
        if name.startswith("portal_requests_total"):
            assert after[name] >= value, name
    settled(portal)


def test_the_counts_directory_goes_with_the_portal(sandbox: SandboxClient):
    running = start_portal(connect_variables(sandbox, PORTAL_METRICS_TOKEN=TOKEN), "--workers", "1")
    maps = Path(f"/proc/{running.workers()[0]}/maps").read_text()
    directories = {Path(path).parent for path in re.findall(r"(/\S*portal-own-metrics-\S+\.db)", maps)}
    assert directories
    running.stop()
    assert not any(directory.exists() for directory in directories)


def test_ready_says_what_is_missing(sandbox: SandboxClient):
    variables = connect_variables(sandbox)
    del variables["DATABRICKS_WAREHOUSE_ID"]
    running = start_portal(variables, "--workers", "1")
    try:
        answer = running.get("readyz")
        assert answer.status_code == 503
        assert "DATABRICKS_WAREHOUSE_ID" in answer.text
        assert running.get("healthz").status_code == 200
    finally:
        running.stop()


def test_health_needs_no_viewer(portal: Portal):
    assert requests.get(portal.url + "healthz", timeout=10).json()["status"] == "ok"
    assert requests.get(portal.url + "readyz", timeout=10).json()["ready"] is True
