"""The warehouse's Thrift service, through the unmodified databricks-sql-connector."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from databricks import sql
from databricks.sql.backend.types import CommandState
from databricks.sql.thrift_api.TCLIService import ttypes

from tests.sandbox_client import SandboxClient
from tests.wire.sql_clients import ENDLESS, connection, workspace


@pytest.fixture
def cursor(sandbox: SandboxClient) -> Iterator[Any]:
    with connection(sandbox) as opened, opened.cursor() as one:
        yield one


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


# Statements


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


def test_a_small_result_is_one_request(sandbox: SandboxClient, cursor: Any) -> None:
    """Direct results: status, metadata, rows and the close come with ExecuteStatement's answer."""
    cursor.execute("SELECT 1")
    sandbox.clear_calls()
    cursor.execute("SELECT * FROM samples.nyctaxi.trips LIMIT 10")
    cursor.fetchall()
    assert sandbox.count("workspace", "/sql/1.0/warehouses") == 1


def test_both_paths_lead_to_the_warehouse(sandbox: SandboxClient) -> None:
    for path in (f"/sql/1.0/warehouses/{sandbox.warehouse_id}", f"/sql/1.0/endpoints/{sandbox.warehouse_id}"):
        with connection(sandbox, http_path=path) as opened, opened.cursor() as one:
            one.execute("SELECT 1")
            assert one.fetchall() == [(1,)]


def test_a_failed_statement_says_why_in_databricks_words(cursor: Any) -> None:
    with pytest.raises(sql.exc.ServerOperationError) as caught:
        cursor.execute("SELECT *\nFROM main.sales.nothing")
    text = str(caught.value)
    assert text.startswith("[TABLE_OR_VIEW_NOT_FOUND] The table or view `main`.`sales`.`nothing` cannot be found.")
    assert text.endswith("SQLSTATE: 42P01; line 2 pos 5")
    assert "Error running query: [TABLE_OR_VIEW_NOT_FOUND]" in caught.value.context["diagnostic-info"]


def test_a_statement_without_a_result_has_the_column_result(cursor: Any) -> None:
    cursor.execute("USE main.sales")
    assert (cursor.fetchall(), [column[:2] for column in cursor.description]) == ([], [("Result", "string")])


def test_a_row_limit_cuts_the_result(sandbox: SandboxClient) -> None:
    with connection(sandbox) as opened, opened.cursor(row_limit=7) as one:
        one.execute("SELECT * FROM main.bench.events_1k")
        assert len(one.fetchall()) == 7


def test_rows_come_in_the_pieces_that_are_asked_for(sandbox: SandboxClient) -> None:
    with connection(sandbox) as opened, opened.cursor(arraysize=100) as one:
        one.execute("SELECT event_id FROM main.bench.events_1k")
        assert [row.event_id for row in one.fetchmany(3)] == [0, 1, 2]
        assert one.fetchone().event_id == 3
        assert [row.event_id for row in one.fetchall()] == list(range(4, 1000))
        assert one.fetchall() == []


def test_an_empty_result_has_its_columns(cursor: Any) -> None:
    cursor.execute("SELECT * FROM main.shapes.empty")
    table = cursor.fetchall_arrow()
    assert (table.num_rows, table.schema.names) == (0, ["id", "name"])


def test_wide_and_duplicate_columns(cursor: Any) -> None:
    cursor.execute("SELECT * FROM main.shapes.wide")
    assert (len(cursor.description), cursor.fetchall_arrow().num_rows) == (300, 1000)
    cursor.execute("SELECT 1 AS a, 2 AS a")
    assert tuple(cursor.fetchall()[0]) == (1, 2)


# Large results


@pytest.mark.slow
@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("lz4", [True, False])
def test_a_million_rows_arrive_whole(sandbox: SandboxClient, links: bool, lz4: bool) -> None:
    options = {"use_cloud_fetch": links, "enable_query_result_lz4_compression": lz4}
    with connection(sandbox, **options) as opened, opened.cursor() as one:
        one.execute("SELECT event_id, event_time, user_id FROM main.bench.events LIMIT 1000000")
        table = one.fetchall_arrow()
    assert table.num_rows == 1_000_000
    assert table.column("event_id").combine_chunks().equals(pa.array(range(1_000_000), pa.int64()))
    assert (sandbox.count("storage") > 1) == links


