"""Checks of a team's own project: its package and lock, what an upgrade changed, and the groups that its pages name."""

from __future__ import annotations

import re
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

from portal.databricks import workspace
from portal.doctor.finding import Finding, ok, skipped, warning
from portal.paths import CONFIGURATION, paths
from portal.project_file import VERSION, made_with
from portal.settings import Settings
from portal.version import RELEASE
from portal.viewer import Viewer, acting_as

_SECTION = re.compile(r"(?m)^## \[([^\]]+)\].*$")


def package(root: Path | None = None) -> Finding:
    """Whether requirements.txt and what is installed speak of one version of the portal."""
    name, root = "portal's version", root or paths.project
    wanted = _wanted(root)
    if wanted is None:
        return warning(
            name, f"{RELEASE}, and requirements.txt does not name the portal.", f"Add portal=={RELEASE} to it."
        )
    if wanted.specifier and not wanted.specifier.contains(RELEASE, prereleases=True):
        return warning(
            name,
            f"{RELEASE} is installed, and requirements.txt says {wanted.specifier}.",
            "pip install -r requirements.txt, or name the installed version.",
        )
    return ok(name, f"{RELEASE}, as requirements.txt has it.")


def _wanted(root: Path) -> Requirement | None:
    try:
        lines = (root / "requirements.txt").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    for line in lines:
        try:
            one = Requirement(re.sub(r"(^|\s)#.*", "", line).strip())
        except InvalidRequirement:
            continue
        if one.name.lower() == "portal":
            return one
    return None


def upgrade(root: Path | None = None, changelog: Path | None = None) -> Finding:
    """What changed since the version that the project was last brought up to, for whoever upgrades."""
    name, root = "upgrade", root or paths.project
    before = made_with(root)
    mend = f'Read it, then set {VERSION} = "{RELEASE}" in {CONFIGURATION}.'
    if not before:
        return skipped(name, f"{CONFIGURATION} does not say which version the project was made with.", mend)
    try:
        since = Version(before)
    except InvalidVersion:
        return warning(name, f"{VERSION} = {before!r} is no version.", mend)
    if since == Version(RELEASE):
        return ok(name, f"The project was brought up to {RELEASE}.")
    if since > Version(RELEASE):
        return warning(
            name, f"The project was made with {before}, which is newer than {RELEASE}.", "Upgrade the portal."
        )
    news = changes(since, changelog or paths.package / "CHANGELOG.md")
    return warning(name, f"From {before} to {RELEASE}: {' '.join(news) or 'nothing to do.'}", mend)


def changes(since: Version, changelog: Path) -> list[str]:
    """The points under "Upgrading" of every version after this one, their first sentences, the oldest version first."""
    try:
        text = changelog.read_text(encoding="utf-8")
    except OSError:
        return []
    pieces = _SECTION.split(text)
    found: list[str] = []
    for version, body in reversed(list(zip(pieces[1::2], pieces[2::2], strict=True))):
        try:
            if Version(version) <= since:
                continue
        except InvalidVersion:
            continue  # what is not released yet
        part = re.search(r"(?ms)^### Upgrading\n(.*?)(?=^### |\Z)", body)
        points = re.findall(r"(?ms)^- (.*?)(?=^- |\Z)", part[1]) if part else []
        found += [
            re.split(r"(?<=[.:])\s", " ".join(point.replace("**", "").split()), maxsplit=1)[0] for point in points
        ]
    return found


def _exists(wanted: str) -> bool:
    return bool(workspace.call(lambda client: list(client.groups.list(filter=wanted)), "the groups"))


def groups(settings: Settings, viewer: Viewer | None) -> Finding:
    """Whether the groups that pages are for exist in the workspace: nobody could open a page of one that does not."""
    name = "page groups"
    wanted = sorted({group for _, names in settings.page_groups for group in names})
    if viewer is None:
        return skipped(name, f"Pages are for {', '.join(wanted)}.", "Give a viewer's token: --session-token -.")
    absent = []
    with acting_as(viewer):
        for group in wanted:
            quoted = group.replace("\\", "\\\\").replace('"', '\\"')
            absent += [] if _exists(f'displayName eq "{quoted}"') else [group]
    if absent:
        pages = sorted({page for page, names in settings.page_groups if set(names) <= set(absent)})
        closed = f" Nobody can open {', '.join(pages)}." if pages else ""
        return warning(
            name,
            f"The workspace has no group {', '.join(absent)}.{closed}",
            "Correct PORTAL_PAGE_GROUPS (page_groups in portal.toml), or have the group made.",
        )
    return ok(name, f"{', '.join(wanted)}: the workspace has them.")
