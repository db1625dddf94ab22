"""A chart's rows (`portal.results.charts`) as what plotly.js draws: at most `MARKS` marks, what is left out said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from portal.databricks.statements import Column
from portal.results import values, views
from portal.results.charts import BINS, BOXES, MARKS, SERIES, SIDE, Spec


def drawn(rows: pa.Table, spec: Spec, columns: Sequence[Column], total: int) -> dict[str, Any]:
    """What the browser draws: `traces` as plotly.js takes them, the axes' titles, a note and how many marks."""
    match spec.kind:
        case "histogram":
            traces, note = _histogram(rows), ""
        case "scatter":
            note = f"{rows.num_rows:,} of {total:,} rows, a sample." if rows.num_rows < total else ""
            rows, left_out = _largest_series(rows, ("y", "count"))
            traces, note = _series(rows, "y", spec), " ".join(filter(None, (note, left_out)))
        case "box":
            traces, note = _box(rows), f"The {BOXES} largest groups." if rows.num_rows >= BOXES else ""
        case "heat":
            traces, note = _heat(rows)
        case _:
            rows, note = _fewer(rows, spec, columns)
            traces = _series(rows, "v", spec)
    name = columns[spec.y].name if spec.y is not None else ""
    measure = "Rows" if spec.aggregate == "count" or spec.kind == "histogram" else f"{spec.aggregate} of {name}"
    return {
        "kind": spec.kind,
        "traces": traces,
        "x": columns[spec.x].name,
        "y": name if spec.kind in {"scatter", "box"} else columns[spec.series].name if spec.kind == "heat" and
        spec.series is not None else measure,
        "measure": measure,
        "named": _by_name(spec, columns),
        "note": note,
        "marks": sum(len(trace["x"]) * (len(trace["y"]) if spec.kind == "heat" else 1) for trace in traces),
    }  # fmt: skip


def _fewer(rows: pa.Table, spec: Spec, columns: Sequence[Column]) -> tuple[pa.Table, str]:
    """At most `MARKS` marks, `SERIES` series; in the order of x where x has one, else the largest first."""
    rows, left_out = _largest_series(rows, ("v", "sum"))
    notes = [left_out] if left_out else []
    if _by_name(spec, columns):
        sizes = rows.group_by("x").aggregate([("v", "sum")]).sort_by([("v_sum", "descending")])
        most = 100
        if sizes.num_rows > most:
            notes.append(f"The {most} largest of {sizes.num_rows:,} groups.")
        kept = sizes["x"].slice(0, most).combine_chunks()
        rows = rows.filter(pc.is_in(rows["x"], value_set=kept))
        place = pc.index_in(rows["x"], value_set=kept)
        rows = rows.take(pc.sort_indices(place))
    else:
        if rows.num_rows > MARKS:
            notes.append(f"The {MARKS:,} largest of {rows.num_rows:,} groups.")
            rows = rows.sort_by([("v", "descending")]).slice(0, MARKS)
        rows = rows.sort_by([("x", "ascending")])
    return rows, " ".join(notes)


def _by_name(spec: Spec, columns: Sequence[Column]) -> bool:
    """Whether the bars of a chart stand for names, the highest first, rather than for places on a scale."""
    x = columns[spec.x]
    named = views.kinds(x) == "number" and values.IDENTIFIER.search(x.name) is not None
    return spec.kind == "bar" and (named or views.kinds(x) in {"text", "boolean"})


def _largest_series(rows: pa.Table, measure: tuple[str, str]) -> tuple[pa.Table, str]:
    """The rows of the `SERIES` series that measure most, and what was left out."""
    if "s" not in rows.column_names:
        return rows, ""
    sizes = rows.group_by("s").aggregate([measure]).sort_by([("_".join(measure), "descending")])
    if sizes.num_rows <= SERIES:
        return rows, ""
    kept = sizes["s"].slice(0, SERIES).combine_chunks()
    return rows.filter(pc.is_in(rows["s"], value_set=kept)), f"The {SERIES} largest of {sizes.num_rows:,} series."


