"""Who may do what with an object that has a list of its own: one check for all of them, and their permissions API.

An object's `acl` is (kind of principal, name) -> level; names compare in any case. Unity Catalog has privileges
instead (`sql/catalog.py`), and Connect its own lists (`connect/api/access.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import Field

from portal.sandbox import errors
from portal.sandbox.routing import Body, Call, Json, Route, get, patch, put, table
from portal.sandbox.world import SERVICE_PRINCIPALS, Acl, Person, World

PRINCIPALS = ("group", "user", "service_principal")


@dataclass(frozen=True)
class Levels:
    """The levels of a kind of object, from the least to the most, with what each lets one do."""

    described: dict[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.described)

    def of(self, acl: Acl, person: Person) -> int:
        """Index of the most that a person may do; -1 for nothing."""
        mine = {person.user_name.casefold(), *(name.casefold() for name in person.groups)}
        words = (word for (_, name), word in acl.items() if name.casefold() in mine)
        return max(map(self.names.index, words), default=-1)

    def may(self, acl: Acl, person: Person, needed: str) -> bool:
        return self.of(acl, person) >= self.names.index(needed)

    def require(self, acl: Acl, person: Person, needed: str, what: str) -> None:
        if not self.may(acl, person, needed):
            enough = self.names[self.names.index(needed) :]
            words = " or ".join(
                name.removeprefix("CAN_").removeprefix("IS_").replace("_", " ").title() for name in enough
            )
            raise errors.permission_denied(f"User {person.user_name} does not have {words} permissions on {what}.")

    def parsed(self, listed: list[Json]) -> Acl:
        """AccessControlRequest objects."""
        acl: Acl = {}
        for one in listed:
            level = one.get("permission_level")
            if level not in self.names:
                raise errors.invalid_parameter(f"Invalid permission level: {level!r}.")
            kind = next((kind for kind in PRINCIPALS if one.get(f"{kind}_name")), None)
            if kind is None:
                raise errors.invalid_parameter(
                    "An access control entry needs user_name, group_name or service_principal_name."
                )
            acl[(kind, str(one[f"{kind}_name"]))] = level
        return acl


class Owned:
    """An object whose owner may do everything, whoever it is shared with. `ALL` is its kind's highest level."""

    ALL = "CAN_MANAGE"
    owner: Person
    shared: Acl

    @property
    def acl(self) -> Acl:
        return {**self.shared, ("user", self.owner.user_name): self.ALL}

    @acl.setter
    def acl(self, given: Acl) -> None:
        self.shared = {who: level for who, level in given.items() if who != ("user", self.owner.user_name)}


class Guarded(Protocol):
    """An object with a list."""

    acl: Acl


@dataclass(frozen=True)
class Kind:
    """A kind of object in `/api/2.0/permissions/<path>/<id>`."""

    path: str
    object_type: str
    """As the answers name it: `job` where the path says `jobs`."""
    levels: Levels
    find: Callable[[Call[Any], str], Guarded]
    """The object of the path's `id` for a caller who has the level, or the room's own refusal."""
    reading: str
    """The level that reading the list takes."""
    changing: str
    one_owner: bool = False
    """IS_OWNER is held by exactly one."""
    folder: str = ""
    """Where its admins' level comes from; objects live at `<folder><id>`."""


class Given(Body):
    access_control_list: list[Json] = Field(default_factory=list)


def routes(kind: Kind) -> list[Route]:
    """The permissions of a kind of object."""

    async def read(call: Call) -> Json:
        return as_dict(call.world, kind, call.path["id"], kind.find(call, kind.reading).acl)

    async def levels(call: Call) -> Json:
        kind.find(call, kind.levels.names[0])
        described = kind.levels.described.items()
        return {"permission_levels": [{"permission_level": k, "description": v} for k, v in described]}

    def changed(call: Call[Given], before: Callable[[Acl], Acl]) -> Json:
        found = kind.find(call, kind.changing)
        given = kind.levels.parsed(call.asked.access_control_list)
        acl = before(found.acl)
        if kind.one_owner:
            if "IS_OWNER" in given.values():
                acl = {who: level for who, level in acl.items() if level != "IS_OWNER"}
            elif "IS_OWNER" not in acl.values():
                raise errors.invalid_parameter(f"The {kind.object_type} must have exactly one owner.")
        found.acl = {**acl, **given}
        return as_dict(call.world, kind, call.path["id"], found.acl)

    async def replace(call: Call[Given]) -> Json:
        """All but what is inherited."""
        return changed(call, lambda acl: {who: level for who, level in acl.items() if who == ADMINS})

    async def add(call: Call[Given]) -> Json:
        return changed(call, dict)

    return table(
        f"/api/2.0/permissions/{kind.path}/{{id}}",
        get("", read), get("/permissionLevels", levels), put("", replace), patch("", add),
    )  # fmt: skip


ADMINS = ("group", "admins")
"""Inherited by every object, from its folder."""


def as_dict(world: World, kind: Kind, id: str, acl: Acl) -> Json:
    """ObjectPermissions. People and service principals come with the name that the directory shows for them, where it
    knows them."""
    shown = {person.user_name.casefold(): person.display_name for person in world.people.values()}
    shown |= {one.application_id: one.display_name for one in SERVICE_PRINCIPALS}
    listed: list[Json] = []
    for who, level in sorted(acl.items()):
        principal, name = who
        permission: Json = {"permission_level": level, "inherited": who == ADMINS}
        if who == ADMINS:
            permission["inherited_from_object"] = [kind.folder]
        entry: Json = {f"{principal}_name": name, "all_permissions": [permission]}
        if principal != "group" and name.casefold() in shown:
            entry["display_name"] = shown[name.casefold()]
        listed.append(entry)
    return {"object_id": f"{kind.folder}{id}", "object_type": kind.object_type, "access_control_list": listed}
