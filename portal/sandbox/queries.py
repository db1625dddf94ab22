"""Saved queries: /api/2.0/sql/queries, and who may see them (/api/2.0/permissions/queries/<id>)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from portal.sandbox import errors, history, paging
from portal.sandbox.world import Person, World

LEVELS = ("CAN_VIEW", "CAN_RUN", "CAN_EDIT", "CAN_MANAGE")
FIELDS = (
    "apply_auto_limit", "catalog", "description", "display_name", "parameters", "parent_path", "query_text",
    "run_as_mode", "schema", "tags", "warehouse_id",
)  # fmt: skip
NAMESPACE = uuid.UUID("0c0f6a4e-53f2-4b1c-9a57-0d7f2c2b9a01")
SEEDS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("Orders by region", "engineer", "SELECT region, count(*) AS orders, sum(amount) AS amount\n"
     "FROM main.sales.orders\nGROUP BY region\nORDER BY region", ("users",)),
    ("Busiest pickup hours", "engineer", "SELECT hour(tpep_pickup_datetime) AS hour, count(*) AS trips\n"
     "FROM samples.nyctaxi.trips\nGROUP BY ALL\nORDER BY trips DESC", ("users",)),
    ("Nation revenue", "engineer", "SELECT n_name, sum(o_totalprice) AS revenue\nFROM samples.tpch.orders\n"
     "JOIN samples.tpch.customer ON o_custkey = c_custkey\nJOIN samples.tpch.nation ON c_nationkey = n_nationkey\n"
     "GROUP BY n_name\nORDER BY revenue DESC\nLIMIT 10", ("analysts",)),
    ("Salaries", "engineer", "SELECT * FROM main.hr.people", ()),
    ("West's open orders", "analyst-west", "SELECT * FROM main.sales.orders WHERE status = 'open'", ()),
    ("East's open orders", "analyst-east", "SELECT * FROM main.sales.orders WHERE status = 'open'", ("analysts",)),
)  # fmt: skip
"""Display name, owner, text, groups that may run it."""


@dataclass
class SavedQuery:
    id: str
    owner: Person
    fields: dict[str, Any]
    created: float
    updated: float
    modifier: str
    acl: dict[tuple[str, str], str] = field(default_factory=dict)
    trashed: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            **{name: value for name, value in self.fields.items() if value is not None},
            "owner_user_name": self.owner.user_name,
            "last_modifier_user_name": self.modifier,
            "lifecycle_state": "TRASHED" if self.trashed else "ACTIVE",
            "create_time": _time(self.created),
            "update_time": _time(self.updated),
        }

    def level(self, person: Person) -> int:
        """Index in LEVELS; -1 for nothing."""
        if person == self.owner:
            return len(LEVELS) - 1
        mine = {("user", person.user_name), *(("group", name) for name in person.groups)}
        return max((LEVELS.index(word) for who, word in self.acl.items() if who in mine), default=-1)


class Saved:
    """`world.queries`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.reset()

    def reset(self) -> None:
        self.queries: dict[str, SavedQuery] = {}
        hour = self.world.clock.now() // 3600 * 3600
        for index, (name, owner, text, groups) in enumerate(SEEDS):
            person = self.world.people[owner]
            fields = {
                "display_name": name, "query_text": text, "warehouse_id": next(iter(self.world.warehouses)),
                "parent_path": f"/Workspace/Users/{person.user_name}", "run_as_mode": "VIEWER",
                "apply_auto_limit": True, "description": "", "tags": ["sandbox"] if groups else [],
            }  # fmt: skip
            id = str(uuid.uuid5(NAMESPACE, name))
            created = hour - 86400.0 * (40 - index)
            acl = {("group", group): "CAN_RUN" for group in groups}
            self.queries[id] = SavedQuery(id, person, fields, created, created, person.user_name, acl)
        history.seed(self.world)

    def find(self, request: web.Request, needed: str = "CAN_VIEW") -> SavedQuery:
        id = request.match_info["id"]
        found = self.queries.get(id)
        if found is None or found.level(request["person"]) < 0:
            raise errors.not_found(f"Query with id {id} does not exist.")
        if found.level(request["person"]) < LEVELS.index(needed):
            raise errors.permission_denied(f"You do not have {needed} permission on query {id}.")
        return found


