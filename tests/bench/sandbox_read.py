"""How fast a million rows come through the sandbox, against DuckDB to Arrow in this process.

    python -m tests.bench.sandbox_read [--rows 1000000] [--rounds 5]

Prints a line for each way of reading: the best of the rounds in seconds, and its speed as a share of the baseline's.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import time
from collections.abc import Callable

import duckdb
import pyarrow as pa
import requests

from portal.sandbox.sql import macros
from portal.sandbox.sql.data import TABLES
from portal.sandbox.sql.loading import create
from tests.sandbox_client import SandboxClient, start_sandbox

QUERY = "SELECT * FROM main.bench.events LIMIT {rows}"


def best(rounds: int, read: Callable[[], int], rows: int) -> float:
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        assert read() == rows
        times.append(time.perf_counter() - started)
    return min(times)


def baseline(rows: int) -> Callable[[], int]:
    """The table of the sandbox in a DuckDB of this process."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    macros.create_all(connection)
    spec = next(spec for spec in TABLES if (spec.schema, spec.name) == ("main.bench", "events"))
    connection.execute('CREATE SCHEMA "main.bench"')
    connection.execute(create(spec))
    text = f'SELECT * FROM "main.bench"."events" LIMIT {rows}'
    return lambda: int(connection.execute(text).to_arrow_table().num_rows)


def connector(stack: contextlib.ExitStack, sandbox: SandboxClient, rows: int, links: bool) -> Callable[[], int]:
    from databricks import sql

    host, port = sandbox.workspace_host.split(":")
    connection = sql.connect(
        host, sandbox.http_path, "dapi-engineer", _port=int(port), enable_telemetry=False, use_cloud_fetch=links
    )
    # Closed before the sandbox stops: the connector would try for minutes to reach it.
    stack.callback(connection.close)
    cursor = connection.cursor()

    def read() -> int:
        cursor.execute(QUERY.format(rows=rows))
        return int(cursor.fetchall_arrow().num_rows)

    return read


def statements(sandbox: SandboxClient, rows: int) -> Callable[[], int]:
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.sql import Disposition, Format

    workspace = WorkspaceClient(host=sandbox.workspace_url, token="dapi-engineer")
    session = requests.Session()

    def read() -> int:
        api = workspace.statement_execution
        found = api.execute_statement(
            QUERY.format(rows=rows),
            sandbox.warehouse_id,
            disposition=Disposition.EXTERNAL_LINKS,
            format=Format.ARROW_STREAM,
        )
        count = 0
        for index in range(found.manifest.total_chunk_count):
            chunk = api.get_statement_result_chunk_n(found.statement_id, index)
            link = chunk.external_links[0].external_link
            count += pa.ipc.open_stream(session.get(link, timeout=60).content).read_all().num_rows
        return count

    return read


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        sandbox = start_sandbox()
        stack.callback(sandbox.stop)
        os.environ["SSL_CERT_FILE"] = os.environ["REQUESTS_CA_BUNDLE"] = sandbox.ca_bundle
        reads = {
            "DuckDB to Arrow in process": baseline(options.rows),
            "connector, links (its default)": connector(stack, sandbox, options.rows, links=True),
            "connector, rows in the answers": connector(stack, sandbox, options.rows, links=False),
            "statements, Arrow behind links": statements(sandbox, options.rows),
        }
        reference = 0.0
        print(f"{options.rows:,} rows x 6 columns, best of {options.rounds}")
        for name, read in reads.items():
            seconds = best(options.rounds, read, options.rows)
            reference = reference or seconds
            print(f"{name:32} {seconds:7.3f} s  {reference / seconds:5.2f}")


if __name__ == "__main__":
    main()
