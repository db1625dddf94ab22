"""A map: countries by a value. Its outlines are the portal's own files, nothing is fetched from elsewhere. Acts as: the
viewer."""

import dash
import plotly.express as px
from dash import Input, Output, callback, html

from portal.api import chart, query, shell, states

dash.register_page(__name__, path="/cookbook/a-map", name="A map", title=shell.title("A map"), bundles=("chart",))

COUNTRIES = """
SELECT code, stores FROM VALUES ('FRA', 12), ('DEU', 9), ('USA', 31), ('BRA', 7), ('JPN', 14) AS t(code, stores)
"""


def layout(**_):
    region = states.region("cookbook-map", "Map", states.loading("map", kind="cards"))
    return html.Div([shell.page_header("A map"), region])


@callback(Output("cookbook-map", "children"), Input(*states.again("cookbook-map")))
@states.guarded
def draw(_again):
    rows = query(COUNTRIES, ttl=60)
    figure = px.choropleth(rows.to_pandas(), locations="code", color="stores")
    words = ", ".join(f"{row['code']} {row['stores']}" for row in rows.to_pylist())
    return chart.chart("cookbook-map-chart", figure, "Stores by country", words, height="28rem")
