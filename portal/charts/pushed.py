"""A plan's groups by the warehouse, of a result that is too large to be here: one statement over its SQL.

What goes into it is ours: numbers of columns, functions and units of a list. A chart's texts never do.
"""

# ruff: noqa: S608

from __future__ import annotations

from portal.charts.groups import BINS, BOXES, CELLS, GROUPING, MARKS, RAW, Key, Number, Plan
from portal.results.subquery import Subquery

_FUNCTIONS = {
    "count": "count({})", "count-distinct": "count(DISTINCT {})", "sum": "sum({})", "avg": "avg({})", "min": "min({})",
    "max": "max({})", "median": "percentile(CAST({} AS DOUBLE), 0.5)",
}  # fmt: skip


def statement(plan: Plan, inner: Subquery) -> Subquery:
    """The statement that gives the plan's columns. `inner` stands behind FROM, its columns are `c0`, `c1`, …"""
    match plan.kind:
        case "histogram":
            return Subquery(_histogram(plan, inner.sql), inner.params)
        case "box":
            return Subquery(_box(plan, inner.sql), inner.params)
    if plan.kind in RAW:
        return Subquery(_sample(plan, inner.sql), inner.params)
    return Subquery(_grouped(plan, inner.sql), inner.params)


def _key(key: Key) -> str:
    return f"date_trunc('{key.unit.upper()}', c{key.column})" if key.unit else f"c{key.column}"


def _number(one: Number) -> str:
    if one.column is None:
        return "count(*)"
    return _FUNCTIONS[one.aggregate].format(f"c{one.column}")


def _grouped(plan: Plan, inner: str) -> str:
    keys = [f"{_key(key)} AS {key.name}" for key in plan.keys]
    numbers = [f"{_number(one)} AS {one.name}" for one in plan.numbers]
    if not plan.sets:
        # The largest groups come first, in case there are too many.
        groups = ", ".join(str(at + 1) for at in range(len(keys)))
        rest = f"\nGROUP BY {groups} ORDER BY v0 DESC NULLS LAST LIMIT {MARKS * 4}" if keys else ""
        return f"SELECT {', '.join([*keys, *numbers])} FROM {inner}{rest}"
    # Cut first: a grouping set names columns.
    cut = ", ".join(f"{_key(key)} AS {key.name}" for key in plan.keys)
    sources = sorted({one.column for one in plan.numbers if one.column is not None})
    names = [key.name for key in plan.keys]
    columns = ", ".join([cut, *(f"c{at} AS n{at}" for at in sources)])
    sets = ", ".join(f"({', '.join(names[at] for at in kept)})" for kept in plan.sets)
    shown = [
        f"{'count(*)' if one.column is None else _FUNCTIONS[one.aggregate].format(f'n{one.column}')} AS {one.name}"
        for one in plan.numbers
    ]
    every = ", ".join([*names, *shown, f"grouping_id({', '.join(names)}) AS {GROUPING}"])
    return (
        f"WITH t AS (SELECT {columns} FROM {inner})\nSELECT {every} FROM t\n"
        f"GROUP BY GROUPING SETS ({sets}) ORDER BY {GROUPING} DESC, {plan.numbers[0].name} DESC LIMIT {CELLS}"
    )


def _sample(plan: Plan, inner: str) -> str:
    parts = [f"{_key(key)} AS {key.name}" for key in plan.keys]
    parts += [f"c{one.column} AS {one.name}" for one in plan.numbers]
    wanted = [_key(key) for key in plan.keys if key.name != "s"]
    wanted += [f"c{one.column}" for one in plan.numbers if one.name == "v0" and plan.kind == "scatter"]
    there = " AND ".join(f"{one} IS NOT NULL" for one in wanted)
    return f"SELECT {', '.join(parts)} FROM {inner}\nWHERE {there} ORDER BY rand() LIMIT {MARKS}"


def _histogram(plan: Plan, inner: str) -> str:
    step = f"CASE WHEN hi > lo THEN (hi - lo) / {BINS} ELSE 1 END"
    # Infinities have no bin, nor has NaN, which is above them.
    finite = "abs(v) < CAST('Infinity' AS DOUBLE)"
    return (
        f"WITH a AS (SELECT CAST(c{plan.keys[0].column} AS DOUBLE) AS v FROM {inner}),\n"
        f"t AS (SELECT v FROM a WHERE {finite}),\n"
        "s AS (SELECT min(v) AS lo, max(v) AS hi FROM t)\n"
        f"SELECT lo, hi, CAST(least({BINS - 1}, floor((v - lo) / {step})) AS INT) AS b, count(*) AS v\n"
        "FROM t CROSS JOIN s GROUP BY 1, 2, 3"
    )


def _box(plan: Plan, inner: str) -> str:
    x, y = _key(plan.keys[0]), f"c{plan.numbers[0].column}"
    points = ", ".join(
        f"percentile_approx(CAST({y} AS DOUBLE), {share}) AS q{n}" for n, share in ((1, 0.25), (2, 0.5), (3, 0.75))
    )
    return (
        f"SELECT {x} AS x, min(CAST({y} AS DOUBLE)) AS q0, {points}, max(CAST({y} AS DOUBLE)) AS q4, count({y}) AS v\n"
        f"FROM {inner}\nWHERE {y} IS NOT NULL GROUP BY 1 ORDER BY v DESC LIMIT {BOXES}"
    )
