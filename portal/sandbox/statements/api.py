"""`/api/2.0/sql/statements`: run a statement, ask after it, fetch its chunks, stop it."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import AfterValidator, BeforeValidator, Field

from portal.sandbox import bodies, errors, warehouses
from portal.sandbox.routing import Body, Call, Json, Route, get, post, table
from portal.sandbox.sql import execution
from portal.sandbox.sql.errors import SqlError
from portal.sandbox.sql.execution import Execution
from portal.sandbox.sql.parameters import Parameter, parameter
from portal.sandbox.statements import manifest
from portal.sandbox.world import Person, World

KEPT_SECONDS = 3600.0
"""A result lives an hour after its statement has ended, whoever polls."""
FORGOTTEN_SECONDS = 86_400.0


def _waits(text: str) -> str:
    found = re.fullmatch(r"(\d{1,4})s", text)
    if found is None or not (int(found[1]) == 0 or 5 <= int(found[1]) <= 50):
        raise ValueError("it must be 0s (disabled) or between 5s and 50s, inclusive")
    return text


class Given(Body):
    """StatementParameterListItem."""

    name: str = Field(min_length=1)
    type: Annotated[str, BeforeValidator(lambda value: value or "STRING")] = "STRING"
    value: Annotated[str | None, BeforeValidator(str)] = None


class Tag(Body):
    key: str = ""
    value: str = ""


class Execute(Body):
    statement: str = ""
    warehouse_id: str = ""
    catalog: str = ""
    schema_: str = Field("", alias="schema")
    disposition: Literal["INLINE", "EXTERNAL_LINKS"] = "INLINE"
    format: Literal["JSON_ARRAY", "ARROW_STREAM", "CSV"] = "JSON_ARRAY"
    wait_timeout: Annotated[str, AfterValidator(_waits)] = "10s"
    on_wait_timeout: Literal["CONTINUE", "CANCEL"] = "CONTINUE"
    row_limit: int | None = Field(None, ge=1)
    byte_limit: int | None = Field(None, ge=1)
    parameters: list[Given] = Field(default_factory=list)
    query_tags: list[Tag] = Field(default_factory=list)

    @property
    def seconds(self) -> float:
        """To wait for the statement's end."""
        return float(self.wait_timeout[:-1])


@dataclass(eq=False)
class Statement:
    execution: Execution
    person: Person
    format: str
    disposition: str


