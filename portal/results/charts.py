"""A chart's data: the whole result, grouped or sampled to at most `MARKS` marks, here or by the warehouse.

The two ways give the same groups. What was left out is said: `note` is a sentence, "" where nothing was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from portal.databricks.statements import Column
from portal.results import values, views
from portal.results.again import Again
from portal.results.derived import Derived, over
from portal.results.result import Result
from portal.viewer.errors import StatementFailed

MARKS = 5_000
SERIES = 8
"""Colours that can be told apart; further series become "others"."""
BINS = 40
BOXES = 50
SIDE = 60
"""Rows and columns of a heat map."""
KINDS = ("bar", "line", "area", "scatter", "histogram", "box", "heat")
AGGREGATES = ("count", "sum", "avg", "min", "max")
UNITS = ("year", "quarter", "month", "week", "day", "hour", "minute")
_ARROW = {"count": "count", "sum": "sum", "avg": "mean", "min": "min", "max": "max"}


class BadChart(StatementFailed):
    kind = "chart"
    title = "No chart"


@dataclass(frozen=True)
class Spec:
    """`x`, `y` and `series` are columns by number; `unit` cuts time stamps and dates of `x`."""

    kind: str
    x: int
    y: int | None
    series: int | None
    aggregate: str
    unit: str | None


def spec_of(given: Any, columns: Sequence[Column]) -> Spec:
    """A chart from a request; `BadChart` says what is wrong with it."""
    if not isinstance(given, Mapping):
        raise BadChart("There is no chart to draw.")

    def column(name: str) -> int | None:
        found = given.get(name)
        if found is None:
            return None
        if not isinstance(found, int) or not 0 <= found < len(columns):
            raise BadChart("There is no such column.")
        return found

    kind, x, y, series = str(given.get("kind")), column("x"), column("y"), column("series")
    aggregate = str(given.get("aggregate") or "count")
    if kind not in KINDS or aggregate not in AGGREGATES or x is None:
        raise BadChart("There is no such chart.")
    unit = given.get("unit") if given.get("unit") in UNITS else None
    timed = views.kinds(columns[x]) in {"date", "time"}
    if kind == "histogram":
        _must_be(columns[x], {"number"}, "A histogram is of a column of numbers")
    if kind in {"scatter", "box"} or (aggregate != "count" and kind != "heat"):
        if y is None:
            raise BadChart("Choose a column of numbers for the values.")
        _must_be(columns[y], {"number"}, "The values must be numbers")
    if kind == "heat" and series is None:
        raise BadChart("A heat map needs a column for its rows.")
    if kind == "heat" and aggregate != "count":
        if y is None:
            raise BadChart("Choose a column of numbers for the values.")
        _must_be(columns[y], {"number"}, "The values must be numbers")
    for index in (x, series):
        if index is not None and views.kinds(columns[index]) == "other":
            raise BadChart(f"Column {columns[index].name!r} holds nested values, which no axis can show.")
    return Spec(kind, x, y, series, aggregate, str(unit) if unit and timed else None)


def _must_be(column: Column, kinds: set[str], what: str) -> None:
    if views.kinds(column) not in kinds:
        raise BadChart(f"{what}; {column.name!r} is {column.type_text}.")


# Here


def local(result: Result, spec: Spec) -> pa.Table:
    """The rows to draw, of a result that is here: x, s (where there is a series) and v, or what the kind needs."""
    table = result.table()
    x = _cut(table.column(spec.x), spec.unit)
    y = table.column(spec.y) if spec.y is not None else None
    s = table.column(spec.series) if spec.series is not None else None
    match spec.kind:
        case "histogram":
            return _bins(x)
        case "scatter":
            assert y is not None
            rows = _named(x=x, y=y, s=s)
            rows = rows.filter(pc.and_(rows["x"].is_valid(), rows["y"].is_valid()))
            step = -(-rows.num_rows // MARKS)
            return rows.take(pa.array(range(0, rows.num_rows, step))) if step > 1 else rows
        case "box":
            assert y is not None
            return _boxes(x, y)
    keys = ["x"] if s is None else ["x", "s"]
    counted = y if spec.aggregate != "count" else pa.chunked_array([pa.array([1] * table.num_rows, pa.int8())])
    rows = _named(x=x, s=s, y=counted)
    grouped = rows.group_by(keys).aggregate([("y", _ARROW[spec.aggregate])])
    grouped = grouped.rename_columns([*keys, "v"] if grouped.column_names[0] == "x" else ["v", *keys])
    return grouped.select([*keys, "v"])


def _named(**columns: Any) -> pa.Table:
    return pa.table({name: column for name, column in columns.items() if column is not None})


def _cut(column: pa.ChunkedArray, unit: str | None) -> pa.ChunkedArray:
    if unit is None:
        return column
    if pa.types.is_date(column.type):
        column = pc.cast(column, pa.timestamp("us"))
    elif pa.types.is_timestamp(column.type) and column.type.tz:
        # UTC by name of an offset: machines need no database of zones for it.
        column = pc.cast(pc.cast(column, pa.timestamp("us", column.type.tz)), pa.int64()).cast(pa.timestamp("us"))
    return pc.floor_temporal(column, unit=unit)


def _bins(x: pa.ChunkedArray) -> pa.Table:
    numbers = values.doubles(x.drop_null())
    numbers = numbers.filter(pc.is_finite(numbers))
    if not len(numbers):
        return pa.table({"lo": pa.array([], pa.float64()), "hi": pa.array([], pa.float64()), "b": [], "v": []})
    edges = pc.min_max(numbers).as_py()
    width = (edges["max"] - edges["min"]) / BINS or 1.0
    index = pc.cast(pc.floor(pc.divide(pc.subtract(numbers, edges["min"]), width)), pa.int32())
    counts = pc.value_counts(pc.min_element_wise(index, BINS - 1))
    length = len(counts)
    return pa.table(
        {"lo": [edges["min"]] * length, "hi": [edges["max"]] * length, "b": counts.field(0), "v": counts.field(1)}
    )


def _boxes(x: pa.ChunkedArray, y: pa.ChunkedArray) -> pa.Table:
    rows = _named(x=x, y=values.doubles(y))
    rows = rows.filter(rows["y"].is_valid())
    counts = rows.group_by("x").aggregate([("y", "count")]).sort_by([("y_count", "descending")]).slice(0, BOXES)
    found = []
    for key in counts["x"].to_pylist():
        same = pc.equal(rows["x"], key) if key is not None else rows["x"].is_null()
        own = rows["y"].filter(pc.fill_null(same, False))
        found.append((key, *pc.quantile(own, [0, 0.25, 0.5, 0.75, 1]).to_pylist(), len(own)))
    names = ("x", "q0", "q1", "q2", "q3", "q4", "v")
    return pa.table({name: [one[n] for one in found] for n, name in enumerate(names)})


# By the warehouse


def pushed(again: Again, columns: tuple[Column, ...], spec: Spec) -> Derived:
    """The statement that gives the same columns."""
    inner = over(again, len(columns))
    x = f"date_trunc('{spec.unit.upper()}', c{spec.x})" if spec.unit else f"c{spec.x}"
    y, s = f"c{spec.y}", f"c{spec.series}"
    match spec.kind:
        case "histogram":
            step = f"CASE WHEN hi > lo THEN (hi - lo) / {BINS} ELSE 1 END"
            text = (
                f"WITH t AS (SELECT CAST({x} AS DOUBLE) AS v FROM {inner.sql}),\n"  # noqa: S608
                "s AS (SELECT min(v) AS lo, max(v) AS hi FROM t)\n"
                f"SELECT lo, hi, CAST(least({BINS - 1}, floor((v - lo) / {step})) AS INT) AS b, count(*) AS v\n"
                "FROM t CROSS JOIN s WHERE v IS NOT NULL GROUP BY 1, 2, 3"
            )
        case "scatter":
            series = f", CAST({s} AS STRING) AS s" if spec.series is not None else ""
            text = (
                f"SELECT {x} AS x, {y} AS y{series} FROM {inner.sql}\n"  # noqa: S608
                f"WHERE {x} IS NOT NULL AND {y} IS NOT NULL ORDER BY rand() LIMIT {MARKS}"
            )
        case "box":
            points = ", ".join(f"percentile_approx(CAST({y} AS DOUBLE), {q}) AS q{n}"
                               for n, q in ((1, 0.25), (2, 0.5), (3, 0.75)))  # fmt: skip
            text = (
                f"SELECT {x} AS x, min(CAST({y} AS DOUBLE)) AS q0, {points}, max(CAST({y} AS DOUBLE)) AS q4, "  # noqa: S608
                f"count({y}) AS v FROM {inner.sql}\nWHERE {y} IS NOT NULL GROUP BY 1 ORDER BY v DESC LIMIT {BOXES}"
            )
        case _:
            value = "count(*)" if spec.aggregate == "count" else f"{spec.aggregate}({y})"
            series, keys = (f", {s} AS s", "1, 2") if spec.series is not None else ("", "1")
            # The largest groups come first, in case there are too many.
            text = (
                f"SELECT {x} AS x{series}, {value} AS v FROM {inner.sql}\n"  # noqa: S608
                f"GROUP BY {keys} ORDER BY v DESC LIMIT {MARKS * 4}"
            )
    return Derived(text, inner.params)
