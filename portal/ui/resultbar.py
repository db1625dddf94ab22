"""What can be done with a result: filter, copy, download, profile, chart. Handled by
`assets/src/results/resultbar.js`."""

from __future__ import annotations

from urllib.parse import quote

from dash import html

from portal.results.exports import FORMATS
from portal.results.result import Result
from portal.settings import settings
from portal.ui.attributes import aria, data
from portal.ui.icons import icon

PRINTED = 1_000
"""Rows on paper, at most; `assets/src/results/print.js` says where there are more."""
_NOTES = {
    "csv": "Text with commas; opens anywhere",
    "csv-bom": "The same with a byte order mark, for Zürich",
    "parquet": "Columns with their types, compressed",
    "xlsx": "Up to 1,048,575 rows; text up to 32,767 characters",
    "arrows": "An Arrow stream, types as they are",
}


def bar(result: Result) -> html.Div:
    """The bar above a result's grid."""
    return html.Div(
        [
            html.Div(className="result-chips", **data(part="chips")),
            html.Div(
                [
                    _act("filter", "funnel", "Filter"),
                    _act("columns", "table", "Columns"),
                    _act("profile", "hash", "Profile"),
                    _act("chart", "graph-up", "Chart"),
                    _act("compare", "columns-gap", "Compare"),
                    _act("copy", "clipboard", "Copy"),
                    _act("full", "fullscreen", "Full screen"),
                    _downloads(result),
                    _more(result),
                ],
                className="result-acts",
            ),
            html.Div(className="result-form", hidden=True, **data(part="form")),
            html.P(className="result-note", **data(part="note"), **aria(live="polite")),
        ],
        className="result-bar",
        role="group",
        **aria(label="Result tools"),
        **data(result=result.id),
    )


def _act(act: str, symbol: str, label: str) -> html.Button:
    return html.Button(
        [icon(symbol), html.Span(label)],
        className="btn btn-sm btn-outline-secondary",
        type="button",
        disable_n_clicks=True,
        **data(act=act),
    )


def _downloads(result: Result) -> html.Details:
    choices = [
        html.Button(
            [html.Span(one.name, className="menu-name"), html.Span(_NOTES[one.key], className="menu-note")],
            type="button",
            className="menu-item",
            disable_n_clicks=True,
            **data(download=one.key),
        )
        for one in FORMATS.values()
    ]
    whole = []
    if result.manifest.truncated:
        box = f"whole-{result.id}"
        label = [
            html.Span("All rows", className="menu-name"),
            html.Span(f"not only the first {result.total:,}: the statement runs again", className="menu-note"),
        ]
        whole = [html.Label(label, htmlFor=box, className="menu-item menu-check", **data(whole=box))]
    # Filled where the view shows other rows or columns than the result has.
    named = {**aria(label="Which rows"), **data(which="")}
    which = html.Div(hidden=True, role="radiogroup", className="menu-which", **named)
    summary = html.Summary([icon("download"), html.Span("Download")], className="btn btn-sm btn-outline-secondary")
    return html.Details([summary, html.Div([which, *choices, *whole], className="menu")], className="menu-box")


def _more(result: Result) -> html.Details:
    host = settings().databricks_host or ""
    profile = f"{host}/sql/history?uiQueryProfileVisible=true&queryId={quote(result.id)}"
    jump = html.Div(
        [html.Label("Go to row", htmlFor=f"jump-{result.id}"), html.Span(**data(jump=result.id))], className="menu-row"
    )
    items = [
        jump,
        html.Button(
            [html.Span("Copy statement id", className="menu-name"), html.Span(result.id, className="menu-note")],
            type="button",
            className="menu-item",
            disable_n_clicks=True,
            **data(act="copy-id"),
        ),
        html.Button(
            [
                html.Span("Print", className="menu-name"),
                html.Span(f"The rows that show, up to {PRINTED:,}, and the chart", className="menu-note"),
            ],
            type="button",
            className="menu-item",
            disable_n_clicks=True,
            **data(act="print"),
        ),
        html.A(
            [
                html.Span("Open in Databricks", className="menu-name"),
                html.Span("The query's profile, in a new tab", className="menu-note"),
            ],
            href=profile,
            target="_blank",
            rel="noopener",
            className="menu-item",
        ),
    ]
    summary = html.Summary(
        [icon("list"), html.Span("More", className="visually-hidden")], className="btn btn-sm btn-outline-secondary"
    )
    return html.Details([summary, html.Div(items, className="menu")], className="menu-box")
