"""Lists refuse what they do not understand: a filter that filters nothing would show everything."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import requests

from portal.sandbox import queries, workspace
from portal.sandbox.lakeview import store as lakeview
from portal.sandbox.routing import Nothing, Route
from portal.sandbox.world import World
from tests.sandbox_client import SandboxClient


def status(sandbox: SandboxClient, path: str, query: dict[str, Any]) -> int:
    bearer = {"Authorization": "Bearer dapi-engineer"}
    where = sandbox.workspace_url + path
    answer = requests.get(where, query, headers=bearer, verify=sandbox.ca_bundle, timeout=30)
    return answer.status_code


KNOWN = {"catalog_name": "samples", "schema_name": "nyctaxi"}
TABLE = "samples.nyctaxi.trips"
WORLD = World()


def needed(route: Route) -> set[str]:
    return {name for name, field in route.reads.model_fields.items() if field.is_required()}


READING = [
    route
    for room in workspace.ROOMS
    for route in room(WORLD)
    if route.method == "GET" and route.reads is not Nothing and needed(route) <= set(KNOWN)
]
"""Every route that reads its query: what it knows is its model's."""


def path_of(route: Route) -> str:
    kind = "tables" if "entity-tag" in route.path else "table"
    id = uuid.uuid5(lakeview.NAMESPACE, "Sales overview").hex
    if "/sql/queries/" in route.path:
        id = str(uuid.uuid5(queries.NAMESPACE, queries.SEEDS[0][0]))
    full_name = "main.sales.landing" if "/volumes/" in route.path else TABLE
    path = route.path.replace("{path:.+}", "Volumes/main/sales/landing")
    return path.format(type=kind, full_name=full_name, name=TABLE, id=id, schedule=lakeview.SCHEDULE)


@pytest.mark.parametrize("route", READING, ids=lambda one: one.path)
def test_a_parameter_that_a_list_does_not_know_is_refused(sandbox: SandboxClient, route: Route) -> None:
    given = {name: KNOWN[name] for name in needed(route)}
    assert status(sandbox, path_of(route), given) == 200
    assert status(sandbox, path_of(route), {**given, "owner_like": "x"}) == 400


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/api/2.2/jobs/list", {"limit": "many"}),
        ("/api/2.2/jobs/list", {"offset": -1}),
        ("/api/2.2/jobs/list", {"expand_tasks": "perhaps"}),
        ("/api/2.2/jobs/runs/list", {"job_id": ""}),
        ("/api/2.2/jobs/runs/list", {"run_type": "DREAM_RUN"}),
        ("/api/2.2/jobs/runs/list", {"active_only": ""}),
        ("/api/2.2/jobs/runs/list", {"start_time_from": "yesterday"}),
        ("/api/2.0/sql/history/queries", {"filter_by.statuses": "DONE"}),
        ("/api/2.0/sql/history/queries", {"filter_by.query_start_time_range.start_time_ms": "noon"}),
        ("/api/2.1/unity-catalog/catalogs", {"max_results": "-1"}),
        ("/api/2.1/unity-catalog/tables", {**KNOWN, "page_token": "x"}),
    ],
)
def test_a_value_that_is_not_understood_is_refused(sandbox: SandboxClient, path: str, query: dict[str, Any]) -> None:
    assert status(sandbox, path, query) == 400


def test_connects_lists_refuse_too(sandbox: SandboxClient) -> None:
    owner = {"Authorization": f"Key {sandbox.api_key}"}

    def ask(path: str) -> int:
        return requests.get(f"{sandbox.connect_url}/__api__/v1/{path}", headers=owner, timeout=10).status_code

    for path in ("users?user_role=viewer", "groups?prefix=a", "content?name=portal"):
        assert ask(path) == 200
    for path in ("users?user_role=king", "users?email=a", "users?page_number=0", "groups?owner=x", "content?title=a"):
        assert ask(path) == 400
