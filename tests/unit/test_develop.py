"""`python -m portal dev`: what it notices of files, and what it does then."""

from __future__ import annotations

import os
from pathlib import Path

from portal.develop import command
from portal.develop.watching import Change, Watch


def test_new_changed_and_removed_files_are_noticed_wherever_they_lie(tmp_path: Path):
    page, wsgi = tmp_path / "pages" / "team" / "sub.py", tmp_path / "wsgi.py"
    page.parent.mkdir(parents=True)
    wsgi.write_text("")
    watch = Watch(tmp_path / "pages", wsgi, tmp_path / "not-there")
    assert watch.changed() is None
    page.write_text("1")
    assert watch.changed() == Change((page,))
    os.utime(page, ns=(1, 1))
    wsgi.write_text("2")
    assert watch.changed() == Change((page, wsgi))
    (tmp_path / "pages" / "__pycache__").mkdir()
    (tmp_path / "pages" / "__pycache__" / "sub.py").write_text("")
    (tmp_path / "pages" / ".sub.py.swp").write_text("")
    assert watch.changed() is None
    page.unlink()
    assert watch.changed() == Change((page,))


def test_the_portal_is_the_chosen_viewer_and_nobody_else(tmp_path: Path):
    facts = {"workspace_url": "https://localhost:1", "warehouse_id": "w", "ca_bundle": "/ca.pem"}
    os.environ["DATABRICKS_CLIENT_SECRET"] = "somebody's"
    try:
        found = command.variables(facts, "analyst-east", 4000)
    finally:
        del os.environ["DATABRICKS_CLIENT_SECRET"]
    assert found["DATABRICKS_TOKEN"] == "dapi-analyst-east"
    assert found["PORTAL_IDENTITY"] == "developer"
    assert found["DEV_BIND"] == "127.0.0.1:4000", "on this machine alone"
    assert "DATABRICKS_CLIENT_SECRET" not in found
