"""What page authors import. `docs/page-api.md` explains it by examples that run.

    query(sql, params, ttl=…)      a page's small result, as an Arrow table
    statement(sql, params)         SQL that a person waits for: returns at once; `statement_status`, `statement_result`
                                   and `statement_cancel` take its id, in any process
    me(), viewer()                 who is looking: to Databricks, and to the portal
    @per_viewer(ttl=…)             keep a function's answers, for the viewer who got them; with `shared=True` in all
                                   processes (`ArrowTable` is the type of a table in a dataclass)
    states, grid, chart, shell     what pages draw with; `states.guarded` draws whatever went wrong
    PortalError and its kinds      what a viewer can meet instead of their data

Everything here runs as the current viewer, and raises the state to show where there is none. Nothing falls back to
another identity.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.databricks.connector import query
from portal.databricks.identity import Me, me
from portal.databricks.statements import Column, Manifest, Statement, parameters
from portal.results import runs
from portal.results.result import Result, opened
from portal.ui import chart, grid, shell, states
from portal.viewer import Viewer, acting_as, per_viewer
from portal.viewer import current as viewer
from portal.viewer.errors import (
    Busy,
    NoSuchThing,
    NotPermitted,
    NotSetUp,
    PortalError,
    SessionEnded,
    SignInToConnect,
    SignInToDatabricks,
    StatementFailed,
    Unreachable,
    WarehouseStarting,
    WarehouseStopped,
)
from portal.viewer.shared_answers import ArrowTable

__all__ = [
    "ArrowTable",
    "Busy",
    "Column",
    "Manifest",
    "Me",
    "NoSuchThing",
    "NotPermitted",
    "NotSetUp",
    "PortalError",
    "Result",
    "SessionEnded",
    "SignInToConnect",
    "SignInToDatabricks",
    "Statement",
    "StatementFailed",
    "Unreachable",
    "Viewer",
    "WarehouseStarting",
    "WarehouseStopped",
    "acting_as",
    "chart",
    "grid",
    "me",
    "per_viewer",
    "query",
    "shell",
    "statement",
    "statement_cancel",
    "statement_result",
    "statement_status",
    "states",
    "viewer",
]


def statement(
    sql: str,
    params: Mapping[str, Any] | None = None,
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
