"""One order. What is no number is no order: `/sales/abc` is no page."""

import dash
from dash import Input, Output, callback, dcc, html

from portal.api import NoSuchThing, grid, query, shell, states

dash.register_page(__name__, path_template="/sales/<order_id>", name="Order", title=shell.title("Order"), order=6)


def layout(order_id: int, **_):
    return html.Div(
        [
            shell.page_header(f"Order {order_id}", crumbs=[("Sales", "/sales")]),
            states.region("sales-order", "Order", states.loading("order", rows=6)),
            dcc.Store(id="sales-order-id", data=order_id),
        ]
    )


@callback(Output("sales-order", "children"), Input(*states.again("sales-order")), Input("sales-order-id", "data"))
@states.guarded
def draw(_again, order_id):
    rows = query("SELECT * FROM main.sales.orders WHERE order_id = :id", {"id": order_id})
    if not rows.num_rows:
        raise NoSuchThing(f"There is no order {order_id}, or it is not yours to see.")
    return grid.small("sales-order-grid", f"Order {order_id}", rows)
