"""Statements: SQL that a person waits for, through the Statement Execution API.

A statement lives in Databricks under its id, for an hour after it ends: any process can poll, cancel or read it with
its viewer's credential, and nobody else's. Results come as Arrow chunks by presigned links (`EXTERNAL_LINKS`).

Source: Databricks REST API reference, "Statement Execution API" 2.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from portal import counters
from portal.databricks import ids, links, warehouses, workspace
from portal.viewer.errors import Canceled, NoSuchThing, PortalError, StatementFailed
from portal.viewer.sqlerrors import statement_failed

if TYPE_CHECKING:
    import pyarrow as pa
    from databricks.sdk.service import sql as api

ENDED = frozenset({"SUCCEEDED", "FAILED", "CANCELED", "CLOSED"})


@dataclass(frozen=True)
class Column:
    """`type_text` as SQL writes it (DECIMAL(10,2)); `type_name` as the API does (LONG for BIGINT)."""

    name: str
    type_text: str
    type_name: str


@dataclass(frozen=True)
class Chunk:
    """A part of a result: rows `first` to `first + rows`."""

    index: int
    first: int
    rows: int
    nbytes: int | None


@dataclass(frozen=True)
class Manifest:
    """What a finished statement's result looks like. `truncated`: a row or byte limit cut it."""

    columns: tuple[Column, ...]
    chunks: tuple[Chunk, ...]
    total_rows: int
    total_bytes: int | None
    truncated: bool


@dataclass(frozen=True)
class Statement:
    """`state` is Databricks' word: PENDING, RUNNING, SUCCEEDED, FAILED, CANCELED, CLOSED."""

    id: str
    state: str
    error: PortalError | None = None
    manifest: Manifest | None = None
    first: api.ResultData | None = field(default=None, repr=False, compare=False)
    """What leads to the first chunk, which comes with a finished statement's status: for `chunk` alone."""

    @property
    def ended(self) -> bool:
        return self.state in ENDED


@dataclass(frozen=True)
class Parameter:
    """A value bound by name. `value` None is NULL; `type` is a SQL type name (STRING, INT, DATE, …)."""

    name: str
    value: str | None
    type: str = "STRING"


def parameters(values: Mapping[str, object]) -> tuple[Parameter, ...]:
    """Python values as typed parameters."""
    kinds: tuple[tuple[type, str], ...] = (
        (bool, "BOOLEAN"), (int, "BIGINT"), (float, "DOUBLE"), (Decimal, "DECIMAL"), (datetime, "TIMESTAMP"),
        (date, "DATE"),
    )  # fmt: skip

    def of(name: str, value: object) -> Parameter:
        if value is None:
            return Parameter(name, None, "VOID")
        kind = next((sql for python, sql in kinds if isinstance(value, python)), "STRING")
        if isinstance(value, Decimal):
            _, digits, exponent = value.as_tuple()
            scale = max(0, -int(exponent))
            kind = f"DECIMAL({max(len(digits), scale + 1)},{scale})"
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return Parameter(name, text, kind)

    return tuple(of(name, value) for name, value in values.items())


def submit(
    sql: str,
    *,
    params: tuple[Parameter, ...] = (),
    warehouse_id: str | None = None,
    catalog: str | None = None,
    schema: str | None = None,
    row_limit: int | None = None,
    page: str = "warehouse",
    inline: bool = False,
) -> Statement:
    """Hand a statement to the warehouse as the current viewer; returns at once with its id and state.

    A stopped warehouse starts (Databricks does that), the statement is PENDING meanwhile; with PORTAL_AUTOSTART=off it
    is `WarehouseStopped` instead. `page` goes into the query's tags, which show in the workspace's query history.
    `inline`: the rows come through the API itself, up to 25 MiB (more fails the statement), for where the storage's
    host cannot be reached.
    """
    from databricks.sdk.service import sql as api

    warehouse = warehouses.awake(warehouse_id or warehouses.default_id())
    answer = workspace.call(
        lambda client: client.statement_execution.execute_statement(
            statement=sql,
            warehouse_id=warehouse,
            catalog=catalog,
            schema=schema,
            row_limit=row_limit,
            parameters=[api.StatementParameterListItem(p.name, p.type, p.value) for p in params] or None,
            disposition=api.Disposition.INLINE if inline else api.Disposition.EXTERNAL_LINKS,
            format=api.Format.JSON_ARRAY if inline else api.Format.ARROW_STREAM,
            wait_timeout="0s",
            query_tags=[api.QueryTag("source", "data-portal"), api.QueryTag("page", page)],
        ),
        f"warehouse {warehouse}",
    )
    counters.submitted()
    return _of(answer, answer.statement_id or "")


