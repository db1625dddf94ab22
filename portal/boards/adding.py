"""A chart of a query as a widget of a dashboard: its definition with one dataset and one widget more.

Everything else in the file stays as it is, known or not. The dataset is the query as it was written, if it is one that
a dashboard may run (`checked`); the widget says the chart in the words that dashboards have (`encodings` reads them).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal.boards import checked, definition
from portal.boards.checked import Unsafe
from portal.boards.definition import LONGEST, MOST_DATASETS, MOST_WIDGETS
from portal.charts.model import Chart, Field, Measure, Sort
from portal.databricks.sqllexer import quoted
from portal.databricks.sqltext import markers
from portal.shapes import Json
from portal.viewer.errors import StatementFailed

HEIGHT = 6
_AGGREGATES = {
    "sum": "SUM({})", "avg": "AVG({})", "min": "MIN({})", "max": "MAX({})", "median": "MEDIAN({})",
    "count": "COUNT({})", "count-distinct": "COUNT(DISTINCT {})",
}  # fmt: skip
_KINDS = {"map": "symbol-map", "number": "counter"}
_STACKS = {"none": "group", "percent": "percent-stack"}
_SCALES = {"number": "quantitative", "date": "temporal", "time": "temporal"}


class CannotAdd(StatementFailed):
    """`str(error)` is a sentence that says why."""

    kind = "cannot-add"
    title = "Not added"


@dataclass(frozen=True)
class Addition:
    """What is added. `kinds` are those of the result's columns by their names: number, date, time, text, …"""

    title: str
    sql: str
    chart: Chart
    kinds: Mapping[str, str]
    catalog: str = ""
    schema: str = ""


@dataclass(frozen=True)
class Added:
    """The new definition, and where the widget stands in it."""

    text: str
    page: str
    page_title: str
    widget: str


def added(text: str, what: Addition) -> Added:
    """`text` with the addition; raises `CannotAdd`, and `NoDashboard` where it is none."""
    definition.read(text)
    whole = json.loads(text)
    datasets, pages = whole.setdefault("datasets", []), whole.setdefault("pages", [])
    if not isinstance(datasets, list) or len(datasets) >= MOST_DATASETS:
        raise CannotAdd(f"This dashboard has as many datasets as one may have: {MOST_DATASETS}.")
    page = next((one for one in pages if isinstance(one, dict) and not _is_global(one)), None)
    if page is None:
        page = {"name": _id(), "displayName": "Page 1", "pageType": "PAGE_TYPE_CANVAS", "layout": []}
        pages.append(page)
    layout = page.setdefault("layout", [])
    if not isinstance(layout, list) or len(layout) >= MOST_WIDGETS:
        raise CannotAdd(f"The first page of this dashboard has as many widgets as one may have: {MOST_WIDGETS}.")
    dataset, widget = _dataset(what), _id()
    datasets.append(dataset)
    layout.append({"widget": _widget(widget, dataset["name"], what), "position": _place(page)})
    made = json.dumps(whole, ensure_ascii=False)
    if len(made) > LONGEST:
        raise CannotAdd("With this query the dashboard's definition would be longer than is read.")
    name = str(page.get("name") or "")
    return Added(made, name, str(page.get("displayName") or name or "Page"), widget)


def _is_global(page: Mapping[str, object]) -> bool:
    return page.get("pageType") == "PAGE_TYPE_GLOBAL_FILTERS"


def _id() -> str:
    """As Databricks names datasets and widgets."""
    return secrets.token_hex(4)


def _place(page: Json) -> Json:
    """Below everything, half as wide as the page."""
    bottom = 0
    for one in page["layout"]:
        position = one.get("position") if isinstance(one, dict) else None
        if isinstance(position, dict):
            ends = [position.get("y"), position.get("height")]
            bottom = max(bottom, sum(end for end in ends if isinstance(end, int)))
    return {"x": 0, "y": bottom, "width": 6 if page.get("layoutVersion") == "GRID_V1" else 3, "height": HEIGHT}


def _dataset(what: Addition) -> Json:
    if markers(what.sql):
        raise CannotAdd("The query has parameters, whose values a dashboard would not know. Write them into its text.")
    try:
        sql = checked.query(what.sql)
    except Unsafe as error:
        raise CannotAdd(f"A dashboard runs queries that only read, one at a time. {error}") from None
    made: Json = {"name": _id(), "displayName": what.title, "queryLines": sql.splitlines(keepends=True)}
    return made | {key: value for key, value in (("catalog", what.catalog), ("schema", what.schema)) if value}


# The widget


def _widget(name: str, dataset: str, what: Addition) -> Json:
    words = _Words(what)
    spec: Json = {
        "version": definition.VERSIONS[words.kind],
        "widgetType": words.kind,
        "encodings": words.encodings(),
        "frame": {"showTitle": True, "title": what.title},
    }
    chart = what.chart
    if chart.kind in ("bar", "area") and chart.color is not None and chart.stack in _STACKS:
        spec["mark"] = {"layout": _STACKS[chart.stack]}
    lines = [
        {"type": "horizontal-line", "encodings": {"y": {"dataValue": one.value}, "label": {"value": one.label}}}
        for one in chart.annotations
        if one.axis == "y" and not chart.horizontal
    ]
    if lines:
        spec["annotations"] = lines
    query = {"datasetName": dataset, "fields": words.fields, "disaggregated": chart.kind in ("scatter", "map")}
    if words.cube:
        query["cubeGroupingSets"] = {"sets": [{"fieldNames": names} for names in words.cube]}
    return {"name": name, "queries": [{"name": "main_query", "query": query}], "spec": spec}


