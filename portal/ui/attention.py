"""What of the viewer's own jobs wants attention, as a card for a home page."""

from __future__ import annotations

from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from portal.databricks.jobs.attention import Attention
from portal.ui import badges, joblist, when

MOST = 5


def card(found: Attention) -> html.Div:
    """Failing, running long, paused, and what starts next; one line where nothing does."""
    parts: list[Any] = []
    failing = [
        _row(one.job.name, joblist.run_path(one.job.id, one.run.id), when.ago(one.run.start), one.run.state.word)
        for one in found.failing[:MOST]
    ]
    long = [
        _row(
            one.job.name,
            joblist.run_path(one.job.id, one.run.id),
            f"{when.duration(one.run.duration())}, usually {when.duration(one.median)}",
            one.run.state.word,
        )
        for one in found.long[:MOST]
    ]
    paused = [_row(job.name, joblist.job_path(job.id), None, "PAUSED") for job in found.paused[:MOST]]
    upcoming = [_row(one.job.name, joblist.job_path(one.job.id), when.ago(one.at), None) for one in found.upcoming]
    for title, rows, count in (
        ("Failing", failing, len(found.failing)),
        ("Running longer than usual", long, len(found.long)),
        ("Paused", paused, len(found.paused)),
        ("Next starts", upcoming, len(found.upcoming)),
    ):
        if rows:
            more = f" ({count})" if count > len(rows) else ""
            parts += [html.H3(title + more, className="attention-title"), html.Ul(rows, className="rows")]
    if not found.mine:
        parts = [html.P("You have no jobs of your own.", className="text-body-secondary mb-0")]
    elif not (failing or long or paused):
        parts.insert(0, html.P(f"Nothing of your {found.mine} jobs needs you.", className="text-body-secondary"))
    if not found.complete:
        parts.append(html.P("Among the jobs and runs read so far.", className="grid-note"))
    return html.Div([html.H2("Your jobs", className="region-title"), *parts], className="card card-body")


def _row(name: str, path: str, side: Component | str | None, state: str | None) -> html.Li:
    parts: list[Any] = [html.Span(dcc.Link(name, href=path), className="rows-main")]
    if side is not None:
        parts.append(html.Span(side, className="rows-side"))
    if state is not None:
        parts.append(badges.draw(badges.run(state)))
    return html.Li(parts)
