"""The statements of a dashboard's page: each widget's query over its dataset, as one read-only query with bound values.

    WITH dataset AS (
    <the author's SQL>
    )
    SELECT DATE_TRUNC("MONTH", `day`) AS `monthly(day)`, SUM(`cost`) AS `sum(cost)`
    FROM dataset
    WHERE …
    GROUP BY ALL
    LIMIT 10001

A metric view or table takes the dataset's place by its name. GROUP BY ALL leaves it to Databricks to know what
aggregates, its own functions and a metric view's MEASURE included. The author's text is judged by itself, each
expression by itself, and the whole: see `checked`. One row more than the cap is asked for, to know that there are more.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from hashlib import sha256
from typing import Literal

from portal.boards import checked, filters, given, rewriting, sources, totals
from portal.boards.binding import Binder, Unfit
from portal.boards.checked import Unsafe
from portal.boards.definition import (
    Board,
    Dataset,
    Field,
    Filter,
    Page,
    Widget,
)  # fmt: skip
from portal.boards.filters import Applied, Values
from portal.boards.rewriting import Unsupported
from portal.boards.selection import Choice
from portal.databricks.sqllexer import TooLong, quoted
from portal.databricks.sqltext import markers
from portal.databricks.statements import Parameter

CHART_ROWS, TABLE_ROWS, MENU_ROWS = 10_000, 100_000, 100_000
"""Caps, as documented for AI/BI dashboards."""


@dataclass(frozen=True)
class Planned:
    """A statement to run: hand `text` and `parameters` to `statements.submit`, with `catalog` and `schema`.

    `key` is the same for the same statement. `widgets` are those whose rows it gives, at most `cap` of them (it may
    return one more). `dataset` is the dataset's title, for a failure's words.
    """

    key: str
    text: str
    parameters: tuple[Parameter, ...]
    widgets: tuple[str, ...]
    catalog: str | None
    schema: str | None
    cap: int
    dataset: str
    row_limit: int | None = None
    page: str = "dashboard"


@dataclass(frozen=True)
class Refused:
    """A widget whose query does not run, and why, in a sentence. `because`: its SQL or kind is not supported; or a
    value is missing or not of its type, which choosing another one mends."""

    widget: str
    reason: str
    because: Literal["unsupported", "value"] = "unsupported"


@dataclass(frozen=True)
class Click:
    """A mark of a chart that was clicked: the widgets of the same dataset show what it stands for."""

    widget: str
    field: str
    value: str | None


def plan(
    board: Board,
    page: Page,
    values: Values,
    *,
    now: datetime,
    zone: tzinfo,
    clicks: Sequence[Click] = (),
    only: Container[str] | None = None,
) -> list[Planned | Refused]:
    """What a page needs, in the order of its widgets; `now` knows its zone. Texts and filters need nothing.

    `only`: the names of the widgets that are asked for, which is quicker than all (some 10 ms of judging each).
    """
    holding = filters.applied(board, page, values)
    made: dict[str, Planned] = {}
    found: list[Planned | Refused] = []
    for widget in page.widgets:
        if widget.kind == "text" or (widget.filter is not None and not widget.unsupported):
            continue
        if only is not None and widget.name not in only:
            continue
        try:
            one = _planned(board, page, widget, holding, Binder(now, zone), clicks)
        except (Unsupported, Unsafe, TooLong) as error:
            found.append(Refused(widget.name, str(error)))
        except Unfit as error:
            found.append(Refused(widget.name, str(error), "value"))
        else:
            if one.key in made:
                place = found.index(made[one.key])
                one = _shared(made[one.key], one)
                found[place] = one
            else:
                found.append(one)
            made[one.key] = one
    return found


def _shared(first: Planned, second: Planned) -> Planned:
    return Planned(
        first.key, first.text, first.parameters, first.widgets + second.widgets, first.catalog, first.schema,
        first.cap, first.dataset,
    )  # fmt: skip


def menu(board: Board, widget: Widget, *, now: datetime, zone: tzinfo) -> Planned | Refused | None:
    """The statement for the choices of a filter: one column `value`, texts, each once; None where it has no menu. For
    a range of numbers, `low` and `high` in one row.

    It is not under the other filters, and parameters have their own defaults.
    """
    if widget.filter is None or not widget.filter.menu:
        return None
    try:
        binder = Binder(now, zone)
        ctes, choices = _choices(board, widget.filter, binder)
        if widget.filter.kind == "number-range":
            select, order = "MIN(`value`) AS `low`, MAX(`value`) AS `high`", ""
        else:
            select, order = "DISTINCT `value`", "\nORDER BY 1 NULLS LAST"
        text = f"{_with(ctes)}SELECT {select}\nFROM (\n{choices}\n) AS choices{order}\nLIMIT {MENU_ROWS + 1}"
        return _finished(text, binder, widget, sources.of(board, widget.filter.menu[0][0]), MENU_ROWS)
    except (Unsupported, Unsafe, TooLong) as error:
        return Refused(widget.name, str(error))
    except Unfit as error:
        return Refused(widget.name, str(error), "value")


def _choices(board: Board, filter: Filter, binder: Binder) -> tuple[list[str], str]:
    """CTEs and a query of all values of a menu, in a column `value`."""
    ctes: list[str] = []
    parts: list[str] = []
    for number, (query, field) in enumerate(filter.menu, 1):
        dataset = sources.of(board, query)
        cte, source = sources.source(dataset, Applied(), binder, f"menu_{number}")
        ctes += cte
        value = sources.expression(field.expression, dataset)
        if filter.kind != "number-range":
            value = f"CAST({value} AS STRING)"
        parts.append(f"SELECT {value} AS `value` FROM {source}")  # noqa: S608
    return ctes, "\nUNION ALL\n".join(parts)


def _planned(
    board: Board, page: Page, widget: Widget, holding: Applied, binder: Binder, clicks: Sequence[Click]
) -> Planned:
    if widget.unsupported or widget.query is None:
        raise Unsupported(widget.unsupported or "This widget has no query.")
    query = widget.query
    dataset = sources.of(board, query)
    ctes, source = sources.source(dataset, holding, binder, "dataset")
    fields = [
        Field(one.name, sources.expression(one.expression, dataset))
        for one in query.fields
        if not rewriting.is_associative(one.expression)
    ]
    where = [f"({sources.expression(one, dataset)})" for one in query.filters]
    for condition in holding.of(dataset.name):
        written = f"({sources.expression(condition.expression, dataset)})"
        if condition.selection is None:
            more, choices = _choices(board, condition.filter, binder)
            ctes += more
            where.append(f"(CAST({written} AS STRING) = (SELECT MIN(`value`) FROM (\n{choices}\n)))")  # noqa: S608
        else:
            where.append(f"({filters.condition(condition, written, binder)})")
    where += [f"({one})" for one in _clicked(page, widget, dataset, clicks, binder)]
    select = [f"{one.expression} AS {quoted(one.name)}" for one in fields]
    groups = "" if query.disaggregated or not fields else "\nGROUP BY ALL"
    axes = totals.axes(widget, fields)
    if any(axes):
        groups, bits = totals.grouping_sets(axes)
        select.append(f"{bits} AS {quoted(totals.GROUPING)}")
    cap = _cap(widget)
    orders = [
        f"{sources.expression(one.expression, dataset)} {'DESC' if one.descending else 'ASC'}"
        for one in query.orders
        if not rewriting.is_associative(one.expression)
    ]
    text = f"{_with(ctes)}SELECT {', '.join(select) or '*'}\nFROM {source}"
    if where:
        text += "\nWHERE " + "\n  AND ".join(where)
    text += groups
    if orders:
        text += "\nORDER BY " + ", ".join(orders)
    return _finished(f"{text}\nLIMIT {cap + 1}", binder, widget, dataset, cap)


def _with(ctes: Sequence[str]) -> str:
    return "WITH " + ", ".join(ctes) + "\n" if ctes else ""


def _finished(text: str, binder: Binder, widget: Widget, dataset: Dataset, cap: int) -> Planned:
    """The whole, judged once more. Only what it names is bound."""
    text = checked.query(text)
    named = {one.lower() for one in markers(text)}
    bound = tuple(one for one in binder.bound if one.name.lower() in named)
    if named != {one.name.lower() for one in bound}:
        raise Unsupported("A parameter of this query stands where the portal cannot bind it.")
    parts = [dataset.catalog, dataset.schema, text, *[(one.name, one.value, one.type) for one in bound]]
    key = sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return Planned(key, text, bound, (widget.name,), dataset.catalog, dataset.schema, cap, dataset.title)


def _clicked(page: Page, widget: Widget, dataset: Dataset, clicks: Sequence[Click], binder: Binder) -> list[str]:
    """Conditions for what was clicked in other widgets of the same dataset."""
    found = []
    for click in clicks:
        other = page.widget(click.widget)
        if other is None or other.name == widget.name or other.query is None or other.query.dataset != dataset.name:
            continue
        field = other.query.field(click.field)
        if field is None:
            continue
        written = f"({sources.expression(field.expression, dataset)})"
        if _is_temporal(other, click.field) and click.value is not None:
            found.append(f"{written} = {binder.fresh(click.value, 'TIMESTAMP', 'the chosen mark')}")
        else:
            chosen = filters.Condition(dataset.name, written, Choice((click.value,)), _CLICKED, "")
            found.append(filters.condition(chosen, written, binder))
    return found


_CLICKED = Filter("single", (), None)


def _is_temporal(widget: Widget, field: str) -> bool:
    encodings = given.node(widget.spec, "encodings")
    return any(
        given.text(given.node(encodings, key), "fieldName") == field
        and given.text(given.node(encodings, key, "scale"), "type") == "temporal"
        for key in encodings
    )


def _cap(widget: Widget) -> int:
    match widget.kind:
        case "table" | "pivot":
            return TABLE_ROWS
        case "counter":
            encodings = given.node(widget.spec, "encodings")
            if "period" in encodings:
                return CHART_ROWS
            return max(
                given.whole(given.node(encodings, key), "rowNumber", 1, 1, CHART_ROWS) for key in ("value", "target")
            )
        case "v0":
            kind = given.text(given.node(widget.spec, "viz_spec"), "viz_type")
            return CHART_ROWS if kind == "CHART" else TABLE_ROWS if kind in {"TABLE", "PIVOT"} else 1_000
    return CHART_ROWS
