"""Box plots: least, quartiles, median and greatest of groups, which the rows hold as five measures."""

from __future__ import annotations

import pyarrow as pa

from portal.charts import columns, order
from portal.charts.formats import Locale, text
from portal.charts.layout import Parts, categories, quantities
from portal.charts.model import BadChart, Chart, Scale
from portal.shapes import Plotly

_PARTS = ("lowerfence", "q1", "median", "q3", "upperfence")


def parts(chart: Chart, rows: pa.Table, locale: Locale) -> Parts:
    """A box for each category of `x`."""
    if chart.x is None or len(chart.y) != len(_PARTS):
        raise BadChart("A box plot needs a column of categories and one of numbers.")
    names = columns.axis(rows, chart.x, Scale("category"), locale).texts
    numbers = [columns.numbers(rows, one) for one in chart.y]
    heights = [[columns.height(one) for one in found] for found in numbers]
    values = dict(zip(names, columns.items(columns.column(rows, chart.x)), strict=True))
    sizes = dict(zip(names, (one or 0.0 for one in heights[2]), strict=True))
    place = {name: at for at, name in enumerate(names)}
    shown = order.ordered(list(values), values, sizes, chart.sort)
    at = [place[name] for name in shown]
    forms = [one.format for one in chart.y]
    trace: Plotly = {
        "type": "box",
        "x": shown,
        **{part: [heights[n][one] for one in at] for n, part in enumerate(_PARTS)},
        "hovertext": [
            f"{names[one]} · median {text(numbers[2][one], forms[2], locale)}, half of all from "
            f"{text(numbers[1][one], forms[1], locale)} to {text(numbers[3][one], forms[3], locale)}"
            for one in at
        ],
        "name": chart.y[2].name,
        "meta": {"series": "", "measure": chart.y[2].column},
    }
    return Parts(
        [trace] if shown else [],
        x=categories(chart.x_axis, chart.x.name, shown),
        y=quantities(chart.y_axis, chart.y[2].name, forms[2]),
        layout={"showlegend": False},
        marks=len(shown),
    )
