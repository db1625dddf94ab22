"""What an address that no page has gets, with status 404 (`portal.web.status`)."""

from __future__ import annotations

from typing import Any

import dash
from dash import dcc, html
from dash.development.base_component import Component

from portal.ui import shell

dash.register_page(__name__, title=shell.title("Not found"), nav=False, order=999)


def layout(**_: Any) -> Component:
    home = dcc.Link("Go to the home page", href=dash.get_relative_path("/"), className="btn btn-primary btn-sm")
    return html.Div(
        [
            shell.page_header(
                "Not found", "There is no page at this address. It may have moved, or the link is cut short."
            ),
            html.P(home),
        ]
    )
