"""Two results beside each other: the rows that came, went and changed, by a key of one or several columns.

Values are compared as they are written, so 1.50 of one type and 1.50 of another are the same. Both results have to be
here (`Result.is_here`). A key that names two rows tells nothing of either: then it says so, and compares nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from portal.results import values
from portal.results.result import Result
from portal.results.values import Cell
from portal.viewer.errors import StatementFailed

MOST_ROWS = 1_000_000
"""Of each result."""
SHOWN = 500
"""Rows of each kind that are listed; all are counted."""


@dataclass(frozen=True)
class Difference:
    """A row by its key: `before` and `after` are its other columns, None where there is no such row."""

    key: list[Cell]
    before: list[Cell] | None
    after: list[Cell] | None


@dataclass(frozen=True)
class Comparison:
    """`columns` are those of `before` and `after`. `repeated` is how many keys stand for several rows, earlier and
    now; then nothing else is said. `notes` are sentences on what was not compared."""

    columns: list[str]
    counts: dict[str, int] = field(default_factory=dict)
    rows: list[Difference] = field(default_factory=list)
    repeated: tuple[int, int] = (0, 0)
    example: list[str | None] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def compare(before: Result, after: Result, key: Sequence[str]) -> Comparison:
    """What `after` has that `before` had not, and the other way round; raises `StatementFailed` in words."""
    for one in (before, after):
        if not one.is_here or one.total > MOST_ROWS:
            raise StatementFailed(
                f"Only results of up to {MOST_ROWS:,} rows and 64 MB are compared here. Compare them in SQL: "
                "SELECT … EXCEPT SELECT …"
            )
    names = [_names(one) for one in (before, after)]
    if not key or any(one not in both for one in key for both in names):
        raise StatementFailed("Choose a key out of the columns that both results have.")
    shared = [one for one in names[1] if one in names[0] and one not in key]
    notes = _notes(names, before, after)
    tables = [
        pa.table({name: values.written(table.column(at[name])) for name in [*key, *shared]})
        for table, at in zip((before.table(), after.table()), names, strict=True)
    ]
    keys = [f"k{number}" for number in range(2 * len(key))]
    sides = [_keyed(table, key, keys, side) for table, side in zip(tables, ("before", "after"), strict=True)]
    repeated = [_repeated(side, keys) for side in sides]
    if any(one.num_rows for one in repeated):
        found = next(one for one in repeated if one.num_rows)
        example = [found.column(name)[0].as_py() for name in keys[: len(key)]]
        return Comparison(shared, repeated=(repeated[0].num_rows, repeated[1].num_rows), example=example, notes=notes)
    joined = sides[0].join(sides[1], keys, join_type="full outer").combine_chunks()
    return _compared(joined, tables, key, shared, notes)


def _names(result: Result) -> dict[str, int]:
    """Columns by name; those whose name repeats, or is empty, cannot be told apart."""
    names = [column.name for column in result.columns]
    return {name: index for index, name in enumerate(names) if name and names.count(name) == 1}


def _notes(names: list[dict[str, int]], before: Result, after: Result) -> list[str]:
    said = []
    for words, mine, other in (("Gone", names[0], names[1]), ("New", names[1], names[0])):
        alone = [name for name in mine if name not in other]
        if alone:
            said.append(f"{words}: the {'column' if len(alone) == 1 else 'columns'} {', '.join(alone[:20])}.")
    if any(len(found) < len(one.columns) for found, one in zip(names, (before, after), strict=True)):
        said.append("Columns that share a name, or have none, are left out.")
    if before.manifest.truncated or after.manifest.truncated:
        said.append("Only the rows that were fetched are compared: a row limit cut them.")
    return said


def _keyed(table: pa.Table, key: Sequence[str], names: Sequence[str], side: str) -> pa.Table:
    """The key's texts, whether each is there (NULL is a value of a key), and the rows' numbers."""
    columns = [table.column(name) for name in key]
    parts = [pc.fill_null(column, "") for column in columns] + [pc.is_valid(column) for column in columns]
    numbers = pa.array(range(table.num_rows), pa.int64())
    return pa.table([*parts, numbers], names=[*names, side])


def _repeated(table: pa.Table, keys: Sequence[str]) -> pa.Table:
    counted = table.group_by(list(keys)).aggregate([([], "count_all")])
    return counted.filter(pc.greater(counted.column("count_all"), 1))


def _compared(
    joined: pa.Table, tables: list[pa.Table], key: Sequence[str], shared: list[str], notes: list[str]
) -> Comparison:
    has_before, has_after = (pc.is_valid(joined.column(side)) for side in ("before", "after"))
    both = joined.filter(pc.and_(has_before, has_after))
    pairs = [table.take(both.column(side)) for table, side in zip(tables, ("before", "after"), strict=True)]
    differs = pa.chunked_array([pa.array([False] * both.num_rows, pa.bool_())])
    for name in shared:
        old, new = (pair.column(name) for pair in pairs)
        same = pc.fill_null(pc.equal(old, new), pc.and_(pc.is_null(old), pc.is_null(new)))
        differs = pc.or_(differs, pc.invert(same))
    parts = {
        "changed": both.filter(differs),
        "added": joined.filter(pc.invert(has_before)),
        "removed": joined.filter(pc.invert(has_after)),
    }
    rows: list[Difference] = []
    for part in parts.values():
        rows += _listed(part, tables, key, shared)
    counts = {name: part.num_rows for name, part in parts.items()}
    return Comparison(shared, {**counts, "same": both.num_rows - counts["changed"]}, rows, notes=notes)


def _listed(part: pa.Table, tables: list[pa.Table], key: Sequence[str], shared: list[str]) -> list[Difference]:
    """In the order of the newer result, or of the older one where a row has no other."""
    side = "before" if part.column("after").null_count else "after"
    part = part.sort_by(side).slice(0, SHOWN)
    found: list[list[list[Cell]]] = []
    for table, name in zip(tables, ("before", "after"), strict=True):
        rows = table.take(part.column(name))
        cells = [values.cells(rows.column(column)) for column in [*key, *shared]]
        found.append([list(row) for row in zip(*cells, strict=True)])
    old, new = (column.is_valid().to_pylist() for column in (part.column("before"), part.column("after")))
    return [
        Difference(
            (found[1] if new[at] else found[0])[at][: len(key)],
            found[0][at][len(key) :] if old[at] else None,
            found[1][at][len(key) :] if new[at] else None,
        )
        for at in range(part.num_rows)
    ]
