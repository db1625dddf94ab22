"""Running what is written on the warehouse page: one panel a statement, one statement after the other.

Of several the first is handed on and the others wait. The browser asks for the next one when the one before it has
succeeded (`assets/src/warehouse/queue.js`); where it has not, the rest is not run, and each panel says so.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import dash
from dash import Input, Output, Patch, callback
from dash.development.base_component import Component
from pydantic import Field

from pages.warehouse_follow import drawn_state, looked, shortly
from portal.databricks import catalog, links, spans, statements
from portal.databricks.parameters import bound, settled
from portal.databricks.sqlguard import Refused, Unparsed, UseStatement, check
from portal.databricks.sqltext import Piece, chosen, markers
from portal.results import runs
from portal.results.rerun_context import Parameters
from portal.ui import editor, positions, resultview, states
from portal.viewer.errors import NoSuchThing, NotPermitted, PortalError, StatementFailed, WarehouseStopped
from portal.viewer.given import Given, Short, Sql, Whole, read
from portal.viewer.sqlerrors import moved

EXPLAINED_WITHIN = 3.0
MOST_PANELS = 1_000
REMEMBERED = 200_000
"""Characters of SQL that the page gets back with its statement, to sort, chart or run again by."""
LIMITS = {"1000": 1_000, "10000": 10_000, "all": None}
Place = dict[str, str | None]
"""`catalog` and `schema` in which names are looked up."""


class GivenTurn(Given):
    """The waiting statement whose turn it is, by its number from 0, and the place of its panel."""

    piece: Whole
    panel: Annotated[Whole, Field(lt=MOST_PANELS)]
    off: Literal["failed", "stopped"] | None = None
    """The statement before it did not succeed, or the viewer stopped: then it is not run, nor are those behind it."""


class GivenAsk(Given):
    """What to run of the editor's text (positions as the browser counts), and with what; `ended`: panels by place."""

    sql: Sql
    from_: Annotated[Whole, Field(alias="from")]
    to: Whole
    all: bool
    ended: Annotated[list[Whole], Field(max_length=MOST_PANELS)]
    n: Whole
    turn: GivenTurn | None = None
    limit: Short | None = None
    params: Parameters | None = None
    zone: Short | None = None
    """The browser's time zone, in which days that move with the day are meant."""
    warehouse: Short | None = None
    catalog: Short | None = None
    schema_: Annotated[Short | None, Field(alias="schema")] = None
    draft: Short | None = None
    """Of which draft it is: each has its own results."""


class GivenBack(Given):
    """The statements that a draft ran before, whose results are to be shown again, and the one of them that shows."""

    draft: Short
    back: Annotated[list[Short], Field(max_length=MOST_PANELS)]
    shown: Short | None = None


@callback(
    Output("warehouse-panels", "children"),
    Input("warehouse-ask", "data"),
    running=[(Output("warehouse-run", "disabled"), True, False)],
    prevent_initial_call=True,
)
def answer(ask: dict[str, Any]) -> Any:
    """Panels that come and go. The browser asks for one change at a time (`assets/src/warehouse/asks.js`)."""
    try:
        if "back" in ask:
            return returned(read(GivenBack, ask))
        return run(read(GivenAsk, ask).model_dump(by_alias=True))
    except PortalError as error:
        # Above the page: in the place of the panels it would take every result away.
        dash.set_props(states.PAGE_STATE, {"children": states.draw(states.understood(error), states.PAGE_STATE)})
        return dash.no_update


def returned(asked: GivenBack) -> Patch:
    """What a draft ran before: the result that shows at once, the others as soon as they are on the page."""
    panels = Patch()
    for one in dict.fromkeys(asked.back):
        if statements.is_id(one):
            known: dict[str, Any] = {"id": one, "state": "", "draft": asked.draft, "back": True}
            state, content = looked(known) if one == (asked.shown or asked.back[0]) else (known, None)
            panels.append(resultview.panel(one, state, content))
    return panels


def run(ask: dict[str, Any]) -> Patch:
    """Hand on the first of what was chosen, or the one whose turn it is; panels named in `ended` give way."""
    panels = Patch()
    for position in sorted(set(ask["ended"]), reverse=True):
        del panels[position]
    try:
        pieces = _chosen(ask)
    except StatementFailed as error:
        panels.append(_refusal(ask, 0, error))
        return panels
    turn = ask["turn"]
    if turn is None:
        panels.append(_outcome(ask, 0, pieces[0]))
        panels.extend([_waiting(ask, number, piece) for number, piece in enumerate(pieces) if number])
    elif turn["off"] is None:
        for piece in pieces[turn["piece"] :][:1]:
            panels[turn["panel"]] = _outcome(ask, turn["piece"], piece)
    else:
        for number, piece in list(enumerate(pieces))[turn["piece"] :]:
            panels[turn["panel"] + number - turn["piece"]] = _left(ask, number, piece, turn)
    return panels


def _chosen(ask: dict[str, Any]) -> list[Piece]:
    start, end = (positions.code_points(ask["sql"], ask[edge]) for edge in ("from", "to"))
    pieces = chosen(ask["sql"], start, end, ask["all"])
    if not pieces:
        raise Refused("There is nothing to run: write a statement first.")
    if len(pieces) > MOST_PANELS:
        raise Refused(f"These are {len(pieces):,} statements; up to {MOST_PANELS:,} are run one after the other.")
    return pieces


