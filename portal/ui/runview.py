"""The page of a run: what it is doing, its tasks, and what the chosen one wrote."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from portal.databricks.jobs.detail import Detail, Output
from portal.databricks.jobs.tasks import TaskRun
from portal.ui import actions, badges, drawn, joblist, states, when
from portal.ui.attributes import aria, data
from portal.ui.icons import icon
from portal.ui.jobview import card, facts, out

_TRIGGERS = {
    "PERIODIC": "By its schedule",
    "ONE_TIME": "By hand or the API",
    "RETRY": "Retried after a failure",
    "RUN_JOB_TASK": "By a task of another job",
    "FILE_ARRIVAL": "By files that arrived",
    "CONTINUOUS": "Continuously",
    "CONTINUOUS_RESTART": "Continuously, restarted",
    "TABLE": "By a table's update",
}


def summary(found: Detail, offered: bool, now: float) -> html.Div:
    """State and reason, times, trigger, parameters, and what can be done."""
    run = found.run
    rows: list[tuple[str, Any]] = [("State", [badges.draw(badges.run(run.state.word)), " ", _reason(found)])]
    rows += [
        ("Started", when.ago(run.start)),
        ("Ended", when.ago(run.end, missing="not yet" if run.state.active else "–")),
        ("Duration", when.duration(run.duration(now))),
        ("Trigger", _TRIGGERS.get(run.trigger) or run.trigger.replace("_", " ").capitalize() or "–"),
        ("Started by", run.creator or "–"),
    ]
    if run.phases.queue:
        rows.append(("Waited in the queue", when.duration(run.phases.queue)))
    if repairs := [repair for repair in found.repairs if repair.id is not None]:
        last = repairs[-1]
        rows.append(("Repaired", [f"{len(repairs)} ×, last ", when.ago(last.start)]))
    if run.url.startswith("https://"):
        rows.append(("Elsewhere", out("This run in Databricks", run.url)))
    cards: list[Component] = [card("Run", facts(rows))]
    if found.parameters or found.overriding:
        cards.append(card("Parameters", facts(_parameters(found))))
    return html.Div([_buttons(found, offered), html.Div(cards, className="columns job-cards")])


def _reason(found: Detail) -> Component:
    state = found.run.state
    code = "" if state.code in ("", "SUCCESS", state.word) else state.code.replace("_", " ").capitalize()
    return html.Span(". ".join(filter(None, [code, state.message])), className="run-message")


def _parameters(found: Detail) -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for name, value, default in found.parameters:
        shown: list[Any] = [html.Code(value or "empty")]
        if value != default:
            shown.append(html.Span([" instead of ", html.Code(default or "empty")], className="text-body-secondary"))
        rows.append((name, shown))
    return rows + [(name, html.Code(value)) for name, value in found.overriding]


def _buttons(found: Detail, offered: bool) -> Component | None:
    run = found.run
    if not offered:
        return None
    if run.state.active:
        buttons = [actions.button("cancel", "Cancel run", "stop-fill", run.job_id, run.id)]
    elif run.state.succeeded:
        return None
    else:
        buttons = [actions.button("repair", "Repair run", "arrow-clockwise", run.job_id, run.id, main=True)]
    return html.Div(buttons, className="page-actions")


def tasks(found: Detail, earlier: Sequence[TaskRun], chosen: str, now: float) -> list[Component]:
    """Graph, timeline and table of the tasks."""
    newest = found.tasks
    if not newest:
        return [states.empty("No tasks", "This run has no tasks.")]
    legend = html.Ul(
        [html.Li([html.Span(className=f"swatch phase-{name}"), text]) for name, text in _PHASES.items()],
        className="legend",
        **aria(label="Phases"),
    )
    return [
        card("Task graph", drawn.task_graph([run.task for run in newest], newest, chosen)),
        card("Timeline", legend, drawn.task_timeline(newest, earlier, found.run.start, now, chosen)),
        card(f"Tasks ({len(newest)})", drawn.task_table(newest, earlier, now, chosen)),
    ]


_PHASES = {"queue": "In the queue", "setup": "Setting up", "execution": "Running", "cleanup": "Cleaning up"}


def nothing_chosen(found: Detail) -> Component | None:
    """Before a task is chosen: those that failed, to begin with."""
    failed = [run for run in found.tasks if run.state.word in ("FAILED", "TIMEDOUT")]
    if not failed:
        return None
    rows = [
        html.Li(
            [
                html.Button(
                    run.key, type="button", className="link", disable_n_clicks=True, **joblist.sets(task=run.key)
                ),
                html.Span(run.state.message, className="rows-side"),
            ]
        )
        for run in failed[:10]
    ]
    return card("What failed", html.Ul(rows, className="rows"))


def task(
    run: TaskRun,
    attempts: Sequence[TaskRun],
    output: Output | None,
    iterations: Sequence[TaskRun],
    now: float,
) -> html.Div:
    """The chosen task: its state, what it is, and what it wrote. `attempts` are all of it, oldest first."""
    rows: list[tuple[str, Any]] = [
        ("State", [badges.draw(badges.run(run.state.word)), " ", html.Span(run.state.message)]),
        (run.task.kind_words, html.Code(run.task.what) if run.task.what else "–"),
    ]
    if run.outcome:
        rows.append(("Outcome", run.outcome))
    if run.each:
        each = run.each
        text = f"{each.succeeded} succeeded, {each.failed} failed, {each.active} active, of {each.total}"
        rows.append(("Iterations", text))
    if run.task.after:
        rows.append(("After", ", ".join(f"{key} is {how}" if how else key for key, how in run.task.after)))
        rows.append(("Runs if", run.task.run_if.replace("_", " ").lower()))
    rows += [("Started", when.ago(run.start)), ("Phases", _phases(run))]
    rows.append(("Compute", f"Cluster {run.cluster}" if run.cluster else run.task.compute or "Serverless"))
    rows += [(f"Parameter {name}", html.Code(value)) for name, value in run.resolved]
    if len(attempts) > 1:
        listed = [html.Li([f"Attempt {n} ", badges.draw(badges.run(one.state.word))]) for n, one in _numbered(attempts)]
        rows.append(("Attempts", html.Ul(listed, className="attempts")))
    if run.url.startswith("https://"):
        rows.append(("Elsewhere", out("This task in Databricks", run.url)))
    body: list[Any] = [facts(rows)]
    if iterations:
        body += [html.H3("Iterations", className="region-title"), drawn.iterations_table(iterations, now)]
    body += _output(output)
    close = html.Button(
        [icon("x-lg", label="Close")],
        type="button",
        className="icon-button",
        disable_n_clicks=True,
        **joblist.sets(task=""),
    )
    head = html.Div([html.H2(f"Task {run.key}", className="region-title", tabIndex=-1), close], className="task-head")
    return html.Div([head, *body], className="card card-body", **data(task=run.key))


def _numbered(attempts: Sequence[TaskRun]) -> list[tuple[int, TaskRun]]:
    return list(enumerate(attempts, start=1))


def _phases(run: TaskRun) -> str:
    names = {"queued": run.phases.queue, "set up": run.phases.setup, "ran": run.phases.execution}
    return ", ".join(f"{name} {when.duration(value)}" for name, value in names.items() if value) or "–"


def _output(output: Output | None) -> list[Any]:
    if output is None:
        return [html.P("Its output is there once it has ended.", className="text-body-secondary mb-0")]
    body: list[Any] = []
    if output.error:
        body.append(html.H3("Error", className="region-title"))
        body.append(_text(output.error, "Error"))
    if output.trace:
        body.append(_text(output.trace, "Trace"))
    if output.text:
        names = {"logs": "Output", "query": "Query", "result": "Result"}
        name = names.get(output.kind, "Output")
        body += [html.H3(name, className="region-title"), _text(output.text, name)]
        if output.truncated:
            body.append(html.P("Cut here; the whole is in Databricks.", className="grid-note"))
    if output.info:
        body.append(html.P(output.info))
    if output.link:
        body.append(html.P(out("The result in Databricks", output.link)))
    return body or [html.P("It wrote nothing.", className="text-body-secondary mb-0")]


def _text(text: str, name: str) -> html.Pre:
    return html.Pre(text, className="output", tabIndex=0, **aria(label=name))


def child(job_id: int, run_id: int) -> Component:
    """The run that a run-job task started."""
    return html.P(["It started ", dcc.Link(f"run {run_id}", href=joblist.run_path(job_id, run_id)), "."])
