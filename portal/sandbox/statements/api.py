"""`/api/2.0/sql/statements`: run a statement, ask after it, fetch its chunks, stop it."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from portal.sandbox import bodies, errors
from portal.sandbox.sql import execution
from portal.sandbox.sql.errors import SqlError
from portal.sandbox.sql.execution import Execution
from portal.sandbox.sql.parameters import Parameter, parameter
from portal.sandbox.statements import manifest
from portal.sandbox.world import Person, Warehouse, World

KEPT_SECONDS = 3600.0
"""A result lives an hour after its statement has ended, whoever polls."""
FORGOTTEN_SECONDS = 86_400.0
_FORMATS = ("JSON_ARRAY", "ARROW_STREAM", "CSV")


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

    def submit(self, body: dict[str, Any], person: Person, client: str) -> Statement:
        """Check a request and begin its statement."""
        text, warehouse = body.get("statement"), self._warehouse(body.get("warehouse_id"), person)
        if not isinstance(text, str) or not text.strip():
            raise errors.invalid_parameter("The statement must not be empty.")
        disposition = _choice(body, "disposition", ("INLINE", "EXTERNAL_LINKS"))
        format_ = _choice(body, "format", _FORMATS)
        if disposition == manifest.INLINE and format_ != "JSON_ARRAY":
            raise errors.invalid_parameter(
                f"The format {format_} is not supported with the INLINE disposition; use EXTERNAL_LINKS."
            )
        row_limit, byte_limit = _limit(body, "row_limit"), _limit(body, "byte_limit")
        if disposition == manifest.EXTERNAL_LINKS:
            byte_limit = min(byte_limit or manifest.EXTERNAL_LIMIT, manifest.EXTERNAL_LIMIT)
        engine = self._world.engine
        failure: SqlError | None = None
        parameters: list[Parameter] = []
        try:
            parameters = [_parameter(item) for item in body.get("parameters") or []]
            session = engine.session(person, body.get("catalog") or None, body.get("schema") or None)
        except SqlError as error:
            failure, session = error, engine.session(person)
        tags = {str(tag.get("key", "")): str(tag.get("value") or "") for tag in body.get("query_tags") or []}
        one = engine.submit(
            session, warehouse, text, parameters,
            row_limit=row_limit, byte_limit=byte_limit, client=client, tags=tags, failure=failure,
            size_limit=manifest.INLINE_LIMIT if disposition == manifest.INLINE else None,
        )  # fmt: skip
        found = Statement(one, person, format_, disposition)
        self._known[one.id] = found
        return found

    def _warehouse(self, id_: Any, person: Person) -> Warehouse:
        if not isinstance(id_, str) or not id_:
            raise errors.invalid_parameter("The warehouse_id must not be empty.")
        warehouse = self._world.warehouses.get(id_)
        if warehouse is None or warehouse.state == "DELETED":
            raise errors.not_found(f"SQL warehouse {id_} was not found.", "NOT_FOUND")
        if not warehouse.may_use(person):
            raise errors.permission_denied(f"You do not have permission to use the SQL Warehouse {id_}.")
        return warehouse

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


def routes(world: World) -> list[web.RouteDef]:
    """For the workspace's application, whose middleware has set `request["person"]`."""
    statements = Statements(world)

    async def execute(request: web.Request) -> web.Response:
        body = await errors.json_body(request)
        seconds, cancel = _wait(body)
        statement = statements.submit(body, request["person"], request.headers.get("User-Agent", ""))
        if not await statement.execution.wait(seconds) and cancel and seconds:
            statement.execution.cancel()
            await statement.execution.wait(5)
        return await _json(await statements.response(statement))

    async def get(request: web.Request) -> web.Response:
        statement = statements.find(request.match_info["id"], request["person"])
        return await _json(await statements.response(statement))

    async def chunk(request: web.Request) -> web.Response:
        statement = statements.find(request.match_info["id"], request["person"])
        index = request.match_info["index"]
        if not index.isdigit():
            raise errors.invalid_parameter(f"Invalid chunk index: {index}")
        return await _json(await statements.chunk(statement, int(index)))

    async def cancel(request: web.Request) -> web.Response:
        statements.find(request.match_info["id"], request["person"]).execution.cancel()
        return web.json_response({})

    base = "/api/2.0/sql/statements"
    return [
        web.post(f"{base}/", execute),
        web.post(base, execute),
        web.get(base + "/{id}", get),
        web.get(base + "/{id}/result/chunks/{index}", chunk),
        web.post(base + "/{id}/cancel", cancel),
    ]


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
        code = "INTERNAL_ERROR" if one.error.error_class == "INTERNAL_ERROR" else "BAD_REQUEST"
        status["error"] = {"error_code": code, "message": str(one.error)}
        if one.error.sqlstate:
            status["sql_state"] = one.error.sqlstate
    return status


def _wait(body: dict[str, Any]) -> tuple[float, bool]:
    """Seconds to wait (0, or 5 to 50), and whether to cancel when they are over."""
    text = body.get("wait_timeout") or "10s"
    found = re.fullmatch(r"(\d+)s", str(text))
    seconds = int(found[1]) if found else -1
    if seconds != 0 and not 5 <= seconds <= 50:
        raise errors.invalid_parameter(
            f"Invalid wait_timeout: {text}. It must be 0s (disabled) or between 5s and 50s, inclusive."
        )
    return float(seconds), _choice(body, "on_wait_timeout", ("CONTINUE", "CANCEL")) == "CANCEL"


def _choice(body: dict[str, Any], name: str, choices: tuple[str, ...]) -> str:
    """One of an enumeration's words; the first if the field is absent."""
    value = body.get(name) or choices[0]
    if value not in choices:
        raise errors.invalid_parameter(f"Invalid value for {name}: '{value}'. Must be one of {', '.join(choices)}.")
    return str(value)


def _limit(body: dict[str, Any], name: str) -> int | None:
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | str) or not str(value).isdigit() or int(value) < 1:
        raise errors.invalid_parameter(f"{name} must be a positive number.")
    return int(value)


def _parameter(item: Any) -> Parameter:
    if not isinstance(item, dict) or not item.get("name"):
        raise errors.invalid_parameter("Each parameter must have a name.")
    value = item.get("value")
    return parameter(str(item["name"]), item.get("type") or "STRING", None if value is None else str(value))
