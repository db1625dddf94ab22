"""The chart that a widget's encodings describe, kind by kind."""

from __future__ import annotations

from typing import Any

from portal.boards import colours, encodings, given
from portal.boards.definition import Board, Widget
from portal.boards.encodings import Reader
from portal.charts.model import BadChart, Chart, Kind, Measure, Scale, Shades, Sort, Stack

_KINDS: dict[str, Kind] = {
    "bar": "bar", "line": "line", "area": "area", "combo": "combo", "pie": "pie", "scatter": "scatter",
    "histogram": "histogram", "heatmap": "heatmap", "symbol-map": "map", "forecast-line": "forecast", "pivot": "pivot",
    "box": "box", "funnel": "bar", "choropleth-map": "bar",
}  # fmt: skip
_STACKS: dict[str, Stack] = {
    "group": "none", "layer": "none", "stack": "stack", "percent-stack": "percent", "stack-100": "percent",
}  # fmt: skip


def chart(board: Board, widget: Widget) -> Chart:
    """The chart of a widget that is drawn as one, or a pivot."""
    reader = Reader(board, widget)
    kind = _KINDS[widget.kind]
    parts = _PARTS.get(widget.kind, _xy)(reader)
    return Chart(
        kind=kind,
        title=widget.title,
        **{
            "palette": reader.palette,
            "labels": given.flag(reader.node("label"), "show"),
            "tooltip": tuple(encodings.tooltip(reader)),
            "legend": encodings.legend(reader),
            "colors": tuple(encodings.mappings(reader)),
            "opacity": max(0.0, min(1.0, given.number(reader.mark, "opacity") or 0.0)),
            **parts,
        },
    )


def _xy(reader: Reader) -> dict[str, Any]:
    """Bars, lines, areas; of lying bars the encodings' x are the measures."""
    x, y = reader.node("x"), reader.node("y")
    lying = (
        reader.widget.kind == "bar"
        and encodings.scale_type(x) == "number"
        and encodings.scale_type(y) in {"category", "time"}
    )
    across, up = (y, x) if lying else (x, y)
    letter = "y" if lying else "x"
    default: Stack = "none" if reader.widget.kind == "line" else "stack"
    # Shades by a number are drawn of points only; as series they would be one for each number.
    color = reader.first(reader.node("color")) if encodings.scale_type(reader.node("color")) != "number" else None
    return {
        "x": reader.first(across) or color,
        "y": reader.measures(up),
        "horizontal": lying,
        "color": color,
        "color_sort": encodings.sort(reader.node("color"), ""),
        "stack": _STACKS.get(given.text(reader.mark, "layout"), default),
        "x_axis": encodings.axis(across),
        "y_axis": encodings.axis(up),
        "sort": encodings.sort(across, letter),
        "annotations": tuple(encodings.lines(reader, lying)),
    }


def _combo(reader: Reader) -> dict[str, Any]:
    """Bars on the first axis, lines on the second; the second one stands apart where it has a scale of its own."""
    y = reader.node("y")
    apart = "scale" in given.node(y, "secondary") or "scale" in given.node(y, "primary")
    first = reader.measures(reader.node("y", "primary"), mark="bar")
    second = reader.measures(reader.node("y", "secondary"), mark="line", right=apart)
    return {
        **_xy(reader),
        "y": first + second,
        "y_axis": encodings.axis(reader.node("y", "primary") if apart else y),
        "right_axis": encodings.axis(reader.node("y", "secondary")),
    }


def _forecast(reader: Reader) -> dict[str, Any]:
    y = reader.node("y")
    form = y.get("format")
    ends = ("original", "prediction", "predictionLower", "predictionUpper")
    original, prediction, lower, upper = (reader.measure(reader.node("y", key), form) for key in ends)
    return {
        **_xy(reader),
        "y": (original,) if original else (),
        "prediction": prediction,
        "lower": lower,
        "upper": upper,
        "color": None,
    }


def _pie(reader: Reader) -> dict[str, Any]:
    return {
        "y": reader.measures(reader.node("angle")),
        "color": reader.first(reader.node("color")),
        "sort": encodings.sort(reader.node("color"), ""),
    }


def _scatter(reader: Reader) -> dict[str, Any]:
    return {
        **_xy(reader),
        "shade": reader.measure(reader.node("color"))
        if encodings.scale_type(reader.node("color")) == "number"
        else None,
        "ramp": encodings.ramp(reader.node("color", "scale", "colorRamp"), reader.palette),
        "size": reader.measure(reader.node("size")),
    }


def _heatmap(reader: Reader) -> dict[str, Any]:
    color = reader.node("color")
    measure = reader.measure(color)
    return {
        "x": reader.first(reader.node("x")),
        "color": reader.first(reader.node("y")),
        "y": (measure,) if measure else (),
        "x_axis": encodings.axis(reader.node("x")),
        "y_axis": encodings.axis(reader.node("y")),
        "sort": encodings.sort(reader.node("x"), "x"),
        "color_sort": encodings.sort(reader.node("y"), "y"),
        "ramp": encodings.ramp(given.node(color, "scale", "colorRamp"), reader.palette),
    }


