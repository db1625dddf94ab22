"""Box plots of numbers as they are: the five of each category, computed of the rows. Where a query has computed them,
the rows are drawn as they come."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pyarrow as pa

from portal.charts import columns
from portal.charts.formats import ENGLISH
from portal.charts.model import BadChart, Chart, Measure, Scale

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
_WORDS = ("least", "first quartile", "median", "third quartile", "greatest")


def computed(chart: Chart, rows: pa.Table) -> tuple[Chart, pa.Table]:
    """A chart of one column of numbers as one of five measures, with their rows; any other as it is."""
    if len(chart.y) != 1 or chart.x is None:
        return chart, rows
    (measure,) = chart.y
    names = columns.axis(rows, chart.x, Scale("category"), ENGLISH).texts
    groups: dict[str, list[float]] = {}
    first: dict[str, int] = {}
    for at, (name, number) in enumerate(zip(names, columns.numbers(rows, measure), strict=True)):
        value = columns.height(number)
        if value is not None:
            groups.setdefault(name, []).append(value)
            first.setdefault(name, at)
    if not groups:
        raise BadChart("A box plot needs a column of numbers.")
    shares = {name: [_share(sorted(found), one) for one in SHARES] for name, found in groups.items()}
    made = {chart.x.column: columns.column(rows, chart.x).take(pa.array([first[name] for name in shares]))}
    five = []
    for place, word in enumerate(_WORDS):
        made[word] = pa.chunked_array([pa.array([found[place] for found in shares.values()], pa.float64())])
        five.append(Measure(word, measure.name if word == "median" else "", format=measure.format))
    return Chart(**{**vars(chart), "y": tuple(five), "tooltip": ()}), pa.table(made)


def _share(found: Sequence[float], share: float) -> float:
    """As SQL's PERCENTILE: between two numbers by their distance."""
    at = share * (len(found) - 1)
    low, high = found[math.floor(at)], found[math.ceil(at)]
    return low if low == high else low + (high - low) * (at - math.floor(at))
