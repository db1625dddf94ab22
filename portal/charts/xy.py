"""Bars, lines, areas, both over two axes, and forecasts: measures along categories, times or numbers."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from portal.charts import columns, order
from portal.charts.columns import Axis, Number
from portal.charts.formats import Locale
from portal.charts.layout import LABEL, SIDEWAYS, Parts, categories, quantities, times
from portal.charts.marks import Series, mark_of, trace_of
from portal.charts.model import BadChart, Chart, Measure, Scale
from portal.shapes import Plotly


def parts(chart: Chart, rows: pa.Table, locale: Locale) -> Parts:
    """The figure's parts. Bars of one place and series are summed where sums mean something."""
    if chart.x is None:
        raise BadChart("Choose a column for the axis.")
    measures = _measures(chart)
    if not measures:
        raise BadChart("Choose a column of numbers for the values.")
    x = columns.axis(rows, chart.x, chart.x_axis, locale)
    numbers = {one: columns.numbers(rows, one) for one in dict.fromkeys(measures)}
    found = _series(chart, rows, measures, locale)
    notes: list[str] = []
    found = _largest(chart, found, numbers, notes)
    for one in found:
        _fill(one, chart, x, numbers[one.measure])
    _told(chart, x, numbers, notes)
    made = Parts([], notes=notes, is_horizontal=chart.horizontal and chart.kind == "bar")
    if x.type == "category":
        _by_category(chart, rows, x, found, made)
    else:
        for one in found:
            _along(one, x)
        made.x = times(chart.x_axis, chart.x.name, x) if x.type == "time" else _numeric(chart, x)
    stacked = _is_stacked(chart, measures)
    extra = columns.besides(rows, chart.tooltip, locale)
    for one in found:
        if one.at or len(found) == 1:
            made.traces.append(trace_of(chart, one, x, extra, locale, many=len(measures) > 1, stacked=stacked))
            made.marks += len(one.at)
    _axes(chart, made, measures, numbers)
    if any(mark_of(chart, one) == "bar" for one in measures):
        made.layout["barmode"] = "relative" if stacked or _one_colour_each(chart) else "group"
        if stacked and chart.stack == "percent":
            made.layout["barnorm"] = "percent"
    if made.is_horizontal:
        _turn(made)
    return made


def _measures(chart: Chart) -> tuple[Measure, ...]:
    found = chart.y
    if chart.kind == "forecast":
        found = tuple(one for one in (*chart.y, chart.prediction) if one is not None)
        band = (chart.lower, chart.upper)
        found = (*(one for one in band if one is not None), *found) if None not in band else found
    return found


def _series(chart: Chart, rows: pa.Table, measures: Sequence[Measure], locale: Locale) -> list[Series]:
    """Every measure of every value of the colour's column, each with the numbers of its rows."""
    if chart.color is None or chart.kind == "forecast":
        every = list(range(rows.num_rows))
        return [Series(one, None, one.name, list(every)) for one in measures]
    column = columns.axis(rows, chart.color, Scale("category"), locale)
    items = columns.items(columns.column(rows, chart.color))
    places: dict[str, list[int]] = {}
    keys: Plotly = {}
    for at, name in enumerate(column.texts):
        places.setdefault(name, []).append(at)
        keys.setdefault(name, items[at])
    names = order.ordered(list(places), keys, {}, chart.color_sort)
    many = len(measures) > 1
    return [
        Series(one, keys[name], f"{name} · {one.name}" if many else name, list(places[name]))
        for name in names
        for one in measures
    ]


def _largest(
    chart: Chart, found: list[Series], numbers: dict[Measure, list[Number | None]], notes: list[str]
) -> list[Series]:
    most = min(chart.color_sort.most or order.SERIES, order.SERIES)
    if len(found) <= most:
        return found
    sizes = {
        one.name: sum(abs(columns.height(numbers[one.measure][at]) or 0.0) for at in one.at) for one in found
    }  # fmt: skip
    kept = order.largest([one.name for one in found], sizes, most)
    notes.append(f"The {most} largest of {len(found):,} series.")
    return [one for one in found if one.name in kept]


def _fill(one: Series, chart: Chart, x: Axis, numbers: list[Number | None]) -> None:
    """The numbers of a series at its places; what has no place on the axis is left out."""
    at = [row for row in one.at if x.places[row] is not None]
    is_bar = mark_of(chart, one.measure) == "bar"
    if not is_bar or not one.measure.is_additive:
        one.at, one.values = at, [numbers[row] for row in at]
        return
    merged: dict[object, list[int]] = {}
    for row in at:
        merged.setdefault(x.places[row], []).append(row)
    one.at = [same[0] for same in merged.values()]
    one.summed = {same[0] for same in merged.values() if len(same) > 1}
    one.values = [
        numbers[same[0]] if len(same) == 1 else order.total(numbers[row] for row in same) for same in merged.values()
    ]


