"""A chart over its rows as a figure that plotly.js draws. The figure names no colour of the theme, which comes from the
template that the browser gives it (`assets/src/parts/chart-theme.js`): light and dark, and every later change.

All text in a figure is drawn as it is written (`portal.results.markup`). A name in it is therefore escaped for
plotly.js; `markup.raw` gives back what it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from portal.charts import heatmap, histogram, pie, places, quartiles, xy
from portal.charts.formats import ENGLISH, Locale
from portal.charts.layout import Parts, laid_out
from portal.charts.model import BadChart, Chart
from portal.results.markup import Figure, plain

_DRAWN: dict[str, Callable[[Chart, pa.Table, Locale], Parts]] = {
    "bar": xy.parts,
    "line": xy.parts,
    "area": xy.parts,
    "combo": xy.parts,
    "forecast": xy.parts,
    "pie": pie.parts,
    "scatter": places.scatter,
    "map": places.world,
    "histogram": histogram.parts,
    "heatmap": heatmap.parts,
    "box": quartiles.parts,
}


@dataclass(frozen=True)
class Drawn:
    """`figure` has `data` and `layout`. `notes` are sentences on what the chart does not show, for its caption. `marks`
    is how many bars, points or slices there are: with none the chart is empty."""

    figure: Figure
    notes: tuple[str, ...]
    marks: int


def figure(chart: Chart, rows: pa.Table, locale: Locale = ENGLISH) -> Figure:
    """The figure alone."""
    return drawn(chart, rows, locale).figure


def drawn(chart: Chart, rows: pa.Table, locale: Locale = ENGLISH) -> Drawn:
    """A chart over rows that hold its columns by name, grouped as they are to be drawn.

    Raises
    ------
    BadChart
        With a sentence for the viewer: a column is not there or is not of numbers, or the kind is no figure.
    """
    draw = _DRAWN.get(chart.kind)
    if draw is None:
        raise BadChart("This is no chart that is drawn as a figure.")
    parts = draw(chart, rows, locale)
    made = Figure(plain({"data": parts.traces, "layout": laid_out(chart, parts)}))
    return Drawn(made, tuple(parts.notes), parts.marks)
