"""Statements of the warehouse page as they run: where each stands, its result once it has one, and stopping it."""

from __future__ import annotations

import time
from typing import Annotated, Any

import dash
from dash import MATCH, Input, Output, State, callback
from pydantic import Field

from portal import viewer
from portal.databricks import history, links, warehouses
from portal.databricks.parameters import bound
from portal.databricks.sqlguard import reads
from portal.databricks.statements import Statement
from portal.results import result as results
from portal.results import runs
from portal.results.rerun_context import Parameters
from portal.settings import settings
from portal.ui import resultsources, resultview, states
from portal.ui.resultview import part
from portal.viewer.errors import NoSuchThing, PortalError, Unreachable
from portal.viewer.given import Given, Short, Sql, Whole, read

AT_ONCE = 0.45
"""Seconds that a request waits for a statement to end: most small ones do, and are drawn with the same answer."""


def shortly(statement: Statement, seconds: float = AT_ONCE) -> Statement:
    """Wait a moment for a statement to end."""
    until = time.monotonic() + seconds
    pause = 0.015
    while not statement.ended and time.monotonic() + pause < until:
        time.sleep(pause)
        pause *= 1.6
        statement = runs.status(statement.id)
    return statement


class GivenState(Given):
    """What the panel of a statement remembers of it, as far as anything is done by it."""

    id: Short
    started: Annotated[float, Field(ge=0, le=1e15)] | None = None
    sql: Sql | None = None
    params: Parameters | None = None
    warehouse: Short | None = None
    catalog: Short | None = None
    schema_: Annotated[Short | None, Field(alias="schema")] = None
    limit: Whole | None = None
    inline: bool | None = None


class GivenStop(Given):
    id: Short


@callback(
    Output(part(MATCH, "content"), "children"),
    Output(part(MATCH, "state"), "data"),
    Input(part(MATCH, "again"), "data"),
    State(part(MATCH, "state"), "data"),
)
def follow(again: int, known: dict[str, Any]) -> tuple[Any, Any]:
    """Where a statement stands; its result once it has one."""
    if again == states.DRAWN or not known:
        return dash.no_update, dash.no_update
    state, content = looked(known)
    return dash.no_update if content is None else content, state


def looked(known: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """A statement's state as Databricks says it now, and what to show for it, a failure too: None while it runs."""
    try:
        statement = runs.status(read(GivenState, known).id)
        known.pop("lasting", None)
        before = known.pop("trouble", None)
        state, content = drawn_state(statement if statement.ended else shortly(statement), known)
    except Exception as error:
        understood = states.understood(error)
        trouble = {"state": "UNKNOWN", "trouble": understood.kind, "lasting": understood.lasting}
        trouble["request"] = viewer.request_id()
        if isinstance(understood, NoSuchThing) and not known.get("started"):
            return {**known, **trouble}, _of_an_address(str(known.get("id")))
        return {**known, **trouble}, states.draw(understood, str(known.get("id"))[:64])
    return state, resultview.waiting() if before and content is None else content


def _of_an_address(statement_id: str) -> Any:
    """A statement that an address named and Databricks does not show: the viewer's own, whose result is gone, or not.

    Databricks says the same of both, but lists the viewer's own in their history.
    """
    try:
        history.find(statement_id)
    except NoSuchThing:
        return resultview.someone_elses()
    except PortalError as error:
        return states.draw(error, statement_id[:64])
    return resultview.expired()


def drawn_state(statement: Statement, known: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """A statement's state and what to show for it: None while it runs."""
    state = resultview.state_of(statement, known)
    if not statement.ended:
        state["warehouseState"] = _starting(known) if statement.state == "PENDING" else None
        return state, None
    content: Any = resultview.ended(statement)
    if content is None:
        results.learned(statement)
        try:
            content = resultview.view(results.opened(statement.id))
        except Unreachable as error:
            return _inline(error, state)
        if state.get("inline"):
            content.insert(0, resultview.inline_note())
        place = (str(state.get("catalog") or ""), str(state.get("schema") or ""))
        if (note := resultsources.note(str(state.get("sql") or ""), *place)) is not None:
            content.append(note)
    return state, content


def _inline(error: Unreachable, state: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """The storage of results is out of reach: run what only reads once more, its rows through the API itself."""
    sql = state.get("sql")
    if error.service != links.STORAGE or state.get("inline") or not sql or not reads(sql):
        raise error
    bound_sql, params = bound(sql, state.get("params") or {})
    again = runs.submit(
        bound_sql,
        params=params,
        warehouse_id=state.get("warehouse"),
        catalog=state.get("catalog"),
        schema=state.get("schema"),
        row_limit=state.get("limit"),
        inline=True,
    )
    known = {key: value for key, value in state.items() if key not in {"seconds", "rows", "truncated"}}
    return drawn_state(shortly(again), {**known, "inline": True})


def _starting(known: dict[str, Any]) -> str | None:
    """The state of a pending statement's warehouse, if that is what it waits for."""
    warehouse = known.get("warehouse") or settings().warehouse_id
    if warehouse is None or time.time() * 1000 - (known.get("started") or 0) < 1500:
        return None
    try:
        found = warehouses.get.refresh(warehouse)
    except PortalError:
        return None
    return None if found.running else found.state


@callback(Output("warehouse-stop", "data"), Input("warehouse-stop", "data"), prevent_initial_call=True)
def stop(asked: dict[str, Any]) -> Any:
    """Ask Databricks to stop a statement; that it has stopped is for `follow` to see."""
    runs.cancel(read(GivenStop, asked).id)
    return dash.no_update
