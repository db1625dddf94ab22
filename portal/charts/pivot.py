"""Pivots: numbers by nested rows and columns, with totals, as a table that HTML draws from top to bottom.

Totals are what the rows say where they bring them (grouping sets of the warehouse); else they are made of the cells,
where that is possible: a sum of sums, the least of the least, never an average of averages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from portal.charts import columns, order
from portal.charts.columns import Number
from portal.charts.formats import Locale, text
from portal.charts.model import BadChart, Chart, Field, Measure
from portal.charts.shades import Grounds
from portal.results.values import text as plain_text
from portal.shapes import Plotly

LINES = 5_000
ACROSS = 400
"""Rows and columns of numbers at most."""
TOTAL = "Total"


@dataclass(frozen=True)
class Head:
    """A heading over `span` columns, or beside `span` rows. `depth` is how many levels of headings it takes up."""

    text: str
    span: int = 1
    depth: int = 1
    is_total: bool = False


@dataclass(frozen=True)
class Cell:
    """`text` for people; `value` the raw number as text, None where there is none. Colours are "" or `#rrggbb`."""

    text: str
    value: str | None
    color: str = ""
    background: str = ""
    is_total: bool = False


@dataclass(frozen=True)
class Line:
    """The headings that begin with this row, and its numbers."""

    heads: tuple[Head, ...]
    cells: tuple[Cell, ...]
    is_total: bool = False


@dataclass(frozen=True)
class Pivot:
    """`corner` names the levels of rows. `head` are the levels of columns, from the top; `notes` what is left out."""

    corner: tuple[str, ...]
    head: tuple[tuple[Head, ...], ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()


Key = tuple[str, ...]
"""Texts of the levels, from the outermost; fewer than there are levels: a total over the rest."""


def pivot(chart: Chart, rows: pa.Table, locale: Locale, grouping: str = "") -> Pivot:
    """A pivot of `chart.rows`, `chart.columns` and the measures `chart.y`.

    `grouping` names a column with Spark's `grouping_id()` over the rows' and then the columns' fields: a bit for each
    field, the first the highest, set where the row is a total over it. Raises `BadChart`.
    """
    if not chart.y:
        raise BadChart("Choose a column of numbers for the cells.")
    cells = _Cells(chart, rows, locale, grouping)
    notes: list[str] = []
    down = list(_keys(chart.rows, cells, 0))
    across = list(_keys(chart.columns, cells, 1))
    if len(down) > LINES:
        notes.append(f"The first {LINES:,} of {len(down):,} rows.")
        down = down[:LINES]
    most = max(ACROSS // len(chart.y), 1)
    if len(across) > most:
        notes.append(f"The first {most:,} of {len(across):,} columns.")
        across = across[:most]
    heads, grounds = _beside(down, chart.rows), Grounds(chart, [cells.inner(at) for at in range(len(chart.y))])
    lines = tuple(
        Line(tuple(heads[at]), tuple(_line(chart, cells, key, across, locale, grounds)), len(key) < len(chart.rows))
        for at, key in enumerate(down)
    )
    return Pivot(tuple(one.name for one in chart.rows), tuple(_above(chart, across)), lines, tuple(notes))


class _Cells:
    """Numbers by row and column, for every measure; totals as they came, or made of the others."""

    def __init__(self, chart: Chart, rows: pa.Table, locale: Locale, grouping: str) -> None:
        self.chart = chart
        self._found: dict[tuple[Key, Key], list[int]] = {}
        self._inside: dict[tuple[Key, Key], list[int]] = {}
        self._made: dict[tuple[Key, Key, int], Number | None] = {}
        self._numbers = [columns.numbers(rows, one) for one in chart.y]
        fields = (*chart.rows, *chart.columns)
        self.items: list[Plotly] = []
        texts = []
        for one in fields:
            items = columns.items(columns.column(rows, one))
            unit = one.unit
            named = [columns.label(item, one, locale, unit) for item in items]
            texts.append(named)
            known: Plotly = {}
            for name, item in zip(named, items, strict=True):
                known.setdefault(name, item)
            self.items.append(known)
        masks = _masks(rows, grouping)
        self.brings_totals = bool(grouping)
        down = len(chart.rows)
        for at in range(rows.num_rows):
            depths = _depths(masks[at], down, len(fields))
            if depths is None:
                continue  # a total of another shape
            row = tuple(texts[level][at] for level in range(depths[0]))
            column = tuple(texts[down + level][at] for level in range(depths[1]))
            self._found.setdefault((row, column), []).append(at)
        self.leaves: list[dict[Key, None]] = [{}, {}]
        for row, column in self._found:
            if len(row) == down and len(column) == len(chart.columns):
                self.leaves[0][row] = None
                self.leaves[1][column] = None

    def inner(self, measure: int) -> Iterator[Number | None]:
        """Of the cells that are no totals."""
        full = (len(self.chart.rows), len(self.chart.columns))
        inside = [key for key in self._found if (len(key[0]), len(key[1])) == full]
        return (self.number(*key, measure) for key in inside)

    def number(self, row: Key, column: Key, measure: int) -> Number | None:
        """A cell's number; None where there is none, or where no total can be made."""
        key = (row, column, measure)
        if key not in self._made:
            at = self._found.get((row, column))
            full = (len(row), len(column)) == (len(self.chart.rows), len(self.chart.columns))
            if at is not None:
                self._made[key] = _merged(self.chart.y[measure], [self._numbers[measure][one] for one in at])
            elif full or self.brings_totals:
                self._made[key] = None
            else:
                self._made[key] = self._total(row, column, measure)
        return self._made[key]

    def _total(self, row: Key, column: Key, measure: int) -> Number | None:
        chart = self.chart
        if chart.y[measure].aggregate not in _MERGED:
            return None
        if not self._inside:
            self._inside = _insides(self._found, len(chart.rows), len(chart.columns))
        found = [self._numbers[measure][at] for at in self._inside.get((row, column), ())]
        return _merged(chart.y[measure], found)


