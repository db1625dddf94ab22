"""`new-page` writes what passes our own checks, overwrites nothing, and says what to choose instead."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from portal.new_page import BadPage, write
from tests.sandbox_client import ROOT


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "trips.py").write_text('import dash\n\ndash.register_page(__name__, path="/trips")\n')
    return tmp_path


def test_what_it_writes_passes_the_linter(root: Path):
    write("open_orders", "Open orders, by region", root=root)
    for words in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *words, "--config", str(ROOT / "pyproject.toml"), str(root)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_title_path_and_ids_come_from_the_name(root: Path):
    page, test = write("open_orders", root=root)
    text = page.read_text()
    assert 'path="/open-orders"' in text
    assert 'name="Open orders"' in text
    assert 'Output("open-orders", "children")' in text
    assert "$" not in text + test.read_text()


@pytest.mark.parametrize(
    ("name", "title", "path", "says"),
    [
        ("Orders", None, None, "lower case"),
        ("../orders", None, None, "lower case"),
        ("class", None, None, "no name"),
        ("trips", None, "/other", "pages/trips.py is there already"),
        ("trips_two", None, "/trips", "address of pages/trips.py"),
        ("orders", 'a "quote"', None, "no title"),
        ("orders", None, "orders", "no path"),
        ("orders", None, "/a b", "no path"),
    ],
)
def test_what_cannot_be_a_page_is_refused(root: Path, name: str, title: str | None, path: str | None, says: str):
    before = sorted(root.rglob("*"))
    with pytest.raises(BadPage, match=says):
        write(name, title, path, root=root)
    assert sorted(root.rglob("*")) == before
