"""Who may call what: an API key (or the browser's session) first, then the role, then the content's own list."""

from __future__ import annotations

from typing import Any

from portal.sandbox.connect import errors
from portal.sandbox.connect.state import ROLES, Connect, Content
from portal.sandbox.routing import Call
from portal.sandbox.world import Person


def caller(call: Call[Any], role: str = "viewer") -> Person:
    """The person who calls; 401 for none, 403 if their role is less than `role`."""
    person: Person | None = call.request["person"]
    if person is None:
        raise errors.nobody(call.request)
    order = ("viewer", "publisher", "administrator")
    if order.index(ROLES.get(person.key, "viewer")) < order.index(role):
        raise errors.error(22)
    return person


def content(call: Call[Any], connect: Connect, edit: bool = False) -> Content:
    """The content of the path's `guid`, if the caller may see (or change) it."""
    person = caller(call)
    found = connect.contents.get(call.path["guid"])
    if found is None:
        raise errors.error(4)
    if not (found.may_edit(person) or found.may_view(person)):
        raise errors.error(19)
    if edit and not found.may_edit(person):
        raise errors.error(21)
    return found
