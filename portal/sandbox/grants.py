"""Unity Catalog's permissions, effective permissions and tags of a securable."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aiohttp import web

from portal.sandbox import errors
from portal.sandbox.world import Person, World

if TYPE_CHECKING:
    from portal.sandbox.catalog import Rest

LEAST_PAGE = 150
"""`max_results` of permissions is 0 or at least this: one principal's assignment is never split."""
ENTITY_TYPES = ("catalogs", "schemas", "tables", "columns", "volumes")


class Grants:
    def __init__(self, world: World) -> None:
        from portal.sandbox.catalog import Rest

        self.world = world
        self.rest: Rest = Rest(world)

    def routes(self, base: str) -> list[web.RouteDef]:
        tags = base + "/entity-tag-assignments/{type}/{name}/tags"
        return [
            web.get(base + "/permissions/{type}/{full_name}", self.direct),
            web.get(base + "/effective-permissions/{type}/{full_name}", self.effective),
            web.get(tags, self.tags),
            web.get(tags + "/{key}", self.tag),
        ]

    def chain(self, person: Person, kind: str, full_name: str) -> list[tuple[str, Any]]:
        """The securable and its parents, (SecurableType, info), the securable first."""
        kind = kind.upper()
        rest = self.rest
        if kind == "CATALOG":
            return [("CATALOG", rest.find_catalog(person, full_name))]
        if kind == "SCHEMA":
            catalog = full_name.partition(".")[0]
            return [("SCHEMA", rest.find_schema(person, full_name)), *self.chain(person, "CATALOG", catalog)]
        if kind == "TABLE":
            table, _ = rest.find_table(person, full_name)
            return [("TABLE", table), *self.chain(person, "SCHEMA", f"{table.catalog_name}.{table.schema_name}")]
        raise errors.invalid_parameter(f"Unsupported securable type: {kind}.")

    def assignments(self, request: web.Request) -> Iterator[tuple[str, str, str, str]]:
        """(principal, privilege, securable type, securable name) that the caller may know of.

        An owner, and whoever may manage it, sees every grant; others see their own and their groups'.
        """
        person: Person = request["person"]
        chain = self.chain(person, request.match_info["type"], request.match_info["full_name"])
        mine = {person.user_name, *person.groups, "account users"}
        everything = any(
            info.owner == person.user_name
            or any({"ALL_PRIVILEGES", "MANAGE"} & set(info.grants.get(principal, ())) for principal in mine)
            for _, info in chain
        )
        only = request.query.get("principal")
        for kind, info in chain:
            name = getattr(info, "full_name", info.name)
            for principal, privileges in sorted(info.grants.items()):
                if (everything or principal in mine) and only in (None, "", principal):
                    for privilege in privileges:
                        yield principal, privilege, kind, name

    async def direct(self, request: web.Request) -> web.Response:
        self._limit(request)
        kind = request.match_info["type"].upper()
        found: dict[str, list[str]] = {}
        for principal, privilege, of, _ in self.assignments(request):
            if of == kind:
                found.setdefault(principal, []).append(privilege)
        return web.json_response(
            {"privilege_assignments": [{"principal": who, "privileges": what} for who, what in found.items()]}
        )

    async def effective(self, request: web.Request) -> web.Response:
        """With what is inherited from the schema and the catalog, and from where."""
        self._limit(request)
        kind = request.match_info["type"].upper()
        found: dict[str, list[dict[str, str]]] = {}
        for principal, privilege, of, name in self.assignments(request):
            shown = {"privilege": privilege}
            if of != kind:
                shown |= {"inherited_from_type": of, "inherited_from_name": name}
            found.setdefault(principal, []).append(shown)
        return web.json_response(
            {"privilege_assignments": [{"principal": who, "privileges": what} for who, what in found.items()]}
        )

    def _limit(self, request: web.Request) -> None:
        wanted = errors.number(request, "max_results")
        if wanted is not None and wanted != 0 and wanted < LEAST_PAGE:
            raise errors.invalid_parameter(f"max_results must be 0 or at least {LEAST_PAGE}, got {wanted}.")

    def tags_of(self, request: web.Request) -> list[dict[str, Any]]:
        kind, name = request.match_info["type"], request.match_info["name"]
        if kind not in ENTITY_TYPES:
            raise errors.invalid_parameter(f"Unsupported entity type: {kind}.")
        if kind == "columns":
            table, _, column = name.rpartition(".")
            found, _ = self.rest.find_table(request["person"], table)
            if found.column(column) is None:
                raise errors.not_found(f"Column '{name}' does not exist.", "COLUMN_DOES_NOT_EXIST")
            return []
        info = self.chain(request["person"], kind.removesuffix("s"), name)[0][1]
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

    async def tags(self, request: web.Request) -> web.Response:
        found = self.tags_of(request)
        return web.json_response({"tag_assignments": found} if found else {})

    async def tag(self, request: web.Request) -> web.Response:
        key = request.match_info["key"]
        for one in self.tags_of(request):
            if one["tag_key"] == key:
                return web.json_response(one)
        raise errors.not_found(f"Tag assignment '{key}' does not exist.", "TAG_ASSIGNMENT_DOES_NOT_EXIST")
