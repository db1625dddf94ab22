"""server_settings, the caller's own user, users and groups."""

from __future__ import annotations

import platform
from typing import Any, Literal

from pydantic import Field

from portal.sandbox.connect import errors
from portal.sandbox.connect.api import access
from portal.sandbox.connect.state import ROLES, TIME_OF_SEED, VERSION, Connect, guid
from portal.sandbox.routing import Call, Json, Query, Route, get
from portal.sandbox.world import Person


class Named(Query):
    prefix: str = ""
    page_number: int = Field(1, ge=1)
    page_size: int = Field(20, ge=1, le=500)


class Users(Named):
    user_role: Literal["viewer", "publisher", "administrator"] | None = None


def user(person: Person) -> dict[str, Any]:
    first, _, last = person.display_name.partition(" ")
    role = ROLES.get(person.key, "viewer")
    return {
        "guid": person.connect_guid,
        "email": person.user_name,
        "username": person.key,
        "first_name": first,
        "last_name": last,
        "user_role": role,
        "created_time": TIME_OF_SEED,
        "updated_time": TIME_OF_SEED,
        "active_time": TIME_OF_SEED,
        "confirmed": True,
        "locked": False,
    }


def routes(connect: Connect) -> list[Route]:
    async def settings(call: Call) -> Json:
        """Anyone may ask; the version is part of it, as on a server that does not hide it."""
        port = int(connect.url.rsplit(":", 1)[-1])
        return {
            "hostname": "127.0.0.1",
            "port": port,
            "version": VERSION,
            "build": "sandbox",
            "about": f"Posit Connect v{VERSION} (sandbox)",
            "authentication": {"handles_credentials": False, "name": "sandbox", "basic_auth": False},
            "license": {"ts": 4_102_444_800_000, "status": "activated", "expiration": 4_102_444_800_000},
            "login_path": "/__login__",
            "system_display_name": "Posit Connect",
            "oauth_integrations_enabled": True,
        }

    async def python(call: Call) -> Json:
        access.caller(call)
        version = platform.python_version()
        installations = [{"version": version, "cluster_name": "Local", "image_name": "Local"}]
        return {"installations": installations, "api_enabled": True}

    async def me(call: Call) -> Json:
        person = access.caller(call)
        privileges = {
            "administrator": ["administer", "publish_apps", "add_users", "manage_content", "view_app_settings"],
            "publisher": ["publish_apps", "manage_content", "view_app_settings"],
            "viewer": ["view_app_settings"],
        }[ROLES.get(person.key, "viewer")]
        return {**user(person), "privileges": privileges}

    async def users(call: Call[Users]) -> Json:
        access.caller(call)
        prefix, role = call.asked.prefix.lower(), call.asked.user_role
        found = [p for p in connect.world.people.values() if prefix in f"{p.key} {p.display_name}".lower()]
        found = [p for p in found if role in (None, ROLES.get(p.key, "viewer"))]
        return _page([user(person) for person in found], call.asked)

    async def get_user(call: Call) -> Json:
        access.caller(call)
        for person in connect.world.people.values():
            if person.connect_guid == call.path["guid"]:
                return user(person)
        raise errors.error(9)

    async def groups(call: Call[Named]) -> Json:
        access.caller(call)
        prefix = call.asked.prefix.lower()
        names = sorted({name for person in connect.world.people.values() for name in person.groups})
        found = [
            {"guid": guid(f"group:{name}"), "name": name, "owner_guid": None, "gid": None}
            for name in names
            if name.startswith(prefix)
        ]
        return _page(found, call.asked)

    api = "/__api__"
    return [
        get(f"{api}/server_settings", settings),
        get(f"{api}/v1/server_settings/python", python),
        get(f"{api}/v1/user", me),
        get(f"{api}/v1/users", users),
        get(api + "/v1/users/{guid}", get_user),
        get(f"{api}/v1/groups", groups),
    ]


def _page(found: list[Json], asked: Named) -> Json:
    start = (asked.page_number - 1) * asked.page_size
    return {
        "results": found[start : start + asked.page_size],
        "current_page": asked.page_number,
        "total": len(found),
    }
