"""The portal as a Databricks App: its header, its variables, its port; and never its service principal."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from portal.testing import dash_client
from tests.portal_process import HEADER, Portal, start_portal
from tests.sandbox_client import ROOT, SandboxClient

FORWARDED = "X-Forwarded-Access-Token"
APP_YAML = (ROOT / "app.yaml").read_text(encoding="utf-8")


def app_variables(sandbox: SandboxClient, **more: str) -> dict[str, str]:
    """What the platform sets, the resource of app.yaml among it, and trust in the sandbox's certificate."""
    return {
        "DATABRICKS_APP_NAME": "data-portal",
        "DATABRICKS_APP_PORT": "8000",
        "DATABRICKS_HOST": sandbox.workspace_host,
        "DATABRICKS_CLIENT_ID": "11111111-2222-4333-8444-555555555555",
        "DATABRICKS_CLIENT_SECRET": "the-service-principals-own-secret",
        "DATABRICKS_WORKSPACE_ID": "1234567890",
        "DATABRICKS_WAREHOUSE_ID": sandbox.warehouse_id,
        "SSL_CERT_FILE": sandbox.ca_bundle,
        "REQUESTS_CA_BUNDLE": sandbox.ca_bundle,
        **more,
    }


@pytest.fixture(scope="module")
def app(sandbox_process: SandboxClient) -> Iterator[Portal]:
    running = start_portal(app_variables(sandbox_process), "--workers", "1", "--threads", "1")
    yield running
    running.stop()


def page(app: Portal, path: str, token: str | None) -> str:
    """A page as the platform's proxy asks for it."""
    headers = {
        "X-Forwarded-Host": "data-portal-123.aws.databricksapps.com",
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Email": "somebody.else@example.com",
        **({FORWARDED: token} if token else {}),
    }

    def fetch(where: str, more: dict[str, str]) -> Any:
        return app.get(where, headers={**headers, **more}).json()

    def send(where: str, body: dict[str, Any]) -> Any:
        answer = app.post(where, json=body, headers=headers)
        assert answer.status_code in {200, 204}, answer.text[:500]
        return answer.json() if answer.status_code == 200 else None

    return dash_client.load(fetch, send, app.url + path)


@pytest.mark.parametrize(("viewer", "name"), [("analyst-west", "Analyst West"), ("engineer", "Engineer")])
def test_the_forwarded_token_is_the_viewer(app: Portal, sandbox: SandboxClient, viewer: str, name: str):
    shown = page(app, "identity", f"dapi-{viewer}")
    assert name in shown
    assert "Databricks Apps forwarded it" in shown
    assert "somebody.else@example.com" not in shown, "a header's e-mail is nobody's identity"
    assert "tpep_pickup_datetime" in page(app, "trips", f"dapi-{viewer}")


def test_without_the_token_there_is_nobody_and_no_service_principal(app: Portal, sandbox: SandboxClient):
    page(app, "identity", "dapi-engineer")
    sandbox.clear_calls()
    for path in ("", "identity", "trips"):
        shown = page(app, path, None)
        assert "Sign in" in shown
        assert "Engineer" not in shown
    assert sandbox.count("workspace") == 0


def test_a_token_that_databricks_refuses_is_said(app: Portal, sandbox: SandboxClient):
    shown = page(app, "identity", "expired-token-of-nobody")
    assert "Sign in to Databricks" in shown
    assert "__oauth__" not in shown, "there is no integration's login here"


def test_connects_header_means_nothing_there(app: Portal, sandbox: SandboxClient):
    answer = app.get("_dash-layout", headers={HEADER: sandbox.session("engineer"), "Referer": app.url + "identity"})
    assert "engineer@example.com" not in answer.text


def test_nothing_secret_reaches_the_log(app: Portal, sandbox: SandboxClient):
    page(app, "identity", "dapi-analyst-east")
    for secret in ("dapi-analyst-east", "the-service-principals-own-secret"):
        assert secret not in app.log


def test_the_command_of_app_yaml_listens_where_the_platform_says(sandbox: SandboxClient):
    (words,) = re.findall(r"^command: \[(.*)\]$", APP_YAML, re.MULTILINE)
    command = re.findall(r'"([^"]+)"', words)
    assert command == ["gunicorn", "wsgi:server"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATABRICKS_", "PORTAL_"))}
    done = subprocess.run(
        [sys.executable, "-m", *command, "--print-config"],
        cwd=ROOT,
        env={**kept, **app_variables(sandbox, DATABRICKS_APP_PORT="8123")},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "0.0.0.0:8123" in done.stdout, done.stdout + done.stderr


def test_the_resource_of_app_yaml_is_a_setting_of_ours():
    assert re.search(r"- name: DATABRICKS_WAREHOUSE_ID\n\s+valueFrom: sql-warehouse", APP_YAML)
    from portal.settings import Settings, variables

    known = {name for field in Settings.model_fields for name in variables(field)} | {"WEB_CONCURRENCY"}
    assert set(re.findall(r"- name: (\w+)", APP_YAML)) <= known
