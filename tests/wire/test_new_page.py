"""A page fresh from `new-page` works, and so does what docs/adding-a-page.md makes of it; with their tests and lint."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sandbox_client import ROOT


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    copied = tmp_path / "clone"
    shutil.copytree(
        ROOT,
        copied,
        ignore=shutil.ignore_patterns(".*", "node_modules", "__pycache__", "browser", "bench", "test-results"),
    )
    return copied


def run(clone: Path, *module: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *module], cwd=clone, capture_output=True, text=True, check=False, timeout=150
    )


def test_a_new_page_and_its_test_pass_as_they_are(clone: Path):
    new = ("portal", "new-page", "tolls_by_zip", "--title", "Tolls")
    said = run(clone, *new)
    assert said.returncode == 0
    assert "pages/tolls_by_zip.py" in said.stdout
    assert run(clone, *new).returncode == 1
    done = run(clone, "pytest", "-q", "-p", "no:cacheprovider", "tests/wire/test_page_tolls_by_zip.py")
    assert done.returncode == 0, done.stdout[-4000:]
    assert "4 passed" in done.stdout


def test_the_five_minute_page_passes_lint_types_and_its_test(clone: Path):
    text = (ROOT / "docs" / "adding-a-page.md").read_text(encoding="utf-8")
    *parts, tests = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert run(clone, "portal", "new-page", "open_orders", "--title", "Open orders").returncode == 0
    page, test = clone / "pages" / "open_orders.py", clone / "tests" / "wire" / "test_page_open_orders.py"
    page.write_text("\n\n".join(part.strip("\n") + "\n" for part in parts), encoding="utf-8")
    written = test.read_text(encoding="utf-8")
    for one in tests.strip().split("\n\n\n"):
        name = one.partition("(")[0]
        assert name in written
        written = re.sub(rf"{name}\(.*?(?=\n\n\n)", lambda _, one=one: one, written, flags=re.DOTALL)
    test.write_text(written, encoding="utf-8")
    for lint in (
        ("ruff", "check", "pages/open_orders.py", str(test)),
        ("ruff", "format", "--check", "pages/open_orders.py", str(test)),
        # What it imports has been checked by `make lint`.
        ("mypy", "--follow-imports=skip", "--cache-dir=/dev/null", "pages/open_orders.py"),
    ):
        done = run(clone, *lint)
        assert done.returncode == 0, done.stdout + done.stderr
    done = run(clone, "pytest", "-q", "-p", "no:cacheprovider", str(test))
    assert "4 passed" in done.stdout, done.stdout[-4000:]
