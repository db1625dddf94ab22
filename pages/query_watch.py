"""Schedules and alerts of saved queries: on a query's page and in the list of alerts. No page of its own.

A button asks for a dialog; the server checks, signs, and says what the dialog shows; what is confirmed comes back with
the signed token, and is done as the viewer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash
from dash import Input, Output, State, callback, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from portal.databricks import saved, workspace
from portal.databricks.identity import me
from portal.databricks.jobs import api
from portal.databricks.watch import alertactions, alerts, schedules, times
from portal.ui import pager, states, watchdialogs, watchview
from portal.ui.actions import Dialog, GivenConfirmed
from portal.ui.icons import icon
from portal.ui.watchview import ASKED, CONFIRMED, DIALOG, OUTCOME, REGION
from portal.viewer.errors import PortalError
from portal.viewer.given import read

_DONE = {
    "schedule.create": "Scheduled. It is among the jobs of the workspace.",
    "schedule.pause": "Paused.",
    "schedule.resume": "It starts again by its schedule.",
    "schedule.delete": "Removed: the job is gone from the workspace.",
    "alert.create": "The alert is made.",
    "alert.edit": "Saved.",
    "alert.text": "It has the query's text of now.",
    "alert.pause": "Paused: it is not evaluated.",
    "alert.resume": "It is evaluated again.",
    "alert.delete": "Moved to the trash of Databricks.",
}


def region() -> Component:
    """On a query's page: nobody waits for it."""
    return states.region("query-watch", "Schedules and alerts", states.loading("schedules and alerts", rows=3))


@callback(Output("query-watch", "children"), Input(*states.again("query-watch")), Input("query-id", "data"))
@states.guarded
def draw(_again: int, query_id: str) -> Component:
    query = saved.get(query_id)
    reads: list[Any] = [lambda: alerts.of_query(query.id)]
    if schedules.on():
        reads.append(lambda: schedules.of(query.id))
    found = workspace.each(lambda one: one(), reads)
    parts: list[Any] = [_part(some, "schedules", query) for some in found[1:]]
    return html.Div([*parts, _part(found[0], "alerts", query)])


def _part(found: Any, what: str, query: saved.SavedQuery) -> Component:
    """One of the two; a failure of one leaves the other."""
    if isinstance(found, PortalError):
        return html.Section([html.P(f"The {what} could not be read: {found.message}", className="catalog-note")])
    if what == "schedules":
        return html.Section(watchview.schedules(query, found), className="catalog-part")
    partial = found.following is not None
    return html.Section(watchview.of_query(query, found.alerts, names(), partial), className="catalog-part")


def names() -> dict[str, str]:
    """Ids of destinations and what they are called."""
    return {one.id: one.name for one in alertactions.destinations()}


def listed(view: Mapping[str, str]) -> list[Component]:
    """A page of the alerts that the viewer may see, for the list of queries: one call."""
    page = alerts.page(view.get("page") or None)
    words = view.get("q", "").lower().split()
    found = [one for one in page.alerts if all(word in f"{one.name}\n{one.text}".lower() for word in words)]
    count = f"{len(found):,} of {len(page.alerts):,}" if words else f"{len(found):,}"
    note = f"{count} {'alert' if len(page.alerts) == 1 else 'alerts'}"
    note += " on this page; more follow" if page.following else ""
    body: list[Component] = [html.P(note, className="grid-note", role="status")]
    if found:
        body.append(watchview.listed(found, names()))
    elif words:
        body.append(states.empty("No alerts match", "Try fewer words, or the next page."))
    else:
        body.append(states.empty("No alerts", "Open a saved query, and choose “Tell me when”."))
    steps: list[Component] = [pager.back("First", page="")] if view.get("page") else []
    if page.following:
        steps.append(pager.on("Next", page=page.following))
    return [*body, pager.steps(steps, "Pages of alerts")] if steps else body


# Dialogs: the first half asks, the second does


