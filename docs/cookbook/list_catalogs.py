"""List catalogs and schemas. Acts as: the viewer, by databricks-sdk's own client: what they may use is there."""

import dash
from dash import Input, Output, callback, html

from portal.api import per_viewer, shell, states, workspace

dash.register_page(__name__, path="/cookbook/list-catalogs", name="Catalogs", title=shell.title("Catalogs"))


@per_viewer(ttl=120)
def schemas(catalog: str) -> tuple[str, ...]:
    return tuple(str(one.name) for one in workspace().schemas.list(catalog))


def layout(**_):
    region = states.region("list-catalogs", "Catalogs", states.loading("catalogs"))
    return html.Div([shell.page_header("Catalogs and their schemas"), region])


@callback(Output("list-catalogs", "children"), Input(*states.again("list-catalogs")))
@states.guarded
def draw(_again):
    names = [str(one.name) for one in workspace().catalogs.list()]
    return html.Ul([html.Li([name, html.Ul([html.Li(one) for one in schemas(name)])]) for name in names])
