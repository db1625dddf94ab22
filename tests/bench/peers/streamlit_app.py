"""The vendor's Streamlit example ("Databricks", Connect's user guide), its imports brought up to posit-sdk 0.17."""

import os

import pandas as pd
import streamlit as st
from databricks import sql
from databricks.sdk.core import ApiClient
from databricks.sdk.service.iam import CurrentUserAPI
from posit.connect.external.databricks import ConnectStrategy, databricks_config, sql_credentials

DATABRICKS_HOST = os.environ["DATABRICKS_HOST"]
SQL_HTTP_PATH = f"/sql/1.0/warehouses/{os.environ['DATABRICKS_WAREHOUSE_ID']}"

session_token = st.context.headers.get("Posit-Connect-User-Session-Token")
cfg = databricks_config(
    posit_connect_strategy=ConnectStrategy(user_session_token=session_token),
    host=f"https://{DATABRICKS_HOST}",
)
databricks_user = CurrentUserAPI(ApiClient(cfg)).me()
st.write(f"Hello, {databricks_user.display_name}!")

hostname, _, port = DATABRICKS_HOST.partition(":")
with (
    sql.connect(
        server_hostname=hostname,
        http_path=SQL_HTTP_PATH,
        auth_type="databricks-oauth",
        credentials_provider=sql_credentials(cfg),
        _port=int(port or 443),
        enable_telemetry=False,  # asks port 443 for its flag, whatever _port says: 35 s of retries
    ) as connection,
    connection.cursor() as cursor,
):
    cursor.execute("SELECT * FROM samples.nyctaxi.trips LIMIT 10;")
    st.table(pd.DataFrame(cursor.fetchall()))
