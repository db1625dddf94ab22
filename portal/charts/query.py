"""A query's chart for its page: from the groups of a plan (`groups`) to what the browser shows, as JSON."""

from __future__ import annotations

from dataclasses import asdict

import pyarrow as pa

from portal.charts import draw, number, pivot
from portal.charts.formats import Locale
from portal.charts.groups import BINS, BOXES, CELLS, GROUPING, MARKS, RAW, Plan
from portal.charts.model import Chart
from portal.shapes import Plotly


def shown(plan: Plan, rows: pa.Table, total: int | None, locale: Locale) -> Plotly:
    """What is drawn of a plan's rows; `total` is how many rows the chart is over, None where nobody knows.

    `{"kind", "title", "says", "notes", "marks"}` and one of `figure` (plotly.js's), `number` and `pivot`. `says` is
    what the chart shows, in words.
    """
    chart, notes = plan.chart, []
    made: Plotly = {"kind": chart.kind, "title": chart.title, "says": says(chart)}
    if plan.kind == "number":
        return {**made, "number": asdict(number.number(chart, rows, locale)), "notes": [], "marks": rows.num_rows}
    if plan.kind == "pivot":
        if rows.num_rows >= CELLS:
            notes.append(f"The {CELLS:,} largest groups.")
        table = pivot.pivot(chart, rows, locale, GROUPING)
        return {**made, "pivot": asdict(table), "notes": [*notes, *table.notes], "marks": len(table.lines)}
    if plan.kind == "histogram":
        rows = _every_bin(rows)
    elif plan.kind == "box" and rows.num_rows >= BOXES:
        notes.append(f"The {BOXES} largest groups.")
    elif plan.kind in RAW:
        if rows.num_rows >= MARKS // 2 and (total is None or rows.num_rows < total):
            notes.append(f"{rows.num_rows:,}{'' if total is None else f' of {total:,}'} rows, a sample.")
    elif rows.num_rows > MARKS:
        notes.append(f"The {MARKS:,} largest of {rows.num_rows:,} groups.")
        rows = rows.sort_by([("v0", "descending")]).slice(0, MARKS)
    found = draw.drawn(chart, rows, locale)
    return {**made, "figure": found.figure, "notes": [*notes, *found.notes], "marks": found.marks}


def says(chart: Chart) -> str:
    """What a chart shows, in words: "sum of amount by region and product"."""
    what = ", ".join(one.name for one in chart.y)
    by = [one.name for one in (chart.x, chart.color, *chart.rows, *chart.columns) if one is not None]
    if chart.kind == "map":
        what, by = chart.size.name if chart.size else "places", []
    if chart.kind == "box":
        what = chart.y[2].name
    return f"{what} by {' and '.join(by)}" if by else what


def _every_bin(rows: pa.Table) -> pa.Table:
    """All bins of a histogram, the empty ones too, by their lower edges."""
    if not rows.num_rows:
        return pa.table({"x": pa.array([], pa.float64()), "v": pa.array([], pa.int64())})
    low, high = float(rows["lo"][0].as_py()), float(rows["hi"][0].as_py())
    width = (high - low) / BINS or 1.0
    counts = dict(zip(rows["b"].to_pylist(), rows["v"].to_pylist(), strict=True))
    bins = range(BINS) if high > low else range(1)
    return pa.table({"x": [low + at * width for at in bins], "v": [counts.get(at, 0) for at in bins]})
