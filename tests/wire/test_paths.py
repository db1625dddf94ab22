"""Ids from a browser, through the portal's own routes: none of them becomes another path of the workspace's API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.portal_process import Portal, connect_variables, start_portal
from tests.sandbox_client import SandboxClient
from tests.wire.warehouse_client import Page, page

UP = "../../../2.2/jobs/run-now?x="
HOSTILE = (UP, "..", "a?b", "a#b", "a%2fb", "%2e%2e/%2e%2e/2.2/jobs/list", "a/../../b")


@pytest.fixture(scope="module")
def portal(sandbox_process: SandboxClient) -> Iterator[Portal]:
    running = start_portal(connect_variables(sandbox_process), "--workers", "1", "--threads", "8")
    yield running
    running.stop()


def asked(sandbox: SandboxClient, *parts: str) -> list[str]:
    """Routes of the workspace that were asked for and hold one of these."""
    return [call.route for call in sandbox.calls("workspace") if any(part in call.route for part in parts)]


def start(viewer: Page, warehouse: Any) -> str:
    """What the page's *Start* sends."""
    return viewer.post(
        "_dash-update-component",
        {
            "output": "warehouse-picker.children",
            "outputs": {"id": "warehouse-picker", "property": "children"},
            "inputs": [
                {"id": {"region": "warehouse-picker", "part": "again"}, "property": "data", "value": 0},
                {"id": "warehouse-starting", "property": "data", "value": {"start": warehouse}},
            ],
            "changedPropIds": ["warehouse-starting.data"],
        },
    ).text


def test_a_warehouse_to_start_is_an_id_or_nothing_is_asked(portal: Portal, sandbox: SandboxClient):
    viewer = page(portal, sandbox)
    start(viewer, sandbox.warehouse_id)
    assert asked(sandbox, "/start"), "the page's own id does start one"
    sandbox.clear_calls()
    for hostile in HOSTILE:
        start(viewer, hostile)
    assert asked(sandbox, "/start", "/jobs") == []


def test_a_download_names_a_warehouse_or_nothing_is_sent(portal: Portal, sandbox: SandboxClient):
    viewer = page(portal, sandbox)
    statement = viewer.statement("SELECT 1 AS a")
    assert viewer.download(statement, "csv", sql="SELECT 1 AS a", whole=True).status_code == 200
    sandbox.clear_calls()
    for hostile in HOSTILE:
        answer = viewer.download(statement, "csv", sql="SELECT 1 AS a", whole=True, warehouse=hostile)
        assert (answer.status_code, answer.json()["error"]) == (404, "no-such-thing")
    assert sandbox.count() == 0


def test_no_name_of_the_catalog_becomes_a_path(portal: Portal, sandbox: SandboxClient):
    viewer = page(portal, sandbox)
    assert viewer.post("catalog/tree", {"path": ["main", "sales"]}).status_code == 200
    sandbox.clear_calls()
    for hostile in (*HOSTILE, "\ud800"):
        for path in ([hostile], ["main", hostile], ["main", "sales", hostile]):
            for route in ("catalog/tree", "catalog/names"):
                assert viewer.post(route, {"path": path}).status_code in {400, 404}, (route, path)
    assert asked(sandbox, "/jobs") == []


def test_no_statement_id_becomes_a_path(portal: Portal, sandbox: SandboxClient):
    viewer = page(portal, sandbox)
    viewer.statement("SELECT 1")
    sandbox.clear_calls()
    for hostile in ("..", "%2e%2e", "a%3Fb", "a%23b", "a%252fb", "-" * 20):
        for action in ("state", "cancel", "past", "rows"):
            viewer.post(f"results/{hostile}/{action}", {"start": 0, "stop": 1})
    assert asked(sandbox, "/statements", "/history") == []
