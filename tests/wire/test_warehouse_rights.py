"""Rows that a process keeps are a viewer's only while Databricks says so; a stopped warehouse is only its viewer's to
start. One portal for both: rights asked for anew after a second, PORTAL_AUTOSTART=off."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.portal_process import Portal, connect_variables, start_portal
from tests.sandbox_client import SandboxClient
from tests.wire.warehouse_client import Page, page

SQL = "SELECT * FROM main.sales.orders"
WAIT_SECONDS = 15
WAREHOUSE = "/api/2.0/sql/warehouses"


@pytest.fixture(scope="module")
def portal(sandbox_process: SandboxClient) -> Iterator[Portal]:
    variables = connect_variables(sandbox_process, PORTAL_AUTHORISED_SECONDS="1", PORTAL_AUTOSTART="off")
    running = start_portal(variables, "--workers", "1", "--threads", "8")
    yield running
    running.stop()


def until(status: int, viewer: Page, path: str, body: Any) -> dict[str, Any]:
    """Ask until it is answered so; the answer's body."""
    deadline = time.monotonic() + WAIT_SECONDS
    while (answer := viewer.post(path, body)).status_code != status:
        assert time.monotonic() < deadline, f"{path} still answers {answer.status_code}: {answer.text[:200]}"
        time.sleep(0.2)
    return dict(answer.json())


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [(403, "PERMISSION_DENIED", "not-permitted"), (404, "RESOURCE_DOES_NOT_EXIST", "no-such-thing")],
)
def test_who_may_no_longer_read_a_statement_gets_no_kept_row_of_it(
    portal: Portal, sandbox: SandboxClient, status: int, code: str, kind: str
):
    viewer = page(portal, sandbox)
    statement = viewer.statement(SQL)
    rows = f"results/{statement}/rows"
    assert len(viewer.rows(statement, 0, 10)) == 10
    sandbox.clear_calls()
    assert len(viewer.rows(statement, 5000, 5010)) == 10
    assert sandbox.count("storage") == 0, "the chunk was not kept: there is nothing to refuse"
    no = {"error_code": code, "message": "You may not."}
    fault = sandbox.fault(
        "workspace", r"/sql/statements/[^/]+$", method="GET", status=status, body=no, viewer="engineer"
    )
    assert until(status, viewer, rows, {"start": 0, "stop": 10})["error"] == kind
    for path, body in (
        ("cell", {"row": 0, "column": 0}), ("view", {"view": {"sort": [{"column": 0}]}}), ("profile", {"column": 0}),
        ("chart", {"chart": {"kind": "number", "y": [{"column": "", "aggregate": "count"}]}}),
        ("download/csv", {}), ("download/csv", {"view": {"sort": [{"column": 0}]}}), ("download/parquet", {}),
    ):  # fmt: skip
        answer = viewer.post(f"results/{statement}/{path}", body)
        assert (answer.status_code, answer.json()["error"]) == (status, kind), path
    sandbox.control("DELETE", f"/faults/{fault}")
    sandbox.clear_calls()
    assert len(viewer.rows(statement, 0, 10)) == 10
    assert sandbox.count("storage") >= 1, "what was refused is fetched anew, not kept meanwhile"


def test_rows_are_not_shown_while_nobody_can_say_whether_they_may_be(portal: Portal, sandbox: SandboxClient):
    viewer = page(portal, sandbox)
    statement = viewer.statement(SQL)
    assert len(viewer.rows(statement, 0, 10)) == 10
    sandbox.fault("workspace", r"/sql/statements/[^/]+$", method="GET", status=500)
    assert until(502, viewer, f"results/{statement}/rows", {"start": 0, "stop": 10})["error"] == "unreachable"


def state(viewer: Page) -> str:
    return str(viewer.api("GET", f"{WAREHOUSE}/{viewer.sandbox.warehouse_id}")["state"])


def test_nothing_starts_a_stopped_warehouse_unless_the_viewer_does(portal: Portal, sandbox: SandboxClient):
    viewer = page(portal, sandbox)
    statement = viewer.statement(f"{SQL} LIMIT 10", row_limit=5)
    sandbox.control("POST", f"/warehouses/{sandbox.warehouse_id}", {"state": "STOPPED", "start_seconds": 0.5})
    viewer.token = sandbox.session("engineer")
    drawn = viewer.run("SELECT 1 AS a")
    assert "Warehouse stopped" in drawn
    assert "Start it and run" in drawn
    # What the parser does not understand is explained by an EXPLAIN, which would start it as well.
    assert "Warehouse stopped" in viewer.run("SELEC 1")
    whole = viewer.download(statement, "csv", sql=SQL, whole=True)
    assert (whole.status_code, whole.json()["error"]) == (409, "warehouse-stopped")
    assert "Go to the warehouse page" in portal.page("trips", viewer.token)
    assert state(viewer) == "STOPPED"
    viewer.api("POST", f"{WAREHOUSE}/{sandbox.warehouse_id}/start")
    assert "Warehouse stopped" not in viewer.run("SELECT 1 AS a")


def test_what_a_statement_was_is_told_to_who_ran_it(portal: Portal, sandbox: SandboxClient):
    viewer = page(portal, sandbox, "analyst-west")
    statement = viewer.statement("SELECT 'mine' AS t")
    found = viewer.post(f"results/{statement}/past", {}).json()
    assert found["sql"] == "SELECT 'mine' AS t"
    assert 0 <= found["seconds"] < 60
    assert abs(found["started"] / 1000 - time.time()) < 300
    stranger = page(portal, sandbox, "analyst-east")
    for other in (statement, "none-1-0", "0" * 32):
        answer = stranger.post(f"results/{other}/past", {})
        assert (answer.status_code, answer.json()["error"]) == (404, "no-such-thing")
