"""The command palette (Ctrl/Cmd+K) and the list of shortcuts (`?`): two dialogs of the shell.

The pages are in it from the start, so opening it and finding a page asks the server nothing. What is typed goes, a
moment after the last key, to one callback, which looks through everything that has a name (`finding`) as the viewer:
what is kept for them answers at once, what does not answer in time is named and asked for again by the browser, and
what fails, or was not looked through, is named. Opening, choosing and keys are in `assets/src/shell/palette.js`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial

import dash
import dash_bootstrap_components as dbc
from dash import Input, Output, callback, dcc, html
from dash.development.base_component import Component

from portal.databricks import identity
from portal.databricks.catalog.search import IN_FULL
from portal.patches.dash import RegisteredPage
from portal.ui import elements, finding, prefetch, rights, states
from portal.ui.attributes import aria, data
from portal.ui.elements import Children, Element
from portal.ui.finding import EACH, Found
from portal.ui.icons import icon

SHORTEST = 2
"""Characters from which on Databricks is asked."""
LONGEST = 100
WITHIN = 3.0
"""Seconds; a kind that has not answered by then is named, and found by a later request (the read goes on)."""
PLACEHOLDER = "Pages, jobs, tables, dashboards, saved queries"

Entry = tuple[str, str, str]
"""A page's icon, name and path."""


def opener(class_name: str) -> html.Button:
    """The visible way in."""
    keys = html.Span([html.Kbd("Ctrl", className="key-other"), html.Kbd("⌘", className="key-mac"), html.Kbd("K")])
    return html.Button(
        [icon("search"), html.Span("Search", className="palette-word"), keys],
        type="button",
        className=f"palette-opener {class_name}",
        disable_n_clicks=True,
        **aria(label="Search", keyshortcuts="Control+K Meta+K", haspopup="dialog"),
        **data(palette="open"),
    )


def dialogs(pages: Sequence[RegisteredPage]) -> list[Element]:
    """Both dialogs, closed, and the store that the typed text goes through."""
    return _dialogs(_entries(pages))


def _entries(pages: Sequence[RegisteredPage]) -> tuple[Entry, ...]:
    return tuple((page.get("icon", "table"), page["name"], page["relative_path"]) for page in pages)


@lru_cache(maxsize=64)
def _dialogs(pages: tuple[Entry, ...]) -> list[Element]:
    # Each document holds them, and they differ by what a viewer may open alone.
    drawn: list[Element] = elements.sent([dcc.Store(id="palette-ask"), _palette(pages), _shortcuts()])
    return drawn


def _palette(pages: Sequence[Entry]) -> dbc.Modal:
    field = html.Div(
        [
            icon("search"),
            dbc.Label(PLACEHOLDER, html_for="palette-input", class_name="visually-hidden"),
            # Its role (combobox) and what belongs to it are set by the script: Bootstrap's field takes no `aria-*`.
            dbc.Input(
                id="palette-input",
                type="text",
                placeholder=PLACEHOLDER,
                autocomplete="off",
                autofocus=True,
                maxlength=LONGEST,
                debounce=True,
            ),
        ],
        className="palette-field",
    )
    found = html.Div(id="palette-found", role="presentation", disable_n_clicks=True)
    own = html.Div(_of_pages(pages), id="palette-pages", role="presentation", disable_n_clicks=True)
    results = [own, found]
    return dbc.Modal(
        [
            html.H2("Search the portal", id="palette-title", className="visually-hidden"),
            field,
            html.Div(results, id="palette-list", role="listbox", className="palette-list", **aria(label="Results")),
            html.P(id="palette-note", className="palette-note", role="status", disable_n_clicks=True),
            html.P(id="palette-hint", className="palette-note", disable_n_clicks=True),
            html.Footer(
                [
                    html.Span([html.Kbd("↑"), html.Kbd("↓"), " choose"]),
                    html.Span([html.Kbd("Enter"), " open"]),
                    html.Span([html.Kbd("Esc"), " close"]),
                    html.Button(
                        "Shortcuts", type="button", className="palette-more", disable_n_clicks=True,
                        **data(palette="shortcuts"),
                    ),
                ],
                className="palette-keys",
            ),
        ],
        id="palette",
        is_open=False,
        fade=False,
        labelledby="palette-title",
        class_name="palette",
    )  # fmt: skip


def of_pages(pages: Sequence[RegisteredPage]) -> Component:
    """The group of the pages that the viewer may open."""
    return _of_pages(_entries(pages))


def _of_pages(pages: Sequence[Entry]) -> Component:
    return _group("Pages", [_option(symbol, name, "", path) for symbol, name, path in pages])


