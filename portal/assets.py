"""What `assets/` holds: which sources make which bundle and style sheet, and whether they have been built.

Read where the portal runs, and by `portal.build`, which builds.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from portal.paths import paths

FOLDER = paths.assets
VENDOR = FOLDER / "vendor"
COMPRESSED = VENDOR / "compressed"
SCRIPTS: dict[str, tuple[str, str, list[str]]] = {
    "portal.js": ("**/*.js", "portal.js", []),
    "editor.js": ("codemirror/*.js", "codemirror/bundle.js", ["--global-name=PortalCodeMirror"]),
}
"""Bundles of `assets/src/`, by their names in `assets/vendor/`: its files, the one that it begins with, and options."""
BASE = ("vendor/bootstrap.min.css", "vendor/icons.css", "tokens.css", "portal.css", "parts.css")
STYLES = {"portal.css": (*BASE, "*.css", "print.css")}
"""Style sheets that are sent as one, by its name in `assets/vendor/`: patterns in `assets/`, in the cascade's order."""
SOURCES = "src"
"""In `assets/`: what the bundles are made of; neither served nor sent to Connect."""

ICONS = (
    "arrow-clockwise", "arrow-repeat", "bell", "box-arrow-right", "box-arrow-up-right", "braces", "building",
    "calendar3",
    "check-circle-fill", "check2", "chevron-down", "chevron-left", "chevron-right", "chevron-up", "circle-half",
    "clipboard", "clock", "clock-history", "code-slash", "columns-gap", "command", "dash-circle", "database",
    "diagram-3", "display", "download", "exclamation-triangle-fill", "eye", "file-earmark-spreadsheet", "filter",
    "folder2", "fullscreen", "funnel", "gear", "graph-up", "hash", "hourglass-split", "house", "image",
    "info-circle", "key", "keyboard", "layers", "link-45deg", "list", "lock", "moon-stars", "octagon-fill",
    "pause-circle", "people", "person-badge", "person-circle", "play-fill", "plus-lg", "printer", "question-circle",
    "record-circle", "save", "search", "shield-lock", "skip-forward-circle", "slash-circle", "star", "star-fill",
    "stop-fill", "sun", "table", "tag", "terminal", "three-dots-vertical", "toggles", "trash", "wrench-adjustable",
    "x-circle-fill", "x-lg",
)  # fmt: skip
"""Names of Bootstrap Icons that pages may use (`portal.ui.icons.icon`)."""

RARE = re.compile(r"mathjax|highlight|datepicker|upload|prop-types@15\.8\.1\.js|@16|@18\.2")
"""Scripts of installed packages that no page asks for."""


class BuildError(RuntimeError):
    """The assets could not be built; `str(error)` says what to do."""


def parts(name: str) -> list[Path]:
    """Our sources of a file in `assets/vendor/`, in order."""
    if name in SCRIPTS:
        return sorted((FOLDER / SOURCES).glob(SCRIPTS[name][0]))
    # What is named has its place; a pattern stands for all others.
    patterns = STYLES[name]
    found = [(pattern, path) for pattern in patterns for path in sorted(FOLDER.glob(pattern))]
    named = {path for pattern, path in found if "*" not in pattern}
    return [path for pattern, path in found if "*" not in pattern or path not in named]


def made_of(name: str) -> str:
    """The first line of a bundle or style sheet: a hash of its sources, which tells `portal.ui.head` of a change."""
    digest = hashlib.sha256()
    for path in parts(name):
        digest.update(f"{path.name}\0".encode() + path.read_bytes() + b"\0")
    return f"/* {digest.hexdigest()} */"


def is_current(name: str) -> bool:
    """Whether a file in `assets/vendor/` was built from its sources as they are. Without sources (deployed) it was."""
    target = VENDOR / name
    if not target.exists():
        return False
    if not parts(name):
        return True
    with target.open(encoding="utf-8") as lines:
        return lines.readline().strip() == made_of(name)


def require() -> None:
    """Raises `BuildError` where the scripts that every page needs are not there."""
    absent = [name for name in SCRIPTS if not (VENDOR / name).exists()]
    if absent:
        raise BuildError(
            f"assets/vendor/{absent[0]}, the browser's half of the portal, is not built. Run: python -m portal.build"
        )
