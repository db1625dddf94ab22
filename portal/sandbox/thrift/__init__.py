"""The warehouse's Thrift service over HTTP, as databricks-sql-connector, JDBC and ODBC speak it."""

from __future__ import annotations

import asyncio

from aiohttp import web

from portal.sandbox import bodies, errors, warehouses
from portal.sandbox.routing import Call, Route, post
from portal.sandbox.thrift import wire
from portal.sandbox.thrift.service import Service
from portal.sandbox.world import World


def routes(world: World) -> list[Route]:
    service = Service(world)

    async def answer(call: Call) -> web.Response:
        try:
            warehouse = warehouses.runnable(world, call.path["warehouse"], call.person)
        except warehouses.NotRunnable as refused:
            text = {
                404: f"Endpoint {call.path['warehouse']} does not exist.",
                403: f"PERMISSION_DENIED: {refused.message}",
            }[refused.status]
            raise _refused(refused.status, refused.error_code, text) from None
        try:
            asked = wire.read(await call.request.read())
        except wire.Malformed as error:
            raise _refused(400, "BAD_REQUEST", f"Invalid Thrift message: {error}") from None
        if asked.request is None:
            return web.Response(body=wire.unknown(asked), content_type="application/x-thrift")
        client = call.request.headers.get("User-Agent", "")
        found = await service.call(asked.method, asked.request, call.person, warehouse, client)
        body = wire.unknown(asked) if found is None else await _written(asked, found)
        return web.Response(body=bodies.of(body), content_type="application/x-thrift")

    return [
        post(prefix + "{warehouse}", answer)
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
