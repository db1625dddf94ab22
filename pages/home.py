"""The first page: ten rows, the warehouse, the newest runs and what of the viewer's own wants attention."""

from __future__ import annotations

from typing import Any

import dash
import dash_bootstrap_components as dbc
import pyarrow as pa
from dash import Input, Output, callback, dcc, html
from dash.development.base_component import Component

from portal.api import me, query
from portal.databricks import warehouses
from portal.databricks.jobs import attention, runs
from portal.databricks.watch import now
from portal.settings import settings
from portal.ui import attentioncard, badges, grid, nowcard, prefetch, rights, shell, stars, states, when
from portal.ui.elements import Element, element

dash.register_page(__name__, path="/", name="Home", title=shell.title("Home"), order=0, icon="house")

TRIPS = "SELECT * FROM samples.nyctaxi.trips LIMIT 10"
ROWS = 50
"""More rows than this are cut: the home page is a glance."""
RUNS = 8


def layout(**_: Any) -> Component:
    # Tiles lead to pages: without the page, or for who may not open it, there is none.
    jobs, warehouse, queries = (rights.reaches(path) for path in ("/jobs", "/warehouse", "/queries"))
    reads: dict[str, Any] = {"me": me, "rows": _rows}
    reads |= {"warehouse": warehouses.default} if warehouse else {}
    reads |= {"runs": runs.glance} if jobs else {}
    reads |= {"now": now.of_viewer} if queries else {}
    ready = prefetch.gather(reads)
    # Nobody waits for what takes up to twenty calls.
    ready |= prefetch.gather({"mine": attention.of_viewer} if jobs else {}, within=0)
    return html.Div(
        [
            shell.page_header(_greeting(ready), _lead()),
            _rows_region(ready),
            html.Div(_tiles(ready, jobs, warehouse, queries), className="columns"),
        ]
    )


def _tiles(ready: dict[str, Any], jobs: bool | None, warehouse: bool | None, queries: bool | None) -> list[Component]:
    """What leads to pages; who may not open a page, or is not known yet to, gets nothing or what the callback says."""
    left, tiles = [], []
    if warehouse is not False:
        left.append(
            states.region(
                "home-warehouse",
                "Warehouse",
                states.loading("the warehouse", rows=2, kind="card"),
                content=_warehouse(ready["warehouse"]) if "warehouse" in ready else None,
            )
        )
    if queries is not False:
        # No skeleton: for most viewers nothing has fired, and nothing runs.
        up = html.Div(nowcard.card(ready["now"])) if "now" in ready else None
        left.append(states.region("home-now", "Fired and running", html.Div(), content=up))
    if jobs is not False:
        # No skeleton: most viewers own no job, and nothing comes.
        mine = html.Div(attentioncard.card(ready["mine"])) if "mine" in ready else None
        left.append(states.region("home-mine", "Your jobs", html.Div(), content=mine))
        tiles.append(
            states.region(
                "home-runs",
                "Newest runs",
                states.loading("the newest runs", rows=9, kind="card"),
                content=_runs(ready["runs"]) if "runs" in ready else None,
            )
        )
    kinds: dict[stars.Kind, str] = {"dashboard": "/dashboards", "query": "/queries"}
    if found := [kind for kind, path in kinds.items() if rights.reaches(path) is not False]:
        left.append(stars.card(*found))
    return [html.Div(left), *tiles]


# Who


def _greeting(ready: dict[str, Any]) -> list[Any]:
    return ["Hello", *states.word("home-name", f", {ready['me'].display_name}" if "me" in ready else None)]


@callback(Output("home-name", "children"), Input(*states.again("home-name")))
@states.guarded_text()
def draw_name(_again: int) -> str:
    return f", {me().display_name}"


# The rows


def _sql() -> str | None:
    chosen = settings().home_query
    return None if chosen == "off" else chosen or TRIPS


def _lead() -> str | None:
    return None if settings().home_query else "The first ten trips of samples.nyctaxi.trips, as you may read them."


def _rows() -> pa.Table | None:
    sql = _sql()
    return query(sql, ttl=60) if sql else None


def _rows_region(ready: dict[str, Any]) -> Component | None:
    if _sql() is None:
        return None
    rows = ready.get("rows")
    skeleton = states.loading("rows", rows=11, kind="grid")
    return states.region("home-rows", _name(), skeleton, content=_grid(rows) if rows is not None else None)


def _name() -> str:
    return "Rows" if settings().home_query else "Trips"


@callback(Output("home-rows", "children"), Input(*states.again("home-rows")))
@states.guarded
def draw_rows(_again: int) -> Component | None:
    rows = _rows()
    return None if rows is None else _grid(rows)


def _grid(rows: pa.Table) -> Component:
    if not rows.num_rows:
        return states.empty("No rows", "The query of this page found nothing that you may read.")
    return grid.small("home-grid", _name(), rows.slice(0, ROWS))


# The warehouse


@callback(Output("home-warehouse", "children"), Input(*states.again("home-warehouse")))
@states.guarded
def draw_warehouse(_again: int) -> Component | None:
    return _warehouse(warehouses.default()) if rights.may_reach("/warehouse") else None


def _warehouse(warehouse: warehouses.Warehouse) -> Component:
    kind = "serverless" if warehouse.serverless else "classic"
    name = dcc.Link(warehouse.name, href=dash.get_relative_path("/warehouse"))
    return _card("Warehouse", [_row(name, f"{warehouse.size}, {kind}", badges.warehouse(warehouse.state))])


# The newest runs


@callback(Output("home-runs", "children"), Input(*states.again("home-runs")))
@states.guarded
def draw_runs(_again: int) -> Component | None:
    return _runs(runs.glance()) if rights.may_reach("/jobs") else None


def _runs(found: runs.Found) -> Component:
    newest = found.runs[:RUNS]
    if not newest:
        return states.empty("No runs yet", "No job that you may see has run.")
    rows = [
        _row(
            dcc.Link(run.name, href=dash.get_relative_path(f"/jobs/{run.job_id}/runs/{run.id}")),
            [when.glance(run.start), None if run.state.active else f", took {when.duration(run.duration())}"],
            badges.run(run.state.word),
        )
        for run in newest
    ]
    return _card("Newest runs", rows)


# What of the viewer's own wants attention


@callback(Output("home-mine", "children"), Input(*states.again("home-mine")))
@states.guarded
def draw_mine(_again: int) -> Component | None:
    return attentioncard.card(attention.of_viewer()) if rights.may_reach("/jobs") else None


# What has fired, and what runs


@callback(Output("home-now", "children"), Input(*states.again("home-now")))
@states.guarded
def draw_now(_again: int) -> Component | None:
    return nowcard.card(now.of_viewer()) if rights.may_reach("/queries") else None


# What both are drawn of


def _card(title: str, rows: list[Element]) -> Component:
    heading = html.H2(title, className="region-title")
    return dbc.Card(dbc.CardBody([heading, html.Ul(rows, className="rows")]))


def _row(name: Component, fact: Any, badge: badges.Badge) -> Element:
    main, side = element("Span", name, className="rows-main"), element("Span", fact, className="rows-side")
    return element("Li", [main, side, badges.draw(badge)])
