"""Windows of results for the page's grid: plain routes, so that a scroll costs one small answer and no callback.

POST, although most only read: what is asked for (filters, and the SQL that a statement over it needs) stays out of
addresses and logs.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, TypeVar

import pyarrow as pa
from flask import Blueprint, Response, jsonify
from pydantic import Field

from portal.charts import arrow, document, groups, pushed, query
from portal.charts.formats import Locale
from portal.databricks import history
from portal.databricks.statements import is_id
from portal.results import comparison, profile, pushdown, runs, views, windows
from portal.results import result as results
from portal.results.rerun_context import GivenRerun, RerunContext
from portal.results.result import opened
from portal.results.views import GivenView
from portal.viewer.errors import NoSuchThing, StatementFailed
from portal.viewer.given import Given, ObjectName, Short, Whole
from portal.web.bodies import body

T = TypeVar("T")
WAIT_SECONDS = 1.5
"""How long `state` waits for an end before it answers that there is none yet."""
MOST_GROUPS = 20_000
"""Rows that are read of a statement that groups."""


class GivenWindow(Given):
    start: Whole
    stop: Whole
    view: GivenView | None = None


class GivenCell(Given):
    row: Whole
    column: Whole
    view: GivenView | None = None


class GivenWork(Given):
    """What is to be done with a result that may be too large to be here: `again` is how its statement runs again.

    `view` says which of its rows it is about. `chart` is one of `portal.charts.document`; `separators` are the
    viewer's, of decimals and of groups.
    """

    view: GivenView | None = None
    chart: dict[str, object] | None = None
    column: Whole | None = None
    separators: Short | None = None
    again: GivenRerun | None = None
    from_: Annotated[Short | None, Field(alias="from")] = None


class GivenComparison(Given):
    """`other` is the earlier result; `key` are the names of the columns that tell rows apart."""

    other: Short
    key: Annotated[list[ObjectName], Field(max_length=20)]


class Nothing(Given):
    """A body that says nothing: the address says it all."""


routes = Blueprint("results", __name__)
"""POST `results/<id>/` rows, cell, view, profile, chart, compare, state, cancel and past; JSON in and out."""


@routes.post("/results/<statement_id>/rows")
def rows(statement_id: str) -> Response:
    """`{start, stop, view}` to `{start, rows, total}`."""
    asked = body(GivenWindow)
    result = opened(statement_id)
    return jsonify(windows.window(result, asked.start, asked.stop, views.view_of(asked.view, result.columns)))


@routes.post("/results/<statement_id>/cell")
def cell(statement_id: str) -> Response:
    """`{row, column, view}` to the whole value."""
    asked = body(GivenCell)
    result = opened(statement_id)
    return jsonify(windows.cell(result, asked.row, asked.column, views.view_of(asked.view, result.columns)))


@routes.post("/results/<statement_id>/view")
def view(statement_id: str) -> Response:
    """`{view, again}` to `{here: true, total}`, or to `{here: false, id}`: the statement that sorts and filters."""
    asked = body(GivenWork)
    result = opened(statement_id)
    wanted = views.view_of(asked.view, result.columns)
    if result.is_here:
        return jsonify(here=True, total=len(views.local(result, wanted)))
    again = _again(asked)
    return jsonify(here=False, id=runs.derive(pushdown.statement(again, wanted, result.columns), again).id)


@routes.post("/results/<statement_id>/profile")
def profiled(statement_id: str) -> Response:
    """`{column, view, again, from}` to a column's profile over the rows that the view shows, or to `{here: false, id}`:
    ask again with `from` that id.
    """
    asked = body(GivenWork)
    result = opened(statement_id)
    if asked.column is None or asked.column >= len(result.columns):
        raise NoSuchThing("There is no such column.")
    column = result.columns[asked.column]
    wanted = views.view_of(asked.view, result.columns)
    if asked.from_ is not None:
        rows = _made(asked.from_, profile.names(column))
        return jsonify(here=False, profile=_fitting(lambda: profile.read(rows, column)))
    if result.is_here:
        return jsonify(here=True, profile=profile.local(result, asked.column, wanted))
    again = _again(asked)
    return jsonify(here=False, id=runs.derive(profile.pushed(again, result.columns, asked.column, wanted), again).id)


@routes.post("/results/<statement_id>/chart")
def chart(statement_id: str) -> Response:
    """`{chart, view, separators, again, from}` to what is drawn of the rows that the view shows, or to
    `{here: false, id}`: ask again with `from` that id.
    """
    asked = body(GivenWork)
    result = opened(statement_id)
    plan = groups.plan(document.read(asked.chart), result.columns)
    wanted = views.view_of(asked.view, result.columns)
    locale = Locale.of(asked.separators or "")
    if asked.from_ is not None:
        rows = _made(asked.from_, plan.names)
        total = None if wanted.filters else result.total
        return jsonify(here=result.is_here, drawn=_fitting(lambda: query.shown(plan, rows, total, locale)))
    if result.is_here:
        shown = views.table(result, wanted)
        return jsonify(here=True, drawn=query.shown(plan, arrow.rows(plan, shown), shown.num_rows, locale))
    again = _again(asked)
    derived = pushed.statement(plan, pushdown.source(again, wanted, result.columns))
    return jsonify(here=False, id=runs.derive(derived, again).id)


@routes.post("/results/<statement_id>/compare")
def compared(statement_id: str) -> Response:
    """`{other, key}` to the rows that came, went and changed since that one: see `portal.results.comparison`."""
    asked = body(GivenComparison)
    return jsonify(asdict(comparison.compare(opened(asked.other), opened(statement_id), asked.key)))


@routes.post("/results/<statement_id>/state")
def state(statement_id: str) -> Response:
    """Where a statement over a result stands: `{state, total}`; waits a little for its end."""
    body(Nothing)
    until = time.monotonic() + WAIT_SECONDS
    statement = runs.status(statement_id)
    while not statement.ended and time.monotonic() < until:
        time.sleep(0.1)
        statement = runs.status(statement_id)
    if statement.error is not None:
        raise statement.error
    results.learned(statement)
    return jsonify(state=statement.state, total=statement.manifest.total_rows if statement.manifest else None)


@routes.post("/results/<statement_id>/cancel")
def cancel(statement_id: str) -> Response:
    """Ask Databricks to stop a statement over a result."""
    body(Nothing)
    runs.cancel(statement_id)
    return jsonify(asked=True)


@routes.post("/results/<statement_id>/past")
def past(statement_id: str) -> Response:
    """`{started, seconds, sql}` of a statement that began in another browser, as the query history has it."""
    body(Nothing)
    if not is_id(statement_id):
        raise NoSuchThing("There is no such statement.")
    found = history.find(statement_id)
    seconds = found.duration / 1000 if found.duration is not None else None
    return jsonify(started=found.started_at, seconds=seconds, sql=found.text)


def _again(asked: GivenWork) -> RerunContext:
    again = asked.again.context() if asked.again is not None else None
    if again is None:
        raise StatementFailed(
            "This result is too large to be worked on here, and its SQL is not known to this browser. Run it again."
        )
    return again


def _made(statement_id: str, names: list[str]) -> pa.Table:
    """The few rows of the statement that the portal made over a result, which has ended."""
    found = opened(statement_id)
    if [column.name for column in found.columns] != names:
        raise _not_made()
    return found.rows(0, min(found.total, MOST_GROUPS))


def _fitting(make: Callable[[], T]) -> T:
    """Rows of a viewer's own statement may bear the names that ours do, and hold anything."""
    try:
        return make()
    except (TypeError, ValueError, LookupError, ArithmeticError, pa.ArrowException):
        raise _not_made() from None


def _not_made() -> NoSuchThing:
    return NoSuchThing("The statement that `from` names does not hold what this is drawn from.")
