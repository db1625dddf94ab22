"""The Statement Execution API, through the unmodified databricks-sdk."""

from __future__ import annotations

import csv
import datetime
import io
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow as pa
import pytest
import requests
from databricks.sdk.errors import BadRequest, InvalidParameterValue, NotFound, PermissionDenied
from databricks.sdk.service.sql import (
    Disposition,
    ExecuteStatementRequestOnWaitTimeout,
    Format,
    QueryTag,
    StatementParameterListItem,
    StatementState,
)

from tests.sandbox_client import SandboxClient
from tests.wire.sql_clients import ENDLESS, arrow, ended, workspace

MILLION = "SELECT event_id, event_time, user_id FROM main.bench.events LIMIT 1000000"
ROWS_25_MIB = "SELECT id, repeat('x', 1000) AS x FROM range(30000)"


def run(sandbox: SandboxClient, text: str, viewer: str = "analyst-west", **more: Any) -> Any:
    """The default wait of 10 s is little on a busy machine: as long as the API waits at most, unless a test says."""
    warehouse = more.pop("warehouse_id", sandbox.warehouse_id)
    more.setdefault("wait_timeout", "50s")
    return workspace(sandbox, viewer).statement_execution.execute_statement(text, warehouse, **more)


def raw(sandbox: SandboxClient, body: dict[str, Any], viewer: str = "analyst-west") -> requests.Response:
    """The answer as it is on the wire."""
    return requests.post(
        f"{sandbox.workspace_url}/api/2.0/sql/statements/",
        json={"warehouse_id": sandbox.warehouse_id, **body},
        headers={"Authorization": f"Bearer dapi-{viewer}"},
        verify=sandbox.ca_bundle,
        timeout=60,
    )


# Inline


def test_a_small_result_comes_inline_with_its_manifest(sandbox: SandboxClient) -> None:
    answer = raw(
        sandbox,
        {
            "statement": "SELECT order_id, amount FROM main.sales.orders WHERE region = :r ORDER BY order_id LIMIT 2",
            "parameters": [{"name": "r", "value": "west"}],
        },
    ).json()
    rows = answer["result"].pop("data_array")
    assert answer == {
        "statement_id": answer["statement_id"],
        "status": {"state": "SUCCEEDED"},
        "manifest": {
            "format": "JSON_ARRAY",
            "schema": {
                "column_count": 2,
                "columns": [
                    {"name": "order_id", "type_text": "BIGINT", "type_name": "LONG", "position": 0},
                    {"name": "amount", "type_text": "DECIMAL(12,2)", "type_name": "DECIMAL", "position": 1,
                     "type_precision": 12, "type_scale": 2},
                ],
            },
            "total_chunk_count": 1,
            "chunks": [{"chunk_index": 0, "row_offset": 0, "row_count": 2}],
            "total_row_count": 2,
            "truncated": False,
        },
        "result": {"chunk_index": 0, "row_offset": 0, "row_count": 2},
    }  # fmt: skip
    assert all(isinstance(cell, str) for row in rows for cell in row)


def test_a_statement_without_rows_has_no_chunks(sandbox: SandboxClient) -> None:
    created = raw(sandbox, {"statement": "CREATE OR REPLACE TABLE main.analyst_west.t (a INT)"}).json()
    assert created["manifest"]["schema"] == {"column_count": 0}
    assert (created["manifest"]["total_chunk_count"], created["result"]) == (0, {})
    empty = raw(sandbox, {"statement": "SELECT * FROM main.shapes.empty"}).json()
    assert [column["name"] for column in empty["manifest"]["schema"]["columns"]] == ["id", "name"]
    assert (empty["manifest"]["total_row_count"], empty["result"]) == (0, {})


def test_a_large_inline_result_comes_in_chunks(sandbox: SandboxClient) -> None:
    api = workspace(sandbox).statement_execution
    found = api.execute_statement("SELECT id FROM range(3000000)", sandbox.warehouse_id)
    assert found.status.state is StatementState.SUCCEEDED
    assert found.manifest.total_chunk_count > 1
    assert (found.result.next_chunk_index, found.result.row_offset) == (1, 0)
    path = f"/api/2.0/sql/statements/{found.statement_id}/result/chunks/1"
    assert found.result.next_chunk_internal_link.startswith(path)
    last = api.get_statement_result_chunk_n(found.statement_id, found.manifest.total_chunk_count - 1)
    assert last.data_array[-1] == ["2999999"]
    assert last.next_chunk_index is None


