"""`new-portal` writes what passes our own checks, overwrites nothing, and doctor says what an upgrade changes."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from portal import project_file
from portal.deploy import project
from portal.doctor import own
from portal.doctor.finding import State
from portal.new_portal import BadPortal, write
from portal.settings import Settings, variables
from portal.version import RELEASE
from tests.sandbox_client import ROOT


def test_what_it_writes_is_whole_and_passes_the_linter(tmp_path: Path):
    names = write(tmp_path / "sales", "Sales, east")
    assert {"wsgi.py", "portal.toml", "requirements.txt", "Makefile", ".ci/run", ".gitignore", "README.md"} <= set(
        names
    )
    assert tomllib.loads((tmp_path / "sales/portal.toml").read_text())["title"] == "Sales, east"
    assert (tmp_path / "sales/.ci/run").stat().st_mode & 0o111
    command = [sys.executable, "-m", "ruff", "check", "--config", str(ROOT / "pyproject.toml"), str(tmp_path / "sales")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_wheel_is_named_by_its_path_too(tmp_path: Path):
    wheel = tmp_path / "the wheels" / f"portal-{RELEASE}-py3-none-any.whl"
    wheel.parent.mkdir()
    wheel.write_bytes(b"")
    for given, line in (
        (str(wheel), f"portal[sandbox,test,deploy] @ {wheel.as_uri()}"),
        ("https://example.com/portal.whl", "portal[sandbox,test,deploy] @ https://example.com/portal.whl"),
        (RELEASE, f"portal[sandbox,test,deploy]=={RELEASE}"),
    ):
        folder = tmp_path / given.rpartition("/")[2].partition("-")[0]
        write(folder, requirement=given)
        written = (folder / "requirements.txt").read_text().splitlines()[-1]
        assert written == line
        assert str(Requirement(written)), "pip reads it"


def test_the_demo_runs_in_a_folder_with_a_blank_in_its_path(tmp_path: Path):
    """`make run` starts the content by a command that the sandbox takes apart."""
    python = tmp_path / "our portal" / "python"
    python.parent.mkdir()
    python.symlink_to(Path(sys.executable).resolve())
    asked = "import shlex, sys; from portal.__main__ import CONTENT; print(shlex.split(CONTENT)[0] == sys.executable)"
    done = subprocess.run(
        [str(python), "-c", asked],
        env={"PYTHONPATH": f"{ROOT}:{sysconfig.get_path('purelib')}"},
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == "True\n", done.stderr


@pytest.mark.parametrize("title", ["", 'a "quote"', "a\nb", "x" * 61, "<b>"])
def test_a_title_that_would_break_a_file_is_refused(tmp_path: Path, title: str):
    with pytest.raises(BadPortal, match="no title"):
        write(tmp_path / "sales", title)
    assert not (tmp_path / "sales").exists()


def test_nothing_is_overwritten_and_nothing_is_written_into_the_package(tmp_path: Path):
    (tmp_path / "there").write_text("x")
    with pytest.raises(BadPortal, match="is there already"):
        write(tmp_path)
    with pytest.raises(BadPortal, match="inside the portal's own files"):
        write(ROOT / "portal" / "mine")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("titel = 'x'", "titel in portal.toml is no setting; is title meant?"),
        ("metrics_token = 'x'", "set PORTAL_METRICS_TOKEN in the environment instead"),
        ("title = ", "is no TOML"),
    ],
)
def test_a_configuration_that_means_nothing_is_told(tmp_path: Path, text: str, says: str):
    (tmp_path / "portal.toml").write_text(text)
    names = [name for field in Settings.model_fields for name in variables(field)[:1]]
    with pytest.raises(project_file.ProjectFileError) as found:
        project_file.read(names, tmp_path)
    assert says in str(found.value)


CHANGELOG = """
## [Unreleased]

### Upgrading

- **Later.** Not yet.

## [0.3.0] - 2027-01-01

### Upgrading

- **A setting moved**: `A` is `B` now, which
  takes a list.

### Added

- Something.

## [0.2.0] - 2026-12-01

### Upgrading

- **Set a key.** It is needed. Really.

## [0.1.0] - 2026-11-01
"""


def test_what_an_upgrade_changes_is_told_from_the_oldest_version_on(tmp_path: Path):
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    assert own.changes(Version("0.1.0"), tmp_path / "CHANGELOG.md") == ["Set a key.", "A setting moved:"]
    assert own.changes(Version("0.2.0"), tmp_path / "CHANGELOG.md") == ["A setting moved:"]


@pytest.mark.parametrize(
    ("made_with", "state"),
    [
        (RELEASE, State.OK),
        ("0.1.0", State.WARNING),
        ("99.0.0", State.WARNING),
        ("x", State.WARNING),
        ("", State.SKIPPED),
    ],
)
def test_doctor_compares_the_project_with_the_package(tmp_path: Path, made_with: str, state: State):
    (tmp_path / "portal.toml").write_text(f'made_with = "{made_with}"\n' if made_with else "")
    assert own.upgrade(tmp_path, ROOT / "CHANGELOG.md").state is state


@pytest.mark.parametrize(
    ("line", "state"),
    [
        (f"portal[sandbox]=={RELEASE}", State.OK),
        ("portal[sandbox] @ file:///dist/portal.whl", State.OK),
        ("portal==0.0.1", State.WARNING),
        ("humanize==4.17.0", State.WARNING),
    ],
)
def test_a_package_that_requirements_txt_does_not_mean_is_told(tmp_path: Path, line: str, state: State):
    (tmp_path / "requirements.txt").write_text(f"# ours\n{line}\n")
    assert own.package(tmp_path).state is state


def test_what_connect_installs_is_the_lock_with_the_teams_requirements(tmp_path: Path):
    file = tmp_path / "requirements.txt"
    file.write_text(f"# ours\nportal[sandbox,test]=={RELEASE}\n")
    lock = (ROOT / "requirements.txt").read_text()
    assert project.requirements(tmp_path) == lock
    file.write_text("portal\nhumanize>=4  # is in the lock\nfaker==40.1.0\n")
    both = project.requirements(tmp_path)
    assert "faker==40.1.0" in both
    assert "--hash" not in both
    assert "humanize>=4" not in both
    assert both.count("==") > 60
    for line, says in (
        ("dash==1.0", "was tested with dash"),
        ("-r other.txt", "names no package"),
        ("./x.whl", "no package"),
    ):
        file.write_text(f"portal\n{line}\n")
        with pytest.raises(project.BadProject, match=says):
            project.requirements(tmp_path)
