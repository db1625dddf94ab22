"""Welcome: what the warehouse holds for whoever looks."""

from __future__ import annotations

from typing import Any

import dash
from dash import Input, Output, callback, html
from dash.development.base_component import Component

from portal.api import query
from portal.ui import grid, shell, states

dash.register_page(
    __name__, path="/welcome", name="Welcome", title=shell.title("Welcome"), order=1, icon="star", bundles=("grid",)
)

ROWS = """
    SELECT pickup_zip, count(*) AS trips, round(avg(fare_amount), 2) AS fare
    FROM samples.nyctaxi.trips
    GROUP BY pickup_zip
    ORDER BY trips DESC
    LIMIT 100
"""


def layout(**_: Any) -> Component:
    """Drawn on each visit."""
    return html.Div(
        [
            shell.page_header("Welcome", "Trips and fares by pickup ZIP, as you may read them."),
            states.region("welcome", "Welcome", states.loading("rows", rows=10, kind="grid")),
        ]
    )


@callback(Output("welcome", "children"), Input(*states.again("welcome")))
@states.guarded
def draw(_again: int) -> Component:
    """Runs as the viewer. Whatever can go wrong is drawn in the region, with the next step."""
    rows = query(ROWS, ttl=30)
    if not rows.num_rows:
        return states.empty("No rows", "There is nothing that you may read.")
    return grid.from_arrow("welcome-grid", "Welcome", rows)
