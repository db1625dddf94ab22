"""`portal.toml`: the settings of a project, under the names of their variables without `PORTAL_` and in small letters.

What the environment says counts more. Secrets do not belong here: the file is committed, and sent.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

from portal.own_values import nearest_name
from portal.paths import CONFIGURATION, paths

VERSION = "made_with"
"""A key of its own: the version of the portal that the project was last brought up to (`portal.doctor`)."""
_SECRET = re.compile(r"key|token|secret|password")


class ProjectFileError(ValueError):
    """`str(error)` is a sentence for each thing that is wrong, on a line of its own."""


def key(variable: str) -> str:
    """The file's name of a variable.

    >>> key("PORTAL_HOME_PAGE"), key("DATABRICKS_HOST")
    ('home_page', 'databricks_host')
    """
    return variable.lower().removeprefix("portal_")


def read(variables: Iterable[str], root: Path = paths.project) -> dict[str, object]:
    """What the file says, by variable; {} where there is none. Raises `ProjectFileError`."""
    file = root / CONFIGURATION
    known = {key(variable): variable for variable in variables}
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectFileError(f"{CONFIGURATION} cannot be read: {type(error).__name__}.") from None
    except tomllib.TOMLDecodeError as error:
        raise ProjectFileError(f"{CONFIGURATION} is no TOML: {str(error)[:200]}.") from None
    wrong = []
    for name in found:
        if name == VERSION:
            continue
        if name not in known:
            wrong.append(f"{name[:60]} in {CONFIGURATION} is no setting{nearest_name(name, sorted(known))}.")
        elif _SECRET.search(name):
            wrong.append(f"{name} in {CONFIGURATION} is a secret: set {known[name]} in the environment instead.")
    if wrong:
        raise ProjectFileError("\n".join(wrong))
    return {known[name]: value for name, value in found.items() if name in known}


def made_with(root: Path = paths.project) -> str:
    """The version that the project names; "" where it names none."""
    try:
        found = tomllib.loads((root / CONFIGURATION).read_text(encoding="utf-8")).get(VERSION)
    except (OSError, ValueError):
        return ""
    return str(found)[:40] if found else ""
