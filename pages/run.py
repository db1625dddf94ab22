"""One run: its state, its tasks as graph, timeline and table, what each of them wrote; live while it runs."""

from __future__ import annotations

import time
from typing import Any

import dash
from dash import Input, Output, State, callback, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from portal.api import me
from portal.databricks.jobs import api, definition, detail
from portal.ui import actions, ahead, live, runview, shell, states
from portal.ui.attributes import data
from portal.viewer.errors import PortalError

LIVE = 5.0
"""Seconds between two looks at a run on its way; up to half a minute while nothing changes."""


def _title(job_id: str = "", run_id: str = "", **_: Any) -> str:
    return shell.title(f"Run {run_id[:20]}")


dash.register_page(__name__, path_template="/jobs/<job_id>/runs/<run_id>", name="Run", title=_title, order=41)


def layout(job_id: str = "", run_id: str = "", **query: Any) -> Component:
    crumbs = [("Jobs", "/jobs")]
    try:
        job, run = api.number(job_id, "job"), api.number(run_id, "run")
    except PortalError as error:
        return html.Div([shell.page_header("Run", crumbs=crumbs), states.draw(error)])
    ids = {"job": str(job), "run": str(run)}
    view = {k: v for k, v in query.items() if isinstance(v, str)}
    reads = {
        "run": lambda: _checked(job, run),
        "content": lambda: _content(ids, view.get("task", ""), _checked(job, run)),
    }
    ready = ahead.gather(reads)
    known = ready["run"].run.name if "run" in ready else None
    name = states.word("run-name", known)
    return html.Div(
        [
            shell.page_header(f"Run {run}", name, crumbs=[*crumbs, (known or f"Job {job}", f"/jobs/{job}")]),
            *actions.parts(),
            dcc.Store(id="run-ids", data=ids),
            dcc.Store(id="run-view", data=view),
            live.ticker("run", already="content" in ready),
            states.region("run", "Run", ready.get("content") or states.loading("the run", rows=10)),
            states.region("run-task", "Task", states.loading("the task", rows=3)),
        ],
        className="job-page",
        **data(view="run-view"),
    )


def _checked(job_id: int, run_id: int, ticked: bool = False) -> detail.Detail:
    """The run, if it is one of this job."""
    found = detail.poll(run_id) if ticked else detail.get(run_id)
    if found.run.job_id != job_id:
        raise api.missing(f"run {run_id} of job {job_id}")
    return found


@callback(Output("run-name", "children"), Input(*states.again("run-name")), State("run-ids", "data"))
@states.guarded_text()
def draw_name(_again: int, ids: dict[str, str]) -> str:
    return _checked(int(ids["job"]), int(ids["run"])).run.name


@callback(
    Output("run", "children"),
    Input(*states.again("run")),
    Input(*live.tick("run")),
    Input("run-view", "data"),
    State("run-ids", "data"),
)
@states.guarded
def draw(_again: int, tick: Any, view: dict[str, str] | None, ids: dict[str, str]) -> Component:
    """On a tick one call at most; if that one fails, what is shown stays, and the next is later."""
    live.skip_first(tick)
    ticked = live.is_tick(dash.ctx.triggered_id)
    try:
        found = _checked(int(ids["job"]), int(ids["run"]), ticked)
    except PortalError as error:
        if ticked and live.passing(error):
            raise PreventUpdate from None
        raise
    return _content(ids, (view or {}).get("task", ""), found)


def _content(ids: dict[str, str], chosen: str, found: detail.Detail) -> Component:
    now = time.time()
    offered = definition.allowed(int(ids["job"]), me)
    body = [
        runview.summary(found, offered, now),
        *runview.tasks(found, detail.earlier(found), chosen, now),
    ]
    mark = [found.run.state.word, [(task.id, task.state.word) for task in found.tasks]]
    return live.content(body, "run", LIVE if found.run.state.active else None, mark)


@callback(
    Output("run-task", "children"),
    Input(*states.again("run-task")),
    Input(*live.tick("run")),
    Input("run-view", "data"),
    State("run-ids", "data"),
)
@states.guarded
def draw_task(_again: int, _tick: Any, view: dict[str, str] | None, ids: dict[str, str]) -> Component | None:
    """The chosen task, and its output once it has ended."""
    try:
        found = _checked(int(ids["job"]), int(ids["run"]), live.is_tick(dash.ctx.triggered_id))
    except PortalError:
        # The region of the run says so already.
        return None
    chosen = (view or {}).get("task", "")
    if not chosen:
        return runview.nothing_chosen(found)
    run = next((one for one in found.tasks if one.key == chosen), None)
    if run is None:
        return states.empty("No such task", f"This run has no task {chosen[:80]}.")
    attempts = [one for one in detail.earlier(found) if one.key == chosen]
    output = None if run.state.active else detail.output(run.id)
    iterations = detail.iterations(run.id) if run.each else ()
    body: list[Any] = [runview.task(run, [*attempts, run], output, iterations, time.time())]
    if output and output.child_run and run.task.runs_job:
        body.append(runview.child(run.task.runs_job, output.child_run))
    return html.Div(body)
