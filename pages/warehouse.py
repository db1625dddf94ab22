"""SQL as the viewer: written here, run by a warehouse, found again by its statement's id.

The browser's half (what to run, the status line, tabs, the address, when to ask again) is
`assets/src/warehouse/warehouse.js`.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import dash
from dash import ALL, MATCH, ClientsideFunction, Input, Output, callback, clientside_callback, dcc, html
from dash.development.base_component import Component

from pages import warehouse_follow, warehouse_run  # noqa: F401  their callbacks are this page's
from portal.databricks import catalog, statements, warehouses
from portal.results import result as results
from portal.settings import settings
from portal.ui import editor, prefetch, queryview, resultview, shell, states, tree
from portal.ui.attributes import aria
from portal.ui.resultview import part
from portal.viewer.errors import PortalError
from portal.viewer.given import Given, Short, read

dash.register_page(
    __name__,
    path="/warehouse",
    name="Warehouse",
    title=shell.title("Warehouse"),
    order=20,
    icon="database",
)


SAVED = "warehouse-saved"
"""The bar of the saved query that a draft is, which `assets/src/warehouse/saved.js` fills."""


def layout(statement: Any = None, shown: Any = None, **_: Any) -> Component:
    """`statement`: one or several ids; `shown`: the one of them that shows, to which one returns."""
    known = [statement] if isinstance(statement, str) else statement if isinstance(statement, list) else []
    panels = [_panel(one, one == shown) for one in dict.fromkeys(known[:20]) if statements.is_id(one)]
    # What this process keeps is drawn with the page, and need not be asked for.
    ready = prefetch.gather({"catalogs": _catalogs, "warehouses": warehouses.all}, prefetch.AT_ONCE)
    picker = ready.get("warehouses")
    return html.Div(
        [
            shell.page_header("Warehouse"),
            # What can be done with a saved query from here: the dialogs of `pages/queries.py`.
            *queryview.parts(SAVED),
            dcc.Store(id=states.again(SAVED)[0]),
            html.Div(
                [
                    html.Aside(
                        states.region(
                            "warehouse-catalog",
                            "Catalog",
                            states.loading("the catalog", rows=8),
                            content=ready.get("catalogs"),
                        ),
                        className="catalog-side card",
                        **aria(label="Catalog"),
                    ),
                    html.Div(
                        [
                            editor.work(picker and editor.choice(picker, settings().warehouse_id or "")),
                            html.Div(id="warehouse-tabs", className="result-tabs"),
                            html.Div(panels, id="warehouse-panels", className="panels"),
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


def _panel(statement_id: str, shows: bool) -> Component:
    """A result, with its rows where they are to show and were here a moment ago; else it asks by itself."""
    state: dict[str, Any] = {"id": statement_id, "state": ""}
    with suppress(PortalError):
        if shows and (found := results.fresh(statement_id)):
            return resultview.panel(statement_id, *warehouse_follow.drawn_state(found, dict(state)))
    return resultview.panel(statement_id, state)


def _catalogs() -> Component:
    return tree.tree("warehouse-tree", catalog.names.catalogs().items, depth=tree.COLUMNS)


class GivenStart(Given):
    """`start` is a warehouse; without it they are looked at anew."""

    start: Short | None = None


# The warehouse


@callback(
    Output("warehouse-picker", "children"),
    Input(*states.again("warehouse-picker")),
    Input("warehouse-starting", "data"),
)
def pick(again: int, asked: dict[str, Any] | None) -> Any:
    """The warehouses that the viewer may use; `asked` starts one, or looks at them anew while one starts."""
    if again == states.DRAWN and not asked:
        return dash.no_update
    if asked and (start := read(GivenStart, asked).start):
        warehouses.start(start)
    known = warehouses.all.refresh() if asked else warehouses.all()
    return editor.choice(known, settings().warehouse_id or "")


# The catalog beside the editor


@callback(Output("warehouse-catalog", "children"), Input(*states.again("warehouse-catalog")))
@states.guarded
def draw_catalog(_again: int) -> Component:
    return _catalogs()


# The browser's half: the status line, tabs, the address and when to ask again; and each grid's source of rows.
clientside_callback(
    ClientsideFunction("warehouse", "follow"),
    Output("warehouse-followed", "data"),
    Input(part(ALL, "state"), "data"),
)
clientside_callback(
    ClientsideFunction("warehouse", "answered"),
    Output("warehouse-ask", "storage_type"),
    Input("warehouse-panels", "children"),
)
clientside_callback(
    ClientsideFunction("warehouse", "attach"),
    Output(part(MATCH, "first"), "storage_type"),
    Input(part(MATCH, "first"), "data"),
)
clientside_callback(
    ClientsideFunction("warehouse", "savedAgain"),
    Output("warehouse-stop", "storage_type"),
    Input(*states.again(SAVED)),
    prevent_initial_call=True,
)
