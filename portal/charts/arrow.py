"""A plan's groups out of a result that is here, by Arrow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext

import pyarrow as pa
import pyarrow.compute as pc

from portal.charts.groups import BINS, BOXES, EDGES, GROUPING, MARKS, RAW, Key, Number, Plan
from portal.charts.model import BadChart
from portal.results import values
from portal.shapes import Plotly

_LONG = 2**63 - 1
_AVERAGE_DIGITS = 4
"""Of an average behind its point, more than its column has: AVG of DECIMAL(p, s) is DECIMAL(p + 4, s + 4)."""


def rows(plan: Plan, table: pa.Table) -> pa.Table:
    """The plan's rows, of a result's table; its columns are taken by number."""
    match plan.kind:
        case "histogram":
            return _bins(table.column(plan.keys[0].column))
        case "box":
            return _boxes(_cut(table, plan.keys[0]), table.column(plan.numbers[0].column or 0))
    if plan.kind in RAW:
        return _sample(plan, table)
    asked = _Asked(table, plan.numbers)
    keys = {key.name: _cut(table, key) for key in plan.keys}
    groups = asked.grouped(keys)
    if not plan.sets:
        return asked.finished(groups, list(keys))
    parts = []
    for kept in plan.sets:
        names = [plan.keys[at].name for at in kept]
        if len(names) == len(keys):
            part = groups
        elif asked.merges:
            part = asked.merged(groups, names)
        else:
            part = asked.grouped({name: keys[name] for name in names})
        mask = sum(1 << (len(keys) - 1 - at) for at in range(len(keys)) if at not in kept)
        made = asked.finished(part, names)
        columns = {
            name: made[name] if name in names else pa.nulls(made.num_rows, column.type) for name, column in keys.items()
        }
        columns |= {one.name: made[one.name] for one in plan.numbers}
        parts.append(pa.table({**columns, GROUPING: pa.array([mask] * made.num_rows, pa.int64())}))
    return pa.concat_tables(parts, promote_options="permissive")


def _cut(table: pa.Table, key: Key) -> pa.ChunkedArray:
    """A key's column, its times cut to their unit."""
    column = table.column(key.column)
    if not key.unit:
        return column
    if values.is_text(column.type):
        column = _moments(column)
    if pa.types.is_date(column.type):
        column = pc.cast(column, pa.timestamp("s"))
    elif pa.types.is_timestamp(column.type) and column.type.tz:
        # UTC by name of an offset: machines need no database of zones for it.
        column = pc.cast(pc.cast(column, pa.timestamp("us", column.type.tz)), pa.int64()).cast(pa.timestamp("us"))
    return pc.floor_temporal(column, unit=key.unit)


