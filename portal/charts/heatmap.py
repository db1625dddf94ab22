"""Heat maps: a number for each pair of categories."""

from __future__ import annotations

import pyarrow as pa

from portal.charts import columns, order
from portal.charts.columns import Number
from portal.charts.formats import Locale, text
from portal.charts.layout import Parts, categories, short
from portal.charts.model import BadChart, Chart, Field, Scale, Sort
from portal.charts.palette import ramp
from portal.shapes import Plotly

SIDE = 400
"""Rows and columns at most."""


def parts(chart: Chart, rows: pa.Table, locale: Locale) -> Parts:
    """Cells of `x` across and `color` up, with the numbers of the first measure."""
    if chart.x is None or chart.color is None or not chart.y:
        raise BadChart("A heat map needs a column for its columns, one for its rows, and numbers.")
    measure = chart.y[0]
    notes: list[str] = []
    numbers = columns.numbers(rows, measure)
    across = columns.axis(rows, chart.x, Scale("category"), locale).texts
    up = columns.axis(rows, chart.color, Scale("category"), locale).texts
    cells: dict[tuple[str, str], list[Number | None]] = {}
    for column, row, number in zip(across, up, numbers, strict=True):
        cells.setdefault((column, row), []).append(number)
    if any(len(found) > 1 for found in cells.values()) and not measure.is_additive:
        notes.append("Of several numbers for a cell the last is drawn.")
    sums = {
        at: order.total(found) if measure.is_additive and len(found) > 1 else found[-1] for at, found in cells.items()
    }
    xs = _side(chart.x, across, rows, sums, 0, chart.sort, notes)
    ys = _side(chart.color, up, rows, sums, 1, chart.color_sort, notes)
    written = [
        [
            f"{x} · {y}: {text(sums[x, y], measure.format, locale)}" if (x, y) in sums else ""
            for x in xs
        ]
        for y in ys
    ]  # fmt: skip
    trace: Plotly = {
        "type": "heatmap",
        "x": xs,
        "y": ys,
        "z": [[columns.height(sums.get((x, y))) for x in xs] for y in ys],
        "hovertext": written,
        "hoverinfo": "text",
        "hoverongaps": False,
        "xgap": 1,
        "ygap": 1,
        "colorbar": {"title": {"text": short(measure.name)}, "thickness": 10, "outlinewidth": 0},
        "showscale": chart.legend != "none",
        "meta": {"series": chart.color.column, "measure": measure.column},
    }
    scale = ramp(chart.ramp)
    trace |= {"colorscale": scale} if scale else {"autocolorscale": True}
    if chart.labels:
        trace |= {
            "text": [[text(sums[x, y], measure.format, locale) if (x, y) in sums else "" for x in xs] for y in ys],
            "texttemplate": "%{text}",
        }
    return Parts(
        [trace] if xs else [],
        x=categories(chart.x_axis, chart.x.name, xs),
        y={**categories(chart.y_axis, chart.color.name, ys), "autorange": "reversed"},
        notes=notes,
        marks=len(xs) * len(ys),
    )


def _side(
    by: Field,
    names: list[str],
    rows: pa.Table,
    sums: dict[tuple[str, str], Number | None],
    side: int,
    sort: Sort,
    notes: list[str],
) -> list[str]:
    items = columns.items(columns.column(rows, by))
    values: Plotly = {}
    for name, item in zip(names, items, strict=True):
        values.setdefault(name, item)
    sizes: dict[str, float] = {}
    for at, number in sums.items():
        sizes[at[side]] = sizes.get(at[side], 0.0) + (columns.height(number) or 0.0)
    found = order.ordered(list(values), values, sizes, sort)
    most = min(sort.most or SIDE, SIDE)
    if len(found) > most:
        notes.append(f"{by.name}: the {most} largest of {len(found):,}.")
        kept = order.largest(found, sizes, most)
        found = [name for name in found if name in kept]
    return found
