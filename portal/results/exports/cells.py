"""Columns as files want them: text for what a format does not know, and text that no spreadsheet takes for a formula.

The rule: a text that starts with = + - @, a tab or a carriage return gets a quote in front (OWASP, "CSV injection").
`PORTAL_SAFE_CELLS=off` leaves it as it is. Numbers are numbers, not text: a column of type INT may hold -5.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from portal.results import values

_FORMULA = r"^[=+\-@\t\r]"


def safe(column: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    """A text column with the quote where it is needed."""
    risky = pc.match_substring_regex(column, _FORMULA)
    if not pc.any(risky, min_count=0).as_py():
        return column
    return pc.if_else(pc.fill_null(risky, False), pc.binary_join_element_wise("'", column, ""), column)


def safe_name(name: str) -> str:
    return "'" + name if name[:1] in ("=", "+", "-", "@", "\t", "\r") else name


def as_text(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """A column of any type as the text that a grid shows; nested values as JSON."""
    return pa.array(values.texts(column), pa.string())


def is_simple(kind: pa.DataType) -> bool:
    """Whether every format knows the type."""
    return (
        values.is_number(kind)
        or values.is_text(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_date(kind)
        or pa.types.is_timestamp(kind)
    )


def distinct(names: Iterable[str]) -> list[str]:
    """Names of columns that a reader can tell apart: `a`, `a_2`; one without a name is `column_3`."""
    found: list[str] = []
    taken: set[str] = set()
    for position, name in enumerate(names, 1):
        stem = name or f"column_{position}"
        free, number = stem, 2
        while free.lower() in taken:
            free, number = f"{stem}_{number}", number + 1
        taken.add(free.lower())
        found.append(free)
    return found


class Pipe:
    """What a writer writes to, and bytes are taken from."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._at = 0

    def write(self, data: bytes) -> int:
        # A writer may use its buffer again.
        self._parts.append(bytes(data))
        self._at += len(data)
        return len(data)

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False
