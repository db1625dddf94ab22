"""`python -m portal doctor` against the sandbox: each thing that can be wrong is found, named, and has its mend."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.portal_process import connect_variables, free_port, start_portal
from tests.sandbox_client import ROOT, SandboxClient

Findings = dict[str, dict[str, Any]]
OURS = re.compile(r"(DATABRICKS|CONNECT|PORTAL|POSIT|RSTUDIO|DASH)_")


def doctor(
    variables: dict[str, str], *flags: str, token: str | None = None
) -> tuple[subprocess.CompletedProcess[str], Findings]:
    """Run it as a person would; (process, findings by name)."""
    kept = {name: value for name, value in os.environ.items() if not OURS.match(name)}
    command = [sys.executable, "-m", "portal", "doctor", "--json", *flags]
    if token is not None:
        command += ["--session-token", "-"]
    done = subprocess.run(
        command, cwd=ROOT, env={**kept, **variables}, input=f"{token}\n", capture_output=True, text=True, timeout=120
    )
    assert done.stdout, done.stderr
    return done, {one["name"]: one for one in json.loads(done.stdout)["checks"]}


def test_a_good_set_up_is_all_well(sandbox: SandboxClient, tmp_path: Path):
    key = {"Authorization": f"Key {sandbox.api_key}"}
    where = f"{sandbox.connect_url}/__api__/v1/content/{sandbox.content_guid}"
    requests.patch(where, json={"min_processes": 1}, headers=key, timeout=10).raise_for_status()
    alone = {"PORTAL_FRAME_ANCESTORS": "none", "PORTAL_SIGNING_KEY": "k" * 32}
    variables = connect_variables(sandbox, PORTAL_CACHE_URL=str(tmp_path), **alone)
    done, found = doctor(variables, token=sandbox.session("analyst-west"))
    assert done.returncode == 0, done.stdout
    wrong = {name: one for name, one in found.items() if one["state"] != "ok" and name != "packages"}
    assert not wrong
    assert "analyst.west@example.com" in found["identity"]["says"]
    assert set(found) == {
        "settings", "who viewers are", "Python", "packages", "TLS trust", "proxy", "cache", "shared origin", "Connect",
        "API key", "clock", "content", "integration", "association", "workspace", "exchange", "identity", "warehouse",
        "result storage",
    }  # fmt: skip


def test_without_a_viewer_it_says_what_was_not_checked(sandbox: SandboxClient):
    done, found = doctor(connect_variables(sandbox))
    assert done.returncode == 0
    for name in ("exchange", "identity", "warehouse", "result storage"):
        assert found[name]["state"] == "skipped"
        assert "--session-token" in found[name]["mend"]
    assert sandbox.count("connect", "credentials") == 0


def test_the_developers_own_machine(sandbox: SandboxClient):
    kept = {k: v for k, v in connect_variables(sandbox).items() if not k.startswith(("CONNECT", "POSIT", "RSTUDIO"))}
    done, found = doctor({**kept, "PORTAL_IDENTITY": "developer", "DATABRICKS_TOKEN": "dapi-engineer"})
    assert done.returncode == 0
    assert "engineer@example.com" in found["identity"]["says"]
    assert "Connect" not in found


def test_nothing_set_at_all():
    done, found = doctor({})
    assert done.returncode == 1
    assert "DATABRICKS_HOST" in found["settings"]["mend"]
    assert found["who viewers are"]["state"] == "failed"


def test_a_wrong_setting_is_named_and_the_rest_still_checked():
    done, found = doctor({"DATABRICKS_HOST": "http://user:secret-word@host"})
    assert done.returncode == 1
    assert "DATABRICKS_HOST" in found["settings"]["says"]
    assert found["Python"]["state"] == "ok"
    assert "secret-word" not in done.stdout


Broken = Callable[[SandboxClient, dict[str, str]], None]


def _api(sandbox: SandboxClient, method: str, path: str, body: Any) -> Any:
    key = {"Authorization": f"Key {sandbox.api_key}"}
    where = f"{sandbox.connect_url}/__api__/v1/{path}"
    answer = requests.request(method, where, json=body, headers=key, timeout=10)
    return answer.json() if answer.content else None


def _integration(**body: Any) -> Broken:
    return lambda sandbox, _: _api(sandbox, "PATCH", f"oauth/integrations/{sandbox.integration_guid}", body)


def _content(**body: Any) -> Broken:
    return lambda sandbox, _: _api(sandbox, "PATCH", f"content/{sandbox.content_guid}", body)


def _variable(**more: str) -> Broken:
    return lambda _, variables: variables.update(more)


def _fault(where: str, route: str, **more: Any) -> Broken:
    return lambda sandbox, _: (sandbox.fault(where, route, **more), None)[1]


def _unassociated(sandbox: SandboxClient, _: dict[str, str]) -> None:
    _api(sandbox, "PUT", f"content/{sandbox.content_guid}/oauth/integrations/associations", [])


def _no_integration(sandbox: SandboxClient, _: dict[str, str]) -> None:
    for one in _api(sandbox, "GET", "oauth/integrations", None):
        if one["template"] == "databricks":
            _api(sandbox, "DELETE", f"oauth/integrations/{one['guid']}", None)


def _stopped(sandbox: SandboxClient, _: dict[str, str]) -> None:
    sandbox.control("POST", f"/warehouses/{sandbox.warehouse_id}", {"state": "STOPPED"})


def _elsewhere(sandbox: SandboxClient, variables: dict[str, str]) -> None:
    """A content server that is not Connect: the portal's own workspace."""
    variables["CONNECT_SERVER"] = sandbox.workspace_url


