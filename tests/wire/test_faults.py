"""The fault table of credentials, over real sockets: slow, vague, skewed and rotating answers of Connect."""

from __future__ import annotations

import concurrent.futures
import time
from collections.abc import Iterator

import pytest
import requests

from tests.bench.bench_credentials import IDENTITY
from tests.portal_process import Portal, connect_variables, start_portal
from tests.sandbox_client import SandboxClient

CREDENTIALS = "/oauth/integrations/credentials"


@pytest.fixture(scope="module")
def portal(sandbox_process: SandboxClient) -> Iterator[Portal]:
    running = start_portal(connect_variables(sandbox_process), "--workers", "1", "--threads", "16")
    yield running
    running.stop()


def test_a_slow_exchange_is_waited_for_and_holds_up_nobody_else(portal: Portal, sandbox: SandboxClient):
    east = sandbox.session("analyst-east")
    portal.page("identity", east)
    sandbox.fault("connect", CREDENTIALS, delay=5, count=1)
    west = sandbox.session("analyst-west")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        slow = pool.submit(portal.page, "identity", west)
        time.sleep(0.3)
        before = time.perf_counter()
        assert "Analyst East" in portal.page("identity", east)
        assert time.perf_counter() - before < 2
        assert "Analyst West" in slow.result()
    assert sandbox.count("connect", CREDENTIALS, "analyst-west") <= 1


def test_an_exchange_that_hangs_is_given_up_after_ten_seconds_by_all_who_wait(portal: Portal, sandbox: SandboxClient):
    sandbox.fault("connect", CREDENTIALS, delay=25)
    token = sandbox.session("analyst-west")
    before = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda _: portal.post("_dash-update-component", token, json=IDENTITY).text, range(8))
        assert all("Service unreachable" in text for text in answers)
    assert time.perf_counter() - before < 14


@pytest.mark.parametrize("jwt", [False, True])
def test_without_expires_in_the_credential_is_still_kept(portal: Portal, sandbox: SandboxClient, jwt: bool):
    sandbox.control("POST", "/tokens", {"omit_expires_in": True, "jwt": jwt})
    token = sandbox.session("analyst-west")
    sandbox.clear_calls()
    for _ in range(3):
        assert "Analyst West" in portal.page("identity", token)
    assert sandbox.count("connect", CREDENTIALS) == 1


@pytest.mark.parametrize("offset", [-120, 120])
def test_clocks_two_minutes_apart_do_no_harm(portal: Portal, sandbox: SandboxClient, offset: int):
    sandbox.control("POST", "/tokens", {"jwt": True, "omit_expires_in": True})
    sandbox.control("POST", "/clock", {"offset": offset})
    token = sandbox.session("analyst-west")
    sandbox.clear_calls()
    for _ in range(3):
        assert "Analyst West" in portal.page("identity", token)
    assert sandbox.count("connect", CREDENTIALS) == 1


def test_a_short_lived_credential_is_renewed_and_never_used_past_its_end(portal: Portal, sandbox: SandboxClient):
    sandbox.control("POST", "/tokens", {"lifetime": 4})
    token = sandbox.session("analyst-west")
    sandbox.clear_calls()
    until = time.monotonic() + 9
    while time.monotonic() < until:
        assert "tpep_pickup_datetime" in portal.page("trips", token)
        time.sleep(0.2)
    assert 2 <= sandbox.count("connect", CREDENTIALS) <= 4


def test_a_token_rotated_on_every_request_costs_exchanges_and_nothing_else(portal: Portal, sandbox: SandboxClient):
    sandbox.clear_calls()
    for _ in range(5):
        assert "Analyst West" in portal.page("identity", sandbox.session("analyst-west"))
    # The viewer is the same, so what they saw is found again: one SCIM Me an exchange, nothing else.
    assert sandbox.count("workspace", "Me") == sandbox.count("connect", CREDENTIALS)


def test_a_revoked_oauth_session_shows_at_the_first_401(portal: Portal, sandbox: SandboxClient):
    token = sandbox.session("analyst-west")
    assert "tpep_pickup_datetime" in portal.page("trips", token)
    sandbox.control("POST", "/revoke", {"viewer": "analyst-west", "oauth_session": True})
    assert portal.post("session/end", token).ok
    assert portal.post("session/continue", token).status_code == 401
    assert "Sign in to Databricks" in portal.page("trips", token)


