"""`python -m portal deploy`, through the real rsconnect-python and posit-sdk, to the sandbox's Connect."""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from typing import Any

import pytest
import requests

from tests.sandbox_client import ROOT, SandboxClient

OURS = re.compile(r"(DATABRICKS|CONNECT|PORTAL|POSIT|RSTUDIO|DASH)_")
STEPS = (
    "settings", "assets", "manifest", "content", "variables", "processes", "publish", "integration", "access", "check",
)  # fmt: skip


def environment(sandbox: SandboxClient, **more: str) -> dict[str, str]:
    """What a publisher sets on their own machine."""
    kept = {name: value for name, value in os.environ.items() if not OURS.match(name)}
    return {
        **kept,
        "CONNECT_SERVER": sandbox.connect_url,
        "CONNECT_API_KEY": sandbox.api_key,
        "DATABRICKS_HOST": sandbox.workspace_host,
        "DATABRICKS_WAREHOUSE_ID": sandbox.warehouse_id,
        "PORTAL_METRICS_TOKEN": "the-metrics-bearer",
        **more,
    }


def deploy(sandbox: SandboxClient, *flags: str, **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "portal", "deploy", *flags]
    return subprocess.run(
        command, cwd=ROOT, env=environment(sandbox, **more), capture_output=True, text=True, timeout=170
    )


def api(sandbox: SandboxClient, path: str, method: str = "GET", body: Any = None) -> Any:
    key = {"Authorization": f"Key {sandbox.api_key}"}
    answer = requests.request(method, f"{sandbox.connect_url}/__api__/v1/{path}", headers=key, json=body, timeout=20)
    answer.raise_for_status()
    return answer.json() if answer.headers.get("Content-Type", "").startswith("application/json") else answer.content


def deployed(sandbox: SandboxClient) -> list[dict[str, Any]]:
    return [one for one in api(sandbox, "content") if one["name"] == "data-portal"]


def associations(sandbox: SandboxClient, guid: str) -> list[str]:
    found = api(sandbox, f"content/{guid}/oauth/integrations/associations")
    return [one["oauth_integration_guid"] for one in found]


def test_from_a_clone_to_a_running_portal_and_again(sandbox: SandboxClient):
    done = deploy(sandbox, "--access", "logged_in", PORTAL_TITLE="Ours")
    assert done.returncode == 0, done.stdout + done.stderr
    (content,) = deployed(sandbox)
    assert (content["min_processes"], content["idle_timeout"]) == (1, 900)
    assert (content["access_type"], content["title"], content["app_mode"]) == ("logged_in", "Ours", "python-dash")
    assert associations(sandbox, content["guid"]) == [sandbox.integration_guid]
    names = api(sandbox, f"content/{content['guid']}/environment")
    ours = {"PORTAL_METRICS_TOKEN", "PORTAL_TITLE", "PORTAL_SIGNING_KEY"}
    assert set(names) == {"DATABRICKS_HOST", "DATABRICKS_WAREHOUSE_ID", *ours}
    assert "PORTAL_SIGNING_KEY was not set: a random one is made" in done.stdout
    assert content["content_url"] in done.stdout
    assert f"/__oauth__/integrations/{sandbox.integration_guid}/login" in done.stdout

    # A viewer's visit, through Connect. The first layout does not wait for Databricks; a later one finds it there.
    browser = sandbox.browser("analyst-west")
    address, deadline = content["content_url"], time.monotonic() + 30
    while "Analyst West" not in browser.get(address + "_dash-layout", headers={"Referer": address}, timeout=60).text:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert browser.get(content["content_url"] + "assets/vendor/bootstrap.min.css", timeout=20).status_code == 200

    # The second run updates in place: nothing is created, what others set stays.
    other = api(sandbox, "oauth/integrations", "POST", {"name": "Warehouse two", "template": "snowflake", "config": {}})
    both = [{"oauth_integration_guid": one} for one in (sandbox.integration_guid, other["guid"])]
    api(sandbox, f"content/{content['guid']}/oauth/integrations/associations", "PUT", both)
    api(sandbox, f"content/{content['guid']}", "PATCH", {"title": "Renamed by people"})
    again = deploy(sandbox)
    assert again.returncode == 0, again.stdout + again.stderr
    (updated,) = deployed(sandbox)
    assert updated["guid"] == content["guid"]
    assert updated["bundle_id"] != content["bundle_id"]
    assert updated["title"] == "Renamed by people"
    assert "PORTAL_SIGNING_KEY" not in again.stdout, "a key that is there already is another one now"
    assert associations(sandbox, content["guid"]) == [sandbox.integration_guid, other["guid"]]

    for secret in (sandbox.api_key, "the-metrics-bearer"):
        assert secret not in done.stdout + done.stderr + again.stdout
    _expect_the_portal_and_nothing_of_the_developers(sandbox, updated)
    _expect_the_commit(sandbox, updated, again.stdout)


