"""What of the viewer's own jobs wants attention, and what starts next: a card for the home page."""

from __future__ import annotations

import dash
import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from portal.databricks.jobs.attention import Attention
from portal.databricks.jobs.model import Job, Run
from portal.ui import badges, when
from portal.ui.elements import Children

LATE = badges.Badge("Late", "warn", "clock")
MOST = 5
"""Lines of each kind; the list of jobs, filtered, has the rest."""


def card(found: Attention) -> Component | None:
    """The card; None for a viewer who owns no job."""
    if not found.mine:
        return None
    rows = [
        *(
            _row(_run(one.job, one.run), ["failed ", when.glance(one.run.end or one.run.start)], badges.run("FAILED"))
            for one in found.failing[:MOST]
        ),
        *(
            _row(
                _run(one.job, one.run),
                f"{when.duration(one.run.duration())} so far, usually {when.duration(one.median)}",
                badges.run("RUNNING"),
            )
            for one in found.long[:MOST]
        ),
        *(
            _row(
                _run(one.job, one.run),
                f"{when.duration(one.by)} later than usual",
                LATE,
            )
            for one in found.late[:MOST]
        ),
        *(_row(_job(job), "its schedule", badges.run("PAUSED")) for job in found.paused[:MOST]),
    ]
    calm = html.P("Nothing of yours is failing, late, running long or paused.", className="text-body-secondary")
    parts: list[object] = [
        html.H2("Your jobs", className="region-title"),
        html.Ul(rows, className="rows") if rows else calm,
        _more(found, len(rows)),
    ]
    if found.upcoming:
        parts += [
            html.H3("Next to start", className="region-subtitle"),
            html.Ul([_row(_job(one.job), when.glance(one.at), None) for one in found.upcoming], className="rows"),
        ]
    return dbc.Card(dbc.CardBody(parts))


def _more(found: Attention, shown: int) -> Component | None:
    rest = len(found.failing) + len(found.long) + len(found.late) + len(found.paused) - shown
    if not rest and found.complete:
        return None
    text = f"{rest} more of yours" if rest else "Not all jobs have been looked at yet"
    link = dcc.Link("all of your jobs", href=dash.get_relative_path("/jobs?show=mine"))
    return html.P([text, ": ", link], className="rows-side")


def _row(name: Component, fact: Children, badge: badges.Badge | None) -> html.Li:
    parts = [html.Span(name, className="rows-main"), html.Span(fact, className="rows-side")]
    return html.Li([*parts, badges.draw(badge)] if badge else parts)


def _run(job: Job, run: Run) -> Component:
    return dcc.Link(job.name, href=dash.get_relative_path(f"/jobs/{job.id}/runs/{run.id}"))


def _job(job: Job) -> Component:
    return dcc.Link(job.name, href=dash.get_relative_path(f"/jobs/{job.id}"))
