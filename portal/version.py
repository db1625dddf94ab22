"""Which release and which commit this is. A deployment carries its commit in a file, since no git goes along."""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from portal.paths import paths

RELEASE = "0.2.0"
"""The one place: `pyproject.toml` takes it from here, and the changelog has it as its newest."""

STAMP = "portal/commit.json"
"""Where `portal.deploy` writes it, relative to the project."""


@dataclass(frozen=True)
class Version:
    """A commit, and how many tracked files differed from it when it was sent."""

    commit: str
    changed: int = 0

    def __str__(self) -> str:
        files = "file" if self.changed == 1 else "files"
        return self.commit[:12] + (f" and {self.changed} changed {files}" if self.changed else "")

    def stamp(self) -> str:
        return json.dumps(asdict(self)) + "\n"


@cache
def version(root: Path = paths.code.parent) -> Version | None:
    """What was stamped into this deployment; None in a clone, where git knows."""
    try:
        found = json.loads((root / STAMP).read_text(encoding="utf-8"))
        return Version(str(found["commit"]), int(found["changed"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def agent() -> str:
    """For user agents: the release, with the commit where this is a deployment, as a semantic version has it."""
    found = version()
    return f"{RELEASE}+{found.commit[:12]}" if found and found.commit[:12].isalnum() else RELEASE


def described() -> str:
    """Release and commit, as `--version` says them: of the deployment's stamp, else of the clone."""
    found = version()
    commit = str(found) if found else _of_clone()
    return f"{RELEASE} ({commit})" if commit else RELEASE


def _of_clone() -> str:
    command = ["git", "-C", str(paths.project), "describe", "--always", "--abbrev=12", "--dirty", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if (paths.project / ".git").exists() else ""