class _Words:
    """The chart's fields as they are named to the query, gathered while its encodings are written."""

    def __init__(self, what: Addition) -> None:
        self.what = what
        self.chart = what.chart
        self.kind = _KINDS.get(what.chart.kind, what.chart.kind)
        if self.kind not in definition.VERSIONS or self.kind == "box":
            raise CannotAdd("Dashboards have no chart of this kind.")
        self.fields: list[dict[str, str]] = []
        self.cube: list[list[str]] = []

    def encodings(self) -> Json:
        chart = self.chart
        match chart.kind:
            case "pie":
                return {"angle": self.measure(chart.y[:1]), "color": self.field(chart.color)}
            case "heatmap":
                return {
                    "x": self.field(chart.x), "y": self.field(chart.color), "color": self.measure(chart.y[:1])
                }  # fmt: skip
            case "scatter":
                return self._kept(
                    x=self.field(chart.x), y=self.measure(chart.y[:1]), color=self.field(chart.color),
                    size=self.measure([chart.size] if chart.size else []),
                )  # fmt: skip
            case "map":
                return self._kept(
                    coordinates={"latitude": self.field(chart.latitude), "longitude": self.field(chart.longitude)},
                    color=self.field(chart.color),
                    size=self.measure([chart.size] if chart.size else []),
                )
            case "histogram":
                count = Measure("", aggregate="count")
                return {"x": self.field(chart.x), "y": self.measure([count])}
            case "number":
                return self._counter()
            case "pivot":
                return self._pivot()
            case "combo":
                left, right = self.measure(chart.y[:1]), self.measure(chart.y[1:])
                y = {"primary": {"fields": [left]}, "secondary": {"fields": [right], "scale": _scale("number")}}
                return {"x": self.field(chart.x, chart.sort), "y": {**y, "scale": _scale("number")}}
        across, up = self.field(chart.x, chart.sort, "y" if chart.horizontal else "x"), self.measure(chart.y[:1])
        x, y = (up, across) if chart.horizontal else (across, up)
        return self._kept(x=x, y=y, color=self.field(chart.color))

    def _counter(self) -> Json:
        chart = self.chart
        found: Json = {"value": self.measure(chart.y[:1])}
        if chart.x is not None:
            if not chart.x.unit:
                raise CannotAdd("A counter of a dashboard needs periods: choose months or the like under Times.")
            found["period"] = self.field(chart.x)
        if chart.target is not None and chart.target.value:
            try:
                number = float(chart.target.value)
            except ValueError:
                raise CannotAdd("The target is no number.") from None
            found["target"] = {"fieldName": self._named("target", f"MAX({number!r})")}
        return found

    def _pivot(self) -> Json:
        rows, across = (
            [self.field(one) | {"displayTotal": True} for one in listed]
            for listed in (self.chart.rows, self.chart.columns)
        )
        self.cube = [[one["fieldName"] for one in listed] for listed in (rows, across) if listed]
        return {"rows": rows, "columns": across, "cell": {"fields": [self.measure(self.chart.y[:1])]}}

    def _kept(self, **encodings: Json) -> Json:
        return {name: one for name, one in encodings.items() if one}

    def field(self, of: Field | None, sort: Sort | None = None, letter: str = "x") -> Json:
        """Nothing where there is none."""
        if of is None:
            return {}
        kind = self._known(of.column)
        expression, name = quoted(of.column), of.column
        if of.unit:
            expression, name = f'DATE_TRUNC("{of.unit.upper()}", {expression})', f"{of.unit}({of.column})"
        scale = _scale(kind)
        if sort is not None and sort.by in ("x", "value"):
            by = letter if sort.by == "x" else {"x": "y", "y": "x"}[letter]
            scale["sort"] = {"by": f"{by}-reversed" if sort.descending else by}
        return {"fieldName": self._named(name, expression), "scale": scale, "displayName": of.name}

    def measure(self, listed: Sequence[Measure]) -> Json:
        """The first one; nothing where there is none."""
        if not listed:
            return {}
        (of,) = listed
        if of.aggregate == "count" and not of.column:
            expression, name = "COUNT(`*`)", "count(*)"
        else:
            self._known(of.column)
            form = _AGGREGATES.get(of.aggregate, "{}")
            expression, name = form.format(quoted(of.column)), form.format(of.column).lower()
        return {"fieldName": self._named(name, expression), "scale": _scale("number"), "displayName": of.described}

    def _known(self, column: str) -> str:
        if column not in self.what.kinds:
            raise CannotAdd(f"The result has no column {column!r} any more.")
        return self.what.kinds[column]

    def _named(self, name: str, expression: str) -> str:
        """One field for one expression, under a name that no other has."""
        for one in self.fields:
            if one["expression"] == expression:
                return one["name"]
        taken = {one["name"] for one in self.fields}
        found = next(each for at in range(len(taken) + 2) if (each := f"{name} {at}" if at else name) not in taken)
        self.fields.append({"name": found, "expression": expression})
        return found


def _scale(kind: str) -> Json:
    return {"type": _SCALES.get(kind, "categorical")}