@pytest.mark.parametrize("links", [True, False])
def test_rows_that_repeat_themselves_are_compressed(sandbox: SandboxClient, links: bool) -> None:
    with connection(sandbox, use_cloud_fetch=links) as opened, opened.cursor() as one:
        one.execute("SELECT id % 3 AS r, 'the same words in every row' AS w FROM range(200000)")
        assert one.active_result_set.lz4_compressed
        table = one.fetchall_arrow()
    assert table.num_rows == 200_000
    assert table.column("w").unique().to_pylist() == ["the same words in every row"]


def test_an_expired_link_is_refused_by_the_storage_host(sandbox: SandboxClient) -> None:
    sandbox.control("POST", "/links", {"lifetime": 0.001})
    with connection(sandbox) as opened, opened.cursor() as one, pytest.raises(Exception, match="expired"):
        one.execute("SELECT * FROM main.bench.events_100k")


# Asynchronous statements, and stopping them


def test_an_asynchronous_statement_is_taken_up_later(cursor: Any) -> None:
    cursor.execute_async("SELECT sum(id) AS s FROM range(1000)")
    cursor.get_async_execution_result()
    assert cursor.fetchall() == [(499_500,)]


def test_cancelling_stops_the_work_and_frees_the_cpu(sandbox: SandboxClient, cursor: Any) -> None:
    cursor.execute_async(ENDLESS)
    assert cursor.is_query_pending()
    pid = sandbox.process.pid
    started, deadline = cpu_seconds(pid), time.monotonic() + 30
    while cpu_seconds(pid) < started + 0.5:
        assert time.monotonic() < deadline, "the statement did not really run"
        time.sleep(0.1)
    cursor.cancel()
    deadline = time.monotonic() + 30
    while cursor.is_query_pending():
        assert time.monotonic() < deadline, "still running"
    assert cursor.get_query_state() is CommandState.CANCELLED
    used = 1.0
    while used > 0.1:
        assert time.monotonic() < deadline, "the statement went on"
        before = cpu_seconds(pid)
        time.sleep(1)
        used = cpu_seconds(pid) - before


def test_a_cross_join_is_cancelled_too(cursor: Any) -> None:
    cursor.execute_async(
        "SELECT count(*) FROM samples.nyctaxi.trips a, samples.nyctaxi.trips b, samples.nyctaxi.trips c "
        "WHERE a.fare_amount + b.fare_amount > c.fare_amount"
    )
    time.sleep(0.3)
    cursor.cancel()
    deadline = time.monotonic() + 5
    while cursor.is_query_pending():
        assert time.monotonic() < deadline, "still running"


def test_a_synchronous_statement_is_stopped_by_closing_its_session(sandbox: SandboxClient) -> None:
    failures: list[BaseException] = []
    host, port = sandbox.workspace_host.split(":")
    opened = sql.connect(host, sandbox.http_path, "dapi-analyst-west", _port=int(port), enable_telemetry=False)

    def run() -> None:
        with opened.cursor() as one:
            try:
                one.execute(ENDLESS)
            except BaseException as error:
                failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(0.5)
    history = workspace(sandbox, "engineer").query_history.list(max_results=5)
    assert any("1000000000000" in (query.query_text or "") for query in history.res or [])
    opened.close()
    thread.join(20)
    assert not thread.is_alive()
    assert failures, "the statement cannot have succeeded"


def test_closing_a_cursor_closes_its_operation(sandbox: SandboxClient) -> None:
    with connection(sandbox) as opened:
        one = opened.cursor()
        one.execute_async(ENDLESS)
        assert one.is_query_pending()
        command = one.active_command_id
        opened.session.backend.close_command(command)
        with pytest.raises(sql.exc.DatabaseError, match="Invalid OperationHandle"):
            one.is_query_pending()


# Sessions and whose they are


def test_a_handle_is_worth_nothing_in_another_persons_hands(sandbox: SandboxClient) -> None:
    with connection(sandbox) as west, connection(sandbox, "analyst-east") as east:
        backend = east.session.backend
        stolen = west.session._session_id.to_thrift_handle()
        request = ttypes.TExecuteStatementReq(sessionHandle=stolen, statement="SELECT current_user()")
        with pytest.raises(sql.exc.DatabaseError, match="Invalid SessionHandle"):
            backend.make_request(backend._client.ExecuteStatement, request)
        running = west.cursor()
        running.execute_async(ENDLESS)
        operation = running.active_command_id.to_thrift_handle()
        with pytest.raises(sql.exc.DatabaseError, match="Invalid OperationHandle"):
            backend.make_request(backend._client.CancelOperation, ttypes.TCancelOperationReq(operation))
        assert running.is_query_pending()
        running.cancel()


