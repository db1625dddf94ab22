"""Histograms: how often numbers lie where."""

from __future__ import annotations

import math
from itertools import pairwise

import pyarrow as pa

from portal.charts import columns
from portal.charts.columns import Number, Value
from portal.charts.formats import Format, Locale, text
from portal.charts.layout import Parts, quantities
from portal.charts.model import BadChart, Chart, Measure
from portal.charts.palette import colour
from portal.shapes import Plotly

BINS = 40


def parts(chart: Chart, rows: pa.Table, locale: Locale) -> Parts:
    """Bars of equal width. `x` are numbers, or lower edges of bins; `y` how often each is there, else once a row."""
    if chart.x is None:
        raise BadChart("Choose a column of numbers.")
    numbers = columns.numbers(rows, Measure(chart.x.column, chart.x.title))
    weights: list[Number | None] = columns.numbers(rows, chart.y[0]) if chart.y else [1] * rows.num_rows
    pairs = [
        (place, weight)
        for number, weight in zip(numbers, weights, strict=True)
        if (place := columns.height(number)) is not None and weight is not None
    ]
    notes = []
    lost = rows.num_rows - len(pairs)
    if lost:
        notes.append(f"{lost:,} {'rows hold' if lost > 1 else 'row holds'} no number: not drawn.")
    edges, width, sums = binned(pairs, chart.bins or BINS, are_edges=bool(chart.y))
    name = chart.y[0].name if chart.y else "Rows"
    form = chart.y[0].format if chart.y else None
    by = chart.x.format or Format()
    trace: Plotly = {
        "type": "bar",
        "x": [edge + width / 2 for edge in edges],
        "y": [columns.height(one) for one in sums],
        "width": width * 0.98,
        "hovertext": [
            f"{text(edge, by, locale)} to {text(edge + width, by, locale)}: {text(one, form, locale)}"
            for edge, one in zip(edges, sums, strict=True)
        ],
        "hoverinfo": "text",
        "name": name,
        "meta": {"series": "", "measure": chart.y[0].column if chart.y else ""},
    }
    stroke = colour(chart.y[0].color, chart.palette) if chart.y else ""
    if stroke:
        trace["marker"] = {"color": stroke}
    return Parts(
        [trace] if edges else [],
        x={**quantities(chart.x_axis, chart.x.name, chart.x.format), "showgrid": False},
        y={**quantities(chart.y_axis, name, form), "rangemode": "tozero"},
        layout={"bargap": 0, "showlegend": False},
        notes=notes,
        marks=len(edges),
    )


def binned(
    pairs: list[tuple[float, Number]], bins: int, *, are_edges: bool = False
) -> tuple[list[float], float, list[Value]]:
    """Lower edges, their width, and the sum of weights of each bin. Numbers that are edges already keep their bins."""
    if not pairs:
        return [], 1.0, []
    places = sorted({place for place, _ in pairs})
    low, high = places[0], places[-1]
    step = min((after - before for before, after in pairwise(places)), default=0.0)
    if are_edges and step > 0 and (high - low) / step <= 400 and all(_whole((one - low) / step) for one in places):
        width, count = step, round((high - low) / step) + 1
    elif high > low and math.isfinite(high - low):
        width, count = (high - low) / bins, bins
    else:
        width, count = 1.0, 1
    sums: list[Value] = [0] * count
    for place, weight in pairs:
        at = int((place - low) / width + (1e-9 if are_edges else 0.0))
        sums[min(max(at, 0), count - 1)] += weight
    return [low + at * width for at in range(count)], width, sums


def _whole(number: float) -> bool:
    return abs(number - round(number)) < 1e-6