@callback(Output(OUTCOME, "children"), Input(ASKED, "data"), prevent_initial_call=True)
@states.guarded
def ask(asked: dict[str, Any] | None) -> Any:
    """A button was pressed: show its dialog, or why there is none."""
    if not asked:
        raise PreventUpdate
    action, thing = str(asked.get("action")), str(asked.get("id"))
    if action == "alert.history":
        one = alerts.get(thing)
        return watchview.history(one, alerts.history(one.id, one.warehouse_id))
    _show(_dialog(action, thing, str(asked.get("zone") or "UTC")[:60]))
    return None


def _show(dialog: Dialog) -> None:
    dash.set_props(DIALOG, {"data-dialog": dialog.as_json()})


def _dialog(action: str, thing: str, zone: str) -> Dialog:
    what = action.partition(".")[2]
    match action:
        case "schedule.create":
            token, query = schedules.begin(thing)
            return watchdialogs.schedule(token, query, zone)
        case "alert.create":
            token, query = alertactions.begin(thing)
            doubt = alertactions.doubts(query.text)
            return watchdialogs.alert(token, query, "", doubt, alertactions.destinations(), zone)
        case "alert.edit":
            token, one = alertactions.begin_change(what, thing)
            return watchdialogs.edit(token, one, alertactions.destinations(), me().user_name)
        case "schedule.pause" | "schedule.resume" | "schedule.delete":
            token, job = schedules.begin_change(what, api.number(thing, "job"))
            words = "; ".join(one.words for one in job.schedules)
            text = {"pause": f"It no longer starts by its schedule ({words}).",
                    "resume": f"It starts again: {words}.",
                    "delete": f"The job “{job.name}” is deleted. Its query stays."}[what]  # fmt: skip
            name = {"pause": "Pause", "resume": "Resume", "delete": "Remove"}[what]
            return watchdialogs.change(action, token, name, text, what == "delete")
        case "alert.pause" | "alert.resume" | "alert.delete" | "alert.text":
            token, one = alertactions.begin_change(what, thing)
            text = {"pause": f"“{one.name}” is not evaluated until you resume it.",
                    "resume": f"“{one.name}” is evaluated again.",
                    "delete": f"“{one.name}” goes to the trash of Databricks, which keeps it for thirty days.",
                    "text": f"“{one.name}” gets the text that its query has now."}[what]  # fmt: skip
            name = {"pause": "Pause", "resume": "Resume", "delete": "Delete", "text": "Update"}[what]
            return watchdialogs.change(action, token, name, text, what == "delete")
    raise PreventUpdate


@callback(
    Output(OUTCOME, "children", allow_duplicate=True),
    Input(CONFIRMED, "data"),
    State(REGION, "data"),
    prevent_initial_call=True,
)
@states.guarded
def do(confirmed: dict[str, Any] | None, region_id: str) -> Component | None:
    """The dialog was confirmed: do it, and say what came of it."""
    if not confirmed:
        raise PreventUpdate
    given = read(GivenConfirmed, confirmed)
    action, values = given.action, given.values or {}
    try:
        if action == "schedule.plan":
            plan = times.given(values)
            _show(watchdialogs.planned(schedules.planned(given.token, plan), plan))
            return None
        _do(action, given.token, values)
    except PortalError as error:
        # What is wrong with what was filled in is said in the dialog, where it still stands.
        dialog = watchdialogs.again(action, given.token, error.message, values, alertactions.destinations())
        if type(error) is not PortalError or dialog is None:
            raise
        _show(dialog)
        return None
    finally:
        states.draw_anew(str(region_id)[:64])
    return html.Div([icon("info-circle"), html.Span(_DONE[action])], className="outcome-line")


def _do(action: str, token: str, values: dict[str, Any]) -> None:
    match action:
        case "schedule.create":
            schedules.create(token)
        case "schedule.pause" | "schedule.resume" | "schedule.delete":
            schedules.change(action.partition(".")[2], token)
        case "alert.create":
            alertactions.create(token, values, times.given(values))
        case "alert.edit":
            alertactions.edit(token, values, times.given(values))
        case "alert.pause" | "alert.resume":
            alertactions.pause(token, action == "alert.pause")
        case "alert.text":
            alertactions.update_text(token)
        case "alert.delete":
            alertactions.delete(token)
        case _:
            raise PreventUpdate
