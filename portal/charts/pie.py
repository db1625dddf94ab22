"""Pies: shares of a whole."""

from __future__ import annotations

import pyarrow as pa

from portal.charts import columns, order
from portal.charts.columns import Number
from portal.charts.formats import Format, Locale, text
from portal.charts.layout import Parts, short
from portal.charts.model import BadChart, Chart, Scale
from portal.charts.palette import colour
from portal.shapes import Plotly

SLICES = 60


def parts(chart: Chart, rows: pa.Table, locale: Locale) -> Parts:
    """A slice for each value of the colour's column (or of `x`), the largest first."""
    by = chart.color or chart.x
    if by is None or not chart.y:
        raise BadChart("A pie needs a column of numbers, and one for its slices.")
    measure = chart.y[0]
    if not measure.is_additive:
        raise BadChart("A pie shows shares of a sum; these numbers have none. Choose bars.")
    names = columns.axis(rows, by, Scale("category"), locale).texts
    numbers = columns.numbers(rows, measure)
    groups: dict[str, list[Number | None]] = {}
    for name, number in zip(names, numbers, strict=True):
        groups.setdefault(name, []).append(number)
    sums = {name: order.total(found) for name, found in groups.items()}
    heights = {name: columns.height(one) for name, one in sums.items()}
    notes = []
    shown = {name: one for name, one in heights.items() if one is not None and one > 0}
    if any(one is not None and one < 0 for one in heights.values()):
        notes.append("Sums below zero are no share of a whole: not drawn.")
    if chart.color_sort.by in {"", "value"}:
        ranked = sorted(shown, key=lambda name: -shown[name])
    else:
        items = dict(zip(names, columns.items(columns.column(rows, by)), strict=True))
        ranked = [name for name in order.ordered(list(items), items, shown, chart.color_sort) if name in shown]
    if len(ranked) > SLICES:
        kept = order.largest(ranked, shown, SLICES)
        notes.append(f"The {SLICES} largest of {len(ranked):,} slices.")
        ranked = [name for name in ranked if name in kept]
    whole = sum(shown.values())
    own = dict(chart.colors)
    strokes = [colour(own.get(name, ""), chart.palette) or None for name in ranked]
    trace: Plotly = {
        "type": "pie",
        "labels": [short(name) if len({short(one) for one in ranked}) == len(ranked) else name for name in ranked],
        "values": [shown[name] for name in ranked],
        "hovertext": [
            f"{name}: {text(sums[name], measure.format, locale)} ({text(shown[name] / whole, _SHARE, locale)})"
            for name in ranked
        ],
        "hoverinfo": "text",
        "sort": False,
        "direction": "clockwise",
        "textinfo": "label+percent" if chart.labels else "percent",
        "textposition": "inside",
        "insidetextorientation": "horizontal",
        "name": measure.name,
        "showlegend": True,
        "meta": {"series": by.column, "measure": measure.column},
    }
    if any(strokes):
        trace["marker"] = {"colors": strokes}
    legend = chart.legend != "none" and len(ranked) > 0
    return Parts([trace] if ranked else [], layout={"showlegend": legend}, notes=notes, marks=len(ranked))


_SHARE = Format("number-percent", places=1)
