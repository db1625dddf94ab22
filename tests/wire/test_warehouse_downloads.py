"""Downloads of whole results, read back cell by cell in every format."""

from __future__ import annotations

import csv
import io
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import requests
from openpyxl.utils.escape import unescape

from tests.portal_process import HEADER, Portal, connect_variables, start_portal
from tests.sandbox_client import SandboxClient
from tests.wire.warehouse_client import page

SQL = r"""
SELECT * FROM VALUES
  (CAST(1 AS BIGINT), 'plain', CAST(1.50 AS DECIMAL(12,2)), CAST(0.1 AS DOUBLE), DATE'2026-02-28',
   TIMESTAMP'2026-02-28 10:11:12.345', true, array(1, NULL, 3)),
  (CAST(9223372036854775807 AS BIGINT), 'a "quoted", one', CAST(1234567890.12 AS DECIMAL(12,2)), CAST(1e300 AS DOUBLE),
   DATE'1850-01-02', TIMESTAMP'1850-01-02 00:00:00', false, array()),
  (CAST(-5 AS BIGINT), '=1+1', CAST(-0.01 AS DECIMAL(12,2)), CAST('NaN' AS DOUBLE), NULL, NULL, NULL, NULL),
  (NULL, '', NULL, NULL, NULL, NULL, NULL, NULL),
  (CAST(4 AS BIGINT), '<b>&amp; שלום 👋 _x0041_</b>', NULL, NULL, NULL, NULL, NULL, NULL),
  (CAST(5 AS BIGINT), NULL, NULL, NULL, NULL, NULL, NULL, NULL)
AS t(id, `=text`, price, ratio, day, moment, yes, list)"""
TEXTS = ["plain", 'a "quoted", one', "=1+1", "", "<b>&amp; שלום 👋 _x0041_</b>", None]


@pytest.fixture(scope="module")
def portal(sandbox_process: SandboxClient) -> Iterator[Portal]:
    running = start_portal(connect_variables(sandbox_process), "--workers", "1", "--threads", "8")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def unsafe(sandbox_process: SandboxClient) -> Iterator[Portal]:
    variables = connect_variables(sandbox_process, PORTAL_SAFE_CELLS="off")
    running = start_portal(variables, "--workers", "1", "--threads", "4")
    yield running
    running.stop()


def file_of(portal: Portal, sandbox: SandboxClient, extension: str, sql: str = SQL) -> bytes:
    viewer = page(portal, sandbox)
    answer = viewer.download(viewer.statement(sql), extension)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Disposition"].endswith(f'.{extension}"')
    return answer.content


