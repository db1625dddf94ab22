"""`/api/2.0/lineage-tracking`: one hop of lineage, for whoever may browse the table.

The SDK has no method for it. Shape and members: what publicly kept clients send and read (datahub's and metaphor's
Unity Catalog sources), and the fragments of the workspace's own page (`hasPermission`, `dashboardV3Infos`, …).
"""

from __future__ import annotations

from datetime import UTC, datetime

from portal.sandbox import errors
from portal.sandbox.lineage.events import Lineage, Neighbour
from portal.sandbox.routing import Call, Flag, Json, Query, Route, get, table
from portal.sandbox.world import Person, World

INFOS = {
    "JOB": ("jobInfos", "job_id"),
    "DBSQL_QUERY": ("queryInfos", "query_id"),
    "DASHBOARD_V3": ("dashboardV3Infos", "dashboard_id"),
    "ALERT": ("alertInfos", "alert_id"),
}


class OfTable(Query):
    table_name: str
    include_entity_lineage: Flag = False


class OfColumn(Query):
    table_name: str
    column_name: str


def routes(world: World) -> list[Route]:
    return table("/api/2.0/lineage-tracking", get("/table-lineage", of_table), get("/column-lineage", of_column))


def _known(world: World, person: Person, given: str) -> str:
    found = world.engine.table(person, given)
    if found is None:
        raise errors.not_found(f"Table '{given}' does not exist.", "TABLE_DOES_NOT_EXIST")
    return str(found.full_name.lower())


async def of_table(call: Call[OfTable]) -> Json:
    """Its neighbours of one hop. One that the caller may not see has `has_permission: false` and no name."""
    lineage: Lineage = call.world.lineage
    name = _known(call.world, call.person, call.asked.table_name)
    entities = call.asked.include_entity_lineage
    answer: Json = {}
    for key, found in zip(("upstreams", "downstreams"), lineage.beside(name), strict=True):
        shown = [_entry(call.world, call.person, one, entities) for one in found if entities or one.table is not None]
        if shown:
            answer[key] = shown
    return answer


def _entry(world: World, person: Person, one: Neighbour, entities: bool) -> Json:
    body: Json = {}
    if one.table is not None:
        body["tableInfo"] = _table(world, person, one.table, one.at)
    for origin, at in one.origins.items() if entities else ():
        key, id_name = INFOS[origin.kind]
        id_ = int(origin.id) if origin.kind == "JOB" else origin.id
        info = {"workspace_id": int(world.workspace_id), id_name: id_, "lineage_timestamp": stamp(at)}
        body.setdefault(key, []).append(info)
    return body


def _table(world: World, person: Person, name: str, at: float) -> Json:
    """A dropped table keeps its name in lineage, as there is nobody left to ask about it."""
    catalog, schema, short = name.split(".")
    known = world.engine.catalog.tables.get(name)
    if known is not None and world.engine.table(person, name) is None:
        return {"has_permission": False, "lineage_timestamp": stamp(at)}
    body = {"name": short, "catalog_name": catalog, "schema_name": schema, "lineage_timestamp": stamp(at),
            "has_permission": True}  # fmt: skip
    return {**body, "table_type": "TABLE" if known.table_type == "MANAGED" else known.table_type} if known else body


async def of_column(call: Call[OfColumn]) -> Json:
    """The columns that one is computed from, and those computed from it."""
    lineage: Lineage = call.world.lineage
    name, column = _known(call.world, call.person, call.asked.table_name), call.asked.column_name.lower()
    answer: Json = {}
    for key, found in zip(("upstream_cols", "downstream_cols"), lineage.columns(name, column), strict=True):
        seen = [(full, one) for full, one in sorted(found) if call.world.engine.table(call.person, full) is not None]
        if seen:
            answer[key] = [
                dict(zip(("catalog_name", "schema_name", "table_name"), full.split("."), strict=True), name=one)
                for full, one in seen
            ]
    return answer


def stamp(at: float) -> str:
    """`2026-11-27 08:15:00.0`, in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-5]
