"""A long statement, with its state, how long it runs, and a way to stop it."""

import dash
from dash import html

from portal.api import long_run, shell

dash.register_page(
    __name__,
    path="/long",
    name="Long run",
    title=shell.title("Long run"),
    icon="hourglass-split",
    order=8,
    bundles=("grid",),
)

count = long_run("long", "SELECT count(*) AS n FROM range(1000000000000) WHERE id % 7 = 3", name="Count")


def layout(**_):
    return html.Div([shell.page_header("Long run"), count.layout()])
