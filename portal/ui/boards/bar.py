"""What stands above tiles: how fresh they are, what one can do with all of them, and the way to Databricks.

`assets/src/dashboards/board.js` fills the parts and hears the buttons.
"""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from portal.ui.attributes import data
from portal.ui.icons import icon


def as_of() -> html.Span:
    return html.Span(className="board-as-of", role="status", disable_n_clicks=True, **data(board_part="as-of"))


def banner() -> html.Div:
    """Where a failure of all of them is said."""
    return html.Div(className="board-banner", role="status", disable_n_clicks=True, **data(board_part="banner"))


def tool(action: str, symbol: str, text: str, title: str) -> html.Button:
    return html.Button(
        [icon(symbol), html.Span(text)],
        type="button",
        title=title,
        className="btn btn-outline-secondary btn-sm action",
        hidden=action == "stop",
        disable_n_clicks=True,
        **data(board_do=action),
    )


def in_databricks(link: str) -> Component | None:
    if not link:
        return None
    return html.A(
        [icon("box-arrow-up-right"), html.Span("Open in Databricks")],
        href=link,
        target="_blank",
        rel="noopener noreferrer",
        className="btn btn-outline-secondary btn-sm action",
    )
