"""Who wrote and read a table, drawn: jobs with their last run, queries, dashboards; and when it was updated."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

import dash
from dash import dcc, html
from dash.development.base_component import Component

from portal.databricks.lineage.who import Known, Updated, Who
from portal.ui import address, badges, joblinks, states, when
from portal.ui.elements import Child, Children
from portal.ui.queryview import grid, query_path

_KINDS = {"job": "Job", "query": "Saved query", "dashboard": "Dashboard", "alert": "Alert"}


def draw(who: Who, updated: Updated | None) -> list[Child]:
    """The list, below the sentence that says when the table was updated, and by which run."""
    body: list[Child] = [] if updated is None else [_updated(updated)]
    rows = [*_rows(who.writers, "wrote it"), *_rows(who.readers, "read it")]
    body.append(html.H3("Who wrote and read it", className="region-subtitle"))
    if rows:
        body.append(grid("Who wrote and read it", ("Name", "Did", "When", "Last run"), rows))
    elif not who.hidden and who.trouble is None:
        body.append(html.P("No job, query, dashboard or alert is known to have.", className="catalog-note"))
    if who.hidden:
        some = "1 of them is" if who.hidden == 1 else f"{who.hidden:,} of them are"
        body.append(html.P(f"{some} deleted, or not visible to you.", className="catalog-note"))
    if who.trouble is not None:
        body.append(html.P(f"Some could not be asked about: {who.trouble.message}", className="catalog-note"))
    if who.left:
        more = html.Button(
            f"Ask about {who.left:,} more",
            type="button",
            className="btn btn-outline-secondary btn-sm",
            disable_n_clicks=True,
            **address.sets(who="all"),
        )
        body.append(html.P([f"{who.left:,} more were not asked about, to keep this quick. ", more]))
    return body


def _rows(found: Sequence[Known], did: str) -> list[Sequence[Children]]:
    return [
        [
            [_name(one), html.Div(_KINDS.get(one.entity.kind, one.entity.kind.capitalize()), className="cell-note")],
            did,
            when.ago(one.entity.at),
            _run(one),
        ]
        for one in found
    ]


def _name(one: Known) -> Component:
    name, id_ = html.Bdi(one.name), one.entity.id
    match one.entity.kind:
        case "job":
            return dcc.Link(name, href=joblinks.job_path(int(id_)))
        case "query":
            return dcc.Link(name, href=query_path(id_))
        case "dashboard":
            return dcc.Link(name, href=dash.get_relative_path(f"/dashboards/{quote(id_, safe='')}"))
        case "alert":
            return dcc.Link(name, href=dash.get_relative_path(f"/queries?show=alerts&q={quote(one.name, safe='')}"))
    return html.Span(name)


def _run(one: Known) -> Children:
    if one.last is None:
        return "–"
    path = joblinks.run_path(one.last.job_id, one.last.id)
    badge = badges.draw(badges.run(one.last.state.word))
    shown = [dcc.Link(when.ago(one.last.start), href=path), " ", badge]
    if one.task:
        task = dcc.Link(["task ", html.Bdi(one.task)], href=f"{path}?task={quote(one.task, safe='')}")
        shown.append(html.Div([task, " failed"], className="cell-note"))
    return shown


def _updated(found: Updated) -> Component:
    by = found.by
    parts: list[Child] = ["Updated ", when.glance(found.at), " by "]
    if found.run is not None:
        run = dcc.Link(f"run {found.run.id}", href=joblinks.run_path(found.run.job_id, found.run.id))
        parts += [run, " of "]
    parts += [_name(by), ", "]
    schedules = by.job.schedules if by.job else ()
    if schedules:
        paused = " (paused)" if all(one.paused for one in schedules) else ""
        parts.append(f"its schedule: {'; '.join(one.words for one in schedules)}{paused}.")
    else:
        parts.append("which has no schedule." if by.job else "whose schedule is not known here.")
    if found.late is not None:
        parts += [" ", html.Strong(f"{_hours(found.late)} later than usual.", className="late")]
    return html.P(parts, className="updated-line")


def _hours(milliseconds: int) -> str:
    """In one unit, as a person would say it."""
    hours = milliseconds / 3_600_000
    return f"{round(hours)} h" if hours >= 1 else f"{round(milliseconds / 60_000)} min"


def nothing() -> Component:
    return states.loading("who wrote and read it", rows=3)
