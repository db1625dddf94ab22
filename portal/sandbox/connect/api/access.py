"""Who may call what: an API key (or the browser's session) first, then the role, then the content's own list."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from portal.sandbox.connect import errors
from portal.sandbox.connect.state import ROLES, Connect, Content
from portal.sandbox.world import Person


def caller(request: web.Request, role: str = "viewer") -> Person:
    """The person who calls; 401 for none, 403 if their role is less than `role`."""
    person: Person | None = request["person"]
    if person is None:
        raise errors.error(30 if "Authorization" in request.headers else 24)
    order = ("viewer", "publisher", "administrator")
    if order.index(ROLES.get(person.key, "viewer")) < order.index(role):
        raise errors.error(22)
    return person


def content(request: web.Request, connect: Connect, edit: bool = False) -> Content:
    """The content of the path's `guid`, if the caller may see (or change) it."""
    person = caller(request)
    found = connect.contents.get(request.match_info["guid"])
    if found is None:
        raise errors.error(4)
    if not (found.may_edit(person) or found.may_view(person)):
        raise errors.error(19)
    if edit and not found.may_edit(person):
        raise errors.error(21)
    return found


async def body(request: web.Request) -> Any:
    """The request's JSON; an empty body is `{}`."""
    text = await request.text()
    if not text.strip():
        return {}
    try:
        return await request.json()
    except ValueError:
        raise errors.error(121) from None