def test_an_inline_result_above_25_mib_fails(sandbox: SandboxClient) -> None:
    found = run(sandbox, ROWS_25_MIB)
    assert found.status.state is StatementState.FAILED
    assert found.status.error.error_code.value == "BAD_REQUEST"
    assert "Inline byte limit exceeded" in found.status.error.message
    assert "26214400 bytes" in found.status.error.message
    assert run(sandbox, ROWS_25_MIB, row_limit=20_000).status.state is StatementState.SUCCEEDED


# External links


@pytest.mark.slow
@pytest.mark.parametrize("format_", [Format.ARROW_STREAM, Format.JSON_ARRAY, Format.CSV])
def test_a_million_rows_behind_links(sandbox: SandboxClient, format_: Format) -> None:
    api = workspace(sandbox).statement_execution
    found = api.execute_statement(
        MILLION, sandbox.warehouse_id, disposition=Disposition.EXTERNAL_LINKS, format=format_, wait_timeout="30s"
    )
    assert found.status.state is StatementState.SUCCEEDED
    manifest = found.manifest
    assert (manifest.format, manifest.total_row_count) == (format_, 1_000_000)
    assert manifest.total_byte_count == sum(chunk.byte_count for chunk in manifest.chunks)
    rows, link = 0, found.result.external_links[0]
    while True:
        assert link.row_offset == rows
        body = requests.get(link.external_link, timeout=60).content
        first, count = _first_and_count(body, format_, header=rows == 0)
        assert (first, count) == (rows, link.row_count)
        rows += count
        if link.next_chunk_index is None:
            break
        link = api.get_statement_result_chunk_n(found.statement_id, link.next_chunk_index).external_links[0]
    assert rows == 1_000_000


def _first_and_count(body: bytes, format_: Format, header: bool) -> tuple[int, int]:
    """A file's first event_id, and how many rows it has."""
    if format_ is Format.ARROW_STREAM:
        table = pa.ipc.open_stream(body).read_all()
        return table.column("event_id")[0].as_py(), table.num_rows
    if format_ is Format.JSON_ARRAY:
        listed = json.loads(body)
        return int(listed[0][0]), len(listed)
    lines = list(csv.reader(io.StringIO(body.decode())))
    if header:
        assert lines.pop(0) == ["event_id", "event_time", "user_id"]
    return int(lines[0][0]), len(lines)


def test_chunks_are_about_sixteen_mib(sandbox: SandboxClient) -> None:
    found = run(
        sandbox, "SELECT * FROM main.bench.events_1m", disposition=Disposition.EXTERNAL_LINKS,
        format=Format.ARROW_STREAM,
    )  # fmt: skip
    sizes = [chunk.byte_count for chunk in found.manifest.chunks]
    assert len(sizes) > 2
    assert all(14 * 2**20 < size < 20 * 2**20 for size in sizes[:-1])


def test_csv_writes_null_and_quotes_what_needs_it(sandbox: SandboxClient) -> None:
    found = run(
        sandbox, "SELECT 'a,b' AS x, NULL AS y, 'say \"hi\"' AS z", disposition=Disposition.EXTERNAL_LINKS,
        format=Format.CSV,
    )  # fmt: skip
    body = requests.get(found.result.external_links[0].external_link, timeout=10).text
    assert body == 'x,y,z\r\n"a,b",null,"say ""hi"""\r\n'


def test_links_say_when_they_expire_and_do(sandbox: SandboxClient) -> None:
    options = {"disposition": Disposition.EXTERNAL_LINKS, "format": Format.ARROW_STREAM}
    api = workspace(sandbox).statement_execution
    found = api.execute_statement("SELECT 1", sandbox.warehouse_id, **options)
    link = found.result.external_links[0]
    expires = datetime.datetime.fromisoformat(link.expiration)
    left = expires - datetime.datetime.now(datetime.UTC)
    assert datetime.timedelta(minutes=14) < left <= datetime.timedelta(minutes=15)
    assert requests.get(link.external_link, timeout=10).status_code == 200
    sandbox.control("POST", "/clock", {"offset": 901})
    late = requests.get(link.external_link, timeout=10)
    assert (late.status_code, "Request has expired" in late.text) == (403, True)
    fresh = api.get_statement_result_chunk_n(found.statement_id, 0).external_links[0]
    assert fresh.external_link != link.external_link
    assert requests.get(fresh.external_link, timeout=10).status_code == 200


