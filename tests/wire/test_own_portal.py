"""From a wheel to a team's own portal in Connect, outside of this repository."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import expect, sync_playwright

from portal.version import RELEASE
from tests import own_project
from tests.browser.conftest import QUIET, chromium
from tests.sandbox_client import ROOT, SandboxClient

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

OURS = re.compile(r"(DATABRICKS|CONNECT|PORTAL|POSIT|RSTUDIO|DASH|PYTHONPATH|VIRTUAL_ENV)")


def run(*words: object, cwd: Path, status: int = 0, **more: str) -> str:
    """A command's output, with nothing of this repository in its environment."""
    kept = {name: value for name, value in os.environ.items() if not OURS.match(name)}
    done = subprocess.run(
        list(map(str, words)), cwd=cwd, env={**kept, **more}, capture_output=True, text=True, timeout=1200, check=False
    )
    assert done.returncode == status, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built of a copy: what is built leaves nothing here."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    for name in ("pages", "portal", "assets"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in ROOT.iterdir():
        if path.is_file() and path.name != ".git":
            shutil.copyfile(path, source / path.name)
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, source, cwd=folder)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel and its extras, in the versions of its lock."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", folder / "venv", cwd=folder)
    with zipfile.ZipFile(wheel) as packed:
        lock = packed.read("portal/shipped/requirements.txt").decode()
    plain = re.sub(r" \\\n(?:\s+--hash=\S+(?: \\)?\n)+", "\n", lock)
    (folder / "lock.txt").write_text(plain)
    found = folder / "venv/bin/python"
    wanted = f"portal[sandbox,test,deploy] @ {wheel.as_uri()}"
    pip = (sys.executable, "-m", "pip", "--python", found, "--disable-pip-version-check")
    run(*pip, "install", "-q", "--no-compile", "-c", folder / "lock.txt", wanted, cwd=folder)
    return found


