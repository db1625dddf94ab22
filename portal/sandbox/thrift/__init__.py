"""The warehouse's Thrift service over HTTP, as databricks-sql-connector, JDBC and ODBC speak it."""

from __future__ import annotations

import asyncio

from aiohttp import web

from portal.sandbox import bodies, errors
from portal.sandbox.thrift import wire
from portal.sandbox.thrift.service import Service
from portal.sandbox.world import World


def routes(world: World) -> list[web.RouteDef]:
    """For the workspace's application, whose middleware has set `request["person"]`."""
    service = Service(world)

    async def post(request: web.Request) -> web.Response:
        person = request["person"]
        warehouse = world.warehouses.get(request.match_info["warehouse"])
        if warehouse is None or warehouse.state == "DELETED":
            raise _refused(404, "NOT_FOUND", f"Endpoint {request.match_info['warehouse']} does not exist.")
        if not warehouse.may_use(person):
            text = f"PERMISSION_DENIED: User does not have permission to use the SQL warehouse {warehouse.id}."
            raise _refused(403, "PERMISSION_DENIED", text)
        try:
            call = wire.read(await request.read())
        except wire.Malformed as error:
            raise _refused(400, "BAD_REQUEST", f"Invalid Thrift message: {error}") from None
        client = request.headers.get("User-Agent", "")
        answer = (
            None if call.request is None else await service.call(call.method, call.request, person, warehouse, client)
        )
        body = wire.unknown(call) if answer is None else await _written(call, answer)
        return web.Response(body=bodies.of(body), content_type="application/x-thrift")

    return [
        web.post(prefix + "{warehouse}", post)
        for prefix in ("/sql/1.0/warehouses/", "/sql/1.0/endpoints/", "/sql/1.0/warehouses//", "/sql/1.0/endpoints//")
    ]


async def _written(call: wire.Call, answer: object) -> bytes:
    """Rows are written in a thread, so that a large answer does not hold up the others."""
    if call.method in ("FetchResults", "ExecuteStatement"):
        return await asyncio.to_thread(wire.answer, call, answer)
    return wire.answer(call, answer)


def _refused(status: int, code: str, text: str) -> errors.ApiError:
    """The client shows the header's text, not the body's."""
    return errors.ApiError(status, code, text, headers={"X-Thriftserver-Error-Message": text})
