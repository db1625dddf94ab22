"""One run: its state, its tasks as graph, timeline and table, what each of them wrote; live while it runs."""

from __future__ import annotations

import time
from typing import Any

import dash
from dash import Input, Output, State, callback, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from portal.api import me
from portal.databricks import principals, workspace
from portal.databricks.jobs import api, definition, detail, output
from portal.databricks.jobs.output import Output as Written
from portal.ui import actions, live, pager, prefetch, runview, shell, states, taskview
from portal.ui.attributes import data
from portal.viewer.errors import PortalError

READING = 1.5
"""Seconds between two looks while the rest of its tasks is being read."""
TRACES = 3
"""Failed tasks of which the end of the trace is shown: a call each."""
LIVE = 5.0
"""Seconds between two looks at a run on its way; up to half a minute while nothing changes."""


def _title(job_id: str = "", run_id: str = "", **_: Any) -> str:
    """By name and time where the run is known: a title asks nothing."""
    try:
        known = detail.peek(api.number(run_id, "run"))
    except PortalError:
        known = None
    # Whose run it is `layout` has checked, and it keeps no other.
    if known is not None and str(known.run.job_id) == job_id:
        return shell.title(runview.title(known.run))
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
    ready = prefetch.gather(reads)
    known = ready["run"].run if "run" in ready else None
    name = states.word("run-name", runview.name(known) if known else None, f"Run {run}")
    above = known.name if known else f"Job {job}"
    return html.Div(
        [
            shell.page_header(name, crumbs=[*crumbs, (above, f"/jobs/{job}")]),
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


def _numbers(ids: dict[str, str]) -> tuple[int, int]:
    return api.number(ids.get("job", ""), "job"), api.number(ids.get("run", ""), "run")


def _checked(job_id: int, run_id: int, ticked: bool = False) -> detail.Detail:
    """The run, if it is one of this job."""
    found = detail.poll(run_id) if ticked else detail.get(run_id)
    if found.run.job_id != job_id:
        raise api.missing(f"run {run_id} of job {job_id}")
    return found


@callback(Output("run-name", "children"), Input(*states.again("run-name")), State("run-ids", "data"))
@states.guarded_text("Run")
def draw_name(_again: int, ids: dict[str, str]) -> list[Any]:
    return runview.name(_checked(*_numbers(ids)).run)


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
        found = _checked(*_numbers(ids), ticked)
    except PortalError as error:
        if ticked and live.passing(error):
            raise PreventUpdate from None
        raise
    return _content(ids, (view or {}).get("task", ""), found)


def _content(ids: dict[str, str], chosen: str, found: detail.Detail) -> Component:
    now = time.time()
    offered = definition.allowed(found.run.job_id, me)
    said = [found.run.state.message, *(task.state.message for task in found.tasks)]
    principals.learn([found.run.creator, *(who for text in said for who in principals.mentioned(text))])
    body = [
        runview.what_failed(found, _outputs(found), offered),
        runview.summary(found, _parent(found), offered, now),
        *runview.tasks(found, detail.earlier(found), len(detail.left_out(found)[detail.EARLIER :]), chosen, now),
    ]
    mark = [found.run.state.word, len(found.attempts), [(task.id, task.state.word) for task in found.tasks]]
    return live.content(body, "run", _again_in(found), mark)


def _again_in(found: detail.Detail) -> float | None:
    if not found.complete and found.trouble is None:
        return READING
    return LIVE if found.run.state.active else None


def _outputs(found: detail.Detail) -> dict[int, Written]:
    """What the first of the failed tasks wrote; without those that cannot be had."""
    ids = [run.id for run in runview.causes(found)[:TRACES]]
    return {
        id: one for id, one in zip(ids, workspace.each(output.output, ids), strict=True) if isinstance(one, Written)
    }


def _parent(found: detail.Detail) -> detail.Parent | None:
    if found.trigger_run is None:
        return None
    try:
        return detail.parent(found.trigger_run)
    except PortalError:
        return None


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
        found = _checked(*_numbers(ids), live.is_tick(dash.ctx.triggered_id))
    except PortalError:
        # The region of the run says so already.
        return None
    chosen = (view or {}).get("task", "")
    if not chosen:
        return None
    run = next((one for one in found.tasks if one.key == chosen), None)
    if run is None:
        if not found.complete:
            return states.empty("Not read yet", f"Task {chosen[:80]} is not among those that have been read so far.")
        return states.empty("No such task", f"This run has no task {chosen[:80]}.")
    attempts = sorted((one for one in detail.earlier(found) if one.key == chosen), key=lambda one: one.start or 0)
    written = None if run.state.active else output.output(run.id)
    page = pager.page_of(view or {})
    iterations = _iterations(run.id, page) if run.task.kind == "for_each" else None
    body: list[Any] = [taskview.task(run, [*attempts, run], written, iterations, page, time.time())]
    if written and written.child_run and run.task.runs_job:
        body.append(taskview.child(run.task.runs_job, written.child_run))
    return html.Div(body)


def _iterations(task_run_id: int, page: int) -> output.Iterations:
    """As many as reach to the page that is shown."""
    pages = output.PAGES
    while pages * 100 < page * taskview.ROWS:
        pages += output.PAGES
    return output.iterations(task_run_id, pages)
