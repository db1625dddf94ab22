"""SQL as the viewer: written here, run by a warehouse, found again by its statement's id.

The browser's half (what to run, the status line, tabs, the address, when to ask again) is
`assets/src/warehouse/warehouse.js`.
"""

from __future__ import annotations

from typing import Any

import dash
from dash import ALL, MATCH, ClientsideFunction, Input, Output, callback, clientside_callback, dcc, html
from dash.development.base_component import Component

from pages import warehouse_follow, warehouse_run  # noqa: F401  their callbacks are this page's
from portal.databricks import catalog, statements, warehouses
from portal.settings import settings
from portal.ui import editor, queryview, resultview, shell, states, tree
from portal.ui.attributes import aria
from portal.ui.resultview import part
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


def layout(statement: Any = None, **_: Any) -> Component:
    known = [statement] if isinstance(statement, str) else statement if isinstance(statement, list) else []
    shown = [
        resultview.panel(one, {"id": one, "state": ""}) for one in dict.fromkeys(known[:20]) if statements.is_id(one)
    ]
    return html.Div(
        [
            shell.page_header("Warehouse"),
            # What can be done with a saved query from here: the dialogs of `pages/queries.py`.
            *queryview.parts(SAVED),
            dcc.Store(id=states.again(SAVED)[0]),
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


class GivenStart(Given):
    """`start` is a warehouse; without it they are looked at anew."""

    start: Short | None = None


# The warehouse


@callback(
    Output("warehouse-picker", "children"),
    Input(*states.again("warehouse-picker")),
    Input("warehouse-starting", "data"),
)
def pick(_again: int, asked: dict[str, Any] | None) -> list[Any]:
    """The warehouses that the viewer may use; `asked` starts one, or looks at them anew while one starts."""
    if asked and (start := read(GivenStart, asked).start):
        warehouses.start(start)
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