def _insides(found: dict[tuple[Key, Key], list[int]], down: int, across: int) -> dict[tuple[Key, Key], list[int]]:
    """For each total the rows of the cells that it is over."""
    made: dict[tuple[Key, Key], list[int]] = {}
    for (row, column), at in found.items():
        if (len(row), len(column)) != (down, across):
            continue
        for depth in range(down + 1):
            for over in range(across + 1):
                if (depth, over) != (down, across):
                    made.setdefault((row[:depth], column[:over]), []).extend(at)
    return made


_MERGED: dict[str, Callable[[list[Number | None]], Number | None]] = {
    "": order.total,
    "sum": order.total,
    "count": order.total,
    "min": lambda found: min((one for one in found if one is not None), default=None),
    "max": lambda found: max((one for one in found if one is not None), default=None),
}


def _merged(measure: Measure, numbers: list[Number | None]) -> Number | None:
    """One number of several: of averages none."""
    if len(numbers) == 1:
        return numbers[0]
    merge = _MERGED.get(measure.aggregate)
    return merge(numbers) if merge is not None else None


def _masks(rows: pa.Table, grouping: str) -> list[int]:
    if not grouping:
        return [0] * rows.num_rows
    return [int(one or 0) for one in columns.numbers(rows, Measure(grouping))]


def _depths(mask: int, down: int, fields: int) -> tuple[int, int] | None:
    """How many levels of rows and of columns are not totalled; None where an outer level is and an inner is not."""
    bits = [bool(mask >> (fields - 1 - level) & 1) for level in range(fields)]
    found = []
    for part in (bits[:down], bits[down:]):
        depth = part.index(True) if True in part else len(part)
        if not all(part[depth:]):
            return None
        found.append(depth)
    return found[0], found[1]


def _keys(fields: Sequence[Field], cells: _Cells, side: int) -> Iterator[Key]:
    """The rows (side 0) or columns (side 1) in order: each level's total after its members."""
    yield from _under((), fields, cells, side, list(cells.leaves[side]))


def _under(start: Key, fields: Sequence[Field], cells: _Cells, side: int, leaves: Sequence[Key]) -> Iterator[Key]:
    level = len(start)
    if level == len(fields):
        yield start
        return
    inside: dict[str, list[Key]] = {}
    for key in leaves:
        inside.setdefault(key[level], []).append(key)
    offset = level + (len(cells.chart.rows) if side else 0)
    values = {name: cells.items[offset][name] for name in inside}
    sizes = {}
    sort = fields[level].sort
    if sort.by == "value":
        for name in inside:
            key = (*start, name)
            number = cells.number((), key, 0) if side else cells.number(key, (), 0)
            sizes[name] = columns.height(number) or 0.0
    for name in order.ordered(list(inside), values, sizes, sort):
        yield from _under((*start, name), fields, cells, side, inside[name])
    if fields[level].total and inside:
        yield start


def _level(keys: Sequence[Key], level: int, depth: int) -> Iterator[tuple[int, Head]]:
    """One level's headings, each with the place where it begins; its span is of keys."""
    at = 0
    while at < len(keys):
        key = keys[at]
        stop = at + 1
        if len(key) == level:
            yield at, Head(TOTAL, 1, depth - level, is_total=True)
        elif len(key) > level:
            while stop < len(keys) and len(keys[stop]) > level and keys[stop][: level + 1] == key[: level + 1]:
                stop += 1
            yield at, Head(key[level], stop - at)
        at = stop


def _beside(down: Sequence[Key], fields: Sequence[Field]) -> list[list[Head]]:
    """The headings of rows, each where it begins."""
    heads: list[list[Head]] = [[] for _ in down]
    for level in range(len(fields)):
        for at, head in _level(down, level, len(fields)):
            heads[at].append(head)
    return heads


def _above(chart: Chart, across: Sequence[Key]) -> Iterator[tuple[Head, ...]]:
    """The levels of headings of columns; with several measures, or none to be named above, the measures' names."""
    many = len(chart.y)
    depth = len(chart.columns)
    for level in range(depth):
        yield tuple(replace(head, span=head.span * many) for _, head in _level(across, level, depth))
    if many > 1 or not depth:
        yield tuple(Head(one.name, is_total=len(key) < depth) for key in across for one in chart.y)


def _line(
    chart: Chart, cells: _Cells, row: Key, across: Sequence[Key], locale: Locale, grounds: Grounds
) -> Iterator[Cell]:
    for column in across:
        is_total = len(row) < len(chart.rows) or len(column) < len(chart.columns)
        for at, measure in enumerate(chart.y):
            if (number := cells.number(row, column, at)) is None:
                yield Cell("", None, is_total=is_total)
                continue
            color, ground = ("", "") if is_total else grounds.of(number, at)
            yield Cell(text(number, measure.format, locale), plain_text(number), color, ground, is_total)
