"""A page of an AI/BI dashboard in one of yours: `/cookbook/a-dashboard?id=…`. Acts as: the viewer, tile by tile, also
where the dashboard was published with its author's rights."""

import dash
from dash import Input, Output, callback, dcc, html

from portal.api import dashboard, shell, states

dash.register_page(__name__, path="/cookbook/a-dashboard", name="A dashboard", title=shell.title("A dashboard"))


def layout(id: str = "", **_):
    if not id:
        return states.empty("Which dashboard?", "Add it to the address: ?id=…, as on its own page.")
    region = states.region("cookbook-dashboard", "Dashboard", states.loading("dashboard", kind="cards"))
    return html.Div([shell.page_header("A dashboard"), region, dcc.Store(id="cookbook-dashboard-id", data=id)])


@callback(
    Output("cookbook-dashboard", "children"),
    Input(*states.again("cookbook-dashboard")),
    Input("cookbook-dashboard-id", "data"),
)
@states.guarded
def draw(_again, dashboard_id):
    return dashboard(dashboard_id)
