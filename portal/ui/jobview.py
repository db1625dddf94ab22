"""The page of a job: its settings in words, who may do what, how its runs went."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from portal.databricks.jobs.definition import Access, Definition
from portal.databricks.jobs.history import Row, RunsPage, Statistics
from portal.ui import actions, address, jobdrawings, joblist, pager, people, states, when
from portal.ui.attributes import aria
from portal.ui.elements import Child, Children
from portal.ui.facts import facts
from portal.ui.icons import icon

RUN_KINDS = {"all": "All", "active": "Active", "finished": "Finished", "failed": "Failed"}


def card(title: str, *content: Child, class_name: str = "") -> html.Div:
    return html.Div(
        [html.H2(title, className="region-title"), *content], className=f"card card-body {class_name}".strip()
    )


def out(text: str, url: str) -> html.A:
    """A link to Databricks' own page."""
    return html.A(
        [text, icon("box-arrow-up-right", class_name="ms-1")],
        href=url,
        target="_blank",
        rel="noopener",
        className="out",
    )


def later() -> list[Component]:
    """The regions below the settings. They come with them: where the job cannot be shown, one state says so."""
    return [
        states.region("job-tasks", "Tasks", states.loading("tasks", rows=6)),
        states.region("job-runs", "Runs", states.loading("runs", rows=10, kind="grid")),
        states.region("job-matrix", "Tasks by runs", states.loading("tasks by runs", rows=6)),
        states.region("job-durations", "Durations", states.loading("durations", rows=5)),
    ]


def settings(found: Definition, may_see: Access, offered: bool, switched_off: bool, now: float) -> html.Div:
    """What the job is, as cards; its actions above."""
    job = found.job
    owner: list[Child] = [" by ", people.draw(job.owner)] if job.owner else []
    rows: list[tuple[str, Children]] = []
    if found.description:
        rows.append(("Description", found.description))
    rows += [
        ("Schedule", joblist.schedule(job, now)),
        ("Created", [when.both(job.created or None), *owner]),
        ("Runs as", people.draw(found.run_as) if found.run_as else "–"),
        *found.managed,
        *found.limits,
    ]
    if found.next_run:
        rows.insert(1, ("Next start", when.both(found.next_run)))
    if job.tags:
        tags = [html.Li(f"{key}: {value}" if value else key) for key, value in job.tags]
        rows.append(("Tags", html.Ul(tags, className="tags")))
    rows += [(f"Cluster {name}", words) for name, words in found.clusters]
    rows.append(("Elsewhere", out("This job in Databricks", found.url)))
    cards = [card("Settings", facts(rows))]
    if found.parameters:
        cards.append(
            card("Parameters", facts([(name, html.Code(value or "empty")) for name, value in found.parameters]))
        )
    if found.notifications:
        cards.append(card("Notifications", facts(found.notifications)))
    cards.append(card("Permissions", _permissions(may_see)))
    buttons = _actions(job.id, may_see, offered, switched_off)
    return html.Div([buttons, html.Div(cards, className="columns job-cards"), *later()])


def _actions(job_id: int, may_see: Access, offered: bool, switched_off: bool) -> Component | None:
    if offered:
        return html.Div([actions.button("run", "Run now", "play-fill", job_id, main=True)], className="page-actions")
    if switched_off:
        return None
    owner = f"; {people.text(may_see.owner)}, who owns the job, can grant it" if may_see.owner else ""
    return actions.not_allowed(f"You may view this job. To run it takes Can manage run{owner}.")


def _permissions(may_see: Access) -> Component:
    if may_see.grants is None:
        return html.P("You may not see who else may use this job.", className="text-body-secondary mb-0")
    kinds = {"user": "person-circle", "group": "people", "service_principal": "gear"}
    rows = [
        html.Li(
            [
                html.Span(
                    [
                        icon(kinds.get(grant.kind, "gear"), label=grant.kind.replace("_", " ")),
                        " ",
                        people.draw(grant.who),
                    ],
                    className="rows-main",
                ),
                html.Span(grant.level_words + (", inherited" if grant.inherited else ""), className="rows-side"),
            ]
        )
        for grant in may_see.grants
    ]
    return html.Ul(rows, className="rows")