def _untrusted(_: SandboxClient, variables: dict[str, str]) -> None:
    import certifi

    variables["REQUESTS_CA_BUNDLE"] = variables["SSL_CERT_FILE"] = certifi.where()


OLD = {"status": 200, "body": {"version": "2023.07.0"}}
EARLY = {"status": 200, "body": {"version": "2026.09.0"}, "headers": {"Date": "Sun, 01 Feb 2026 00:00:00 GMT"}}
NO_SCOPE = {"config": {"scopes": "all-apis"}}
SERVICE = {"config": {"auth_type": "Service Account"}}


Wrong = tuple[str, str, str]
"""Check, its state, and a part of its mend."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("broken", "wrong"),
    [
        ([_variable(CONNECT_SERVER="http://127.0.0.1:9/")], [("Connect", "failed", "CONNECT_SERVER")]),
        ([_elsewhere], [("Connect", "failed", "CONNECT_SERVER")]),
        ([_fault("connect", "server_settings", **OLD)], [("Connect", "failed", "Update Connect")]),
        ([_fault("connect", "server_settings", **EARLY)], [("clock", "failed", "NTP")]),
        ([_variable(CONNECT_API_KEY="wrong")], [("API key", "failed", "CONNECT_API_KEY")]),
        (
            [_variable(CONNECT_CONTENT_GUID="00000000-0000-4000-8000-000000000000")],
            [("content", "failed", "API key")],
        ),
        # What does not hide another is found in one run.
        (
            [
                _content(access_type="all"),
                _unassociated,
                _variable(PORTAL_CACHE_URL="redis://127.0.0.1:9/0", SSL_CERT_FILE=""),
            ],
            [
                ("content", "failed", "login required"),
                ("association", "failed", "deploy"),
                ("cache", "failed", "address"),
                ("TLS trust", "warning", "SSL_CERT_FILE"),
            ],
        ),
        (
            [_content(min_processes=0), _integration(**NO_SCOPE), _stopped],
            [
                ("content", "warning", "Min processes"),
                ("integration", "warning", "offline_access"),
                ("warehouse", "warning", "--start-warehouse"),
            ],
        ),
        ([_no_integration], [("integration", "failed", "Add Integration")]),
        ([_integration(**SERVICE)], [("integration", "failed", "type Viewer")]),
        (
            [_variable(PORTAL_INTEGRATION_GUID="00000000-0000-4000-8000-000000000000")],
            [("integration", "failed", "GUID")],
        ),
        (
            [_variable(DATABRICKS_HOST="127.0.0.1:9")],
            [("workspace", "failed", "DATABRICKS_HOST"), ("integration", "warning", "DATABRICKS_HOST")],
        ),
        ([_untrusted], [("workspace", "failed", "REQUESTS_CA_BUNDLE")]),
        ([_variable(SSL_CERT_FILE="/nowhere.pem")], [("TLS trust", "failed", "SSL_CERT_FILE")]),
        (
            [_fault("connect", "credentials", status=400, body={"code": 219, "error": "no"})],
            [("exchange", "failed", "login")],
        ),
        (
            [_fault("workspace", "Me", status=403, body={"error_code": "PERMISSION_DENIED"})],
            [("exchange", "failed", "")],
        ),
        ([_variable(DATABRICKS_WAREHOUSE_ID="5ab00000000000ff")], [("warehouse", "failed", "")]),
        ([_fault("storage", "", status=503, body="no")], [("result storage", "failed", "443")]),
        ([_fault("storage", "", drop=True)], [("result storage", "failed", "443")]),
    ],
)
def test_what_is_wrong_is_found(sandbox: SandboxClient, broken: list[Broken], wrong: list[Wrong]):
    variables = connect_variables(sandbox)
    token = sandbox.session("analyst-west")
    for one in broken:
        one(sandbox, variables)
    done, found = doctor(variables, token=token)
    for name, state, mend in wrong:
        assert found[name]["state"] == state, found[name]
        assert mend in found[name]["mend"], found[name]
    assert done.returncode == (1 if any(one["state"] == "failed" for one in found.values()) else 0)
    for secret in (token, sandbox.api_key):
        assert secret not in done.stdout + done.stderr


def test_a_stopped_warehouse_is_started_when_asked(sandbox: SandboxClient):
    _stopped(sandbox, {})
    _, found = doctor(connect_variables(sandbox), "--start-warehouse", token=sandbox.session("engineer"))
    assert found["result storage"]["state"] == "ok", found["result storage"]


def test_one_exchange_is_one_exchange(sandbox: SandboxClient):
    doctor(connect_variables(sandbox), token=sandbox.session("analyst-east"))
    assert sandbox.count("connect", "/oauth/integrations/credentials") == 1


def test_the_table_is_for_people(sandbox: SandboxClient):
    kept = {name: value for name, value in os.environ.items() if not OURS.match(name)}
    variables = {**kept, **connect_variables(sandbox), "CONNECT_API_KEY": "wrong"}
    command = [sys.executable, "-m", "portal", "doctor"]
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert re.search(r"^failed\s+API key\s+Connect does not accept this API key", done.stdout, re.MULTILINE)
    assert "→ Set CONNECT_API_KEY." in done.stdout
    assert not done.stderr


def test_ready_is_the_cheap_part_of_it(sandbox: SandboxClient):
    """A cache that is away is said and is no reason to leave; without a way to know viewers there is no point."""
    dead = f"redis://127.0.0.1:{free_port()}/0"
    running = start_portal(connect_variables(sandbox, PORTAL_CACHE_URL=dead), "--workers", "1")
    try:
        answer = running.get("readyz")
        assert answer.status_code == 200
        assert answer.json()["checks"]["cache"]["state"] == "failed"
    finally:
        running.stop()
    kept = {k: v for k, v in connect_variables(sandbox).items() if not k.startswith(("CONNECT", "POSIT", "RSTUDIO"))}
    running = start_portal(kept, "--workers", "1")
    try:
        answer = running.get("readyz")
        assert answer.status_code == 503
        assert answer.json()["checks"]["who viewers are"]["state"] == "failed"
    finally:
        running.stop()
