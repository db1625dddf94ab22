"""Signed links of the storage host: a part of an upload (PUT), its end (DELETE), and a file (GET, with ranges)."""

from __future__ import annotations

import base64
from typing import Any

from aiohttp import web

from portal.sandbox.routing import Call, Route, delete, get, put
from portal.sandbox.sql.presigned import Refused
from portal.sandbox.statements.storage import refused
from portal.sandbox.volumes.places import missing, store
from portal.sandbox.volumes.store import Part, Store
from portal.sandbox.world import World

OCTETS = "application/octet-stream"
SECONDS = 3600.0
_CHUNK = 256 * 1024


def of_part(call: Call[Any], upload: str, number: int) -> str:
    """Of a part, or with 0 of the upload as a whole."""
    return _signed(call, f"/{call.world.workspace_id}/volumes/parts/{upload}/{number}")


def of_file(call: Call[Any], path: str) -> str:
    name = base64.urlsafe_b64encode(path.encode()).decode().rstrip("=")
    return _signed(call, f"/{call.world.workspace_id}/volumes/files/{name}")


def _signed(call: Call[Any], path: str) -> str:
    return str(call.world.engine.presigned.link(path, SECONDS).url)


def sent(files: Store, path: str) -> web.FileResponse:
    """A file's bytes, in pieces."""
    file = files.files.get(path)
    if file is None:
        raise missing(path)
    return web.FileResponse(file.blob, chunk_size=_CHUNK, headers={"Content-Type": OCTETS})


def storage_routes(world: World) -> list[Route]:
    part, file = "/{org}/volumes/parts/{upload}/{number}", "/{org}/volumes/files/{name}"
    return [put(part, take), delete(part, abort), get(file, give)]


def _checked(call: Call[Any]) -> web.Response | None:
    request = call.request
    try:
        call.world.engine.presigned.check(request.path, dict(request.query), "Authorization" in request.headers)
    except Refused as error:
        return refused(error)
    return None


async def take(call: Call) -> web.Response:
    if (no := _checked(call)) is not None:
        return no
    files = store(call)
    upload = files.uploads.get(call.path["upload"])
    if upload is None:
        return refused(Refused(404, "NoSuchUpload", "The specified upload does not exist."))
    blob, size, etag = await files.written(call.request.content.iter_chunked(_CHUNK))
    if not files.take(upload, int(call.path["number"]), Part(etag, blob, size)):
        return refused(Refused(400, "InvalidPart", "The sandbox has joined another part of this number already."))
    return web.Response(headers={"ETag": etag})


async def abort(call: Call) -> web.Response:
    if (no := _checked(call)) is not None:
        return no
    if call.path["upload"] in store(call).uploads:
        store(call).drop(call.path["upload"])
    return web.Response()


async def give(call: Call) -> web.StreamResponse:
    if (no := _checked(call)) is not None:
        return no
    name = call.path["name"]
    path = base64.urlsafe_b64decode(name + "=" * (-len(name) % 4)).decode()
    if path not in store(call).files:
        return refused(Refused(404, "NoSuchKey", "The specified key does not exist."))
    return sent(store(call), path)
