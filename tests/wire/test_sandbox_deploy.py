"""`rsconnect deploy` as publishers run it, against the sandbox's Connect."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sandbox_client import SandboxClient

APP = """
import os
from dash import Dash, html
app = Dash(__name__)
app.layout = html.H1("deployed")
server = app.server
@server.get("/facts")
def facts():
    names = ("GREETING", "CONNECT_CONTENT_GUID", "DASH_REQUESTS_PATHNAME_PREFIX")
    return {name: os.environ.get(name) for name in names}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    directory = tmp_path / "project"
    directory.mkdir()
    (directory / "wsgi.py").write_text(APP)
    (directory / "requirements.txt").write_text("dash\n")
    (directory / ".python-version").write_text("3.11")
    return directory


def rsconnect(sandbox: SandboxClient, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the command line with a home of its own, so that it remembers nothing between tests."""
    home.mkdir(exist_ok=True)
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], "CONNECT_SERVER": sandbox.connect_url,
                   "CONNECT_API_KEY": sandbox.api_key, "LANG": "C.UTF-8"}  # fmt: skip
    command = [str(Path(sys.executable).with_name("rsconnect")), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_deploy_twice_updates_in_place(sandbox: SandboxClient, project: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    words = ["deploy", "dash", "--entrypoint", "wsgi:app", "--title", "Mine"]
    first = rsconnect(sandbox, home, *words, "-E", "GREETING=one", str(project))
    assert first.returncode == 0, first.stdout + first.stderr
    assert "Deployment completed successfully" in first.stdout + first.stderr
    second = rsconnect(sandbox, home, *words, "-E", "GREETING=two", str(project))
    assert second.returncode == 0, second.stdout + second.stderr
    key = {"Authorization": f"Key {sandbox.api_key}"}
    contents = sandbox.http.get(sandbox.connect_url + "/__api__/v1/content", headers=key, timeout=10).json()
    mine = [one for one in contents if one["title"] == "Mine"]
    assert len(mine) == 1
    assert mine[0]["app_mode"] == "python-dash"
    facts = sandbox.browser().get(mine[0]["content_url"] + "facts", timeout=60).json()
    assert facts == {
        "GREETING": "two",
        "CONNECT_CONTENT_GUID": mine[0]["guid"],
        "DASH_REQUESTS_PATHNAME_PREFIX": f"/content/{mine[0]['guid']}/",
    }


ASGI = """
async def app(scope, receive, send):
    if scope["type"] == "http":
        headers = [(b"content-type", b"text/plain")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"asynchronous " + scope["path"].encode()})
"""


def test_an_asgi_application_runs_under_its_own_server(sandbox: SandboxClient, project: Path, tmp_path: Path) -> None:
    (project / "main.py").write_text(ASGI)
    (project / "requirements.txt").write_text("uvicorn\n")
    words = ["deploy", "fastapi", "--entrypoint", "main:app", "--title", "Asynchronous", str(project)]
    done = rsconnect(sandbox, tmp_path / "home", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    key = {"Authorization": f"Key {sandbox.api_key}"}
    contents = sandbox.http.get(sandbox.connect_url + "/__api__/v1/content", headers=key, timeout=10).json()
    (mine,) = [one for one in contents if one["title"] == "Asynchronous"]
    assert mine["app_mode"] == "python-fastapi"
    assert sandbox.browser().get(mine["content_url"] + "some/path", timeout=60).text == "asynchronous /some/path"


@pytest.mark.parametrize(
    ("kind", "words"),
    [("streamlit", "streamlit, which the sandbox's environment lacks"), ("bokeh", "'python-bokeh' cannot be run")],
)
def test_what_cannot_run_is_refused_when_it_is_deployed(
    sandbox: SandboxClient, project: Path, tmp_path: Path, kind: str, words: str
) -> None:
    if kind == "streamlit" and importlib.util.find_spec("streamlit"):
        pytest.skip("Streamlit is installed here")
    (project / "app.py").write_text("pass\n")
    done = rsconnect(sandbox, tmp_path / "home", "deploy", kind, "--entrypoint", "app.py", str(project))
    assert done.returncode != 0
    assert words in " ".join((done.stdout + done.stderr).split())


def test_content_that_does_not_start_fails_the_verification(
    sandbox: SandboxClient, project: Path, tmp_path: Path
) -> None:
    (project / "wsgi.py").write_text("raise RuntimeError('this cannot start')\n")
    done = rsconnect(sandbox, tmp_path / "home", "deploy", "dash", "--entrypoint", "wsgi:app", str(project))
    assert done.returncode != 0
    assert "Could not access the deployed content" in done.stdout + done.stderr


def test_a_wrong_key_is_told_so(sandbox: SandboxClient, project: Path, tmp_path: Path) -> None:
    done = rsconnect(sandbox, tmp_path / "home", "deploy", "dash", "--api-key", "0" * 32, str(project))
    assert done.returncode != 0
    assert "401" in done.stdout + done.stderr or "API key" in done.stdout + done.stderr