def _expect_the_commit(sandbox: SandboxClient, content: dict[str, Any], said: str) -> None:
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    if head.returncode:
        pytest.skip("not a clone: there is no commit to stamp")
    commit = head.stdout.strip()
    assert f"ready, commit {commit[:12]}" in said
    ready = sandbox.browser("analyst-west").get(content["content_url"] + "readyz", timeout=60).json()
    assert ready["commit"].startswith(commit[:12])
    (bundle,) = [one for one in api(sandbox, f"content/{content['guid']}/bundles") if one["id"] == content["bundle_id"]]
    assert bundle["metadata"]["source_commit"].startswith(commit)


def _expect_the_portal_and_nothing_of_the_developers(sandbox: SandboxClient, content: dict[str, Any]) -> None:
    archive = api(sandbox, f"content/{content['guid']}/bundles/{content['bundle_id']}/download")
    with tarfile.open(fileobj=io.BytesIO(archive)) as unpacked:
        names = set(unpacked.getnames())
    for name in ("wsgi.py", "requirements.txt", "manifest.json", "pages/home.py", "portal/app.py", "assets/portal.css"):
        assert name in names
    assert any(name.startswith("assets/vendor/") and name.endswith(".css") for name in names)
    assert any(name.startswith("assets/vendor/plotly") for name in names)
    folders = r"(tests|docs|node_modules|\.venv|\.git|portal/sandbox|assets/src)(/|$)"
    unwanted = re.compile(folders + r"|.*\.pyc$|\.|gunicorn\.conf")
    assert not [name for name in names if unwanted.match(name)]


def test_a_dry_run_changes_nothing_and_each_line_works_by_hand(sandbox: SandboxClient):
    sandbox.clear_calls()
    done = deploy(sandbox, "--dry-run", "--access", "acl", PORTAL_TITLE="It's ours")
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(call.method == "GET" for call in sandbox.calls("connect") if "__sandbox__" not in call.route)
    assert "the-metrics-bearer" not in done.stdout
    for step in STEPS:
        assert f"] {step}\n" in done.stdout
    listed = set(re.findall(r"^ +[\d,]+  (\S+)$", done.stdout, re.MULTILINE))
    assert {"wsgi.py", "pages/home.py", "portal/app.py", "assets/vendor/portal.js"} <= listed
    assert not [name for name in listed if name.startswith(("tests/", "docs/", "portal/sandbox/", ".git"))]
    if shutil.which("curl") is None:
        pytest.skip("no curl here to type the lines into")
    lines = [line.strip()[2:] for line in done.stdout.splitlines() if line.strip().startswith("$ ")]
    variables = environment(sandbox)
    for line in lines:
        if line.startswith("curl"):
            said = subprocess.run(
                ["bash", "-c", line.replace("curl ", "curl -sS --fail ", 1)],
                env=variables,
                capture_output=True,
                text=True,
            )
            # The content's own answer waits for its bundle, which is not published by hand here.
            assert said.returncode == 0 or "readyz" in line, f"{line}\n{said.stderr}"
            if "POST" in line:
                variables["CONTENT_GUID"] = re.search(r'"guid": ?"([^"]+)"', said.stdout)[1]  # type: ignore[index]
    (content,) = deployed(sandbox)
    assert (content["min_processes"], content["access_type"], content["title"]) == (1, "acl", "It's ours")
    assert associations(sandbox, content["guid"]) == [sandbox.integration_guid]
    assert "PORTAL_METRICS_TOKEN" in api(sandbox, f"content/{content['guid']}/environment")


