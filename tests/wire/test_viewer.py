"""Who a request is, over real sockets: the portal under gunicorn, the sandbox's Connect and workspace behind it."""

from __future__ import annotations

import concurrent.futures
import json
from collections.abc import Iterator

import pytest

from tests.portal_process import HEADER, Portal, connect_variables, start_portal
from tests.sandbox_client import SandboxClient

CREDENTIALS = "/oauth/integrations/credentials"
# One worker with one thread: whoever comes next is served by the same thread.
ONE_THREAD = ("--workers", "1", "--threads", "1")


@pytest.fixture(scope="module")
def portal(sandbox_process: SandboxClient) -> Iterator[Portal]:
    running = start_portal(connect_variables(sandbox_process), *ONE_THREAD)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def threads(sandbox_process: SandboxClient) -> Iterator[Portal]:
    running = start_portal(connect_variables(sandbox_process), "--workers", "1", "--threads", "16")
    yield running
    running.stop()


def test_a_viewer_sees_who_databricks_says_they_are(portal: Portal, sandbox: SandboxClient):
    page = portal.page("identity", sandbox.session("analyst-west"))
    assert "Analyst West" in page
    assert "analyst.west@example.com" in page


def test_without_the_header_there_is_nobody_also_right_after_somebody(portal: Portal, sandbox: SandboxClient):
    token = sandbox.session("engineer")
    for path in ("", "identity", "trips", "warehouse", "jobs"):
        assert "Engineer" in portal.page("identity", token)
        page = portal.page(path)
        assert "Sign in to Connect" in page, path
        assert "Engineer" not in page, path
        assert "engineer@example.com" not in page, path


def test_alternating_viewers_on_one_thread_each_see_themselves(portal: Portal, sandbox: SandboxClient):
    west, east = sandbox.session("analyst-west"), sandbox.session("analyst-east")
    for _ in range(10):
        page = portal.page("identity", west)
        assert "Analyst West" in page
        assert "Analyst East" not in page
        page = portal.page("identity", east)
        assert "Analyst East" in page
        assert "Analyst West" not in page


def test_a_forged_token_gets_the_sign_in_state_and_no_data(portal: Portal, sandbox: SandboxClient):
    page = portal.page("", "forged-token-of-nobody")
    assert "Sign in to Connect" in page
    assert "tpep_pickup_datetime" not in page


def test_a_header_of_another_host_is_ignored(portal: Portal, sandbox: SandboxClient):
    page = portal.page("identity", headers={"X-Forwarded-Access-Token": "dapi-engineer"})
    assert "Sign in to Connect" in page
    assert "engineer@example.com" not in page


def test_the_newcomer_gets_the_integrations_login_link(portal: Portal, sandbox: SandboxClient):
    page = portal.page("", sandbox.session("newcomer"))
    assert "Sign in to Databricks" in page
    assert f"{sandbox.connect_url}/__oauth__/integrations/{sandbox.integration_guid}/login" in page


def test_a_hundred_first_requests_of_one_session_cause_one_exchange(threads: Portal, sandbox: SandboxClient):
    token = sandbox.session("analyst-west")
    assert "Engineer" in threads.page("identity", sandbox.session("engineer"))
    sandbox.clear_calls()
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        pages = list(pool.map(lambda _: threads.page("identity", token), range(100)))
    assert all("Analyst West" in page for page in pages)
    assert sandbox.count("connect", CREDENTIALS) == 1
    assert sandbox.count("workspace", "Me") == 1
    assert sandbox.count("workspace", "databricks-config") == 0, "the host was probed once, when the process started"


def test_assets_and_health_exchange_nothing(portal: Portal, sandbox: SandboxClient):
    token = sandbox.session("analyst-west")
    sandbox.clear_calls()
    assert portal.get("healthz", token).status_code == 200
    assert portal.get("assets/portal.css", token).status_code == 200
    assert portal.get("_dash-dependencies", token).status_code == 200
    assert sandbox.count("connect", CREDENTIALS) == 0


def test_the_workspaces_cookies_are_refused(portal: Portal, sandbox: SandboxClient):
    sandbox.clear_calls()
    for viewer in ("analyst-west", "analyst-east"):
        portal.page("", sandbox.session(viewer))
    calls = sandbox.calls("workspace") + sandbox.calls("connect", "/v1/")
    assert calls
    assert not any(call.with_cookie for call in calls)


@pytest.mark.parametrize(
    ("code", "status", "state"),
    [
        (212, 404, "Not set up"),
        (215, 401, "Sign in to Connect"),
        (216, 400, "Sign in to Connect"),
        (217, 400, "Sign in to Connect"),
        (218, 400, "Sign in to Databricks"),
        (219, 400, "Sign in to Databricks"),
        (220, 400, "Sign in to Databricks"),
        (235, 400, "Sign in to Databricks"),
        (238, 400, "Not set up"),
        (241, 502, "Service unreachable"),
        (256, 400, "Not set up"),
        (257, 400, "Not set up"),
        (277, 429, "Busy, retrying"),
    ],
)
def test_each_refusal_of_connect_is_its_state(portal: Portal, sandbox: SandboxClient, code, status, state):
    sandbox.fault("connect", CREDENTIALS, status=status, body={"code": code, "error": "no", "payload": None})
    page = portal.page("", sandbox.session("analyst-west"))
    assert state in page
    assert ", Analyst" not in page


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500, "body": "<html>oops</html>", "headers": {"Content-Type": "text/html"}},
        {"status": 200, "body": "<html>sign in</html>", "headers": {"Content-Type": "text/html"}},
        {"status": 200, "body": {}},
        {"status": 200, "body": {"access_token": ""}},
        {"status": 200, "body": []},
        {"status": 400, "body": {"message": "no code here"}},
        {"drop": True},
    ],
)
def test_a_connect_that_answers_nonsense_is_unreachable(portal: Portal, sandbox: SandboxClient, fault):
    sandbox.fault("connect", CREDENTIALS, **fault)
    page = portal.page("", sandbox.session("analyst-west"))
    assert "Service unreachable" in page
    assert ", Analyst" not in page