def routes(world: World) -> list[web.RouteDef]:
    saved: Saved = world.queries

    async def listed(request: web.Request) -> web.Response:
        """Those that the caller may see, oldest first, without their folders; trashed ones are not listed."""
        limit = errors.number(request, "page_size", 20)
        if limit is None or not 0 <= limit <= 100:
            raise errors.invalid_parameter(f"page_size must be between 0 and 100, got {limit}.")
        seen = [one for one in saved.queries.values() if one.level(request["person"]) >= 0 and not one.trashed]
        seen.sort(key=lambda one: (one.created, one.id))
        page = paging.page(
            seen, lambda one: (one.created, one.id), limit or 20, request.query.get("page_token"), "queries"
        )
        body: dict[str, Any] = {}
        if page.items:
            shown = [one.as_dict() for one in page.items]
            body["results"] = [{k: v for k, v in one.items() if k != "parent_path"} for one in shown]
        if page.next_token:
            body["next_page_token"] = page.next_token
        return web.json_response(body)

    async def create(request: web.Request) -> web.Response:
        body, person = await errors.json_body(request), request["person"]
        given = body.get("query") or {}
        fields = {name: given[name] for name in FIELDS if name in given}
        fields.setdefault("parent_path", f"/Workspace/Users/{person.user_name}")
        fields.setdefault("run_as_mode", "OWNER")
        fields["display_name"] = _free_name(
            saved, fields["parent_path"], str(fields.get("display_name") or "New Query"),
            bool(body.get("auto_resolve_display_name")),
        )  # fmt: skip
        now = world.clock.now()
        made = SavedQuery(str(uuid.uuid4()), person, fields, now, now, person.user_name)
        saved.queries[made.id] = made
        return web.json_response(made.as_dict())

    async def get(request: web.Request) -> web.Response:
        return web.json_response(saved.find(request).as_dict())

    async def update(request: web.Request) -> web.Response:
        """Only what `update_mask` names is changed; a name in it without a value is cleared."""
        body = await errors.json_body(request)
        found = saved.find(request, "CAN_EDIT")
        mask = str(body.get("update_mask") or "").split(",")
        if mask == [""]:
            raise errors.invalid_parameter("update_mask is required.")
        given = body.get("query") or {}
        names = [name for name in FIELDS if name != "parent_path"] if mask == ["*"] else [name.strip() for name in mask]
        for name in names:
            if name == "owner_user_name":
                owner = next((p for p in world.people.values() if p.user_name == given.get(name)), None)
                if owner is None:
                    raise errors.invalid_parameter(f"User {given.get(name)} does not exist.")
                found.owner = owner
            elif name not in FIELDS or name == "parent_path":
                raise errors.invalid_parameter(f"Field {name} cannot be updated.")
            elif mask != ["*"] or name in given:
                found.fields[name] = given.get(name)
        found.updated, found.modifier = world.clock.now(), request["person"].user_name
        return web.json_response(found.as_dict())

    async def trash(request: web.Request) -> web.Response:
        saved.find(request, "CAN_MANAGE").trashed = True
        return web.json_response({})

    async def visualizations(request: web.Request) -> web.Response:
        saved.find(request)
        return web.json_response({})

    async def permissions(request: web.Request) -> web.Response:
        return web.json_response(_acl(saved.find(request)))

    async def permit(request: web.Request) -> web.Response:
        """PUT replaces the list, PATCH adds to it."""
        found = saved.find(request, "CAN_MANAGE")
        body = await errors.json_body(request)
        given: dict[tuple[str, str], str] = {}
        for one in body.get("access_control_list") or []:
            if one.get("permission_level") not in LEVELS:
                raise errors.invalid_parameter(f"Invalid permission level: {one.get('permission_level')!r}.")
            kind = "group" if one.get("group_name") else "user"
            given[(kind, one.get(f"{kind}_name", ""))] = one["permission_level"]
        found.acl = {**found.acl, **given} if request.method == "PATCH" else given
        return web.json_response(_acl(found))

    base, granted = "/api/2.0/sql/queries", "/api/2.0/permissions/queries/{id}"
    return [
        web.get(base, listed),
        web.post(base, create),
        web.get(base + "/{id}", get),
        web.patch(base + "/{id}", update),
        web.delete(base + "/{id}", trash),
        web.get(base + "/{id}/visualizations", visualizations),
        web.get(granted, permissions),
        web.put(granted, permit),
        web.patch(granted, permit),
        *history.routes(world),
    ]


def _acl(query: SavedQuery) -> dict[str, Any]:
    entries: list[dict[str, Any]] = [
        {
            "user_name": query.owner.user_name,
            "all_permissions": [{"permission_level": "CAN_MANAGE", "inherited": False}],
        }
    ]
    for (kind, name), word in sorted(query.acl.items()):
        entries.append({f"{kind}_name": name, "all_permissions": [{"permission_level": word, "inherited": False}]})
    return {"object_id": f"/sql/queries/{query.id}", "object_type": "query", "access_control_list": entries}


def _free_name(saved: Saved, folder: str, name: str, resolve: bool) -> str:
    """The name, or `name (1)`, … if it is taken in the folder and may be resolved."""
    taken = {
        one.fields.get("display_name")
        for one in saved.queries.values()
        if one.fields.get("parent_path") == folder and not one.trashed
    }
    if name not in taken:
        return name
    if not resolve:
        raise errors.ApiError(400, "RESOURCE_ALREADY_EXISTS", f"Node named '{name}' already exists")
    number = 1
    while f"{name} ({number})" in taken:
        number += 1
    return f"{name} ({number})"


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
