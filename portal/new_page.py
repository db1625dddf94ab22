"""`python -m portal new-page NAME`: a page that works, and its test, to be made into yours."""

from __future__ import annotations

import argparse
import keyword
import re
from pathlib import Path
from string import Template

from portal.paths import paths

TEMPLATES = paths.code / "templates"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_PATH = re.compile(r"/[a-z0-9][a-z0-9/_-]*")
_TITLE = re.compile(r"[^\"\\\n$]{1,60}")


class BadPage(ValueError):
    """The page cannot be written; `str(error)` says why and what to choose instead."""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    one = commands.add_parser("new-page", help="write a page and its test")
    one.add_argument("name", metavar="NAME", help="the module's name: lower case, such as fares or open_orders")
    one.add_argument("--title", help="what the navigation calls it (default: of the name)")
    one.add_argument("--path", help="its address (default: of the name)")
    one.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    try:
        page, test = write(options.name, options.title, options.path)
    except BadPage as error:
        print(error)
        return 1
    print(f"{page.relative_to(paths.project)}   the page\n{test.relative_to(paths.project)}   its test\n")
    print("See it with `make run`; test it with")
    print(f"    .venv/bin/python -m pytest {test.relative_to(paths.project)}")
    return 0


def write(
    name: str, title: str | None = None, path: str | None = None, root: Path = paths.project
) -> tuple[Path, Path]:
    """Write `pages/<name>.py` and its test, in `tests/wire` or in `tests`; raises `BadPage`. Overwrites nothing."""
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise BadPage(f"{name!r} is no name for a page: lower case letters, digits and _, such as open_orders.")
    title = title or name.replace("_", " ").strip().capitalize()
    path = path or "/" + name.replace("_", "-").strip("-")
    if not _TITLE.fullmatch(title):
        raise BadPage(f"{title!r} is no title: at most 60 characters, without quotes, backslash and $.")
    if not _PATH.fullmatch(path):
        raise BadPage(f"{path!r} is no path: / and lower case letters, digits, - and _, such as /open-orders.")
    tests = "tests/wire" if (root / "tests" / "wire").is_dir() or root == paths.package else "tests"
    page, test = root / "pages" / f"{name}.py", root / tests / f"test_page_{name}.py"
    for there in (page, test):
        if there.exists():
            raise BadPage(f"{there.relative_to(root)} is there already; choose another name.")
    for other in sorted((root / "pages").glob("*.py")):
        if f'path="{path}"' in other.read_text(encoding="utf-8"):
            raise BadPage(f"{path} is the address of {other.relative_to(root)}; choose another by --path.")
    words = {"name": name, "title": title, "path": path, "relative": path[1:], "id": name.replace("_", "-")}
    for there, template in ((page, "page.py.txt"), (test, "test_page.py.txt")):
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_text(
            Template((TEMPLATES / template).read_text(encoding="utf-8")).substitute(words), encoding="utf-8"
        )
    return page, test
