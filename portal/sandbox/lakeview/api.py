"""The routes of dashboards. A list has neither etag, content, path, folder nor time of change, as the real one."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from portal.sandbox import acl, errors, paging
from portal.sandbox.lakeview import schedules
from portal.sandbox.lakeview.store import LEVELS, Dashboard, Dashboards, checked, folder_of, named, normal, publish
from portal.sandbox.routing import Body, Call, Flag, Json, Query, Route, delete, get, patch, post, table
from portal.sandbox.world import World

BASE = "/api/2.0/lakeview/dashboards"


class Listed(Query):
    page_size: int = Field(100, ge=0, le=1000)
    page_token: str | None = None
    show_trashed: Flag = False
    view: Literal["DASHBOARD_VIEW_BASIC"] = "DASHBOARD_VIEW_BASIC"


class Place(Query):
    """Where the datasets of the content that a request brings are to be found."""

    dataset_catalog: str = ""
    dataset_schema: str = ""

    @property
    def pair(self) -> tuple[str, str]:
        return self.dataset_catalog, self.dataset_schema


class Given(Body):
    display_name: str = ""
    parent_path: str = ""
    serialized_dashboard: str = ""
    warehouse_id: str = ""
    etag: str = ""


class Publish(Body):
    warehouse_id: str = ""
    embed_credentials: bool = True


class Revert(Body):
    etag: str = ""


def routes(world: World) -> list[Route]:
    base = table(
        BASE,
        get("", listed),
        post("", create),
        get("/{id}", read),
        patch("/{id}", update),
        delete("/{id}", trash),
        get("/{id}/published", published),
        post("/{id}/published", publish_),
        delete("/{id}/published", unpublish),
        post("/{id}/revert", revert),
    )
    return base + acl.routes(PERMISSIONS) + schedules.routes(BASE)


def _found(call: Call[Any], needed: str = "CAN_READ") -> Dashboard:
    kept: Dashboards = call.world.dashboards
    return kept.find(call.path["id"], call.person, needed)


PERMISSIONS = acl.Kind("dashboards", "dashboard", LEVELS, _found, "CAN_READ", "CAN_MANAGE", folder="/dashboards/")


async def listed(call: Call[Listed]) -> Json:
    """Those that the caller may see, oldest first; trashed ones only when asked for."""
    kept: Dashboards = call.world.dashboards
    asked = call.asked
    seen = [one for one in kept.all.values() if LEVELS.may(one.acl, call.person, "CAN_READ")]
    seen = sorted((one for one in seen if asked.show_trashed or not one.trashed), key=lambda one: (one.created, one.id))
    query = ("dashboards", asked.show_trashed)
    page = paging.page(seen, lambda one: (one.created, one.id), asked.page_size or 100, asked.page_token, query)
    return page.answer("dashboards", Dashboard.listed)


async def create(call: Call[Given]) -> Json:
    kept: Dashboards = call.world.dashboards
    given, person = call.asked, call.person
    name = named(given.display_name or "New Dashboard")
    folder = folder_of(given.parent_path or f"/Users/{person.user_name}")
    text = checked(given.serialized_dashboard or "{}", *call.query(Place).pair)
    return kept.create(name, folder, text, given.warehouse_id, person).as_dict()


async def read(call: Call) -> Json:
    return _found(call).as_dict()


async def update(call: Call[Given]) -> Json:
    """What is named is changed. An etag, if there is one, must be that of now."""
    kept: Dashboards = call.world.dashboards
    given, place, found = call.asked, call.query(Place).pair, _found(call, "CAN_EDIT")
    _unchanged(found, given.etag)
    name = named(given.display_name) if given.display_name else found.name
    kept.free(found.folder, name, but=found.id)
    if given.serialized_dashboard:
        found.text = checked(given.serialized_dashboard, *place)
    elif any(place):
        found.text = normal(found.text, *place)
    found.name = name
    found.warehouse_id = given.warehouse_id or found.warehouse_id
    if given.parent_path:
        found.folder = folder_of(given.parent_path)
    found.changed(call.world.clock.now())
    return found.as_dict()


async def trash(call: Call) -> Json:
    """It stays as an object in the trash; what was published of it does not."""
    found = _found(call, "CAN_MANAGE")
    found.trashed, found.published = True, None
    found.folder = f"/Users/{call.person.user_name}/Trash"
    found.changed(call.world.clock.now())
    return {}


async def published(call: Call) -> Json:
    found = _found(call)
    if found.published is None:
        raise errors.not_found(f"Unable to find published dashboard [{found.id}]")
    return found.published.as_dict()


async def publish_(call: Call[Publish]) -> Json:
    """Whose credentials are embedded is whoever publishes: by default they are."""
    given, found = call.asked, _found(call, "CAN_EDIT")
    if found.trashed:
        raise errors.invalid_parameter("A dashboard in the trash cannot be published.")
    warehouse = given.warehouse_id or found.warehouse_id
    if warehouse not in call.world.warehouses:
        raise errors.invalid_parameter(f"Warehouse {warehouse or '(none)'} was not found.")
    return publish(found, warehouse, given.embed_credentials, call.world.clock.now()).as_dict()


async def unpublish(call: Call) -> Json:
    _found(call, "CAN_EDIT").published = None
    return {}


async def revert(call: Call[Revert]) -> Json:
    found = _found(call, "CAN_EDIT")
    _unchanged(found, call.asked.etag)
    if found.published is None:
        raise errors.invalid_parameter("The dashboard has not been published.")
    found.text = found.reverted_to
    found.changed(call.world.clock.now())
    return {"etag": found.etag}


def _unchanged(found: Dashboard, etag: str) -> None:
    if etag and etag != found.etag:
        raise errors.ApiError(409, "ABORTED", f"The dashboard {found.id} was modified: its etag is not {etag}.")
