"""A widget's encodings, one by one: fields, measures, axes, orders, colours, as charts have them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from portal.boards import colours, formats, given
from portal.boards.definition import Board, Query, Widget
from portal.charts.model import Aggregate, Annotation, Field, Measure, Scale, ScaleType, Sort, Unit
from portal.databricks.sqllexer import code, folded

_SCALES: dict[str, ScaleType] = {"categorical": "category", "temporal": "time", "quantitative": "number"}
AGGREGATES: dict[str, Aggregate] = {
    "SUM": "sum", "COUNT": "count", "COUNT_IF": "count", "AVG": "avg", "MEAN": "avg", "MIN": "min", "MAX": "max",
    "MEDIAN": "median", "PERCENTILE": "median", "PERCENTILE_APPROX": "median", "APPROX_PERCENTILE": "median",
    "APPROX_COUNT_DISTINCT": "count-distinct", "STDDEV": "avg", "VARIANCE": "avg", "ANY_VALUE": "max",
}  # fmt: skip
"""What a function's result is to a chart: what can be stacked (a sum, a count) and what cannot."""
_RAMPS = {
    "greenblue": "gnbu", "bluegreen": "bugn", "bluepurple": "bupu", "purplered": "purd", "purpleblue": "pubu",
    "orangered": "orrd", "redpurple": "rdpu", "yellowgreen": "ylgn", "yelloworangered": "ylorrd", "purplegreen": "prgn",
    "yelloworangebrown": "ylorbr", "pinkyellowgreen": "piyg", "redyellowblue": "rdylbu", "redgrey": "rdgy",
    "yellowgreenblue": "ylgnbu", "redyellowgreen": "rdylgn", "redblue": "rdbu", "brownbluegreen": "brbg",
}  # fmt: skip
"""Vega's names of ramps, which dashboards use, as plotly has them."""
_UNITS: dict[str, Unit] = {
    "YEAR": "year", "QUARTER": "quarter", "MONTH": "month", "WEEK": "week", "DAY": "day", "HOUR": "hour",
    "MINUTE": "minute",
}  # fmt: skip
_TRUNC = re.compile(r"""\s*DATE_TRUNC\s*\(\s*(["'])(\w+)\1\s*,""", re.IGNORECASE)
Node = Mapping[str, object]


class Reader:
    """Reads one widget's encodings. `self.node(key)` is an encoding."""

    def __init__(self, board: Board, widget: Widget) -> None:
        self.widget = widget
        self.encodings = given.node(widget.spec, "encodings")
        self.mark = given.node(widget.spec, "mark") or self.node("mark")
        self.palette = colours.palette(board, self.mark)

    def node(self, *path: str) -> Node:
        return given.node(self.encodings, *path)

    def field(self, of: Node, form: object = None) -> Field | None:
        name = given.text(of, "fieldName")
        if not name:
            return None
        return Field(
            name, self.title(of), unit(self.widget.query, name), formats.of_column(of) or formats.read(form),
            total=given.flag(of, "displayTotal") or given.flag(given.node(of, "total"), "show"), sort=sort(of, ""),
        )  # fmt: skip

    def title(self, of: Node) -> str:
        return given.text(of, "displayName") or given.text(of, "title")

    def measure(self, of: Node, form: object = None, **more: Any) -> Measure | None:
        name = given.text(of, "fieldName")
        if not name:
            return None
        own = colours.read(of.get("color"), self.palette) or colours.read(
            given.node(of, "style").get("color"), self.palette
        )
        return Measure(
            name, self.title(of), aggregate(self.widget.query, name), formats.of_column(of) or formats.read(form),
            color=own, **more,
        )  # fmt: skip

    def measures(self, of: Node, **more: Any) -> tuple[Measure, ...]:
        """One field, or several."""
        form = of.get("format")
        listed = list(given.nodes(of, "fields", 50)) or [of]
        return tuple(one for one in (self.measure(each, form, **more) for each in listed) if one)

    def first(self, of: Node) -> Field | None:
        listed = list(given.nodes(of, "fields", 50)) or [of]
        return self.field(listed[0], of.get("format"))


def unit(query: Query | None, name: str) -> Unit:
    """What a field's times are cut to: of `DATE_TRUNC("MONTH", …)` a month."""
    field = query.field(name) if query else None
    found = _TRUNC.match(field.expression) if field else None
    return _UNITS.get(found[2].upper(), "") if found else ""


