"""What goes to Connect from a team's project: its files, and the installed package as source beside them.

Nothing there is built or fetched but what `requirements.txt` names, and that is the package's own lock with the team's
requirements behind it: Connect needs no index that has the portal, no git and no Node.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from portal.doctor.machine import locked
from portal.paths import CONFIGURATION, SHIPPED, paths

NEEDED = ("wsgi.py", "requirements.txt", CONFIGURATION)
KINDS = {
    "wsgi.py": {".py"},
    CONFIGURATION: {".toml"},
    "pages": {".py"},
    "assets": {".css", ".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico", ".woff2"},
}
"""What is sent of a project without git, and of every other folder of pages its Python."""
PACKAGE = "portal"
_LEFT = frozenset({"sandbox", "testing", "templates", "__pycache__", "wheel.py"})
"""Of the package: what a running portal never imports."""


class BadProject(ValueError):
    """What cannot be sent as it is; `str(error)` says why."""

    def __init__(self, says: str, mend: str) -> None:
        super().__init__(says)
        self.mend = mend


def package() -> Iterator[tuple[str, Path]]:
    """The package's files by their paths in the bundle: its code, and what was shipped with it."""
    for path in sorted(paths.code.rglob("*")):
        inside = path.relative_to(paths.code)
        top = inside.parts[0]
        if path.is_file() and top not in _LEFT | {SHIPPED} and path.suffix == ".py":
            yield f"{PACKAGE}/{inside.as_posix()}", path
    for folder in ("pages", "assets"):
        for path in sorted((paths.package / folder).rglob("*")):
            inside = path.relative_to(paths.package)
            if path.is_file() and not {"__pycache__", "src"} & set(inside.parts) and not path.name.startswith("."):
                yield f"{PACKAGE}/{SHIPPED}/{inside.as_posix()}", path
    yield f"{PACKAGE}/{SHIPPED}/requirements.txt", paths.package / "requirements.txt"


def own_requirements(root: Path) -> list[Requirement]:
    """The team's requirements, without the portal itself. Raises `BadProject` for a line that is none."""
    found = []
    for line in (root / "requirements.txt").read_text(encoding="utf-8").splitlines():
        text = re.sub(r"(^|\s)#.*", "", line).strip()
        if not text:
            continue
        try:
            one = Requirement(text)
        except InvalidRequirement:
            raise BadProject(
                f"requirements.txt has the line {text[:80]!r}, which names no package.",
                "Name packages with their versions, such as humanize==4.17.0; Connect knows its own index.",
            ) from None
        if canonicalize_name(one.name) != PACKAGE:
            found.append(one)
    return found


def requirements(root: Path) -> str:
    """The lock that came with the package, with the team's requirements behind it. Raises `BadProject`.

    pip takes hashes for all or for none: where the team has requirements of its own, versions alone are pinned.
    """
    lock = (paths.package / "requirements.txt").read_text(encoding="utf-8")
    pinned = {
        (canonicalize_name(one.name)): one for one, _ in locked(lock) if one.marker is None or one.marker.evaluate()
    }
    more = []
    for one in own_requirements(root):
        known = pinned.get(canonicalize_name(one.name))
        version = str(known.specifier).removeprefix("==") if known else ""
        if known and not one.specifier.contains(version, prereleases=True):
            raise BadProject(
                f"requirements.txt wants {one}, and the portal was tested with {known.name} {version}.",
                f"Take the portal's own: leave {one.name} out, or allow {version}.",
            )
        if not known or one.extras:
            more.append(str(one))
    if not more:
        return lock
    plain = re.sub(r" \\\n(?:\s+--hash=\S+(?: \\)?\n)+", "\n", lock)
    return "\n".join([plain.rstrip(), f"# Of {root.name}:", *more, ""])
