"""SQL warehouses that the viewer may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal.databricks import ids, workspace
from portal.settings import settings
from portal.viewer.audit import audited
from portal.viewer.errors import NotSetUp, WarehouseStarting, WarehouseStopped
from portal.viewer.per_viewer import per_viewer

if TYPE_CHECKING:
    from databricks.sdk.service import sql as api


@dataclass(frozen=True)
class Warehouse:
    """`state` is Databricks' own word: RUNNING, STARTING, STOPPED, STOPPING, DELETING, DELETED, or a newer one."""

    id: str
    name: str
    state: str
    size: str
    serverless: bool
    creator: str = ""

    @property
    def running(self) -> bool:
        return self.state == "RUNNING"


def _of(item: api.EndpointInfo | api.GetWarehouseResponse) -> Warehouse:
    return Warehouse(
        id=item.id or "",
        name=item.name or item.id or "",
        state=workspace.word(item.state),
        size=item.cluster_size or "",
        serverless=bool(item.enable_serverless_compute),
        creator=item.creator_name or "",
    )


@per_viewer(ttl=15)
def all() -> tuple[Warehouse, ...]:
    """Every warehouse that the viewer may use, by name."""
    found = workspace.call(lambda client: list(client.warehouses.list()), "the SQL warehouses")
    return tuple(sorted(map(_of, found), key=lambda warehouse: warehouse.name.lower()))


@per_viewer(ttl=15, shared=True)
def get(warehouse_id: str) -> Warehouse:
    """One warehouse; `NoSuchThing` or `NotPermitted` where the viewer may not see it."""
    checked = ids.warehouse(warehouse_id)
    return _of(workspace.call(lambda client: client.warehouses.get(checked), f"warehouse {checked}"))


def default_id() -> str:
    """The id of the portal's warehouse; `NotSetUp` where none is set."""
    warehouse_id = settings().warehouse_id
    if warehouse_id is None:
        raise NotSetUp("DATABRICKS_WAREHOUSE_ID", "DATABRICKS_WAREHOUSE_ID is not set: pages have no warehouse to ask.")
    return warehouse_id


def default() -> Warehouse:
    """The portal's warehouse."""
    return get(default_id())


def awake(warehouse_id: str, *, ready: bool = False) -> str:
    """The same id, checked; with PORTAL_AUTOSTART=off, `WarehouseStopped` where a statement would start it.

    `ready`: `WarehouseStarting` while it starts, too, since a page's read would hold its request all that time.
    """
    ids.warehouse(warehouse_id)
    if settings().autostart:
        return warehouse_id
    found = get.refresh(warehouse_id)
    if found.state in {"STOPPED", "STOPPING"}:
        raise WarehouseStopped(found.name, warehouse_id)
    if ready and found.state == "STARTING":
        raise WarehouseStarting(f"{found.name} is on its way.", found.state)
    return warehouse_id


def start(warehouse_id: str) -> None:
    """Ask Databricks to start it; returns at once, the state moves on by itself."""
    with audited("warehouse.start", f"warehouse/{warehouse_id[:64]}"):
        checked = ids.warehouse(warehouse_id)
        workspace.call(lambda client: client.warehouses.start(checked), f"warehouse {checked}")
    get.refresh(checked)
