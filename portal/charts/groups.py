"""What a chart of a query is computed from: its result's rows, grouped as the chart says, here or by the warehouse.

Both ways give the same groups, under names of ours; `Plan.chart` is the chart over those. Sums of integers and DECIMAL
are exact, and the average of a DECIMAL has four more digits behind its point than the column, as Databricks has it:
Arrow's own keeps the column's, and makes 1.01 of 1.00, 1.01 and 1.01.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from portal.charts.model import BadChart, Chart, Field, Measure, Sort
from portal.databricks.statements import Column
from portal.results import values, views

MARKS = 5_000
"""Groups or points of a chart."""
NAMES = 100
"""Categories without an order of their own: the largest are drawn."""
SERIES = 8
"""Colours that can be told apart."""
BINS = 40
BOXES = 50
SIDE = 60
"""Rows and columns of a heat map."""
CELLS = 20_000
"""Groups of a pivot, totals included."""
RAW = frozenset({"scatter", "map", "forecast"})
"""Kinds that draw rows as they are."""
EDGES = ("q0", "q1", "q2", "q3", "q4")
GROUPING = "g"
_COUNTS = frozenset({"count", "count-distinct"})


@dataclass(frozen=True)
class Key:
    """A column to group by, by number; `unit` cuts dates and time stamps."""

    name: str
    column: int
    unit: str


@dataclass(frozen=True)
class Number:
    """A column to aggregate; None counts rows."""

    name: str
    column: int | None
    aggregate: str


@dataclass(frozen=True)
class Plan:
    """How a chart's rows are made: by `keys`, with `numbers`. `sets` are the pivot's totals: which keys each keeps.

    `chart` is the chart over the rows that come of it, whose columns have the names of keys and numbers.
    """

    kind: str
    keys: tuple[Key, ...]
    numbers: tuple[Number, ...]
    chart: Chart
    sets: tuple[tuple[int, ...], ...] = ()

    @property
    def names(self) -> list[str]:
        """The columns of its rows, in order."""
        match self.kind:
            case "histogram":
                return ["lo", "hi", "b", "v"]
            case "box":
                return ["x", *EDGES, "v"]
        names = [*(one.name for one in self.keys), *(one.name for one in self.numbers)]
        return [*names, GROUPING] if self.sets else names


def labels(names: Sequence[str]) -> list[str]:
    """Names of a result's columns by which a chart means one: no two are equal, and none is empty.

    `choices` of `assets/src/results/result.js` does the same.

    >>> labels(["a", "b", "a", ""])
    ['a', 'b', 'a (2)', '(column 4)']
    """
    found: list[str] = []
    for at, name in enumerate(names):
        base = label = name or f"(column {at + 1})"
        number = 2
        while label in found:
            label = f"{base} ({number})"
            number += 1
        found.append(label)
    return found


def plan(chart: Chart, columns: Sequence[Column]) -> Plan:
    """How to compute a chart of a result with these columns; `BadChart` says what it lacks."""
    return _Planner(chart, columns).plan()


class _Planner:
    def __init__(self, chart: Chart, columns: Sequence[Column]) -> None:
        self.chart = chart
        self.columns = columns
        self.places = {label: at for at, label in enumerate(labels([one.name for one in columns]))}
        self.keys: list[Key] = []
        self.numbers: list[Number] = []

    def plan(self) -> Plan:
        match self.chart.kind:
            case "histogram":
                return self._histogram()
            case "box":
                return self._box()
            case "pivot":
                return self._pivot()
            case "number":
                return self._number()
        return self._raw() if self.chart.kind in RAW else self._grouped()

    def _column(self, name: str) -> int:
        if name not in self.places:
            raise BadChart(f"The result has no column {name!r}.")
        return self.places[name]

    def _key(self, name: str, field: Field) -> Field:
        at = self._column(field.column)
        column = self.columns[at]
        kind = views.kinds(column)
        if kind == "other":
            raise BadChart(f"Column {column.name!r} holds nested values, which no axis can show.")
        unit = field.unit if kind in {"date", "time"} else ""
        self.keys.append(Key(name, at, unit))
        return replace(field, column=name, title=field.name, unit=unit)

    def _measure(self, name: str, measure: Measure, *, raw: bool = False) -> Measure:
        """`raw`: the numbers as they are. Otherwise what is no aggregate is a sum."""
        if measure.value:
            return measure
        aggregate = "" if raw else measure.aggregate or "sum"
        if aggregate == "count" and not measure.column:
            self.numbers.append(Number(name, None, aggregate))
            return replace(measure, column=name, title=measure.described, aggregate="count")
        at = self._column(measure.column)
        if aggregate not in _COUNTS:
            self._must_be_numbers(at, "The values must be numbers")
        elif views.kinds(self.columns[at]) == "other":
            raise BadChart(f"Column {self.columns[at].name!r} holds nested values, which cannot be counted.")
        self.numbers.append(Number(name, at, aggregate))
        named = replace(measure, aggregate=aggregate)
        return replace(named, column=name, title=named.described)

    def _must_be_numbers(self, at: int, what: str) -> None:
        column = self.columns[at]
        if views.kinds(column) != "number":
            raise BadChart(f"{what}; {column.name!r} is {column.type_text}.")

    def _by_name(self, field: Field) -> bool:
        """Whether bars stand for names rather than for places on a scale: ZIP codes and years are no amounts."""
        column = self.columns[self._column(field.column)]
        kind = views.kinds(column)
        named = kind == "number" and values.IDENTIFIER.search(column.name) is not None
        return named or kind in {"text", "boolean"}

    def _needs_x(self) -> Field:
        if self.chart.x is None:
            raise BadChart("Choose a column for the axis.")
        return self.chart.x

    def _needs_y(self) -> tuple[Measure, ...]:
        if not self.chart.y:
            raise BadChart("Choose a column of numbers for the values.")
        return self.chart.y

    def _grouped(self) -> Plan:
        chart = self.chart
        changes: dict[str, object] = {}
        by = chart.color or chart.x if chart.kind == "pie" else self._needs_x()
        if by is None:
            raise BadChart("Choose a column for the slices.")
        if chart.kind == "heatmap" and chart.color is None:
            raise BadChart("A heat map needs a column for its rows.")
        if chart.kind in {"bar", "combo"} and self._by_name(by):
            changes["x_axis"] = replace(chart.x_axis, type="category")
        if chart.kind == "pie":
            changes |= {"x": None, "color": self._key("x", by)}
        else:
            changes["x"] = self._key("x", by)
            if chart.color is not None:
                changes["color"] = self._key("s", chart.color)
            changes["sort"] = self._sort(by)
        changes["color_sort"] = _capped(chart.color_sort, SIDE if chart.kind == "heatmap" else SERIES)
        changes["y"] = tuple(self._measure(f"v{at}", one) for at, one in enumerate(self._needs_y()))
        return Plan(chart.kind, tuple(self.keys), tuple(self.numbers), replace(chart, **changes))  # type: ignore[arg-type]

    def _sort(self, by: Field) -> Sort:
        """The largest first where names have no order of their own."""
        if self.chart.kind == "heatmap":
            return _capped(self.chart.sort, SIDE)
        if self.chart.sort.by == "" and self.chart.kind in {"bar", "combo"} and self._by_name(by):
            return Sort("value", descending=True, most=NAMES)
        return _capped(self.chart.sort, NAMES) if self._by_name(by) else self.chart.sort

    def _raw(self) -> Plan:
        chart = self.chart
        changes: dict[str, object] = {}
        for name, part in (("x", chart.x), ("s", chart.color)):
            if part is not None:
                changes["x" if name == "x" else "color"] = self._key(name, part)
        for name in ("latitude", "longitude"):
            field = getattr(chart, name)
            if field is not None:
                self._must_be_numbers(self._column(field.column), "Latitudes and longitudes are numbers")
                changes[name] = self._key(name, field)
        if chart.kind != "map":
            self._needs_x()
            changes["y"] = tuple(self._measure(f"v{at}", one, raw=True) for at, one in enumerate(self._needs_y()))
        elif chart.latitude is None or chart.longitude is None:
            raise BadChart("A map needs a column of latitudes and one of longitudes.")
        for name in ("size", "shade", "prediction", "lower", "upper"):
            measure = getattr(chart, name)
            if measure is not None:
                changes[name] = self._measure(name, measure, raw=True)
        changes["color_sort"] = _capped(chart.color_sort, SERIES)
        return Plan(chart.kind, tuple(self.keys), tuple(self.numbers), replace(chart, tooltip=(), **changes))  # type: ignore[arg-type]

    def _histogram(self) -> Plan:
        x = self._needs_x()
        at = self._column(x.column)
        self._must_be_numbers(at, "A histogram is of a column of numbers")
        made = replace(
            self.chart, x=replace(x, column="x", title=x.name), y=(Measure("v", "Rows", "count"),), color=None
        )
        return Plan("histogram", (Key("x", at, ""),), (), made)

    def _box(self) -> Plan:
        x = self._key("x", self._needs_x())
        measure = self._measure("v", self._needs_y()[0], raw=True)
        edges = tuple(replace(measure, column=name) for name in EDGES)
        made = replace(self.chart, x=x, y=edges, color=None, sort=Sort("rows"))
        return Plan("box", tuple(self.keys), tuple(self.numbers), made)

    def _number(self) -> Plan:
        chart = self.chart
        y = self._measure("v0", self._needs_y()[0])
        target = self._measure("target", chart.target) if chart.target is not None else None
        x = self._key("x", chart.x) if chart.x is not None else None
        return Plan("number", tuple(self.keys), tuple(self.numbers), replace(chart, x=x, y=(y,), target=target))

    def _pivot(self) -> Plan:
        chart = self.chart
        if not chart.rows and not chart.columns:
            raise BadChart("Choose a column for the pivot's rows.")
        rows = tuple(self._key(f"r{at}", one) for at, one in enumerate(chart.rows))
        across = tuple(self._key(f"c{at}", one) for at, one in enumerate(chart.columns))
        y = tuple(self._measure(f"v{at}", one) for at, one in enumerate(self._needs_y()))
        made = replace(chart, rows=rows, columns=across, y=y)
        return Plan("pivot", tuple(self.keys), tuple(self.numbers), made, _sets(rows, across))


def _sets(rows: Sequence[Field], across: Sequence[Field]) -> tuple[tuple[int, ...], ...]:
    """Which keys the cells and each total keep: for every total of rows every total of columns, and what an order by
    value asks for."""
    down, over = len(rows), len(across)

    def depths(fields: Sequence[Field]) -> list[int]:
        return [len(fields), *(level for level, one in enumerate(fields) if one.total)]

    found = {(depth, above) for depth in depths(rows) for above in depths(across)}
    found |= {(level + 1, 0) for level, one in enumerate(rows) if one.sort.by == "value"}
    found |= {(0, level + 1) for level, one in enumerate(across) if one.sort.by == "value"}
    ordered = sorted(found, key=lambda pair: (-pair[0], -pair[1]))
    return tuple(
        (*range(depth), *range(down, down + above)) for depth, above in ordered if depth <= down and above <= over
    )


def _capped(sort: Sort, most: int) -> Sort:
    return replace(sort, most=min(sort.most or most, most))
