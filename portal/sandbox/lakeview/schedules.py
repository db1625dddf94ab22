"""When a published dashboard is refreshed and sent, and to whom. Nothing is sent here."""

from __future__ import annotations

import uuid
from typing import Any, Literal

from pydantic import Field

from portal.sandbox import errors, paging
from portal.sandbox.lakeview.store import Dashboard, Dashboards
from portal.sandbox.routing import Body, Call, Json, Query, Route, delete, get, post, put, table
from portal.sandbox.world import written_moment

SCHEDULES, SUBSCRIPTIONS = 10, 100
"""How many a dashboard and a schedule may have."""


class Listed(Query):
    page_size: int = Field(100, ge=0, le=1000)
    page_token: str | None = None


class Removed(Query):
    etag: str = ""


class Cron(Body):
    quartz_cron_expression: str = Field(min_length=1)
    timezone_id: str = Field(min_length=1)


class Given(Body):
    cron_schedule: Cron
    display_name: str | None = None
    pause_status: Literal["UNPAUSED", "PAUSED"] | None = None
    warehouse_id: str | None = None

    @property
    def cron(self) -> Json:
        return self.cron_schedule.model_dump(include={"quartz_cron_expression", "timezone_id"})

    @property
    def named(self) -> Json:
        """What else was given."""
        return self.model_dump(include={"display_name", "pause_status", "warehouse_id"}, exclude_none=True)


class Changed(Given):
    etag: str = Field(min_length=1)


class Subscribe(Body):
    subscriber: Json
    skip_notify: bool = False


def routes(base: str) -> list[Route]:
    one, to = "/{schedule}", "/{schedule}/subscriptions"
    return table(
        base + "/{id}/schedules",
        get("", listed),
        post("", add),
        get(one, read),
        put(one, change),
        delete(one, remove),
        get(to, subscriptions),
        post(to, subscribe),
        get(to + "/{subscription}", subscribed),
        delete(to + "/{subscription}", unsubscribe),
    )


def _found(call: Call[Any], needed: str = "CAN_READ") -> Dashboard:
    kept: Dashboards = call.world.dashboards
    return kept.find(call.path["id"], call.person, needed)


def _schedule(call: Call[Any], dashboard: Dashboard) -> Json:
    id = call.path["schedule"]
    if id not in dashboard.schedules:
        raise errors.not_found(f"Unable to find schedule [{id}]")
    return dashboard.schedules[id]


def _subscription(call: Call[Any], dashboard: Dashboard) -> Json:
    id = call.path["subscription"]
    found = dashboard.subscriptions.get(_schedule(call, dashboard)["schedule_id"], {})
    if id not in found:
        raise errors.not_found(f"Unable to find subscription [{id}]")
    return found[id]


async def add(call: Call[Given]) -> Json:
    dashboard = _found(call, "CAN_EDIT")
    if len(dashboard.schedules) >= SCHEDULES:
        raise errors.invalid_parameter(f"A dashboard is limited to {SCHEDULES} schedules.")
    now, id = written_moment(call.world.clock.now()), uuid.uuid4().hex
    made = {
        "cron_schedule": call.asked.cron, "display_name": "", "pause_status": "UNPAUSED", "schedule_id": id,
        "dashboard_id": dashboard.id, "create_time": now, "update_time": now, "etag": "1", **call.asked.named,
    }  # fmt: skip
    dashboard.schedules[id] = made
    dashboard.subscriptions[id] = {}
    return made


async def change(call: Call[Changed]) -> Json:
    found = _schedule(call, _found(call, "CAN_EDIT"))
    _unchanged(found, call.asked.etag)
    found.update(cron_schedule=call.asked.cron, **call.asked.named)
    found["update_time"], found["etag"] = written_moment(call.world.clock.now()), str(int(found["etag"]) + 1)
    return found


async def read(call: Call) -> Json:
    return _schedule(call, _found(call))


async def remove(call: Call[Removed]) -> Json:
    dashboard = _found(call, "CAN_EDIT")
    found = _schedule(call, dashboard)
    _unchanged(found, call.asked.etag)
    del dashboard.schedules[found["schedule_id"]]
    dashboard.subscriptions.pop(found["schedule_id"], None)
    return {}


async def listed(call: Call[Listed]) -> Json:
    return _page(call, "schedules", list(_found(call).schedules.values()))


async def subscribe(call: Call[Subscribe]) -> Json:
    dashboard = _found(call)
    found = _schedule(call, dashboard)
    others = dashboard.subscriptions.setdefault(found["schedule_id"], {})
    if len(others) >= SUBSCRIPTIONS:
        raise errors.invalid_parameter(f"A schedule is limited to {SUBSCRIPTIONS} subscriptions.")
    if len(call.asked.subscriber) != 1:
        raise errors.invalid_parameter("subscriber must be a user or a destination.")
    now, id = written_moment(call.world.clock.now()), uuid.uuid4().hex
    others[id] = {
        "subscriber": call.asked.subscriber, "subscription_id": id, "schedule_id": found["schedule_id"],
        "dashboard_id": dashboard.id, "created_by_user_id": int(call.person.id), "create_time": now,
        "update_time": now, "etag": "1", "skip_notify": call.asked.skip_notify,
    }  # fmt: skip
    return others[id]


async def subscribed(call: Call) -> Json:
    return _subscription(call, _found(call))


async def unsubscribe(call: Call[Removed]) -> Json:
    dashboard = _found(call)
    found = _subscription(call, dashboard)
    _unchanged(found, call.asked.etag)
    del dashboard.subscriptions[found["schedule_id"]][found["subscription_id"]]
    return {}


async def subscriptions(call: Call[Listed]) -> Json:
    dashboard = _found(call)
    found = dashboard.subscriptions.get(_schedule(call, dashboard)["schedule_id"], {})
    return _page(call, "subscriptions", list(found.values()))


def _page(call: Call[Listed], name: str, items: list[Json]) -> Json:
    key = f"{name[:-1]}_id"
    items.sort(key=lambda one: (one["create_time"], one[key]))
    limit = call.asked.page_size or 100
    page = paging.page(
        items, lambda one: (one["create_time"], one[key]), limit, call.asked.page_token, call.request.path
    )
    return page.answer(name, dict)


def _unchanged(found: Json, etag: str) -> None:
    if etag and etag != found["etag"]:
        raise errors.ApiError(409, "ABORTED", f"It was modified: its etag is not {etag}.")
