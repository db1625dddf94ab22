"""The definition of a dashboard, `serialized_dashboard` of the API, as typed objects.

It is read tolerantly: what is not known is kept (`Board.raw`, `Widget.spec`), what is amiss in one widget is that
widget's `unsupported`, and only a text that is no dashboard at all raises.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from portal.boards import given
from portal.boards.selection import Selection, default
from portal.viewer.errors import PortalError

LONGEST = 10_000_000
"""Characters of a whole definition."""
LONGEST_TEXT = 2_000_000
"""Characters of a text widget, or of a dataset's SQL."""
MOST_PAGES, MOST_DATASETS, MOST_WIDGETS = 15, 100, 100
"""As documented for AI/BI dashboards; widgets are those of a page. More are not drawn, and it is told."""
LONGEST_EXPRESSION = 20_000

FILTERS = {
    "filter-single-select": "single", "filter-multi-select": "multi", "filter-date-picker": "date",
    "filter-date-range-picker": "date-range", "filter-text-entry": "text", "range-slider": "number-range",
    "filter-range-slider": "number-range",
}  # fmt: skip
FilterKind = Literal["single", "multi", "date", "date-range", "text", "number-range"]
SPANS = frozenset({"date-range", "number-range"})
VERSIONS = {
    "counter": 2, "bar": 3, "line": 3, "area": 3, "pie": 3, "scatter": 3, "histogram": 3, "heatmap": 3, "pivot": 4,
    "table": 2, "combo": 1, "box": 3, "symbol-map": 2, "choropleth-map": 3, "forecast-line": 1, "funnel": 3,
    **dict.fromkeys(FILTERS, 2),
}  # fmt: skip
"""Kinds that are drawn here, and the newest version of each that is known."""


class NoDashboard(PortalError):
    """The workspace's text for it is no dashboard's definition."""

    kind = "no-dashboard"
    title = "This dashboard cannot be read"
    lasting = True


@dataclass(frozen=True)
class Field:
    name: str
    expression: str


@dataclass(frozen=True)
class Order:
    expression: str
    descending: bool


