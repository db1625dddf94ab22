"""The place where SQL is written, and what stands around it: drafts, where it runs, how many rows, Run and Cancel.

The editor itself is made by `assets/src/warehouse/editor.js` inside `#warehouse-editor`: a code editor where its
bundle is there, a text area where it is not.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import dash
from dash import dcc, html

from portal.databricks.warehouses import Warehouse
from portal.ui import head, prefetch, states
from portal.ui.attributes import Attributes, aria, data
from portal.ui.elements import Child
from portal.ui.icons import icon
from portal.viewer.draft_keys import draft_keys, plain_name
from portal.viewer.errors import PortalError, SessionEnded


def work(picker: list[Child] | None = None) -> html.Div:
    """Drafts, editor, parameters, run bar and status line; `picker` is what `choice` makes, where that is known."""
    return html.Div(
        [_drafts(), _saved(), _editor(), _split(), _parameters(), _note(), _run_bar(), _where_bar(picker)],
        className="work card",
    )


def _button(act: str, symbol: str, word: str, label: str, more: str = "") -> html.Button:
    """`word` shows where there is room; `label` is its name, and begins with it or has it inside."""
    return html.Button(
        [icon(symbol), html.Span(word, className="tool-word")],
        className="icon-button tool",
        type="button",
        title=label + more,
        disable_n_clicks=True,
        **aria(label=label),
        **data(editor=act),
    )


def _drafts() -> html.Div:
    tools = [
        _button("catalog", "database", "Catalog", "Catalog"),
        dcc.Link(
            [
                icon("clock-history", label="History and saved queries"),
                html.Span("History", className="tool-word", **aria(hidden="true")),
            ],
            href=dash.get_relative_path("/queries"),
            className="icon-button tool",
            title="History and saved queries",
        ),
        _button("format", "braces", "Format", "Format (Shift+Alt+F)"),
        _button("search", "search", "Find", "Find and replace (Ctrl+F)"),
        _button("save", "save", "Save", "Save query", " (Ctrl+S)"),
        _button("link", "link-45deg", "Link", "Copy link"),
    ]
    new = html.Button(icon("plus-lg"), className="draft-new", type="button", disable_n_clicks=True,
                      **aria(label="New draft"), **data(editor="new"))  # fmt: skip
    return html.Div(
        [
            # `assets/src/warehouse/editor.js` puts the drafts in front of the button.
            html.Nav(new, id="warehouse-drafts", className="drafts", **aria(label="Drafts")),
            # And into a list, where they do not all fit.
            html.Div(id="warehouse-draft-list", className="draft-all"),
            html.Div(tools, className="tools", role="group", **aria(label="Editor")),
        ],
        className="editor-head",
    )


def _editor() -> html.Div:
    bundle = "vendor/editor.js"
    built: Attributes = data(bundle=head.asset(bundle)) if (head.ASSETS / bundle).exists() else {}
    return html.Div(id="warehouse-editor", className="editor", **_seal(), **built)


def _seal() -> Attributes:
    """The keys of this viewer's drafts, none where there is no credential; and whether they have ended their session:
    then what they had here is not shown again, though its address still says it. Nothing while that comes: the editor
    starts where it has been said.
    """
    if prefetch.comes_later(draft_keys):
        return {}
    try:
        return data(seal=json.dumps(draft_keys()), plain=plain_name())
    except SessionEnded:
        return data(seal="[]", ended="1")
    except PortalError:
        return data(seal="[]")


def _split() -> html.Div:
    """`assets/src/warehouse/split.js` puts the handle into it that parts the editor's room from the result's."""
    return html.Div(id="warehouse-split", className="split")


def _saved() -> html.Div:
    """The name of the saved query that the draft is, and what can be done with it (`assets/src/warehouse/saved.js`)."""
    return html.Div(id="warehouse-saved", className="saved-bar", hidden=True, role="group", **aria(label="Saved query"))


def _parameters() -> html.Div:
    return html.Div(
        id="warehouse-parameters", className="parameters", hidden=True, role="group", **aria(label="Parameters")
    )


def _note() -> html.P:
    return html.P(id="warehouse-note", className="editor-note", **aria(live="polite"))


def _run_bar() -> html.Div:
    return html.Div(
        [
            html.Button(
                [icon("play-fill"), html.Span("Run")],
                id="warehouse-run",
                className="btn btn-primary",
                type="button",
                title="Run the statement at the cursor, or the selection (Ctrl+Enter)",
                disable_n_clicks=True,
                **data(warehouse="run"),
            ),
            html.Button(
                "Run all",
                className="btn btn-outline-secondary",
                type="button",
                title="Run every statement, a result each (Ctrl+Shift+Enter)",
                disable_n_clicks=True,
                **data(warehouse="run-all"),
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
            html.Div(id="warehouse-status", className="run-status", role="status"),
        ],
        className="run-bar",
        role="group",
        **aria(label="Run"),
    )


def _where_bar(picker: list[Child] | None) -> html.Div:
    return html.Div(
        [
            html.Div(
                [
                    html.Label("Warehouse", htmlFor="warehouse-choice", className="bar-label"),
                    html.Div(picker or choice(()), id="warehouse-picker", className="picker"),
                    dcc.Store(id=states.again("warehouse-picker")[0], data=states.DRAWN if picker else 0),
                ],
                className="bar-field",
            ),
            html.Div(
                [
                    html.Label("Schema", htmlFor="warehouse-where", className="bar-label"),
                    # `assets/src/warehouse/editor.js` makes the field: it belongs to the draft.
                    html.Div(id="warehouse-where-box", className="bar-where"),
                ],
                className="bar-field",
            ),
            html.Div(
                [
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
                ],
                className="bar-field",
            ),
        ],
        className="where-bar",
        role="group",
        **aria(label="Where it runs"),
    )


def start_and_run() -> html.Button:
    """The next step where a statement was not run because its warehouse is stopped."""
    return html.Button(
        "Start it and run",
        className="btn btn-primary btn-sm",
        type="button",
        disable_n_clicks=True,
        **data(warehouse="start-and-run"),
    )


def choice(known: Sequence[Warehouse], default: str = "") -> list[Child]:
    """The warehouse picker. Which one is chosen, and its state beside it, is the browser's to remember and show."""
    options = [
        html.Option(
            f"{one.name} · {one.size}", value=one.id, **data(state=one.state, default="1" if one.id == default else "")
        )
        for one in known
    ]
    return [
        html.Select(
            options or html.Option("The portal's", value=""),
            id="warehouse-choice",
            className="form-select form-select-sm bar-choice",
        ),
        html.Span(id="warehouse-choice-state", className="picker-state"),
        html.Button(
            "Start",
            id="warehouse-start",
            className="btn btn-sm btn-outline-secondary",
            type="button",
            hidden=True,
            disable_n_clicks=True,
            **data(warehouse="start"),
        ),
    ]
