"""One dashboard of the workspace, drawn here: which page and which values of its filters is in the address."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import dash
from dash import Input, Output, State, callback, dcc, html
from dash.development.base_component import Component

from portal.databricks import dashboards, warehouses
from portal.ui import prefetch, shell, states
from portal.ui.attributes import data

dash.register_page(
    __name__, path_template="/dashboards/<dashboard_id>", name="Dashboard", title=shell.title("Dashboard"), order=28,
)  # fmt: skip

View = dict[str, Any]


def layout(dashboard_id: str = "", **query: Any) -> Component:
    name = unquote(dashboard_id)
    view = {key: value for key, value in query.items() if isinstance(value, str)}
    ready = prefetch.gather(
        {
            "content": lambda: _content(name, view),
            "name": lambda: dashboards.get(name).name,
            # What the content needs one after the other, asked for at once.
            "published": lambda: dashboards.published(name),
            "schedules": lambda: dashboards.schedules(name),
            "usable": warehouses.all,
        }
    )
    heading = states.word("dashboard-name", ready.get("name"), "Dashboard")
    return html.Div(
        [
            shell.page_header(heading, crumbs=[("Dashboards", "/dashboards")]),
            dcc.Store(id="dashboard-id", data=name),
            dcc.Store(id="dashboard-view", data=view),
            states.region(
                "dashboard",
                "Dashboard",
                states.loading("the dashboard", rows=8, kind="grid"),
                content=ready.get("content"),
                class_name="board-region",
            ),
        ],
        className="dashboard",
        **data(view="dashboard-view"),
    )


@callback(Output("dashboard-name", "children"), Input(*states.again("dashboard-name")), State("dashboard-id", "data"))
@states.guarded_text("Dashboard")
def draw_name(_again: int, dashboard_id: str) -> str:
    return dashboards.get(dashboard_id).name


@callback(
    Output("dashboard", "children"),
    Input(*states.again("dashboard")),
    Input("dashboard-view", "data"),
    State("dashboard-id", "data"),
)
@states.guarded
def draw(_again: int, view: View | None, dashboard_id: str) -> list[Component]:
    return _content(dashboard_id, view or {})


def _content(dashboard_id: str, view: View) -> list[Component]:
    asked = view.get("page")
    # With all that a dashboard is read and drawn by, which no other page needs.
    from portal.dashboards import drawn

    return drawn.content(dashboard_id, asked if isinstance(asked, str) else "")
