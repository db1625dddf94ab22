"""The storage host: presigned links, no accounts. It refuses an Authorization header, as S3 does."""

from __future__ import annotations

import asyncio
from xml.sax.saxutils import escape

from aiohttp import web

from portal.sandbox import bodies
from portal.sandbox.sql.presigned import Refused
from portal.sandbox.sql.results import Gone
from portal.sandbox.world import World


def storage_routes(world: World) -> list[web.RouteDef]:
    async def get(request: web.Request) -> web.Response:
        presigned = world.engine.presigned
        try:
            produce, content_type = presigned.open(
                request.path, dict(request.query), "Authorization" in request.headers
            )
            body = await asyncio.to_thread(produce)
        except Gone:
            return _refused(Refused(404, "NoSuchKey", "The specified key does not exist."))
        except Refused as refused:
            return _refused(refused)
        return web.Response(body=bodies.of(body), content_type=content_type, headers={"Accept-Ranges": "bytes"})

    return [web.get("/{org}/results/{folder}/{name}", get, allow_head=False)]


def _refused(refused: Refused) -> web.Response:
    text = f"<Error><Code>{refused.code}</Code><Message>{escape(refused.text)}</Message></Error>"
    document = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'
    return web.Response(text=document, status=refused.status, content_type="application/xml")
