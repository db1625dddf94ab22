"""The methods of TCLIService that a client of Databricks calls: each takes a request and a person, answers a struct.

What goes wrong with a statement is told in its operation's status (ERROR_STATE with `displayMessage`); what goes wrong
with a call is told in the answer's own status.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from databricks.sql.thrift_api.TCLIService import ttypes

from portal.sandbox.sql import execution
from portal.sandbox.sql.engine import Engine
from portal.sandbox.sql.errors import SqlError
from portal.sandbox.sql.execution import Execution
from portal.sandbox.thrift import metadata, requests
from portal.sandbox.thrift.catalog_calls import CatalogCalls
from portal.sandbox.thrift.columnar import ColumnarRows
from portal.sandbox.thrift.packing import Packer
from portal.sandbox.thrift.rows import Rows
from portal.sandbox.thrift.sessions import PROTOCOL, InvalidHandle, Operation, Sessions
from portal.sandbox.world import Person, Warehouse, World

Code = ttypes.TStatusCode
State = ttypes.TOperationState
OK = ttypes.TStatus(statusCode=Code.SUCCESS_STATUS)
DIRECT_WAIT = 5.0
"""Seconds that ExecuteStatement waits for direct results before the client must poll."""
POLL_WAIT, ASYNC_POLL_WAIT = 1.0, 0.1
"""Seconds that GetOperationStatus waits for an end: a client polls without a pause, but an asynchronous one wants to
hear RUNNING soon."""
_STATES = {
    execution.PENDING: State.PENDING_STATE,
    execution.RUNNING: State.RUNNING_STATE,
    execution.SUCCEEDED: State.FINISHED_STATE,
    execution.CLOSED: State.CLOSED_STATE,
    execution.FAILED: State.ERROR_STATE,
    execution.CANCELED: State.CANCELED_STATE,
}
Answer = Any


def failed(error: Exception, sqlstate: str = "HY000") -> ttypes.TStatus:
    """The status of a refused call; also a bad handle's, as the real service answers it."""
    return ttypes.TStatus(
        statusCode=Code.ERROR_STATUS,
        infoMessages=[f"*org.apache.hive.service.cli.HiveSQLException:{error}:27:26"],
        sqlState=getattr(error, "sqlstate", sqlstate),
        errorCode=0,
        errorMessage=str(error),
        displayMessage=str(error),
    )


def _protocol(request: ttypes.TOpenSessionReq) -> int:
    """The older of what both speak."""
    wanted: int | None = request.client_protocol_i64 or request.client_protocol
    return min(wanted, PROTOCOL) if wanted else PROTOCOL


def _failure(error: SqlError) -> ttypes.TStatus:
    """A statement's failure as the status of a call that has waited for it."""
    status = failed(error)
    status.errorMessage = f"Error running query: [{error.error_class}] {type(error).__name__}: {error}"
    return status


