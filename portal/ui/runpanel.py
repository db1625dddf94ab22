"""A run that a page has started: how it stands and, once it is over, what its tasks wrote."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from portal.databricks import workspace
from portal.databricks.jobs import output
from portal.databricks.jobs.detail import Detail
from portal.databricks.jobs.tasks import TaskRun
from portal.ui import actions, badges, joblinks, live, states, taskview, when
from portal.ui.elements import Child

STARTED, JOB, REGION = "job-started", "job-of-panel", "job-followed"
"""The stores that hold the run that was started in this tab, and the panel's job; the region that follows the run."""
LOOK = 2.0
MOST_TASKS = 20
"""Whose output is shown: a call each. The run's own page has them all."""


def panel(job_id: int, text: str = "Run now") -> Component:
    """A button that opens the signed dialog of a job's run, with its parameters; and the run, followed to its output.

    One in a page. Loaded again in the same tab, the page finds the run.
    """
    return html.Div(
        [
            html.Div(actions.button("run", text, "play-fill", job_id, main=True), className="run-buttons"),
            *actions.parts(),
            dcc.Store(id=STARTED, storage_type="session"),
            dcc.Store(id=JOB, data=str(job_id)),
            live.ticker(REGION),
            states.region(REGION, "Run", html.Div()),
        ]
    )


def drawn(found: Detail) -> Component:
    """The run as it is now; `live.content`, so that it is looked at again while it moves."""
    run, active = found.run, found.run.state.active
    head: list[Child] = [badges.draw(badges.run(run.state.word)), " ", when.duration(run.duration())]
    link = dcc.Link(
        "Open the run", href=joblinks.run_path(run.job_id, run.id), className="btn btn-sm btn-outline-secondary"
    )
    cancel = actions.button("cancel", "Cancel", "stop-fill", run.job_id, run.id) if active else None
    body: list[Child] = [html.P(head, role="status"), html.Div([link, cancel], className="run-buttons")]
    if run.state.message:
        body.append(html.P(run.state.message))
    if active:
        body.append(
            html.Ul([html.Li([task.key, " ", badges.draw(badges.run(task.state.word))]) for task in found.tasks])
        )
    else:
        body += _outputs(found.tasks)
    mark = [run.state.word, [(task.id, task.state.word) for task in found.tasks]]
    return live.content(body, REGION, LOOK if active else None, mark)


def _outputs(tasks: tuple[TaskRun, ...]) -> list[Component]:
    shown = list(tasks[:MOST_TASKS])
    found = workspace.each(lambda task: output.output(task.id), shown)
    drawn: list[Component] = []
    for task, wrote in zip(shown, found, strict=True):
        drawn.append(html.H2([task.key, " ", badges.draw(badges.run(task.state.word))], className="run-task"))
        if not isinstance(wrote, output.Output):
            drawn.append(html.P(wrote.message))
            continue
        for one in wrote.texts:
            drawn += taskview.text(one.text, f"{task.key}: {one.name}", heading=False)
        if wrote.error:
            drawn += taskview.text(wrote.error, f"{task.key}: error", heading=False)
        if not wrote.texts and not wrote.error:
            drawn.append(html.P(wrote.empty or "It wrote nothing that can be shown here.", className="grid-note"))
    if len(tasks) > MOST_TASKS:
        drawn.append(html.P(f"The first {MOST_TASKS} of {len(tasks):,} tasks; the run's page has them all."))
    return drawn
