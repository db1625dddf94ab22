"""`/api/2.0/alerts` and who may see them; where alerts can be sent to."""

from __future__ import annotations

import uuid
from typing import Any

from pydantic import Field

from portal.sandbox import acl, cron, errors, paging, warehouses
from portal.sandbox.alerts.condition import AGGREGATES, OPERATORS
from portal.sandbox.alerts.store import LEVELS, Alert, Alerts
from portal.sandbox.routing import Body, Call, Flag, Json, Query, Route, delete, get, patch, post, table
from portal.sandbox.world import World

FIELDS = (
    "display_name", "query_text", "warehouse_id", "evaluation", "schedule", "custom_summary", "custom_description",
    "custom_template_format", "parameters", "parent_path", "run_as",
)  # fmt: skip
REQUIRED = FIELDS[:5]
DESTINATIONS = (
    ("0b1f6c1e-0f58-4d51-9d5c-000000000001", "Sales on call", "SLACK"),
    ("0b1f6c1e-0f58-4d51-9d5c-000000000002", "Data platform mail", "EMAIL"),
)


class Listed(Query):
    page_size: int = Field(20, ge=0, le=1000)
    page_token: str | None = None


class Trash(Query):
    purge: Flag = False


class Given(Body):
    """AlertV2."""


class Mask(Query):
    update_mask: str = Field(min_length=1)


class Destinations(Query):
    page_size: int = Field(20, ge=0, le=100)
    page_token: str | None = None


def routes(world: World) -> list[Route]:
    found = table(
        "/api/2.0/alerts",
        get("", listed),
        post("", create),
        get("/{id}", read),
        patch("/{id}", update),
        delete("/{id}", trash),
    )
    return [*found, get("/api/2.0/notification-destinations", destinations), *acl.routes(PERMISSIONS)]


def _found(call: Call[Any], needed: str = "CAN_READ") -> Alert:
    kept: Alerts = call.world.alerts
    return kept.find(call.path["id"], call.person, needed)


PERMISSIONS = acl.Kind("alertsv2", "alertv2", LEVELS, _found, "CAN_READ", "CAN_MANAGE", folder="/alertsv2/")


async def listed(call: Call[Listed]) -> Json:
    """Those that the caller may see, by when they were made."""
    kept: Alerts = call.world.alerts
    await kept.catch_up()
    seen = [one for one in kept.all.values() if not one.trashed and LEVELS.may(one.acl, call.person, "CAN_READ")]
    seen.sort(key=lambda one: (one.created, one.id))
    page = paging.page(
        seen, lambda one: (one.created, one.id), call.asked.page_size or 20, call.asked.page_token, "alerts"
    )
    return page.answer("alerts", Alert.as_dict)


async def create(call: Call[Given]) -> Json:
    kept: Alerts = call.world.alerts
    sent = call.asked.sent()
    fields = {name: sent[name] for name in FIELDS if sent.get(name) is not None}
    for name in REQUIRED:
        if not fields.get(name):
            raise errors.invalid_parameter(f"Missing required field: {name}")
    fields.setdefault("parent_path", f"/Workspace/Users/{call.person.user_name}")
    _checked(call, fields)
    now = call.world.clock.now()
    made = Alert(str(uuid.uuid4()), call.person, fields, now, now, seen_until=now)
    kept.all[made.id] = made
    return made.as_dict()


async def read(call: Call) -> Json:
    kept: Alerts = call.world.alerts
    await kept.catch_up()
    return _found(call).as_dict()


async def update(call: Call[Given]) -> Json:
    """What `update_mask` names is replaced: whole members, or members of `evaluation` and `schedule` (`a.b`)."""
    found, sent = _found(call, "CAN_EDIT"), call.asked.sent()
    mask = call.query(Mask).update_mask.split(",")
    fields = {name: dict(value) if isinstance(value, dict) else value for name, value in found.fields.items()}
    for path in [name for name in FIELDS if name in sent] if mask == ["*"] else mask:
        name, _, inner = path.partition(".")
        if name not in FIELDS or name == "parent_path":
            raise errors.invalid_parameter(f"Field {path} cannot be updated.")
        if not inner:
            fields[name] = sent.get(name)
        else:
            fields[name] = {**(fields.get(name) or {}), inner: (sent.get(name) or {}).get(inner)}
    _checked(call, fields)
    now = call.world.clock.now()
    if found.paused:
        found.seen_until = now
    found.fields, found.updated = fields, now
    return found.as_dict()


async def trash(call: Call[Trash]) -> Json:
    found = _found(call, "CAN_MANAGE")
    found.trashed = True
    if call.asked.purge:
        del call.world.alerts.all[found.id]
    return {}


def _checked(call: Call[Any], fields: Json) -> None:
    evaluation, schedule = fields.get("evaluation") or {}, fields.get("schedule") or {}
    if evaluation.get("comparison_operator") not in OPERATORS:
        raise errors.invalid_parameter("evaluation.comparison_operator is not one of its values.")
    source = evaluation.get("source") or {}
    if not source.get("name"):
        raise errors.invalid_parameter("Missing required field: evaluation.source.name")
    if source.get("aggregation") not in (None, *AGGREGATES):
        raise errors.invalid_parameter("evaluation.source.aggregation is not one of its values.")
    try:
        cron.fields(str(schedule.get("quartz_cron_schedule", "")))
    except cron.Unread as error:
        raise errors.invalid_parameter(str(error)) from None
    warehouses.runnable(call.world, str(fields.get("warehouse_id")), call.person)
    known = {one[0] for one in DESTINATIONS}
    for one in (evaluation.get("notification") or {}).get("subscriptions") or []:
        if one.get("destination_id") and one["destination_id"] not in known:
            raise errors.invalid_parameter(f"Notification destination {one['destination_id']} does not exist.")
    # Only what the server says of itself; what a request brings of it is left alone.
    for name in ("state", "last_evaluated_at"):
        evaluation.pop(name, None)


async def destinations(call: Call[Destinations]) -> Json:
    """The workspace's notification destinations, without their settings."""
    page = paging.page(
        list(DESTINATIONS), lambda one: (one[0],), call.asked.page_size or 20, call.asked.page_token, "destinations"
    )
    return page.answer("results", lambda one: {"id": one[0], "display_name": one[1], "destination_type": one[2]})