def aggregate(query: Query | None, name: str) -> Aggregate:
    """What a field's numbers are. Of a formula, or of a metric view's measure, nobody here knows."""
    field = query.field(name) if query else None
    if field is None:
        return ""
    text = field.expression
    listed = code(text[:2_000])
    shown = [folded(text[one.start : one.end]) for one in listed]
    if shown[1:2] != ["("] or shown[-1:] != [")"] or _closes(shown) != len(shown) - 1:
        return ""
    if shown[0] == "COUNT" and shown[2:3] == ["DISTINCT"]:
        return "count-distinct"
    return AGGREGATES.get(shown[0], "")


def _closes(shown: list[str]) -> int:
    """Where the first bracket closes."""
    depth = 0
    for at, one in enumerate(shown):
        depth += (one == "(") - (one == ")")
        if depth == 0 and one == ")":
            return at
    return -1


def scale_type(of: Node) -> ScaleType:
    return _SCALES.get(given.text(given.node(of, "scale"), "type"), "")


def axis(of: Node) -> Scale:
    scale, shown = given.node(of, "scale"), given.node(of, "axis")
    domain = given.node(scale, "domain")
    function = given.text(given.node(scale, "fn"), "type") or given.text(scale, "fn")
    hidden = given.flag(shown, "hideTitle")
    low, high = given.number(domain, "min"), given.number(domain, "max")
    return Scale(
        type=scale_type(of),
        title="" if hidden else given.text(shown, "title") or None,
        labels=not given.flag(shown, "hideLabels"),
        log=function if function in {"log", "symlog"} else "",  # type: ignore[arg-type]
        reverse=given.flag(scale, "reverse"),
        low=low if low is not None else given.number(scale, "domainMin"),
        high=high if high is not None else given.number(scale, "domainMax"),
        format=formats.read(of.get("format"), given.text(of, "formatTemplate")),
    )


def sort(of: Node, letter: str) -> Sort:
    """The order of an axis' categories; `letter` is its own name, x or y: sorted by the other one is by value."""
    scale = given.node(of, "scale")
    spoken = given.node(scale, "sort")
    by = given.text(spoken, "by")
    descending = by.endswith("-reversed")
    size = given.node(scale, "categorySize")
    most = given.whole(size, "number", 0, 0, 10_000) if given.text(size, "type") == "number-of-categories" else 0
    listed = [given.value({"v": one}, "v") for one in given.items(spoken, "orderedValues", 10_000)]
    match by.removesuffix("-reversed"):
        case "":
            return Sort(most=most)
        case "natural-order":
            return Sort("rows", descending, most=most)
        case "custom-order":
            return Sort("custom", descending, tuple("NULL" if one is None else one for one in listed), most)
        case "alphabetical":
            return Sort("x", descending, most=most)
        case "cell" | "value":
            return Sort("value", descending, most=most)
        case "x" | "y" as named:
            return Sort("x" if named == letter else "value", descending, most=most)
    return Sort(most=most)


def legend(reader: Reader) -> Any:
    legend = given.node(reader.node("color"), "legend")
    if given.flag(legend, "hide"):
        return "none"
    place = given.text(legend, "position")
    return place if place in {"top", "bottom", "right"} else ""


def mappings(reader: Reader) -> Iterator[tuple[str, str]]:
    color = reader.node("color")
    for of in (given.node(color, "scale"), color):
        for one in given.nodes(of, "mappings"):
            value, colour = given.value(one, "value"), colours.read(one.get("color"), reader.palette)
            if colour and ("value" in one):
                yield "NULL" if value is None else value, colour


def tooltip(reader: Reader) -> Iterator[Field]:
    for key in ("extra", "tooltip"):
        of = reader.node(key)
        for one in list(given.nodes(of, "fields", 20)) or [of]:
            found = reader.field(one)
            if found is not None:
                yield found


def lines(reader: Reader, lying: bool) -> Iterator[Annotation]:
    for one in given.nodes(reader.widget.spec, "annotations", 50):
        letter = "x" if given.text(one, "type") == "vertical-line" else "y"
        of = given.node(one, "encodings")
        value = given.value(given.node(of, letter), "dataValue")
        if value is None:
            continue
        color = colours.read(given.node(of, "color").get("value"), reader.palette)
        label = given.value(given.node(of, "label"), "value") or ""
        yield Annotation("y" if (letter == "y") != lying else "x", value, label[:200], color)


def ramp(of: Node, palette: tuple[str, ...]) -> tuple[str, ...]:
    """Colours from the least to the greatest, or the name of a known ramp."""
    if given.text(of, "scheme"):
        name = given.text(of, "scheme").lower()[:50]
        return (_RAMPS.get(name, name),)
    listed = given.node(of, "colors")
    found = [colours.read(listed.get(key), palette) for key in ("start", "middle", "mid", "end")]
    base = colours.read(of.get("baseColor"), palette)
    return tuple(one for one in found if one) or ((base,) if base else ())
