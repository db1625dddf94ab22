"""There is one version: the project's, what the portal calls itself, and the newest in the changelog."""

from __future__ import annotations

import re
import tomllib

from portal.version import RELEASE
from tests.sandbox_client import ROOT


def test_every_place_has_the_same_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    released = re.findall(
        r"(?m)^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d{2}-\d{2}$", (ROOT / "CHANGELOG.md").read_text("utf-8")
    )
    assert released[0] == RELEASE
    assert project["dynamic"] == ["version"]
