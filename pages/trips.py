"""Taxi trips: a filter, a chart and a grid over one read. The page to copy for a table of your own.

1. `register_page`: the address, the name in the navigation, the scripts that it needs (`bundles`).
2. `layout`: drawn on each visit. What the address says (`?zip=10103`) arrives as keyword arguments.
   It starts the read, and comes with its content where that is there at once (`prefetch.gather`).
3. One callback that asks for the rows as the viewer, and draws them. What can go wrong is drawn by `guarded`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import dash
import dash_bootstrap_components as dbc
import pyarrow as pa
import pyarrow.compute as pc
from dash import ClientsideFunction, Input, Output, callback, clientside_callback, html
from dash.development.base_component import Component

from portal.api import ArrowTable, per_viewer, query
from portal.ui import chart, grid, prefetch, shell, states

dash.register_page(
    __name__,
    path="/trips",
    name="Trips",
    title=shell.title("Trips"),
    order=10,
    icon="graph-up",
    bundles=("chart", "grid"),
)

SHOWN = 200
"""Rows that go to the browser; the chart counts them all."""


@dataclass(frozen=True, slots=True)
class Trips:
    """What the page draws of a read: rows in all, trips by hour of the day, and the newest rows."""

    total: int
    by_hour: tuple[int, ...]
    newest: ArrowTable


def layout(zip: str = "", miles: str = "", **_: Any) -> Component:
    ready = prefetch.gather({"trips": partial(matching, zip, miles)})
    return html.Div(
        [
            shell.page_header("Trips", "New York taxi trips of samples.nyctaxi.trips, as you may read them."),
            html.Div(
                [_field("trips-zip", "Pickup ZIP", zip), _field("trips-miles", "At least miles", miles)],
                id="trips-filter",
                className="toolbar",
                disable_n_clicks=True,
            ),
            states.region(
                "trips", "Matching trips", _skeleton(), content=_draw(ready["trips"]) if "trips" in ready else None
            ),
        ]
    )


def _skeleton() -> Component:
    return html.Div([states.loading("chart", rows=1, kind="chart"), states.loading("trips", rows=12, kind="grid")])


def _field(field_id: str, label: str, value: Any) -> Component:
    return html.Div(
        [
            dbc.Label(label, html_for=field_id),
            dbc.Input(
                id=field_id,
                value=value if isinstance(value, str) else "",
                type="text",
                inputmode="numeric",
                placeholder="any",
                autocomplete="off",
                debounce=400,
            ),
        ]
    )


@callback(
    Output("trips", "children"),
    Input(*states.again("trips")),
    Input("trips-zip", "value"),
    Input("trips-miles", "value"),
)
@states.guarded
def draw(_again: int, zip_code: str | None, miles: str | None) -> Component:
    try:
        return _draw(matching(zip_code or "", miles or ""))
    except ValueError as error:
        return states.empty("Not a number", str(error))


def _draw(trips: Trips) -> Component:
    if not trips.total:
        return states.empty("No trips", "Nothing matches. Empty a filter to see more.")
    return html.Div([_chart(trips), _table(trips)])


# The address follows the filter, so that the view is its link.
clientside_callback(
    ClientsideFunction("portal", "remember"),
    Output("trips-filter", "data-remembered"),
    Input("trips-zip", "value"),
    Input("trips-miles", "value"),
)


@per_viewer(ttl=60, shared=True)
def matching(zip_code: str, miles: str) -> Trips:
    """Kept for a viewer who comes back to the page: what is drawn, not the rows that it was counted from."""
    rows = query(*statement(zip_code, miles))
    hours = pc.value_counts(pc.hour(rows["tpep_pickup_datetime"])).to_pylist()
    counts = {item["values"]: item["counts"] for item in hours}
    # `take` copies; a slice would hold on to all of them.
    newest = rows.take(pa.array(range(min(rows.num_rows, SHOWN)), pa.int32()))
    return Trips(rows.num_rows, tuple(counts.get(hour, 0) for hour in range(24)), newest)


def statement(zip_code: str, miles: str) -> tuple[str, dict[str, Any]]:
    """SQL and its named parameters; `ValueError` with a sentence to show where a filter is no number."""
    where: list[str] = []
    params: dict[str, Any] = {}
    if zip_code.strip():
        where.append("pickup_zip = :zip")
        params["zip"] = int(_number(zip_code, "A ZIP code has five digits, such as 10103."))
    if miles.strip():
        where.append("trip_distance >= :miles")
        params["miles"] = _number(miles, "Write miles as a number, such as 2.5.")
    condition = f" WHERE {' AND '.join(where)}" if where else ""
    # Only texts of ours are joined here; what a viewer typed is bound by name.
    return f"SELECT * FROM samples.nyctaxi.trips{condition} ORDER BY tpep_pickup_datetime DESC", params  # noqa: S608


def _number(text: str, otherwise: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(otherwise) from None


def _chart(trips: Trips) -> Component:
    top = max(range(24), key=trips.by_hour.__getitem__)
    drawn = chart.figure(
        [{"type": "bar", "name": "Trips", "x": [f"{hour:02d}:00" for hour in range(24)], "y": trips.by_hour}],
        x="Pickup hour",
        y="Trips",
        # Every fourth hour is named: more would stand on end on a phone.
        xaxis={"dtick": 4, "tickangle": 0},
    )
    most = trips.by_hour[top]
    return chart.chart(
        "trips-chart", drawn, "Trips by pickup hour", f"Most start between {top}:00 and {top + 1}:00: {most:,}."
    )


def _table(trips: Trips) -> Component:
    shown = trips.newest.num_rows
    note = f"{trips.total:,} trips" if shown == trips.total else f"The newest {shown:,} of {trips.total:,} trips"
    return html.Div(
        [
            html.P(note, className="grid-note", role="status"),
            grid.from_arrow("trips-grid", "Trips", trips.newest, height="26rem"),
        ]
    )
