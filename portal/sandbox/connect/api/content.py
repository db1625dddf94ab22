"""Content items: list, get, create, update, delete."""

from __future__ import annotations

import re
import uuid
from typing import Any

from portal.sandbox.connect import errors
from portal.sandbox.connect.api import access
from portal.sandbox.connect.api.server import user
from portal.sandbox.connect.processes import Processes
from portal.sandbox.connect.state import Connect, Content
from portal.sandbox.routing import Body, Call, Json, Query, Route, delete, get, patch, post
from portal.sandbox.world import Person

DEFAULTS: dict[str, Any] = {
    "connection_timeout": None,
    "read_timeout": None,
    "init_timeout": None,
    "idle_timeout": None,
    "max_processes": None,
    "min_processes": None,
    "max_conns_per_process": None,
    "load_factor": None,
    "memory_request": None,
    "memory_limit": None,
    "cpu_request": None,
    "cpu_limit": None,
    "amd_gpu_limit": None,
    "nvidia_gpu_limit": None,
    "service_account_name": None,
    "default_image_name": None,
    "environment_guid": None,
    "cluster_name": "Local",
    "image_name": "Local",
    "r_version": None,
    "quarto_version": None,
    "nodejs_version": None,
    "r_environment_management": None,
    "default_r_environment_management": None,
    "py_environment_management": True,
    "default_py_environment_management": None,
    "run_as": None,
    "run_as_current_user": False,
    "extension": False,
    "locked": False,
    "locked_message": "",
}
"""Fields that a publisher may set and that only some of the sandbox heeds (idle_timeout does)."""
NAME = re.compile(r"^[A-Za-z0-9_.-]{3,64}$")


def as_dict(
    connect: Connect, content: Content, person: Person, include: frozenset[str] = frozenset()
) -> dict[str, Any]:
    role = "owner" if content.owner == person else "editor" if content.may_edit(person) else "viewer"
    body: dict[str, Any] = {
        "guid": content.guid,
        "name": content.name,
        "title": content.title,
        "description": content.description,
        "access_type": content.access_type,
        **DEFAULTS,
        **content.settings,
        "created_time": content.created_time,
        "last_deployed_time": content.last_deployed_time or content.created_time,
        "bundle_id": content.bundle_id,
        "app_mode": content.app_mode,
        "content_category": "",
        "parameterized": False,
        "py_version": content.py_version,
        "owner_guid": content.owner.connect_guid,
        "content_url": f"{connect.url}/content/{content.guid}/",
        "dashboard_url": f"{connect.url}/connect/#/apps/{content.guid}",
        "app_role": role,
        "vanity_url": None,
        "id": content.id,
    }
    if "owner" in include:
        owner = user(content.owner)
        body["owner"] = {name: owner[name] for name in ("guid", "username", "first_name", "last_name")}
    if "tags" in include:
        body["tags"] = []
    return body


class Included(Query):
    include: str = ""

    @property
    def included(self) -> frozenset[str]:
        return frozenset(self.include.split(","))


class Listed(Included):
    name: str | None = None
    owner_guid: str | None = None


class Settings(Body):
    """And every name of `DEFAULTS`."""

    name: str = ""
    title: str = ""
    description: str = ""
    access_type: str = ""
    owner_guid: str = ""


def routes(connect: Connect, processes: Processes) -> list[Route]:
    async def listed(call: Call[Listed]) -> list[Json]:
        person = access.caller(call)
        found = [c for c in connect.contents.values() if c.may_view(person) or c.may_edit(person)]
        name, owner = call.asked.name, call.asked.owner_guid
        found = [c for c in found if name is None or c.name == name]
        found = [c for c in found if owner is None or c.owner.connect_guid == owner]
        return [as_dict(connect, content, person, call.asked.included) for content in found]

    async def read(call: Call[Included]) -> Json:
        content = access.content(call, connect)
        return as_dict(connect, content, call.person, call.asked.included)

    async def create(call: Call[Settings]) -> Json:
        person = access.caller(call, "publisher")
        given = call.asked.sent()
        name = str(given.get("name") or uuid.uuid4().hex[:16])
        if not NAME.match(name):
            raise errors.error(5)
        if any(c.name == name and c.owner == person for c in connect.contents.values()):
            raise errors.error(26)
        content = Content(str(uuid.uuid4()), connect.next_id(), name, person, connect.now_text(), access_type="acl")
        _set(content, given)
        connect.contents[content.guid] = content
        return as_dict(connect, content, person)

    async def update(call: Call[Settings]) -> Json:
        content = access.content(call, connect, edit=True)
        given = call.asked.sent()
        _set(content, given)
        if owner := given.get("owner_guid"):
            found = next((p for p in connect.world.people.values() if p.connect_guid == owner), None)
            if found is None:
                raise errors.error(9)
            content.owner = found
        return as_dict(connect, content, call.person)

    async def remove(call: Call) -> None:
        content = access.content(call, connect, edit=True)
        await processes.restart(content.guid)
        del connect.contents[content.guid]

    async def application(call: Call) -> Json:
        """The older API's view of a content, by its number or guid: rsconnect-python asks it for a numeric id."""
        person = access.caller(call)
        wanted = call.path["id"]
        for content in connect.contents.values():
            if wanted in (content.id, content.guid) and (content.may_view(person) or content.may_edit(person)):
                body = as_dict(connect, content, person)
                return {**body, "id": int(content.id), "url": body["content_url"]}
        raise errors.error(4)

    async def tags(call: Call) -> list[Json]:
        access.content(call, connect)
        return []

    async def no_repository(call: Call) -> None:
        access.content(call, connect)
        raise errors.error(4)

    base = "/__api__/v1/content"
    return [
        get("/__api__/applications/{id}", application),
        get(base + "/{guid}/tags", tags),
        get(base + "/{guid}/repository", no_repository),
        get(base, listed),
        post(base, create),
        get(base + "/{guid}", read),
        patch(base + "/{guid}", update),
        delete(base + "/{guid}", remove),
    ]


def _set(content: Content, given: dict[str, Any]) -> None:
    access_type = given.get("access_type", content.access_type)
    if access_type not in ("all", "logged_in", "acl"):
        raise errors.error(117)
    title = given.get("title")
    if title is not None and not 3 <= len(title) <= 1024:
        raise errors.error(122)
    content.access_type = access_type
    for name in ("name", "title", "description"):
        if name in given:
            setattr(content, name, given[name])
    for name in DEFAULTS:
        if name in given:
            content.settings[name] = given[name]
