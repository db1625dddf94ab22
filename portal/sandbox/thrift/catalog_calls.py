"""GetCatalogs and its like: each is an operation that has ended when it is answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from databricks.sql.thrift_api.TCLIService import ttypes

from portal.sandbox.sql import results
from portal.sandbox.sql.arrow import Column
from portal.sandbox.sql.engine import Engine
from portal.sandbox.thrift import metadata
from portal.sandbox.thrift.columnar import ColumnarRows
from portal.sandbox.thrift.metadata import Row
from portal.sandbox.thrift.sessions import Operation, Sessions
from portal.sandbox.world import Person

Kind = ttypes.TOperationType
Fields = dict[str, Any]
"""The members of an answer's struct, which the service makes."""


class CatalogCalls:
    """The metadata part of the service."""

    sessions: Sessions

    @property
    def _engine(self) -> Engine:
        raise NotImplementedError

    async def _direct(self, operation: Operation, wanted: ttypes.TSparkGetDirectResults) -> ttypes.TSparkDirectResults:
        raise NotImplementedError

    async def _listed(
        self, kind: int, request: Any, person: Person, columns: Sequence[Column], rows: Iterable[Row]
    ) -> Fields:
        """A metadata call's answer: an operation that has ended already, with its rows in the answer if wanted."""
        session = self.sessions.session(request.sessionHandle, person)
        operation = self.sessions.add(session, kind)
        operation.rows = ColumnarRows(results.of_rows(columns, rows, self._engine.store.budget))
        status = ttypes.TStatus(statusCode=ttypes.TStatusCode.SUCCESS_STATUS)
        answer: Fields = {"status": status, "operationHandle": operation.handle()}
        if request.getDirectResults is not None:
            answer["directResults"] = await self._direct(operation, request.getDirectResults)
        return answer

    async def do_GetCatalogs(self, request: ttypes.TGetCatalogsReq, person: Person) -> Fields:
        rows = metadata.catalogs(self._engine, person)
        return await self._listed(Kind.GET_CATALOGS, request, person, metadata.CATALOGS, rows)

    async def do_GetSchemas(self, request: ttypes.TGetSchemasReq, person: Person) -> Fields:
        rows = metadata.schemas(self._engine, person, request.catalogName, request.schemaName)
        return await self._listed(Kind.GET_SCHEMAS, request, person, metadata.SCHEMAS, rows)

    async def do_GetTables(self, request: ttypes.TGetTablesReq, person: Person) -> Fields:
        names = (request.catalogName, request.schemaName, request.tableName)
        rows = metadata.tables(self._engine, person, *names, request.tableTypes)
        return await self._listed(Kind.GET_TABLES, request, person, metadata.TABLES, rows)

    async def do_GetColumns(self, request: ttypes.TGetColumnsReq, person: Person) -> Fields:
        names = (request.catalogName, request.schemaName, request.tableName, request.columnName)
        rows = metadata.columns(self._engine, person, *names)
        return await self._listed(Kind.GET_COLUMNS, request, person, metadata.COLUMNS, rows)

    async def do_GetTableTypes(self, request: ttypes.TGetTableTypesReq, person: Person) -> Fields:
        rows = [("TABLE",), ("VIEW",)]
        return await self._listed(Kind.GET_TABLE_TYPES, request, person, metadata.TABLE_TYPES, rows)

    async def do_GetTypeInfo(self, request: ttypes.TGetTypeInfoReq, person: Person) -> Fields:
        return await self._listed(Kind.GET_TYPE_INFO, request, person, metadata.TYPE_INFO, metadata.type_info())

    async def do_GetFunctions(self, request: ttypes.TGetFunctionsReq, person: Person) -> Fields:
        return await self._listed(Kind.GET_FUNCTIONS, request, person, metadata.FUNCTIONS, [])

    async def do_GetPrimaryKeys(self, request: ttypes.TGetPrimaryKeysReq, person: Person) -> Fields:
        return await self._listed(Kind.UNKNOWN, request, person, metadata.PRIMARY_KEYS, [])

    async def do_GetCrossReference(self, request: ttypes.TGetCrossReferenceReq, person: Person) -> Fields:
        return await self._listed(Kind.UNKNOWN, request, person, metadata.CROSS_REFERENCE, [])
