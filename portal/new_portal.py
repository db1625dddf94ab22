"""`python -m portal new-portal DIR`: a repository of a team's own portal, which runs as it is."""

from __future__ import annotations

import argparse
import json
import re
import shlex
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from string import Template

from portal.paths import paths
from portal.version import RELEASE

TEMPLATES = paths.code / "templates" / "portal"
EXTRAS = "portal[sandbox,test,deploy]"
_TITLE = re.compile(r"[^\"\\\n$<>&]{1,60}")


class BadPortal(ValueError):
    """Nothing was written; `str(error)` says why and what to choose instead."""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    one = commands.add_parser(
        "new-portal",
        help="write a repository of your own portal",
        description="Write a repository of your own portal, with this one as a package: a page and its test, a logo, "
        "portal.toml, and what runs, tests and deploys it.",
    )
    one.add_argument("folder", metavar="DIR", type=Path, help="a new or an empty folder")
    one.add_argument("--title", default="Our portal", help="its name (Our portal)")
    one.add_argument(
        "--portal", metavar="SPEC", help="how pip finds this package: a version, or the path or address of its wheel"
    )
    one.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    folder: Path = options.folder.absolute()
    try:
        files = write(folder, options.title, options.portal)
    except BadPortal as error:
        print(f"{error} Nothing was written.")
        return 1
    print("\n".join(f"{folder.name}/{name}" for name in files))
    if "file:" in (folder / "requirements.txt").read_text(encoding="utf-8"):
        print(
            "\nrequirements.txt names a file of this machine. For colleagues and CI put the wheel where they find it, "
            "and its address or version there."
        )
    print(f"\nNow:\n    cd {shlex.quote(str(options.folder))}\n    make run")
    return 0


def write(folder: Path, title: str = "Our portal", requirement: str | None = None) -> list[str]:
    """Write the files; returns their paths in the folder. Raises `BadPortal`, and then has written nothing."""
    if not _TITLE.fullmatch(title.strip()):
        raise BadPortal(f"{title[:80]!r} is no title: at most 60 characters, without quotes, backslash, $, <, > and &.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadPortal(f"{folder} is there already: name a new or an empty folder.")
    if folder == paths.package or paths.package in folder.parents or paths.code in folder.parents:
        raise BadPortal(f"{folder} is inside the portal's own files: name a folder elsewhere.")
    words = {"title": title.strip(), "version": RELEASE, "requirement": _requirement(requirement)}
    made = []
    for source in sorted(TEMPLATES.rglob("*.txt")):
        # A dot at the beginning is a word here: packaging tools leave out what begins with one.
        name = source.relative_to(TEMPLATES).as_posix().removesuffix(".txt").replace("dot-", ".")
        target = folder / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(Template(source.read_text(encoding="utf-8")).substitute(words), encoding="utf-8")
        except OSError as error:
            raise BadPortal(f"{target} cannot be written: {error.strerror}.") from None
        if name == ".ci/run":
            target.chmod(0o755)
        made.append(name)
    return made


def _requirement(given: str | None) -> str:
    """The line of requirements.txt: by version, or where this package was itself installed from."""
    if given and Path(given).exists():
        return f"{EXTRAS} @ {Path(given).absolute().as_uri()}"
    if given:
        return f"{EXTRAS} @ {given}" if "/" in given else f"{EXTRAS}=={given.lstrip('=')}"
    with suppress(metadata.PackageNotFoundError, ValueError, KeyError):
        found = metadata.distribution("portal").read_text("direct_url.json")
        if found and (url := str(json.loads(found)["url"])):
            return f"{EXTRAS} @ {url}"
    if (paths.code.parent / "pyproject.toml").is_file():
        return f"{EXTRAS} @ {paths.code.parent.as_uri()}"
    return f"{EXTRAS}=={RELEASE}"
