"""A column's profile: how many, how many NULL or distinct, from where to where, and how the values lie.

Over the whole result: here where it is here (exact), else by one statement of the warehouse (distinct values and
quantiles are then approximate, and said to be).
"""

from __future__ import annotations

import math

import pyarrow as pa
import pyarrow.compute as pc

from portal.databricks.statements import Column
from portal.results import pushdown, values, views
from portal.results.rerun_context import RerunContext
from portal.results.result import Result
from portal.results.subquery import Subquery
from portal.results.views import View
from portal.results.written import scalar, written

BINS = 20
TOP = 20
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_ORDERED = frozenset({"number", "date", "time"})


def local(result: Result, column: int, view: View) -> dict[str, object]:
    """The profile of a column over the rows that a view shows, of a result that is here."""
    whole = views.table(result, view).column(column)
    described = result.columns[column]
    kind = views.kinds(described)
    known = whole.drop_null()
    simple = whole
    if values.is_nested(whole.type) or pa.types.is_null(whole.type):
        simple = pa.chunked_array([written(whole)])
    found = _start(described, kind, len(whole), whole.null_count, pc.count_distinct(simple, mode="only_valid").as_py())
    if not len(known):
        return found
    if kind in _ORDERED or kind == "text":
        edges = pc.min_max(known)
        found |= {"min": scalar(edges["min"]), "max": scalar(edges["max"])}
    if kind in _ORDERED:
        numbers = _numbers(known)
        found |= _spread(numbers, kind)
    else:
        if kind == "text":
            lengths = pc.min_max(pc.utf8_length(known)).as_py()
            found["lengths"] = [lengths["min"], lengths["max"]]
        counts = pc.value_counts(simple.drop_null().combine_chunks())
        order = pc.sort_indices(counts.field("counts"), sort_keys=[("", "descending")])[:TOP]
        top = counts.take(order)
        names, sizes = values.texts(top.field("values")), top.field("counts").to_pylist()
        found["top"] = [list(pair) for pair in zip(names, sizes, strict=True)]
    return found


def _start(
    column: Column, kind: str, rows: int, nulls: int, distinct: int, *, approximate: bool = False
) -> dict[str, object]:
    return {
        "column": column.name, "type": column.type_text, "kind": kind, "rows": rows, "nulls": nulls,
        "distinct": distinct, "approximate": approximate, "min": None, "max": None, "quantiles": None,
        "lengths": None, "histogram": [], "top": [],
    }  # fmt: skip


def _numbers(known: pa.ChunkedArray) -> pa.ChunkedArray:
    """Values as doubles; seconds since the epoch for dates and time stamps. Without NaN and infinities."""
    kind = known.type
    if pa.types.is_date(kind):
        known = pc.multiply(pc.cast(pc.cast(known, pa.date32()), pa.int32()).cast(pa.int64()), 86_400)
    elif pa.types.is_timestamp(kind):
        micros = pc.cast(pc.cast(known, pa.timestamp("us", kind.tz)), pa.int64())
        known = pc.divide(values.doubles(micros), 1e6)
    numbers = values.doubles(known)
    return numbers.filter(pc.is_finite(numbers))


def _spread(numbers: pa.Array, kind: str) -> dict[str, object]:
    if not len(numbers):
        return {}
    edges = pc.min_max(numbers).as_py()
    low, high = edges["min"], edges["max"]
    width = (high - low) / BINS or 1.0
    bins = pc.min_element_wise(pc.cast(pc.floor(pc.divide(pc.subtract(numbers, low), width)), pa.int32()), BINS - 1)
    counts = {one["values"]: one["counts"] for one in pc.value_counts(bins).to_pylist()}
    points = pc.quantile(numbers, list(QUANTILES)).to_pylist()
    return {
        "quantiles": [[share, _shown(point, kind)] for share, point in zip(QUANTILES, points, strict=True)],
        "histogram": _histogram(low, high, counts, kind),
    }


def _histogram(low: float, high: float, counts: dict[int, int], kind: str) -> list[dict[str, object]]:
    if high == low:
        return [{"from": _shown(low, kind), "to": _shown(high, kind), "count": sum(counts.values())}]
    width = (high - low) / BINS
    return [
        {"from": _shown(low + n * width, kind), "to": _shown(low + (n + 1) * width, kind), "count": counts.get(n, 0)}
        for n in range(BINS)
    ]


