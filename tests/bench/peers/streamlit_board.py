"""A dashboard's page as one writes it by hand in Streamlit with the SQL connector: each statement after the other,
drawn as it comes, without `st.cache_data` (which would be shared by all viewers).

`BOARD` names a JSON file with the tiles (`tests.bench.bench_dashboards_peers`): title, kind, SQL and its parameters.
"""

import json
import os
from pathlib import Path

import pandas as pd
import streamlit as st
from databricks import sql
from databricks.sdk.core import ApiClient
from databricks.sdk.service.iam import CurrentUserAPI
from posit.connect.external.databricks import ConnectStrategy, databricks_config, sql_credentials

HOST = os.environ["DATABRICKS_HOST"].removeprefix("https://")
SQL_HTTP_PATH = f"/sql/1.0/warehouses/{os.environ['DATABRICKS_WAREHOUSE_ID']}"

st.set_page_config(layout="wide")
session_token = st.context.headers.get("Posit-Connect-User-Session-Token")
cfg = databricks_config(
    posit_connect_strategy=ConnectStrategy(user_session_token=session_token), host=f"https://{HOST}"
)
st.title("Dashboard")
st.caption(f"as {CurrentUserAPI(ApiClient(cfg)).me().display_name}")

hostname, _, port = HOST.partition(":")
with sql.connect(
    server_hostname=hostname,
    http_path=SQL_HTTP_PATH,
    auth_type="databricks-oauth",
    credentials_provider=sql_credentials(cfg),
    _port=int(port or 443),
    enable_telemetry=False,
) as connection:
    columns = st.columns(3)
    for at, tile in enumerate(json.loads(Path(os.environ["BOARD"]).read_text())):
        with connection.cursor() as cursor:
            cursor.execute(tile["sql"], tile["parameters"] or None)
            rows = pd.DataFrame(cursor.fetchall_arrow().to_pandas())
        # Its charts read names as a language of their own.
        rows.columns = [f"c{number}" for number in range(len(rows.columns))]
        with columns[at % 3]:
            st.subheader(tile["title"])
            if tile["kind"] == "counter":
                st.metric(tile["title"], str(rows.iloc[0, -1]) if len(rows) else "–", label_visibility="collapsed")
            elif tile["kind"] == "table" or len(rows.columns) < 2:
                st.dataframe(rows)
            else:
                st.bar_chart(rows, x="c0", y=rows.columns[-1])
st.write("All is drawn.")
