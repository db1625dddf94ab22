"""The storage host: presigned links, no accounts. It refuses an Authorization header, as S3 does."""

from __future__ import annotations

import asyncio
from xml.sax.saxutils import escape

from aiohttp import web

from portal.sandbox import bodies
from portal.sandbox.routing import Call, Route, get
from portal.sandbox.sql.presigned import Refused
from portal.sandbox.sql.results import Gone
from portal.sandbox.world import World


def storage_routes(world: World) -> list[Route]:
    return [get("/{org}/results/{folder}/{name}", result)]


async def result(call: Call) -> web.Response:
    presigned, request = call.world.engine.presigned, call.request
    try:
        produce, content_type = presigned.open(request.path, dict(request.query), "Authorization" in request.headers)
        body = await asyncio.to_thread(produce)
    except Gone:
        return refused(Refused(404, "NoSuchKey", "The specified key does not exist."))
    except Refused as error:
        return refused(error)
    return web.Response(body=bodies.of(body), content_type=content_type, headers={"Accept-Ranges": "bytes"})


def refused(error: Refused) -> web.Response:
    """As S3 words it."""
    text = f"<Error><Code>{error.code}</Code><Message>{escape(error.text)}</Message></Error>"
    document = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'
    return web.Response(text=document, status=error.status, content_type="application/xml")
