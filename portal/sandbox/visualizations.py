"""Visualizations of saved queries: /api/2.0/sql/visualizations, and the list of them under their query.

Source: Databricks REST API reference, "Query Visualizations" 2.0: "an evolving API", whose `serialized_options` and
`serialized_query_plan` are texts that the workspace's own editor understands and nobody else has to. Whoever may edit
a query may edit them.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from portal.sandbox import errors, paging
from portal.sandbox.routing import Body, Call, Json, Query, Route, delete, get, patch, post, table
from portal.sandbox.world import World, written_time

FIELDS = ("display_name", "serialized_options", "serialized_query_plan", "type")
NAMESPACE = uuid.UUID("3f0c1b52-6a0b-4d51-8a3e-9f3f6f1a7c10")
SEEDS = (
    ("Orders by region", "Results", "TABLE", {"itemsPerPage": 25, "condensed": True}),
    (
        "Orders by region",
        "Amount by region",
        "CHART",
        {
            "globalSeriesType": "column",
            "columnConfigurationMap": {
                "x": {"column": "region", "id": "column_1"},
                "y": [{"column": "amount", "id": "column_2", "transform": "SUM"}],
            },
            "legend": {"enabled": True},
        },
    ),
)
"""What people made in the workspace: name of the query, name, type, options."""


@dataclass
class Visualization:
    id: str
    query_id: str
    fields: dict[str, Any]
    created: float
    updated: float

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "query_id": self.query_id,
            **{name: value for name, value in self.fields.items() if value is not None},
            "create_time": written_time(self.created),
            "update_time": written_time(self.updated),
        }


def seeded(saved: Any) -> dict[str, Visualization]:
    """Those of the seed's queries (`world.queries`), by id."""
    by_name = {query.fields["display_name"]: query for query in saved.queries.values()}
    found = {}
    for of, name, kind, options in SEEDS:
        query = by_name[of]
        id = str(uuid.uuid5(NAMESPACE, f"{of}/{name}"))
        fields = {"display_name": name, "type": kind, "serialized_options": json.dumps(options)}
        found[id] = Visualization(id, query.id, fields, query.created, query.created)
    return found


class Listed(Query):
    page_size: int = Field(20, ge=0, le=100)
    page_token: str | None = None


class Create(Body):
    visualization: Json = Field(default_factory=dict)


class Update(Create):
    update_mask: str = Field(min_length=1)


def routes(world: World) -> list[Route]:
    return table("/api/2.0/sql/queries", get("/{id}/visualizations", listed)) + table(
        "/api/2.0/sql/visualizations", post("", create), patch("/{id}", update), delete("/{id}", remove)
    )


def _query(call: Call[Any], id: str, needed: str) -> Any:
    return call.world.queries.find(id, call.person, needed)


def _found(call: Call[Any]) -> Visualization:
    saved = call.world.queries
    found: Visualization | None = saved.visualizations.get(call.path["id"])
    if found is None:
        raise errors.not_found(f"Visualization with id {call.path['id']} does not exist.")
    _query(call, found.query_id, "CAN_EDIT")
    return found


async def listed(call: Call[Listed]) -> Json:
    query = _query(call, call.path["id"], "CAN_VIEW")
    saved = call.world.queries
    own = [one for one in saved.visualizations.values() if one.query_id == query.id]
    own.sort(key=lambda one: (one.created, one.id))
    limit = call.asked.page_size or 20
    page = paging.page(own, lambda one: (one.created, one.id), limit, call.asked.page_token, ("visuals", query.id))
    return page.answer("results", Visualization.as_dict)


async def create(call: Call[Create]) -> Json:
    given = call.asked.visualization
    query = _query(call, str(given.get("query_id") or ""), "CAN_EDIT")
    if not given.get("type"):
        raise errors.invalid_parameter("A visualization needs a type.")
    saved = call.world.queries
    now = call.world.clock.now()
    fields = {name: given[name] for name in FIELDS if name in given}
    made = Visualization(str(uuid.uuid4()), query.id, {"display_name": "Visualization", **fields}, now, now)
    saved.visualizations[made.id] = made
    return made.as_dict()


async def update(call: Call[Update]) -> Json:
    """Only what `update_mask` names is changed."""
    found, given = _found(call), call.asked.visualization
    mask = [name.strip() for name in call.asked.update_mask.split(",")]
    for name in FIELDS if mask == ["*"] else mask:
        if name not in FIELDS:
            raise errors.invalid_parameter(f"Field {name} cannot be updated.")
        found.fields[name] = given.get(name)
    found.updated = call.world.clock.now()
    return found.as_dict()


async def remove(call: Call) -> Json:
    saved = call.world.queries
    del saved.visualizations[_found(call).id]
    return {}
