"""SQL as the viewer: written here, run by a warehouse, found again by its statement's id.

The browser's half (what to run, the status line, tabs, the address, when to ask again) is `assets/warehouse.js`.
"""

from __future__ import annotations

import time
from typing import Any

import dash
from dash import ALL, MATCH, ClientsideFunction, Input, Output, Patch, callback, clientside_callback, dcc, html
from dash.development.base_component import Component

from pages.warehouse_follow import drawn_state, shortly
from portal.databricks import catalog, links, statements, warehouses
from portal.databricks.sqlerrors import moved
from portal.databricks.sqlguard import Refused, Unparsed, UseStatement, check
from portal.databricks.sqltext import Piece, chosen, markers
from portal.databricks.typed import bound
from portal.results import runs
from portal.settings import settings
from portal.ui import editor, shell, states, tree
from portal.ui import results as drawn
from portal.ui.attributes import aria
from portal.ui.results import part
from portal.viewer.errors import NoSuchThing, NotPermitted, PortalError, StatementFailed, WarehouseStopped

dash.register_page(
    __name__,
    path="/warehouse",
    name="Warehouse",
    title=shell.title("Warehouse"),
    order=20,
    icon="database",
)

EXPLAINED_WITHIN = 3.0
REMEMBERED = 200_000
"""Characters of SQL that the page gets back with its statement, to sort, chart or run again by."""
LIMITS = {"1000": 1_000, "10000": 10_000, "all": None}


def layout(statement: Any = None, **_: Any) -> Component:
    known = [statement] if isinstance(statement, str) else statement if isinstance(statement, list) else []
    shown = [drawn.panel(one, {"id": one, "state": ""}) for one in dict.fromkeys(known[:20]) if statements.is_id(one)]
    return html.Div(
        [
            shell.page_header("Warehouse"),
            html.Div(
                [
                    html.Aside(
                        states.region("warehouse-catalog", "Catalog", states.loading("the catalog", rows=8)),
                        className="catalog-side card",
                        **aria(label="Catalog"),
                    ),
                    html.Div(
                        [
                            editor.work(),
                            html.Div(id="warehouse-tabs", className="result-tabs"),
                            html.Div(shown, id="warehouse-panels", className="panels"),
                        ],
                        className="main-side",
                    ),
                ],
                className="workbench",
            ),
            dcc.Store(id="warehouse-ask"),
            dcc.Store(id="warehouse-stop"),
            dcc.Store(id="warehouse-starting"),
            dcc.Store(id="warehouse-followed"),
        ],
        className="warehouse",
    )


# Running


@callback(
    Output("warehouse-panels", "children"),
    Input("warehouse-ask", "data"),
    running=[(Output("warehouse-run", "disabled"), True, False)],
    prevent_initial_call=True,
)
def run(ask: dict[str, Any]) -> Patch:
    """Hand on what was chosen, one panel a statement; panels named in `ended` give way to them."""
    pieces = chosen(ask["sql"], int(ask["from"]), int(ask["to"]), bool(ask["all"]))
    panels = Patch()
    for position in sorted(ask["ended"], reverse=True):
        del panels[position]
    where = {"catalog": ask.get("catalog") or None, "schema": ask.get("schema") or None}
    if not pieces:
        panels.append(_refusal(ask, 0, Refused("There is nothing to run: write a statement first.")))
    for number, piece in enumerate(pieces):
        try:
            use = check(piece.text)
            if use is not None:
                where = {"catalog": use.catalog or where["catalog"], "schema": use.schema}
                catalog.check(where["catalog"], where["schema"])
                panels.append(_used(ask, number, use, where))
                continue
            panels.append(_submitted(piece, ask, where, wait=len(pieces) == 1))
        except Unparsed as error:
            panels.append(_refusal(ask, number, _explained(piece, error, ask, where), piece))
            break
        except (NoSuchThing, NotPermitted, StatementFailed, WarehouseStopped) as error:
            panels.append(_refusal(ask, number, error, piece))
            break
    return panels