def status(statement_id: str) -> Statement:
    """Where a statement stands; `NoSuchThing` for one that is unknown, expired, or another viewer's."""
    checked = ids.statement(statement_id)
    answer = workspace.call(lambda client: client.statement_execution.get_statement(checked), f"statement {checked}")
    found = _of(answer, checked)
    if found.ended:
        counters.ended(checked, found.state)
    return found


def cancel(statement_id: str) -> None:
    """Ask Databricks to stop it. It has stopped when `status` says CANCELED."""
    checked = ids.statement(statement_id)
    workspace.call(lambda client: client.statement_execution.cancel_execution(checked), f"statement {checked}")


def chunk(statement: Statement, index: int) -> pa.Table:
    """One chunk of a finished statement's rows; a link that expired on the way is asked for again."""
    manifest = finished(statement)
    if index == 0 and statement.first is not None:
        with suppress(links.LinkExpired):
            return links.table(statement.first, manifest.columns)
    for last in (False, True):
        data = workspace.call(
            lambda client: client.statement_execution.get_statement_result_chunk_n(statement.id, index),
            f"the result of statement {statement.id}",
        )
        try:
            return links.table(data, manifest.columns)
        except links.LinkExpired:
            if last:
                raise
    raise AssertionError("unreachable")


def first_rows(statement: Statement, limit: int = 1000) -> pa.Table:
    """The first rows of a finished statement, of its first chunk only."""
    manifest = finished(statement)
    if not manifest.total_rows:
        return links.empty(manifest.columns)
    return chunk(statement, 0).slice(0, limit)


def finished(statement: Statement) -> Manifest:
    """What its result looks like; raises why there is none."""
    if statement.error is not None:
        raise statement.error
    if statement.state == "CLOSED":
        raise NoSuchThing("The result of this statement has expired; run it again.")
    if statement.state == "CANCELED":
        raise Canceled
    if statement.manifest is None:
        raise StatementFailed(f"The statement has no result: its state is {statement.state}.")
    return statement.manifest


def is_id(text: object) -> bool:
    """Whether a text can be a statement's id."""
    return ids.is_statement(text)


def _of(answer: api.StatementResponse, statement_id: str) -> Statement:
    status = answer.status
    state = workspace.word(status.state) if status else ""
    error = None
    if status and state == "FAILED":
        error = statement_failed(status.error.message if status.error else None, status.sql_state)
    if state != "SUCCEEDED":
        return Statement(statement_id, state, error)
    return Statement(statement_id, state, None, _manifest(answer.manifest), answer.result)


def _manifest(found: api.ResultManifest | None) -> Manifest | None:
    if found is None:
        return None
    columns = tuple(
        Column(c.name or "", c.type_text or workspace.word(c.type_name), workspace.word(c.type_name))
        for c in (found.schema.columns if found.schema else None) or ()
    )
    chunks = tuple(
        Chunk(c.chunk_index or 0, c.row_offset or 0, c.row_count or 0, c.byte_count) for c in found.chunks or ()
    )
    return Manifest(columns, chunks, found.total_row_count or 0, found.total_byte_count, bool(found.truncated))
