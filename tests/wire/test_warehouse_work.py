"""Profiles and charts, the same here and by the warehouse; a statement outlives the process that began it."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from portal.databricks.statements import Column
from portal.results import charts, profile
from portal.results.again import Again
from tests.portal_process import Portal, connect_variables, start_portal
from tests.sandbox_client import SandboxClient
from tests.wire.warehouse_client import Page, page

SQL = "SELECT * FROM main.sales.orders"
COLUMNS = (
    "order_id", "order_date", "region", "customer_id", "customer_email", "product", "quantity", "amount", "status",
    "shipped_at",
)  # fmt: skip
SLOW = "SELECT count(*) FROM main.bench.events_10m a JOIN main.bench.events_10m b ON a.user_id = b.user_id"


@pytest.fixture(scope="module")
def portal(sandbox_process: SandboxClient) -> Iterator[Portal]:
    running = start_portal(connect_variables(sandbox_process), "--workers", "1", "--threads", "8")
    yield running
    running.stop()


def columns_of(viewer: Page, statement: str) -> tuple[Column, ...]:
    manifest = viewer.api("GET", f"/api/2.0/sql/statements/{statement}")["manifest"]
    return tuple(Column(c["name"], c["type_text"], c["type_name"]) for c in manifest["schema"]["columns"])


def by_the_warehouse(viewer: Page, statement: str, path: str, body: dict[str, Any], derived: Any) -> Any:
    """The same question over a statement that the warehouse has worked out."""
    params = [{"name": p.name, "value": p.value, "type": p.type} for p in derived.params]
    other = viewer.statement(derived.sql, parameters=params)
    answer = viewer.post(f"results/{statement}/{path}", {**body, "from": other})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("name", COLUMNS)
def test_a_profile_is_the_same_here_and_by_the_warehouse(portal: Portal, sandbox: SandboxClient, name: str):
    viewer = page(portal, sandbox)
    statement = viewer.statement(SQL)
    columns, index = columns_of(viewer, statement), COLUMNS.index(name)
    here = viewer.post(f"results/{statement}/profile", {"column": index}).json()["profile"]
    derived = profile.pushed(Again(SQL), columns, index)
    there = by_the_warehouse(viewer, statement, "profile", {"column": index}, derived)["profile"]
    for fact in ("rows", "nulls", "min", "max", "lengths", "histogram", "type"):
        assert here[fact] == there[fact], fact
    assert there["approximate"]
    assert abs(here["distinct"] - there["distinct"]) <= max(2, here["distinct"] * 0.25)
    if name in {"region", "product", "status"}:
        assert here["top"] == there["top"]
    # Quantiles of the warehouse are values that occur; ours lie between two of them.
    assert [share for share, _ in here["quantiles"] or []] == [share for share, _ in there["quantiles"] or []]


@pytest.mark.parametrize(
    "chart",
    [
        {"kind": "bar", "x": "region", "aggregate": "count"},
        {"kind": "bar", "x": "region", "y": "amount", "series": "status", "aggregate": "sum"},
        {"kind": "line", "x": "order_date", "y": "quantity", "aggregate": "avg", "unit": "month"},
        {"kind": "area", "x": "shipped_at", "y": "amount", "aggregate": "max", "unit": "week"},
        {"kind": "line", "x": "quantity", "y": "amount", "aggregate": "min"},
        {"kind": "histogram", "x": "amount"},
        {"kind": "heat", "x": "region", "series": "product", "aggregate": "count"},
    ],
    ids=json.dumps,
)
def test_a_chart_is_the_same_here_and_by_the_warehouse(portal: Portal, sandbox: SandboxClient, chart: dict[str, Any]):
    viewer = page(portal, sandbox)
    statement = viewer.statement(SQL)
    columns = columns_of(viewer, statement)
    asked = {key: COLUMNS.index(value) if key in {"x", "y", "series"} else value for key, value in chart.items()}
    here = viewer.post(f"results/{statement}/chart", {"chart": asked}).json()["drawn"]
    derived = charts.pushed(Again(SQL), columns, charts.spec_of(asked, columns))
    there = by_the_warehouse(viewer, statement, "chart", {"chart": asked}, derived)["drawn"]

    def points(drawn: dict[str, Any]) -> Any:
        traces = sorted(drawn["traces"], key=lambda trace: str(trace.get("name")))
        return [
            (trace.get("name"), sorted(zip(map(str, trace["x"]), rounded(trace.get("z") or trace["y"]), strict=False)))
            for trace in traces
        ]

    def rounded(values: list[Any]) -> list[Any]:
        return [round(v, 6) if isinstance(v, float) else v for v in values]

    assert points(here) == points(there)
    assert 0 < here["marks"] <= charts.MARKS


def test_a_box_has_the_edges_of_its_group(portal: Portal, sandbox: SandboxClient):
    viewer = page(portal, sandbox)
    statement = viewer.statement(SQL)
    asked = {"kind": "box", "x": COLUMNS.index("region"), "y": COLUMNS.index("amount")}
    drawn = viewer.post(f"results/{statement}/chart", {"chart": asked}).json()["drawn"]
    (trace,) = drawn["traces"]
    least = viewer.statement(f"SELECT min(amount), max(amount) FROM ({SQL}) WHERE region = '{trace['x'][0]}'")
    low, high = viewer.rows(least, 0, 1)[0]
    assert (trace["lowerfence"][0], trace["upperfence"][0]) == (float(low), float(high))


def test_never_more_than_five_thousand_marks(portal: Portal, sandbox: SandboxClient):
    viewer = page(portal, sandbox)
    statement = viewer.statement("SELECT event_id, amount, user_id FROM main.bench.events_100k")
    for asked in (
        {"kind": "scatter", "x": 0, "y": 1},
        {"kind": "line", "x": 0, "y": 1, "aggregate": "sum"},
        {"kind": "bar", "x": 2, "aggregate": "count"},
    ):
        drawn = viewer.post(f"results/{statement}/chart", {"chart": asked}).json()["drawn"]
        assert drawn["marks"] <= 5_000
        assert drawn["note"], "what was left out is not said"


@pytest.mark.parametrize("kind", ["scatter", "line"])
def test_series_that_are_left_out_are_told(portal: Portal, sandbox: SandboxClient, kind: str):
    viewer = page(portal, sandbox)
    statement = viewer.statement("SELECT id % 40 AS x, id % 12 AS y, id % 12 AS s FROM range(4000)")
    asked = {"kind": kind, "x": 0, "y": 1, "series": 2, "aggregate": "sum"}
    drawn = viewer.post(f"results/{statement}/chart", {"chart": asked}).json()["drawn"]
    names = [trace["name"] for trace in drawn["traces"]]
    assert len(names) == 8
    assert names == sorted(names)
    assert "The 8 largest of 12 series." in drawn["note"]


@pytest.mark.parametrize(
    "chart",
    [
        {"kind": "pie", "x": 0}, {"kind": "histogram", "x": 2}, {"kind": "bar", "x": 99}, {"kind": "scatter", "x": 0},
        {"kind": "heat", "x": 2}, {"kind": "bar", "x": 2, "y": 5, "aggregate": "sum"}, {}, None,
    ],
)  # fmt: skip
def test_a_chart_that_makes_no_sense_is_said(portal: Portal, sandbox: SandboxClient, chart: Any):
    viewer = page(portal, sandbox)
    answer = viewer.post(f"results/{viewer.statement(SQL)}/chart", {"chart": chart})
    assert answer.status_code == 422


def test_a_killed_worker_loses_no_statement(sandbox: SandboxClient):
    running = start_portal(connect_variables(sandbox), "--workers", "1", "--threads", "4")
    try:
        viewer = page(running, sandbox)
        answer = viewer.api(
            "POST",
            "/api/2.0/sql/statements",
            {"statement": SLOW, "warehouse_id": sandbox.warehouse_id, "wait_timeout": "0s"},
        )
        statement = answer["statement_id"]
        assert viewer.post(f"results/{statement}/state", {}).json()["state"] == "RUNNING"
        (worker,) = running.workers()
        os.kill(worker, signal.SIGKILL)
        deadline = time.monotonic() + 60
        while running.workers() in ([], [worker]):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        while True:
            try:
                found = viewer.post(f"results/{statement}/state", {})
                break
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.2)
        assert found.json()["state"] == "RUNNING"
        assert viewer.post(f"results/{statement}/cancel", {}).status_code == 200
        while viewer.post(f"results/{statement}/state", {}).json()["state"] != "CANCELED":
            assert time.monotonic() < deadline
    finally:
        running.stop()


def test_statements_over_a_result_are_on_the_record(portal: Portal, sandbox: SandboxClient):
    viewer = page(portal, sandbox)
    sql = "SELECT * FROM main.bench.events LIMIT 2500000"
    statement = viewer.statement(sql)
    derived = viewer.post(f"results/{statement}/profile", {"column": 0, "again": {"sql": sql}}).json()["id"]
    viewer.post(f"results/{derived}/cancel", {})
    events = [json.loads(line) for line in portal.log.splitlines() if '"portal.audit"' in line]
    mine = {(e["event"], e["outcome"]) for e in events if e.get("object") == f"statement/{derived}"}
    assert mine == {("statement.submit", "ok"), ("statement.cancel", "ok")}
    (submitted,) = [e for e in events if e["event"] == "statement.submit" and e["object"] == f"statement/{derived}"]
    assert submitted["actor"] == "4001000000000003"
    assert "sql_sha256" in submitted
    assert "events LIMIT" not in json.dumps(events)
