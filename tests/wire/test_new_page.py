"""A page fresh from `new-page` works, and the test that comes with it passes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.sandbox_client import ROOT


def test_a_new_page_and_its_test_pass_as_they_are(tmp_path: Path):
    clone = tmp_path / "clone"
    shutil.copytree(
        ROOT,
        clone,
        ignore=shutil.ignore_patterns(".*", "node_modules", "__pycache__", "browser", "bench", "test-results"),
    )
    new = [sys.executable, "-m", "portal", "new-page", "tolls_by_zip", "--title", "Tolls"]
    said = subprocess.run(new, cwd=clone, capture_output=True, text=True, check=True).stdout
    assert "pages/tolls_by_zip.py" in said
    assert subprocess.run(new, cwd=clone, capture_output=True, text=True, check=False).returncode == 1
    test = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/wire/test_page_tolls_by_zip.py"]
    done = subprocess.run(test, cwd=clone, capture_output=True, text=True, check=False, timeout=150)
    assert done.returncode == 0, done.stdout[-4000:]
    assert "4 passed" in done.stdout