def test_a_dry_run_without_anything_still_shows_the_way(sandbox: SandboxClient):
    kept = {name: value for name, value in os.environ.items() if not OURS.match(name)}
    command = [sys.executable, "-m", "portal", "deploy", "--dry-run"]
    done = subprocess.run(command, cwd=ROOT, env=kept, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "CONNECT_SERVER" in done.stdout
    assert "${INTEGRATION_GUID}" in done.stdout
    assert "associations" in done.stdout


def _no_integration(sandbox: SandboxClient) -> None:
    for one in api(sandbox, "oauth/integrations"):
        if one["template"] == "databricks":
            api(sandbox, f"oauth/integrations/{one['guid']}", "DELETE")


def _two_integrations(sandbox: SandboxClient) -> None:
    found = api(sandbox, f"oauth/integrations/{sandbox.integration_guid}")
    body = {"name": "Databricks too", "template": "databricks", "config": found["config"]}
    api(sandbox, "oauth/integrations", "POST", body)


@pytest.mark.parametrize("role", [None, "viewer"])
def test_a_key_that_may_not_publish_changes_nothing(sandbox: SandboxClient, role: str | None):
    if role is not None:
        sandbox.fault("connect", "v1/user$", status=200, body={"username": "someone", "user_role": role, "guid": "x"})
    done = deploy(sandbox, **({} if role else {"CONNECT_API_KEY": "0" * 32}))
    assert done.returncode == 1
    assert "API key" in done.stdout
    assert "Nothing was changed." in done.stdout
    assert not deployed(sandbox)


@pytest.mark.parametrize(
    ("change", "mend"), [(_no_integration, "Add Integration"), (_two_integrations, "--integration")]
)
def test_without_one_integration_nothing_is_changed(sandbox: SandboxClient, change: Any, mend: str):
    change(sandbox)
    done = deploy(sandbox)
    assert done.returncode == 1
    assert mend in done.stdout
    assert "Nothing was changed." in done.stdout
    assert not deployed(sandbox)


def test_open_access_and_the_chosen_of_two_integrations_are_said_and_a_broken_update_changes_nothing(
    sandbox: SandboxClient,
):
    _two_integrations(sandbox)
    guid = api(sandbox, "content", "POST", {"name": "data-portal", "access_type": "all"})["guid"]
    chosen = ("--integration", sandbox.integration_guid)
    done = deploy(sandbox, *chosen)
    assert done.returncode == 0, done.stdout
    assert "Anyone may open it" in done.stdout
    assert "--access logged_in" in done.stdout
    assert "PORTAL_INTEGRATION_GUID" in api(sandbox, f"content/{guid}/environment")
    assert deploy(sandbox, *chosen, "--access", "logged_in").returncode == 0
    (content,) = deployed(sandbox)
    assert (content["guid"], content["access_type"]) == (guid, "logged_in")

    sandbox.fault("connect", r"/content/.*/_bundle", status=500)
    assert deploy(sandbox, *chosen).returncode == 1
    (after,) = deployed(sandbox)
    assert after["bundle_id"] == content["bundle_id"]
    assert sandbox.browser().get(content["content_url"] + "healthz", timeout=60).status_code == 200


FAULTS = (
    ("settings", "server_settings", "GET", {"drop": True}),
    ("settings", "v1/user", "GET", {"status": 503}),
    ("content", "v1/content$", "POST", {"status": 403, "body": {"code": 22, "error": "No more content."}}),
    ("variables", "/environment", "PATCH", {"status": 500}),
    ("processes", r"v1/content/[^/]+$", "PATCH", {"status": 400, "body": {"code": 3, "error": "Too many."}}),
    ("publish", "/bundles", "POST", {"drop": True}),
    ("publish", "/deploy", "POST", {"status": 500}),
    ("publish", "/tasks/", "GET", {"drop": True}),
    ("publish", r"/content/.*/_bundle", "GET", {"status": 500}),
    ("integration", "associations", "PUT", {"status": 503}),
    ("check", "readyz", "GET", {"status": 502}),
)
"""In the order in which a run meets them: each run comes as far as the fault, and completes what the last one left."""


@pytest.mark.slow
def test_stopped_in_any_step_it_says_so_and_the_next_run_goes_on(sandbox: SandboxClient):
    for step, route, method, fault in FAULTS:
        set_ = sandbox.fault("connect", route, method=method, **fault)
        done = deploy(sandbox)
        assert done.returncode == 1, done.stdout
        assert re.search(rf"\] {step}\n(?s:.)*stopped: ", done.stdout), done.stdout
        assert f"Not done: {', '.join(STEPS[STEPS.index(step) :])}." in done.stdout
        assert "→ " in done.stdout
        assert "Traceback" not in done.stdout + done.stderr
        assert sandbox.api_key not in done.stdout + done.stderr
        sandbox.control("DELETE", f"/faults/{set_}")
    again = deploy(sandbox)
    assert again.returncode == 0, again.stdout + again.stderr
    assert len(deployed(sandbox)) == 1


@pytest.mark.slow
def test_interrupted_it_says_what_is_left_and_the_next_run_goes_on(sandbox: SandboxClient):
    for step, number, slow in (
        ("variables", signal.SIGINT, "/environment"),
        ("publish", signal.SIGINT, "/tasks/"),
        ("publish", signal.SIGTERM, "/tasks/"),
        ("integration", signal.SIGTERM, "associations"),
    ):
        fault = sandbox.fault("connect", slow, delay=8.0)
        _interrupted(sandbox, step, number)
        sandbox.control("DELETE", f"/faults/{fault}")
    assert deploy(sandbox).returncode == 0


def _interrupted(sandbox: SandboxClient, step: str, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "portal", "deploy"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment(sandbox), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if line.rstrip().endswith(f"] {step}"):
            time.sleep(1.5)
            # As a terminal does: the whole group.
            os.killpg(process.pid, number)
    text = "".join(said)
    assert process.wait(30) == 1, text
    assert "interrupted" in text
    assert f"Not done: {', '.join(STEPS[STEPS.index(step) :])}." in text
    assert "Traceback" not in text
