"""SQL warehouses: list, get, start, stop, permissions."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from portal.sandbox import acl, errors
from portal.sandbox.routing import Call, Json, Query, Route, get, post, table
from portal.sandbox.world import Person, Warehouse, World

LEVELS = acl.Levels(
    {
        "CAN_VIEW": "Can view the SQL warehouse",
        "CAN_USE": "Can use the SQL warehouse",
        "CAN_MONITOR": "Can monitor the SQL warehouse",
        "CAN_MANAGE": "Can manage the SQL warehouse",
        "IS_OWNER": "Is owner of the SQL warehouse",
    }
)


class Listed(Query):
    """A workspace of few warehouses answers them all at once, whatever the page."""

    page_size: int | None = None
    page_token: str | None = None


def info(world: World, warehouse: Warehouse) -> dict[str, Any]:
    """EndpointInfo, as list and get answer it."""
    host = urlsplit(world.workspace_url)
    path = f"/sql/1.0/warehouses/{warehouse.id}"
    running = warehouse.state == "RUNNING"
    active = sum(1 for q in world.history if q.warehouse_id == warehouse.id and q.status in ("QUEUED", "RUNNING"))
    return {
        "id": warehouse.id,
        "name": warehouse.name,
        "cluster_size": warehouse.size,
        "size": warehouse.size.upper().replace("-", "_"),
        "min_num_clusters": 1,
        "max_num_clusters": 2 if warehouse.serverless else 1,
        "auto_stop_mins": 10 if warehouse.serverless else 45,
        "auto_resume": True,
        "creator_name": warehouse.creator,
        "tags": {"custom_tags": [{"key": "cost-center", "value": "data-platform"}]},
        "spot_instance_policy": "COST_OPTIMIZED",
        "enable_photon": True,
        "enable_serverless_compute": warehouse.serverless,
        "warehouse_type": "PRO",
        "channel": {"name": "CHANNEL_NAME_CURRENT"},
        "num_clusters": 1 if running else 0,
        "num_active_sessions": active,
        "state": warehouse.state,
        "jdbc_url": f"jdbc:spark://{host.netloc}/default;transportMode=http;ssl=1;AuthMech=3;httpPath={path};",
        "odbc_params": {"hostname": host.hostname, "path": path, "protocol": "https", "port": host.port or 443},
        "health": {"status": "HEALTHY"} if warehouse.state != "DELETED" else {"status": "FAILED"},
    }


def find(call: Call[Any], needed: str = "CAN_VIEW") -> Warehouse:
    """The warehouse of the path's `id`."""
    warehouse = call.world.warehouses.get(call.path["id"])
    if warehouse is None or warehouse.state == "DELETED":
        raise errors.not_found(f"SQL warehouse {call.path['id']} does not exist.")
    LEVELS.require(warehouse.acl, call.person, needed, f"SQL warehouse {warehouse.id}")
    return warehouse


def runnable(world: World, id: str, person: Person) -> Warehouse:
    """The warehouse for a statement; NotRunnable for none that the person may use."""
    warehouse = world.warehouses.get(id)
    if warehouse is None or warehouse.state == "DELETED":
        raise NotRunnable(404, "NOT_FOUND", f"SQL warehouse {id} was not found.")
    if not LEVELS.may(warehouse.acl, person, "CAN_USE"):
        raise NotRunnable(403, "PERMISSION_DENIED", f"You do not have permission to use the SQL Warehouse {id}.")
    return warehouse


class NotRunnable(errors.ApiError):
    """Both doors to SQL say it; Thrift's clients read it in a header."""


async def listed(call: Call[Listed]) -> Json:
    kept = [one for one in call.world.warehouses.values() if one.state != "DELETED"]
    seen = [one for one in kept if LEVELS.may(one.acl, call.person, "CAN_VIEW")]
    return {"warehouses": [info(call.world, warehouse) for warehouse in seen]}


async def read(call: Call) -> Json:
    return info(call.world, find(call))


async def start(call: Call) -> Json:
    """Anyone who may use a warehouse may start it, as a query would. Starting a running one is no error."""
    warehouse = find(call, "CAN_USE")
    if warehouse.state == "STOPPED":
        warehouse.start()
        # The task has not run yet: the next GET must not say STOPPED.
        warehouse.state = "STARTING" if warehouse.start_seconds else "RUNNING"
    return {}


async def stop(call: Call) -> Json:
    find(call, "CAN_MANAGE").stop()
    return {}


PERMISSIONS = acl.Kind(
    "warehouses", "warehouses", LEVELS, lambda call, needed: find(call, needed), "CAN_MANAGE", "CAN_MANAGE",
    one_owner=True, folder="/sql/warehouses/",
)  # fmt: skip


def routes(world: World) -> list[Route]:
    base = table(
        "/api/2.0/sql/warehouses",
        get("", listed), get("/{id}", read), post("/{id}/start", start), post("/{id}/stop", stop),
    )  # fmt: skip
    return base + acl.routes(PERMISSIONS)