def _moments(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Time stamps that came inline, which are text: `2020-01-02T00:00:00.000Z`."""
    try:
        return pc.replace_substring_regex(column, "Z$", "").cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        raise BadChart("The times of this result are not written as times. Chart them as they are.") from None


def _sample(plan: Plan, table: pa.Table) -> pa.Table:
    columns: Plotly = {key.name: _cut(table, key) for key in plan.keys}
    columns |= {one.name: table.column(one.column) for one in plan.numbers if one.column is not None}
    made = pa.table(columns)
    for name in ("x", "latitude", "longitude", *(("v0",) if plan.kind == "scatter" else ())):
        if name in columns:
            made = made.filter(made[name].is_valid())
    step = -(-made.num_rows // MARKS)
    return made.take(pa.array(range(0, made.num_rows, step))) if step > 1 else made


class _Asked:
    """What Arrow is to aggregate for some numbers, and how they come of it."""

    def __init__(self, table: pa.Table, numbers: Sequence[Number]) -> None:
        self._columns: Plotly = {}
        self._asked: list[tuple[str, str]] = []
        self._finish: dict[str, Callable[[pa.Table], pa.Array]] = {}
        self._length = table.num_rows
        for one in numbers:
            self._ask(one, table.column(one.column) if one.column is not None else _ones(table.num_rows))

    @property
    def merges(self) -> bool:
        """Whether groups of groups give the same as groups of rows do."""
        return all(how in _MERGED for _, how in self._asked)

    def _ask(self, one: Number, source: pa.ChunkedArray) -> None:
        name = one.name
        match one.aggregate:
            case "count" | "count-distinct" | "min" | "max":
                how = {"count-distinct": "count_distinct"}.get(one.aggregate, one.aggregate)
                self._columns[name] = source
                self._asked.append((name, how))
                self._finish[name] = lambda made: made[f"{name}_{how}"]
            case "median":
                self._columns[name] = values.doubles(source)
                self._asked.append((name, "list"))
                self._finish[name] = lambda made: pa.array([_median(one) for one in made[f"{name}_list"]], pa.float64())
            case "sum":
                self._columns[name] = _summable(source)
                self._asked.append((name, "sum"))
                self._finish[name] = lambda made: made[f"{name}_sum"]
            case _:
                self._columns[name] = _summable(source)
                self._asked.extend([(name, "sum"), (name, "count")])
                scale = source.type.scale if pa.types.is_decimal(source.type) else None
                self._finish[name] = lambda made: _averages(made[f"{name}_sum"], made[f"{name}_count"], scale)

    def grouped(self, keys: Plotly) -> pa.Table:
        """Partial results by keys, in the order in which groups come first."""
        table = pa.table({**(keys or self._one(self._length)), **self._columns})
        return table.group_by(list(keys) or [_ALL], use_threads=False).aggregate(self._asked)

    def merged(self, groups: pa.Table, names: list[str]) -> pa.Table:
        """The same by fewer keys, out of partial results."""
        parts = list(dict.fromkeys(f"{name}_{how}" for name, how in self._asked))
        hows = {f"{name}_{how}": _MERGED[how] for name, how in self._asked}
        table = groups if names else groups.append_column(_ALL, self._one(groups.num_rows)[_ALL])
        made = table.group_by(names or [_ALL], use_threads=False).aggregate([(part, hows[part]) for part in parts])
        return pa.table(
            {**{name: made[name] for name in names}, **{part: made[f"{part}_{hows[part]}"] for part in parts}}
        )

    def finished(self, groups: pa.Table, names: list[str]) -> pa.Table:
        """The numbers, beside their keys."""
        made = {name: make(groups) for name, make in self._finish.items()}
        return pa.table({**{name: groups[name] for name in names}, **made})

    @staticmethod
    def _one(length: int) -> Plotly:
        return {_ALL: pa.nulls(length, pa.int8())}


_ALL = "all rows"
_MERGED = {"sum": "sum", "count": "sum", "min": "min", "max": "max"}


def _ones(count: int) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array([1], pa.int8()).take(pa.array([0] * count, pa.int32()))])


def _summable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of which sums are exact: Arrow's sums of 64 bits begin anew where they are too large."""
    kind = column.type
    if pa.types.is_decimal(kind):
        return column.cast(pa.decimal256(76, kind.scale))
    if pa.types.is_integer(kind):
        edges = pc.min_max(column).as_py()
        most = max(abs(edges["min"] or 0), abs(edges["max"] or 0))
        if most * max(len(column), 1) > _LONG:
            return column.cast(pa.decimal128(20, 0)).cast(pa.decimal256(76, 0))
    return column


def _averages(sums: pa.ChunkedArray, counts: pa.ChunkedArray, scale: int | None) -> pa.Array:
    if scale is None:
        if pa.types.is_floating(sums.type):
            return pc.divide(sums, counts.cast(pa.float64()))
        pairs = zip(sums.to_pylist(), counts.to_pylist(), strict=True)
        return pa.array([None if one is None else int(one) / count for one, count in pairs], pa.float64())
    digits = min(scale + _AVERAGE_DIGITS, 38)
    unit = Decimal(1).scaleb(-digits)
    found = []
    with localcontext(prec=100):
        for one, count in zip(sums.to_pylist(), counts.to_pylist(), strict=True):
            found.append(None if one is None else (one / count).quantize(unit, ROUND_HALF_UP))
    return pa.array(found, pa.decimal256(76, digits))


def _median(numbers: pa.ListScalar) -> float | None:
    found: float | None = pc.quantile(numbers.values, 0.5)[0].as_py()
    return found


def _bins(x: pa.ChunkedArray) -> pa.Table:
    numbers = values.doubles(x.drop_null())
    numbers = numbers.filter(pc.is_finite(numbers))
    if not len(numbers):
        return pa.table({name: pa.array([], pa.float64()) for name in ("lo", "hi", "b", "v")})
    edges = pc.min_max(numbers).as_py()
    width = (edges["max"] - edges["min"]) / BINS or 1.0
    index = pc.cast(pc.floor(pc.divide(pc.subtract(numbers, edges["min"]), width)), pa.int32(), safe=False)
    counts = pc.value_counts(pc.min_element_wise(index, BINS - 1))
    length = len(counts)
    return pa.table(
        {"lo": [edges["min"]] * length, "hi": [edges["max"]] * length, "b": counts.field(0), "v": counts.field(1)}
    )


def _boxes(x: pa.ChunkedArray, y: pa.ChunkedArray) -> pa.Table:
    table = pa.table({"x": x, "y": values.doubles(y)})
    table = table.filter(table["y"].is_valid())
    counts = table.group_by("x").aggregate([("y", "count")]).sort_by([("y_count", "descending")]).slice(0, BOXES)
    places = pc.index_in(table["x"], value_set=counts["x"].combine_chunks())
    found: list[list[object]] = [[] for _ in (*EDGES, "v")]
    for at in range(counts.num_rows):
        own = table["y"].filter(pc.equal(places, at))
        for part, value in zip(found, (*pc.quantile(own, [0, 0.25, 0.5, 0.75, 1]).to_pylist(), len(own)), strict=True):
            part.append(value)
    types = [*(pa.float64() for _ in EDGES), pa.int64()]
    return pa.table(
        {
            "x": counts["x"],
            **{name: pa.array(part, kind) for name, part, kind in zip((*EDGES, "v"), found, types, strict=True)},
        }
    )
