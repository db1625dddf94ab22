"""The list of jobs: filters, a grid of at most twenty rows, and the way to the other pages.

The grid is a plain table that `assets/joblist.js` draws: nothing to load, links and buttons inside. Controls carry what
they change of the page's address as JSON in `data-set`; `assets/jobs.js` does the rest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import dash
import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from portal.databricks.jobs.index import Index
from portal.databricks.jobs.model import Job, Run
from portal.databricks.jobs.search import Choices, Listed, View
from portal.ui import badges, when
from portal.ui.attributes import aria, data
from portal.ui.drawing import drawing, state_badges
from portal.ui.icons import icon
from portal.viewer.errors import Busy, PortalError

Json = dict[str, Any]
Runs = Mapping[int, "tuple[Run, ...] | PortalError"]

SHOWN = {"all": "All", "mine": "Mine", "failed": "Failed lately", "running": "Running", "paused": "Paused"}
_COLUMNS = (
    ("Name", "name"),
    ("Owner", "owner"),
    ("Schedule", "next"),
    ("Last runs", None),
    ("State", None),
    ("Started", None),
    ("Duration", None),
)
_TAGS = 3
"""Tags that a row shows; the others are on the job's page."""


def job_path(job_id: int) -> str:
    return dash.get_relative_path(f"/jobs/{job_id}")


def run_path(job_id: int, run_id: int) -> str:
    return dash.get_relative_path(f"/jobs/{job_id}/runs/{run_id}")


def sets(**changes: str | int) -> dict[str, Any]:
    """What a control changes of the address: `sets(show="mine")`. "" takes a parameter away."""
    return data(set=json.dumps({name: str(value) for name, value in changes.items()}))


def field(field_id: str, value: str, placeholder: str) -> dbc.Input:
    """A search as one types, which `assets/jobs.js` puts into the address where an element with `data-param` holds it.

    Dash's own field lets the caret jump when keys follow each other fast: "month-end" became "mth-endon".
    """
    return dbc.Input(
        id=field_id, type="search", value=value, placeholder=placeholder, autocomplete="off", debounce=True
    )


def filters(view: View) -> html.Div:
    """The search box and the choice of what to show: outside of the region, so that typing is never interrupted."""
    box = field("jobs-q", view.q, "Name, owner, tag or id")
    shows = [
        html.Button(
            text,
            type="button",
            className="chip",
            disable_n_clicks=True,
            **sets(show="" if name == "all" else name),
            **aria(pressed=str(view.show == name).lower()),
        )
        for name, text in SHOWN.items()
    ]
    return html.Div(
        [
            html.Div(
                [html.Label("Search jobs", htmlFor="jobs-q", className="form-label"), box],
                className="jobs-search",
                **data(param="q"),
            ),
            html.Div(shows, className="chips", role="group", **aria(label="Show")),
        ],
        className="toolbar",
    )


def selects(view: View, choices: Choices) -> html.Div:
    """Owner and tag, of the values that occur."""
    offered = (("owner", "Owner", view.owner, choices.owners), ("tag", "Tag", view.tag, choices.tags))
    # What is chosen stays on offer while the index is still being read.
    value = [
        {
            "name": name,
            "label": label,
            "chosen": chosen,
            "values": [chosen, *values] if chosen and chosen not in values else list(values),
        }
        for name, label, chosen, values in offered
    ]
    return drawing("choices", value, "jobs-selects")


def note(listed: Listed, index: Index, view: View) -> html.P:
    """How many there are, and how far the index is read."""
    count = f"{listed.count:,} {'job' if listed.count == 1 else 'jobs'}"
    text = f"{count} of {len(index.jobs):,}" if view.filtered and listed.count != len(index.jobs) else count
    if listed.partial:
        text += f", {listed.partial}"
    if not index.complete:
        if index.trouble is not None:
            text += f". Reading stopped after {len(index.jobs):,} jobs: {index.trouble}"
        elif index.full:
            text += f". Only the newest {len(index.jobs):,} jobs are searched"
        else:
            text += f". Reading all jobs: {len(index.jobs):,} so far"
    return html.P(text, className="grid-note", role="status", id="jobs-note")