def _group(name: str, options: Sequence[Component]) -> html.Div:
    heading = html.Div(name, className="palette-heading", **aria(hidden="true"))
    return html.Div([heading, *options], role="group", className="palette-group", **aria(label=name))


def _option(symbol: str, name: str, note: str, href: str) -> html.A:
    return html.A(
        [icon(symbol), html.Bdi(name, className="palette-name"), html.Span(note, className="palette-aside")],
        href=href,
        role="option",
        tabIndex=-1,
        className="palette-option",
        disable_n_clicks=True,
        **aria(selected="false"),
    )


# What is typed


@callback(
    Output("palette-found", "children"),
    Output("palette-note", "children"),
    Output("palette-hint", "children"),
    Input("palette-ask", "data"),
    prevent_initial_call=True,
)
def find(ask: object) -> tuple[Children, str, str]:
    """The groups of what was found, marked with the text they answer; a sentence for the status line; a hint.

    Asked is `{"text": …, "nth": …}`. Where a kind is late, the groups bear `nth`, and the browser asks once more.
    """
    asked, nth = (str(ask.get("text", "")), str(ask.get("nth", ""))[:3]) if isinstance(ask, dict) else ("", "")
    text = " ".join(asked.split())[:LONGEST]
    if len(text) < SHORTEST:
        return None, "", ""
    try:
        identity.me()
        kinds = {
            kind: partial(finding.look, kind, text) for kind, path in finding.KINDS.items() if rights.may_reach(path)
        }
        ready: dict[str, Found] = prefetch.gather(kinds, within=WITHIN)
    except Exception as error:
        known = states.understood(error)
        return html.Div(**data(answers=text)), f"{known.title}. {known.message}", ""
    found = {kind: ready[kind] for kind in kinds if kind in ready}
    late = [kind.lower() for kind in kinds if kind not in ready]
    groups = [
        _group(
            kind, [_option(symbol, name, note, dash.get_relative_path(path)) for symbol, name, note, path in its.hits]
        )
        for kind, its in found.items()
        if its.hits
    ]
    tables = found.get("Tables")
    return (
        html.Div(groups, role="presentation", **data(answers=text, **({"late": nth} if late else {}))),
        "; ".join(_status(list(found.values()), late)) + ".",
        "" if tables is not None and tables.hits else IN_FULL,
    )


def _status(found: Sequence[Found], late: Sequence[str]) -> list[str]:
    total, shown = sum(one.total for one in found), sum(len(one.hits) for one in found)
    count = f"{total} found" if total else "No job, table, column, dashboard or saved query is called so"
    words = [count if shown == total else f"{count}, at most {EACH} of a kind are shown"]
    if late:
        words.append(f"no answer yet from {' and '.join(late)}")
    # Each is a sentence, or two.
    return words + [one.note[:1].lower() + one.note[1:].rstrip(".") for one in found if one.note]


# The shortcuts

_KEYS: tuple[tuple[str, tuple[tuple[str, tuple[str, ...]], ...]], ...] = (
    ("Everywhere", (("Search", ("Mod", "K")), ("This list", ("?",)), ("Close a dialog or menu", ("Esc",)))),
    ("Warehouse", (("Run the statement at the cursor", ("Mod", "Enter")), ("Run all", ("Mod", "Shift", "Enter")))),
    ("Grids", (("From cell to cell", ("←", "↑", "↓", "→")), ("Leave the grid", ("Tab",)))),
)


def _shortcuts() -> dbc.Modal:
    parts: list[Component] = []
    for place, keys in _KEYS:
        rows: list[Component] = []
        for what, chord in keys:
            rows += [html.Dt(what), html.Dd([_key(key) for key in chord])]
        parts += [html.H3(place), html.Dl(rows, className="shortcuts")]
    return dbc.Modal(
        dbc.ModalBody(
            [
                html.H2("Keyboard shortcuts", id="shortcuts-title", className="dialog-title"),
                *parts,
                html.Span(
                    dbc.Button("Close", color="secondary", outline=True, size="sm"), disable_n_clicks=True,
                    **data(palette="close"),
                ),
            ]
        ),
        id="shortcuts",
        is_open=False,
        fade=False,
        labelledby="shortcuts-title",
        class_name="shortcuts-dialog",
    )  # fmt: skip


def _key(key: str) -> Component:
    if key == "Mod":
        return html.Span([html.Kbd("Ctrl", className="key-other"), html.Kbd("⌘", className="key-mac")])
    return html.Kbd(key)
