"""What a deployment sends, and how it writes what is to be typed by hand."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from portal.deploy import bundle as bundles
from portal.deploy import git
from portal.deploy.step import Step, StepFailed, perform
from portal.deploy.variables import Variable, variables
from portal.settings import Settings
from portal.version import STAMP, Version, version

TRACKED = (
    "wsgi.py", "requirements.txt", "requirements-dev.txt", "Makefile", "pages/home.py", "portal/app.py",
    "portal/__pycache__/app.cpython-311.pyc", "portal/sandbox/server.py", "portal/deploy/step.py", "assets/portal.css",
    "assets/src/portal.js", "tests/test_it.py", "docs/a.md", "queries/top.sql", "gunicorn.conf.py", "app.yaml",
    "pyproject.toml",
    "portal/viewer/secrets.py", "pages/prod.env", "tls/Server.PEM", "queries/id_rsa", ".github/ci.yml",
)  # fmt: skip
IGNORED = (".venv/bin/python", "node_modules/x/index.js", "portal/__pycache__/new.cpython-311.pyc")
BUILT = ("assets/vendor/bootstrap.min.css", "assets/vendor/.stamp", "assets/vendor/compressed/0a.br")
STRAY = (
    "pages/.env", "pages/dump.csv", "portal/notes/private.ipynb", "dump.parquet", ".env", "pages/new.py",
    "tests/scratch.txt",
)  # fmt: skip
SENT = {
    "wsgi.py", "requirements.txt", "pages/home.py", "portal/app.py", "portal/deploy/step.py", "assets/portal.css",
    "queries/top.sql", "portal/viewer/secrets.py", *BUILT,
}  # fmt: skip
GIT = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A clone with all that may lie around in one."""
    root = tmp_path / "clone"
    for name in (*TRACKED, *IGNORED, *BUILT, *STRAY):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")
    (root / "assets/vendor/dump.csv").write_text("x")
    (root / "pages/elsewhere.py").symlink_to("/etc/passwd")
    (root / ".gitignore").write_text("assets/vendor/\n.venv\nnode_modules\n__pycache__\n")
    subprocess.run([*GIT, "init", "-q"], cwd=root, check=True)
    subprocess.run([*GIT, "add", "-f", ".gitignore", "pages/elsewhere.py", *TRACKED], cwd=root, check=True)
    subprocess.run([*GIT, "commit", "-qm", "all"], cwd=root, check=True)
    return root


def test_what_git_tracks_and_the_built_assets_are_sent_and_what_lies_around_is_not(project: Path):
    found = bundles.bundle(project)
    assert set(found.files) == SENT
    left = dict(found.left_out)
    for name in ("pages/.env", "pages/dump.csv", "portal/notes/private.ipynb", "dump.parquet", "pages/new.py"):
        assert left[name] == "git does not know it"
    for name in ("pages/prod.env", "tls/Server.PEM", "queries/id_rsa"):
        assert left[name] == "named like a secret"
    assert left["pages/elsewhere.py"] == "a link"
    assert "tests/scratch.txt" not in left


def test_every_file_and_every_omission_is_in_the_list(project: Path):
    found = bundles.bundle(project)
    text = "\n".join(found.lines(project))
    for name in (*found.files, *(path for path, _ in found.left_out)):
        assert name in text
    (project / "pages/home.py").write_text("changed")
    (project / "tests/test_it.py").write_text("changed, and not sent")
    assert "and 1 changed file" in "\n".join(bundles.bundle(project).notes())


def test_the_folder_that_is_sent_holds_these_files_and_the_commit(project: Path, tmp_path: Path):
    from rsconnect.bundle import create_file_list

    found = bundles.bundle(project)
    folder = tmp_path / "staged"
    bundles.stage(found, project, folder)
    excluded = [*bundles.READ_BY_RSCONNECT, "requirements.txt", "manifest.json"]
    theirs = set(create_file_list(str(folder), [], excluded))
    # It adds the requirements itself.
    assert theirs | {"requirements.txt"} == SENT | {STAMP}
    head = subprocess.run([*GIT, "rev-parse", "HEAD"], cwd=project, capture_output=True, text=True).stdout.strip()
    assert version(folder) == Version(head, 0)
    assert version(project) is None


@pytest.mark.parametrize("gone", ["no repository", "a repository that git does not read"])
def test_without_git_files_are_sent_by_their_kind_and_that_is_said(project: Path, gone: str):
    if gone == "no repository":
        shutil.rmtree(project / ".git")
    else:
        (project / ".git/HEAD").write_text("nonsense")
    found = bundles.bundle(project)
    assert set(found.files) == (SENT - {"queries/top.sql"}) | {"pages/new.py"}
    assert "by their kind" in "\n".join(found.notes())


def test_a_password_in_the_repositorys_address_goes_nowhere(project: Path):
    for address in ("https://me:hunter22@git.example.com/team/portal.git", "ssh://hunter22@git.example.com/portal.git"):
        subprocess.run([*GIT, "remote", "remove", "origin"], cwd=project, capture_output=True)
        subprocess.run([*GIT, "remote", "add", "origin", address], cwd=project, check=True)
        told = git.origin(project)
        assert told["source_repo"].startswith("https://git.example.com/")
        assert "hunter22" not in str(told)


def test_what_is_missing_is_named(project: Path):
    (project / "assets/vendor/.stamp").unlink()
    assert bundles.absent(project) == ("assets/vendor/.stamp", "assets/vendor/portal.js")


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
        "PORTAL_METRICS_TOKEN": "hush-hush-hush",
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
        "PORTAL_METRICS_TOKEN": "hush-hush-hush",
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
