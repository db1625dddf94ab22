"""server_settings, the caller's own user, users and groups."""

from __future__ import annotations

import platform
from typing import Any

from aiohttp import web

from portal.sandbox.connect import errors
from portal.sandbox.connect.api import access
from portal.sandbox.connect.state import ROLES, TIME_OF_SEED, VERSION, Connect, guid
from portal.sandbox.world import Person


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


def routes(connect: Connect) -> list[web.RouteDef]:
    async def settings(request: web.Request) -> web.Response:
        """Anyone may ask; the version is part of it, as on a server that does not hide it."""
        port = int(connect.url.rsplit(":", 1)[-1])
        return web.json_response(
            {
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
        )

    async def python(request: web.Request) -> web.Response:
        access.caller(request)
        version = platform.python_version()
        installations = [{"version": version, "cluster_name": "Local", "image_name": "Local"}]
        return web.json_response({"installations": installations, "api_enabled": True})

    async def me(request: web.Request) -> web.Response:
        person = access.caller(request)
        privileges = {
            "administrator": ["administer", "publish_apps", "add_users", "manage_content", "view_app_settings"],
            "publisher": ["publish_apps", "manage_content", "view_app_settings"],
            "viewer": ["view_app_settings"],
        }[ROLES.get(person.key, "viewer")]
        return web.json_response({**user(person), "privileges": privileges})

    async def users(request: web.Request) -> web.Response:
        access.caller(request)
        prefix = request.query.get("prefix", "").lower()
        found = [p for p in connect.world.people.values() if prefix in f"{p.key} {p.display_name}".lower()]
        return web.json_response(_page([user(person) for person in found], request))

    async def get_user(request: web.Request) -> web.Response:
        access.caller(request)
        for person in connect.world.people.values():
            if person.connect_guid == request.match_info["guid"]:
                return web.json_response(user(person))
        raise errors.error(9)

    async def groups(request: web.Request) -> web.Response:
        access.caller(request)
        prefix = request.query.get("prefix", "").lower()
        names = sorted({name for person in connect.world.people.values() for name in person.groups})
        found = [
            {"guid": guid(f"group:{name}"), "name": name, "owner_guid": None, "gid": None}
            for name in names
            if name.startswith(prefix)
        ]
        return web.json_response(_page(found, request))

    api = "/__api__"
    return [
        web.get(f"{api}/server_settings", settings),
        web.get(f"{api}/v1/server_settings/python", python),
        web.get(f"{api}/v1/user", me),
        web.get(f"{api}/v1/users", users),
        web.get(api + "/v1/users/{guid}", get_user),
        web.get(f"{api}/v1/groups", groups),
    ]


def _page(found: list[dict[str, Any]], request: web.Request) -> dict[str, Any]:
    try:
        number, size = int(request.query.get("page_number", 1)), int(request.query.get("page_size", 20))
    except ValueError:
        raise errors.error(25, "page_number and page_size must be integers.") from None
    start = (number - 1) * size
    return {"results": found[start : start + size], "current_page": number, "total": len(found)}
