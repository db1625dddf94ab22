"""Saved queries: /api/2.0/sql/queries, and who may see them (/api/2.0/permissions/queries/<id>)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from pydantic import Field

from portal.sandbox import acl, errors, history, paging, visualizations
from portal.sandbox.routing import Body, Call, Json, Query, Route, delete, get, patch, post, table
from portal.sandbox.world import Acl, Person, World, written_time

LEVELS = acl.Levels(
    {
        "CAN_VIEW": "Can view the query",
        "CAN_RUN": "Can view and run the query",
        "CAN_EDIT": "Can change the query",
        "CAN_MANAGE": "Can change the query and its permissions",
    }
)
FIELDS = (
    "apply_auto_limit", "catalog", "description", "display_name", "parameters", "parent_path", "query_text",
    "run_as_mode", "schema", "tags", "warehouse_id",
)  # fmt: skip
VALUES: dict[str, type | tuple[type, ...]] = {
    "text_value": str, "numeric_value": (int, float), "date_value": str, "date_range_value": dict, "enum_value": list,
    "query_backed_value": list,
}  # fmt: skip
"""Kinds of parameters, and what the value of one is: `values` of those that are chosen."""
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
class SavedQuery(acl.Owned):
    id: str
    owner: Person
    fields: dict[str, Any]
    created: float
    updated: float
    modifier: str
    shared: Acl = field(default_factory=dict)
    """With whom beside the owner."""
    trashed: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            **{name: value for name, value in self.fields.items() if value is not None},
            "owner_user_name": self.owner.user_name,
            "last_modifier_user_name": self.modifier,
            "lifecycle_state": "TRASHED" if self.trashed else "ACTIVE",
            "create_time": written_time(self.created),
            "update_time": written_time(self.updated),
        }


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
            shared = {("group", group): "CAN_RUN" for group in groups}
            self.queries[id] = SavedQuery(id, person, fields, created, created, person.user_name, shared)
        self.visualizations = visualizations.seeded(self)
        history.seed(self.world)

    def find(self, id: str, person: Person, needed: str = "CAN_VIEW") -> SavedQuery:
        found = self.queries.get(id)
        if found is None or not LEVELS.may(found.acl, person, "CAN_VIEW"):
            raise errors.not_found(f"Query with id {id} does not exist.")
        LEVELS.require(found.acl, person, needed, f"query {id}")
        return found


class Listed(Query):
    page_size: int = Field(20, ge=0, le=100)
    page_token: str | None = None


class Create(Body):
    query: Json = Field(default_factory=dict)
    auto_resolve_display_name: bool = False


class Update(Create):
    update_mask: str = Field(min_length=1)


def routes(world: World) -> list[Route]:
    base = table(
        "/api/2.0/sql/queries",
        get("", listed),
        post("", create),
        get("/{id}", read),
        patch("/{id}", update),
        delete("/{id}", trash),
    )
    return base + acl.routes(PERMISSIONS)


def _found(call: Call[Any], needed: str = "CAN_VIEW") -> SavedQuery:
    saved: Saved = call.world.queries
    return saved.find(call.path["id"], call.person, needed)


PERMISSIONS = acl.Kind("queries", "query", LEVELS, _found, "CAN_VIEW", "CAN_MANAGE", folder="/sql/queries/")


async def listed(call: Call[Listed]) -> Json:
    """Those that the caller may see, oldest first, without their folders; trashed ones are not listed."""
    saved: Saved = call.world.queries
    kept = [one for one in saved.queries.values() if not one.trashed]
    seen = [one for one in kept if LEVELS.may(one.acl, call.person, "CAN_VIEW")]
    seen.sort(key=lambda one: (one.created, one.id))
    limit = call.asked.page_size or 20
    page = paging.page(seen, lambda one: (one.created, one.id), limit, call.asked.page_token, "queries")
    return page.answer(
        "results", lambda one: {name: value for name, value in one.as_dict().items() if name != "parent_path"}
    )


async def create(call: Call[Create]) -> Json:
    saved: Saved = call.world.queries
    given, person = call.asked.query, call.person
    _check_parameters(given)
    fields = {name: given[name] for name in FIELDS if name in given}
    fields.setdefault("parent_path", f"/Workspace/Users/{person.user_name}")
    fields.setdefault("run_as_mode", "OWNER")
    name = str(fields.get("display_name") or "New Query")
    fields["display_name"] = _free_name(saved, fields["parent_path"], name, call.asked.auto_resolve_display_name)
    now = call.world.clock.now()
    made = SavedQuery(str(uuid.uuid4()), person, fields, now, now, person.user_name)
    saved.queries[made.id] = made
    return made.as_dict()


async def read(call: Call) -> Json:
    return _found(call).as_dict()


async def update(call: Call[Update]) -> Json:
    """Only what `update_mask` names is changed; a name in it without a value is cleared."""
    _check_parameters(call.asked.query)
    found, given, mask = _found(call, "CAN_EDIT"), call.asked.query, call.asked.update_mask.split(",")
    names = [name for name in FIELDS if name != "parent_path"] if mask == ["*"] else [name.strip() for name in mask]
    for name in names:
        if name == "owner_user_name":
            owner = next((p for p in call.world.people.values() if p.user_name == given.get(name)), None)
            if owner is None:
                raise errors.invalid_parameter(f"User {given.get(name)} does not exist.")
            found.owner = owner
        elif name not in FIELDS or name == "parent_path":
            raise errors.invalid_parameter(f"Field {name} cannot be updated.")
        elif mask != ["*"] or name in given:
            found.fields[name] = given.get(name)
    found.updated, found.modifier = call.world.clock.now(), call.person.user_name
    return found.as_dict()


def _check_parameters(given: Json) -> None:
    """Each has a name and one kind of value, of its type."""
    for one in given.get("parameters") or ():
        kinds = [name for name in VALUES if one.get(name) is not None]
        name = one.get("name")
        if not name or len(kinds) > 1:
            raise errors.invalid_parameter(f"Parameter {name!r} needs a name and one kind of value.")
        for kind in kinds:
            key = "values" if VALUES[kind] is list else "value" if kind in ("text_value", "numeric_value") else kind
            value = one[kind].get(key)
            if value is not None and (not isinstance(value, VALUES[kind]) or isinstance(value, bool)):
                raise errors.invalid_parameter(f"Parameter {name!r} has a {kind} that is none.")


async def trash(call: Call) -> Json:
    _found(call, "CAN_MANAGE").trashed = True
    return {}


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
