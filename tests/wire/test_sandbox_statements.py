"""The Statement Execution API, through the unmodified databricks-sdk."""

from __future__ import annotations

import time

import pyarrow as pa
import pytest
import requests
from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config
from databricks.sdk.errors import NotFound
from databricks.sdk.service.sql import (
    Disposition,
    ExecuteStatementRequestOnWaitTimeout,
    Format,
    StatementParameterListItem,
    StatementResponse,
    StatementState,
)

from tests.sandbox_client import SandboxClient

ENDLESS = "SELECT count(*) FROM range(1000000000000) WHERE id % 7 = 3"


def client(sandbox: SandboxClient, viewer: str = "analyst-west") -> WorkspaceClient:
    config = Config(host=sandbox.workspace_url, token=f"dapi-{viewer}", auth_type="pat", retry_timeout_seconds=5)
    return WorkspaceClient(config=config)


def ended(workspace: WorkspaceClient, id_: str) -> StatementResponse:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = workspace.statement_execution.get_statement(id_)
        if found.status.state not in (StatementState.PENDING, StatementState.RUNNING):
            return found
        time.sleep(0.05)
    raise AssertionError("still running")


def test_a_small_result_comes_inline_with_its_manifest(sandbox: SandboxClient) -> None:
    found = client(sandbox).statement_execution.execute_statement(
        "SELECT order_id, amount FROM main.sales.orders WHERE region = :region ORDER BY order_id LIMIT 3",
        sandbox.warehouse_id,
        parameters=[StatementParameterListItem(name="region", value="west")],
    )
    assert found.status.state is StatementState.SUCCEEDED
    columns = [(one.name, one.type_text, one.type_name.value) for one in found.manifest.schema.columns]
    assert columns == [("order_id", "BIGINT", "LONG"), ("amount", "DECIMAL(12,2)", "DECIMAL")]
    assert found.manifest.total_row_count == 3
    assert all(isinstance(cell, str) for row in found.result.data_array for cell in row)


def test_a_large_result_comes_in_chunks_behind_links(sandbox: SandboxClient) -> None:
    statements = client(sandbox).statement_execution
    found = statements.execute_statement(
        "SELECT * FROM main.bench.events LIMIT 1000000",
        sandbox.warehouse_id,
        disposition=Disposition.EXTERNAL_LINKS,
        format=Format.ARROW_STREAM,
    )
    assert found.manifest.total_chunk_count > 2
    rows, link = 0, found.result.external_links[0]
    while True:
        table = pa.ipc.open_stream(requests.get(link.external_link, timeout=10).content).read_all()
        assert (table.num_rows, link.row_offset) == (link.row_count, rows)
        rows += table.num_rows
        if link.next_chunk_index is None:
            break
        chunk = statements.get_statement_result_chunk_n(found.statement_id, link.next_chunk_index)
        link = chunk.external_links[0]
    assert rows == found.manifest.total_row_count == 1_000_000


def test_a_link_refuses_an_authorization_header(sandbox: SandboxClient) -> None:
    found = client(sandbox).statement_execution.execute_statement(
        "SELECT 1", sandbox.warehouse_id, disposition=Disposition.EXTERNAL_LINKS, format=Format.ARROW_STREAM
    )
    answer = requests.get(
        found.result.external_links[0].external_link, headers={"Authorization": "Bearer x"}, timeout=10
    )
    assert (answer.status_code, "Only one auth mechanism allowed" in answer.text) == (400, True)


def test_a_running_statement_is_cancelled_for_real(sandbox: SandboxClient) -> None:
    workspace = client(sandbox)
    found = workspace.statement_execution.execute_statement(ENDLESS, sandbox.warehouse_id, wait_timeout="0s")
    assert found.status.state in (StatementState.PENDING, StatementState.RUNNING)
    workspace.statement_execution.cancel_execution(found.statement_id)
    assert ended(workspace, found.statement_id).status.state is StatementState.CANCELED


@pytest.mark.timeout(60)
def test_waiting_ends_with_the_statement_going_on_or_cancelled(sandbox: SandboxClient) -> None:
    workspace = client(sandbox)
    run = workspace.statement_execution.execute_statement
    on = run(ENDLESS, sandbox.warehouse_id, wait_timeout="5s")
    assert on.status.state is StatementState.RUNNING
    workspace.statement_execution.cancel_execution(on.statement_id)
    off = run(
        ENDLESS,
        sandbox.warehouse_id,
        wait_timeout="5s",
        on_wait_timeout=ExecuteStatementRequestOnWaitTimeout.CANCEL,
    )
    assert off.status.state is StatementState.CANCELED


def test_another_persons_statement_is_not_there(sandbox: SandboxClient) -> None:
    found = client(sandbox).statement_execution.execute_statement("SELECT 1", sandbox.warehouse_id)
    with pytest.raises(NotFound):
        client(sandbox, "engineer").statement_execution.get_statement(found.statement_id)