def test_a_links_lifetime_can_be_shortened(sandbox: SandboxClient) -> None:
    sandbox.control("POST", "/links", {"lifetime": 0.2})
    found = run(sandbox, "SELECT 1", disposition=Disposition.EXTERNAL_LINKS, format=Format.JSON_ARRAY)
    time.sleep(0.3)
    assert requests.get(found.result.external_links[0].external_link, timeout=10).status_code == 403


def test_a_link_wants_no_authorization_and_its_own_signature(sandbox: SandboxClient) -> None:
    found = run(sandbox, "SELECT 1", disposition=Disposition.EXTERNAL_LINKS, format=Format.JSON_ARRAY)
    link = found.result.external_links[0].external_link
    refused = requests.get(link, headers={"Authorization": "Bearer dapi-analyst-west"}, timeout=10)
    assert (refused.status_code, "Only one auth mechanism allowed" in refused.text) == (400, True)
    forged = requests.get(link.replace("X-Amz-Expires=900", "X-Amz-Expires=9000"), timeout=10)
    assert (forged.status_code, "SignatureDoesNotMatch" in forged.text) == (403, True)


# Waiting, stopping, failing


def test_no_waiting_answers_at_once(sandbox: SandboxClient) -> None:
    client = workspace(sandbox)
    started = time.monotonic()
    found = client.statement_execution.execute_statement(ENDLESS, sandbox.warehouse_id, wait_timeout="0s")
    assert time.monotonic() - started < 2
    assert found.status.state in (StatementState.PENDING, StatementState.RUNNING)
    assert (found.manifest, found.result) == (None, None)
    client.statement_execution.cancel_execution(found.statement_id)
    assert ended(client, found.statement_id).status.state is StatementState.CANCELED


def test_waiting_ends_with_the_statement_going_on_or_cancelled(sandbox: SandboxClient) -> None:
    going_on = run(sandbox, ENDLESS, wait_timeout="5s")
    assert going_on.status.state is StatementState.RUNNING
    workspace(sandbox).statement_execution.cancel_execution(going_on.statement_id)
    stopped = run(sandbox, ENDLESS, wait_timeout="5s", on_wait_timeout=ExecuteStatementRequestOnWaitTimeout.CANCEL)
    assert stopped.status.state is StatementState.CANCELED


def test_a_statement_waits_for_its_warehouse(sandbox: SandboxClient) -> None:
    sandbox.control("POST", f"/warehouses/{sandbox.warehouse_id}", {"state": "STOPPED", "start_seconds": 1.5})
    client = workspace(sandbox)
    found = client.statement_execution.execute_statement("SELECT 1", sandbox.warehouse_id, wait_timeout="0s")
    assert found.status.state is StatementState.PENDING
    time.sleep(0.5)
    assert client.statement_execution.get_statement(found.statement_id).status.state is StatementState.PENDING
    assert ended(client, found.statement_id).status.state is StatementState.SUCCEEDED


def test_a_pending_statement_can_be_cancelled(sandbox: SandboxClient) -> None:
    sandbox.control("POST", f"/warehouses/{sandbox.warehouse_id}", {"state": "STOPPED", "start_seconds": 30})
    client = workspace(sandbox)
    found = client.statement_execution.execute_statement("SELECT 1", sandbox.warehouse_id, wait_timeout="0s")
    client.statement_execution.cancel_execution(found.statement_id)
    assert ended(client, found.statement_id, 3).status.state is StatementState.CANCELED


def test_a_failure_is_told_in_the_status(sandbox: SandboxClient) -> None:
    found = raw(sandbox, {"statement": "SELECT * FROM no_such"})
    assert found.status_code == 200
    status = found.json()["status"]
    assert (status["state"], status["sql_state"]) == ("FAILED", "42P01")
    assert status["error"]["error_code"] == "BAD_REQUEST"
    assert status["error"]["message"].startswith("[TABLE_OR_VIEW_NOT_FOUND] The table or view `no_such`")


# What a request may say


