"""What an earlier version's `new-portal` wrote runs on this one, unchanged: an upgrade is a version bump."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from portal.version import RELEASE
from tests import own_project
from tests.sandbox_client import ROOT

FOLDER = ROOT / "tests" / "skeletons"
"""A frozen copy of each version's: never edited, one more with each release."""


def test_this_version_has_its_copy():
    assert (FOLDER / RELEASE / "wsgi.py").is_file(), f"python -m portal new-portal tests/skeletons/{RELEASE}, elsewhere"


@pytest.mark.parametrize("version", sorted(path.name for path in FOLDER.iterdir()))
def test_a_project_of_that_version_passes_its_own_tests(version: str, tmp_path: Path):
    project = tmp_path / "project"
    shutil.copytree(FOLDER / version, project)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=project, env=own_project.environment(), capture_output=True, text=True, timeout=170, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]
    assert "2 passed" in done.stdout
