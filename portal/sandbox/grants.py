"""Unity Catalog's permissions, effective permissions and tags of a securable."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator

from portal.sandbox import errors, finding
from portal.sandbox.routing import Call, Json, Query, Route, get, table

LEAST_PAGE = 150
"""`max_results` of permissions is 0 or at least this: one principal's assignment is never split."""
ENTITY_TYPES = ("catalogs", "schemas", "tables", "columns", "volumes")


def _whole(count: int) -> int:
    if 0 != count < LEAST_PAGE:
        raise ValueError(f"must be 0 or at least {LEAST_PAGE}")
    return count


class Asked(Query):
    """All assignments fit on one page."""

    principal: str | None = None
    max_results: Annotated[int, AfterValidator(_whole)] = 0
    page_token: str | None = None


class Tags(Query):
    max_results: int | None = None
    page_token: str | None = None


def routes(base: str) -> list[Route]:
    of = "/entity-tag-assignments/{type}/{name}/tags"
    return table(
        base,
        get("/permissions/{type}/{full_name}", direct),
        get("/effective-permissions/{type}/{full_name}", effective),
        get(of, tags),
        get(of + "/{key}", tag),
    )


def _chain(call: Call[Any], kind: str, full_name: str) -> list[tuple[str, Any]]:
    """The securable and its parents, (SecurableType, info), the securable first."""
    kind = kind.upper()
    if kind == "CATALOG":
        return [("CATALOG", finding.catalog(call, full_name))]
    if kind == "SCHEMA":
        parent = full_name.partition(".")[0]
        return [("SCHEMA", finding.schema(call, full_name)), *_chain(call, "CATALOG", parent)]
    if kind == "TABLE":
        found, _ = finding.table(call, full_name)
        return [("TABLE", found), *_chain(call, "SCHEMA", f"{found.catalog_name}.{found.schema_name}")]
    if kind == "VOLUME":
        held = finding.volume(call, full_name)
        return [("VOLUME", held), *_chain(call, "SCHEMA", held.schema)]
    raise errors.invalid_parameter(f"Unsupported securable type: {kind}.")


def _assignments(call: Call[Asked]) -> Iterator[tuple[str, str, str, str]]:
    """(principal, privilege, securable type, securable name) that the caller may know of.

    An owner, and whoever may manage it, sees every grant; others see their own and their groups'.
    """
    person = call.person
    chain = _chain(call, call.path["type"], call.path["full_name"])
    mine = {person.user_name, *person.groups, "account users"}
    everything = any(
        info.owner == person.user_name
        or any({"ALL_PRIVILEGES", "MANAGE"} & set(info.grants.get(principal, ())) for principal in mine)
        for _, info in chain
    )
    only = call.asked.principal.casefold() if call.asked.principal is not None else None
    for kind, info in chain:
        name = getattr(info, "full_name", info.name)
        for principal, privileges in sorted(info.grants.items()):
            if (everything or principal in mine) and only in (None, principal.casefold()):
                for privilege in privileges:
                    yield principal, privilege, kind, name


async def direct(call: Call[Asked]) -> Json:
    kind = call.path["type"].upper()
    found: dict[str, list[str]] = {}
    for principal, privilege, of, _ in _assignments(call):
        if of == kind:
            found.setdefault(principal, []).append(privilege)
    return {"privilege_assignments": [{"principal": who, "privileges": what} for who, what in found.items()]}


async def effective(call: Call[Asked]) -> Json:
    """With what is inherited from the schema and the catalog, and from where."""
    kind = call.path["type"].upper()
    found: dict[str, list[dict[str, str]]] = {}
    for principal, privilege, of, name in _assignments(call):
        shown = {"privilege": privilege}
        if of != kind:
            shown |= {"inherited_from_type": of, "inherited_from_name": name}
        found.setdefault(principal, []).append(shown)
    return {"privilege_assignments": [{"principal": who, "privileges": what} for who, what in found.items()]}


def _tags(call: Call[Any]) -> list[Json]:
    kind, name = call.path["type"], call.path["name"]
    if kind not in ENTITY_TYPES:
        raise errors.invalid_parameter(f"Unsupported entity type: {kind}.")
    if kind == "columns":
        parent, _, column = name.rpartition(".")
        found, _ = finding.table(call, parent)
        if found.column(column) is None:
            raise errors.not_found(f"Column '{name}' does not exist.", "COLUMN_DOES_NOT_EXIST")
        return []
    info = _chain(call, kind.removesuffix("s"), name)[0][1]
    updated = datetime.fromtimestamp(info.created_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return [
        {
            "entity_type": kind,
            "entity_name": name,
            "tag_key": key,
            "tag_value": value,
            "updated_by": info.owner,
            "update_time": updated,
        }
        for key, value in sorted(info.tags.items())
    ]


async def tags(call: Call[Tags]) -> Json:
    found = _tags(call)
    return {"tag_assignments": found} if found else {}


async def tag(call: Call) -> Json:
    key = call.path["key"]
    for one in _tags(call):
        if one["tag_key"] == key:
            return one
    raise errors.not_found(f"Tag assignment '{key}' does not exist.", "TAG_ASSIGNMENT_DOES_NOT_EXIST")
