"""Queries that the workspace keeps: what the viewer ran, and what is saved under a name.

Which of them, filtered how, is in the address (`assets/jobs.js` keeps it there).
"""

from __future__ import annotations

import time
from typing import Any

import dash
from dash import Input, Output, State, callback, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from portal.api import PortalError
from portal.databricks import history, saved
from portal.settings import settings
from portal.ui import ahead, joblist, queryview, shell, states
from portal.ui.attributes import aria, data
from portal.ui.icons import icon
from portal.ui.queryview import ASKED, CONFIRMED, DIALOG, OUTCOME, REGION

dash.register_page(
    __name__, path="/queries", name="Queries", title=shell.title("Queries"), order=25, icon="clock-history"
)

View = dict[str, str]
_DONE = {"save": "Saved.", "rename": "Renamed.", "delete": "Moved to the trash of Databricks."}


def layout(**query: Any) -> Component:
    view = {name: value for name, value in query.items() if isinstance(value, str)}
    ready = ahead.gather({"content": lambda: _content(view)})
    return html.Div(
        [
            shell.page_header("Queries", "What you ran and what is saved, as Databricks keeps it."),
            _toolbar(view),
            *queryview.parts("queries"),
            dcc.Store(id="queries-view", data=view),
            states.region(
                "queries", "Queries", states.loading("queries", rows=10, kind="grid"), content=ready.get("content")
            ),
        ],
        className="queries",
        **data(view="queries-view"),
    )


def _toolbar(view: View) -> Component:
    box = joblist.field("queries-q", view.get("q", ""), "Part of the text")
    return html.Div(
        [
            html.Div(
                [_choice("show", "", "History", view), _choice("show", "saved", "Saved", view)],
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
        **joblist.sets(**{name: value}),
        **aria(pressed=str(view.get(name, "") == value).lower()),
    )


@callback(Output("queries", "children"), Input(*states.again("queries")), Input("queries-view", "data"))
@states.guarded
def draw(_again: int, view: View | None) -> list[Component]:
    return _content(view or {})


def _content(view: View) -> list[Component]:
    if view.get("show") == "saved":
        whose = html.Div(
            [_choice("whose", "", "Everyone's", view), _choice("whose", "mine", "Mine", view)],
            className="chips",
            role="group",
            **aria(label="Whose"),
        )
        return [whose, *queryview.saved(saved.all(), view, saved.MOST)]
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
    if action not in ("rename", "delete"):
        raise PreventUpdate
    token, found = saved.begin(action, thing)
    if action == "rename":
        return queryview.dialog(
            action, token, "Rename", f"“{found.name}” gets another name.", "Rename", found.name, False
        )
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
    action, token = str(confirmed.get("action")), str(confirmed.get("token"))
    values: dict[str, Any] = confirmed.get("values") or {}
    name = str(values.get("name", ""))
    try:
        match action:
            case "save":
                past = history.find(token)
                saved.save(name, past.text, past.warehouse_id or None)
            case "rename":
                saved.rename_confirmed(token, name)
            case "delete":
                saved.delete_confirmed(token)
            case _:
                raise PreventUpdate
    except PortalError as error:
        return states.draw(states.understood(error))
    finally:
        dash.set_props(states.again(region)[0], {"data": int(time.time() * 1000)})
    return html.Div([icon("info-circle"), html.Span(_DONE[action])], className="outcome-line")
