"""A single-file Dash app with the portal's component libraries that exchanges per request. `server` for gunicorn."""

import os

import dash
import dash_ag_grid as dag
import dash_bootstrap_components as dbc
from dash import Input, Output, html
from databricks import sql
from databricks.sdk import WorkspaceClient
from flask import request
from posit.connect.external.databricks import ConnectStrategy, databricks_config, sql_credentials

DATABRICKS_HOST = os.environ["DATABRICKS_HOST"]
SQL_HTTP_PATH = f"/sql/1.0/warehouses/{os.environ['DATABRICKS_WAREHOUSE_ID']}"

app = dash.Dash(__name__, compress=True)
server = app.server
app.layout = dbc.Container([html.H1("Hello", id="greeting"), html.Div(id="rows")])


@app.callback(Output("greeting", "children"), Output("rows", "children"), Input("rows", "id"))
def draw(_id):
    cfg = databricks_config(
        posit_connect_strategy=ConnectStrategy(
            user_session_token=request.headers.get("Posit-Connect-User-Session-Token")
        ),
        host=f"https://{DATABRICKS_HOST}",
    )
    name = WorkspaceClient(config=cfg).current_user.me().display_name
    hostname, _, port = DATABRICKS_HOST.partition(":")
    with (
        sql.connect(
            server_hostname=hostname,
            http_path=SQL_HTTP_PATH,
            credentials_provider=sql_credentials(cfg),
            _port=int(port or 443),
            enable_telemetry=False,  # asks port 443 for its flag, whatever _port says: 35 s of retries
        ) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT * FROM samples.nyctaxi.trips LIMIT 10")
        rows = cursor.fetchall_arrow().to_pandas()
    rows = rows.astype({name: str for name in rows.columns if "datetime" in name})
    grid = dag.AgGrid(columnDefs=[{"field": c} for c in rows.columns], rowData=rows.to_dict("records"))
    return f"Hello, {name}", grid