class Statements:
    """The statements that the API knows, by id."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._known: dict[str, Statement] = {}

    def find(self, id_: str, person: Person) -> Statement:
        """One's own statement; another's is answered as if there were none."""
        self._expire()
        found = self._known.get(id_)
        if found is None or found.person != person:
            raise errors.not_found(f"The statement {id_} was not found.", "NOT_FOUND")
        return found

    def _expire(self) -> None:
        now = self._world.clock.now()
        for id_, statement in list(self._known.items()):
            ended = statement.execution.ended_at
            if ended is None:
                continue
            if now - ended > FORGOTTEN_SECONDS:
                del self._known[id_]
            elif now - ended > KEPT_SECONDS and statement.execution.state != execution.CLOSED:
                statement.execution.close()

    def submit(self, asked: Execute, person: Person, client: str) -> Statement:
        """Check a request and begin its statement."""
        if not asked.warehouse_id:
            raise errors.invalid_parameter("The warehouse_id must not be empty.")
        warehouse = warehouses.runnable(self._world, asked.warehouse_id, person)
        if not asked.statement.strip():
            raise errors.invalid_parameter("The statement must not be empty.")
        inline = asked.disposition == manifest.INLINE
        if inline and asked.format != "JSON_ARRAY":
            raise errors.invalid_parameter(
                f"The format {asked.format} is not supported with the INLINE disposition; use EXTERNAL_LINKS."
            )
        byte_limit = asked.byte_limit
        if not inline:
            byte_limit = min(byte_limit or manifest.EXTERNAL_LIMIT, manifest.EXTERNAL_LIMIT)
        engine = self._world.engine
        failure: SqlError | None = None
        parameters: list[Parameter] = []
        try:
            parameters = [_parameter(one) for one in asked.parameters]
            session = engine.session(person, asked.catalog or None, asked.schema_ or None, warehouse=warehouse)
        except SqlError as error:
            failure, session = error, engine.session(person)
        one = engine.submit(
            session, warehouse, asked.statement, parameters,
            row_limit=asked.row_limit, byte_limit=byte_limit, client=client,
            tags={tag.key: tag.value for tag in asked.query_tags}, failure=failure,
            size_limit=manifest.INLINE_LIMIT if inline else None,
        )  # fmt: skip
        found = Statement(one, person, asked.format, asked.disposition)
        self._known[one.id] = found
        return found

    async def response(self, statement: Statement) -> dict[str, Any]:
        """Status, and when it has succeeded the manifest and the first chunk."""
        one = statement.execution
        found: dict[str, Any] = {"statement_id": one.id, "status": _status(one)}
        if one.state == execution.SUCCEEDED and one.result is not None:
            found["manifest"] = manifest.manifest(one.result, statement.format, statement.disposition)
            found["result"] = await self.chunk(statement, 0)
        return found

    async def chunk(self, statement: Statement, index: int) -> dict[str, Any]:
        one = statement.execution
        if one.state != execution.SUCCEEDED or one.result is None:
            raise errors.not_found(f"The statement {one.id} has no result: its state is {one.state}.", "NOT_FOUND")
        if index and not 0 <= index < len(one.result.chunks):
            raise errors.invalid_parameter(f"The chunk index {index} is out of range.")
        if statement.disposition == manifest.INLINE:
            return await asyncio.to_thread(manifest.inline_chunk, one, index)
        return manifest.linked_chunk(one, index, statement.format, self._world.engine.presigned)

    # Handlers

    async def execute(self, call: Call[Execute]) -> web.Response:
        asked = call.asked
        statement = self.submit(asked, call.person, call.request.headers.get("User-Agent", ""))
        ended = await statement.execution.wait(asked.seconds)
        if not ended and asked.on_wait_timeout == "CANCEL" and asked.seconds:
            statement.execution.cancel()
            await statement.execution.wait(5)
        return await _json(await self.response(statement))

    async def read(self, call: Call) -> web.Response:
        return await _json(await self.response(self.find(call.path["id"], call.person)))

    async def read_chunk(self, call: Call) -> web.Response:
        statement, index = self.find(call.path["id"], call.person), call.path["index"]
        if not index.isdigit():
            raise errors.invalid_parameter(f"Invalid chunk index: {index}")
        return await _json(await self.chunk(statement, int(index)))

    async def cancel(self, call: Call) -> Json:
        self.find(call.path["id"], call.person).execution.cancel()
        return {}


def routes(world: World) -> list[Route]:
    statements = Statements(world)
    return table(
        "/api/2.0/sql/statements",
        post("/", statements.execute),
        post("", statements.execute),
        get("/{id}", statements.read),
        get("/{id}/result/chunks/{index}", statements.read_chunk),
        post("/{id}/cancel", statements.cancel),
    )


async def _json(body: dict[str, Any]) -> web.Response:
    """An answer; a large one is written in a thread, so that the others need not wait."""
    rows = (body.get("result") or body).get("data_array") or ()
    if len(rows) < 1000:
        return web.json_response(body)
    return web.Response(body=bodies.of(await asyncio.to_thread(_dumped, body)), content_type="application/json")


def _dumped(body: dict[str, Any]) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


def _status(one: Execution) -> dict[str, Any]:
    status: dict[str, Any] = {"state": one.state}
    if one.state == execution.FAILED and one.error is not None:
        status["error"] = {"error_code": "BAD_REQUEST", "message": str(one.error)}
        if one.error.sqlstate:
            status["sql_state"] = one.error.sqlstate
    return status


def _parameter(one: Given) -> Parameter:
    if not re.fullmatch(r"[A-Za-z_]\w*", one.name, re.ASCII):
        raise errors.invalid_parameter(f"Invalid parameter name '{one.name}': it must be an identifier.")
    found = parameter(one.name, one.type, one.value)
    if found.type.name in ("ARRAY", "MAP", "STRUCT"):
        raise errors.invalid_parameter(
            f"The parameter '{one.name}' has the unsupported type {one.type}: it must be a scalar."
        )
    return found