def _submitted(piece: Piece, ask: dict[str, Any], where: dict[str, Any], *, wait: bool) -> Component:
    warehouse = ask.get("warehouse") or None
    sql, params = bound(piece.text, ask.get("params") or {})
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
        "started": int(started * 1000),
        "warehouse": warehouse,
        "inline": links.blocked(),
        **_place(piece, ask),
        "sql": piece.text if len(piece.text) <= REMEMBERED else None,
        "limit": LIMITS.get(str(ask.get("limit")), 1_000),
        "params": {name: ask["params"][name] for name in markers(piece.text)} or None,
        **where,
    }
    try:
        if wait:
            statement = shortly(statement)
        state, content = drawn_state(statement, known)
    except PortalError as error:
        # It has been handed on: its panel stays, with what stands in the way.
        state = {**drawn.state_of(statement, known), "state": "UNKNOWN", "trouble": error.kind}
        content = states.draw(error, statement.id)
    return drawn.panel(statement.id, state, content)


def _explained(piece: Piece, error: Unparsed, ask: dict[str, Any], where: dict[str, Any]) -> PortalError:
    """What Databricks itself says is wrong with a text that the guard does not understand."""
    if piece.text[:7].upper() == "ANALYZE":
        return error
    asked = runs.submit("EXPLAIN\n" + piece.text, warehouse_id=ask.get("warehouse") or None, **where)
    answer = shortly(asked, EXPLAINED_WITHIN)
    return moved(answer.error, -1) if isinstance(answer.error, StatementFailed) else answer.error or error


def _refusal(ask: dict[str, Any], number: int, error: PortalError, piece: Piece | None = None) -> Component:
    region = f"none-{ask['n']}-{number}"
    state: dict[str, Any] = {"id": region, "state": "FAILED" if type(error) is StatementFailed else "REFUSED"}
    action = editor.start_and_run() if isinstance(error, WarehouseStopped) else None
    if action is not None:
        state["stopped"] = True
    if piece is not None and isinstance(error, StatementFailed) and error.line:
        place = _place(piece, ask)
        state |= {**place, "sql": piece.text, "error": drawn.place(error, place)}
    return drawn.panel(region, state, states.draw(error, action=action))


def _place(piece: Piece, ask: dict[str, Any]) -> dict[str, int]:
    """Where a statement stands in the editor's text, for marking an error of it."""
    return {
        "start": piece.start,
        "lineBefore": piece.line,
        "columnBefore": piece.start - (ask["sql"].rfind("\n", 0, piece.start) + 1),
    }


def _used(ask: dict[str, Any], number: int, use: UseStatement, where: dict[str, Any]) -> Component:
    region = f"none-{ask['n']}-{number}"
    text = f"Names are now looked up in {'.'.join(filter(None, (where['catalog'], where['schema'])))}."
    return drawn.panel(region, {"id": region, "state": "USED", **where}, drawn.note("Current schema", text))


# The warehouse


@callback(
    Output("warehouse-picker", "children"),
    Input(*states.again("warehouse-picker")),
    Input("warehouse-starting", "data"),
)
def pick(_again: int, asked: dict[str, Any] | None) -> list[Any]:
    """The warehouses that the viewer may use; `asked` starts one, or looks at them anew while one starts."""
    if asked and asked.get("start"):
        warehouses.start(str(asked["start"]))
    known = warehouses.all.refresh() if asked else warehouses.all()
    return editor.choice(known, settings().warehouse_id or "")


# The catalog beside the editor


@callback(Output("warehouse-catalog", "children"), Input(*states.again("warehouse-catalog")))
@states.guarded
def draw_catalog(_again: int) -> Component:
    return tree.tree("warehouse-tree", catalog.names.catalogs().items, depth=tree.COLUMNS)


# The browser's half: the status line, tabs, the address and when to ask again; and each grid's source of rows.
clientside_callback(
    ClientsideFunction("warehouse", "follow"),
    Output("warehouse-followed", "data"),
    Input(part(ALL, "state"), "data"),
)
clientside_callback(
    ClientsideFunction("warehouse", "attach"),
    Output(part(MATCH, "first"), "storage_type"),
    Input(part(MATCH, "first"), "data"),
)
