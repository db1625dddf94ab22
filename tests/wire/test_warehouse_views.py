"""Windows, sorting and filtering over the wire: the same rows whether the portal or the warehouse does the work."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.portal_process import Portal, connect_variables, start_portal
from tests.sandbox_client import SandboxClient
from tests.wire.warehouse_client import page

SQL = """
SELECT order_id, region, product, CASE WHEN order_id % 7 = 0 THEN NULL ELSE amount END AS amount, order_date,
  shipped_at, CAST(amount AS DOUBLE) / CASE WHEN order_id % 5 = 0 THEN NULL ELSE 3 END AS ratio, quantity > 10 AS big
FROM main.sales.orders WHERE order_id < 102000 -- a comment at the end"""
COLUMNS = ("order_id", "region", "product", "amount", "order_date", "shipped_at", "ratio", "big")


@pytest.fixture(scope="module")
def portal(sandbox_process: SandboxClient) -> Iterator[Portal]:
    running = start_portal(connect_variables(sandbox_process), "--workers", "1", "--threads", "8")
    yield running
    running.stop()


def sort(*columns: str) -> list[dict[str, Any]]:
    return [{"column": COLUMNS.index(name.strip("-")), "descending": name.startswith("-")} for name in columns]


def where(column: str, operator: str, value: str = "", other: str = "") -> dict[str, Any]:
    return {"column": COLUMNS.index(column), "operator": operator, "value": value, "other": other}


VIEWS: list[dict[str, Any]] = [
    {"sort": sort("amount", "order_id")},
    {"sort": sort("-amount", "order_id")},
    {"sort": sort("-ratio", "-order_id")},
    {"sort": sort("region", "-shipped_at", "order_id")},
    {"sort": sort("order_id"), "filter": [where("product", "contains", "AN")]},
    {"sort": sort("order_id"), "filter": [where("product", "lacks", "e")]},
    {"sort": sort("order_id"), "filter": [where("product", "starts", "bel"), where("region", "ne", "west")]},
    {"sort": sort("order_id"), "filter": [where("product", "ends", "e"), where("big", "eq", "true")]},
    {"sort": sort("order_id"), "filter": [where("amount", "gt", "500.5")]},
    {"sort": sort("order_id"), "filter": [where("amount", "between", "100", "200.25")]},
    {"sort": sort("order_id"), "filter": [where("amount", "null")]},
    {"sort": sort("order_id"), "filter": [where("shipped_at", "present"), where("ratio", "le", "12.5")]},
    {
        "sort": sort("order_id"),
        "filter": [where("order_date", "ge", "2025-02-01"), where("order_id", "lt", "101000.5")],
    },
    {"sort": sort("order_id"), "filter": [where("shipped_at", "lt", "2025-01-20 12:00:00")]},
    {"sort": sort("order_id"), "filter": [where("region", "eq", "we'st")]},
    {"sort": sort("order_id"), "filter": [where("region", "eq", "x' OR '1'='1"), where("product", "contains", "%")]},
]


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_the_warehouse_and_the_portal_give_the_same_rows(portal: Portal, sandbox: SandboxClient, view: dict[str, Any]):
    from portal.databricks.statements import Column
    from portal.results.pushdown import statement as pushdown
    from portal.results.rerun_context import RerunContext
    from portal.results.views import view_of

    viewer = page(portal, sandbox)
    statement = viewer.statement(SQL)
    answer = viewer.post(f"results/{statement}/view", {"view": view}).json()
    assert answer["here"] is True
    here = viewer.every_row(statement, view)
    assert len(here) == answer["total"]

    manifest = viewer.api("GET", f"/api/2.0/sql/statements/{statement}")["manifest"]
    columns = [Column(c["name"], c["type_text"], c["type_name"]) for c in manifest["schema"]["columns"]]
    derived = pushdown(RerunContext(SQL), view_of(view, columns), columns)
    ours = derived.sql.replace(SQL, "")
    for one in view.get("filter", ()):
        assert len(one["value"]) < 3 or one["value"] not in ours, "a typed value was spliced into the SQL"
    params = [{"name": p.name, "value": p.value, "type": p.type} for p in derived.params]
    there = viewer.every_row(viewer.statement(derived.sql, parameters=params))
    assert here == there


def test_a_result_too_large_for_the_portal_is_sorted_by_the_warehouse(portal: Portal, sandbox: SandboxClient):
    viewer = page(portal, sandbox)
    sql = "SELECT * FROM main.bench.events LIMIT 2500000"
    statement = viewer.statement(sql)
    view = {"sort": [{"column": 0, "descending": True}]}
    unknown = viewer.post(f"results/{statement}/view", {"view": view})
    assert unknown.status_code == 422
    assert "its SQL is not known" in unknown.json()["message"]
    answer = viewer.post(f"results/{statement}/view", {"view": view, "again": {"sql": sql}}).json()
    assert answer["here"] is False
    assert viewer.ended(answer["id"])["total"] == 2_500_000
    assert viewer.rows(answer["id"], 0, 3)[0][0] == "2499999"


@pytest.mark.parametrize(
    "view",
    [
        {"sort": [{"column": 99}]},
        {"filter": [{"column": 0, "operator": "contains", "value": "1"}]},
        {"filter": [{"column": 0, "operator": "eq", "value": "1 OR 1=1"}]},
        {"filter": [{"column": 4, "operator": "eq", "value": "yesterday"}]},
        {"filter": [{"column": 7, "operator": "gt", "value": "true"}]},
        {"filter": [{"column": 0, "operator": "between", "value": "1", "other": ""}]},
    ],
)
def test_a_view_that_makes_no_sense_is_said(portal: Portal, sandbox: SandboxClient, view: dict[str, Any]):
    viewer = page(portal, sandbox)
    statement = viewer.statement(SQL)
    assert viewer.post(f"results/{statement}/view", {"view": view}).status_code == 422


def test_a_write_cannot_hide_in_the_sql_of_a_view(portal: Portal, sandbox: SandboxClient):
    viewer = page(portal, sandbox)
    statement = viewer.statement("SELECT * FROM main.bench.events LIMIT 2500000")
    view = {"sort": [{"column": 0, "descending": True}]}
    for sql in ("DELETE FROM main.sales.orders", "SELECT 1) AS t(c0); DROP TABLE x --", "SELECT 1) UNION (SELECT 2"):
        answer = viewer.post(f"results/{statement}/view", {"view": view, "again": {"sql": sql}})
        assert answer.status_code == 422, answer.text


def test_another_viewers_statement_is_not_found_by_any_route(portal: Portal, sandbox: SandboxClient):
    statement = page(portal, sandbox, "engineer").statement("SELECT * FROM main.sales.orders")
    other = page(portal, sandbox, "analyst-west")
    for path, body in (
        ("rows", {"start": 0, "stop": 9}), ("cell", {"row": 0, "column": 0}), ("view", {"view": {}}), ("state", {}),
        ("cancel", {}), ("download/csv", {}), ("download/parquet", {}),
    ):  # fmt: skip
        answer = other.post(f"results/{statement}/{path}", body)
        assert answer.status_code == 404, (path, answer.status_code, answer.text)


def test_a_window_spans_chunks_and_is_exact(portal: Portal, sandbox: SandboxClient):
    viewer = page(portal, sandbox)
    statement = viewer.statement(
        "SELECT event_id, event_id * 1000000007 * 9000 AS big, page FROM main.bench.events LIMIT 1000000"
    )
    chunks = viewer.api("GET", f"/api/2.0/sql/statements/{statement}")["manifest"]["chunks"]
    assert len(chunks) > 1
    edge = chunks[1]["row_offset"]
    rows = viewer.rows(statement, edge - 3, edge + 3)
    assert [row[0] for row in rows] == [str(n) for n in range(edge - 3, edge + 3)]
    assert [row[1] for row in rows] == [str(n * 1000000007 * 9000) for n in range(edge - 3, edge + 3)]
    assert viewer.rows(statement, 999_990, 1_000_500)[-1][0] == "999999"
    assert viewer.rows(statement, 1_000_000, 1_000_100) == []


def test_a_link_that_expired_is_asked_for_again(portal: Portal, sandbox: SandboxClient):
    viewer = page(portal, sandbox)
    statement = viewer.statement("SELECT * FROM main.bench.events LIMIT 1000000")
    sandbox.fault("storage", "", status=403, count=1)
    assert len(viewer.rows(statement, 0, 10)) == 10
    sandbox.fault("storage", "", status=403, count=1)
    assert len(viewer.rows(statement, 999_000, 999_010)) == 10


def test_what_is_kept_is_authorised_by_databricks_again_within_a_minute(portal: Portal, sandbox: SandboxClient):
    """Kept rows are served without a call for a while; a viewer whose tokens were revoked gets none of them after."""
    viewer = page(portal, sandbox)
    statement = viewer.statement("SELECT * FROM main.sales.orders LIMIT 100")
    viewer.rows(statement, 0, 10)
    sandbox.clear_calls()
    viewer.rows(statement, 10, 20)
    assert sandbox.count("workspace", "/sql/statements") == 0
    assert sandbox.count("storage") == 0
    viewer.post("session/end", {})
    assert viewer.post(f"results/{statement}/rows", {"start": 0, "stop": 10}).status_code == 401
    viewer.post("session/continue", {})


def test_a_cell_opens_whole_with_its_tree(portal: Portal, sandbox: SandboxClient):
    viewer = page(portal, sandbox)
    statement = viewer.statement(
        "SELECT *, repeat('long ', 250000) AS text FROM main.shapes.nested ORDER BY id LIMIT 3"
    )
    window = viewer.rows(statement, 0, 1)[0]
    assert window[6][1] == 1_250_000
    assert len(window[6][0]) == 400
    cell = viewer.post(f"results/{statement}/cell", {"row": 0, "column": 6}).json()
    assert cell["text"] == "long " * 250_000
    address = viewer.post(f"results/{statement}/cell", {"row": 1, "column": 3}).json()["tree"]
    assert address["object"][0] == ["street", {"leaf": "2 High Street", "kind": "text"}]
    assert viewer.post(f"results/{statement}/cell", {"row": 0, "column": 99}).status_code == 404


def test_a_storage_that_dribbles_is_told_within_the_time_of_a_silent_one(sandbox: SandboxClient):
    running = start_portal(connect_variables(sandbox), "--workers", "1", "--threads", "8")
    try:
        viewer = page(running, sandbox)
        statement = viewer.statement("SELECT id, repeat('x', 20) AS text FROM range(200000)")
        sandbox.fault("storage", slow_body=2)
        for _ in range(2):
            began = time.monotonic()
            answer = viewer.post(f"results/{statement}/rows", {"start": 0, "stop": 10})
            assert answer.status_code == 502, answer.text
            assert "result storage" in answer.json()["message"]
            assert time.monotonic() - began < 8
        sandbox.clear_faults()
        # Inline where a firewall may be in between, by links where not: the rows come either way.
        assert len(viewer.rows(viewer.statement("SELECT id FROM range(100)"), 0, 10)) == 10
    finally:
        running.stop()
