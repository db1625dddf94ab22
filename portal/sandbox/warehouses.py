"""SQL warehouses: list, get, start, stop, permissions. What each may do is its own list of groups."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from portal.sandbox import errors
from portal.sandbox.world import Person, Warehouse, World

ADMIN_GROUP = "engineers"
LEVELS = {
    "CAN_USE": "Can use the SQL warehouse",
    "CAN_VIEW": "Can view the SQL warehouse",
    "CAN_MONITOR": "Can monitor the SQL warehouse",
    "CAN_MANAGE": "Can manage the SQL warehouse",
    "IS_OWNER": "Is owner of the SQL warehouse",
}


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


def may_manage(warehouse: Warehouse, person: Person) -> bool:
    return warehouse.creator == person.user_name or ADMIN_GROUP in person.groups


def routes(world: World) -> list[web.RouteDef]:
    def find(request: web.Request) -> Warehouse:
        warehouse = world.warehouses.get(request.match_info["id"])
        if warehouse is None or warehouse.state == "DELETED":
            raise errors.not_found(f"SQL warehouse {request.match_info['id']} does not exist.")
        person: Person = request["person"]
        if not (warehouse.may_use(person) or may_manage(warehouse, person)):
            raise errors.permission_denied(
                f"You do not have permission to view the SQL warehouse {warehouse.id}. "
                "Please contact the owner or an administrator for access."
            )
        return warehouse

    async def listed(request: web.Request) -> web.Response:
        person = request["person"]
        seen = [w for w in world.warehouses.values() if w.state != "DELETED"]
        seen = [w for w in seen if w.may_use(person) or may_manage(w, person)]
        return web.json_response({"warehouses": [info(world, warehouse) for warehouse in seen]})

    async def get(request: web.Request) -> web.Response:
        return web.json_response(info(world, find(request)))

    async def start(request: web.Request) -> web.Response:
        """Anyone who may use a warehouse may start it, as a query would. Starting a running one is no error."""
        warehouse = find(request)
        if warehouse.state == "STOPPED":
            warehouse.start()
            # The task has not run yet: the next GET must not say STOPPED.
            warehouse.state = "STARTING" if warehouse.start_seconds else "RUNNING"
        return web.json_response({})

    async def stop(request: web.Request) -> web.Response:
        warehouse = find(request)
        if not may_manage(warehouse, request["person"]):
            raise errors.permission_denied(
                f"You do not have permission to stop the SQL warehouse {warehouse.id}: CAN MANAGE is needed."
            )
        warehouse.stop()
        return web.json_response({})

    async def permissions(request: web.Request) -> web.Response:
        warehouse = find(request)
        if not may_manage(warehouse, request["person"]):
            raise errors.permission_denied(f"User does not have permission to manage warehouse {warehouse.id}.")
        return web.json_response(_permissions(warehouse))

    async def levels(request: web.Request) -> web.Response:
        find(request)
        return web.json_response(
            {"permission_levels": [{"permission_level": k, "description": v} for k, v in LEVELS.items()]}
        )

    base = "/api/2.0/sql/warehouses"
    granted = "/api/2.0/permissions/warehouses/{id}"
    return [
        web.get(base, listed),
        web.get(base + "/{id}", get),
        web.post(base + "/{id}/start", start),
        web.post(base + "/{id}/stop", stop),
        web.get(granted, permissions),
        web.get(granted + "/permissionLevels", levels),
    ]


def _permissions(warehouse: Warehouse) -> dict[str, Any]:
    def level(word: str) -> list[dict[str, Any]]:
        return [{"permission_level": word, "inherited": False}]

    acl: list[dict[str, Any]] = [{"user_name": warehouse.creator, "all_permissions": level("IS_OWNER")}]
    acl += [{"group_name": name, "all_permissions": level("CAN_USE")} for name in sorted(warehouse.usable_by)]
    acl.append(
        {
            "group_name": "admins",
            "all_permissions": [
                {"permission_level": "CAN_MANAGE", "inherited": True, "inherited_from_object": ["/sql/warehouses/"]}
            ],
        }
    )
    return {
        "object_id": f"/sql/warehouses/{warehouse.id}",
        "object_type": "warehouses",
        "access_control_list": acl,
    }
