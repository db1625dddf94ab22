"""The journeys of pandas and polars over databricks-sql-connector."""

from __future__ import annotations

import os

import pandas as pd
import polars as pl
from databricks import sql


def main() -> None:
    with sql.connect(
        server_hostname="localhost",
        _port=int(os.environ["DATABRICKS_PORT"]),
        http_path=os.environ["DATABRICKS_HTTP_PATH"],
        access_token=os.environ["DATABRICKS_TOKEN"],
        _tls_trusted_ca_file=os.environ["SSL_CERT_FILE"],
        enable_telemetry=False,
    ) as connection:
        read = pd.read_sql("SELECT * FROM samples.nyctaxi.trips LIMIT 1000", connection)
        assert len(read) == 1000
        assert read["tpep_pickup_datetime"].dt.year.unique().tolist() == [2016]
        print("ok pandas.read_sql")
        pieces = list(pd.read_sql("SELECT event_id FROM main.bench.events_1k", connection, chunksize=300))
        assert [len(piece) for piece in pieces] == [300, 300, 300, 100]
        print("ok pandas in chunks")
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM main.bench.events_1m")
            table = cursor.fetchall_arrow()
        frame = pl.from_arrow(table)
        assert isinstance(frame, pl.DataFrame)
        assert frame.height == 1_000_000
        assert table.to_pandas()["event_id"].nunique() == 1_000_000
        print("ok polars and pandas from Arrow")
        found = pl.read_database("SELECT trip_distance, fare_amount FROM samples.nyctaxi.trips LIMIT 500", connection)
        assert found.shape == (500, 2)
        assert found["fare_amount"].dtype == pl.Float64
        print("ok polars.read_database")


if __name__ == "__main__":
    main()