def test_a_guid_without_its_secret_opens_nothing(sandbox: SandboxClient) -> None:
    with connection(sandbox) as opened:
        backend = opened.session.backend
        handle = opened.session._session_id.to_thrift_handle()
        handle.sessionId.secret = b"0" * 16
        request = ttypes.TGetInfoReq(handle, ttypes.TGetInfoType.CLI_DBMS_NAME)
        with pytest.raises(sql.exc.DatabaseError, match="Invalid SessionHandle"):
            backend.make_request(backend._client.GetInfo, request)


def test_an_idle_session_is_gone_after_a_while(sandbox: SandboxClient) -> None:
    with connection(sandbox) as opened, opened.cursor() as one:
        one.execute("SELECT 1")
        sandbox.control("POST", "/clock", {"offset": 1000})
        with pytest.raises(sql.exc.DatabaseError, match="Invalid SessionHandle"):
            one.execute("SELECT 1")


def test_what_cannot_be_opened_says_why(sandbox: SandboxClient) -> None:
    with pytest.raises(sql.exc.DatabaseError, match="NO_SUCH_CATALOG_EXCEPTION"), connection(sandbox, catalog="no"):
        pass
    nowhere, forbidden = (f"/sql/1.0/warehouses/{id_}" for id_ in ("0000000000000000", "5ab0000000000003"))
    with pytest.raises(sql.exc.RequestError, match="does not exist"), connection(sandbox, http_path=nowhere):
        pass
    with pytest.raises(sql.exc.RequestError, match="permission to use"), connection(sandbox, http_path=forbidden):
        pass


def test_a_stopped_warehouse_starts_for_a_statement(sandbox: SandboxClient) -> None:
    sandbox.control("POST", f"/warehouses/{sandbox.warehouse_id}", {"state": "STOPPED", "start_seconds": 1.5})
    with connection(sandbox) as opened, opened.cursor() as one:
        started = time.monotonic()
        one.execute("SELECT 1")
        assert one.fetchall() == [(1,)]
    assert 1.0 < time.monotonic() - started < 10


def test_many_sessions_at_once_keep_to_themselves(sandbox: SandboxClient) -> None:
    def run(index: int) -> list[str]:
        viewer, region = (("analyst-west", "west"), ("analyst-east", "east"))[index % 2]
        found = []
        with connection(sandbox, viewer) as opened, opened.cursor() as one:
            for _ in range(5):
                one.execute("SELECT DISTINCT region, :r AS wanted FROM main.sales.orders", {"r": region})
                found.extend(f"{row.region}={row.wanted}" for row in one.fetchall())
        return found

    with ThreadPoolExecutor(12) as pool:
        seen = {line for lines in pool.map(run, range(24)) for line in lines}
    assert seen == {"west=west", "east=east"}


def test_a_long_statement_does_not_hold_up_the_others(sandbox: SandboxClient, cursor: Any) -> None:
    cursor.execute_async(ENDLESS)
    with connection(sandbox) as other, other.cursor() as one:
        slowest = 0.0
        for _ in range(10):
            started = time.monotonic()
            one.execute("SELECT 1")
            one.fetchall()
            slowest = max(slowest, time.monotonic() - started)
    cursor.cancel()
    assert slowest < 2


# Metadata calls


def test_catalogs_and_schemas(cursor: Any) -> None:
    cursor.catalogs()
    assert [row.TABLE_CAT for row in cursor.fetchall()] == ["main", "samples", "system"]
    cursor.schemas(catalog_name="main", schema_name="s%")
    assert [tuple(row) for row in cursor.fetchall()] == [("sales", "main"), ("shapes", "main")]


def test_tables_by_pattern(cursor: Any) -> None:
    cursor.tables(catalog_name="samples", schema_name="%", table_name="part%")
    assert [(row.TABLE_SCHEM, row.TABLE_NAME, row.TABLE_TYPE) for row in cursor.fetchall()] == [
        ("tpch", "part", "TABLE"),
        ("tpch", "partsupp", "TABLE"),
    ]
    cursor.tables(catalog_name="main", schema_name="bench", table_name="events\\_1_")
    assert [row.TABLE_NAME for row in cursor.fetchall()] == ["events_1b", "events_1k", "events_1m"]
    cursor.tables(catalog_name="main", schema_name="sales", table_types=["VIEW"])
    assert cursor.fetchall() == []


