"""What all kinds of figures share: axes, legend, annotations, and how an axis writes its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from portal.charts.columns import Axis
from portal.charts.formats import SYMBOLS, Format
from portal.charts.model import Annotation, Chart, Scale
from portal.charts.palette import colour
from portal.results.markup import plain
from portal.shapes import Plotly

LABEL = 60
SIDEWAYS = 32
TITLE = 120
"""Characters of a category's name along an axis, of one that stands beside lying bars, and of a series' in the legend.
The hover text has all of it."""


@dataclass
class Parts:
    """A figure in the making: `x` and `y` are plotly.js's own axes (horizontal already turned), `layout` the rest."""

    traces: list[Plotly]
    x: Plotly = field(default_factory=dict)
    y: Plotly = field(default_factory=dict)
    right: Plotly | None = None
    layout: Plotly = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    marks: int = 0
    is_horizontal: bool = False


def laid_out(chart: Chart, parts: Parts) -> Plotly:
    """The layout of a figure."""
    base = {"automargin": True, "zeroline": False, "fixedrange": True, "ticks": "", "showline": False}
    named = sum(1 for trace in parts.traces if trace.get("showlegend", bool(trace.get("name"))))
    shows = chart.legend != "none" and (named > 1 or (chart.color is not None and named > 0))
    colours = [one for one in (colour(text) for text in chart.palette) if one]
    layout: Plotly = {
        "autosize": True,
        "autotypenumbers": "strict",
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "hovermode": "closest",
        "dragmode": False,
        "bargap": 0.18,
        "showlegend": shows,
        "legend": _legend(chart, named),
        "uniformtext": {"mode": "hide", "minsize": 8},
        "xaxis": {**base, **parts.x},
        "yaxis": {**base, **parts.y},
    }
    if colours:
        layout["colorway"] = colours
    if parts.right is not None:
        layout["yaxis2"] = {
            **base,
            "overlaying": "y",
            "side": "right",
            "tickmode": "auto",
            "showgrid": False,
            **parts.right,
        }
    layout |= parts.layout
    lines, words = _annotations(chart, parts.is_horizontal)
    if lines:
        layout["shapes"] = [*layout.get("shapes", []), *lines]
        layout["annotations"] = [*layout.get("annotations", []), *words]
        layout["margin"] = {**layout["margin"], "t": 28}
        if shows and words and layout["legend"].get("yanchor") == "bottom" and "yref" not in layout["legend"]:
            # The lines' labels stand where the legend would: it goes above them.
            layout["legend"] = {**layout["legend"], "y": 1, "yref": "container", "yanchor": "top"}
            layout["margin"]["t"] = 56
    return layout


def _legend(chart: Chart, named: int) -> Plotly:
    place = chart.legend or ("top" if named <= 8 else "right")
    match place:
        case "right":
            return {"x": 1.01, "y": 1, "xanchor": "left", "yanchor": "top"}
        case "bottom":
            return {"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom"}
    return {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}


def short(name: str, most: int = LABEL) -> str:
    """A name as an axis or the legend has room for it."""
    if len(name) <= most:
        return name
    end = most // 3  # names often differ at their ends
    return f"{name[: most - end - 1]}…{name[-end:]}"


def title(scale: Scale, name: str) -> dict[str, str]:
    """An axis' title: the scale's own, "" where it has none, else the field's name."""
    return {"text": short(name if scale.title is None else scale.title, TITLE)}


def categories(scale: Scale, name: str, order: Sequence[str], most: int = LABEL) -> Plotly:
    """An axis of names, in an order."""
    made: Plotly = {
        "type": "category", "title": title(scale, name), "showgrid": False, "categoryorder": "array",
        "categoryarray": list(order), "showticklabels": scale.labels,
    }  # fmt: skip
    long = {plain(one): short(one, most) for one in order if len(one) > most}  # keys meet categories in the figure
    if long:
        made["labelalias"] = long
    if scale.reverse:
        made["autorange"] = "reversed"
    return made


def quantities(scale: Scale, name: str, form: Format | None, least: float | None = None) -> Plotly:
    """An axis of numbers. `least` is the smallest of them: a logarithm wants them above zero."""
    made: Plotly = {"title": title(scale, name), "showticklabels": scale.labels, **ticks(scale.format or form)}
    if scale.log and (least is None or least > 0):
        made["type"] = "log"
    else:
        made["type"] = "linear"
        if scale.low is not None or scale.high is not None:
            made["range"] = [scale.low, scale.high][:: -1 if scale.reverse else 1]
            made["autorange"] = False if None not in made["range"] else {0: "min", 1: "max"}[made["range"].index(None)]
    if scale.reverse and "range" not in made:
        made["autorange"] = "reversed"
    return made


def times(scale: Scale, name: str, found: Axis) -> Plotly:
    """An axis of dates and times. The few of a chart of months have a tick each, which is named as people name it."""
    made: Plotly = {
        "type": "date", "title": title(scale, name), "showgrid": False, "showticklabels": scale.labels,
    }  # fmt: skip
    known = dict(sorted((place, text) for place, text in zip(found.places, found.texts, strict=True) if place))
    if found.unit in {"year", "quarter", "month", "week", "day"} and 0 < len(known) <= 6:
        made |= {"tickmode": "array", "tickvals": list(known), "ticktext": list(known.values())}
    elif found.unit == "month":
        made["tickformat"] = "%b %Y"
    elif found.unit == "year":
        made["tickformat"] = "%Y"
    if scale.reverse:
        made["autorange"] = "reversed"
    return made


def ticks(form: Format | None) -> Plotly:
    """How an axis writes its numbers: the viewer's separators (of the browser's template), the format's unit."""
    usual: Plotly = {"separatethousands": True, "exponentformat": "B", "minexponent": 6}
    if form is None or form.type in {"", "plain", "date", "date-time"}:
        return usual
    if form.type == "number-percent":
        return {"tickformat": f",.{min(form.places or 0, 20) if form.places is not None else 2}~%"}
    made = dict(usual)
    if form.compact:
        made["minexponent"] = 3
    made["separatethousands"] = form.group
    if form.type == "number-currency":
        code = form.currency.upper()
        made["tickprefix"] = SYMBOLS.get(code, f"{code}\u00a0")
    if form.suffix:
        made["ticksuffix"] = form.suffix
    return made


def _annotations(chart: Chart, is_horizontal: bool) -> tuple[list[Plotly], list[Plotly]]:
    lines, words = [], []
    for one in chart.annotations:
        upright = (one.axis == "x") != is_horizontal
        along, across = ("x", "y") if upright else ("y", "x")
        place = _place(one)
        stroke = colour(one.color, chart.palette)
        line: Plotly = {"width": 1.5, "dash": "dash", **({"color": stroke} if stroke else {})}
        lines.append(
            {
                "type": "line", f"{along}0": place, f"{along}1": place, f"{across}0": 0, f"{across}1": 1,
                f"{along}ref": along, f"{across}ref": "paper", "line": line,
            }
        )  # fmt: skip
        if one.label:
            at = {"y": 1, "yanchor": "bottom"} if upright else {"x": 1, "xanchor": "right", "yanchor": "bottom"}
            words.append(
                {
                    "text": one.label, "showarrow": False, along: place, f"{along}ref": along,
                    f"{across}ref": "paper", **at, **({"font": {"color": stroke}} if stroke else {}),
                }
            )  # fmt: skip
    return lines, words


def _place(one: Annotation) -> float | str:
    try:
        return float(one.value)
    except ValueError:
        return one.value
