"""The page of a run: what failed, what it is doing, its tasks. The chosen one is `taskview`'s."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from portal.databricks.jobs.detail import Detail, Parent
from portal.databricks.jobs.model import Run
from portal.databricks.jobs.output import Output
from portal.databricks.jobs.tasks import TaskRun
from portal.databricks.jobs.tasks import worked as worked_of
from portal.ui import actions, address, badges, jobdrawings, joblinks, people, states, when
from portal.ui.attributes import aria
from portal.ui.elements import Child, Children
from portal.ui.facts import facts
from portal.ui.jobview import card, out

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


def name(run: Run) -> list[Child]:
    """A run for people: the job's name and when it began."""
    return [run.name, ", ", when.exact(run.start)] if run.start else [run.name]


def title(run: Run) -> str:
    """The same for a tab, which knows no zone."""
    return f"{run.name}, {when.utc(run.start)}" if run.start else run.name


def summary(found: Detail, parent: Parent | None, offered: bool, now: float) -> html.Div:
    """State and reason, times, trigger, parameters, and what can be done."""
    run = found.run
    rows: list[tuple[str, Children]] = [("State", [badges.draw(badges.run(run.state.word)), " ", _reason(found)])]
    rows += [
        ("Started", when.both(run.start)),
        ("Ended", when.both(run.end, missing="not yet" if run.state.active else "–")),
        ("Duration", _duration(found, now)),
        ("Trigger", _trigger(run, parent)),
        ("Started by", people.draw(run.creator) if run.creator else "–"),
    ]
    if run.phases.queue:
        rows.append(("Waited in the queue", when.duration(run.phases.queue)))
    if repairs := [repair for repair in found.repairs if repair.id is not None]:
        last = repairs[-1]
        rows.append(("Repaired", [f"{len(repairs)} ×, last ", when.both(last.start)]))
    rows.append(("Run", html.Code(str(run.id))))
    if run.url.startswith("https://"):
        rows.append(("Elsewhere", out("This run in Databricks", run.url)))
    cards: list[Component] = [card("Run", facts(rows))]
    if found.parameters or found.overriding:
        cards.append(card("Parameters", facts(_parameters(found))))
    buttons = None if causes(found) else _buttons(found, offered)
    return html.Div([buttons, html.Div(cards, className="columns job-cards")])


def _duration(found: Detail, now: float) -> Children:
    run = found.run
    taken = when.duration(run.duration(now))
    if run.state.active or run.duration() is None:
        return taken
    said = f"by Databricks' {run.figure}"
    worked = worked_of(found.attempts)
    if found.latest_repair is not None and worked is not None:
        said += f", with its repairs; {when.duration(worked)} at work"
    return [taken, html.Span(f" {said}", className="text-body-secondary")]


def _trigger(run: Run, parent: Parent | None) -> Children:
    words = _TRIGGERS.get(run.trigger) or run.trigger.replace("_", " ").capitalize() or "–"
    if parent is None:
        return words
    path = joblinks.run_path(parent.job_id, parent.run_id) + (f"?task={quote(parent.task)}" if parent.task else "")
    link = dcc.Link(parent.name or f"job {parent.job_id}", href=path)
    return ["By task ", html.Code(parent.task), " of ", link] if parent.task else ["By a task of ", link]


CAUSES = 10
"""Failed tasks that the page opens with; the others are in the table of tasks."""
TRACE_LINES = 8


def causes(found: Detail) -> list[TaskRun]:
    """The tasks that failed by themselves: not for what stands before them."""
    return [one for one in found.tasks if one.state.failed and one.state.word != "UPSTREAM_FAILED"]


