"""Read a table. Acts as: the viewer, on the portal's warehouse; row filters and masks are theirs."""

import dash
from dash import Input, Output, callback, html

from portal.api import grid, query, shell, states

dash.register_page(
    __name__, path="/cookbook/read-table", name="Read a table", title=shell.title("Read a table"), bundles=("grid",)
)


def layout(**_):
    return html.Div(
        [
            shell.page_header("Read a table"),
            states.region("read-table", "Orders", states.loading("orders", kind="grid")),
        ]
    )


@callback(Output("read-table", "children"), Input(*states.again("read-table")))
@states.guarded
def draw(_again):
    rows = query("SELECT * FROM main.sales.orders WHERE amount > :least LIMIT 100", {"least": 500}, ttl=60)
    return grid.from_arrow("read-table-grid", "Orders", rows)