def _shown(number: float | None, kind: str) -> str | None:
    if number is None:
        return None
    if kind == "number":
        return values.number(float(f"{number:.6g}")) if math.isfinite(number) else values.number(number)
    try:
        seconds = pa.array([math.floor(number)], pa.int64())
        found = values.texts(seconds.cast(pa.timestamp("s")))[0] or ""
    except (OverflowError, ValueError):
        return None
    return found[:-9] if kind == "date" else found


# By the warehouse


def names(column: Column) -> list[str]:
    """What the columns are called that `pushed` gives."""
    points = [f"q{n}" for n in range(len(QUANTILES))] if views.kinds(column) in _ORDERED else []
    return ["n", "k", "d", "first_v", "last_v", "lo", "hi", *points, "b", "c"]


def pushed(again: RerunContext, columns: tuple[Column, ...], column: int, view: View) -> Subquery:
    """One statement: a row for each bin or each frequent value, with what is true of the whole beside it."""
    inner = pushdown.source(again, view, columns)
    kind = views.kinds(columns[column])
    name = f"c{column}"
    start = f"WITH t AS (SELECT {name} AS v FROM {inner.sql}),\n"  # noqa: S608
    if kind in _ORDERED:
        number = (
            "CAST(v AS DOUBLE)" if kind == "number" else "(CAST(unix_micros(CAST(v AS TIMESTAMP)) AS DOUBLE) / 1000000)"
        )
        points = ", ".join(f"percentile_approx({number}, {share}) AS q{n}" for n, share in enumerate(QUANTILES))
        step = f"CASE WHEN hi > lo THEN (hi - lo) / {BINS} ELSE 1 END"
        bucket = f"CAST(least({BINS - 1}, floor(({number} - lo) / {step})) AS INT)"
        text = (
            f"{start}s AS (SELECT count(*) AS n, count(v) AS k, approx_count_distinct(v) AS d, min(v) AS first_v, "  # noqa: S608
            f"max(v) AS last_v, min({number}) AS lo, max({number}) AS hi, {points} FROM t),\n"
            f"g AS (SELECT {bucket} AS b, count(*) AS c FROM t CROSS JOIN s WHERE v IS NOT NULL GROUP BY 1)\n"
            "SELECT s.*, g.b, g.c FROM s LEFT JOIN g ON true ORDER BY g.b"
        )
    else:
        shown = "v" if kind in {"text", "boolean"} else "to_json(named_struct('v', v))"
        length = "length(v)" if kind == "text" else "CAST(NULL AS INT)"
        edges = "min(v) AS first_v, max(v) AS last_v" if kind == "text" else "NULL AS first_v, NULL AS last_v"
        text = (
            f"{start}s AS (SELECT count(*) AS n, count(v) AS k, approx_count_distinct({shown}) AS d, {edges}, "  # noqa: S608
            f"min({length}) AS lo, max({length}) AS hi FROM t),\n"
            f"g AS (SELECT CAST({shown} AS STRING) AS b, count(*) AS c FROM t WHERE v IS NOT NULL GROUP BY 1 "
            f"ORDER BY c DESC, b LIMIT {TOP})\n"
            "SELECT s.*, g.b, g.c FROM s LEFT JOIN g ON true ORDER BY g.c DESC, g.b"
        )
    return Subquery(text, inner.params)


def read(rows: pa.Table, column: Column) -> dict[str, object]:
    """What `pushed` gave, as a profile."""
    kind = views.kinds(column)
    if not rows.num_rows:
        return _start(column, kind, 0, 0, 0, approximate=True)
    edges = [scalar(rows[name][0]) for name in ("first_v", "last_v")]
    first = rows.drop_columns(["first_v", "last_v", "b"]).slice(0, 1).to_pylist()[0]
    found = _start(column, kind, first["n"], first["n"] - first["k"], first["d"], approximate=True)
    found |= {"min": edges[0], "max": edges[1]}
    groups = [(one["b"], one["c"]) for one in rows.select(["b", "c"]).to_pylist() if one["c"] is not None]
    if kind in _ORDERED:
        if first["lo"] is not None:
            found["quantiles"] = [[share, _shown(first[f"q{n}"], kind)] for n, share in enumerate(QUANTILES)]
            found["histogram"] = _histogram(first["lo"], first["hi"], dict(groups), kind)
    else:
        found["top"] = [[values.text(value), count] for value, count in groups]
        found["lengths"] = [first["lo"], first["hi"]] if kind == "text" and first["lo"] is not None else None
    return found
