"""Where a text's markers stand, and what each place takes: for parameters that are ranges or have several values.

Databricks binds one typed scalar to a marker and nothing else. What people write beyond that is put into markers of
our own, by tokens: `:p.min` and `:p.max`, `IN (:p)`, and functions that take an array.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from portal.databricks.sqllexer import Token, code, folded

Edit = tuple[int, int, str]
"""Start and end in code points, and what stands there instead."""
End = Literal["min", "max"]
Place = Literal["list", "json", "array", "count", ""]
"""`IN (:p)`; `from_json(:p, …)`; an argument that is an array; `LIMIT :p` and the like; anything else."""

_PART = re.compile(r"\.(min|max)\b", re.IGNORECASE)
_FIRST = frozenset({
    "AGGREGATE", "ARRAY_APPEND", "ARRAY_COMPACT", "ARRAY_CONTAINS", "ARRAY_DISTINCT", "ARRAY_EXCEPT", "ARRAY_INTERSECT",
    "ARRAY_JOIN", "ARRAY_MAX", "ARRAY_MIN", "ARRAY_POSITION", "ARRAY_PREPEND", "ARRAY_REMOVE", "ARRAY_SIZE",
    "ARRAY_SORT", "ARRAY_UNION", "ARRAYS_OVERLAP", "ARRAYS_ZIP", "CARDINALITY", "ELEMENT_AT", "EXISTS", "EXPLODE",
    "EXPLODE_OUTER", "FILTER", "FORALL", "POSEXPLODE", "POSEXPLODE_OUTER", "REDUCE", "SIZE", "SLICE", "SORT_ARRAY",
    "TRANSFORM",
})  # fmt: skip
"""Functions whose first argument is an array."""
_COUNTS = (("LIMIT",), ("OFFSET",), ("VERSION", "AS", "OF"))
"""Behind these words an INT is taken, and no BIGINT."""
_ALL = frozenset({"ARRAY_EXCEPT", "ARRAY_INTERSECT", "ARRAY_UNION", "ARRAYS_OVERLAP", "ARRAYS_ZIP"})


def part(text: str, end: int) -> tuple[End, int] | None:
    """The end of a range that a marker ending at `end` names (`:p.min`), and where that ends."""
    found = _PART.match(text, end)
    return ("min" if found[1].lower() == "min" else "max", found.end()) if found else None


def free(stem: str, taken: set[str]) -> str:
    """A name that no marker has, and none will have; `taken` is in small letters."""
    while stem.lower() in taken:
        stem += "_"
    taken.add(stem.lower())
    return stem


def edited(text: str, edits: Iterable[Edit]) -> str:
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def places(text: str) -> dict[int, Place]:
    """What stands around each colon, by its start."""
    found: dict[int, Place] = {}
    opened: list[tuple[str, int]] = []
    words: tuple[str, ...] = ("", "", "")
    for token in code(text):
        shown = text[token.start : token.end]
        if token.kind == "colon":
            found[token.start] = _place(opened[-1] if opened else ("", 0), words)
        elif shown == "(":
            opened.append((words[-1], 0))
        elif shown == ")" and opened:
            opened.pop()
        elif opened and _parts(shown, token):
            opened[-1] = (opened[-1][0], opened[-1][1] + 1)
        words = (*words[1:], folded(shown) if token.kind == "word" else "")
    return found


def _parts(shown: str, token: Token) -> bool:
    """Whether a token stands between two arguments: a comma, by itself or with the literals behind it."""
    return shown == "," or token.kind == "literals"


def _place(around: tuple[str, int], before: tuple[str, ...]) -> Place:
    word, argument = around
    if any(before[-len(one) :] == one for one in _COUNTS):
        return "count"
    if word == "IN":
        return "list"
    if word == "FROM_JSON" and argument == 0:
        return "json"
    return "array" if (word in _FIRST and argument == 0) or word in _ALL else ""