class Service(CatalogCalls):
    """One for the whole workspace: sessions know their warehouse."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.sessions = Sessions(world)

    @property
    def _engine(self) -> Engine:
        engine: Engine = self._world.engine
        return engine

    async def call(self, method: str, request: Any, person: Person, warehouse: Warehouse, client: str) -> Answer | None:
        """The method's answer; None for a method that is not served."""
        handler: Callable[[Any, Person], Awaitable[Answer]] | None = getattr(self, f"do_{method}", None)
        response = getattr(ttypes, f"T{method}Resp", None)
        if handler is None or response is None:
            return None
        try:
            if method == "OpenSession":
                return await self.do_open_session(request, person, warehouse, client)
            answer = await handler(request, person)
            return response(**answer) if isinstance(answer, dict) else answer
        except InvalidHandle as error:
            return response(status=failed(error, "08000"))
        except SqlError as error:
            return response(status=failed(error))

    # Sessions

    async def do_OpenSession(self, request: ttypes.TOpenSessionReq, person: Person) -> Answer:
        raise NotImplementedError("dispatched by call(), which knows the warehouse")

    async def do_open_session(
        self, request: ttypes.TOpenSessionReq, person: Person, warehouse: Warehouse, client: str
    ) -> Answer:
        # Drivers send `spark.…` settings of their own, which a warehouse takes without a word.
        given = request.configuration or {}
        settings = {name: value for name, value in given.items() if not name.lower().startswith("spark.")}
        namespace = request.initialNamespace
        sql = self._engine.session(
            person,
            namespace.catalogName if namespace else None,
            namespace.schemaName if namespace else None,
            settings,
            warehouse,
        )
        session = self.sessions.open(sql, warehouse, client, _protocol(request))
        return ttypes.TOpenSessionResp(
            status=OK,
            serverProtocolVersion=session.protocol,
            sessionHandle=session.handle(),
            configuration={},
            initialNamespace=ttypes.TNamespace(catalogName=sql.catalog, schemaName=sql.schema),
            canUseMultipleCatalogs=True,
            getInfos=[],
        )

    async def do_CloseSession(self, request: ttypes.TCloseSessionReq, person: Person) -> Answer:
        self.sessions.close(self.sessions.session(request.sessionHandle, person))
        return ttypes.TCloseSessionResp(status=OK)

    async def do_GetInfo(self, request: ttypes.TGetInfoReq, person: Person) -> Answer:
        self.sessions.session(request.sessionHandle, person)
        return ttypes.TGetInfoResp(status=OK, infoValue=metadata.info(request.infoType))

    # Statements

    async def do_ExecuteStatement(self, request: ttypes.TExecuteStatementReq, person: Person) -> Answer:
        session = self.sessions.session(request.sessionHandle, person)
        packer = Packer(requests.wanted(request))
        one = self._engine.submit(
            session.sql,
            session.warehouse,
            request.statement,
            requests.parameters(request.parameters or []),
            row_limit=request.resultRowLimit,
            client=session.client,
            tags=requests.tags(request.confOverlay, session.sql.setting("QUERY_TAGS")),
            on_chunk=packer.ahead,
        )
        operation = self.sessions.add(session, ttypes.TOperationType.EXECUTE_STATEMENT, execution=one)
        operation.packer = packer
        operation.asynchronous = request.getDirectResults is None
        response = ttypes.TExecuteStatementResp(status=OK, operationHandle=operation.handle())
        if request.getDirectResults is not None:
            await one.wait(DIRECT_WAIT)
            response.directResults = await self._direct(operation, request.getDirectResults)
        elif not request.runAsync:
            await one.wait(None)
        if not request.runAsync and one.error is not None:
            self.sessions.close_operation(operation)
            return ttypes.TExecuteStatementResp(status=_failure(one.error))
        return response

    async def _direct(self, operation: Operation, wanted: ttypes.TSparkGetDirectResults) -> ttypes.TSparkDirectResults:
        """Status, and for a finished operation its metadata and first rows; it is closed if those are all."""
        direct = ttypes.TSparkDirectResults(operationStatus=self._status(operation))
        if direct.operationStatus.operationState != State.FINISHED_STATE:
            return direct
        rows = self._rows(operation)
        direct.resultSetMetadata = rows.metadata()
        direct.resultSet = await asyncio.to_thread(
            rows.fetch, wanted.maxRows, wanted.maxBytes, ttypes.TFetchOrientation.FETCH_NEXT
        )
        if not direct.resultSet.hasMoreRows and not rows.by_links:
            self.sessions.close_operation(operation)
            direct.closeOperation = ttypes.TCloseOperationResp(status=OK)
        return direct

    def _rows(self, operation: Operation) -> Rows | ColumnarRows:
        if operation.rows is None:
            one = operation.execution
            assert one is not None
            if one.result is None:
                raise one.error or SqlError("INVALID_STATE", "The operation has no result.", "HY010")
            assert operation.packer is not None
            if operation.packer.wanted.arrow:
                operation.rows = Rows(one.result, operation.packer, self._engine.presigned)
            else:
                operation.rows = ColumnarRows(one.result)
        return operation.rows

    def _status(self, operation: Operation) -> ttypes.TGetOperationStatusResp:
        one: Execution | None = operation.execution
        response = ttypes.TGetOperationStatusResp(status=OK, hasResultSet=True)
        if one is None:
            response.operationState = State.FINISHED_STATE
            return response
        response.operationState = _STATES[one.state]
        response.operationStarted = int(one.record.started_at * 1000)
        response.operationCompleted = int(one.ended_at * 1000) if one.ended_at else None
        response.numModifiedRows = one.modified_rows
        if one.error is not None:
            response.sqlState = one.error.sqlstate
            response.errorCode = 0
            response.errorMessage = _failure(one.error).errorMessage
            response.displayMessage = str(one.error)
            response.diagnosticInfo = response.errorMessage
        return response

    async def do_GetOperationStatus(self, request: ttypes.TGetOperationStatusReq, person: Person) -> Answer:
        operation = self.sessions.operation(request.operationHandle, person)
        if operation.execution is not None:
            # The connector holds a lock while it waits: a cancel from another thread must get a turn.
            await operation.execution.wait(ASYNC_POLL_WAIT if operation.asynchronous else POLL_WAIT)
        return self._status(operation)

    async def do_GetResultSetMetadata(self, request: ttypes.TGetResultSetMetadataReq, person: Person) -> Answer:
        return (await self._ready(request.operationHandle, person)).metadata()

    async def do_FetchResults(self, request: ttypes.TFetchResultsReq, person: Person) -> Answer:
        rows = await self._ready(request.operationHandle, person)
        if request.startRowOffset is not None:
            rows.next_row = max(0, min(request.startRowOffset, rows.result.row_count))
        return await asyncio.to_thread(rows.fetch, request.maxRows, request.maxBytes, request.orientation)

    async def _ready(self, handle: ttypes.TOperationHandle, person: Person) -> Rows | ColumnarRows:
        """An operation's rows, when it has ended."""
        operation = self.sessions.operation(handle, person)
        if operation.execution is not None:
            await operation.execution.wait(None)
        return self._rows(operation)

    async def do_CancelOperation(self, request: ttypes.TCancelOperationReq, person: Person) -> Answer:
        operation = self.sessions.operation(request.operationHandle, person)
        if operation.execution is not None:
            operation.execution.cancel()
        return ttypes.TCancelOperationResp(status=OK)

    async def do_CloseOperation(self, request: ttypes.TCloseOperationReq, person: Person) -> Answer:
        self.sessions.close_operation(self.sessions.operation(request.operationHandle, person))
        return ttypes.TCloseOperationResp(status=OK)
