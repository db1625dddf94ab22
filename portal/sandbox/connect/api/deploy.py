"""Bundles, deployments and tasks: what `rsconnect deploy` and posit-sdk's bundles call."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

from aiohttp import web

from portal.sandbox.connect import bundles, errors
from portal.sandbox.connect.api import access
from portal.sandbox.connect.processes import Processes
from portal.sandbox.connect.state import Bundle, Connect, Content

MAX_WAIT = 30.0


def routes(connect: Connect, processes: Processes) -> list[web.RouteDef]:
    def found(request: web.Request, content: Content) -> Bundle:
        bundle = content.bundles.get(request.match_info["id"])
        if bundle is None:
            raise errors.error(4)
        return bundle

    async def upload(request: web.Request) -> web.Response:
        """The archive as the body, or as the form's `archive` beside `metadata` (the publisher's git facts)."""
        access.caller(request, "publisher")
        content = access.content(request, connect, edit=True)
        metadata: dict[str, str] = {}
        if request.content_type == "multipart/form-data":
            form = await request.post()
            part = form.get("archive")
            if not isinstance(part, web.FileField):
                raise errors.error(12, "The form has no archive.")
            archive = part.file.read()
            if text := form.get("metadata"):
                metadata = {str(k): str(v) for k, v in json.loads(str(text)).items()}
        else:
            archive = await request.read()
        try:
            bundle = await asyncio.to_thread(bundles.unpack, connect, content, archive, metadata)
        except bundles.BadBundle as error:
            raise errors.error(135, payload=str(error)) from None
        return web.json_response(bundles.as_dict(content, bundle))

    async def listed(request: web.Request) -> web.Response:
        content = access.content(request, connect, edit=True)
        newest_first = sorted(content.bundles.values(), key=lambda one: -int(one.id))
        return web.json_response([bundles.as_dict(content, bundle) for bundle in newest_first])

    async def get(request: web.Request) -> web.Response:
        content = access.content(request, connect, edit=True)
        return web.json_response(bundles.as_dict(content, found(request, content)))

    async def download(request: web.Request) -> web.StreamResponse:
        content = access.content(request, connect, edit=True)
        return web.FileResponse(found(request, content).path, headers={"Content-Type": "application/gzip"})

    async def delete(request: web.Request) -> web.Response:
        content = access.content(request, connect, edit=True)
        bundle = found(request, content)
        if content.bundle_id == bundle.id:
            raise errors.error(75)
        del content.bundles[bundle.id]
        return web.Response(status=204)

    async def deploy(request: web.Request) -> web.Response:
        """`bundle_id` null deploys the newest (or again the active) one; `activate` false makes it a draft."""
        access.caller(request, "publisher")
        content = access.content(request, connect, edit=True)
        given = await access.body(request)
        id = given.get("bundle_id") or content.bundle_id or max(content.bundles, key=int, default=None)
        bundle = content.bundles.get(str(id))
        if bundle is None:
            raise errors.error(4 if given.get("bundle_id") else 28)
        task = bundles.deploy(connect, content, bundle, given.get("activate") is not False, processes.restart)
        return web.json_response({"task_id": task.id}, status=202)

    async def task(request: web.Request) -> web.Response:
        """The log from line `first`; with `wait`, at most that many seconds later, when the task is over."""
        access.caller(request)
        one: bundles.Task | None = connect.tasks.get(request.match_info["id"])
        if one is None:
            raise errors.error(141)
        try:
            first, wait = int(request.query.get("first", 0)), float(request.query.get("wait", 0))
        except ValueError:
            raise errors.error(25, "first and wait must be numbers.") from None
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(one.over.wait(), min(wait, MAX_WAIT))
        return web.json_response(one.as_dict(first))

    base = "/__api__/v1/content/{guid}"
    table: list[tuple[str, str, Any]] = [
        ("POST", base + "/bundles", upload),
        ("GET", base + "/bundles", listed),
        ("GET", base + "/bundles/{id}", get),
        ("GET", base + "/bundles/{id}/download", download),
        ("DELETE", base + "/bundles/{id}", delete),
        ("POST", base + "/deploy", deploy),
        ("POST", base + "/build", deploy),
        ("GET", "/__api__/v1/tasks/{id}", task),
    ]
    return [web.route(method, path, handler) for method, path, handler in table]
