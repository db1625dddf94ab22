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
from portal.sandbox.routing import Body, Call, Json, Query, Route, delete, get, post, table

MAX_WAIT = 30.0


class Deploy(Body):
    bundle_id: str | int | None = None
    activate: bool = True


class Waiting(Query):
    first: int = 0
    wait: float = 0


def routes(connect: Connect, processes: Processes) -> list[Route]:
    def found(call: Call[Any], content: Content) -> Bundle:
        bundle = content.bundles.get(call.path["id"])
        if bundle is None:
            raise errors.error(4)
        return bundle

    async def upload(call: Call) -> Json:
        """The archive as the body, or as the form's `archive` beside `metadata` (the publisher's git facts)."""
        access.caller(call, "publisher")
        content = access.content(call, connect, edit=True)
        metadata: dict[str, str] = {}
        if call.request.content_type == "multipart/form-data":
            form = await call.request.post()
            part = form.get("archive")
            if not isinstance(part, web.FileField):
                raise errors.error(12, "The form has no archive.")
            archive = part.file.read()
            if text := form.get("metadata"):
                metadata = {str(k): str(v) for k, v in json.loads(str(text)).items()}
        else:
            archive = await call.request.read()
        try:
            bundle = await asyncio.to_thread(bundles.unpack, connect, content, archive, metadata)
        except bundles.BadBundle as error:
            raise errors.error(135, payload=str(error)) from None
        return bundles.as_dict(content, bundle)

    async def listed(call: Call) -> list[Json]:
        content = access.content(call, connect, edit=True)
        newest_first = sorted(content.bundles.values(), key=lambda one: -int(one.id))
        return [bundles.as_dict(content, bundle) for bundle in newest_first]

    async def read(call: Call) -> Json:
        content = access.content(call, connect, edit=True)
        return bundles.as_dict(content, found(call, content))

    async def download(call: Call) -> web.StreamResponse:
        content = access.content(call, connect, edit=True)
        return web.FileResponse(found(call, content).path, headers={"Content-Type": "application/gzip"})

    async def remove(call: Call) -> None:
        content = access.content(call, connect, edit=True)
        bundle = found(call, content)
        if content.bundle_id == bundle.id:
            raise errors.error(75)
        del content.bundles[bundle.id]

    async def deploy(call: Call[Deploy]) -> Json:
        """`bundle_id` null deploys the newest (or again the active) one; `activate` false makes it a draft."""
        access.caller(call, "publisher")
        content = access.content(call, connect, edit=True)
        given = call.asked
        id = given.bundle_id or content.bundle_id or max(content.bundles, key=int, default=None)
        bundle = content.bundles.get(str(id))
        if bundle is None:
            raise errors.error(4 if given.bundle_id else 28)
        task = bundles.deploy(connect, content, bundle, given.activate, processes.restart)
        return {"task_id": task.id}

    async def task(call: Call[Waiting]) -> Json:
        """The log from line `first`; with `wait`, at most that many seconds later, when the task is over."""
        access.caller(call)
        one: bundles.Task | None = connect.tasks.get(call.path["id"])
        if one is None:
            raise errors.error(141)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(one.over.wait(), min(call.asked.wait, MAX_WAIT))
        return one.as_dict(call.asked.first)

    bundle = "/bundles/{id}"
    of_content = table(
        "/__api__/v1/content/{guid}",
        post("/bundles", upload),
        get("/bundles", listed),
        get(bundle, read),
        get(f"{bundle}/download", download),
        delete(bundle, remove),
        post("/deploy", deploy, status=202),
        post("/build", deploy, status=202),
    )
    return [*of_content, get("/__api__/v1/tasks/{id}", task)]
