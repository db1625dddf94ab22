"""Columns as files want them: text for what a format does not know, and text that no spreadsheet takes for a formula.

The rule belongs to what a format can execute. A spreadsheet reads each field of a CSV, or of a row that is pasted, as
if it were typed: text that begins like a formula gets a quote in front (OWASP, "CSV injection"), behind white space and
marks that nobody sees as well; and so does what would begin one where the list separator is a semicolon, since there
Excel splits within our quotes. A signed number is none, nor is `+49 30`. An Excel cell says that it is text.
`PORTAL_SAFE_CELLS=off` leaves text as it is. `assets/src/results/formulas.js` has the same rule for the clipboard.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from portal.results import values
from portal.results.written import written

_SIGNS = "=+\\-@＝＋－＠﹦﹢﹣﹫"
"""What begins a formula; Excel takes the wide and the small forms for the same."""
_UNSEEN = r"[\s\x00-\x20\x7f-\xa0\p{Z}\p{Cf}]*"
FORMULA = rf"^(?:{_UNSEEN}[{_SIGNS}]|[\t\r\n])"
_NUMBER = r"^[+\-][0-9][0-9 .,]*(?:[eE][+\-]?[0-9]+)?$"
_GAP = _UNSEEN.replace("]*", '"]*')
_INSIDE = (
    rf"([;\t\r\n]{_GAP})([=@＝＠﹦﹫])",
    rf"([;\r\n]{_GAP})([+\-＋－﹢﹣][^;\r\n]*?[(|!])",
    rf"(\t{_GAP})([+\-＋－﹢﹣][^\t\r\n]*?[(|!])",
)
"""Where a field could begin inside one. A minus is what lists are written with: only before a call or a link."""


def risky(column: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    """Which texts a spreadsheet would take for a formula if they were typed; NULL is none."""
    begins = pc.match_substring_regex(column, FORMULA)
    return pc.fill_null(pc.and_not(begins, pc.match_substring_regex(column, _NUMBER)), False)


def safe(column: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    """A text column with the quotes where they are needed."""
    for inside in _INSIDE:
        if pc.any(pc.match_substring_regex(column, inside), min_count=0).as_py():
            column = pc.replace_substring_regex(column, inside, r"\1'\2")
    mask = risky(column)
    if not pc.any(mask, min_count=0).as_py():
        return column
    return pc.if_else(mask, pc.binary_join_element_wise("'", column, ""), column)


def safe_name(name: str) -> str:
    return str(safe(pa.array([name]))[0])


def as_text(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """A column of any type as the text that a grid shows; nested values as JSON."""
    return written(column)


def glued(texts: pa.ChunkedArray | pa.Array) -> bytes:
    """Large texts without NULL, one behind the other, without a Python object for each."""
    # The values of a text array lie behind one another.
    joined = pa.concat_arrays(texts.chunks) if isinstance(texts, pa.ChunkedArray) else texts
    offsets = pa.Array.from_buffers(pa.int64(), len(joined) + 1, [None, joined.buffers()[1]], offset=joined.offset)
    start, end = offsets[0].as_py(), offsets[len(joined)].as_py()
    return bytes(memoryview(joined.buffers()[2])[start:end])


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
