"""What is chosen in a dashboard's filters, and what that means for its datasets.

A filter of a field is a condition on every query of the dataset, a filter of a parameter is that parameter's value. The
filters of a page act on that page, those of a global page on all; two filters of one field both hold. What an address
says goes before a filter's own default, and that before the parameter's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from portal.boards.binding import Binder, Unfit
from portal.boards.definition import Board, Dataset, Filter, Page, Parameter, Target, Widget
from portal.boards.selection import ALL, Choice, Selection, Span, chosen, is_all

Values = Mapping[str, str | Sequence[str]]
"""What an address says: for `<page name>.<widget name>` one or several members, see `selection`."""


@dataclass(frozen=True)
class Condition:
    """A filter's effect on one dataset: `expression` of its columns, not yet judged. Without a `selection` the first
    choice of the filter's menu holds."""

    dataset: str
    expression: str
    selection: Selection | None
    filter: Filter
    title: str


@dataclass(frozen=True)
class Applied:
    """All that holds on a page. `parameters` are by dataset and keyword, with the title of the filter that says so."""

    conditions: tuple[Condition, ...] = ()
    parameters: Mapping[tuple[str, str], tuple[Selection, str]] = field(default_factory=dict)

    def of(self, dataset: str) -> list[Condition]:
        return [one for one in self.conditions if one.dataset == dataset]


def address(page: Page, widget: Widget) -> str:
    """A filter's name in an address."""
    return f"{page.name}.{widget.name}"


def standing(board: Board, page: Page) -> Iterator[tuple[Page, Widget, Filter]]:
    """The filters that act on a page: the global ones, then its own."""
    for place in (*board.globals, *([] if page.is_global else [page])):
        for widget in place.widgets:
            if widget.filter is not None and not widget.unsupported:
                yield place, widget, widget.filter


def selected(board: Board, page: Page, widget: Widget, values: Values) -> Selection:
    """What a filter shows as chosen."""
    assert widget.filter is not None
    said = chosen(values, address(page, widget), widget.filter.spans)
    return said if said is not None else default(board, widget.filter)


def default(board: Board, filter: Filter) -> Selection:
    """A filter's own default, else that of the first parameter it sets; else All."""
    if filter.default is not None:
        return _shaped(filter, filter.default)
    for target in filter.targets:
        parameter = _parameter(board, target)
        if parameter is not None and parameter.default is not None:
            return _shaped(filter, parameter.default)
    return Span() if filter.spans else ALL


def _shaped(filter: Filter, selection: Selection) -> Selection:
    """A choice of a filter of ranges is from and to that day; a span of a choice is its beginning."""
    if filter.spans and isinstance(selection, Choice):
        one = selection.values[0] if selection.values else None
        return Span(one, one)
    if not filter.spans and isinstance(selection, Span):
        return Choice((selection.low,)) if selection.low else ALL
    if filter.kind != "multi" and isinstance(selection, Choice):
        return Choice(selection.values[:1])
    return selection


def _parameter(board: Board, target: Target) -> Parameter | None:
    dataset = board.datasets.get(target.dataset)
    return dataset.parameter(target.keyword) if dataset and target.keyword else None


def applied(board: Board, page: Page, values: Values) -> Applied:
    """What holds on a page with an address' values."""
    conditions: list[Condition] = []
    parameters: dict[tuple[str, str], tuple[Selection, str]] = {}
    for place, widget, filter in standing(board, page):
        said = chosen(values, address(place, widget), filter.spans)
        named = widget.title or widget.name
        selection = said if said is not None else filter.default
        if selection is not None:
            selection = _shaped(filter, selection)
        is_open = selection is None or is_all(selection)
        for target in filter.targets:
            if target.keyword:
                # All says nothing to a parameter, which needs a value: its own default then.
                if not is_open and selection is not None:
                    parameters[target.dataset, target.keyword.lower()] = (selection, named)
            elif not is_open and selection is not None:
                conditions.append(Condition(target.dataset, target.expression, selection, filter, named))
            elif takes_first(filter):
                conditions.append(Condition(target.dataset, target.expression, None, filter, named))
    return Applied(tuple(conditions), parameters)


