"""A content's environment variables and its access list."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, RootModel

from portal.sandbox.connect import errors
from portal.sandbox.connect.api import access
from portal.sandbox.connect.processes import Processes
from portal.sandbox.connect.state import Connect, guid
from portal.sandbox.routing import Body, Call, Json, Route, delete, get, patch, post, put

NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")
RESERVED = {
    "CONNECT_SERVER", "CONNECT_API_KEY", "CONNECT_CONTENT_GUID", "POSIT_PRODUCT", "RSTUDIO_PRODUCT", "PATH", "HOME",
}  # fmt: skip
"""Connect sets these itself."""


class Variable(Body):
    name: str = ""
    value: Annotated[str | None, BeforeValidator(str)] = None


class Variables(RootModel[list[Variable]]):
    pass


class Permission(Body):
    """What it may hold is checked with what there is: see `_validated`."""


def routes(connect: Connect, processes: Processes) -> list[Route]:
    async def names(call: Call) -> list[str]:
        """Values are never told."""
        content = access.content(call, connect, edit=True)
        return sorted(content.environment)

    async def replace(call: Call[Variables]) -> list[str]:
        return await changed(call, {})

    async def change(call: Call[Variables]) -> list[str]:
        """What has no value is removed."""
        return await changed(call, access.content(call, connect, edit=True).environment)

    async def changed(call: Call[Variables], before: dict[str, str]) -> list[str]:
        """Running processes end: the next has the new ones."""
        content = access.content(call, connect, edit=True)
        given, after = call.asked.root, dict(before)
        if len({one.name for one in given}) < len(given):
            raise errors.error(149)
        for one in given:
            if not NAME.match(one.name) or one.name in RESERVED:
                raise errors.error(108)
            if one.value is None:
                after.pop(one.name, None)
            else:
                after[one.name] = one.value
        if after != content.environment:
            content.environment = after
            await processes.restart(content.guid)
        return sorted(after)

    async def permissions(call: Call) -> list[Json]:
        content = access.content(call, connect)
        return [_permission(content.guid, one) for one in content.permissions]

    async def permit(call: Call[Permission]) -> Json:
        content = access.content(call, connect, edit=True)
        given = _validated(connect, call.asked.sent())
        if any(one["principal_guid"] == given["principal_guid"] for one in content.permissions):
            raise errors.error(154 if given["principal_type"] == "user" else 155)
        made = {"id": connect.next_id(), **given}
        content.permissions.append(made)
        return _permission(content.guid, made)

    def one_of(call: Call[Any], edit: bool) -> tuple[Any, dict[str, Any]]:
        content = access.content(call, connect, edit=edit)
        for one in content.permissions:
            if one["id"] == call.path["id"]:
                return content, one
        raise errors.error(4)

    async def permission(call: Call) -> Json:
        content, one = one_of(call, edit=False)
        return _permission(content.guid, one)

    async def update(call: Call[Permission]) -> Json:
        content, one = one_of(call, edit=True)
        one.update(_validated(connect, {**one, **call.asked.sent()}))
        return _permission(content.guid, one)

    async def remove(call: Call) -> None:
        content, one = one_of(call, edit=True)
        content.permissions.remove(one)

    base = "/__api__/v1/content/{guid}"
    return [
        get(base + "/environment", names),
        patch(base + "/environment", change),
        put(base + "/environment", replace),
        get(base + "/permissions", permissions),
        post(base + "/permissions", permit),
        get(base + "/permissions/{id}", permission),
        put(base + "/permissions/{id}", update),
        delete(base + "/permissions/{id}", remove),
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