@pytest.fixture(scope="module")
def team(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A branded portal with a page for a group and without jobs, committed."""
    folder = tmp_path_factory.mktemp("team") / "sales"
    run(python, "-m", "portal", "new-portal", folder, "--title", "Sales portal", cwd=folder.parent)
    made = own_project.make(folder.parent / "branded")
    for name in ("portal.toml", "pages/fares.py", "pages/fares_detail.py", "assets/icons/truck.svg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(made / name, folder / name)
    shutil.rmtree(made)
    for words in (["init", "-q"], ["add", "-A"], ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "own"]):
        run("git", *words, cwd=folder)
    return folder


def test_the_wheel_holds_all_that_browsers_get_built_and_compressed(wheel: Path):
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
        metadata = packed.read(f"portal-{RELEASE}.dist-info/METADATA").decode()
    assert wheel.stat().st_size < 6e6
    assert not [name for name in names if name.split("/")[0] not in {"portal", f"portal-{RELEASE}.dist-info"}]
    assert {"portal/shipped/pages/home.py", "portal/shipped/requirements.txt", "portal/sandbox/server.py"} <= names
    compressed = {name for name in names if name.startswith("portal/shipped/assets/vendor/compressed/")}
    here = {path.name for path in (ROOT / "assets/vendor/compressed").iterdir()}
    assert {Path(name).name for name in compressed} >= here, "an isolated build has Dash too, in the same version"
    assert not [name for name in names if name.endswith((".map", ".gz")) or ("plotly" in name and name.endswith(".js"))]
    for extra in ("sandbox", "test", "deploy", "otel"):
        assert f"Provides-Extra: {extra}" in metadata


def test_the_command_says_its_version_and_the_teams_tests_pass(python: Path, team: Path):
    assert f"portal {RELEASE}" in run(python, "-m", "portal", "--version", cwd=team)
    assert "passed" in run(python, "-m", "pytest", "-q", "tests", cwd=team)
    said = run(python, "-m", "portal", "new-page", "open_orders", cwd=team)
    assert "tests/test_page_open_orders.py" in said
    assert "4 passed" in run(python, "-m", "pytest", "-q", "tests/test_page_open_orders.py", cwd=team)
    for name in ("pages/open_orders.py", "tests/test_page_open_orders.py"):
        (team / name).unlink()


def api(sandbox: SandboxClient, path: str) -> Any:
    key = {"Authorization": f"Key {sandbox.api_key}"}
    answer = requests.get(f"{sandbox.connect_url}/__api__/v1/{path}", headers=key, timeout=30)
    answer.raise_for_status()
    return answer.json() if "json" in answer.headers.get("Content-Type", "") else answer.content


def test_deployed_it_is_the_teams_and_a_page_for_a_group_is_not_for_others(
    python: Path, team: Path, sandbox: SandboxClient
):
    variables = {
        "CONNECT_SERVER": sandbox.connect_url,
        "CONNECT_API_KEY": sandbox.api_key,
        "DATABRICKS_HOST": sandbox.workspace_host,
        "DATABRICKS_WAREHOUSE_ID": sandbox.warehouse_id,
        "SSL_CERT_FILE": sandbox.ca_bundle,
        "REQUESTS_CA_BUNDLE": sandbox.ca_bundle,
    }
    said = run(python, "-m", "portal", "deploy", "--access", "logged_in", cwd=team, **variables)
    assert f"are the portal {RELEASE} itself, as source" in said
    content = next(one for one in api(sandbox, "content") if one["name"] == "data-portal")
    assert content["title"] == "Sales portal"
    archive = api(sandbox, f"content/{content['guid']}/bundles/{content['bundle_id']}/download")
    with tarfile.open(fileobj=io.BytesIO(archive)) as unpacked:
        names = set(unpacked.getnames())
        requirements = unpacked.extractfile("requirements.txt")
        assert requirements is not None
        # rsconnect takes the blanks at the beginning of lines away.
        assert requirements.read().split() == (ROOT / "requirements.txt").read_bytes().split()
    assert {"wsgi.py", "portal.toml", "pages/fares.py", "portal/app.py", "portal/shipped/pages/home.py"} <= names
    assert not [name for name in names if name.startswith(("tests/", "portal/sandbox", "portal/testing", "."))]

    # In a thread of its own: where other tests have a browser, Playwright's loop runs in this one.
    with ThreadPoolExecutor(1) as threads:
        threads.submit(look, sandbox, content["content_url"]).result()


def look(sandbox: SandboxClient, address: str) -> None:
    """The deployed portal, as a member of the group that may see a page and as another viewer."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        seen = {}
        for viewer in ("analyst-west", "analyst-east"):
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            answer = context.request.post(sandbox.connect_url + "/__login__", form={"viewer": viewer}, max_redirects=0)
            assert answer.status == 303
            page = context.new_page()
            page.goto(f"{address}fares")
            navigation = page.get_by_role("navigation", name="Main")
            # The name in the menu comes with the first answer of Databricks, and with it what the viewer may open.
            expect(page.get_by_text(viewer.replace("-", " ").title()).first).to_be_visible(timeout=60_000)
            expect(navigation.get_by_role("link", name="Welcome")).to_be_visible(timeout=30_000)
            expect(navigation.get_by_role("link", name="Jobs")).to_have_count(0)
            seen[viewer] = page
        west, east = seen["analyst-west"], seen["analyst-east"]
        expect(west.get_by_text("fares_of_members")).to_be_visible(timeout=60_000)
        expect(west.get_by_role("navigation", name="Main").get_by_role("link", name="Fares")).to_be_visible()
        expect(east.get_by_role("heading", name="Not permitted")).to_be_visible(timeout=60_000)
        expect(east.get_by_text("members of west")).to_be_visible()
        expect(east.get_by_role("navigation", name="Main").get_by_role("link", name="Fares")).to_have_count(0)
        assert "a layout for members" not in east.content()
        accent = west.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--p-accent')")
        assert accent.strip() == "#0b6b5d"
        assert west.evaluate("document.querySelector('.brand-logo').decode().then(() => true)"), "the logo is a picture"
        if folder := os.environ.get("PICTURES"):
            for viewer, page in seen.items():
                page.screenshot(path=f"{folder}/own-portal-{viewer}.png")
        browser.close()


def test_doctor_tells_an_upgrade_and_a_group_that_is_not_there(python: Path, team: Path, sandbox: SandboxClient):
    before = (team / "portal.toml").read_text()
    (team / "portal.toml").write_text('made_with = "0.1.0"\n' + before.replace('fares = ["west"]', 'fares = ["wset"]'))
    variables = {name: value for name, value in sandbox.env.items() if name != "DASH_REQUESTS_PATHNAME_PREFIX"}
    variables |= {"PORTAL_SESSION_TOKEN": sandbox.session("analyst-west"), "PORTAL_CALL_SECONDS": "60"}
    try:
        kept = {name: value for name, value in os.environ.items() if not OURS.match(name)}
        done = subprocess.run(
            [str(python), "-m", "portal", "doctor", "--json"],
            cwd=team, env={**kept, **variables}, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
    finally:
        (team / "portal.toml").write_text(before)
    checks = {one["name"]: one for one in json.loads(done.stdout)["checks"]}
    assert "Set `PORTAL_SIGNING_KEY`" in checks["upgrade"]["says"]
    assert checks["page groups"]["state"] == "warning", checks["page groups"]
    assert "no group wset. Nobody can open fares." in checks["page groups"]["says"]
