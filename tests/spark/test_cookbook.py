"""The page of docs/cookbook/dataframes.md, as it stands there, in a running portal: two viewers, two results."""

from __future__ import annotations

import re
from pathlib import Path

from tests import own_project
from tests.portal_process import connect_variables, start_portal
from tests.sandbox_client import ROOT, SandboxClient


def project(folder: Path) -> Path:
    """A team's own portal with that page."""
    text = (ROOT / "docs/cookbook/dataframes.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert code is not None
    own_project.make(folder, 'title = "Sales portal"\npages = ["pages"]\n')
    (folder / "pages/order_bands.py").write_text(code[1], encoding="utf-8")
    return folder


def test_two_viewers_two_results(sandbox: SandboxClient, tmp_path: Path) -> None:
    more = {"DATABRICKS_CLUSTER_ID": sandbox.cluster_id, "PYTHONPATH": str(ROOT)}
    portal = start_portal(connect_variables(sandbox, **more), "--workers", "1", root=project(tmp_path / "own"))
    try:
        for mine, other in (("west", "east"), ("east", "west")):
            shown = portal.page("order-bands", sandbox.session(f"analyst-{mine}"))
            assert f'"{mine}"' in shown, portal.log[-4000:]
            assert "large" in shown
            assert f'"{other}"' not in shown
    finally:
        portal.stop()
