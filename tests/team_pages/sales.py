"""Sales: filters that stand in the address, figures, a chart, and a grid whose orders are links."""

from datetime import date

import dash
import plotly.express as px
from dash import Input, Output, callback, dcc, html

from portal.api import chart, grid, kpi, kpis, query, remember, shell, states, toolbar

dash.register_page(
    __name__,
    path="/sales",
    name="Sales",
    title=shell.title("Sales"),
    icon="graph-up",
    order=5,
    bundles=("grid", "chart"),
)

ORDERS = """
SELECT * FROM main.sales.orders
WHERE (:region = '' OR region = :region) AND order_date BETWEEN :start AND :stop ORDER BY order_date LIMIT 5000
"""


def layout(region: str = "", start_date: str = "2020-01-01", end_date: str = "", **_):
    regions = dcc.Dropdown(["west", "east", "north", "south"], region or None, id="sales-region", placeholder="All")
    days = dcc.DatePickerRange(id="sales-days", start_date=start_date, end_date=end_date or date.today().isoformat())
    return html.Div(
        [
            shell.page_header("Sales", "Orders as you may see them."),
            toolbar("sales-filter", {"Region": regions, "Days": days}),
            states.region("sales", "Sales", states.loading("sales", rows=10, kind="grid")),
        ]
    )


FILTERS = (Input("sales-region", "value"), Input("sales-days", "start_date"), Input("sales-days", "end_date"))
remember("sales-filter", "sales-region", ("sales-days", "start_date"), ("sales-days", "end_date"))


@callback(Output("sales", "children"), Input(*states.again("sales")), *FILTERS)
@states.guarded
def draw(_again, region, start, stop):
    days = {"start": date.fromisoformat(start), "stop": date.fromisoformat(stop)}
    rows = query(ORDERS, {"region": region or "", **days}, ttl=60)
    if not rows.num_rows:
        return states.empty("No orders", "Nothing in that period, or nothing you may see.")
    frame = rows.to_pandas().astype({"amount": float, "order_date": "datetime64[ns]"})
    months = frame.groupby([frame["order_date"].dt.strftime("%Y-%m").rename("month"), "region"], as_index=False)
    drawn = px.line(months["amount"].sum(), x="month", y="amount", color="region", markers=True)
    revenue, mean = frame["amount"].sum(), frame["amount"].mean()
    return html.Div(
        [
            kpis(kpi("Revenue", f"{revenue:,.0f}"), kpi("Orders", len(frame)), kpi("Mean order", f"{mean:,.2f}")),
            chart.chart("sales-chart", drawn.to_dict(), "Revenue by month", f"{revenue:,.0f} in all."),
            grid.from_arrow("sales-grid", "Orders", rows, links={"order_id": "/sales/{}"}),
        ]
    )
