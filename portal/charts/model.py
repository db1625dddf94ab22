"""What a chart shows. Columns are named, never numbered: a chart outlives a change of its query's columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from portal.charts.formats import Format
from portal.viewer.errors import StatementFailed

Kind = Literal[
    "bar",
    "line",
    "area",
    "combo",
    "pie",
    "scatter",
    "histogram",
    "heatmap",
    "box",
    "map",
    "forecast",
    "number",
    "pivot",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
FIGURES: tuple[Kind, ...] = KINDS[:-2]
"""Kinds that `draw.figure` draws; a number and a pivot are HTML."""
Aggregate = Literal["", "count", "count-distinct", "sum", "avg", "min", "max", "median"]
AGGREGATES: tuple[Aggregate, ...] = get_args(Aggregate)
ADDITIVE = frozenset({"", "count", "sum"})
"""What may be stacked and summed: the sum of two averages is nobody's average."""
Unit = Literal["", "year", "quarter", "month", "week", "day", "hour", "minute"]
UNITS: tuple[Unit, ...] = get_args(Unit)
Stack = Literal["none", "stack", "percent"]
STACKS: tuple[Stack, ...] = get_args(Stack)
ScaleType = Literal["", "category", "time", "number"]
SCALE_TYPES: tuple[ScaleType, ...] = get_args(ScaleType)
SortBy = Literal["", "x", "value", "rows", "custom"]
SORTS: tuple[SortBy, ...] = get_args(SortBy)
Legend = Literal["", "top", "bottom", "right", "none"]
LEGENDS: tuple[Legend, ...] = get_args(Legend)
Mark = Literal["", "bar", "line", "area"]
MARKS: tuple[Mark, ...] = get_args(Mark)


@dataclass(frozen=True)
class Sort:
    """The order of categories: by their own values ("x"), by their sums ("value"), as the rows come ("rows"), or as
    listed ("custom", others after them). "" is the kind's own. At most `most` are drawn, the first ones; 0: our bound.
    """

    by: SortBy = ""
    descending: bool = False
    values: tuple[str, ...] = ()
    most: int = 0


@dataclass(frozen=True)
class Field:
    """A column of the rows. `unit` cuts dates and time stamps, where the rows are grouped here (`groups`); where they
    come grouped it only says how they are written: a month is "September 2025". `total` and `sort` are of a pivot's."""

    column: str
    title: str = ""
    unit: Unit = ""
    format: Format | None = None
    total: bool = False
    sort: Sort = field(default_factory=Sort)

    @property
    def name(self) -> str:
        return self.title or self.column


@dataclass(frozen=True)
class Shades:
    """Grounds of a pivot's cells along a `ramp` (as `Chart.ramp`). Ends that are None are those of the numbers."""

    ramp: tuple[str, ...] = ()
    low: float | None = None
    middle: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Measure:
    """Numbers to draw. `aggregate` says what they are: "" as the column holds them, which is taken for a sum.

    Where rows come grouped (a dashboard's), `column` holds the aggregate's results. `mark` is of a combo's measure,
    `value` is a number of the author's instead of a column's. `right` puts it on the second axis. `color` is `#rrggbb`
    or `series-1` to `series-8`, "" by its place.
    """

    column: str
    title: str = ""
    aggregate: Aggregate = ""
    format: Format | None = None
    color: str = ""
    right: bool = False
    mark: Mark = ""
    value: str = ""
    shades: Shades | None = None

    @property
    def name(self) -> str:
        return self.title or self.value or self.column

    @property
    def described(self) -> str:
        """What it is where it is yet to be aggregated: "sum of amount"."""
        if self.title or self.value:
            return self.title or self.value
        if self.aggregate == "count" and not self.column:
            return "Rows"
        return f"{WORDS[self.aggregate]} of {self.column}" if self.aggregate else self.column

    @property
    def is_additive(self) -> bool:
        return self.aggregate in ADDITIVE


WORDS: dict[str, str] = {
    "count": "count", "count-distinct": "distinct values", "sum": "sum", "avg": "average", "min": "least",
    "max": "greatest", "median": "median",
}  # fmt: skip


@dataclass(frozen=True)
class Scale:
    """An axis. `title` None: the field's own; "": none. `low` and `high` are in the axis' numbers."""

    type: ScaleType = ""
    title: str | None = None
    labels: bool = True
    log: Literal["", "log", "symlog"] = ""
    reverse: bool = False
    low: float | None = None
    high: float | None = None
    format: Format | None = None


@dataclass(frozen=True)
class Annotation:
    """A line across the chart. `axis` "x" is at a place of the categories or times, "y" at a value of the measures."""

    axis: Literal["x", "y"]
    value: str
    label: str = ""
    color: str = ""


@dataclass(frozen=True)
class Rule:
    """A colour for numbers that meet a condition; of several the first. `operator` is one of =, !=, <, <=, >, >=."""

    operator: str
    value: str
    color: str = ""
    background: str = ""


@dataclass(frozen=True)
class Chart:
    """`x` is the categories' axis, also where bars are `horizontal`; `y` the measures.

    - color: a column whose every value is a series (of a pie its slices, of a heat map the numbers are `y[0]` and the
      rows of cells `color`). A map's and scatter's colour by numbers is `shade`.
    - forecast: `y[0]` is what was, `prediction`, `lower` and `upper` what is thought to come.
    - map: `latitude`, `longitude`, and `size` or `shade`.
    - number: `y[0]`, with `target`. pivot: `rows`, `columns`, and `y` in the cells.
    - colors: from a series' (or category's) text to a colour. palette: of series without one, "" by the theme.
    - ramp: colours from the least number to the greatest, or one name of `palette.RAMPS`.
    """

    kind: Kind
    title: str = ""
    x: Field | None = None
    y: tuple[Measure, ...] = ()
    color: Field | None = None
    stack: Stack = "stack"
    horizontal: bool = False
    labels: bool = False
    size: Measure | None = None
    shade: Measure | None = None
    latitude: Field | None = None
    longitude: Field | None = None
    prediction: Measure | None = None
    lower: Measure | None = None
    upper: Measure | None = None
    target: Measure | None = None
    rows: tuple[Field, ...] = ()
    columns: tuple[Field, ...] = ()
    tooltip: tuple[Field, ...] = ()
    x_axis: Scale = field(default_factory=Scale)
    y_axis: Scale = field(default_factory=Scale)
    right_axis: Scale = field(default_factory=Scale)
    sort: Sort = field(default_factory=Sort)
    color_sort: Sort = field(default_factory=Sort)
    colors: tuple[tuple[str, str], ...] = ()
    palette: tuple[str, ...] = ()
    ramp: tuple[str, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    rules: tuple[Rule, ...] = ()
    legend: Legend = ""
    bins: int = 0
    opacity: float = 0.0

    @property
    def fields(self) -> tuple[Field | Measure, ...]:
        """All that it takes from the rows."""
        found = (
            self.x, *self.y, self.color, self.size, self.shade, self.latitude, self.longitude, self.prediction,
            self.lower, self.upper, self.target, *self.rows, *self.columns, *self.tooltip,
        )  # fmt: skip
        return tuple(one for one in found if one is not None)


class BadChart(StatementFailed):
    """A chart that cannot be drawn; `str(error)` is a sentence for the viewer that says why."""

    kind = "chart"
    title = "No chart"