def what_failed(found: Detail, outputs: Mapping[int, Output], offered: bool) -> Component | None:
    """What a failed run opens with: task, message, the end of its trace, the way to its output, and Repair."""
    failed = causes(found)
    if not failed:
        return None
    rows = [_cause(run, outputs.get(run.id)) for run in failed[:CAUSES]]
    more = None
    if len(failed) > CAUSES:
        more = html.P(
            f"The first {CAUSES} of {len(failed):,} failed tasks; the others are below.", className="grid-note"
        )
    head = "What failed so far" if found.run.state.active else "What failed"
    if not found.complete:
        head = "What failed, among the attempts read so far"
    body = [card(head, _buttons(found, offered), html.Ul(rows, className="causes"), more, class_name="run-cause")]
    return html.Div(body)


def _cause(run: TaskRun, output: Output | None) -> html.Li:
    choose = html.Button(run.key, type="button", className="link", disable_n_clicks=True, **address.sets(task=run.key))
    message = (output.error if output else "") or people.sentence(run.state.message)
    parts: list[Child] = [html.Div([choose, " ", badges.draw(badges.run(run.state.word))])]
    if message:
        parts.append(html.Div(message[:2000], className="words run-message"))
    parts += [
        html.Div(
            f"{text} ({count:,} {'iteration' if count == 1 else 'iterations'})" if count is not None else text,
            className="words",
        )
        for text, count in (run.each.errors if run.each else ())
    ]
    if output and output.trace:
        end = "\n".join(output.trace.rstrip().splitlines()[-TRACE_LINES:])
        parts.append(html.Pre(end, className="output", tabIndex=0, **aria(label=f"End of the trace of {run.key}")))
    hidden = html.Span(f" of task {run.key}", className="visually-hidden")
    link = html.A(["Output", hidden], href=f"?task={quote(run.key, safe='')}", **address.sets(task=run.key))
    return html.Li([*parts, link])


def _reason(found: Detail) -> Component:
    state = found.run.state
    code = "" if state.code in ("", "SUCCESS", state.word) else state.code.replace("_", " ").capitalize()
    return html.Span(". ".join(filter(None, [code, people.sentence(state.message)])), className="run-message")


def _parameters(found: Detail) -> list[tuple[str, Children]]:
    rows: list[tuple[str, Children]] = []
    for name, value, default in found.parameters:
        shown: list[Child] = [html.Code(value or "empty")]
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
    elif run.state.succeeded and not causes(found):
        return None
    else:
        buttons = [actions.button("repair", "Repair run", "arrow-clockwise", run.job_id, run.id, main=True)]
    return html.Div(buttons, className="page-actions")


def tasks(found: Detail, earlier: Sequence[TaskRun], unread: int, chosen: str, now: float) -> list[Component | None]:
    """Graph, timeline and table of the tasks. `unread` attempts are known by their ids only."""
    newest = found.tasks
    if not newest:
        return [states.empty("No tasks", "This run has no tasks.")]
    legend = html.Ul(
        [html.Li([html.Span(className=f"swatch phase-{name}"), text]) for name, text in _PHASES.items()],
        className="legend",
        **aria(label="Phases"),
    )
    notes = [html.P(text, className="grid-note", role="status") for text in _notes(found, unread)]
    return [
        *notes,
        jobdrawings.task_filter([run.task for run in newest], newest),
        card("Task graph", jobdrawings.task_graph([run.task for run in newest], newest, chosen)),
        card("Timeline", legend, jobdrawings.task_timeline(newest, earlier, found.run.start, now, chosen)),
        card(f"Tasks ({len(newest):,})", jobdrawings.task_table(newest, earlier, now, chosen)),
    ]


def _notes(found: Detail, unread: int) -> list[str]:
    notes: list[str] = []
    read = f"{len(found.attempts):,}"
    if found.trouble is not None:
        notes.append(f"Reading stopped after {read} attempts of its tasks: {found.trouble}")
    elif found.rest is not None:
        notes.append(
            f"Reading the attempts of its tasks: {read} of … read. A task may have another that is yet to come."
        )
    elif found.again:
        notes.append("The run has ended; its tasks are being read once more.")
    if unread:
        notes.append(f"{unread:,} earlier attempts are not shown.")
    return notes


_PHASES = {"queue": "In the queue", "setup": "Setting up", "execution": "Running", "cleanup": "Cleaning up"}