def takes_first(filter: Filter) -> bool:
    """Whether the first choice of its menu holds where nothing is chosen: All is not allowed."""
    return not filter.all_allowed and filter.kind in {"single", "multi"} and bool(filter.menu)


def depends(board: Board, page: Page, widget: Widget) -> set[str]:
    """The names in an address of the filters that a widget depends on."""
    if widget.query is None:
        return set()
    return {
        address(place, one)
        for place, one, filter in standing(board, page)
        if any(target.dataset == widget.query.dataset for target in filter.targets)
    }


def value_of(dataset: Dataset, keyword: str, applied: Applied) -> tuple[Parameter, Selection, str]:
    """A dataset's parameter, what it is set to, and what to call it; raises `Unfit` where nothing sets it."""
    parameter = dataset.parameter(keyword)
    assert parameter is not None
    said = applied.parameters.get((dataset.name, keyword.lower()))
    selection, title = said or (parameter.default, parameter.title)
    if selection is None and parameter.shape == "multi":
        selection = ALL
    if selection is None or (is_all(selection) and parameter.shape != "multi"):
        raise Unfit(f"The parameter {parameter.title} of the dataset {dataset.title} has no value.")
    return parameter, selection, title


def condition(one: Condition, written: str, binder: Binder) -> str:
    """A condition as SQL over `written`, its expression in Databricks' words. Values are bound, never written."""
    selection, filter = one.selection, one.filter
    assert selection is not None
    if isinstance(selection, Span):
        between = _days if filter.kind == "date-range" else _numbers
        found = " AND ".join(between(written, selection, binder, one.title))
    elif filter.kind == "date":
        days = [day for day in selection.values if day is not None]
        parts = [" AND ".join(_days(written, Span(day, day), binder, one.title)) for day in days]
        found = " OR ".join(f"({part})" for part in parts) or f"{written} IS NULL"
    elif filter.kind == "text":
        found = _text(written, selection, filter, binder)
    else:
        found = _among(written, selection, binder)
    return f"NOT coalesce(({found}), false)" if filter.exclude else found


def _among(written: str, selection: Choice, binder: Binder) -> str:
    """By their text, in which menus offer them and addresses write them."""
    values = [one for one in selection.values if one is not None]
    parts = []
    if len(values) == 1:
        parts.append(f"CAST({written} AS STRING) = {binder.fresh(values[0], 'STRING', '')}")
    elif values:
        marker = binder.fresh_texts(values)
        parts.append(f"array_contains(from_json({marker}, 'ARRAY<STRING>'), CAST({written} AS STRING))")
    if None in selection.values:
        parts.append(f"{written} IS NULL")
    return " OR ".join(parts)


def _text(written: str, selection: Choice, filter: Filter, binder: Binder) -> str:
    value = next((one for one in selection.values if one), "")
    text, marker = f"CAST({written} AS STRING)", binder.fresh(value, "STRING", "")
    if not filter.case_sensitive:
        text, marker = f"lower({text})", f"lower({marker})"
    match filter.match:
        case "exact-match":
            return f"{text} = {marker}"
        case "starts-with":
            return f"startswith({text}, {marker})"
    return f"contains({text}, {marker})"


def _days(written: str, span: Span, binder: Binder, what: str) -> list[str]:
    """A day at the end is part of the range, to its last moment."""
    parts = []
    if span.low is not None:
        low = binder.moment(span.low, what)
        kind = "DATE" if low.is_day else "TIMESTAMP"
        parts.append(f"{written} >= {binder.fresh(span.low, kind, what)}")
    if span.high is not None:
        high = binder.moment(span.high, what)
        if high.is_day:
            parts.append(f"{written} < {binder.fresh(high.following.isoformat(), 'DATE', what)}")
        else:
            parts.append(f"{written} <= {binder.fresh(span.high, 'TIMESTAMP', what)}")
    return parts


def _numbers(written: str, span: Span, binder: Binder, what: str) -> list[str]:
    return [
        f"{written} {sign} {binder.fresh(value, 'DECIMAL', what)}"
        for sign, value in ((">=", span.low), ("<=", span.high))
        if value is not None
    ]
