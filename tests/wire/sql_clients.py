"""The two clients of the SQL warehouse, set up for tests, and a statement that does not end by itself."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
import requests
from databricks import sql
from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config
from databricks.sdk.service.sql import Disposition, Format, StatementResponse, StatementState

from tests.sandbox_client import SandboxClient

ENDLESS = "SELECT count(*) FROM range(1000000000000) WHERE id % 7 = 3"


@contextlib.contextmanager
def connection(sandbox: SandboxClient, viewer: str = "analyst-west", **more: Any) -> Iterator[Any]:
    """A connection of databricks-sql-connector."""
    host, port = sandbox.workspace_host.split(":")
    options = {"enable_telemetry": False, "_retry_stop_after_attempts_count": 1, **more}
    path = options.pop("http_path", sandbox.http_path)
    opened = sql.connect(host, path, f"dapi-{viewer}", _port=int(port), **options)
    try:
        yield opened
    finally:
        opened.close()


def workspace(sandbox: SandboxClient, viewer: str = "analyst-west") -> WorkspaceClient:
    """databricks-sdk's client."""
    config = Config(host=sandbox.workspace_url, token=f"dapi-{viewer}", auth_type="pat", retry_timeout_seconds=5)
    return WorkspaceClient(config=config)


def ended(client: WorkspaceClient, id_: str, seconds: float = 20) -> StatementResponse:
    """The statement when it has ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = client.statement_execution.get_statement(id_)
        if found.status.state not in (StatementState.PENDING, StatementState.RUNNING):
            return found
        time.sleep(0.05)
    raise AssertionError("still running")


def arrow(client: WorkspaceClient, sandbox: SandboxClient, text: str, **more: Any) -> pa.Table:
    """A statement's whole result through EXTERNAL_LINKS and ARROW_STREAM."""
    found = client.statement_execution.execute_statement(
        text, sandbox.warehouse_id, disposition=Disposition.EXTERNAL_LINKS, format=Format.ARROW_STREAM, **more
    )
    assert found.status.state is StatementState.SUCCEEDED, found.status.error
    tables = []
    for index in range(found.manifest.total_chunk_count):
        chunk = client.statement_execution.get_statement_result_chunk_n(found.statement_id, index)
        body = requests.get(chunk.external_links[0].external_link, timeout=30).content
        tables.append(pa.ipc.open_stream(body).read_all())
    return pa.concat_tables(tables)


class Shell:
    """One connection: `rows`, `names` and `fails` of a statement."""

    def __init__(self, opened: Any) -> None:
        self._cursor = opened.cursor()

    def rows(self, text: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        self._cursor.execute(text, parameters)
        return [tuple(row) for row in self._cursor.fetchall()]

    @property
    def names(self) -> list[str]:
        return [column[0] for column in self._cursor.description]

    @property
    def rowcount(self) -> int:
        return int(self._cursor.rowcount)

    def fails(self, text: str, parameters: Any = None) -> str:
        with pytest.raises(sql.exc.ServerOperationError) as caught:
            self._cursor.execute(text, parameters)
        return str(caught.value)