def table(listed: Listed, runs: Runs, view: View, now: float) -> html.Div:
    """The grid named "Jobs". A job that `runs` does not have yet has placeholders; a failure says so in its row."""
    rows = [_row(job, runs.get(job.id), now) for job in listed.jobs]
    words = {run.state.word for some in runs.values() if not isinstance(some, PortalError) for run in some}
    value = {
        "count": listed.count,
        "columns": [_heading(text, key, view) for text, key in _COLUMNS],
        "rows": rows,
        "states": state_badges({*words, "PAUSED"}),
    }
    return drawing("jobs", value)


def _heading(text: str, key: str | None, view: View) -> Json:
    if key is None:
        return {"text": text}
    if view.sort != key:
        return {"text": text, "set": {"sort": key, "dir": "asc"}}
    way = "asc" if view.down else "desc"
    return {"text": text, "set": {"sort": key, "dir": way}, "sorted": "descending" if view.down else "ascending"}


def _row(job: Job, runs: tuple[Run, ...] | PortalError | None, now: float) -> Json:
    return {
        "id": str(job.id),
        "name": job.name,
        "href": job_path(job.id),
        "owner": job.owner,
        "tags": [_tag(key, value) for key, value in job.tags[:_TAGS]],
        "more": max(0, len(job.tags) - _TAGS),
        "schedules": [
            {"words": one.words, "title": one.trouble or None, "paused": one.paused} for one in job.schedules
        ],
        "next": job.next(now),
        **_runs(job, runs, now),
    }


def _tag(key: str, value: str) -> Json:
    text = f"{key}: {value}" if value else key
    tag = f"{key}:{value}" if value else key
    return {"text": text, "title": f"Only jobs tagged {text}", "set": {"tag": tag}}


def _runs(job: Job, runs: tuple[Run, ...] | PortalError | None, now: float) -> Json:
    """The last runs, the newest on the right, each a link that says what it is; and the newest in full."""
    if runs is None:
        return {"waiting": True}
    if isinstance(runs, PortalError):
        return {"note": "Busy, retrying" if isinstance(runs, Busy) else runs.title, "title": str(runs)}
    if not runs:
        return {"note": "Never run"}
    cells = [
        {
            "state": run.state.word,
            "took": when.duration(run.duration(now)),
            "href": run_path(job.id, run.id),
            "key": str(run.id),
        }
        for run in reversed(runs)
    ]
    newest = runs[0]
    return {"runs": cells, "state": newest.state.word, "start": newest.start, "took": cells[-1]["took"]}


def schedule(job: Job, now: float) -> list[Component]:
    """In words, and when next."""
    if not job.schedules:
        return [html.Span("By hand", className="text-body-secondary")]
    parts: list[Component] = []
    for one in job.schedules:
        parts.append(html.Span(one.words, title=one.trouble or None, className="words"))
        if one.paused:
            parts.append(badges.draw(badges.run("PAUSED")))
    if (at := job.next(now)) is not None:
        parts.append(html.Span(["next: ", when.ago(at)], className="job-next"))
    return parts


def pager(listed: Listed) -> html.Nav | None:
    """Previous and next, and where one is."""
    if listed.pages < 2:
        return None

    def step(text: str, symbol: str, page: int) -> html.Button:
        return html.Button(
            [icon(symbol), html.Span(text)],
            type="button",
            className="btn btn-outline-secondary btn-sm",
            disabled=not 1 <= page <= listed.pages,
            disable_n_clicks=True,
            **sets(page=page if page > 1 else ""),
        )

    where = html.Span(f"Page {listed.page:,} of {listed.pages:,}", className="pager-where")
    steps = [
        step("Previous", "chevron-left", listed.page - 1), where, step("Next", "chevron-right", listed.page + 1)
    ]  # fmt: skip
    return html.Nav(steps, className="pager", **aria(label="Pages of jobs"))
