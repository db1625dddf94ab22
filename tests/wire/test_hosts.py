"""The other places: a developer's machine, and one that is nobody's. `gunicorn wsgi:server` alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.portal_process import HEADER, Portal, connect_variables, start_portal
from tests.sandbox_client import SandboxClient


def own_variables(sandbox: SandboxClient, **more: str) -> dict[str, str]:
    """What a developer exports: the workspace, a personal token, trust in the sandbox's certificate."""
    return {
        "DATABRICKS_HOST": sandbox.workspace_url,
        "DATABRICKS_TOKEN": "dapi-engineer",
        "DATABRICKS_WAREHOUSE_ID": sandbox.warehouse_id,
        "SSL_CERT_FILE": sandbox.ca_bundle,
        "REQUESTS_CA_BUNDLE": sandbox.ca_bundle,
        **more,
    }


@pytest.fixture(scope="module")
def developer(sandbox_process: SandboxClient) -> Iterator[Portal]:
    portal = start_portal(own_variables(sandbox_process, PORTAL_IDENTITY="developer"), "--workers", "1")
    yield portal
    portal.stop()


def test_a_developer_is_themselves_on_loopback(developer: Portal, sandbox: SandboxClient):
    page = developer.page("identity")
    assert "engineer@example.com" in page
    assert "tpep_pickup_datetime" in developer.page("trips")
    assert "dapi-engineer" not in page + developer.log


def test_a_session_token_means_nothing_there(developer: Portal, sandbox: SandboxClient):
    assert "engineer@example.com" in developer.page("identity", sandbox.session("analyst-west"))


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "portal.example.com", "Referer": "http://portal.example.com/identity"},
        {"X-Forwarded-For": "10.0.0.9"},
        {"Forwarded": "for=10.0.0.9"},
    ],
)
def test_a_request_from_beyond_gets_nobody(developer: Portal, sandbox: SandboxClient, headers):
    page = developer.page("identity", headers=headers)
    assert "PORTAL_ALLOW_SHARED_IDENTITY" in page
    assert "engineer@example.com" not in page


def test_a_bind_beyond_loopback_is_refused_until_allowed(sandbox: SandboxClient):
    for more, seen in (({}, False), ({"PORTAL_ALLOW_SHARED_IDENTITY": "1"}, True)):
        variables = own_variables(sandbox, PORTAL_IDENTITY="developer", **more)
        portal = start_portal(variables, "--workers", "1", host="0.0.0.0")
        try:
            assert ("engineer@example.com" in portal.page("identity")) is seen
        finally:
            portal.stop()


def test_a_token_alone_makes_nobody_a_developer(sandbox: SandboxClient):
    portal = start_portal(own_variables(sandbox), "--workers", "1")
    try:
        sandbox.clear_calls()
        for headers in ({}, {HEADER: sandbox.session("engineer")}):
            page = portal.page("", headers=headers)
            assert "PORTAL_IDENTITY=developer" in page
            assert "engineer@example.com" not in page
        assert sandbox.count("workspace", "Me") == 0
    finally:
        portal.stop()


def test_connects_variables_win_over_the_developers(sandbox: SandboxClient):
    variables = own_variables(sandbox, PORTAL_IDENTITY="developer", CONNECT_SERVER=sandbox.connect_url)
    portal = start_portal(variables, "--workers", "1")
    try:
        page = portal.page("identity")
        assert "Sign in to Connect" in page
        assert "engineer@example.com" not in page
    finally:
        portal.stop()


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        (
            {"DATABRICKS_HOST": "http://plain.example.com"},
            "DATABRICKS_HOST is 'http://plain.example.com': it should be",
        ),
        ({"PORTAL_CACHE_URL": "redis:/typo"}, "PORTAL_CACHE_URL is 'redis:/typo': it should be"),
    ],
)
def test_a_wrong_setting_ends_the_start_with_one_sentence(variables, sentence):
    with pytest.raises(RuntimeError) as caught:
        start_portal(variables, "--workers", "1")
    assert sentence in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_with_nothing_set_every_page_says_what_to_set():
    portal = start_portal({}, "--workers", "1")
    try:
        assert portal.get("").status_code == 200
        assert "PORTAL_IDENTITY" in portal.page("")
        assert portal.get("readyz").status_code == 503
    finally:
        portal.stop()


def test_an_unreachable_workspace_is_said_within_two_seconds(sandbox: SandboxClient):
    import time

    variables = own_variables(sandbox, PORTAL_IDENTITY="developer", DATABRICKS_HOST="https://localhost:9")
    portal = start_portal(variables, "--workers", "1", "--threads", "8")
    try:
        portal.page("identity")
        before = time.perf_counter()
        assert "Service unreachable" in portal.page("identity")
        assert time.perf_counter() - before < 3
    finally:
        portal.stop()


@pytest.mark.parametrize(
    ("variables", "prefix"),
    [
        # A proxy strips the prefix, or the server keeps it, or Connect leaves everything to the content.
        ({"DASH_REQUESTS_PATHNAME_PREFIX": "/content/x/"}, "/"),
        ({"DASH_URL_BASE_PATHNAME": "/content/x/"}, "/content/x/"),
        ({}, "/"),
    ],
)
def test_below_any_prefix_pages_are_pages_and_unknown_paths_are_not(sandbox: SandboxClient, variables, prefix):
    portal = start_portal({**connect_variables(sandbox), **variables}, "--workers", "1", prefix=prefix)
    try:
        token = sandbox.session("engineer")
        found = [portal.get(path, token).status_code for path in ("", "identity", "trips", "nothing", "healthz")]
        assert found == [200, 200, 200, 404, 200]
        links = "/content/x/trips" if variables else "/trips"
        assert f'"{links}"' in portal.page("", token)
    finally:
        portal.stop()


def test_dev_tools_are_for_a_developer_who_asks_and_never_on_connect(sandbox: SandboxClient):
    for variables, shown in (
        (own_variables(sandbox, PORTAL_IDENTITY="developer", PORTAL_DEBUG="1"), True),
        (own_variables(sandbox, PORTAL_IDENTITY="developer"), False),
        (connect_variables(sandbox, PORTAL_DEBUG="1"), False),
    ):
        portal = start_portal(variables, "--workers", "1")
        try:
            assert ('"ui":true' in portal.get("").text.replace(" ", "")) is shown
        finally:
            portal.stop()
