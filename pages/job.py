"""One job: what it is, who may run it, its tasks, and how its runs went."""

from __future__ import annotations

import time
from typing import Any

import dash
from dash import Input, Output, callback, dcc, html
from dash.development.base_component import Component

from portal.api import me
from portal.databricks import principals
from portal.databricks.jobs import api, definition, history
from portal.settings import settings
from portal.ui import actions, jobview, live, prefetch, shell, states
from portal.ui.attributes import data
from portal.ui.elements import Child
from portal.viewer.errors import PortalError


def _title(job_id: str = "", **_: Any) -> str:
    """By name where the job is known: a title asks nothing."""
    try:
        known = definition.get.peek(api.number(job_id, "job"))
    except PortalError:
        known = None
    return shell.title(known.job.name if known else f"Job {job_id[:20]}")


# After the run's page (order 41): a template's wildcard matches slashes as well.
dash.register_page(__name__, path_template="/jobs/<job_id>", name="Job", title=_title, order=42)


def layout(job_id: str = "", **query: Any) -> Component:
    try:
        number = api.number(job_id, "job")
    except PortalError as error:
        return html.Div([shell.page_header("Job", crumbs=[("Jobs", "/jobs")]), states.draw(error)])
    reads = {
        "job": lambda: definition.get(number),
        "settings": lambda: _settings(number),
        # A head start for the regions below.
        "tasks": lambda: history.with_tasks(number),
        "runs": lambda: history.page(number, _kind(query), query.get("at") or None),
        "durations": lambda: history.finished(number),
    }
    ready = prefetch.gather(reads)
    name = ready["job"].job.name if "job" in ready else None
    return html.Div(
        [
            shell.page_header(states.word("job-name", name, f"Job {number}"), crumbs=[("Jobs", "/jobs")]),
            *actions.parts(),
            dcc.Store(id="job-id", data=str(number)),
            dcc.Store(id="job-view", data={k: v for k, v in query.items() if isinstance(v, str)}),
            live.ticker("job-runs"),
            states.region("job", "Settings", states.loading("the job", rows=8), content=ready.get("settings")),
        ],
        className="job-page",
        **data(view="job-view"),
    )


@callback(Output("job-name", "children"), Input(*states.again("job-name")), Input("job-id", "data"))
@states.guarded_text("Job")
def draw_name(_again: int, job_id: str) -> str:
    return definition.get(api.number(job_id, "job")).job.name


@callback(Output("job", "children"), Input(*states.again("job")), Input("job-id", "data"))
@states.guarded
def draw_settings(_again: int, job_id: str) -> Component:
    return _settings(api.number(job_id, "job"))


def _settings(job_id: int) -> Component:
    found, access = definition.get(job_id), definition.access(job_id)
    offered = definition.allowed(job_id, me)
    principals.learn([found.job.owner, found.run_as, *(grant.who for grant in access.grants or ())])
    return jobview.settings(found, access, offered, not settings().job_actions, time.time())


@callback(Output("job-tasks", "children"), Input(*states.again("job-tasks")), Input("job-id", "data"))
@states.guarded
def draw_tasks(_again: int, job_id: str) -> list[Child]:
    rows = history.with_tasks(api.number(job_id, "job"))
    return jobview.tasks(definition.get(api.number(job_id, "job")), rows[0] if rows else None)


@callback(
    Output("job-runs", "children"),
    Input(*states.again("job-runs")),
    Input("job-view", "data"),
    Input(*live.tick("job-runs")),
    Input("job-id", "data"),
)
@states.guarded
def draw_runs(_again: int, query: dict[str, str] | None, _tick: int, job_id: str) -> Component:
    query = query or {}
    kind = _kind(query)
    # A tick, "Try again" and the end of an action want what is there now; another filter may take what is kept.
    ask = history.page.refresh if isinstance(dash.ctx.triggered_id, dict) else history.page
    page = ask(api.number(job_id, "job"), kind, query.get("at") or None)
    active = [run.id for run in page.runs if run.state.active]
    mark = [(run.id, run.state.word) for run in page.runs]
    principals.learn(who for run in page.runs for who in (run.creator, *principals.mentioned(run.state.message)))
    content = jobview.runs(page, kind, time.time())
    return live.content(content, "job-runs", 10.0 if active else None, mark)


def _kind(query: dict[str, Any]) -> str:
    kind = str(query.get("runs", "all"))
    return kind if kind in history.KINDS else "all"


@callback(Output("job-matrix", "children"), Input(*states.again("job-matrix")), Input("job-id", "data"))
@states.guarded
def draw_matrix(_again: int, job_id: str) -> Component:
    return jobview.matrix(history.with_tasks(api.number(job_id, "job")), time.time())


@callback(Output("job-durations", "children"), Input(*states.again("job-durations")), Input("job-id", "data"))
@states.guarded
def draw_durations(_again: int, job_id: str) -> Component:
    return jobview.durations(history.finished(api.number(job_id, "job")), time.time())
