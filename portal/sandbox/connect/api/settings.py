"""A content's environment variables and its access list."""

from __future__ import annotations

import re
from typing import Any

from aiohttp import web

from portal.sandbox.connect import errors
from portal.sandbox.connect.api import access
from portal.sandbox.connect.processes import Processes
from portal.sandbox.connect.state import Connect, guid

NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")
RESERVED = {
    "CONNECT_SERVER", "CONNECT_API_KEY", "CONNECT_CONTENT_GUID", "POSIT_PRODUCT", "RSTUDIO_PRODUCT", "PATH", "HOME",
}  # fmt: skip
"""Connect sets these itself."""


def routes(connect: Connect, processes: Processes) -> list[web.RouteDef]:
    async def names(request: web.Request) -> web.Response:
        """Values are never told."""
        content = access.content(request, connect, edit=True)
        return web.json_response(sorted(content.environment))

    async def change(request: web.Request) -> web.Response:
        """PATCH sets and (with null) removes, PUT replaces all. Running processes end: the next has the new ones."""
        content = access.content(request, connect, edit=True)
        given = await access.body(request)
        if not isinstance(given, list):
            raise errors.error(121)
        if len({one.get("name") for one in given}) < len(given):
            raise errors.error(149)
        changed = {} if request.method == "PUT" else dict(content.environment)
        for one in given:
            name, value = str(one.get("name", "")), one.get("value")
            if not NAME.match(name) or name in RESERVED:
                raise errors.error(108)
            if value is None:
                changed.pop(name, None)
            else:
                changed[name] = str(value)
        if changed != content.environment:
            content.environment = changed
            await processes.restart(content.guid)
        return web.json_response(sorted(changed))

    async def permissions(request: web.Request) -> web.Response:
        content = access.content(request, connect)
        return web.json_response([_permission(content.guid, one) for one in content.permissions])

    async def permit(request: web.Request) -> web.Response:
        content = access.content(request, connect, edit=True)
        given = _validated(connect, await access.body(request))
        if any(one["principal_guid"] == given["principal_guid"] for one in content.permissions):
            raise errors.error(154 if given["principal_type"] == "user" else 155)
        made = {"id": connect.next_id(), **given}
        content.permissions.append(made)
        return web.json_response(_permission(content.guid, made))

    def one_of(request: web.Request, edit: bool) -> tuple[Any, dict[str, Any]]:
        content = access.content(request, connect, edit=edit)
        for one in content.permissions:
            if one["id"] == request.match_info["id"]:
                return content, one
        raise errors.error(4)

    async def permission(request: web.Request) -> web.Response:
        content, one = one_of(request, edit=False)
        return web.json_response(_permission(content.guid, one))

    async def update(request: web.Request) -> web.Response:
        content, one = one_of(request, edit=True)
        one.update(_validated(connect, {**one, **await access.body(request)}))
        return web.json_response(_permission(content.guid, one))

    async def remove(request: web.Request) -> web.Response:
        content, one = one_of(request, edit=True)
        content.permissions.remove(one)
        return web.Response(status=204)

    base = "/__api__/v1/content/{guid}"
    return [
        web.get(base + "/environment", names),
        web.patch(base + "/environment", change),
        web.put(base + "/environment", change),
        web.get(base + "/permissions", permissions),
        web.post(base + "/permissions", permit),
        web.get(base + "/permissions/{id}", permission),
        web.put(base + "/permissions/{id}", update),
        web.delete(base + "/permissions/{id}", remove),
    ]


def _validated(connect: Connect, given: dict[str, Any]) -> dict[str, Any]:
    kind, role, principal = given.get("principal_type"), given.get("role"), given.get("principal_guid")
    if kind not in ("user", "group"):
        raise errors.error(152)
    if role not in ("viewer", "owner"):
        raise errors.error(25, "The role must be 'viewer' or 'owner'.")
    people = connect.world.people.values()
    users = {person.connect_guid for person in people}
    groups = {guid(f"group:{name}") for person in people for name in person.groups}
    if principal not in (users if kind == "user" else groups):
        raise errors.error(9 if kind == "user" else 153)
    return {"principal_guid": principal, "principal_type": kind, "role": role}


def _permission(content_guid: str, one: dict[str, Any]) -> dict[str, Any]:
    return {"content_guid": content_guid, **one}
