"""Charts from a frame: pandas and plotly express as usual, in the portal's colours. Acts as: the viewer."""

import dash
import plotly.express as px
from dash import Input, Output, callback, html

from portal.api import chart, grid, query, shell, states

dash.register_page(
    __name__, path="/cookbook/charts", name="Charts", title=shell.title("Charts"), bundles=("chart", "grid")
)


def layout(**_):
    region = states.region("cookbook-charts", "Charts", states.loading("charts", kind="cards"))
    return html.Div([shell.page_header("Charts"), region])


@callback(Output("cookbook-charts", "children"), Input(*states.again("cookbook-charts")))
@states.guarded
def draw(_again):
    frame = query("SELECT product, region, amount FROM main.sales.orders LIMIT 5000", ttl=60).to_pandas()
    frame["amount"] = frame["amount"].astype(float)
    by = frame.groupby(["product", "region"], as_index=False)["amount"].sum()
    return [
        chart.chart("charts-bar", px.bar(by, x="product", y="amount", color="region"), "Amount by product"),
        chart.chart("charts-sun", px.sunburst(by, path=["product", "region"], values="amount"), "Shares of products"),
        grid.from_arrow("charts-grid", "Amounts", by),
    ]
