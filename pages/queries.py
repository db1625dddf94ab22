"""Queries that the workspace keeps: what the viewer ran, and what is saved under a name.

Which of them, filtered how, is in the address (`assets/src/parts/address.js` keeps it there).
"""

from __future__ import annotations

from typing import Any

import dash
from dash import Input, Output, State, callback, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from pages import query_watch
from portal.api import PortalError
from portal.databricks import history, kept, saved
from portal.settings import settings
from portal.ui import address, prefetch, queryview, shell, stars, states, watchview
from portal.ui.actions import GivenConfirmed
from portal.ui.attributes import aria, data
from portal.ui.elements import Child
from portal.ui.icons import icon
from portal.ui.queryview import ASKED, CONFIRMED, DIALOG, OUTCOME, REGION
from portal.viewer.given import read

dash.register_page(
    __name__, path="/queries", name="Queries", title=shell.title("Queries"), order=25, icon="clock-history"
)

View = dict[str, str]
_DONE = {
    "save": "Saved.",
    "rename": "Renamed.",
    "describe": "Saved.",
    "duplicate": "Duplicated, into your own folder.",
    "delete": "Moved to the trash of Databricks.",
}


def layout(**query: Any) -> Component:
    view = {name: value for name, value in query.items() if isinstance(value, str)}
    ready = prefetch.gather({"content": lambda: _content(view)})
    return html.Div(
        [
            shell.page_header("Queries", "What you ran and what is saved, as Databricks keeps it."),
            _toolbar(view),
            stars.shelf("query"),
            *queryview.parts("queries"),
            *watchview.parts("queries"),
            dcc.Store(id="queries-view", data=view),
            states.region(
                "queries", "Queries", states.loading("queries", rows=10, kind="grid"), content=ready.get("content")
            ),
        ],
        className="queries",
        **data(view="queries-view"),
    )


def _toolbar(view: View) -> Component:
    box = address.field("queries-q", view.get("q", ""), "Part of the text")
    return html.Div(
        [
            html.Div(
                [
                    _choice("show", "", "History", view),
                    _choice("show", "saved", "Saved", view),
                    _choice("show", "alerts", "Alerts", view),
                ],
                className="chips",
                role="group",
                **aria(label="Which queries"),
            ),
            html.Div(
                [html.Label("Search queries", htmlFor="queries-q", className="form-label"), box],
                className="jobs-search",
                **data(param="q"),
            ),
        ],
        className="toolbar",
    )


def _choice(name: str, value: str, text: str, view: View) -> Component:
    return html.Button(
        text,
        type="button",
        className="chip",
        disable_n_clicks=True,
        **address.sets(**{name: value}),
        **aria(pressed=str(view.get(name, "") == value).lower()),
    )


@callback(Output("queries", "children"), Input(*states.again("queries")), Input("queries-view", "data"))
@states.guarded
def draw(_again: int, view: View | None) -> list[Child]:
    return _content(view or {})


def _content(view: View) -> list[Child]:
    if view.get("show") == "saved":
        whose = html.Div(
            [_choice("whose", "", "Everyone's", view), _choice("whose", "mine", "Mine", view)],
            className="chips",
            role="group",
            **aria(label="Whose"),
        )
        return [whose, *queryview.saved(saved.all(), view, saved.MOST)]
    if view.get("show") == "alerts":
        return [*query_watch.listed(view)]
    page = history.mine(
        view.get("q", ""), view.get("state") or None, view.get("since") or None, view.get("page") or None
    )
    return [queryview.history_filters(view), *queryview.history(page, view, settings().databricks_host)]


# Dialogs: the first half asks, the second does


@callback(Output(OUTCOME, "children"), Input(ASKED, "data"), prevent_initial_call=True)
def ask(asked: dict[str, Any] | None) -> Component | None:
    """A button was pressed: show its dialog, or why there is none."""
    if not asked:
        raise PreventUpdate
    try:
        dash.set_props(DIALOG, {"data-dialog": _dialog(str(asked.get("action")), str(asked.get("id")))})
    except PortalError as error:
        return states.draw(states.understood(error))
    return None


def _dialog(action: str, thing: str) -> str:
    if action == "save":
        text = history.find(thing).text
        name = " ".join(text.split())[:60]
        said = "It is kept in Databricks, in your own folder, and runs as whoever opens it."
        return queryview.dialog(action, thing, "Save this query", said, "Save", name, danger=False)
    if action not in ("rename", "describe", "duplicate", "delete"):
        raise PreventUpdate
    token, found = saved.begin(action, thing)
    if action == "rename":
        return queryview.dialog(
            action, token, "Rename", f"“{found.name}” gets another name.", "Rename", found.name, False
        )
    if action == "describe":
        return queryview.description(token, found)
    if action == "duplicate":
        said = f"“{found.name}” once more, with its parameters and charts, in your own folder."
        return queryview.dialog(action, token, "Duplicate", said, "Duplicate", f"{found.name} (copy)", False)
    said = f"“{found.name}” goes to the trash of Databricks, which keeps it for thirty days."
    return queryview.dialog(action, token, "Delete this query", said, "Delete", None, danger=True)


@callback(
    Output(OUTCOME, "children", allow_duplicate=True),
    Input(CONFIRMED, "data"),
    State(REGION, "data"),
    prevent_initial_call=True,
)
def do(confirmed: dict[str, Any] | None, region: str) -> Component:
    """The dialog was confirmed: do it, and say what came of it."""
    if not confirmed:
        raise PreventUpdate
    given = read(GivenConfirmed, confirmed)
    action, token, values = given.action, given.token, given.values or {}
    name = str(values.get("name", ""))
    made: saved.SavedQuery | None = None
    try:
        match action:
            case "save":
                past = history.find(token)
                saved.save(name, past.text, past.warehouse_id or None)
            case "rename":
                saved.rename_confirmed(token, name)
            case "describe":
                kept.describe_confirmed(token, str(values.get("description", "")), str(values.get("tags", "")))
            case "duplicate":
                made = kept.duplicate(saved.duplicate_confirmed(token), name).query
            case "delete":
                saved.delete_confirmed(token)
            case _:
                raise PreventUpdate
    except PortalError as error:
        return states.draw(states.understood(error))
    finally:
        states.draw_anew(region)
    shown: list[Any] = [icon("info-circle"), html.Span(_DONE[action])]
    if made is not None:
        shown.append(dcc.Link(["Open ", html.Bdi(made.name)], href=queryview.query_path(made.id)))
    return html.Div(shown, className="outcome-line")