def test_columns_in_the_words_of_jdbc(cursor: Any) -> None:
    cursor.columns(catalog_name="main", schema_name="sales", table_name="orders", column_name="%amount")
    row = cursor.fetchall()[0]
    assert (row.COLUMN_NAME, row.DATA_TYPE, row.TYPE_NAME) == ("amount", 3, "DECIMAL(12,2)")
    assert (row.COLUMN_SIZE, row.DECIMAL_DIGITS, row.NUM_PREC_RADIX) == (12, 2, 10)
    assert (row.NULLABLE, row.IS_NULLABLE, row.REMARKS, row.ORDINAL_POSITION) == (1, "YES", "US dollars", 7)


def test_metadata_show_only_what_one_may_see(sandbox: SandboxClient, cursor: Any) -> None:
    cursor.tables(catalog_name="main", schema_name="hr")
    assert cursor.fetchall() == []
    with connection(sandbox, "engineer") as opened, opened.cursor() as one:
        one.tables(catalog_name="main", schema_name="hr")
        assert [row.TABLE_NAME for row in one.fetchall()] == ["salaries"]


# A client without Arrow


def test_a_client_that_reads_no_arrow_gets_columns(sandbox: SandboxClient) -> None:
    with connection(sandbox) as opened:
        backend = opened.session.backend
        request = ttypes.TExecuteStatementReq(
            sessionHandle=opened.session._session_id.to_thrift_handle(),
            statement="SELECT 1 AS i, 'x' AS s, TIMESTAMP'2021-06-15 12:34:56.789' AS t, CAST(NULL AS INT) AS n",
            getDirectResults=ttypes.TSparkGetDirectResults(maxRows=10, maxBytes=1000),
            canReadArrowResult=False,
        )
        answer = backend.make_request(backend._client.ExecuteStatement, request).directResults
    assert answer.resultSetMetadata.resultFormat == ttypes.TSparkRowSetType.COLUMN_BASED_SET
    integer, text, moment, nothing = answer.resultSet.results.columns
    assert integer.i32Val.values == [1]
    assert text.stringVal.values == ["x"]
    assert moment.stringVal.values == ["2021-06-15 12:34:56.789"]
    assert (nothing.i32Val.values, nothing.i32Val.nulls) == ([0], b"\x01")


# Query tags and history


def test_statements_are_in_the_history_with_their_tags(sandbox: SandboxClient) -> None:
    with connection(sandbox) as opened, opened.cursor() as one:
        one.execute("SELECT 'tagged'", query_tags={"page": "trips", "part": "a:b,c", "bare": None})
    found = sandbox.http.get(
        f"{sandbox.workspace_url}/api/2.0/sql/history/queries",
        headers={"Authorization": "Bearer dapi-analyst-west"},
        verify=sandbox.ca_bundle,
        timeout=10,
    ).json()
    query = next(one for one in found["res"] if one["query_text"] == "SELECT 'tagged'")
    assert (query["status"], query["rows_produced"]) == ("FINISHED", 1)


# What is no Thrift


def test_a_session_configuration_is_checked(sandbox: SandboxClient) -> None:
    with connection(sandbox, session_configuration={"ansi_mode": "false"}) as opened, opened.cursor() as one:
        one.execute("SELECT 1 / 0")
        assert one.fetchall() == [(None,)]
    with (
        pytest.raises(sql.exc.DatabaseError, match="CONFIG_NOT_AVAILABLE"),
        connection(sandbox, session_configuration={"no_such": "1"}),
    ):
        pass


def test_noise_is_refused_and_harms_nobody(sandbox: SandboxClient, cursor: Any) -> None:
    for body in (b"", b"noise", b"\x80\x01\x00\x01\xff\xff\xff\xff", b"\x7f" * 100_000):
        answer = sandbox.http.post(
            sandbox.workspace_url + sandbox.http_path,
            data=body,
            headers={"Authorization": "Bearer dapi-engineer", "Content-Type": "application/x-thrift"},
            verify=sandbox.ca_bundle,
            timeout=10,
        )
        assert (answer.status_code, answer.json()["error_code"]) == (400, "BAD_REQUEST")
    cursor.execute("SELECT 1")
    assert cursor.fetchall() == [(1,)]