def _series(rows: pa.Table, value: str, spec: Spec) -> list[dict[str, Any]]:
    if "s" not in rows.column_names:
        return [_trace(rows, value, spec, None)]
    names = sorted(pc.unique(rows["s"]).to_pylist(), key=lambda name: (name is None, str(name)))
    parts = []
    for name in names[:SERIES]:
        same = rows["s"].is_null() if name is None else pc.fill_null(pc.equal(rows["s"], name), False)
        parts.append(_trace(rows.filter(same), value, spec, "NULL" if name is None else values.text(name)))
    return parts


def _trace(rows: pa.Table, value: str, spec: Spec, name: str | None) -> dict[str, Any]:
    trace: dict[str, Any] = {"x": _axis(rows["x"]), "y": _heights(rows[value])}
    if name is not None:
        trace["name"] = name
    match spec.kind:
        case "bar":
            trace["type"] = "bar"
        case "scatter":
            trace |= {"type": "scatter", "mode": "markers"}
        case _:
            trace |= {"type": "scatter", "mode": "lines"}
            if spec.kind == "area":
                trace |= {"fill": "tozeroy"} if name is None else {"stackgroup": "one"}
    return trace


def _axis(column: pa.ChunkedArray) -> list[Any]:
    if values.is_number(column.type):
        return _heights(column)
    return _labels(column)


def _labels(column: pa.ChunkedArray) -> list[str]:
    """Values as names."""
    return ["NULL" if value is None else value for value in values.texts(column)]


def _heights(column: pa.ChunkedArray) -> list[float | None]:
    """Numbers to draw: a pixel needs no more than a double has."""
    return [None if one is None or one != one else one for one in values.doubles(column).to_pylist()]


def _histogram(rows: pa.Table) -> list[dict[str, Any]]:
    if not rows.num_rows:
        return []
    low, high = rows["lo"][0].as_py(), rows["hi"][0].as_py()
    width = (high - low) / BINS or 1.0
    counts = dict(zip(rows["b"].to_pylist(), rows["v"].to_pylist(), strict=True))
    bins = range(BINS) if high > low else range(1)
    return [
        {
            "type": "bar",
            "x": [low + (n + 0.5) * width for n in bins],
            "y": [counts.get(n, 0) for n in bins],
            "width": width * 0.98,
        }
    ]


def _box(rows: pa.Table) -> list[dict[str, Any]]:
    if not rows.num_rows:
        return []
    parts = {name: _heights(rows[name]) for name in ("q0", "q1", "q2", "q3", "q4")}
    return [
        {
            "type": "box", "x": _labels(rows["x"]), "lowerfence": parts["q0"], "q1": parts["q1"],
            "median": parts["q2"], "q3": parts["q3"], "upperfence": parts["q4"],
        }
    ]  # fmt: skip


def _heat(rows: pa.Table) -> tuple[list[dict[str, Any]], str]:
    if not rows.num_rows:
        return [], ""
    notes, axes = [], []
    for name in ("x", "s"):
        sizes = rows.group_by(name).aggregate([("v", "sum")]).sort_by([("v_sum", "descending")])
        if sizes.num_rows > SIDE:
            notes.append(f"The {SIDE} largest of {sizes.num_rows:,}.")
        kept = sizes.slice(0, SIDE).sort_by([(name, "ascending")])
        axes.append(_labels(kept[name]))
    found = {(x, s): v for x, s, v in zip(_labels(rows["x"]), _labels(rows["s"]), _heights(rows["v"]), strict=True)}
    grid = [[found.get((x, s)) for x in axes[0]] for s in axes[1]]
    return [{"type": "heatmap", "x": axes[0], "y": axes[1], "z": grid, "hoverongaps": False}], " ".join(notes)
