"""Model serving: one endpoint, `taxi-fare`, with an honest function behind it: a fare of so many miles by the meter.

Asked and answered as MLflow's scoring server does (`dataframe_split`, `dataframe_records`, `instances`, `inputs`;
`predictions`), behind list, get and permissions of `/api/2.0/serving-endpoints`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from portal.sandbox import acl, errors
from portal.sandbox.routing import Body, Call, Json, Route, get, post, table
from portal.sandbox.world import Acl, World

LEVELS = acl.Levels(
    {
        "CAN_VIEW": "Can view the serving endpoint",
        "CAN_QUERY": "Can query the serving endpoint",
        "CAN_MANAGE": "Can manage the serving endpoint",
    }
)
FLAG_FALL, A_MILE = 3.0, 3.5
"""US dollars of the meter: when the ride begins, and for each mile."""
COLUMN = "trip_distance"
MOST = 10_000
_CREATED = 1_767_225_600_000


def fare(miles: float) -> float:
    """US dollars."""
    return round(FLAG_FALL + A_MILE * max(0.0, miles), 2)


def _seeded() -> Acl:
    return {
        ("user", "engineer@example.com"): "CAN_MANAGE", acl.ADMINS: "CAN_MANAGE",
        ("group", "analysts"): "CAN_QUERY", ("group", "users"): "CAN_VIEW",
    }  # fmt: skip


@dataclass
class Endpoint:
    id: str = "e7f1a90c3d5b4c1e8a2f6b7d9c0e1f23"
    name: str = "taxi-fare"
    acl: Acl = field(default_factory=_seeded)


class Endpoints:
    """`world.serving`."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.taxi_fare = Endpoint()


class Split(Body):
    columns: list[str]
    data: list[list[float]]


class Asked(Body):
    dataframe_split: Split | None = None
    dataframe_records: list[dict[str, float]] | None = None
    instances: list[float] | None = None
    inputs: list[float] | None = None


def routes(world: World) -> list[Route]:
    base = table("/api/2.0/serving-endpoints", get("", listed), get("/{name}", read))
    return [*base, post("/serving-endpoints/{name}/invocations", invoked), *acl.routes(PERMISSIONS)]


def _find(call: Call[Any], needed: str, by: str) -> Endpoint:
    found: Endpoint = call.world.serving.taxi_fare
    if getattr(found, by) != call.path[by]:
        raise errors.not_found(f"Endpoint with {by} '{call.path[by]}' does not exist.")
    LEVELS.require(found.acl, call.person, needed, f"endpoint {found.name}")
    return found


PERMISSIONS = acl.Kind(
    "serving-endpoints", "serving-endpoint", LEVELS, lambda call, needed: _find(call, needed, "id"), "CAN_VIEW",
    "CAN_MANAGE", folder="/serving-endpoints/",
)  # fmt: skip


def _info(one: Endpoint) -> Json:
    entity = {"name": "taxi_fare-1", "entity_name": "main.sales.taxi_fare", "entity_version": "1"}
    return {
        "id": one.id,
        "name": one.name,
        "creator": "engineer@example.com",
        "creation_timestamp": _CREATED,
        "last_updated_timestamp": _CREATED,
        "state": {"ready": "READY", "config_update": "NOT_UPDATING"},
        "config": {"served_entities": [entity]},
        "description": "The meter's fare, US dollars, of trip_distance miles.",
    }


async def listed(call: Call) -> Json:
    one: Endpoint = call.world.serving.taxi_fare
    return {"endpoints": [_info(one)]} if LEVELS.may(one.acl, call.person, "CAN_VIEW") else {}


async def read(call: Call) -> Json:
    one = _find(call, "CAN_VIEW", "name")
    return _info(one) | {"permission_level": LEVELS.names[LEVELS.of(one.acl, call.person)]}


async def invoked(call: Call[Asked]) -> web.Response:
    _find(call, "CAN_QUERY", "name")
    miles = _miles(call.asked)
    if len(miles) > MOST:
        raise errors.invalid_parameter(f"A request may hold {MOST} rows at most.")
    answer = web.json_response({"predictions": [fare(one) for one in miles]})
    answer.headers["served-model-name"] = "taxi_fare-1"
    return answer


def _miles(asked: Asked) -> list[float]:
    try:
        if asked.dataframe_split is not None:
            at = asked.dataframe_split.columns.index(COLUMN)
            return [row[at] for row in asked.dataframe_split.data]
        if asked.dataframe_records is not None:
            return [row[COLUMN] for row in asked.dataframe_records]
    except (ValueError, KeyError, IndexError):
        text = f"Failed to enforce schema of data: the model needs the column '{COLUMN}'."
        raise errors.ApiError(400, "BAD_REQUEST", text) from None
    found = asked.instances if asked.instances is not None else asked.inputs
    if found is None:
        text = "The request needs one of dataframe_split, dataframe_records, instances, inputs."
        raise errors.ApiError(400, "BAD_REQUEST", text)
    return found
