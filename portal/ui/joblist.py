"""The list of jobs: filters, a grid of at most twenty rows, and the way to the other pages.

The grid is a plain table that `assets/src/jobs/joblist.js` draws: nothing to load, links and buttons inside. Controls
carry what they change of the page's address as JSON in `data-set`; `assets/src/parts/address.js` does the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from portal.databricks.jobs.index import Index
from portal.databricks.jobs.model import Job, Run, UnreadJob
from portal.databricks.jobs.search import NEWEST_FIRST, SORTS, Choices, Listed, View
from portal.ui import address, badges, joblinks, people, when
from portal.ui.attributes import aria, data
from portal.ui.drawing import drawing, state_badges
from portal.viewer.errors import Busy, PortalError

Json = dict[str, object]
Runs = Mapping[int, "tuple[Run, ...] | PortalError"]

SHOWN = {"all": "All", "mine": "Mine", "failed": "Failed lately", "running": "Running", "paused": "Paused"}
_TAGS = 3
"""Tags that a row shows; the others are on the job's page."""


def filters(view: View) -> html.Div:
    """The search box and the choice of what to show: outside of the region, so that typing is never interrupted."""
    box = address.field("jobs-q", view.q, "Name, owner, tag or id")
    shows = [
        html.Button(
            text,
            type="button",
            className="chip",
            disable_n_clicks=True,
            **address.sets(show="" if name == "all" else name),
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
            "values": [
                [value, people.text(value)]
                for value in ([chosen, *values] if chosen and chosen not in values else values)
            ],
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


def order(listed: Listed, view: View) -> Component | None:
    """The order that nobody chose, said; and the way to one that looks further, or back to it."""
    if view.sort == SORTS[0]:
        further = _chooses("Order by all runs of two days", sort="state", dir="asc")
        return html.P([listed.order, " ", further], className="grid-note", id="jobs-order")
    back = _chooses("What needs eyes first", sort="", dir="")
    return html.P(["Another order was chosen. ", back], className="grid-note", id="jobs-order")


def _chooses(text: str, **sets: str) -> html.Button:
    return html.Button(text, type="button", className="link", disable_n_clicks=True, **address.sets(**sets))


def table(listed: Listed, runs: Runs, view: View, now: float) -> html.Div:
    """The grid named "Jobs". A job that `runs` does not have yet has placeholders; a failure says so in its row."""
    rows = [_cells(Row(job, runs.get(job.id), now)) for job in listed.jobs]
    words = {run.state.word for some in runs.values() if not isinstance(some, PortalError) for run in some}
    value = {
        "count": listed.count,
        "columns": [_heading(column.text, column.sort, view) for column in COLUMNS],
        "rows": rows,
        "states": state_badges({*words, "PAUSED"}),
    }
    return drawing("jobs", value)


def _heading(text: str, key: str | None, view: View) -> Json:
    if key is None:
        return {"text": text}
    if view.sort != key:
        return {"text": text, "set": {"sort": key, "dir": "desc" if key in NEWEST_FIRST else "asc"}}
    way = "asc" if view.down else "desc"
    return {"text": text, "set": {"sort": key, "dir": way}, "sorted": "descending" if view.down else "ascending"}


@dataclass(frozen=True)
class Row:
    """A job, and its last runs: None while they are on their way, or why they did not come."""

    job: Job
    runs: tuple[Run, ...] | PortalError | None
    now: float

    @property
    def newest(self) -> Run:
        assert isinstance(self.runs, tuple)
        return self.runs[0]


@dataclass(frozen=True)
class Column:
    """A column of the list. `sort` is its key in the address; `cell` says what `assets/src/jobs/joblist.js` draws."""

    text: str
    cell: Callable[[Row], Json]
    sort: str | None = None
    of_runs: bool = False
    """Whether its cell needs the job's runs (there is then at least one). These columns stand together, at the end."""


def _name(row: Row) -> Json:
    job = row.job
    shown: Json = {
        "name": job.name,
        "href": joblinks.job_path(job.id),
        "key": f"job {job.id}",
        "tags": [_tag(key, value) for key, value in job.tags[:_TAGS]],
        "more": max(0, len(job.tags) - _TAGS),
    }
    return {"class": "job-name", "job": shown}


_UNREAD: Json = {"class": "job-unread", "note": "not read yet"}
"""What the list of jobs says of a job, before it has been read so far."""


def _tag(key: str, value: str) -> Json:
    text = f"{key}: {value}" if value else key
    tag = f"{key}:{value}" if value else key
    return {"text": text, "title": f"Only jobs tagged {text}", "set": {"tag": tag}}


def _schedule(row: Row) -> Json:
    if isinstance(row.job, UnreadJob):
        return _UNREAD
    lines = [{"words": one.words, "title": one.trouble or None, "paused": one.paused} for one in row.job.schedules]
    return {"class": "job-schedule", "schedule": {"lines": lines, "next": row.job.next(row.now)}}


def _took(run: Run, now: float) -> str:
    return when.duration(run.duration(now))


DURATIONS = (
    "A run's duration is Databricks' run_duration; where that is missing, its set-up, execution and clean-up, "
    "or else the time from its start to its end."
)
"""Which of the API's figures a duration is, wherever there are several."""


def figure(run: Run) -> str | None:
    """The same of one run, once it is over."""
    return None if run.state.active or run.duration() is None else f"by Databricks' {run.figure}"


def _runs(row: Row) -> Json:
    """The last runs, the newest on the right, each a link that says what it is."""
    assert isinstance(row.runs, tuple)
    runs_path = joblinks.runs_path(row.job.id)
    cells = [
        {
            "state": run.state.word,
            "took": _took(run, row.now),
            "href": f"{runs_path}/{run.id}",
            "key": str(run.id),
        }
        for run in reversed(row.runs)
    ]
    return {"runs": cells}


def _fact(**held: object) -> Json:
    return {"class": "job-fact", **held}


COLUMNS = (
    Column("Name", _name, sort="name"),
    Column(
        "Owner",
        lambda row: (
            _UNREAD
            if isinstance(row.job, UnreadJob)
            else {"class": "job-owner", "text": (who := people.text(row.job.owner)) or "–", "title": who}
        ),
        sort="owner",
    ),
    Column("Schedule", _schedule, sort="next"),
    Column("Last runs", _runs, of_runs=True),
    Column("State", lambda row: _fact(state=row.newest.state.word), sort="state", of_runs=True),
    Column("Started", lambda row: _fact(when=row.newest.start), sort="started", of_runs=True),
    Column(
        "Duration",
        lambda row: ({"class": "job-fact cell-number", "text": _took(row.newest, row.now)}),
        sort="duration",
        of_runs=True,
    ),
)
"""The list's columns, from left to right: what each is called, sorts by and shows."""


def _cells(row: Row) -> list[Json]:
    """One row; where its runs are on their way, or did not come, something else stands in their columns."""
    of_job = [column.cell(row) for column in COLUMNS if not column.of_runs]
    of_runs = [column for column in COLUMNS if column.of_runs]
    if row.runs is None:
        return [*of_job, *({"class": "job-waiting", "waiting": True} for _ in of_runs)]
    if isinstance(row.runs, PortalError):
        said = "Busy, retrying" if isinstance(row.runs, Busy) else row.runs.title
        return [*of_job, {"span": len(of_runs), "note": said, "title": str(row.runs)}]
    if not row.runs:
        return [*of_job, {"span": len(of_runs), "note": "Never run"}]
    return [*of_job, *(column.cell(row) for column in of_runs)]


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
        parts.append(html.Span(["next: ", when.glance(at)], className="job-next"))
    return parts
