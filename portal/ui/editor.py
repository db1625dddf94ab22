"""The place where SQL is written, and what stands around it: where it runs, how many rows, Run and Cancel.

The editor itself is made by `assets/editor.js` inside `#warehouse-editor`: a code editor where its bundle is there, a
text area where it is not.
"""

from __future__ import annotations

from dash import html

from portal.ui.attributes import aria, data
from portal.ui.icons import icon


def work() -> html.Div:
    """Toolbar, editor and status line."""
    return html.Div(
        [
            html.Div(id="warehouse-editor", className="editor"),
            html.Div(
                [
                    html.Button(
                        [icon("play-fill"), html.Span("Run")],
                        id="warehouse-run",
                        className="btn btn-primary",
                        type="button",
                        disable_n_clicks=True,
                        **data(warehouse="run"),
                    ),
                    html.Button(
                        [icon("stop-fill"), html.Span("Cancel")],
                        id="warehouse-cancel",
                        className="btn btn-outline-secondary",
                        type="button",
                        disabled=True,
                        disable_n_clicks=True,
                        **data(warehouse="cancel"),
                    ),
                    html.Label("Rows", htmlFor="warehouse-limit", className="bar-label"),
                    html.Select(
                        [
                            html.Option("1,000", value="1000"),
                            html.Option("10,000", value="10000"),
                            html.Option("All", value="all"),
                        ],
                        id="warehouse-limit",
                        className="form-select form-select-sm bar-limit",
                    ),
                    html.Div(id="warehouse-status", className="run-status", role="status"),
                ],
                className="run-bar",
                role="group",
                **aria(label="Run"),
            ),
        ],
        className="work card",
    )