def sheet_of(content: bytes) -> list[tuple[Any, ...]]:
    """Values as Excel shows them: it reads `_x000D_` as the character, openpyxl leaves that to its caller."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    rows = book.active.iter_rows(values_only=True)
    return [tuple(unescape(value) if isinstance(value, str) else value for value in row) for row in rows]


def test_csv(portal: Portal, sandbox: SandboxClient):
    content = file_of(portal, sandbox, "csv").decode()
    rows = list(csv.reader(io.StringIO(content)))
    assert rows[0] == ["id", "'=text", "price", "ratio", "day", "moment", "yes", "list"]
    assert rows[1] == ["1", "plain", "1.50", "0.1", "2026-02-28", "2026-02-28 10:11:12.345000Z", "true", "[1, null, 3]"]
    assert rows[2][0] == "9223372036854775807"
    assert rows[2][1:5] == ['a "quoted", one', "1234567890.12", "1e+300", "1850-01-02"]
    assert rows[3][:4] == ["-5", "'=1+1", "-0.01", "NaN"]
    assert rows[5][1] == TEXTS[4]
    # NULL is nothing, an empty text is a pair of quotes.
    lines = content.splitlines()
    assert lines[4].startswith(',"",')
    assert lines[6].startswith("5,,")


def test_excel(portal: Portal, sandbox: SandboxClient):
    rows = sheet_of(file_of(portal, sandbox, "xlsx"))
    # Text in a cell of text is no formula: nothing has to be put in front of it.
    assert rows[0] == ("id", "=text", "price", "ratio", "day", "moment", "yes", "list")
    day, moment = datetime(2026, 2, 28), datetime(2026, 2, 28, 10, 11, 12, 345000)
    assert rows[1] == (1, "plain", 1.5, 0.1, day, moment, True, "[1, null, 3]")
    # Longer than a double's digits, or before Excel's calendar: text.
    assert rows[2] == ("9223372036854775807", 'a "quoted", one', 1234567890.12, 1e300, "1850-01-02",
                       "1850-01-02 00:00:00", False, "[]")  # fmt: skip
    assert rows[3][:4] == (-5, "=1+1", -0.01, "NaN")
    assert [row[1] for row in rows[5:]] == [TEXTS[4], None]
    assert rows[4][0] is None


def test_parquet_and_arrow_keep_types(portal: Portal, sandbox: SandboxClient):
    parquet = pq.read_table(io.BytesIO(file_of(portal, sandbox, "parquet")))
    arrow = pa.ipc.open_stream(file_of(portal, sandbox, "arrows")).read_all()
    for table in (parquet, arrow):
        assert table.schema.names == ["id", "=text", "price", "ratio", "day", "moment", "yes", "list"]
        assert table.schema.field("id").type == pa.int64()
        assert table.schema.field("price").type == pa.decimal128(12, 2)
        assert table["=text"].to_pylist() == TEXTS
        assert table["id"].to_pylist() == [1, 2**63 - 1, -5, None, 4, 5]
        assert table["price"].to_pylist()[:3] == [Decimal("1.50"), Decimal("1234567890.12"), Decimal("-0.01")]
        assert table["day"].to_pylist()[:2] == [date(2026, 2, 28), date(1850, 1, 2)]
        assert table["moment"].to_pylist()[0] == datetime(2026, 2, 28, 10, 11, 12, 345000, UTC)
        assert table["list"].to_pylist()[:2] == [[1, None, 3], []]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_every_start_of_a_formula_is_made_harmless(portal: Portal, sandbox: SandboxClient, start: str):
    sql = f"SELECT '{start}x' AS a, 'x{start}' AS b"
    rows = list(csv.reader(io.StringIO(file_of(portal, sandbox, "csv", sql).decode(), newline="")))
    assert rows[1] == [f"'{start}x", f"x{start}"]
    assert sheet_of(file_of(portal, sandbox, "xlsx", sql))[1] == (f"{start}x", f"x{start}")


def test_a_setting_leaves_them_as_they_are(unsafe: Portal, sandbox: SandboxClient):
    rows = list(csv.reader(io.StringIO(file_of(unsafe, sandbox, "csv").decode())))
    assert rows[0][1] == "=text"
    assert rows[3][1] == "=1+1"
    assert sheet_of(file_of(unsafe, sandbox, "xlsx"))[3][1] == "=1+1"


def test_columns_of_one_name_stay_apart(portal: Portal, sandbox: SandboxClient):
    sql = "SELECT 1 AS a, 2 AS a, 3 AS A, 'x' AS b"
    assert pq.read_table(io.BytesIO(file_of(portal, sandbox, "parquet", sql))).schema.names == ["a", "a_2", "A_3", "b"]
    assert file_of(portal, sandbox, "csv", sql).decode() == '"a","a","A","b"\n1,2,3,"x"\n'


@pytest.mark.parametrize("extension", ["csv", "xlsx", "parquet", "arrows"])
def test_no_rows_is_a_file_with_a_header(portal: Portal, sandbox: SandboxClient, extension: str):
    content = file_of(portal, sandbox, extension, "SELECT * FROM main.shapes.empty")
    if extension == "csv":
        assert content == b'"id","name"\n'
    elif extension == "xlsx":
        assert sheet_of(content) == [("id", "name")]
    else:
        table = pq.read_table(io.BytesIO(content)) if extension == "parquet" else pa.ipc.open_stream(content).read_all()
        assert (table.num_rows, table.schema.names) == (0, ["id", "name"])


@pytest.mark.parametrize("extension", ["csv", "parquet", "arrows"])
def test_every_row_of_many_chunks_arrives_in_order(portal: Portal, sandbox: SandboxClient, extension: str):
    content = file_of(portal, sandbox, extension, "SELECT event_id, page FROM main.bench.events LIMIT 1200000")
    if extension == "csv":
        ids = [line.partition(b",")[0] for line in content.splitlines()[1:]]
        assert ids == [str(n).encode() for n in range(1_200_000)]
        return
    table = pq.read_table(io.BytesIO(content)) if extension == "parquet" else pa.ipc.open_stream(content).read_all()
    assert table["event_id"].to_pylist() == list(range(1_200_000))


def test_an_expired_result_runs_again_through_the_connector_and_says_so(portal: Portal, sandbox: SandboxClient):
    viewer = page(portal, sandbox, "analyst-west")
    sql = "SELECT order_id, region FROM orders WHERE order_id > :least"
    params = {"least": {"type": "number", "value": "100100"}}
    statement = viewer.statement(
        sql, catalog="main", schema="sales", parameters=[{"name": "least", "value": "100100", "type": "BIGINT"}]
    )
    kept = viewer.download(statement, "csv")
    assert kept.headers["X-Portal-Ran-Again"] == "0"
    sandbox.control("POST", "/clock", {"offset": 7200})
    viewer.token = sandbox.session("analyst-west")
    gone = viewer.download(statement, "csv")
    assert gone.status_code == 404, gone.text
    again = viewer.download(statement, "csv", sql=sql, params=params, catalog="main", schema="sales")
    assert again.status_code == 200, again.text
    assert again.headers["X-Portal-Ran-Again"] == "1"
    assert sorted(again.text.splitlines()) == sorted(kept.text.splitlines())
    refused = viewer.download(statement, "csv", sql="DELETE FROM main.sales.orders")
    assert refused.status_code == 422


def test_a_result_that_a_row_limit_cut_can_be_had_whole(portal: Portal, sandbox: SandboxClient):
    viewer = page(portal, sandbox)
    sql = "SELECT * FROM main.sales.orders"
    statement = viewer.statement(sql, row_limit=10)
    assert len(viewer.download(statement, "csv").text.splitlines()) == 11
    whole = viewer.download(statement, "csv", sql=sql, whole=True)
    assert whole.headers["X-Portal-Ran-Again"] == "1"
    assert len(whole.text.splitlines()) == 12_001


def test_a_link_that_expires_half_way_is_asked_for_again(portal: Portal, sandbox: SandboxClient):
    viewer = page(portal, sandbox)
    statement = viewer.statement("SELECT event_id, page FROM main.bench.events LIMIT 1200000")
    sandbox.fault("storage", "", status=403, count=2)
    assert viewer.download(statement, "csv").content.count(b"\n") == 1_200_001


def test_a_download_that_fails_half_way_is_never_taken_for_whole(portal: Portal, sandbox: SandboxClient):
    viewer = page(portal, sandbox)
    statement = viewer.statement("SELECT * FROM main.bench.events LIMIT 3000000")
    answer = requests.post(
        f"{portal.url}results/{statement}/download/csv", headers={HEADER: viewer.token}, stream=True, timeout=60
    )
    assert answer.status_code == 200
    pieces = answer.iter_content(100_000)
    next(pieces)
    sandbox.fault("storage", "", drop=True)
    sandbox.fault("workspace", "/result/chunks/", status=403)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        for _ in pieces:
            pass


def test_a_viewer_has_two_downloads_at_a_time_and_the_third_waits(portal: Portal, sandbox: SandboxClient):
    viewer = page(portal, sandbox)
    statement = viewer.statement("SELECT * FROM main.bench.events LIMIT 3000000")
    address, headers = f"{portal.url}results/{statement}/download/csv", {HEADER: viewer.token}
    open_ones = [requests.post(address, headers=headers, stream=True, timeout=60) for _ in range(2)]
    third = requests.post(address, headers=headers, timeout=60)
    assert third.status_code == 429
    assert third.json()["error"] == "busy"
    for answer in open_ones:
        answer.close()
    deadline = time.monotonic() + 30
    while (fourth := requests.post(address, headers=headers, stream=True, timeout=60)).status_code == 429:
        assert time.monotonic() < deadline, "an abandoned download is still counted"
        time.sleep(0.3)
    fourth.close()


def test_two_viewers_download_each_their_own_rows_at_once(portal: Portal, sandbox: SandboxClient):
    found: dict[str, set[str]] = {}

    def download(who: str) -> None:
        viewer = page(portal, sandbox, who)
        text = viewer.download(viewer.statement("SELECT region FROM main.sales.orders"), "csv").text
        found[who] = set(text.splitlines()[1:])

    threads = [threading.Thread(target=download, args=(who,)) for who in ("analyst-west", "analyst-east") * 1]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {"analyst-west": {'"west"'}, "analyst-east": {'"east"'}}


def test_downloads_are_on_the_record_with_their_outcome(portal: Portal, sandbox: SandboxClient):
    viewer = page(portal, sandbox)
    statement = viewer.statement("SELECT * FROM main.sales.orders LIMIT 10")
    viewer.download(statement, "csv")
    stranger = page(portal, sandbox, "analyst-east")
    stranger.download(statement, "csv")
    events = [json.loads(line) for line in portal.log.splitlines() if '"portal.audit"' in line]
    mine = [e for e in events if e.get("object") == f"statement/{statement}" and e["event"] == "download"]
    assert [(e["outcome"], e["actor"]) for e in mine] == [("ok", "4001000000000003"), ("denied", "4001000000000002")]
    assert mine[0]["rows"] == 10


def test_a_ticket_says_how_far_a_download_is_and_stops_it_for_its_viewer_alone(portal: Portal, sandbox: SandboxClient):
    viewer, stranger = page(portal, sandbox), page(portal, sandbox, "analyst-east")
    statement = viewer.statement("SELECT * FROM main.bench.events LIMIT 3000000")
    ticket = "0123456789abcdef" * 2
    assert viewer.post(f"downloads/{ticket}", {}).json() == {"state": None}
    # A form, as the page sends it.
    answer = requests.post(
        f"{portal.url}results/{statement}/download/csv", headers={HEADER: viewer.token}, stream=True, timeout=60,
        data={"ticket": ticket, "whole": "false", "sql": "SELECT 1 " + "-" * 600_000},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    pieces = answer.iter_content(1_000_000)
    while (told := viewer.post(f"downloads/{ticket}", {}).json())["state"] is None:
        next(pieces)
    assert told["state"] == "running"
    assert 0 < told["rows"] < told["expected"] == 3_000_000
    assert told["bytes"] > 0
    # Another viewer's word for the same ticket is about nothing.
    assert stranger.post(f"downloads/{ticket}", {"stop": True}).json() == {"state": None}
    assert viewer.post(f"downloads/{ticket}", {"stop": True}).status_code == 200
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        for _ in pieces:
            pass
    assert viewer.post(f"downloads/{ticket}", {}).json()["state"] == "stopped"
    events = [json.loads(line) for line in portal.log.splitlines() if '"portal.audit"' in line]
    mine = [e for e in events if e.get("object") == f"statement/{statement}"]
    assert [(e["event"], e["outcome"]) for e in mine] == [("download.begin", "ok"), ("download", "stopped")]


@pytest.mark.parametrize("extension", ["csv", "parquet", "xlsx", "arrows"])
def test_a_file_of_what_a_view_shows(portal: Portal, sandbox: SandboxClient, extension: str):
    viewer = page(portal, sandbox)
    statement = viewer.statement("SELECT id, IF(id < 30, 'open', 'shut') AS status, id AS id FROM range(50)")
    view = {
        "filter": [{"column": 1, "operator": "eq", "value": "open"}], "sort": [{"column": 0, "descending": True}],
        "columns": [0, 2],
    }  # fmt: skip
    answer = viewer.post(f"results/{statement}/download/{extension}", {"view": view})
    assert answer.headers["Content-Disposition"].endswith(f'-rows-shown.{extension}"')
    content = answer.content
    match extension:
        case "csv":
            rows = [[int(cell) for cell in line.split(",")] for line in content.decode().splitlines()[1:]]
        case "parquet":
            rows = [list(row) for row in zip(*pq.read_table(io.BytesIO(content)).to_pydict().values(), strict=True)]
            rows = rows if len(rows[0]) == 2 else [[one, one] for (one,) in rows]
        case "xlsx":
            sheet = openpyxl.load_workbook(io.BytesIO(content)).active
            rows = [[int(cell.value) for cell in row] for row in list(sheet.iter_rows())[1:]]
        case _:
            table = pa.ipc.open_stream(content).read_all()
            rows = [list(row) for row in zip(*(column.to_pylist() for column in table.columns), strict=True)]
    assert rows == [[number, number] for number in range(29, -1, -1)]


def test_a_view_of_a_large_result_comes_from_the_statement_that_arranged_it(portal: Portal, sandbox: SandboxClient):
    viewer = page(portal, sandbox)
    sql = "SELECT event_id AS `the id`, * FROM main.bench.events LIMIT 2500000"
    statement = viewer.statement(sql)
    view = {"filter": [{"column": 0, "operator": "lt", "value": "3"}], "columns": [0]}
    derived = viewer.post(f"results/{statement}/view", {"view": view, "again": {"sql": sql}}).json()["id"]
    while viewer.post(f"results/{derived}/state", {}).json()["state"] != "SUCCEEDED":
        time.sleep(0.2)
    asked = {"view": view, "arranged": derived}
    lines = viewer.post(f"results/{statement}/download/csv", asked).content.decode().splitlines()
    assert (lines[0], sorted(lines[1:])) == ('"the id"', ["0", "1", "2"])
    assert viewer.post(f"results/{statement}/download/csv", {"view": view}).status_code == 404
