"""SCIM: who the caller is, and (enough for pickers and owners' names) who the others are.

A kind of resource is a row of `KINDS`; lists filter, sort, page and choose attributes for all of them alike.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from portal.sandbox import errors, oidc, scim_filter
from portal.sandbox.routing import Call, Json, Query, Route, get, table
from portal.sandbox.scim_filter import Resource
from portal.sandbox.world import SERVICE_PRINCIPALS, Person, ServicePrincipal, World

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
        "groups": _memberships(person.groups),
        "entitlements": [{"value": name} for name in person.entitlements],
    }


def service_principal(one: ServicePrincipal) -> dict[str, Any]:
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServicePrincipal"],
        "id": one.id,
        "applicationId": one.application_id,
        "displayName": one.display_name,
        "active": True,
        "groups": _memberships(one.groups),
    }


def _memberships(names: tuple[str, ...]) -> list[dict[str, str]]:
    return [
        {"display": name, "type": "direct", "value": group_id(name), "$ref": f"Groups/{group_id(name)}"}
        for name in names
    ]


def group(world: World, name: str) -> dict[str, Any]:
    members = [("Users", one.id, one.display_name) for one in world.people.values() if name in one.groups]
    members += [("ServicePrincipals", one.id, one.display_name) for one in SERVICE_PRINCIPALS if name in one.groups]
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "id": group_id(name),
        "displayName": name,
        "members": [{"display": shown, "value": id, "$ref": f"{kind}/{id}"} for kind, id, shown in members],
        "meta": {"resourceType": "WorkspaceGroup"},
    }


@dataclass(frozen=True)
class Kind:
    """A kind of resource: its path, what a filter may name, and all there are of it."""

    path: str
    word: str
    attributes: frozenset[str]
    listed: Callable[[World], list[Resource]]


KINDS = (
    Kind(
        "Users", "User",
        frozenset({"id", "externalId", "userName", "displayName", "active", "name.givenName", "name.familyName",
                   "emails.value", "groups.display", "groups.value", "entitlements.value"}),
        lambda world: [user(person) for person in world.people.values()],
    ),
    Kind(
        "Groups", "Group", frozenset({"id", "displayName", "members.value", "members.display"}),
        lambda world: [group(world, name) for name in sorted({n for p in world.people.values() for n in p.groups})],
    ),
    Kind(
        "ServicePrincipals", "Service principal",
        frozenset({"id", "applicationId", "displayName", "active", "groups.display", "groups.value"}),
        lambda world: [service_principal(one) for one in SERVICE_PRINCIPALS],
    ),
)  # fmt: skip
MOST = 10_000
"""Resources in an answer."""


class Listed(Query):
    filter: str = ""
    startIndex: int = Field(1, ge=0)
    count: int = Field(100, ge=0, le=MOST)
    sortBy: str | None = None
    sortOrder: Literal["ascending", "descending"] = "ascending"
    attributes: str | None = None
    excludedAttributes: str | None = None


async def me(call: Call) -> Json:
    return user(call.person)


def of_kind(kind: Kind) -> list[Route]:
    async def listed(call: Call[Listed]) -> Json:
        asked, found = call.asked, kind.listed(call.world)
        if asked.filter.strip():
            try:
                wanted = scim_filter.parse(asked.filter, kind.attributes)
            except scim_filter.Refused as error:
                raise errors.ScimError(400, f"Invalid filter: {error}", "invalidFilter") from None
            found = [one for one in found if wanted(one)]
        return _listed(kind, found, asked)

    async def read(call: Call) -> Json:
        id = call.path["id"]
        found = next((one for one in kind.listed(call.world) if one["id"] == id), None)
        if found is None:
            raise errors.ScimError(404, f"{kind.word} with id {id} not found.")
        return found

    return [get(f"/{kind.path}", listed), get(f"/{kind.path}/{{id}}", read)]


def routes(world: World) -> list[Route]:
    """Of the workspace, and of the account that it belongs to, whose directory is the same."""
    kinds = [route for kind in KINDS for route in of_kind(kind)]
    account = f"/api/2.0/accounts/{oidc.ACCOUNT_ID}/scim/v2"
    return table("/api/2.0/preview/scim/v2", get("/Me", me), *kinds) + table(account, *kinds)


def _listed(kind: Kind, found: list[Resource], asked: Listed) -> Json:
    start, by = max(1, asked.startIndex), asked.sortBy
    if by is not None:
        if by not in kind.attributes or "." in by:
            raise errors.ScimError(400, f"{kind.path} cannot be sorted by {by!r}.", "invalidPath")
        descending = asked.sortOrder == "descending"
        found = sorted(found, key=lambda one: str(one.get(by, "")).casefold(), reverse=descending)
    page = [_chosen(one, asked) for one in found[start - 1 : start - 1 + asked.count]]
    return {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": len(found),
        "startIndex": start,
        "itemsPerPage": len(page),
        "Resources": page,
    }


def _chosen(one: Resource, asked: Listed) -> Resource:
    """With `attributes`, or without `excludedAttributes`; id and schemas are always there."""
    wanted, unwanted = _names(asked.attributes), _names(asked.excludedAttributes)
    kept = {"id", "schemas"}
    return {
        name: value
        for name, value in one.items()
        if name in kept or ((not wanted or name.casefold() in wanted) and name.casefold() not in unwanted)
    }


def _names(text: str | None) -> set[str]:
    """Of `userName,emails.value`: the attributes, case folded."""
    return {name.strip().partition(".")[0].casefold() for name in (text or "").split(",") if name.strip()}