def _told(chart: Chart, x: Axis, numbers: dict[Measure, list[Number | None]], notes: list[str]) -> None:
    assert chart.x is not None
    lost = sum(1 for place in x.places if place is None)
    if lost:
        notes.append(f"{lost:,} {'rows have' if lost > 1 else 'row has'} no place along {chart.x.name}.")
    endless = sum(
        1 for found in numbers.values() for one in found if one is not None and columns.height(one) is None
    )  # fmt: skip
    if endless:
        notes.append(f"{endless:,} {'values are' if endless > 1 else 'value is'} infinite or no number: not drawn.")


def _by_category(chart: Chart, rows: pa.Table, x: Axis, found: list[Series], made: Parts) -> None:
    """Categories in their order, the first of them where there are too many."""
    assert chart.x is not None
    items = columns.items(columns.column(rows, chart.x))
    values: Plotly = {}
    for name, item in zip(x.texts, items, strict=True):
        values.setdefault(name, item)
    sizes: dict[str, float] = {}
    for one in found:
        for at, value in zip(one.at, one.values, strict=True):
            sizes[x.texts[at]] = sizes.get(x.texts[at], 0.0) + (columns.height(value) or 0.0)
    names = order.ordered(list(values), values, sizes, chart.sort)
    most = chart.sort.most
    if most and len(names) > most:
        if chart.sort.by == "value" and chart.sort.descending:
            made.notes.append(f"The {most:,} largest of {len(names):,} groups.")
        else:
            made.notes.append(f"The first {most:,} of {len(names):,} groups.")
        names = names[:most]
    places = {name: place for place, name in enumerate(names)}
    for one in found:
        kept = [
            (places[x.texts[at]], at, value)
            for at, value in zip(one.at, one.values, strict=True)
            if x.texts[at] in places
        ]
        kept.sort(key=lambda part: part[0])
        one.at, one.values = [at for _, at, _ in kept], [value for _, _, value in kept]
    made.x = categories(chart.x_axis, chart.x.name, names, SIDEWAYS if made.is_horizontal else LABEL)


def _along(one: Series, x: Axis) -> None:
    """A series in the order of the axis: a line goes one way."""
    kept = sorted(zip(one.at, one.values, strict=True), key=lambda part: x.places[part[0]])
    one.at, one.values = [at for at, _ in kept], [value for _, value in kept]


def _numeric(chart: Chart, x: Axis) -> Plotly:
    assert chart.x is not None
    least = min((one for one in x.places if one is not None), default=None)
    return {**quantities(chart.x_axis, chart.x.name, chart.x.format, least), "showgrid": False}


def _is_stacked(chart: Chart, measures: Sequence[Measure]) -> bool:
    """Averages and other numbers whose sum means nothing are never stacked."""
    return chart.kind in {"bar", "area", "combo"} and chart.stack != "none" and all(one.is_additive for one in measures)


def _one_colour_each(chart: Chart) -> bool:
    """Whether each category is a series of its own: side by side, all but one would be gaps."""
    return chart.color is not None and chart.x is not None and chart.color.column == chart.x.column


def _axes(chart: Chart, made: Parts, measures: Sequence[Measure], numbers: dict[Measure, list[Number | None]]) -> None:
    left = [one for one in measures if not one.right]
    right = [one for one in measures if one.right]
    if chart.kind == "forecast":
        left = [one for one in left if one not in (chart.lower, chart.upper)]

    def side(scale: Scale, of: Sequence[Measure]) -> Plotly:
        heights = [columns.height(one) for measure in of for one in numbers[measure]]
        least = min((one for one in heights if one is not None), default=None)
        names = {one.name for one in of}
        form = next((one.format for one in of if one.format is not None), None)
        # Of several the legend says which is which.
        axis = quantities(scale, of[0].name if len(names) == 1 else "", form, least)
        if axis["type"] == "linear" and any(mark_of(chart, one) != "line" for one in of):
            axis["rangemode"] = "tozero"
        if scale.log and axis["type"] != "log":
            made.notes.append("Some values are zero or less: no logarithm is drawn.")
        return axis

    made.y = side(chart.y_axis, left or measures)
    if made.marks == 1 and made.y["type"] == "linear":
        made.y["rangemode"] = "tozero"
    if right and left:
        made.right = side(chart.right_axis, right)
    elif right:
        for trace in made.traces:
            trace.pop("yaxis", None)
    if chart.stack == "percent" and _is_stacked(chart, measures):
        made.y = {**made.y, "ticksuffix": "%", "tickprefix": "", "range": None}
        made.y.pop("range")


def _turn(made: Parts) -> None:
    """Bars that lie: the first category on top."""
    for trace in made.traces:
        trace |= {"x": trace["y"], "y": trace["x"], "orientation": "h"}
    across, up = made.y, made.x
    if up.get("type") == "category":
        if up.get("autorange") == "reversed":
            up.pop("autorange")
        else:
            up["autorange"] = "reversed"
    made.x, made.y = across, up