def test_catalog_and_schema_are_the_statements_own(sandbox: SandboxClient) -> None:
    asked = "SELECT count(*) FROM region"
    assert run(sandbox, asked, catalog="samples", schema="tpch").result.data_array == [["5"]]
    assert run(sandbox, asked).status.state is StatementState.FAILED
    run(sandbox, "USE samples.tpch")
    assert run(sandbox, asked).status.state is StatementState.FAILED, "there are no sessions"
    missing = run(sandbox, "SELECT 1", catalog="nowhere")
    assert missing.status.error.message.startswith("[NO_SUCH_CATALOG_EXCEPTION]")


def test_parameters_have_types(sandbox: SandboxClient) -> None:
    item = StatementParameterListItem
    given = [
        item(name="i", value="5", type="INT"),
        item(name="d", value="2024-02-29", type="DATE"),
        item(name="n", value="1.50", type="DECIMAL(10,2)"),
        item(name="s", value="x' OR 1=1 --"),
        item(name="z", type="STRING"),
    ]
    found = run(sandbox, "SELECT :i + 1 AS i, :d AS d, :n AS n, :s AS s, :z AS z", parameters=given)
    assert found.result.data_array == [["6", "2024-02-29", "1.50", "x' OR 1=1 --", None]]
    assert [one.type_text for one in found.manifest.schema.columns] == [
        "INT", "DATE", "DECIMAL(10,2)", "STRING", "STRING",
    ]  # fmt: skip
    wrong = run(sandbox, "SELECT :i", parameters=[item(name="i", value="abc", type="INT")])
    assert wrong.status.error.message.startswith("[CAST_INVALID_INPUT] The value 'abc'")
    unknown = run(sandbox, "SELECT :i", parameters=[item(name="i", value="1", type="NUMBERISH")])
    assert "NUMBERISH" in unknown.status.error.message


