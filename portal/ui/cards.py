"""Figures at a glance, and the bar of filters above what they filter."""

from __future__ import annotations

from collections.abc import Mapping

import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Input, Output, clientside_callback, html
from dash.development.base_component import Component

from portal.ui.attributes import aria


def kpi(name: str, value: object, hint: str = "") -> Component:
    """A figure with its name; numbers get their thousands separated. `hint` is a line below it."""
    shown = f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
    small = html.Dd(hint, className="kpi-hint") if hint else None
    return html.Dl([html.Dt(name), html.Dd(shown, className="kpi-value"), small], className="kpi card card-body")


def kpis(*cards: Component) -> Component:
    """Several side by side; on a phone one below the other."""
    return html.Div(list(cards), className="kpis")


def toolbar(toolbar_id: str, fields: Mapping[str, Component]) -> Component:
    """Filters by what they are called, in a row: `toolbar("sales-filter", {"Region": dcc.Dropdown(…), …})`."""
    shown = [
        html.Div([dbc.Label(name, html_for=getattr(field, "id", None)), field], role="group", **aria(label=name))
        for name, field in fields.items()
    ]
    return html.Div(shown, id=toolbar_id, className="toolbar", disable_n_clicks=True)


def remember(toolbar_id: str, *fields: str | tuple[str, str]) -> None:
    """Keep the address in step with these fields, so that the view is its link; once, beside the page's callbacks.

    A field's `value` stands in the address under what follows the page's name in its id (`sales-region`:
    `?region=west`), another property, `("sales-dates", "start_date")`, under its own name; the page's layout gets them
    as keyword arguments.
    """
    inputs = [Input(field, "value") if isinstance(field, str) else Input(*field) for field in fields]
    clientside_callback(ClientsideFunction("portal", "remember"), Output(toolbar_id, "data-remembered"), *inputs)
