"""How a series is drawn: as a bar, a line or an area, in its colour, with the text that one reads over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from portal.charts import columns
from portal.charts.columns import Axis, Number
from portal.charts.formats import NULL, Locale, text
from portal.charts.layout import short
from portal.charts.model import Chart, Measure
from portal.charts.palette import colour, faint, series
from portal.shapes import Plotly

_SPARSE = 40
"""Points of a line that are drawn as dots as well; and a point between two gaps always is: no line shows it."""


@dataclass
class Series:
    """One measure of one value of the colour's column, or of all. `at` are numbers of rows, `summed` those of them that
    stand for several."""

    measure: Measure
    key: object
    name: str
    at: list[int]
    values: list[Number | None] = field(default_factory=list)
    summed: set[int] = field(default_factory=set)


def mark_of(chart: Chart, measure: Measure) -> str:
    """bar, line or area."""
    if chart.kind == "combo":
        return measure.mark or ("line" if measure.right else "bar")
    return {"bar": "bar", "area": "area"}.get(chart.kind, "line")


def trace_of(
    chart: Chart, one: Series, x: Axis, extra: Sequence[str], locale: Locale, *, many: bool, stacked: bool
) -> Plotly:
    """A series as plotly.js draws it."""
    form = one.measure.format or chart.y_axis.format
    written = [text(value, form, locale) for value in one.values]
    heights = [columns.height(value) for value in one.values]
    said = one.name if chart.color is not None or many or chart.kind == "forecast" else one.measure.name
    trace: Plotly = {
        "name": short(one.name),
        "x": [x.places[at] for at in one.at],
        "y": heights,
        "hovertext": [
            f"{x.texts[at]} · {said}: {value}{'' if at in one.summed else extra[at]}"
            for at, value in zip(one.at, written, strict=True)
        ],
        "hoverinfo": "text",
        "hoverlabel": {"namelength": -1},
        "meta": {"series": NULL if one.key is None else one.name, "measure": one.measure.column},
    }
    own = dict(chart.colors).get(one.name) or dict(chart.colors).get(one.measure.column) or one.measure.color
    stroke = colour(own, chart.palette)
    mark = mark_of(chart, one.measure)
    if mark == "bar":
        trace["type"] = "bar"
        if stroke:
            trace["marker"] = {"color": stroke}
        elif chart.colors and chart.color is None and not many:
            _each(trace, chart, x, one)
    else:
        trace |= {"type": "scatter", "mode": _mode(heights)}
        if stroke:
            trace |= {"line": {"color": stroke}, "marker": {"color": stroke}}
        if mark == "area":
            if stacked:
                trace["stackgroup"] = "right" if one.measure.right else "left"
                if chart.stack == "percent":
                    trace["groupnorm"] = "percent"
            else:
                trace["fill"] = "tozeroy"
    if one.measure.right:
        trace["yaxis"] = "y2"
    if chart.opacity:
        trace["opacity"] = chart.opacity
    if chart.labels:
        trace |= {"text": written, "texttemplate": "%{text}"}
        if mark == "bar":
            outside = {"textposition": "outside", "constraintext": "none", "cliponaxis": False}
            # Beside a bar that lies there is less room than above one that stands: inside, where it fits.
            alone = chart.color is None and not many and not chart.horizontal
            trace |= {"textangle": 0, **outside} if alone else {"textposition": "auto"}
        else:
            trace |= {"textposition": "top center", "mode": f"{trace['mode']}+text"}
    if chart.kind == "forecast":
        _forecast(chart, one, trace)
    return trace


def _each(trace: Plotly, chart: Chart, x: Axis, one: Series) -> None:
    """Colours of categories, where the author gave them some."""
    own = dict(chart.colors)
    found = [colour(own.get(x.texts[at], ""), chart.palette) for at in one.at]
    if any(found):
        rest = colour("series-1", chart.palette)
        trace["marker"] = {"color": [stroke or rest for stroke in found]}


def _mode(heights: Sequence[object]) -> str:
    """Lines, with dots where there are few points or one stands alone."""
    if len(heights) <= _SPARSE:
        return "lines+markers"
    alone = any(
        now is not None and before is None and after is None
        for before, now, after in zip([None, *heights], heights, [*heights[1:], None], strict=False)
    )
    return "lines+markers" if alone else "lines"


def _forecast(chart: Chart, one: Series, trace: Plotly) -> None:
    """The prediction is dashed, and the band between its bounds is filled, in one colour."""
    ink = colour(chart.prediction.color if chart.prediction else "", chart.palette) or series()[1]
    if chart.palette:
        ink = colour("series-2", chart.palette) or ink
    if one.measure == chart.prediction:
        trace |= {"line": {"dash": "dash", "color": ink}, "marker": {"color": ink}}
    elif one.measure in (chart.lower, chart.upper):
        trace |= {"mode": "lines", "line": {"width": 0, "color": ink}, "showlegend": False}
        if one.measure == chart.upper:
            trace |= {"fill": "tonexty", "fillcolor": faint(ink, 0.18)}
    else:
        main = colour(one.measure.color, chart.palette) or colour("series-1", chart.palette)
        trace |= {"line": {"color": main}, "marker": {"color": main}}