def test_connect_away_for_a_while_leaves_those_who_are_signed_in(portal: Portal, sandbox: SandboxClient):
    token = sandbox.session("analyst-west")
    assert "Analyst West" in portal.page("identity", token)
    sandbox.fault("connect", "/__api__/", drop=True)
    assert "Analyst West" in portal.page("identity", token)
    assert "tpep_pickup_datetime" in portal.page("trips", token)
    assert "Service unreachable" in portal.page("identity", sandbox.session("engineer"))
    sandbox.clear_faults()
    assert "Engineer" in portal.page("identity", sandbox.session("engineer"))


def test_of_several_integrations_the_one_that_acts_as_the_viewer_is_taken(sandbox: SandboxClient):
    owner = {"Authorization": f"Key {sandbox.api_key}"}
    listed = requests.get(
        f"{sandbox.connect_url}/__api__/v1/content", {"name": "portal-several"}, headers=owner, timeout=10
    )
    several = listed.json()[0]["guid"]
    portal = start_portal({**connect_variables(sandbox), "CONNECT_CONTENT_GUID": several}, "--workers", "1")
    try:
        session = sandbox.control("POST", "/session", {"viewer": "analyst-west", "content": several})
        assert "Analyst West" in portal.page("identity", str(session["token"]))
    finally:
        portal.stop()


def test_several_integrations_are_named(sandbox: SandboxClient):
    variables = connect_variables(sandbox)
    other = "11111111-2222-4333-8444-555555555555"
    body = [
        {"oauth_integration_guid": guid, "oauth_integration_name": name, "oauth_integration_template": "databricks"}
        for guid, name in ((sandbox.integration_guid, "One"), (other, "Another"))
    ]
    sandbox.fault("connect", "/associations", status=200, body=body, headers={"Content-Type": "application/json"})
    portal = start_portal(variables, "--workers", "1")
    try:
        page = portal.page("", sandbox.session("analyst-west"))
        assert "Not set up" in page
        assert "PORTAL_INTEGRATION_GUID" in page
        assert sandbox.integration_guid in page
        assert other in page
    finally:
        portal.stop()
    portal = start_portal({**variables, "PORTAL_INTEGRATION_GUID": sandbox.integration_guid}, "--workers", "1")
    try:
        assert "Analyst West" in portal.page("identity", sandbox.session("analyst-west"))
    finally:
        portal.stop()


def test_what_fails_for_a_page_is_asked_for_again_for_four_seconds_altogether(portal: Portal, sandbox: SandboxClient):
    token = sandbox.session("engineer")
    assert "Engineer" in portal.page("identity", token)
    sandbox.fault("workspace", "", status=503, body={"error_code": "TEMPORARILY_UNAVAILABLE", "message": "away"})
    before = time.perf_counter()
    assert "Service unreachable" in portal.page("jobs", token)
    # Several reads, one after the other, each of which the SDK would retry for as long.
    assert time.perf_counter() - before < 8
    sandbox.clear_faults()
    time.sleep(1.2)
    assert "Service unreachable" not in portal.page("jobs", token)


def test_who_waits_for_anothers_list_or_for_several_calls_counts_as_waiting(sandbox_process, sandbox: SandboxClient):
    """Threads that wait for a service are counted wherever they wait, so that two always stay for health and files."""
    small = start_portal(connect_variables(sandbox_process), "--workers", "1", "--threads", "6").settle()
    try:
        token = sandbox.session("engineer")
        small.page("identity", token)
        sandbox.fault("workspace", "/jobs/|/alerts|history", delay=5)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            pages = [pool.submit(small.page, path, token) for path in ("jobs", "") * 4]
            longest = 0.0
            for _ in range(12):
                time.sleep(0.2)
                before = time.perf_counter()
                assert small.get("healthz").ok
                longest = max(longest, time.perf_counter() - before)
            sandbox.clear_faults()
            for page in pages:
                page.result()
        assert longest < 3
    finally:
        small.stop()
