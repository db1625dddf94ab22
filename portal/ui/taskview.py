"""The chosen task of a run: its state, what it is, its iterations, and what it wrote."""

from __future__ import annotations

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from portal.databricks.jobs.output import LOG, Iterations, Output
from portal.databricks.jobs.tasks import ForEach, TaskRun
from portal.ui import address, badges, jobdrawings, joblinks, pager, people, when
from portal.ui.attributes import aria, data
from portal.ui.elements import Child, Children
from portal.ui.facts import facts
from portal.ui.icons import icon
from portal.ui.jobview import out

ROWS = 50
"""Iterations on a page."""
NO_OUTPUT = frozenset({"condition", "for_each", "pipeline", "power_bi", "spark_submit"})
"""Kinds of which runs/get-output gives none."""


def task(
    run: TaskRun,
    attempts: Sequence[TaskRun],
    output: Output | None,
    iterations: Iterations | None,
    page: int,
    now: float,
) -> html.Div:
    """`attempts` are all of it, oldest first; `output` is None while it is on its way."""
    what: Children = html.Code(run.task.what) if run.task.what else "–"
    if run.task.runs_job:
        what = dcc.Link(run.task.what, href=joblinks.job_path(run.task.runs_job))
    rows: list[tuple[str, Children]] = [
        ("State", [badges.draw(badges.run(run.state.word)), " ", html.Span(people.sentence(run.state.message))]),
        (run.task.kind_words, what),
    ]
    if run.outcome:
        rows.append(("Outcome", run.outcome))
    if run.each:
        rows.append(("Iterations", _progress(run.each)))
        rows += [("Error" if many is None else f"{many:,} × error", text) for text, many in run.each.errors]
    if run.task.after:
        rows.append(("After", ", ".join(f"{key} is {how}" if how else key for key, how in run.task.after)))
        if run.task.run_if:
            rows.append(("Runs if", run.task.run_if.replace("_", " ").lower()))
    rows += [("Started", when.both(run.start)), ("Ended", when.both(run.end)), ("Phases", _phases(run))]
    if compute := (f"Cluster {run.cluster}" if run.cluster else run.task.compute):
        rows.append(("Compute", compute))
    rows += [(name.replace("_", " ").capitalize(), _value(name, value)) for name, value in run.task.fields]
    rows += [(f"Parameter {name}", _value(name, value)) for name, value in run.resolved]
    if len(attempts) > 1:
        listed = [
            html.Li([f"Attempt {n} ", badges.draw(badges.run(one.state.word)), " ", when.exact(one.start)])
            for n, one in enumerate(attempts, start=1)
        ]
        rows.append(("Attempts", html.Ul(listed, className="attempts")))
    if run.url.startswith("https://"):
        rows.append(("Elsewhere", out("This task in Databricks", run.url)))
    body: list[Child] = [facts(rows)]
    if iterations and iterations.runs:
        body += _iterations(run, iterations, page, now)
    body += _output(run, output)
    close = html.Button(
        [icon("x-lg", label="Close")],
        type="button",
        className="icon-button",
        disable_n_clicks=True,
        **address.sets(task="", page=""),
    )
    head = html.Div([html.H2(f"Task {run.key}", className="region-title", tabIndex=-1), close], className="task-head")
    return html.Div([head, *body], className="card card-body", **data(task=run.key))


LONG = 300
"""Characters from which a value has a box of its own to scroll in."""


def _value(name: str, text: str) -> Component:
    if len(text) < LONG:
        return html.Code(text)
    return html.Pre(text, className="output mb-0", tabIndex=0, **aria(label=name))


def _progress(each: ForEach) -> str:
    known = [
        (each.succeeded, "succeeded"), (each.failed, "failed"), (each.active, "active"),
    ]  # fmt: skip
    parts = [f"{count:,} {word}" for count, word in known if count is not None]
    if each.total is not None:
        parts.append(f"of {each.total:,}")
    return ", ".join(parts) or "–"


def _phases(run: TaskRun) -> str:
    names = {
        "queued": run.phases.queue,
        "set up": run.phases.setup,
        "ran": run.phases.execution,
        "cleaned up": run.phases.cleanup,
    }
    return ", ".join(f"{name} {when.duration(value)}" for name, value in names.items() if value) or "–"


def _iterations(run: TaskRun, found: Iterations, page: int, now: float) -> list[Child]:
    count = len(found.runs)
    pages = max(1, -(-count // ROWS))
    page = min(max(1, page), pages)
    total = run.each.total if run.each else None
    note = f"{count:,} iterations, failed ones first."
    if not found.complete:
        note = (
            f"The first {count:,} of {f'{total:,}' if total else 'more'} iterations have been read, failed ones first."
        )
    body: list[Child] = [html.H3("Iterations", className="region-title"), html.P(note, className="grid-note")]
    body.append(jobdrawings.iterations_table(found.runs[(page - 1) * ROWS : page * ROWS], now))

    if pages > 1 or not found.complete:
        body.append(pager.numbered(page, pages, "Pages of iterations", more=not found.complete))
    return body


def _output(run: TaskRun, output: Output | None) -> list[Child]:
    if output is None:
        return [html.P("Its output is there once it has ended.", className="text-body-secondary mb-0")]
    body: list[Child] = []
    if output.error:
        body += text(output.error, "Error")
    if output.trace:
        body += text(output.trace, "Trace")
    if output.facts:
        body += [html.H3("Output", className="region-title"), facts(output.facts)]
    for one in output.texts:
        body += text(one.text, one.name)
        if one.truncated:
            cut = "Only its end is shown" if one.name == LOG else "Cut here"
            body.append(html.P(f"{cut}; the whole is in Databricks.", className="grid-note"))
    if output.info:
        body.append(html.P(output.info))
    body += [html.P(out(name, url)) for name, url in output.links]
    if body or output.child_run:
        return body
    return [html.P(output.empty or _nothing(run), className="text-body-secondary mb-0")]


def _nothing(run: TaskRun) -> str:
    if run.task.kind in NO_OUTPUT:
        return "Databricks keeps no output of this kind of task."
    return "Databricks gives no output for it."


def text(content: str, name: str, heading: bool = True) -> list[Component]:
    """A text of Databricks', to be read, scrolled and copied whole."""
    copy = html.Button(
        [icon("clipboard", label="Copy all of it")],
        type="button",
        className="icon-button",
        disable_n_clicks=True,
        **data(copy=content, copied=f"{name} copied"),
    )
    title = html.H3(name, className="region-title mb-0") if heading else html.Span()
    return [
        html.Div([title, copy], className="output-head"),
        html.Pre(content, className="output", tabIndex=0, **aria(label=name)),
    ]


def child(job_id: int, run_id: int) -> Component:
    """The run that a run-job task started."""
    return html.P(["It started ", dcc.Link(f"run {run_id}", href=joblinks.run_path(job_id, run_id)), "."])
