"""Sessions and operations: whose they are, how long they live, and the handles that name them."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass, field

from databricks.sql.thrift_api.TCLIService import ttypes

from portal.sandbox.sql.execution import Execution
from portal.sandbox.sql.session import SqlSession
from portal.sandbox.thrift.columnar import ColumnarRows
from portal.sandbox.thrift.packing import Packer
from portal.sandbox.thrift.rows import Rows
from portal.sandbox.world import Person, Warehouse, World

PROTOCOL = ttypes.TProtocolVersion.SPARK_CLI_SERVICE_PROTOCOL_V8
"""The newest that is spoken; from it on, Node's driver sends parameters."""
IDLE_SECONDS = 900.0
"""A session that nobody uses for so long is gone, by the world's clock."""


@dataclass(eq=False)
class Operation:
    """A statement or a metadata call. `execution` is None for the latter, whose rows are there at once."""

    guid: bytes
    secret: bytes
    session: Session
    kind: int
    packer: Packer | None = None
    execution: Execution | None = None
    rows: Rows | ColumnarRows | None = None
    asynchronous: bool = False

    def handle(self) -> ttypes.TOperationHandle:
        return ttypes.TOperationHandle(
            operationId=ttypes.THandleIdentifier(guid=self.guid, secret=self.secret),
            operationType=self.kind,
            hasResultSet=True,
        )


@dataclass(eq=False)
class Session:
    guid: bytes
    secret: bytes
    sql: SqlSession
    warehouse: Warehouse
    client: str
    used_at: float
    protocol: int = PROTOCOL
    operations: dict[bytes, Operation] = field(default_factory=dict)

    def handle(self) -> ttypes.TSessionHandle:
        return ttypes.TSessionHandle(
            sessionId=ttypes.THandleIdentifier(guid=self.guid, secret=self.secret),
            serverProtocolVersion=self.protocol,
        )


class InvalidHandle(Exception):
    """No such session or operation, or another person's: the two are told apart by nobody."""


class Sessions:
    """All open sessions. A handle is good only with its secret, for the person who opened it, on its warehouse."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._open: dict[bytes, Session] = {}
        self._operations: dict[bytes, Operation] = {}

    def open(self, sql: SqlSession, warehouse: Warehouse, client: str, protocol: int) -> Session:
        self._expire()
        guid = uuid.uuid4()
        sql.id = str(guid)
        session = Session(
            guid.bytes, secrets.token_bytes(16), sql, warehouse, client, self._world.clock.now(), protocol
        )
        self._open[session.guid] = session
        return session

    def session(self, handle: ttypes.TSessionHandle | None, person: Person) -> Session:
        self._expire()
        named = handle.sessionId if handle else None
        found = self._open.get(named.guid) if named else None
        if found is None or named is None or found.secret != named.secret or found.sql.person != person:
            raise InvalidHandle(f"Invalid SessionHandle: SessionHandle [{_shown(named)}]")
        found.used_at = self._world.clock.now()
        return found

    def operation(self, handle: ttypes.TOperationHandle | None, person: Person) -> Operation:
        self._expire()
        named = handle.operationId if handle else None
        found = self._operations.get(named.guid) if named else None
        if found is None or named is None or found.secret != named.secret or found.session.sql.person != person:
            kind = _KINDS.get(handle.operationType if handle else None, "UNKNOWN_OPERATION")
            place = f"[opType={kind}, getHandleIdentifier()={_shown(named)}]"
            raise InvalidHandle(f"Invalid OperationHandle: OperationHandle {place}")
        found.session.used_at = self._world.clock.now()
        return found

    def add(self, session: Session, kind: int, *, execution: Execution | None = None) -> Operation:
        """A statement's operation has the statement's id, so that both doors and the history agree on it."""
        guid = uuid.UUID(execution.id).bytes if execution else uuid.uuid4().bytes
        operation = Operation(guid, secrets.token_bytes(16), session, kind, execution=execution)
        session.operations[guid] = self._operations[guid] = operation
        return operation

    def close_operation(self, operation: Operation) -> None:
        operation.session.operations.pop(operation.guid, None)
        self._operations.pop(operation.guid, None)
        if operation.execution is not None:
            operation.execution.close()

    def close(self, session: Session) -> None:
        """Its operations end with it."""
        self._open.pop(session.guid, None)
        for operation in list(session.operations.values()):
            self.close_operation(operation)

    def _expire(self) -> None:
        now = self._world.clock.now()
        for session in list(self._open.values()):
            busy = any(
                one.execution is not None and one.execution.ended_at is None for one in session.operations.values()
            )
            if now - session.used_at > IDLE_SECONDS and not busy:
                self.close(session)


_KINDS = {value: name for name, value in ttypes.TOperationType._NAMES_TO_VALUES.items() if name != "UNKNOWN"}


def _shown(named: ttypes.THandleIdentifier | None) -> str:
    return str(uuid.UUID(bytes=named.guid)) if named and named.guid and len(named.guid) == 16 else "null"
