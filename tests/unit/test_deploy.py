"""What a deployment sends, and how it writes what is to be typed by hand."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from portal.deploy import bundle as bundles
from portal.deploy.step import Step, StepFailed, perform
from portal.deploy.variables import Variable, variables
from portal.settings import Settings

FILES = (
    "wsgi.py", "requirements.txt", "requirements-dev.txt", "Makefile", "pages/home.py", "portal/app.py",
    "portal/__pycache__/app.cpython-311.pyc", "portal/sandbox/server.py", "portal/deploy/step.py", "assets/portal.css",
    "assets/vendor/bootstrap.min.css", "tests/test_it.py", "docs/a.md", ".env", ".venv/bin/python",
    "node_modules/x/index.js", "queries/top.sql", "dump.parquet", "gunicorn.conf.py", "app.yaml",
)  # fmt: skip
SENT = {
    "wsgi.py", "requirements.txt", "pages/home.py", "portal/app.py", "portal/deploy/step.py", "assets/portal.css",
    "assets/vendor/bootstrap.min.css", "queries/top.sql",
}  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / ".gitignore").write_text("assets/vendor/\n")
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run([*git, "init", "-q"], cwd=tmp_path, check=True)
    known = [name for name in FILES if name not in {"dump.parquet", ".env"} and "vendor" not in name]
    subprocess.run([*git, "add", "-f", *known], cwd=tmp_path, check=True)
    return tmp_path


def test_the_portals_own_files_are_sent_and_what_lies_around_is_not(project: Path):
    found = bundles.bundle(project)
    assert set(found.files) == SENT
    assert found.unknown == ("dump.parquet",)


def test_rsconnect_finds_the_same_files_by_the_patterns(project: Path):
    from rsconnect.bundle import create_file_list

    found = bundles.bundle(project)
    # It adds these two itself.
    theirs = create_file_list(str(project), [], [*found.excludes, "requirements.txt", "manifest.json"])
    assert set(theirs) | {"requirements.txt"} == SENT


def test_without_git_the_developers_files_stay_at_home(project: Path):
    import shutil

    shutil.rmtree(project / ".git")
    found = bundles.bundle(project)
    assert set(found.files) == SENT | {"dump.parquet"}


def test_what_is_missing_is_named(project: Path):
    assert bundles.absent(project) == ("assets/vendor/.stamp",)


def test_a_developers_switches_and_connects_own_variables_stay_here(monkeypatch: pytest.MonkeyPatch):
    given = {
        "DATABRICKS_HOST": "https://adb-1.2.azuredatabricks.net/",
        "DATABRICKS_HTTP_PATH": "/sql/1.0/warehouses/abc123",
        "CONNECT_SERVER": "https://connect.example.com",
        "CONNECT_API_KEY": "secret-key",
        "PORTAL_IDENTITY": "developer",
        "PORTAL_DEBUG": "1",
        "PORTAL_TITLE": "It's ours",
        "PORTAL_CACHE_URL": "redis://:pass-word@host:6379/0",
        "PORTAL_METRICS_TOKEN": "hush",
        "DATABRICKS_TOKEN": "dapi-never",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    found = {one.name: one for one in variables(Settings())}  # type: ignore[call-arg]
    assert {name: one.value for name, one in found.items()} == {
        "DATABRICKS_HOST": "adb-1.2.azuredatabricks.net",
        "DATABRICKS_WAREHOUSE_ID": "abc123",
        "PORTAL_TITLE": "It's ours",
        "PORTAL_CACHE_URL": "redis://:pass-word@host:6379/0",
        "PORTAL_METRICS_TOKEN": "hush",
    }
    assert {name for name, one in found.items() if one.secret} == {"PORTAL_CACHE_URL", "PORTAL_METRICS_TOKEN"}


def test_a_variable_by_hand_survives_the_shell_and_a_secret_is_not_in_it():
    plain, secret = Variable("A", 'it\'s "so" $HOME'), Variable("B", "hush", secret=True)
    line = f"'[{plain.by_hand}, {secret.by_hand}]'"
    assert "hush" not in line
    said = subprocess.run(["bash", "-c", f"printf %s {line}"], env={"B": "hush"}, capture_output=True, text=True)
    assert json.loads(said.stdout) == [{"name": "A", "value": plain.value}, {"name": "B", "value": "hush"}]
    assert len(shlex.split(line)) == 1


def test_a_step_that_fails_says_what_is_done_and_what_is_left():
    def fails() -> str:
        raise StepFailed("Connect is away.", "Run it again.")

    said: list[str] = []
    steps = [
        Step("one", lambda: "did it", list),
        Step("two", fails, list, left="One is there."),
        Step("three", lambda: pytest.fail("must not run"), list),
    ]
    assert perform(steps, said.append) == 1
    text = "\n".join(said)
    for words in ("Connect is away.", "→ Run it again.", "Done: one. Not done: two, three.", "One is there."):
        assert words in text
