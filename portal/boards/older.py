"""Widgets of the older editor (`version: 0`, a `viz_spec`), read into the same objects: counters, charts, tables and
pivots.

Their options name columns of the query; where one has an `id` that is a column, that is its name.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pyarrow as pa

from portal.boards import colours, formats, given
from portal.boards.counters import Wanted
from portal.boards.definition import Board, Widget
from portal.boards.tables import Column, Table, column, made
from portal.charts.formats import Format
from portal.charts.model import Aggregate, BadChart, Chart, Field, Kind, Measure, Scale, ScaleType, Stack, Unit

TYPES = ("COUNTER", "CHART", "TABLE", "PIVOT")
SERIES: dict[str, Kind] = {
    "column": "bar", "bar": "bar", "line": "line", "area": "area", "pie": "pie", "scatter": "scatter",
    "bubble": "scatter", "box": "box", "combo": "combo", "histogram": "histogram", "heatmap": "heatmap",
}  # fmt: skip
_AGGREGATES: dict[str, Aggregate] = {
    "SUM": "sum", "COUNT": "count", "COUNT_DISTINCT": "count-distinct", "AVG": "avg", "MIN": "min", "MAX": "max",
    "MEDIAN": "median", "STDDEV": "avg", "VARIANCE": "avg",
}  # fmt: skip
_UNITS: dict[str, Unit] = {
    "YEAR_LEVEL": "year", "QUARTER_LEVEL": "quarter", "MONTH_LEVEL": "month", "WEEK_LEVEL": "week", "DAY_LEVEL": "day",
    "HOUR_LEVEL": "hour", "MINUTE_LEVEL": "minute",
}  # fmt: skip
LEVELS = frozenset(_UNITS)
COMPUTED = frozenset(_AGGREGATES) - {"STDDEV", "VARIANCE"}
"""Aggregates that are computed from rows as they are; the other two are drawn where the statement has them already."""
_SCALES: dict[str, ScaleType] = {
    "linear": "number",
    "logarithmic": "number",
    "datetime": "time",
    "category": "category",
}
_MERGED: dict[str, Aggregate] = {
    "": "sum", "Sum": "sum", "Integer Sum": "sum", "Minimum": "min", "Maximum": "max",
}  # fmt: skip
_MARKS = {"line": "line", "area": "area", "column": "bar", "bar": "bar"}
Node = Mapping[str, Any]


def options(viz_spec: Node) -> Node:
    """`serialized_options`, a JSON text; an empty object where it is none."""
    text = given.text(viz_spec, "serialized_options", longest=500_000)
    try:
        found = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        found = {}
    return found if isinstance(found, dict) else {}


def why_not(viz_spec: Node) -> str:
    """Why it cannot be drawn; "" where it can."""
    kind = given.text(viz_spec, "viz_type").upper()
    if kind not in TYPES:
        return f"The portal does not draw the older editor's visualizations of the kind {kind or 'unknown'}."
    series = given.text(options(viz_spec), "globalSeriesType")
    if kind == "CHART" and series not in SERIES:
        return f"The portal does not draw the older editor's charts of the kind {series or 'unknown'}."
    return ""


def kind(widget: Widget) -> str:
    return given.text(given.node(widget.spec, "viz_spec"), "viz_type").upper()


def wanted(widget: Widget) -> Wanted:
    """A counter."""
    of = options(given.node(widget.spec, "viz_spec"))
    name = given.text(of, "counterColName")
    counts = given.flag(of, "countRow")
    if not name and not counts:
        raise BadChart("This counter does not say which value it shows.")
    prefix, suffix = given.text(of, "stringPrefix"), given.text(of, "stringSuffix")
    around = prefix.replace("{", "").replace("}", "")
    form = Format(
        type="number",
        places=given.whole(of, "stringDecimal", 0, 0, 30) if "stringDecimal" in of else None,
        exact=True,
        group=bool(given.text(of, "stringThouSep", ",")),
        suffix=suffix[:50],
        template=f"{around}{{}}"[:200] if around else "",
    )
    return Wanted(
        value=name,
        name=given.text(of, "counterLabel"),
        format=form,
        row=_row(of, "rowNumber"),
        target=given.text(of, "targetColName"),
        target_format=form if given.flag(of, "formatTargetValue") else None,
        target_row=_row(of, "targetRowNumber"),
        counts_rows=counts,
    )


def _row(of: Node, key: str) -> int:
    return given.whole(of, key, 1, 1, 1_000)


def table(widget: Widget, rows: pa.Table) -> Table:
    of = options(given.node(widget.spec, "viz_spec"))
    listed = sorted(given.nodes(of, "columns", 500), key=lambda one: given.number(one, "order") or 0.0)
    read = [column(one, ()) for one in listed]
    found = [one for one in read if one.field in rows.column_names]
    size = given.whole(of, "itemsPerPage", 25, 1, 1_000)
    return made(
        found or [Column(name, name) for name in rows.column_names], rows, size, given.flag(of, "withRowNumber"), (),
        says_search=any(one.searched for one in found),
    )  # fmt: skip


def chart(board: Board, widget: Widget, names: Collection[str]) -> Chart:
    """A chart over columns of these names. Raises `BadChart` where it draws none of them."""
    of = options(given.node(widget.spec, "viz_spec"))
    series = given.text(of, "globalSeriesType")
    places = placed(of)
    axes = list(given.nodes(of, "yAxis", 2))
    x = _field(given.node(places, "x"), names)
    y = tuple(_measures(of, places, names, series))
    if not y and series != "histogram":
        raise BadChart("The columns that this chart draws are not in its query.")
    stacking = given.node(of, "series")
    stack: Stack = "stack" if given.text(stacking, "stacking") == "stack" else "none"
    if given.flag(stacking, "percentValues"):
        stack = "percent"
    group = _field(given.node(places, "series"), names)
    legend = given.node(of, "legend")
    shown: dict[str, Any] = {}
    if series == "pie":
        shown = {"color": x or group, "x": None}
    elif series == "heatmap":
        value = _resolved(given.node(places, "zVal"), names)
        shown = {"color": Field(y[0].column), "y": (Measure(value),)} if value else {}
    size = _resolved(given.node(places, "size"), names)
    return Chart(**{
        "kind": SERIES[series],
        "title": widget.title,
        "x": x,
        "y": y,
        "color": group,
        "stack": stack,
        "horizontal": given.flag(of, "swappedAxes") or series == "bar",
        "labels": given.flag(of, "showDataLabels"),
        "size": Measure(size) if size and series == "bubble" else None,
        "x_axis": _axis(given.node(of, "xAxis")),
        "y_axis": _axis(axes[0] if axes else {}),
        "right_axis": _axis(axes[1] if len(axes) > 1 else {}),
        "colors": tuple(_colours(of)),
        "palette": colours.palette(board),
        "legend": "none" if legend.get("enabled") is False else "bottom" if legend.get("placement") == "below" else "",
    } | shown)  # fmt: skip


def placed(of: Node) -> Node:
    """Which columns stand where: `{"x": {"column", "transform"}, "y": [{…}], "series": {…}}`; of charts that were made
    before there was such a map, by the columns' own words.
    """
    found = given.node(of, "columnConfigurationMap")
    if found:
        return found
    made: dict[str, Any] = {}
    for name, place in list(given.node(of, "columnMapping").items())[:500]:
        if place == "y":
            made.setdefault("y", []).append({"column": name})
        elif place in ("x", "series", "size", "zVal"):
            made[place] = {"column": name}
    return made


def pivot(widget: Widget, names: Collection[str]) -> Chart:
    """A pivot: `rows`, `cols` and `vals` name columns, as its open-source editor kept them."""
    of = options(given.node(widget.spec, "viz_spec"))
    rows, across, values = (_named(of, key, names) for key in ("rows", "cols", "vals"))
    merge = _MERGED.get(given.text(of, "aggregatorName"))
    if not values or not (rows or across) or merge is None:
        raise BadChart("This pivot of the older editor does not say which columns it sums, or does more than that.")
    return Chart(
        kind="pivot",
        title=widget.title,
        rows=tuple(Field(one) for one in rows),
        columns=tuple(Field(one) for one in across),
        y=tuple(Measure(one, aggregate=merge) for one in values),
    )


def _named(of: Node, key: str, names: Collection[str]) -> list[str]:
    listed = given.items(of, key, 20)
    found = [
        one if isinstance(one, str) else _resolved(one if isinstance(one, Mapping) else {}, names) for one in listed
    ]
    return [one for one in dict.fromkeys(found) if one in names]


def _resolved(of: Node, names: Collection[str]) -> str:
    for key in ("id", "column"):
        if given.text(of, key) in names:
            return given.text(of, key)
    return ""


def _field(of: Node, names: Collection[str]) -> Field | None:
    name = _resolved(of, names)
    return Field(name, given.text(of, "column"), _UNITS.get(given.text(of, "transform"), "")) if name else None


def _measures(of: Node, places: Node, names: Collection[str], series: str) -> Iterator[Measure]:
    y = places.get("y")
    listed = given.nodes(places, "y", 50) if isinstance(y, list) else [given.node(places, "y")]
    for one in listed:
        name = _resolved(one, names)
        if not name:
            continue
        own = given.node(of, "seriesOptions", name) or given.node(of, "seriesOptions", given.text(one, "column"))
        transform = given.text(one, "transform")
        titled = given.text(own, "name") or (_titled(one) if name != given.text(one, "column") else "")
        yield Measure(
            name,
            titled,
            _AGGREGATES.get(transform, ""),
            formats.numeral(given.text(of, "numberFormat")) if given.text(of, "numberFormat") else None,
            color=colours.read(own.get("color")),
            right=given.number(own, "yAxis") == 1.0,
            mark=_MARKS.get(given.text(own, "type"), "") if series == "combo" else "",  # type: ignore[arg-type]
        )


def _titled(of: Node) -> str:
    """`SUM(energy)`: what an aggregate is called without a name of its own."""
    transform, name = given.text(of, "transform"), given.text(of, "column")
    return f"{transform}({name})" if transform else name


def _axis(of: Node) -> Scale:
    shown = given.text(given.node(of, "title"), "text")
    kind = given.text(of, "type")
    return Scale(
        type=_SCALES.get(kind, ""),
        title=shown or None,
        labels=given.flag(given.node(of, "labels"), "enabled", True),
        log="log" if kind == "logarithmic" else "",
        low=given.number(of, "rangeMin"),
        high=given.number(of, "rangeMax"),
    )


def _colours(of: Node) -> Iterator[tuple[str, str]]:
    """Colours of series and of slices, by their values."""
    for key in ("seriesOptions", "valuesOptions"):
        for name, one in list(given.node(of, key).items())[:500]:
            colour = colours.read(one.get("color")) if isinstance(one, Mapping) else ""
            if colour:
                yield str(name)[:1_000], colour
