"""The warehouse's Thrift service, through the unmodified databricks-sql-connector."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import pytest
from databricks import sql

from tests.sandbox_client import SandboxClient

ENDLESS = "SELECT count(*) FROM range(1000000000000) WHERE id % 7 = 3"


@contextlib.contextmanager
def connection(sandbox: SandboxClient, viewer: str = "analyst-west", **more: Any) -> Iterator[Any]:
    host, port = sandbox.workspace_host.split(":")
    options = {"enable_telemetry": False, "_retry_stop_after_attempts_count": 1, **more}
    opened = sql.connect(host, sandbox.http_path, f"dapi-{viewer}", _port=int(port), **options)
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture
def cursor(sandbox: SandboxClient) -> Iterator[Any]:
    with connection(sandbox) as opened, opened.cursor() as one:
        yield one


def test_ten_trips_come_with_their_columns(cursor: Any) -> None:
    cursor.execute("SELECT * FROM samples.nyctaxi.trips LIMIT 10")
    assert [(column[0], column[1]) for column in cursor.description] == [
        ("tpep_pickup_datetime", "timestamp"),
        ("tpep_dropoff_datetime", "timestamp"),
        ("trip_distance", "double"),
        ("fare_amount", "double"),
        ("pickup_zip", "int"),
        ("dropoff_zip", "int"),
    ]
    assert len(cursor.fetchall()) == 10


def test_two_people_see_their_own_rows_of_one_table(sandbox: SandboxClient) -> None:
    seen = {}
    for viewer in ("analyst-west", "analyst-east", "engineer"):
        with connection(sandbox, viewer) as opened, opened.cursor() as one:
            one.execute("SELECT DISTINCT region FROM main.sales.orders ORDER BY region")
            seen[viewer] = [row.region for row in one.fetchall()]
    assert seen == {
        "analyst-west": ["west"],
        "analyst-east": ["east"],
        "engineer": ["east", "north", "south", "west"],
    }


def test_named_and_positional_parameters_keep_their_types(cursor: Any) -> None:
    cursor.execute("SELECT :a + 1 AS x, :b AS y, :c AS z", {"a": 41, "b": "it's", "c": None})
    assert cursor.fetchall() == [(42, "it's", None)]
    cursor.execute("SELECT ? AS a, ? AS b LIMIT ?", ["x", 2.5, 1])
    assert cursor.fetchall() == [("x", 2.5)]


def test_a_failed_statement_says_why_in_databricks_words(cursor: Any) -> None:
    with pytest.raises(sql.exc.ServerOperationError) as caught:
        cursor.execute("SELECT *\nFROM main.sales.nothing")
    text = str(caught.value)
    assert text.startswith("[TABLE_OR_VIEW_NOT_FOUND] The table or view `main`.`sales`.`nothing` cannot be found.")
    assert text.endswith("SQLSTATE: 42P01; line 2 pos 5")


def test_an_asynchronous_statement_runs_until_it_is_cancelled(cursor: Any) -> None:
    cursor.execute_async(ENDLESS)
    assert cursor.is_query_pending()
    cursor.cancel()
    deadline = time.monotonic() + 5
    while cursor.is_query_pending():
        assert time.monotonic() < deadline, "still running"
    assert cursor.get_query_state().name == "CANCELLED"


def test_a_large_result_arrives_whole_by_links_and_inline(sandbox: SandboxClient) -> None:
    for links in (True, False):
        with connection(sandbox, use_cloud_fetch=links) as opened, opened.cursor() as one:
            one.execute("SELECT event_id, page FROM main.bench.events LIMIT 400000")
            table = one.fetchall_arrow()
            assert table.num_rows == 400_000
            assert table.column("event_id").to_pylist() == list(range(400_000))
        if links:
            assert sandbox.count("storage") == 1, "the file has not come from the storage host"