@dataclass(frozen=True)
class Query:
    """What a widget asks of a dataset. `disaggregated`: rows as they are; else grouped by what does not aggregate.

    `parameters` are (name here, keyword of the dataset). `cube`: for each axis of a pivot the fields that are nested.
    """

    name: str
    dataset: str
    fields: tuple[Field, ...] = ()
    disaggregated: bool = False
    filters: tuple[str, ...] = ()
    orders: tuple[Order, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    cube: tuple[tuple[str, ...], ...] = ()

    def field(self, name: str) -> Field | None:
        return next((one for one in self.fields if one.name == name), None)


@dataclass(frozen=True)
class Parameter:
    """`type` is the file's word (STRING, DATE, DATETIME, INTEGER, DECIMAL, …)."""

    keyword: str
    title: str
    type: str
    shape: Literal["single", "multi", "range"]
    default: Selection | None


@dataclass(frozen=True)
class Dataset:
    """`text` is SQL of its author; or `asset` names a table or a metric view. `calculations` are named expressions over
    its columns, which its queries use as if they were columns or measures."""

    name: str
    title: str
    text: str
    asset: str = ""
    catalog: str | None = None
    schema: str | None = None
    parameters: tuple[Parameter, ...] = ()
    calculations: tuple[Field, ...] = ()

    def parameter(self, keyword: str) -> Parameter | None:
        return next((one for one in self.parameters if one.keyword.lower() == keyword.lower()), None)


@dataclass(frozen=True)
class Target:
    """What a filter acts on: a field of a dataset (`expression`), or a dataset's parameter (`keyword`)."""

    dataset: str
    expression: str = ""
    keyword: str = ""


@dataclass(frozen=True)
class Filter:
    """`menu`: the queries and fields whose distinct values are offered together. `match` is of texts (contains,
    starts-with, exact-match). `exclude`: the chosen ones are left out."""

    kind: FilterKind
    targets: tuple[Target, ...]
    default: Selection | None
    all_allowed: bool = True
    exclude: bool = False
    match: str = "contains"
    case_sensitive: bool = False
    menu: tuple[tuple[Query, Field], ...] = ()

    @property
    def spans(self) -> bool:
        return self.kind in SPANS


@dataclass(frozen=True)
class Widget:
    """`kind` is its `widgetType`, `text`, or `v0` for what an older editor made. `title` is "" where none is shown.

    `unsupported` says why it cannot be drawn. `spec` is what the file has, for `tiles`; `text` a text's Markdown.
    """

    name: str
    kind: str
    x: int
    y: int
    width: int
    height: int
    version: int = 0
    title: str = ""
    description: str = ""
    text: str = ""
    query: Query | None = None
    filter: Filter | None = None
    spec: Mapping[str, Any] = field(default_factory=dict, repr=False)
    background: Mapping[str, Any] = field(default_factory=dict, repr=False)
    unsupported: str = ""

    @property
    def label(self) -> str:
        """Its accessible name."""
        return self.title or LABELS.get(self.kind, self.kind)


LABELS = {"text": "Text", "v0": "Visualization"} | {
    one: one.removeprefix("filter-").replace("-", " ").capitalize() for one in VERSIONS
}


@dataclass(frozen=True)
class Page:
    """`widgets` are in reading order. `left_out`: so many more are in the file than are drawn."""

    name: str
    title: str
    is_global: bool
    columns: Literal[6, 12]
    widgets: tuple[Widget, ...]
    left_out: int = 0

    def widget(self, name: str) -> Widget | None:
        return next((one for one in self.widgets if one.name == name), None)


@dataclass(frozen=True)
class Board:
    """`raw` is the whole file, for whoever writes it back. `faults` are sentences about the dashboard as a whole."""

    datasets: Mapping[str, Dataset]
    pages: tuple[Page, ...]
    theme: Mapping[str, Any]
    faults: tuple[str, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def canvas(self) -> tuple[Page, ...]:
        """The pages that are tabs."""
        return tuple(page for page in self.pages if not page.is_global)

    @property
    def globals(self) -> tuple[Page, ...]:
        """The pages whose filters act on all."""
        return tuple(page for page in self.pages if page.is_global)

    def page(self, name: str) -> Page | None:
        return next((one for one in self.pages if one.name == name), None)


def read(text: str) -> Board:
    """A dashboard from its JSON text; raises `NoDashboard`."""
    if len(text) > LONGEST:
        raise NoDashboard(f"Its definition is longer than the portal reads: more than {LONGEST:,} characters.")
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        raise NoDashboard("Its definition is not JSON.") from None
    if not isinstance(raw, dict) or not isinstance(raw.get("pages", []), list):
        raise NoDashboard("Its definition has no pages.")
    from portal.boards.widgets import page as read_page

    faults: list[str] = []
    datasets: dict[str, Dataset] = {}
    for one in given.nodes(raw, "datasets", MOST_DATASETS):
        dataset = _dataset(one)
        if dataset.name in datasets:
            faults.append(f"Two datasets are named {dataset.name!r}; the first one is used.")
        datasets.setdefault(dataset.name, dataset)
    listed = raw.get("pages") or []
    pages = tuple(_suited(read_page(one), datasets) for one in given.nodes(raw, "pages", MOST_PAGES))
    for name, found, most in (("datasets", raw.get("datasets"), MOST_DATASETS), ("pages", listed, MOST_PAGES)):
        if isinstance(found, list) and len(found) > most:
            faults.append(f"It has {len(found):,} {name}; the first {most} are read.")
    return Board(datasets, pages, given.node(raw, "uiSettings", "theme"), tuple(faults), raw)


def _suited(page: Page, datasets: Mapping[str, Dataset]) -> Page:
    """A page on which a choice without a menu, that sets parameters of days, is one of days."""
    return replace(page, widgets=tuple(_of_days(one, datasets) for one in page.widgets))


def _of_days(widget: Widget, datasets: Mapping[str, Dataset]) -> Widget:
    made = widget.filter
    if made is None or made.kind != "single" or made.menu or not made.targets:
        return widget
    found = [datasets[one.dataset].parameter(one.keyword) for one in made.targets if one.dataset in datasets]
    shapes = {one.shape if one and one.type in {"DATE", "DATETIME", "TIMESTAMP"} else "" for one in found}
    if shapes == {"single"}:
        return replace(widget, filter=replace(made, kind="date"))
    return replace(widget, filter=replace(made, kind="date-range")) if shapes == {"range"} else widget


def _dataset(of: Mapping[str, Any]) -> Dataset:
    name = given.text(of, "name")
    lines = [one for one in given.items(of, "queryLines", 100_000) if isinstance(one, str)]
    text = "".join(lines) or given.text(of, "query", longest=LONGEST_TEXT + 1)
    calculations = [
        Field(given.text(one, "displayName") or given.text(one, "name"), given.text(one, "expression", longest=20_001))
        for one in given.nodes(of, "columns")
    ]
    return Dataset(
        name=name,
        title=given.text(of, "displayName") or name,
        text=text[: LONGEST_TEXT + 1],
        asset=given.text(of, "asset_name"),
        catalog=given.text(of, "catalog") or None,
        schema=given.text(of, "schema") or None,
        parameters=tuple(_parameter(one) for one in given.nodes(of, "parameters")),
        calculations=tuple(one for one in calculations if one.name and one.expression),
    )


def _parameter(of: Mapping[str, Any]) -> Parameter:
    keyword = given.text(of, "keyword")
    type_ = given.text(of, "dataType", "STRING").upper()
    complex_type = given.text(of, "complexType").upper()
    shape: Literal["single", "multi", "range"] = "single"
    if complex_type == "RANGE" or type_.endswith("_RANGE"):
        shape = "range"
    elif complex_type == "MULTI":
        shape = "multi"
    return Parameter(
        keyword, given.text(of, "displayName") or keyword, type_.removesuffix("_RANGE"), shape, default(of)
    )
