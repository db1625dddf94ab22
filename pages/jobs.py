"""Every job that the viewer may see: search, filters, the newest runs, live while something runs.

What is shown is in the address (`assets/src/parts/address.js` keeps it there). The region is drawn twice: at once
with what is known, and again when the newest runs of its rows have come.
"""

from __future__ import annotations

import time
from typing import Any

import dash
from dash import Input, Output, callback, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from portal.api import me
from portal.databricks import principals
from portal.databricks.jobs import index, latest, search
from portal.databricks.jobs.model import Run
from portal.databricks.jobs.search import View
from portal.ui import address, joblist, live, pager, prefetch, shell, states
from portal.ui.attributes import data
from portal.viewer.errors import PortalError

dash.register_page(__name__, path="/jobs", name="Jobs", title=shell.title("Jobs"), order=40, icon="diagram-3")


def layout(**query: Any) -> Component:
    view = View.of(query)
    # Only what is read goes to threads: what is drawn in one would be drawn for nothing where it comes late.
    ready = prefetch.gather({"listed": lambda: _listed(view)})
    content, rows = _content(view, ready["listed"]) if "listed" in ready else (None, None)
    if rows:
        # The head start goes on while the browser starts its scripts.
        prefetch.begin(lambda: latest.of_each([int(row) for row in rows]))
    return html.Div(
        [
            shell.page_header("Jobs", "What ran, what is running, and what broke."),
            joblist.filters(view),
            dcc.Store(id="jobs-view", data=_stored(query)),
            dcc.Store(id="jobs-rows", data=rows),
            live.ticker("jobs", already=content is not None),
            # With all its runs it is whole, and its callback has nothing to do until something changes.
            states.region(
                "jobs",
                "Jobs",
                content or states.loading("jobs", rows=12, kind="grid"),
                content=None if rows else content,
            ),
        ],
        **data(view="jobs-view"),
    )


def _stored(query: dict[str, Any]) -> dict[str, str]:
    return {name: value for name, value in query.items() if isinstance(value, str)}


@callback(
    Output("jobs", "children"),
    Input(*states.again("jobs")),
    Input("jobs-view", "data"),
    Input("jobs-rows", "data"),
    Input(*live.tick("jobs")),
)
@states.guarded
def draw(_again: int, query: dict[str, Any], rows: list[str] | None, tick: Any) -> Component:
    """Once for a view, and once more for its rows. One callback: a later question always outruns an earlier answer."""
    view = View.of(query or {})
    if _asks_for_runs(rows, tick):
        return _with_runs(view, live.is_tick(dash.ctx.triggered_id))
    content, missing = _content(view, _listed(view))
    if missing:
        dash.set_props("jobs-rows", {"data": missing})
    return content


def _asks_for_runs(rows: list[str] | None, tick: Any) -> bool:
    if dash.ctx.triggered_id is None and live.drawn(tick):
        if not rows:
            raise PreventUpdate
        return True
    return dash.ctx.triggered_id == "jobs-rows" or live.is_tick(dash.ctx.triggered_id)


def _with_runs(view: View, ticked: bool) -> Component:
    """With the newest runs of the rows: those not kept are asked for, and on a tick those that were active."""
    listed = _listed(view)
    ids = [job.id for job in listed.jobs]
    active = {job_id for job_id, some in latest.kept(ids)[0].items() if _active(some)} if ticked else set()
    owners = _owners()
    if principals.unknown(owners):
        prefetch.begin(lambda: principals.learn(owners))  # beside the runs, not after them
    found = latest.of_each(ids, frozenset(active))
    principals.learn(owners)
    return _draw(view, listed, found, waited=True)


def _active(known: tuple[Run, ...]) -> bool:
    return any(run.state.active for run in known)


def _word(answer: tuple[Run, ...] | PortalError | None) -> str:
    return answer[0].state.word if isinstance(answer, tuple) and answer else type(answer).__name__


def _listed(view: View) -> search.Listed:
    return search.select(view, index.look(), me)


def _content(view: View, listed: search.Listed) -> tuple[Component, list[str]]:
    """The region with what is known, and the jobs whose runs are to be asked for (as text: ids outgrow JSON)."""
    ids = [job.id for job in listed.jobs]
    known, due = latest.kept(ids)
    if not due and not _named(listed):
        due = ids[:1]  # nothing that is asked for anew, but the names come with it
    return _draw(view, listed, known), list(map(str, due))


def _named(listed: search.Listed) -> bool:
    """Whether it is known what the owners are called, here or in another process of the portal."""
    owners = [job.owner for job in listed.jobs]
    if principals.unknown(owners):
        principals.recall(_owners())
    return not principals.unknown(owners)


def _owners() -> tuple[str, ...]:
    return search.choices(index.peek() or index.Index()).owners


def _draw(view: View, listed: search.Listed, found: joblist.Runs, waited: bool = False) -> Component:
    """`waited`: the runs have been asked for; those that are missing are late."""
    now = time.time()
    known = index.peek() or index.Index()
    body: list[Any] = [joblist.selects(view, search.choices(known)), joblist.note(listed, known, view)]
    if listed.jobs:
        body += [joblist.order(listed, view), joblist.table(listed, found, view, now)]
        if listed.pages > 1:
            body.append(pager.numbered(listed.page, listed.pages, "Pages of jobs"))
        body.append(html.P(joblist.DURATIONS, className="grid-note"))
    elif view.filtered:
        body.append(states.empty("No jobs match", "Search for something else, or show all jobs.", _all()))
    else:
        body.append(states.empty("No jobs", "Databricks lists no job that you may see."))
    mark = [len(known.jobs), [(job.id, _word(found.get(job.id))) for job in listed.jobs]]
    return live.content(body, "jobs", _again_in(listed, found, known, waited), mark)


def _again_in(listed: search.Listed, found: joblist.Runs, known: index.Index, waited: bool) -> float | None:
    """Seconds until the list should look again; None while nothing moves."""
    answers = [found.get(job.id) for job in listed.jobs]
    if any(isinstance(answer, PortalError) for answer in answers):
        return 3.0
    if waited and None in answers:
        return 1.0
    if not known.complete and not known.full:
        return 1.5
    if any(_active(answer) for answer in answers if isinstance(answer, tuple)):
        return 10.0
    return None


def _all() -> Component:
    return html.Button(
        "Show all jobs",
        type="button",
        className="btn btn-primary btn-sm",
        disable_n_clicks=True,
        **address.sets(q="", show="", owner="", tag="", page=""),
    )