def tasks(found: Definition, newest: Row | None) -> list[Child]:
    """The graph, with the states of the newest run, and the tasks as a table."""
    if not found.tasks:
        return [states.empty("No tasks", "This job has no tasks yet.")]
    runs = newest.tasks if newest is not None else ()
    text = "Colours are those of the newest run." if runs else ""
    if newest is not None and newest.more:
        text = "Colours are those of the newest run's first hundred attempts; the run's page reads all of them."
    note = html.P(text, className="grid-note") if text else None
    count = f"first {len(found.tasks):,}; there are more" if found.partial else f"{len(found.tasks):,}"
    return [
        jobdrawings.task_filter(found.tasks, runs),
        card("Task graph", note, jobdrawings.task_graph(found.tasks, runs, links=False)),
        card(f"Tasks ({count})", jobdrawings.settings_table(found.tasks, runs)),
    ]


def durations(found: Statistics, now: float) -> Component:
    """How long it takes, and how often it succeeds."""
    if not found.runs:
        return states.empty("No finished runs", "There is nothing yet to say how long this job takes.")
    rate = "–" if found.rate is None else f"{found.rate * 100:.0f} %"
    figures = [
        ("Succeeded", rate),
        ("Median", when.duration(found.median)),
        ("95th percentile", when.duration(found.p95)),
        ("Runs looked at", str(len(found.runs))),
    ]
    tiles = [html.Div([html.Dt(name), html.Dd(value)], className="figure-tile") for name, value in figures]
    text = joblist.DURATIONS
    if any(run.worked is not None for run in found.runs):
        text += " Of runs that were repaired long after, it is the time at work."
    note = html.P(text, className="grid-note")
    return card("Durations", html.Dl(tiles, className="figure-tiles"), jobdrawings.duration_bars(found, now), note)


def matrix(rows: Sequence[Row], now: float) -> Component:
    """Tasks by runs."""
    if not rows or not any(row.tasks for row in rows):
        return states.empty("No tasks have run", "Once the job has run, its tasks are compared over its runs here.")
    more = any(row.more for row in rows)
    text = (
        "Of some runs only the first hundred attempts are read here: a task may have ended otherwise. The run's page "
    )
    note = html.P(text + "reads all of them.", className="grid-note") if more else None
    return card("Tasks by runs", note, jobdrawings.run_matrix(rows, now))


def runs(page: RunsPage, kind: str, now: float) -> Component:
    """A page of runs, with filters and the way to newer and older ones."""
    kinds = [
        html.Button(
            text,
            type="button",
            className="chip",
            disable_n_clicks=True,
            **address.sets(runs="" if name == "all" else name, at=""),
            **aria(pressed=str(kind == name).lower()),
        )
        for name, text in RUN_KINDS.items()
    ]
    body: list[Child] = [html.Div(kinds, className="chips", role="group", **aria(label="Runs shown"))]
    if kind == "failed":
        note = f"{len(page.runs)} failed among the {page.scanned} finished runs looked at"
        body.append(html.P(note + ("; there are older ones" if page.older else "") + ".", className="grid-note"))
    if page.runs:
        body.append(jobdrawings.runs_table(page.runs, now))
        note = f"{joblist.DURATIONS} Of a repaired run it counts the time until its repair."
        body.append(html.P(note, className="grid-note"))
    else:
        hint = "Choose another kind of run above." if kind != "all" else "It starts by its schedule, or by hand."
        body.append(states.empty("No such runs" if kind != "all" else "This job has never run", hint))
    if page.newer or page.older:
        body.append(_pager(page))
    return card("Runs", *body)


def _pager(page: RunsPage) -> html.Nav:
    return pager.steps([pager.back("Newer", at=page.newer), pager.on("Older", at=page.older)], "Pages of runs")