def _histogram(reader: Reader) -> dict[str, Any]:
    y = reader.node("y")
    return {
        "x": reader.first(reader.node("x")),
        "y": reader.measures(y) if y else (),
        "x_axis": encodings.axis(reader.node("x")),
        "y_axis": encodings.axis(y),
        "color": reader.first(reader.node("color")) if encodings.scale_type(reader.node("color")) != "number" else None,
    }


def _map(reader: Reader) -> dict[str, Any]:
    color = reader.node("color")
    by_number = encodings.scale_type(color) == "number"
    return {
        "latitude": reader.field(reader.node("coordinates", "latitude") or reader.node("latitude")),
        "longitude": reader.field(reader.node("coordinates", "longitude") or reader.node("longitude")),
        "size": reader.measure(reader.node("size")),
        "shade": reader.measure(color) if by_number else None,
        "color": None if by_number else reader.first(color),
        "ramp": encodings.ramp(given.node(color, "scale", "colorRamp"), reader.palette),
    }


def _pivot(reader: Reader) -> dict[str, Any]:
    cell = reader.node("cell") or reader.node("cells")
    listed = list(given.nodes(cell, "fields", 50)) or given.fields(reader.encodings, "values", 50) or [cell]
    measures = []
    rules: list[Any] = []
    for one in listed:
        measure = reader.measure(one, cell.get("format"))
        if measure is None:
            continue
        transform = encodings.AGGREGATES.get(given.text(one, "transform").upper())
        more = {"shades": _shades(given.node(one, "style"), reader.palette)}
        measures.append(Measure(**{**vars(measure), **more, **({} if transform is None else {"aggregate": transform})}))
        rules += colours.rules(given.node(one, "style"), reader.palette)
    return {
        "rows": tuple(one for one in map(reader.field, given.fields(reader.encodings, "rows", 20)) if one),
        "columns": tuple(one for one in map(reader.field, given.fields(reader.encodings, "columns", 20)) if one),
        "y": tuple(measures),
        "rules": tuple(rules),
    }


def _shades(style: Any, palette: tuple[str, ...]) -> Shades | None:
    """Of `color-scale`, whose scale stands under either name."""
    if given.text(style, "type") != "color-scale":
        return None
    scale = given.node(style, "backgroundColor", "scale") or given.node(style, "colorScale", "scale")
    domain = given.node(scale, "domain")
    return Shades(
        encodings.ramp(given.node(scale, "colorRamp"), palette) or ("blues",),
        *(given.number(domain, key) for key in ("min", "mid", "max")),
    )


_BOX = ("whiskerStart", "boxStart", "boxMid", "boxEnd", "whiskerEnd")


def _box(reader: Reader) -> dict[str, Any]:
    """Five measures that the query has computed; or the numbers themselves, of which `boxes` computes them."""
    five = [reader.measure(reader.node("y", key), reader.node("y").get("format")) for key in _BOX]
    known = tuple(one for one in five if one is not None)
    return {**_xy(reader), **({"y": known} if len(known) == len(_BOX) else {}), "color": None}


def _funnel(reader: Reader) -> dict[str, Any]:
    """Lying bars, one a stage. The stages stand on either axis; theirs is the one without numbers."""
    x, y = reader.node("x"), reader.node("y")
    stage, size = (y, x) if encodings.scale_type(x) == "number" else (x, y)
    query = reader.widget.query
    as_they_come = query is not None and (query.disaggregated or bool(query.orders))
    return {
        "x": reader.first(stage),
        "y": reader.measures(size),
        "horizontal": True,
        "labels": True,
        "x_axis": encodings.axis(stage),
        "y_axis": encodings.axis(size),
        "sort": Sort("rows") if as_they_come else Sort("value", True),
    }


REGIONS = 30
"""Of a map of regions, drawn as bars."""


def _regions(reader: Reader) -> dict[str, Any]:
    """A map of regions as bars, the greatest first: the portal has no shapes of states and counties."""
    region, color = reader.node("region"), reader.node("color")
    smallest = next(
        (one for key in ("admin2", "admin1", "admin0") if given.text(one := given.node(region, key), "fieldName")), {}
    )
    field = reader.field(smallest or reader.node("geo"))
    if field is None or encodings.scale_type(color) != "number":
        raise BadChart(
            "The portal does not draw maps of regions, and this one names none whose numbers could be listed."
        )
    return {
        "x": field,
        "y": reader.measures(color),
        "color": None,
        "horizontal": True,
        "sort": Sort("value", True, most=REGIONS),
        "y_axis": Scale(title=given.text(given.node(color, "legend"), "title") or None),
    }


_PARTS: dict[str, Any] = {
    "combo": _combo, "forecast-line": _forecast, "pie": _pie, "scatter": _scatter, "heatmap": _heatmap,
    "histogram": _histogram, "symbol-map": _map, "pivot": _pivot, "box": _box, "funnel": _funnel,
    "choropleth-map": _regions,
}  # fmt: skip
