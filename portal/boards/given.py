"""Reading JSON that anyone may have written: a member that is not of its kind is as good as none."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

LONGEST_NAME = 1_000
"""Characters of a name or title."""
MOST = 1_000
"""Members of a list that are looked at, unless told otherwise."""


def node(of: Any, *path: str) -> Mapping[str, Any]:
    """The object at a path; an empty one where there is none."""
    for key in path:
        of = of.get(key) if isinstance(of, Mapping) else None
    return of if isinstance(of, Mapping) else {}


def items(of: Any, key: str, most: int = MOST) -> list[Any]:
    found = of.get(key) if isinstance(of, Mapping) else None
    return found[:most] if isinstance(found, list) else []


def nodes(of: Any, key: str, most: int = MOST) -> Iterator[Mapping[str, Any]]:
    """The objects of a list, in order."""
    return (one for one in items(of, key, most) if isinstance(one, Mapping))


def fields(of: Any, key: str, most: int = MOST) -> list[Mapping[str, Any]]:
    """The objects of a list, or of the list `fields` of an object, where later versions keep it."""
    return list(nodes(of, key, most)) or list(nodes(node(of, key), "fields", most))


def text(of: Any, key: str, default: str = "", longest: int = LONGEST_NAME) -> str:
    found = of.get(key) if isinstance(of, Mapping) else None
    return found[:longest] if isinstance(found, str) else default


def flag(of: Any, key: str, default: bool = False) -> bool:
    found = of.get(key) if isinstance(of, Mapping) else None
    return found if isinstance(found, bool) else default


def whole(of: Any, key: str, default: int, least: int, most: int) -> int:
    """A whole number within bounds; one that is none is the default."""
    found = of.get(key) if isinstance(of, Mapping) else None
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        return default
    return max(least, min(most, int(found)))


def number(of: Any, key: str) -> float | None:
    """A finite number, also one that is written as a text."""
    found = of.get(key) if isinstance(of, Mapping) else None
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        return None
    try:
        value = float(found)
    except (ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def value(of: Any, key: str, longest: int = 10_000) -> str | None:
    """A scalar as a text; None for null and for what is none."""
    found = of.get(key) if isinstance(of, Mapping) else None
    if isinstance(found, bool):
        return "true" if found else "false"
    return str(found)[:longest] if isinstance(found, str | int | float) else None
