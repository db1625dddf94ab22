"""Windows of results for the page's grid: plain routes, so that a scroll costs one small answer and no callback.

POST, although most only read: what is asked for (filters, and the SQL that a statement over it needs) stays out of
addresses and logs.
"""

from __future__ import annotations

import time
from typing import Any

from flask import Flask, Response, jsonify, request

from portal.databricks import history
from portal.databricks.statements import is_id
from portal.results import charts, profile, pushed, runs, traces, views, windows
from portal.results import result as results
from portal.results.again import Again, given_again
from portal.results.result import opened
from portal.viewer.errors import NoSuchThing, StatementFailed

WAIT_SECONDS = 1.5
"""How long `state` waits for an end before it answers that there is none yet."""
MOST_GROUPS = 20_000
"""Rows that are read of a statement that groups."""


def install(server: Flask, prefix: str) -> None:
    """POST `results/<id>/` rows, cell, view, profile, chart, state, cancel and past; JSON in and out."""

    @server.post(f"{prefix}results/<statement_id>/rows")
    def rows(statement_id: str) -> Response:
        """`{start, stop, view}` to `{start, rows, total}`."""
        body = _body()
        start, stop = _numbers(body, "start", "stop")
        result = opened(statement_id)
        return jsonify(windows.window(result, start, stop, views.view_of(body.get("view"), result.columns)))

    @server.post(f"{prefix}results/<statement_id>/cell")
    def cell(statement_id: str) -> Response:
        """`{row, column, view}` to the whole value."""
        body = _body()
        row, column = _numbers(body, "row", "column")
        result = opened(statement_id)
        return jsonify(windows.cell(result, row, column, views.view_of(body.get("view"), result.columns)))

    @server.post(f"{prefix}results/<statement_id>/view")
    def view(statement_id: str) -> Response:
        """`{view, again}` to `{here: true, total}`, or to `{here: false, id}`: the statement that sorts and filters."""
        body = _body()
        result = opened(statement_id)
        wanted = views.view_of(body.get("view"), result.columns)
        if result.is_here:
            return jsonify(here=True, total=len(views.local(result, wanted)))
        again = _again(body)
        return jsonify(here=False, id=runs.derive(pushed.statement(again, wanted, result.columns), again).id)

    @server.post(f"{prefix}results/<statement_id>/profile")
    def profiled(statement_id: str) -> Response:
        """`{column, again, from}` to a column's profile, or to `{here: false, id}`: ask again with `from` that id."""
        body = _body()
        (column,) = _numbers(body, "column")
        result = opened(statement_id)
        if column >= len(result.columns):
            raise NoSuchThing("There is no such column.")
        if isinstance(body.get("from"), str):
            return jsonify(here=False, profile=profile.read(_given_rows(body), result.columns[column]))
        if result.is_here:
            return jsonify(here=True, profile=profile.local(result, column))
        again = _again(body)
        return jsonify(here=False, id=runs.derive(profile.pushed(again, result.columns, column), again).id)

    @server.post(f"{prefix}results/<statement_id>/chart")
    def chart(statement_id: str) -> Response:
        """`{chart, again, from}` to what is drawn, or to `{here: false, id}`: ask again with `from` that id."""
        body = _body()
        result = opened(statement_id)
        spec = charts.spec_of(body.get("chart"), result.columns)
        if isinstance(body.get("from"), str):
            rows = _given_rows(body)
        elif result.is_here:
            rows = charts.local(result, spec)
        else:
            again = _again(body)
            return jsonify(here=False, id=runs.derive(charts.pushed(again, result.columns, spec), again).id)
        return jsonify(here=result.is_here, drawn=traces.drawn(rows, spec, result.columns, result.total))

    @server.post(f"{prefix}results/<statement_id>/state")
    def state(statement_id: str) -> Response:
        """Where a statement over a result stands: `{state, total}`; waits a little for its end."""
        until = time.monotonic() + WAIT_SECONDS
        statement = runs.status(statement_id)
        while not statement.ended and time.monotonic() < until:
            time.sleep(0.1)
            statement = runs.status(statement_id)
        if statement.error is not None:
            raise statement.error
        results.learned(statement)
        return jsonify(state=statement.state, total=statement.manifest.total_rows if statement.manifest else None)

    @server.post(f"{prefix}results/<statement_id>/cancel")
    def cancel(statement_id: str) -> Response:
        """Ask Databricks to stop a statement over a result."""
        runs.cancel(statement_id)
        return jsonify(asked=True)

    @server.post(f"{prefix}results/<statement_id>/past")
    def past(statement_id: str) -> Response:
        """`{started, seconds, sql}` of a statement that began in another browser, as the query history has it."""
        if not is_id(statement_id):
            raise NoSuchThing("There is no such statement.")
        found = history.find(statement_id)
        seconds = found.duration / 1000 if found.duration is not None else None
        return jsonify(started=found.started_at, seconds=seconds, sql=found.text)


def _again(body: dict[str, Any]) -> Again:
    again = given_again(body.get("again") or {})
    if again is None:
        raise StatementFailed(
            "This result is too large to be worked on here, and its SQL is not known to this browser. Run it again."
        )
    return again


def _given_rows(body: dict[str, Any]) -> Any:
    """The few rows of a statement over a result, which has ended."""
    found = opened(str(body["from"]))
    return found.rows(0, min(found.total, MOST_GROUPS))


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    return body if isinstance(body, dict) else {}


def _numbers(body: dict[str, Any], *names: str) -> tuple[int, ...]:
    """Whole numbers of the request's JSON body."""
    given = [body.get(name) for name in names]
    found = tuple(value for value in given if isinstance(value, int) and not isinstance(value, bool) and value >= 0)
    if len(found) != len(names):
        raise NoSuchThing("These are no rows.")
    return found
