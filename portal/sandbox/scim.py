"""SCIM: who the caller is, and (enough for pickers and owners' names) who the others are."""

from __future__ import annotations

import hashlib
from typing import Any

from aiohttp import web

from portal.sandbox import errors
from portal.sandbox.world import Person, World

USER_SCHEMAS = [
    "urn:ietf:params:scim:schemas:core:2.0:User",
    "urn:ietf:params:scim:schemas:extension:workspace:2.0:User",
]


def group_id(name: str) -> str:
    """A group's SCIM id: decimal digits, the same at each start."""
    return str(100_000_000_000_000 + int(hashlib.sha256(name.encode()).hexdigest()[:11], 16))


def user(person: Person) -> dict[str, Any]:
    """A SCIM user. `groups` holds the direct memberships, `entitlements` what was granted to the person."""
    given, _, family = person.display_name.partition(" ")
    return {
        "schemas": USER_SCHEMAS,
        "id": person.id,
        "externalId": person.connect_guid,
        "userName": person.user_name,
        "displayName": person.display_name,
        "active": True,
        "name": {"givenName": given, "familyName": family} if family else {"givenName": given},
        "emails": [{"type": "work", "value": person.user_name, "primary": True}],
        "groups": [
            {"display": name, "type": "direct", "value": group_id(name), "$ref": f"Groups/{group_id(name)}"}
            for name in person.groups
        ],
        "entitlements": [{"value": name} for name in person.entitlements],
    }


def routes(world: World) -> list[web.RouteDef]:
    async def me(request: web.Request) -> web.Response:
        return web.json_response(user(request["person"]))

    async def users(request: web.Request) -> web.Response:
        found = [user(person) for person in world.people.values()]
        wanted = _equality(request.query.get("filter", ""))
        if wanted is not None:
            attribute, value = wanted
            found = [one for one in found if str(one.get(attribute, "")).lower() == value.lower()]
        return _listed(found, request)

    async def get_user(request: web.Request) -> web.Response:
        for person in world.people.values():
            if person.id == request.match_info["id"]:
                return web.json_response(user(person))
        return _scim_error(404, f"User with id {request.match_info['id']} not found.")

    async def groups(request: web.Request) -> web.Response:
        names = sorted({name for person in world.people.values() for name in person.groups})
        found = [
            {
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
                "id": group_id(name),
                "displayName": name,
                "members": [
                    {"display": p.display_name, "value": p.id, "$ref": f"Users/{p.id}"}
                    for p in world.people.values()
                    if name in p.groups
                ],
            }
            for name in names
        ]
        return _listed(found, request)

    base = "/api/2.0/preview/scim/v2"
    return [
        web.get(f"{base}/Me", me),
        web.get(f"{base}/Users", users),
        web.get(base + "/Users/{id}", get_user),
        web.get(f"{base}/Groups", groups),
    ]


def _listed(found: list[dict[str, Any]], request: web.Request) -> web.Response:
    start = errors.number(request, "startIndex", 1) or 1
    count = errors.number(request, "count", 100)
    page = found[start - 1 : start - 1 + (100 if count is None else count)]
    return web.json_response(
        {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": len(found),
            "startIndex": start,
            "itemsPerPage": len(page),
            "Resources": page,
        }
    )


def _equality(text: str) -> tuple[str, str] | None:
    """`userName eq "a@b"` as (attribute, value); other filters are not imitated."""
    attribute, word, value = ([*text.split(" ", 2), "", "", ""])[:3]
    if word.lower() != "eq":
        return None
    return attribute, value.strip().strip("\"'")


def _scim_error(status: int, detail: str) -> web.Response:
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "detail": detail, "status": str(status)}
    return web.json_response(body, status=status)
