"""The journey of databricks-sql-connector: fetches of every kind, parameters, types, metadata, cancel, errors."""

from __future__ import annotations

import datetime
import decimal
import os
import time

from databricks import sql
from databricks.sql.exc import ServerOperationError


def opened(**more: object) -> sql.client.Connection:
    return sql.connect(
        server_hostname="localhost",
        _port=int(os.environ["DATABRICKS_PORT"]),
        http_path=os.environ["DATABRICKS_HTTP_PATH"],
        access_token=os.environ["DATABRICKS_TOKEN"],
        _tls_trusted_ca_file=os.environ["SSL_CERT_FILE"],
        enable_telemetry=False,
        **more,
    )


def main() -> None:
    with opened() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT id FROM range(10)")
        assert cursor.fetchone()[0] == 0
        assert len(cursor.fetchmany(4)) == 4
        assert len(cursor.fetchall()) == 5
        for lz4 in (True, False):
            connection.lz4_compression = lz4
            cursor.execute("SELECT * FROM main.bench.events_1m LIMIT 300000")
            assert cursor.fetchall_arrow().num_rows == 300_000
            assert cursor.active_result_set.lz4_compressed == lz4
        connection.lz4_compression = True
        print("ok fetches, with LZ4 and without")
        given = {
            "n": 7,
            "text": "it's",
            "day": datetime.date(2026, 1, 31),
            "price": decimal.Decimal("1.50"),
            "no": None,
        }
        cursor.execute("SELECT :n AS n, :text AS text, :day AS day, :price AS price, :no AS no", given)
        assert tuple(cursor.fetchone()) == tuple(given.values())
        cursor.execute("SELECT ? + ?", [1, 2])
        assert cursor.fetchone()[0] == 3
        print("ok parameters")
        cursor.execute("SELECT ARRAY(1, 2) AS a, NAMED_STRUCT('x', 1) AS s, MAP('k', 2) AS m, CAST(1 AS TINYINT) AS t")
        assert [column[1] for column in cursor.description] == ["array", "struct", "map", "tinyint"]
        print("ok types")
        cursor.catalogs()
        assert "samples" in {row[0] for row in cursor.fetchall()}
        cursor.columns(catalog_name="samples", schema_name="nyctaxi", table_name="trips")
        assert "fare_amount" in {row.COLUMN_NAME for row in cursor.fetchall()}
        print("ok metadata")
        with connection.cursor() as other:
            other.execute_async("SELECT count(*) FROM range(1000000000000) WHERE id % 7 = 3")
            assert other.is_query_pending()
            other.cancel()
            deadline = time.monotonic() + 20
            while other.is_query_pending() and time.monotonic() < deadline:
                time.sleep(0.1)
            assert not other.is_query_pending()
        print("ok cancel")
        said = ""
        try:
            cursor.execute("SELECT nope FROM samples.nyctaxi.trips")
        except ServerOperationError as error:
            said = str(error)
        assert "UNRESOLVED_COLUMN" in said
        print("ok errors")


if __name__ == "__main__":
    main()