def test_a_redirect_of_the_exchange_is_not_followed(portal: Portal, sandbox: SandboxClient):
    where = f"{sandbox.connect_url}/__elsewhere__"
    sandbox.fault("connect", CREDENTIALS, status=307, headers={"Location": where}, body="")
    sandbox.clear_calls()
    assert "CONNECT_SERVER" in portal.page("", sandbox.session("analyst-west"))
    assert sandbox.count("connect", "__elsewhere__") == 0


def test_a_401_of_databricks_costs_one_more_exchange_and_a_second_the_sign_in_state(
    portal: Portal, sandbox: SandboxClient
):
    token = sandbox.session("analyst-west")
    assert "Analyst West" in portal.page("identity", token)
    sandbox.control("POST", "/revoke", {"viewer": "analyst-west"})
    sandbox.clear_calls()
    assert "tpep_pickup_datetime" in portal.page("trips", token)
    assert ", Analyst West" in portal.page("", token)
    assert sandbox.count("connect", CREDENTIALS) == 1
    sandbox.fault("workspace", "Me", status=401, body={"error_code": "401", "message": "no"})
    other = sandbox.session("analyst-west")
    sandbox.clear_calls()
    assert "Sign in to Databricks" in portal.page("identity", other)
    assert sandbox.count("connect", CREDENTIALS) == 2


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ({"status": 403, "body": {"error_code": "PERMISSION_DENIED", "message": "You shall not."}}, "Not permitted"),
        ({"status": 429, "headers": {"Retry-After": "30"}, "body": {"error_code": "REQUEST_LIMIT_EXCEEDED"}}, "Busy"),
        ({"status": 503, "body": {"error_code": "TEMPORARILY_UNAVAILABLE", "message": "x"}}, "Service unreachable"),
        ({"status": 500, "body": {"error_code": "INTERNAL_ERROR", "message": "x"}}, "Service unreachable"),
        ({"status": 200, "body": "<html>"}, "Service unreachable"),
    ],
)
def test_each_refusal_of_databricks_is_its_state(portal: Portal, sandbox: SandboxClient, fault, state):
    sandbox.fault("workspace", "Me", **fault)
    page = portal.page("identity", sandbox.session("analyst-west"))
    assert state in page


def test_nothing_secret_reaches_page_or_log(sandbox: SandboxClient):
    running = start_portal(connect_variables(sandbox, PORTAL_LOG_LEVEL="DEBUG"), *ONE_THREAD)
    try:
        secrets = [sandbox.session(viewer) for viewer in ("analyst-west", "newcomer")]
        pages = [running.page(path, token) for token in secrets for path in ("", "identity", "trips")]
        sandbox.fault("workspace", "Me", status=500, body={"error_code": "X", "message": f"leak {secrets[0]}"})
        pages.append(running.page("identity", sandbox.session("engineer")))
        secrets += [sandbox.api_key, "dapi-"]
        for text in (*pages, running.log):
            for secret in secrets:
                assert secret not in text
        lines = [json.loads(line) for line in running.log.splitlines() if line.startswith("{")]
        requests_logged = [line for line in lines if line.get("event") == "request"]
        assert requests_logged
        assert all(line["request_id"] for line in requests_logged)
    finally:
        running.stop()


def test_ending_a_session_and_going_on(portal: Portal, sandbox: SandboxClient):
    token = sandbox.session("analyst-west")
    assert "Analyst West" in portal.page("identity", token)
    ended = portal.post("session/end", token)
    assert ended.json() == {"ended": True, "everywhere": True}
    for path in ("", "identity", "trips"):
        assert "Session ended" in portal.page(path, token)
    assert portal.post("session/continue", token).status_code == 200
    assert "Analyst West" in portal.page("identity", token)


def test_with_no_shared_cache_an_ended_session_says_what_it_does_not_end(sandbox: SandboxClient):
    alone = start_portal(connect_variables(sandbox, PORTAL_CACHE_URL="memory"), *ONE_THREAD)
    try:
        token = sandbox.session("analyst-west")
        assert "Analyst West" in alone.page("identity", token)
        assert alone.post("session/end", token).json() == {"ended": True, "everywhere": False}
        assert "another one forgets it when it has been idle" in alone.page("identity", token)
    finally:
        alone.stop()


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example.com"}],
)
def test_another_sites_post_is_refused(portal: Portal, sandbox: SandboxClient, headers):
    token = sandbox.session("analyst-west")
    assert portal.post("session/end", token, headers=headers).status_code == 403
    assert "Analyst West" in portal.page("identity", token)


def test_security_headers(portal: Portal, sandbox: SandboxClient):
    answer = portal.get("", sandbox.session("analyst-west"))
    policy = answer.headers["Content-Security-Policy"]
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "'unsafe-inline'" not in scripts
    assert "sha256-" in scripts
    assert f"frame-ancestors 'self' {sandbox.connect_url}" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Request-Id"]
    assert "Set-Cookie" not in answer.headers
    assert HEADER not in answer.headers


def test_unknown_paths_are_404(portal: Portal, sandbox: SandboxClient):
    token = sandbox.session("analyst-west")
    for path in ("", "identity", "trips", "warehouse", "jobs"):
        assert portal.get(path, token).status_code == 200, path
    for path in ("nothing", "identity/more", "a/b/c"):
        assert portal.get(path, token).status_code == 404, path
