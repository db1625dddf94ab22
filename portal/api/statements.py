"""SQL that a person waits for, by the id that Databricks knows it by."""

from __future__ import annotations

from collections.abc import Mapping

from portal.databricks.statements import Statement, parameters
from portal.results import runs
from portal.results.result import Result, opened


def statement(
    sql: str,
    params: Mapping[str, object] | None = None,
    *,
    page: str,
    warehouse_id: str | None = None,
    catalog: str | None = None,
    schema: str | None = None,
    row_limit: int | None = None,
) -> Statement:
    """Hand SQL to a warehouse as the viewer; returns at once with its id and state (PENDING, RUNNING, …).

    `params` are bound by name (`:name`). `page` names the page in the workspace's query history. Raises `Busy` where
    the viewer has as many running as PORTAL_STATEMENTS_PER_VIEWER allows, and the other states.

    >>> running = statement("SELECT :n * 2 AS twice", {"n": 21}, page="docs")
    >>> running.ended
    False
    """
    return runs.submit(
        sql,
        params=parameters(params or {}),
        page=page,
        warehouse_id=warehouse_id,
        catalog=catalog,
        schema=schema,
        row_limit=row_limit,
    )


def statement_status(statement_id: str) -> Statement:
    """Where a statement stands: `.state`, `.ended`, `.error` and, once it SUCCEEDED, its `.manifest`.

    Raises `NoSuchThing` for one that is unknown, older than an hour, or another viewer's.
    """
    return runs.status(statement_id)


def statement_result(statement_id: str) -> Result:
    """A finished statement's result: `.total` rows, `.columns`, `.rows(start, stop)` and `.table()` as Arrow.

    Raises the statement's own failure, or `NoSuchThing` where it has expired.
    """
    return opened(statement_id)


def statement_cancel(statement_id: str) -> None:
    """Ask Databricks to stop it. It has stopped when its status says CANCELED."""
    runs.cancel(statement_id)
