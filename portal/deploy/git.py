"""What git says of a clone. Every answer is None where there is no git, or no repository that it would read."""

from __future__ import annotations

import subprocess
from pathlib import Path
from urllib.parse import urlsplit


def _git(root: Path, *words: str) -> str | None:
    # No fsmonitor: it would run a program that the repository names.
    command = ["git", "-c", "core.fsmonitor=false", *words]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True, timeout=30)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return done.stdout


def _paths(said: str | None) -> tuple[str, ...] | None:
    return None if said is None else tuple(sorted({path for path in said.split("\0") if path}))


def tracked(root: Path) -> tuple[str, ...] | None:
    """Every path that git tracks, relative to `root`; None too where it tracks nothing."""
    return _paths(_git(root, "ls-files", "-z")) or None


def untracked(root: Path) -> tuple[str, ...]:
    """What git neither tracks nor ignores."""
    return _paths(_git(root, "ls-files", "-z", "--others", "--exclude-standard")) or ()


def commit(root: Path) -> str | None:
    """The commit that is checked out."""
    return (_git(root, "rev-parse", "--verify", "HEAD") or "").strip() or None


def changed(root: Path) -> frozenset[str]:
    """What git tracks and differs from that commit."""
    return frozenset(_paths(_git(root, "diff", "--name-only", "--relative", "-z", "HEAD")) or ())


def origin(root: Path) -> dict[str, str]:
    """Branch and repository, as rsconnect calls them. An address may hold a password: that is not passed on."""
    branch = (_git(root, "rev-parse", "--abbrev-ref", "HEAD") or "").strip()
    address = (_git(root, "remote", "get-url", "origin") or "").strip()
    parts = urlsplit(address)
    web = parts.scheme in {"http", "https", "ssh"} and parts.hostname
    repository = f"https://{parts.netloc.rpartition('@')[2]}{parts.path}" if web else ""
    return {name: text for name, text in (("source_branch", branch), ("source_repo", repository)) if text}
