"""The list of jobs: filters, a grid of at most twenty rows, and the way to the other pages.

A plain table, as `grid.small`: nothing to load, links and buttons inside. Controls carry what they change of the
page's address as JSON in `data-set`; `assets/jobs.js` does the rest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import dash
from dash import dcc, html
from dash.development.base_component import Component

from portal.databricks.jobs.index import Index
from portal.databricks.jobs.model import Job, Run
from portal.databricks.jobs.search import Choices, Listed, View
from portal.ui import badges, when
from portal.ui.attributes import aria, data
from portal.ui.icons import icon
from portal.viewer.errors import Busy, PortalError

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


def filters(view: View) -> html.Div:
    """The search box and the choice of what to show: outside of the region, so that typing is never interrupted."""
    box = dcc.Input(
        id="jobs-q",
        type="search",
        value=view.q,
        placeholder="Name, owner, tag or id",
        autoComplete="off",
        className="form-control",
        debounce=True,
    )
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
    return html.Div(
        [_select("owner", "Owner", view.owner, choices.owners), _select("tag", "Tag", view.tag, choices.tags)],
        className="jobs-selects",
    )


def _select(name: str, label: str, chosen: str, values: Sequence[str]) -> html.Div:
    # What is chosen stays on offer while the index is still being read.
    offered = [chosen, *values] if chosen and chosen not in values else values
    options = [html.Option("Any", value=""), *(html.Option(value, value=value) for value in offered)]
    select = html.Select(options, id=f"jobs-{name}", className="form-select form-select-sm", disable_n_clicks=True)
    return html.Div(
        [html.Label(label, htmlFor=f"jobs-{name}", className="form-label"), select],
        className="jobs-select",
        **data(param=name, chosen=chosen),
    )


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
    head = html.Tr([_heading(text, key, view) for text, key in _COLUMNS], role="row")
    rows = [_row(job, runs.get(job.id), now) for job in listed.jobs]
    grid = html.Table(
        [html.Thead(head, role="rowgroup"), html.Tbody(rows, role="rowgroup")],
        role="grid",
        className="table table-hover small-grid jobs-grid",
        disable_n_clicks=True,
        **aria(label="Jobs", rowcount=str(listed.count + 1), colcount=str(len(_COLUMNS))),
    )
    return html.Div(grid, className="grid grid-small")


def _heading(text: str, key: str | None, view: View) -> html.Th:
    if key is None:
        return html.Th(text, scope="col", role="columnheader")
    sorted_by = view.sort == key
    down = sorted_by and not view.down
    order = aria(sort="descending" if view.down else "ascending") if sorted_by else {}
    arrow = icon("chevron-down" if view.down else "chevron-up") if sorted_by else None
    button = html.Button(
        [text, arrow],
        type="button",
        className="sort",
        disable_n_clicks=True,
        title="Sorted by the next start" if key == "next" and sorted_by else None,
        **sets(sort=key, dir="desc" if down else "asc"),
    )
    return html.Th(button, scope="col", role="columnheader", **order)


def _row(job: Job, runs: tuple[Run, ...] | PortalError | None, now: float) -> html.Tr:
    cells = [
        html.Td(_name(job), role="gridcell", className="job-name"),
        html.Td(job.owner or "–", role="gridcell", className="job-owner", title=job.owner or None),
        html.Td(schedule(job, now), role="gridcell", className="job-schedule"),
        *_run_cells(job, runs, now),
    ]
    return html.Tr(cells, role="row")


def _name(job: Job) -> list[Component]:
    parts: list[Component] = [dcc.Link(job.name, href=job_path(job.id), className="job-link")]
    if job.tags:
        shown = [
            html.Button(_tag(key, value), type="button", className="tag", disable_n_clicks=True, **_by_tag(key, value))
            for key, value in job.tags[:_TAGS]
        ]
        more = len(job.tags) - _TAGS
        parts.append(html.Span([*shown, html.Span(f"+{more}") if more > 0 else None], className="job-tags"))
    return parts


def _tag(key: str, value: str) -> str:
    return f"{key}: {value}" if value else key


def _by_tag(key: str, value: str) -> dict[str, Any]:
    tag = f"{key}:{value}" if value else key
    return {"title": f"Only jobs tagged {_tag(key, value)}", **sets(tag=tag)}


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
        parts.append(html.Span(["next ", when.ago(at)], className="job-next"))
    return parts


def _run_cells(job: Job, runs: tuple[Run, ...] | PortalError | None, now: float) -> list[html.Td]:
    if runs is None:
        waiting = html.Span(className="skeleton-bar", **aria(hidden="true"))
        return [html.Td(waiting, role="gridcell", className="job-waiting") for _ in range(4)]
    if isinstance(runs, PortalError):
        text = "Busy, retrying" if isinstance(runs, Busy) else runs.title
        return [html.Td(html.Span(text, title=str(runs), className="cell-note"), role="gridcell", colSpan=4)]
    if not runs:
        return [html.Td(html.Span("Never run", className="cell-note"), role="gridcell", colSpan=4)]
    newest = runs[0]
    return [
        html.Td(cells(job.id, runs, now), role="gridcell"),
        html.Td(badges.draw(badges.run(newest.state.word)), role="gridcell", className="job-fact"),
        html.Td(when.ago(newest.start), role="gridcell", className="job-fact"),
        html.Td(when.duration(newest.duration(now)), role="gridcell", className="job-fact cell-number"),
    ]


def cells(job_id: int, runs: Sequence[Run], now: float) -> html.Ul:
    """The last runs as a row of coloured cells, the newest on the right; each a link that says what it is."""
    return html.Ul([html.Li(_cell(job_id, run, now)) for run in reversed(runs)], className="run-cells")


def _cell(job_id: int, run: Run, now: float) -> Component:
    badge = badges.run(run.state.word)
    text = f"{badge.text}, {when.duration(run.duration(now))}"
    mark = html.Span([icon(badge.icon), html.Span(text, className="visually-hidden")])
    return dcc.Link(mark, href=run_path(job_id, run.id), className=f"run-cell is-{badge.tone}", title=text)


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
