"""`long_run(…)`: a statement that a person waits for, with its state, how long it runs, and a way to stop it.

It lives in Databricks: the browser's tab keeps its id (`sessionStorage`), so that a page that is loaded again finds it,
whatever process answers. An id is no secret: Databricks tells nobody of another's statement.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import dash
import dash_bootstrap_components as dbc
from dash import Input, Output, State, callback, dcc, html
from dash.dependencies import DashDependency
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from portal.databricks.statements import Statement, parameters
from portal.results import result, runs
from portal.results.result import Result
from portal.ui import badges, grid, live, states, when
from portal.ui.attributes import aria
from portal.ui.elements import element
from portal.viewer.errors import Canceled, NoSuchThing, PortalError
from portal.viewer.given import Given, Short, read

Draw = Callable[[Result], Component | str]
LOOK, SLOW_LOOK = 1.0, 5.0
"""Seconds between two looks: at first, and after half a minute."""


class GivenRun(Given):
    """What the tab keeps: the statement's id, and when it was started (epoch, ms)."""

    id: Short
    at: float = 0.0


class LongRun:
    """See `long_run`."""

    def __init__(self, run_id: str, sql: str, name: str, params: Mapping[str, DashDependency], draw: Draw) -> None:
        self._id, self._sql, self._name = run_id, sql, name
        self._params, self._draw = dict(params), draw
        self._register()

    def layout(self) -> Component:
        """Start, Cancel, and the region that says how it stands and then shows the result."""
        start = dbc.Button("Start", id=self._part("start"), size="sm", color="primary")
        cancel = dbc.Button(
            "Cancel", id=self._part("cancel"), size="sm", color="secondary", outline=True, disabled=True
        )
        return html.Div(
            [
                html.Div([start, cancel], className="run-buttons", role="group", **aria(label=self._name)),
                html.Div(id=self._part("said"), disable_n_clicks=True),
                dcc.Store(id=self._part("statement"), storage_type="session"),
                live.ticker(self._id),
                states.region(self._id, self._name, _idle()),
            ]
        )

    def _part(self, name: str) -> str:
        return f"{self._id}-{name}"

    def _register(self) -> None:
        @callback(
            Output(self._part("statement"), "data"),
            Output(self._part("said"), "children"),
            Input(self._part("start"), "n_clicks"),
            *self._params.values(),
            prevent_initial_call=True,
            running=[(Output(self._part("start"), "disabled"), True, False)],
        )
        @states.guarded
        def start(_clicks: int | None, *given: object) -> tuple[dict[str, object], None]:
            if dash.ctx.triggered_id != self._part("start"):
                raise PreventUpdate
            values = dict(zip(self._params, given, strict=True))
            submitted = runs.submit(self._sql, params=parameters(values), page=self._id)
            return {"id": submitted.id, "at": time.time() * 1000}, None

        @callback(
            Output(self._part("said"), "children", allow_duplicate=True),
            Input(self._part("cancel"), "n_clicks"),
            State(self._part("statement"), "data"),
            prevent_initial_call=True,
        )
        @states.guarded
        def cancel(_clicks: int | None, kept: dict[str, object] | None) -> None:
            if kept:
                runs.cancel(read(GivenRun, kept).id)

        @callback(
            Output(self._id, "children"),
            Output(self._part("cancel"), "disabled"),
            Input(*states.again(self._id)),
            Input(*live.tick(self._id)),
            Input(self._part("statement"), "data"),
        )
        @states.guarded
        def follow(_again: int, _tick: object, kept: dict[str, object] | None) -> tuple[Component | str, bool]:
            if not kept:
                return _idle(), True
            run = read(GivenRun, kept)
            try:
                found = runs.status(run.id)
            except PortalError as error:
                if live.is_tick(dash.ctx.triggered_id) and live.passing(error):
                    raise PreventUpdate from None
                if isinstance(error, NoSuchThing):
                    return states.empty(
                        "No longer there", "An earlier run's result is kept for an hour. Start it again."
                    ), True
                raise
            if not found.ended:
                return self._running(found, run.at), False
            if found.state == "CANCELED":
                return states.empty(Canceled.title, Canceled().message), True
            return self._draw(result.opened(run.id)), True

    def _running(self, found: Statement, at: float) -> Component:
        lasted = time.time() - at / 1000
        bar = element("Progress", className="run-progress", **aria(label=f"{self._name} is under way"))
        line = html.P([badges.draw(badges.run(found.state)), " started ", when.ago(at)], role="status")
        again_in = LOOK if lasted < 30 else SLOW_LOOK
        # Marked anew each time: the waiting is not to grow.
        return live.content([line, bar], self._id, again_in, int(lasted))


def _idle() -> Component:
    return html.P("Not started yet.", className="grid-note")


def _grid(found: Result) -> Component:
    return grid.from_arrow("long-run-result", "Result", found.rows(0, 1000))


def long_run(
    run_id: str, sql: str, *, name: str, params: Mapping[str, DashDependency] | None = None, draw: Draw = _grid
) -> LongRun:
    """A statement that a page starts, follows and cancels; made once in the page's module, `layout()` draws it.

    `params` are the statement's by name, each an `Input` or `State` of the page. `draw` makes of the finished
    statement's `Result` what is shown: without it, a grid of the first thousand rows. Loaded again within the hour, the
    page finds it. A run that was canceled is no failure.
    """
    return LongRun(run_id, sql, name, params or {}, draw)
