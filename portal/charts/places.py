"""Points: scatter plots and bubbles, and maps of places by latitude and longitude."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pyarrow as pa

from portal.charts import columns, land, order
from portal.charts.columns import Axis, Number, Value
from portal.charts.formats import Locale, text
from portal.charts.layout import Parts, categories, quantities, short, times
from portal.charts.model import BadChart, Chart, Field, Measure, Scale
from portal.charts.palette import NEUTRAL, colour, faint, ramp
from portal.shapes import Plotly

_LEAST, _MOST = 6.0, 34.0
"""Diameters in pixels of the smallest and the largest bubble; areas are as the numbers are."""
_SPAN = 12.0
"""Degrees that a map shows at least."""


def scatter(chart: Chart, rows: pa.Table, locale: Locale) -> Parts:
    """A point a row."""
    if chart.x is None or not chart.y:
        raise BadChart("Choose two columns of numbers.")
    measure = chart.y[0]
    x = columns.axis(rows, chart.x, chart.x_axis, locale)
    y = columns.numbers(rows, measure)
    heights = [columns.height(one) for one in y]
    kept = [at for at, (place, up) in enumerate(zip(x.places, heights, strict=True)) if None not in (place, up)]
    words = [
        f"{chart.x.name}: {x.texts[at]} · {measure.name}: {text(y[at], measure.format, locale)}"
        for at in range(rows.num_rows)
    ]
    made = _points(chart, rows, kept, [x.places, heights], words, locale)
    known = [one for one in heights if one is not None]
    made.y = quantities(chart.y_axis, measure.name, measure.format, min(known, default=None))
    made.x = _across(chart, chart.x, x, rows)
    return made


def _across(chart: Chart, by: Field, x: Axis, rows: pa.Table) -> Plotly:
    match x.type:
        case "time":
            return times(chart.x_axis, by.name, x)
        case "category":
            values = dict(zip(x.texts, columns.items(columns.column(rows, by)), strict=True))
            return categories(chart.x_axis, by.name, order.ordered(list(values), values, {}, chart.sort))
    known = [one for one in x.places if one is not None]
    return quantities(chart.x_axis, by.name, by.format, min(known, default=None))


def world(chart: Chart, rows: pa.Table, locale: Locale) -> Parts:
    """Points over the land, as far as they reach."""
    if chart.latitude is None or chart.longitude is None:
        raise BadChart("A map needs a column of latitudes and one of longitudes.")
    axes = []
    for by, bound in ((chart.longitude, 180.0), (chart.latitude, 90.0)):
        read = columns.numbers(rows, Measure(by.column, by.title))
        found = [columns.height(one) for one in read]
        axes.append([one if one is not None and abs(one) <= bound else None for one in found])
    kept = [at for at in range(rows.num_rows) if axes[0][at] is not None and axes[1][at] is not None]
    words = [f"{lat:.4f}, {lon:.4f}" if None not in (lat, lon) else "" for lon, lat in zip(*axes, strict=True)]
    made = _points(chart, rows, kept, axes, words, locale)
    made.traces.insert(0, {**land.trace(), "fillcolor": faint(NEUTRAL, 0.25), "line": {"color": NEUTRAL, "width": 0.5}})
    (west, east), (south, north) = _view(axes[0], kept), _view(axes[1], kept)
    bare = {"showgrid": False, "showticklabels": False, "title": {"text": ""}, "fixedrange": False}
    middle = math.radians((south + north) / 2)
    made.x = {**bare, "range": [west, east], "type": "linear"}
    # A degree of longitude is shorter than one of latitude, the more so the further north.
    ratio = 1 / max(math.cos(middle), 0.2)
    made.y = {**bare, "range": [south, north], "type": "linear", "scaleanchor": "x", "scaleratio": ratio}
    made.layout["dragmode"] = "pan"
    return made


def _view(found: Sequence[Value], kept: Sequence[int]) -> tuple[float, float]:
    seen = [float(found[at]) for at in kept] or [-60.0, 70.0]
    low, high = min(seen), max(seen)
    pad = max((high - low) * 0.12, (_SPAN - (high - low)) / 2, 1.0)
    return low - pad, high + pad


def _points(
    chart: Chart, rows: pa.Table, kept: list[int], axes: Sequence[Sequence[Value]], words: list[str], locale: Locale
) -> Parts:
    """Traces of points, one a series, with the sizes and shades that the rows have."""
    notes = []
    lost = rows.num_rows - len(kept)
    if lost:
        notes.append(f"{lost:,} {'rows have' if lost > 1 else 'row has'} no place: not drawn.")
    told = columns.besides(rows, chart.tooltip, locale)
    sizes = columns.numbers(rows, chart.size) if chart.size else None
    shades = columns.numbers(rows, chart.shade) if chart.shade else None
    for measure, numbers in ((chart.size, sizes), (chart.shade, shades)):
        if measure is not None and numbers is not None:
            words = [
                f"{word} · {measure.name}: {text(number, measure.format, locale)}"
                for word, number in zip(words, numbers, strict=True)
            ]
    groups: dict[str, list[int]] = {"": kept}
    if chart.color is not None:
        groups = _groups(chart, rows, kept, locale, notes)
    traces = []
    for name, at in groups.items():
        said = f"{name} · " if name else ""
        trace: Plotly = {
            "type": "scatter",
            "mode": "markers",
            "x": [axes[0][one] for one in at],
            "y": [axes[1][one] for one in at],
            "hovertext": [f"{said}{words[one]}{told[one]}" for one in at],
            "hoverinfo": "text",
            "hoverlabel": {"namelength": -1},
            "marker": _marker(chart, name, at, sizes, shades, kept),
            "meta": {"series": name, "measure": chart.y[0].column if chart.y else ""},
        }
        trace |= {"name": short(name)} if name else {"showlegend": False}
        traces.append(trace)
    return Parts(traces, notes=notes, marks=len(kept))


def _groups(chart: Chart, rows: pa.Table, kept: list[int], locale: Locale, notes: list[str]) -> dict[str, list[int]]:
    assert chart.color is not None
    names = columns.axis(rows, chart.color, Scale("category"), locale).texts
    items = columns.items(columns.column(rows, chart.color))
    found: dict[str, list[int]] = {}
    values: Plotly = {}
    for at in kept:
        found.setdefault(names[at], []).append(at)
        values.setdefault(names[at], items[at])
    most = min(chart.color_sort.most or order.SERIES, order.SERIES)
    shown = order.ordered(list(found), values, {}, chart.color_sort)
    if len(found) > most:
        notes.append(f"The {most} largest of {len(found):,} series.")
        largest = order.largest(shown, {name: float(len(at)) for name, at in found.items()}, most)
        shown = [name for name in shown if name in largest]
    return {name: found[name] for name in shown}


def _marker(
    chart: Chart,
    name: str,
    at: Sequence[int],
    sizes: Sequence[Number | None] | None,
    shades: Sequence[Number | None] | None,
    kept: Sequence[int],
) -> Plotly:
    marker: Plotly = {"size": 7, "opacity": chart.opacity or 0.7}
    if sizes is not None:
        areas = [abs(columns.height(sizes[one]) or 0.0) for one in kept]
        most = max(areas, default=0.0) or 1.0
        drawn = [math.sqrt(abs(columns.height(sizes[one]) or 0.0) / most) for one in at]
        marker["size"] = [round(_LEAST + (_MOST - _LEAST) * one, 2) for one in drawn]
    stroke = colour(dict(chart.colors).get(name, "") or (chart.y[0].color if chart.y else ""), chart.palette)
    if stroke:
        marker["color"] = stroke
    if shades is not None and chart.shade is not None:
        scale = ramp(chart.ramp)
        marker |= {
            "color": [columns.height(shades[one]) for one in at],
            "colorbar": {"title": {"text": short(chart.shade.name)}, "thickness": 10, "outlinewidth": 0},
            "showscale": chart.legend != "none",
            **({"colorscale": scale} if scale else {"autocolorscale": True}),
        }
    return marker