def test_row_and_byte_limits_truncate_and_say_so(sandbox: SandboxClient) -> None:
    cut = run(sandbox, "SELECT id FROM range(100)", row_limit=7)
    assert (cut.manifest.total_row_count, cut.manifest.truncated, len(cut.result.data_array)) == (7, True, 7)
    whole = run(sandbox, "SELECT id FROM range(7)", row_limit=7)
    assert (whole.manifest.total_row_count, whole.manifest.truncated) == (7, False)
    short = run(sandbox, "SELECT id FROM range(100000)", byte_limit=8000)
    assert short.manifest.truncated
    assert 0 < short.manifest.total_row_count <= 1000


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"statement": "SELECT 1", "wait_timeout": "3s"}, "wait_timeout"),
        ({"statement": "SELECT 1", "wait_timeout": "51s"}, "wait_timeout"),
        ({"statement": "SELECT 1", "wait_timeout": "soon"}, "wait_timeout"),
        ({"statement": ""}, "statement"),
        ({"statement": "SELECT 1", "format": "ARROW_STREAM"}, "INLINE"),
        ({"statement": "SELECT 1", "format": "XML"}, "format"),
        ({"statement": "SELECT 1", "disposition": "NOWHERE"}, "disposition"),
        ({"statement": "SELECT 1", "row_limit": 0}, "row_limit"),
        ({"statement": "SELECT 1", "parameters": [{"value": "1"}]}, "name"),
        ({"statement": "SELECT :a", "parameters": [{"name": "a.b", "value": "1"}]}, "Invalid parameter name 'a.b'"),
        ({"statement": "SELECT :a", "parameters": [{"name": "a", "value": "[1]", "type": "ARRAY<INT>"}]}, "ARRAY<INT>"),
        ({"statement": "SELECT :a", "parameters": [{"name": "a", "value": "{}", "type": "STRUCT<x: INT>"}]}, "STRUCT"),
        ({"statement": "SELECT 1", "warehouse_id": ""}, "warehouse_id"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(sandbox: SandboxClient, body: dict[str, Any], words: str) -> None:
    answer = raw(sandbox, body)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert words in answer.json()["message"]
    assert answer.json()["details"]


def test_a_body_that_is_no_json_is_refused(sandbox: SandboxClient) -> None:
    answer = requests.post(
        f"{sandbox.workspace_url}/api/2.0/sql/statements", data="SELECT 1", verify=sandbox.ca_bundle, timeout=10,
        headers={"Authorization": "Bearer dapi-engineer"},
    )  # fmt: skip
    assert (answer.status_code, answer.json()["error_code"]) == (400, "MALFORMED_REQUEST")


def test_a_warehouse_that_is_not_there_or_not_ones_own(sandbox: SandboxClient) -> None:
    with pytest.raises(NotFound):
        run(sandbox, "SELECT 1", warehouse_id="0000000000000000")
    with pytest.raises(PermissionDenied):
        run(sandbox, "SELECT 1", warehouse_id="5ab0000000000003")
    assert run(sandbox, "SELECT 1", "engineer", warehouse_id="5ab0000000000003").status.state.value == "SUCCEEDED"


# Whose statement, and for how long


def test_another_persons_statement_is_not_there(sandbox: SandboxClient) -> None:
    found = run(sandbox, "SELECT 1")
    other = workspace(sandbox, "engineer").statement_execution
    for call in (
        lambda: other.get_statement(found.statement_id),
        lambda: other.get_statement_result_chunk_n(found.statement_id, 0),
        lambda: other.cancel_execution(found.statement_id),
        lambda: other.get_statement("01f00000-0000-1000-8000-000000000000"),
    ):
        with pytest.raises(NotFound):
            call()


def test_any_of_ones_clients_takes_a_statement_up(sandbox: SandboxClient) -> None:
    found = run(sandbox, "SELECT 1", wait_timeout="0s")
    assert ended(workspace(sandbox), found.statement_id).result.data_array == [["1"]]


def test_results_are_gone_after_an_hour(sandbox: SandboxClient) -> None:
    client = workspace(sandbox).statement_execution
    found = client.execute_statement("SELECT 1", sandbox.warehouse_id)
    sandbox.control("POST", "/clock", {"offset": 3000})
    assert client.get_statement(found.statement_id).result.data_array == [["1"]]
    sandbox.control("POST", "/clock", {"offset": 3700})
    later = client.get_statement(found.statement_id)
    assert (later.status.state, later.manifest, later.result) == (StatementState.CLOSED, None, None)
    with pytest.raises(NotFound):
        client.get_statement_result_chunk_n(found.statement_id, 0)


def test_a_chunk_out_of_range_is_refused(sandbox: SandboxClient) -> None:
    found = run(sandbox, "SELECT 1")
    with pytest.raises((BadRequest, InvalidParameterValue)):
        workspace(sandbox).statement_execution.get_statement_result_chunk_n(found.statement_id, 5)


def test_tags_and_texts_are_in_the_history(sandbox: SandboxClient) -> None:
    run(sandbox, "SELECT 'in the history'", query_tags=[QueryTag(key="page", value="trips")])
    run(sandbox, "SELECT 1 / 0 AS failed_in_the_history")
    history = workspace(sandbox).query_history.list(max_results=10).res
    shown = {query.query_text: query for query in history}
    good, bad = shown["SELECT 'in the history'"], shown["SELECT 1 / 0 AS failed_in_the_history"]
    assert (good.status.value, good.statement_type.value, good.rows_produced) == ("FINISHED", "SELECT", 1)
    assert bad.status.value == "FAILED"
    assert "DIVIDE_BY_ZERO" in bad.error_message


def test_many_statements_at_once_keep_to_themselves(sandbox: SandboxClient) -> None:
    clients = {viewer: workspace(sandbox, viewer) for viewer in ("analyst-west", "analyst-east")}

    def one(index: int) -> tuple[str, str]:
        viewer = ("analyst-west", "analyst-east")[index % 2]
        found = clients[viewer].statement_execution.execute_statement(
            "SELECT max(region) FROM main.sales.orders", sandbox.warehouse_id
        )
        return viewer.removeprefix("analyst-"), found.result.data_array[0][0]

    with ThreadPoolExecutor(10) as pool:
        assert all(wanted == got for wanted, got in pool.map(one, range(40)))


@pytest.mark.slow
def test_a_result_too_large_for_memory_goes_to_disk_and_back(sandbox: SandboxClient) -> None:
    """Some 290 MB of rows in Arrow: above what the engine keeps in memory."""
    table = arrow(
        workspace(sandbox), sandbox, "SELECT id, id * 2 AS twice, id % 7 AS r FROM range(12000000)", wait_timeout="50s"
    )
    assert table.num_rows == 12_000_000
    assert (table.column("twice")[-1].as_py(), table.column("id")[11_345_678].as_py()) == (23_999_998, 11_345_678)