def _outcome(ask: dict[str, Any], number: int, piece: Piece) -> Component:
    """The panel of a statement that was handed on, or of why it was not."""
    where: Place = {"catalog": ask.get("catalog") or None, "schema": ask.get("schema") or None}
    try:
        use = check(piece.text)
        if use is None:
            return _submitted(piece, ask, where)
        where = {"catalog": use.catalog or where["catalog"], "schema": use.schema}
        catalog.check(where["catalog"], where["schema"])
        return _used(ask, number, use, where)
    except Unparsed as error:
        return _refusal(ask, number, _explained(piece, error, ask, where), piece)
    except (NoSuchThing, NotPermitted, StatementFailed, WarehouseStopped) as error:
        return _refusal(ask, number, error, piece)


def _submitted(piece: Piece, ask: dict[str, Any], where: Place) -> Component:
    warehouse = ask.get("warehouse") or None
    given = ask.get("params") or {}
    own = {name: given[name] for name in markers(piece.text) if name in given}
    # From here on "the last 7 days" are those that it ran with, in whatever is made of its result.
    own = settled(own, datetime.now(UTC), spans.zone_of(ask.get("zone")))
    sql, params = bound(piece.text, own)
    started = time.time()
    statement = runs.submit(
        sql,
        params=params,
        warehouse_id=warehouse,
        row_limit=LIMITS.get(str(ask.get("limit")), 1_000),
        inline=links.blocked(),
        **where,
    )
    known = {
        "draft": ask["draft"],
        "started": int(started * 1000),
        "warehouse": warehouse,
        "inline": links.blocked(),
        **_place(piece, ask),
        "sql": piece.text if len(piece.text) <= REMEMBERED else None,
        "limit": LIMITS.get(str(ask.get("limit")), 1_000),
        "params": own or None,
        **where,
    }
    try:
        statement = shortly(statement)
        state, content = drawn_state(statement, known)
    except PortalError as error:
        # It has been handed on: its panel stays, with what stands in the way.
        state = {**resultview.state_of(statement, known), "state": "UNKNOWN"}
        state |= {"trouble": error.kind, "lasting": error.lasting}
        content = states.draw(error, statement.id)
    return resultview.panel(statement.id, state, content)


def _explained(piece: Piece, error: Unparsed, ask: dict[str, Any], where: Place) -> PortalError:
    """What Databricks itself says is wrong with a text that the guard does not understand."""
    if piece.text[:7].upper() == "ANALYZE":
        return error
    asked = runs.submit("EXPLAIN\n" + piece.text, warehouse_id=ask.get("warehouse") or None, **where)
    answer = shortly(asked, EXPLAINED_WITHIN)
    return moved(answer.error, -1) if isinstance(answer.error, StatementFailed) else answer.error or error


def _refusal(ask: dict[str, Any], number: int, error: PortalError, piece: Piece | None = None) -> Component:
    region = f"none-{ask['n']}-{number}"
    state = _local(ask, region) | {"state": "FAILED" if type(error) is StatementFailed else "REFUSED"}
    action = editor.start_and_run() if isinstance(error, WarehouseStopped) else None
    if action is not None:
        state["stopped"] = True
    if piece is not None:
        state["sql"] = piece.text[:REMEMBERED]
    if piece is not None and isinstance(error, StatementFailed) and error.line:
        state |= _place(piece, ask)
        state["error"] = resultview.place(error, state)
    return resultview.panel(region, state, states.draw(error, action=action))


def _local(ask: dict[str, Any], region: str) -> dict[str, Any]:
    """What is known of a panel for which Databricks has no statement."""
    return {"id": region, "draft": ask["draft"]}


def _place(piece: Piece, ask: dict[str, Any]) -> dict[str, int]:
    """Where a statement stands in the editor's text, for marking an error of it."""
    line = ask["sql"].rfind("\n", 0, piece.start) + 1
    return {
        "start": positions.units(ask["sql"][: piece.start]),
        "lineBefore": piece.line,
        "columnBefore": positions.units(ask["sql"][line : piece.start]),
    }


def _used(ask: dict[str, Any], number: int, use: UseStatement, where: Place) -> Component:
    region = f"none-{ask['n']}-{number}"
    text = f"Names are now looked up in {'.'.join(filter(None, (where['catalog'], where['schema'])))}."
    return resultview.panel(
        region, _local(ask, region) | {"state": "USED", **where}, resultview.note("Current schema", text)
    )


def _waiting(ask: dict[str, Any], number: int, piece: Piece) -> Component:
    region = f"none-{ask['n']}-{number}"
    state = _local(ask, region) | {"state": "WAITING", "piece": number, "title": piece.text[:100]}
    return resultview.panel(
        region, state, resultview.note("Waiting", f"Runs when statement {number} above it has succeeded.")
    )


def _left(ask: dict[str, Any], number: int, piece: Piece, turn: dict[str, Any]) -> Component:
    region = f"none-{ask['n']}-{number}"
    why = "You stopped" if turn["off"] == "stopped" else f"Statement {turn['piece']} did not succeed"
    text = f"{why}, so this one was not run. To run it by itself, put the cursor into it."
    state = _local(ask, region) | {"state": "SKIPPED", "title": piece.text[:100]}
    return resultview.panel(region, state, resultview.note("Not run", text))
