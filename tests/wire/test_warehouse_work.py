"""Profiles and charts, the same here and by the warehouse; a statement outlives the process that began it."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from portal.charts import document, groups, pushed
from portal.databricks.statements import Column
from portal.results import profile, pushdown, views
from portal.results.rerun_context import RerunContext
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
    derived = profile.pushed(RerunContext(SQL), columns, index, views.View())
    there = by_the_warehouse(viewer, statement, "profile", {"column": index}, derived)["profile"]
    for fact in ("rows", "nulls", "min", "max", "lengths", "histogram", "type"):
        assert here[fact] == there[fact], fact
    assert there["approximate"]
    assert abs(here["distinct"] - there["distinct"]) <= max(2, here["distinct"] * 0.25)
    if name in {"region", "product", "status"}:
        assert here["top"] == there["top"]
    # Quantiles of the warehouse are values that occur; ours lie between two of them.
    assert [share for share, _ in here["quantiles"] or []] == [share for share, _ in there["quantiles"] or []]


def of(column: str, aggregate: str = "sum") -> dict[str, str]:
    return {"column": column, "aggregate": aggregate}


ROWS = {"column": "", "aggregate": "count"}


@pytest.mark.parametrize(
    "chart",
    [
        {"kind": "bar", "x": {"column": "region"}, "y": [ROWS]},
        {"kind": "bar", "x": {"column": "region"}, "y": [of("amount")], "color": {"column": "status"}},
        {"kind": "bar", "x": {"column": "region"}, "y": [of("amount"), of("quantity", "avg"), of("amount", "median")]},
        {"kind": "line", "x": {"column": "order_date", "unit": "month"}, "y": [of("amount", "avg")]},
        {"kind": "area", "x": {"column": "shipped_at", "unit": "week"}, "y": [of("amount", "max")]},
        {"kind": "line", "x": {"column": "quantity"}, "y": [of("amount", "min")]},
        {"kind": "combo", "x": {"column": "order_date", "unit": "quarter"},
         "y": [of("amount"), {**of("customer_id", "count-distinct"), "right": True}]},
        {"kind": "pie", "color": {"column": "product"}, "y": [of("amount")]},
        {"kind": "histogram", "x": {"column": "amount"}},
        {"kind": "heatmap", "x": {"column": "region"}, "color": {"column": "product"}, "y": [ROWS]},
    ],
    ids=json.dumps,
)  # fmt: skip
@pytest.mark.parametrize("filtered", [False, True])
def test_a_chart_is_the_same_here_and_by_the_warehouse(
    portal: Portal, sandbox: SandboxClient, chart: dict[str, Any], filtered: bool
):
    viewer = page(portal, sandbox)
    statement = viewer.statement(SQL)
    here, there = both(viewer, statement, chart, VIEW if filtered else {})

    def points(drawn: dict[str, Any]) -> Any:
        traces = sorted(drawn["figure"]["data"], key=lambda trace: str(trace.get("name")))
        return [
            (
                trace.get("name"),
                sorted(zip(map(str, trace.get("x", trace.get("labels"))), heights(trace), strict=False)),
            )
            for trace in traces
        ]

    def heights(trace: dict[str, Any]) -> list[Any]:
        found = trace.get("z") or trace.get("y") or trace["values"]
        return [round(value, 6) if isinstance(value, float) else value for value in found]

    assert points(here) == points(there)
    assert 0 < here["marks"] <= groups.MARKS


VIEW = {"filter": [{"column": COLUMNS.index("status"), "operator": "eq", "value": "open"}]}


def both(viewer: Page, statement: str, chart: dict[str, Any], view: dict[str, Any]) -> tuple[Any, Any]:
    """What is drawn of a chart here, and by the warehouse."""
    columns = columns_of(viewer, statement)
    body = {"chart": chart, "view": view}
    here = viewer.post(f"results/{statement}/chart", body)
    assert here.status_code == 200, here.text
    inner = pushdown.source(RerunContext(SQL), views.view_of(view, columns), columns)
    derived = pushed.statement(groups.plan(document.read(chart), columns), inner)
    return here.json()["drawn"], by_the_warehouse(viewer, statement, "chart", body, derived)["drawn"]


def test_a_pivot_has_the_same_totals_here_and_by_the_warehouse(portal: Portal, sandbox: SandboxClient):
    viewer = page(portal, sandbox)
    chart = {
        "kind": "pivot",
        "rows": [{"column": "region", "total": True}, {"column": "product", "total": True}],
        "columns": [{"column": "order_date", "unit": "year", "total": True}],
        "y": [of("quantity"), of("quantity", "avg"), ROWS],
    }
    here, there = both(viewer, viewer.statement(SQL), chart, {})
    assert here["pivot"]["head"] == there["pivot"]["head"]
    assert here["pivot"]["lines"] == there["pivot"]["lines"]
    total = viewer.rows(viewer.statement(f"SELECT sum(quantity) FROM ({SQL})"), 0, 1)[0][0]
    assert here["pivot"]["lines"][-1]["cells"][-3]["value"] == total


def test_a_chart_shows_the_rows_that_the_view_shows(portal: Portal, sandbox: SandboxClient):
    viewer = page(portal, sandbox)
    statement = viewer.statement("SELECT id, IF(id < 30, 'open', 'shut') AS status FROM range(50)")
    view = {"filter": [{"column": 1, "operator": "eq", "value": "open"}]}
    chart = {"kind": "number", "y": [ROWS]}
    asked = viewer.post(f"results/{statement}/chart", {"chart": chart, "view": view}).json()["drawn"]
    assert asked["number"]["value"] == "30"
    profiled = viewer.post(f"results/{statement}/profile", {"column": 0, "view": view}).json()["profile"]
    assert (profiled["rows"], profiled["max"]) == (30, "29")


def test_a_box_has_the_edges_of_its_group(portal: Portal, sandbox: SandboxClient):
    viewer = page(portal, sandbox)
    statement = viewer.statement(SQL)
    asked = {"kind": "box", "x": {"column": "region"}, "y": [of("amount")]}
    drawn = viewer.post(f"results/{statement}/chart", {"chart": asked}).json()["drawn"]
    (trace,) = drawn["figure"]["data"]
    least = viewer.statement(f"SELECT min(amount), max(amount) FROM ({SQL}) WHERE region = '{trace['x'][0]}'")
    low, high = viewer.rows(least, 0, 1)[0]
    assert (trace["lowerfence"][0], trace["upperfence"][0]) == (float(low), float(high))


def test_never_more_than_five_thousand_marks(portal: Portal, sandbox: SandboxClient):
    viewer = page(portal, sandbox)
    statement = viewer.statement("SELECT event_id, amount, user_id FROM main.bench.events_100k")
    for asked in (
        {"kind": "scatter", "x": {"column": "event_id"}, "y": [of("amount", "")]},
        {"kind": "line", "x": {"column": "event_id"}, "y": [of("amount")]},
        {"kind": "bar", "x": {"column": "user_id"}, "y": [ROWS]},
    ):
        drawn = viewer.post(f"results/{statement}/chart", {"chart": asked}).json()["drawn"]
        assert drawn["marks"] <= 5_000
        assert drawn["notes"], "what was left out is not said"


@pytest.mark.parametrize("kind", ["scatter", "line"])
def test_series_that_are_left_out_are_told(portal: Portal, sandbox: SandboxClient, kind: str):
    viewer = page(portal, sandbox)
    statement = viewer.statement("SELECT id % 40 AS x, id % 12 AS y, id % 12 AS s FROM range(4000)")
    asked = {"kind": kind, "x": {"column": "x"}, "y": [of("y")], "color": {"column": "s"}}
    drawn = viewer.post(f"results/{statement}/chart", {"chart": asked}).json()["drawn"]
    names = [trace["name"] for trace in drawn["figure"]["data"]]
    assert len(names) == 8
    assert names == sorted(names, key=int)
    assert "The 8 largest of 12 series." in drawn["notes"]


def test_infinity_takes_no_chart_down(portal: Portal, sandbox: SandboxClient):
    viewer = page(portal, sandbox)
    statement = viewer.statement("SELECT id, IF(id = 1, CAST('Infinity' AS DOUBLE), 1e308D) AS v FROM range(3)")
    for kind in ("bar", "line", "scatter", "histogram", "pie"):
        asked = {"kind": kind, "x": {"column": "v" if kind == "histogram" else "id"}, "y": [of("v")]}
        answer = viewer.post(f"results/{statement}/chart", {"chart": asked})
        assert answer.status_code == 200, answer.text
        json.loads(answer.text, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))


@pytest.mark.parametrize(
    "chart",
    [
        {"kind": "pie"}, {"kind": "histogram", "x": {"column": "region"}}, {"kind": "bar", "x": {"column": "nope"}},
        {"kind": "scatter", "x": {"column": "region"}}, {"kind": "heatmap", "x": {"column": "region"}},
        {"kind": "bar", "x": {"column": "region"}, "y": [of("product")]}, {"kind": "gauge"}, {}, None,
        {"kind": "bar", "x": {"column": "region"}, "y": [ROWS], "v": 99},
    ],
)  # fmt: skip
def test_a_chart_that_makes_no_sense_is_said(portal: Portal, sandbox: SandboxClient, chart: Any):
    viewer = page(portal, sandbox)
    answer = viewer.post(f"results/{viewer.statement(SQL)}/chart", {"chart": chart})
    assert answer.status_code == 422


@pytest.mark.slow
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
