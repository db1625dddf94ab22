"""Schedules and alerts drawn: on a saved query's page, in the list of alerts, and the fields of their dialogs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import dash
from dash import dcc, html
from dash.development.base_component import Component

from portal.databricks.jobs.schedule import Schedule
from portal.databricks.saved import SavedQuery
from portal.databricks.watch.alertbody import AGGREGATIONS, OPERATORS
from portal.databricks.watch.alerts import PAGE, PAGES, Alert, Evaluation
from portal.databricks.watch.schedules import MOST, Scheduled
from portal.ui import actions, badges, joblinks, when
from portal.ui.attributes import data
from portal.ui.elements import Child, Children
from portal.ui.icons import icon
from portal.ui.queryview import grid, query_path

ASKED, CONFIRMED, DIALOG, OUTCOME = "watch-asked", "watch-confirmed", "watch-dialog", "watch-outcome"
REGION = "watch-region"
RUNS = 3
"""Runs that a schedule shows."""
EVALUATIONS = 25
"""Evaluations of an alert that are listed."""
STATES = {
    "TRIGGERED": badges.Badge("Fired", "bad", "bell"),
    "OK": badges.Badge("OK", "good", "check-circle-fill"),
    "ERROR": badges.Badge("Error", "warn", "exclamation-triangle-fill"),
    "UNKNOWN": badges.Badge("Not evaluated yet", "idle", "dash-circle"),
}


def parts(region: str) -> list[Component]:
    """What a page with these dialogs has in its layout; `region` is drawn anew after what they did."""
    return [dcc.Store(id=REGION, data=region), *actions.dialog_parts(ASKED, CONFIRMED, DIALOG, OUTCOME)]


def button(action: str, thing: str, text: str, symbol: str, of: str, main: bool = False) -> Component:
    """Opens the dialog of an action; who does not see the row hears of what."""
    return html.Button(
        [icon(symbol), html.Span(text), html.Span(f" {of}", className="visually-hidden")],
        type="button",
        className=f"btn btn-sm {'btn-primary' if main else 'btn-outline-secondary'} action",
        disable_n_clicks=True,
        **data(ask=json.dumps({"action": action, "id": thing}), ask_into=ASKED),
    )


# Schedules


def schedules(query: SavedQuery, found: Sequence[Scheduled]) -> list[Component]:
    """The schedules of a query, with their last runs."""
    new = button("schedule.create", query.id, "Schedule", "calendar3", query.name)
    head = html.Div([html.H2("Schedules", className="region-title"), new], className="watch-head")
    if not found:
        return [head, html.P("It runs when somebody runs it.", className="catalog-note")]
    rows = [
        [
            [dcc.Link(html.Bdi(_words(one)), href=joblinks.job_path(one.job.id)), _owner(one.job.owner)],
            badges.draw(badges.run("PAUSED")) if one.job.paused else when.ago(one.job.next()),
            _runs(one),
            html.Span(_schedule_acts(one, query.name), className="query-acts"),
        ]
        for one in found
    ]
    body = [head, grid("Schedules", ("When", "Next start", "Last runs", ""), rows)]
    if len(found) >= MOST:
        body.append(html.P(f"At most {MOST} are listed here; the list of jobs has all.", className="catalog-note"))
    return body


def _words(one: Scheduled) -> str:
    return "; ".join(schedule.words for schedule in one.job.schedules) or "Without a schedule"


def _owner(owner: str) -> Component:
    return html.Div(["by ", html.Bdi(owner)], className="cell-note") if owner else html.Span()


def _runs(one: Scheduled) -> Child:
    if one.runs is None:
        return "not read"
    if not one.runs:
        return "none yet"
    return html.Ul(
        [
            html.Li([dcc.Link(when.ago(run.start), href=joblinks.run_path(run.job_id, run.id)), " ",
                     badges.draw(badges.run(run.state.word))])
            for run in one.runs[:RUNS]
        ],
        className="watch-runs",
    )  # fmt: skip


def _schedule_acts(one: Scheduled, name: str) -> list[Component]:
    id_ = str(one.job.id)
    toggle = (
        button("schedule.resume", id_, "Resume", "play-fill", name)
        if one.job.paused
        else button("schedule.pause", id_, "Pause", "pause-circle", name)
    )
    return [toggle, button("schedule.delete", id_, "Remove", "trash", name)]


# Alerts


def of_query(
    query: SavedQuery, found: Sequence[Alert], names: Mapping[str, str], partial: bool = False
) -> list[Component]:
    """The alerts that were made from a query; of one whose text is another by now, that is said, and where not all
    alerts were looked through (`partial`)."""
    new = button("alert.create", query.id, "Tell me when", "bell", query.name)
    head = html.Div([html.H2("Alerts", className="region-title"), new], className="watch-head")
    body: list[Component] = [head]
    if found:
        body.append(grid("Alerts", _COLUMNS, [_row(one, names, query) for one in found]))
    elif not partial:
        body.append(html.P("Nobody is told of anything in it.", className="catalog-note"))
    if partial:
        text = f"Only the {PAGE * PAGES} oldest alerts that you may see were looked through; there may be more in "
        every = dcc.Link("the list of alerts", href=dash.get_relative_path("/queries?show=alerts"))
        body.append(html.P([text, every, "."], className="catalog-note"))
    return body


_COLUMNS = ("Alert", "State", "When", "")


def listed(found: Sequence[Alert], names: Mapping[str, str]) -> Component:
    """A page of the list."""
    return grid("Alerts", _COLUMNS, [_row(one, names, None) for one in found])


def _row(one: Alert, names: Mapping[str, str], query: SavedQuery | None) -> list[Children]:
    name: list[Child] = [html.Div(html.Bdi(one.name), className="query-name"), html.Div(condition(one))]
    if query is None and one.query:
        name.append(html.Div(dcc.Link("its query", href=query_path(one.query)), className="cell-note"))
    if not one.mine:
        name.append(_owner(one.owner))
    if query is not None and one.text != query.text:
        text = "It holds a copy of an earlier text of this query. "
        update = button("alert.text", one.id, "Update", "arrow-repeat", one.name)
        name.append(html.Div([text, update], className="cell-note is-other"))
    evaluated: list[Child] = [badges.draw(state(one)), html.Div(when.ago(one.evaluated_at, missing="never"))]
    schedule = Schedule("cron", detail=one.cron, zone=one.zone)
    times: list[Child] = [schedule.words] + ([html.Div("paused", className="cell-note")] if one.paused else [])
    toggle = (
        button("alert.resume", one.id, "Resume", "play-fill", one.name)
        if one.paused
        else button("alert.pause", one.id, "Pause", "pause-circle", one.name)
    )
    acts = [
        button("alert.edit", one.id, "Edit", "gear", one.name),
        toggle,
        button("alert.history", one.id, "History", "clock-history", one.name),
        button("alert.delete", one.id, "Delete", "trash", one.name),
    ]
    told = ", ".join(names.get(some, some) for some in one.told) or "nobody"
    times.append(html.Div(["tells ", html.Bdi(told)], className="cell-note"))
    return [name, evaluated, times, html.Span(acts, className="query-acts")]


def state(one: Alert) -> badges.Badge:
    return STATES.get(one.state) or badges.run(one.state)


def condition(one: Alert) -> str:
    """When it fires, in words."""
    if one.no_rows:
        return "fires where there are no rows"
    column = (
        one.column if not one.aggregation else f"{AGGREGATIONS.get(one.aggregation, one.aggregation)} of {one.column}"
    )
    threshold = "" if one.operator.startswith("IS_") else f" {one.threshold}"
    empty = ", or there are no rows" if one.or_no_rows else ""
    return (
        f"fires when {column} {OPERATORS.get(one.operator, one.operator.replace('_', ' ').lower())}{threshold}{empty}"
    )


def history(one: Alert, found: Sequence[Evaluation]) -> list[Component]:
    """The statements that evaluated an alert."""
    head = html.H2(["Evaluations of ", html.Bdi(one.name)], className="region-title")
    if not found:
        return [
            head,
            html.P(
                "Among the last statements of its warehouse that you may see there is none of them.",
                className="catalog-note",
            ),
        ]
    rows = [
        [when.both(each.at), badges.draw(badges.run("SUCCEEDED" if each.state == "FINISHED" else each.state)),
         "–" if each.rows is None else f"{each.rows:,}", each.error[:200]]
        for each in found[:EVALUATIONS]
    ]  # fmt: skip
    body = [head, grid("Evaluations", ("When", "Statement", "Rows", "Error"), rows)]
    if len(found) > EVALUATIONS:
        body.append(html.P(f"The newest {EVALUATIONS} of {len(found)}.", className="catalog-note"))
    return body
