"""The workspace's AI/BI dashboards that the viewer may see, searched by name; the search is in the address."""

from __future__ import annotations

from typing import Any

import dash
from dash import Input, Output, callback, dcc, html
from dash.development.base_component import Component

from portal.databricks import dashboards
from portal.ui import address, prefetch, shell, stars, states
from portal.ui.attributes import data
from portal.ui.boards import listing
from portal.ui.elements import Child

dash.register_page(
    __name__, path="/dashboards", name="Dashboards", title=shell.title("Dashboards"), order=27, icon="columns-gap"
)

View = dict[str, str]


def layout(**query: Any) -> Component:
    view = {name: value for name, value in query.items() if isinstance(value, str)}
    ready = prefetch.gather({"content": lambda: _content(view)})
    box = address.field("dashboards-q", view.get("q", ""), "Part of the name")
    search = html.Div(
        [html.Label("Search dashboards", htmlFor="dashboards-q", className="form-label"), box],
        className="jobs-search",
        **data(param="q"),
    )
    return html.Div(
        [
            shell.page_header("Dashboards", "AI/BI dashboards of the workspace, drawn here with your own rights."),
            html.Div(search, className="toolbar"),
            stars.shelf("dashboard"),
            dcc.Store(id="dashboards-view", data=view),
            states.region(
                "dashboards",
                "Dashboards",
                states.loading("the dashboards", rows=10, kind="grid"),
                content=ready.get("content"),
            ),
        ],
        **data(view="dashboards-view"),
    )


@callback(Output("dashboards", "children"), Input(*states.again("dashboards")), Input("dashboards-view", "data"))
@states.guarded
def draw(_again: int, view: View | None) -> list[Child]:
    return _content(view or {})


def _content(view: View) -> list[Child]:
    return listing.draw(dashboards.all(), view)
