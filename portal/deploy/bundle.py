"""What goes to Connect: the portal's own files, and nothing that happens to lie around.

Left out are what only developers need, and every top-level name that git does not know: a `.env`, a notebook, a dump
must not travel.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

DEVELOPERS_ONLY = frozenset(
    {
        "tests", "docs", "node_modules", "package.json", "package-lock.json", "Makefile", "pyproject.toml",
        "requirements-dev.txt", "gunicorn.conf.py", "app.yaml", "README.md", "rsconnect-python", "__pycache__",
        "manifest.json", "LICENSE",
    }
)  # fmt: skip
"""Top-level names. gunicorn.conf.py is among them since Connect brings its own server, and its own port."""
INSIDE = ("portal/sandbox", "**/*.pyc")
"""Below the top: the pretend Connect, and what Python compiles for itself (rsconnect drops only the outer folder)."""
BY_ITSELF = frozenset({".git", "node_modules", "rsconnect-python", "__pycache__", "manifest.json"})
"""What rsconnect-python 1.32 leaves out of its own accord (`rsconnect.bundle.directories_ignore_list`)."""
NEEDED = ("wsgi.py", "requirements.txt", "pages/home.py", "portal/app.py", "assets/portal.css", "assets/vendor/.stamp")


@dataclass(frozen=True)
class Bundle:
    """The files of a deployment, relative to the project, and the patterns by which rsconnect finds the same ones."""

    files: tuple[str, ...]
    nbytes: int
    excludes: tuple[str, ...]
    unknown: tuple[str, ...]
    """Top-level names that are left out because git does not know them."""


def bundle(root: Path) -> Bundle:
    """What would be sent from this folder."""
    known = _known_to_git(root)
    excluded, unknown = [], []
    for entry in sorted(root.iterdir()):
        name = entry.name
        if name in DEVELOPERS_ONLY or name.startswith("."):
            excluded.append(name)
        elif known is not None and name not in known:
            excluded.append(name)
            unknown.append(name)
    files, nbytes = [], 0
    for top in sorted(root.iterdir()):
        if top.name in excluded:
            continue
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            relative = path.relative_to(root).as_posix()
            inside = relative.startswith("portal/sandbox/") or path.suffix == ".pyc"
            if path.is_file() and not inside:
                files.append(relative)
                nbytes += path.stat().st_size
    shown = [name for name in excluded if name not in BY_ITSELF]
    return Bundle(tuple(files), nbytes, (*shown, *INSIDE), tuple(unknown))


def absent(root: Path) -> tuple[str, ...]:
    """Files without which the portal would not start, or not look right, that are not here."""
    return tuple(name for name in NEEDED if not (root / name).exists())


def _known_to_git(root: Path) -> frozenset[str] | None:
    """Top-level names that git tracks; None where this is no git repository."""
    try:
        done = subprocess.run(
            ["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True, timeout=30
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return frozenset(name.split("/", 1)[0] for name in done.stdout.split("\0") if name) or None
