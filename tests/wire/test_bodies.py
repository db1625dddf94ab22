"""What the routes and callbacks of a signed-in viewer are sent: all that fits, and a sentence for what does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests import strangers
from tests.portal_process import Portal, connect_variables, start_portal
from tests.sandbox_client import SandboxClient
from tests.wire.warehouse_client import Page, page, refused


@pytest.fixture(scope="module")
def portal(sandbox_process: SandboxClient) -> Iterator[Portal]:
    running = start_portal(connect_variables(sandbox_process), "--workers", "1")
    yield running
    running.stop()


@pytest.fixture
def viewers(portal: Portal, sandbox: SandboxClient) -> Page:
    return page(portal, sandbox)


@pytest.fixture
def result(viewers: Page) -> str:
    return viewers.statement(
        "SELECT CAST(id AS DECIMAL(20,2)) AS d, id AS i, CAST(id AS DOUBLE) AS f, CAST(id AS STRING) AS s, "
        "DATE'2025-01-01' AS day, TIMESTAMP'2025-01-01 00:00:00' AS t, id % 2 = 0 AS b FROM range(50)"
    )


def _where(column: int, operator: str, value: Any, other: Any = "") -> dict[str, Any]:
    return {"filter": [{"column": column, "operator": operator, "value": value, "other": other}]}


@pytest.mark.parametrize(
    "view",
    [
        _where(0, "eq", "1e999999"),
        _where(1, "eq", "1e999999"),
        _where(1, "eq", "-1E+99999999"),
        _where(0, "lt", "1e-999999"),
        _where(0, "gt", "0E999999999"),
        _where(0, "eq", "NaN"),
        _where(1, "eq", "9" * 5_000),
        _where(0, "eq", "x" * 50_000),
        _where(4, "lt", "10000-01-01"),
        _where(4, "lt", "2025-02-30"),
        _where(5, "lt", "0001-01-01T00:00:00+14:00"),
        _where(5, "gt", "9999-12-31T23:59:59-14:00"),
        _where(6, "eq", "maybe"),
        _where(6, "lt", "true"),
        _where(0, "between", "1", "z"),
        _where(3, "matches", "x"),
        _where(-1, "eq", "1"),
        _where(7, "eq", "1"),
        _where(2**70, "eq", "1"),
        _where(0, "eq", {"a": 1}),
        _where(0, "eq", [1]),
        {"sort": "column"},
        {"sort": {"column": 0}},
        {"sort": [0]},
        {"sort": [{"column": "0"}]},
        {"sort": [{"column": True}]},
        {"sort": [{"column": 0, "descending": "yes"}]},
        {"sort": [{"column": 0}] * 21},
        {"filter": [None]},
        {"filter": 1},
        _where(0, None, "1"),
        _where(0, "x" * 10_000, "1"),
        {"sort": [{"descending": True}]},
        "view",
        7,
        [],
        True,
    ],
)
def test_a_view_that_is_none_is_said(viewers: Page, result: str, view: Any):
    refused(viewers.post(f"results/{result}/rows", {"start": 0, "stop": 10, "view": view}))
    refused(viewers.post(f"results/{result}/view", {"view": view}))


@pytest.mark.parametrize(
    ("view", "rows"),
    [
        (_where(0, "lt", "9" * 38), 50),
        (_where(0, "gt", "1." + "0" * 36 + "1"), 48),
        (_where(0, "eq", "3.000000001"), 0),
        (_where(0, "ne", "3.000000001"), 50),
        (_where(0, "le", "3.000000001"), 4),
        (_where(0, "ge", "-" + "9" * 38), 50),
        (_where(1, "lt", "9" * 38), 50),
        (_where(1, "gt", "2.5"), 47),
        (_where(1, "eq", "1" + "0" * 30), 0),
        (_where(0, "between", "0.5", "1e30"), 49),
        (_where(2, "lt", "1e400"), 50),
        (_where(1, "ge", str(2**63)), 0),
        (_where(0, "eq", 3), 1),
    ],
)
def test_a_number_larger_or_finer_than_its_column_is_compared_exactly(viewers: Page, result: str, view: Any, rows: int):
    answer = viewers.post(f"results/{result}/view", {"view": view})
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"here": True, "total": rows}


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("rows", b'{"start": 0, "stop": 1e999999}'),
        ("rows", b'{"start": 0, "stop": ' + b"9" * 5_000 + b"}"),
        ("rows", b'{"start": -1, "stop": 5}'),
        ("rows", b'{"start": "0", "stop": "5"}'),
        ("rows", b'{"start": true, "stop": 5}'),
        ("rows", b'{"start": 0, "stop": 99999999999999999999}'),
        ("rows", b"{}"),
        ("rows", b""),
        ("rows", b"[]"),
        ("rows", b"null"),
        ("rows", b"\xff\xfe"),
        ("rows", b'{"start": NaN, "stop": 1}'),
        ("rows", strangers.deep(5_000)),
        ("rows", b'{"start": 0'),
        ("cell", b'{"row": 0}'),
        ("cell", b'{"row": 0, "column": 99}'),
        ("cell", b'{"row": 999999999999, "column": 0}'),
        ("profile", b'{"column": 99}'),
        ("profile", b'{"column": "0"}'),
        ("profile", b"{}"),
        ("chart", b'{"chart": []}'),
        ("chart", b'{"chart": {"kind": ["bar"], "x": 0}}'),
        ("chart", b'{"chart": {"kind": "bar", "x": true}}'),
        ("chart", b'{"chart": {"kind": "bar", "x": {"column": 7}}}'),
        ("chart", b'{"chart": {"kind": "bar"}, "separators": {}}'),
        ("view", b'{"again": "SELECT 1", "view": null}'),
        ("view", b'{"again": {"sql": 7}}'),
        ("view", b'{"again": {"sql": "SELECT 1", "params": [1]}}'),
        ("state", b"[1]"),
        ("view", b'{"again": {"sql": "SELECT 1", "limit": 1e9}}'),
        ("view", b'{"again": {"sql": "SELECT 1", "limit": -1}}'),
        ("download/csv", b'{"whole": "perhaps"}'),
        ("download/csv", b'{"params": {"a": 1}}'),
        ("download/nosuch", b"{}"),
    ],
)
def test_a_body_that_is_none_is_said(viewers: Page, result: str, path: str, asked: bytes):
    headers = {"Content-Type": "application/json"}
    refused(viewers.portal.post(f"results/{result}/{path}", viewers.token, data=asked, headers=headers))


def test_the_statement_itself_is_no_statement_over_it(viewers: Page, result: str):
    refused(viewers.post(f"results/{result}/profile", {"column": 0, "from": result}))
    refused(
        viewers.post(
            f"results/{result}/chart",
            {
                "chart": {"kind": "bar", "x": {"column": "s"}, "y": [{"column": "", "aggregate": "count"}]},
                "from": result,
            },
        )
    )


def test_rows_that_bear_our_names_but_hold_something_else(viewers: Page, result: str):
    names = ["n", "k", "d", "first_v", "last_v", "lo", "hi", "q0", "q1", "q2", "q3", "q4", "b", "c"]
    fake = viewers.statement("SELECT " + ", ".join(f"'x' AS {name}" for name in names))
    refused(viewers.post(f"results/{result}/profile", {"column": 0, "from": fake}))
    fake = viewers.statement("SELECT array(1) AS x, map('a', 1) AS v0")
    refused(
        viewers.post(
            f"results/{result}/chart",
            {"chart": {"kind": "bar", "x": {"column": "s"}, "y": [{"column": "", "aggregate": "count"}]}, "from": fake},
        )
    )


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("catalog/tree", {"path": "a"}),
        ("catalog/tree", {"path": ["a"] * 4}),
        ("catalog/tree", {"path": [1]}),
        ("catalog/tree", {"path": ["a" * 300]}),
        ("catalog/tree", {"path": ["a", "b"], "following": "x" * 10_000}),
        ("catalog/search", {"text": ["a"]}),
        ("catalog/search", {"text": "a" * 2_000}),
        ("catalog/search", {}),
        ("catalog/names", {"path": [[]]}),
        ("sql/format", {"sql": None}),
        ("sql/format", {"sql": "x" * 2_000_001}),
        ("sql/save", {"name": "", "sql": "SELECT 1"}),
        ("sql/save", {"name": "x" * 300, "sql": "SELECT 1"}),
        ("sql/save", {"name": "x"}),
        ("sql/save", {"name": "x", "sql": "SELECT 1", "id": {"a": 1}}),
        ("downloads/" + "a" * 32, {"stop": "yes"}),
        ("downloads/" + "a" * 32, []),
    ],
)
def test_what_the_editor_and_the_tree_do_not_ask_is_said(viewers: Page, path: str, asked: Any):
    refused(viewers.post(path, asked))


def test_a_form_is_read_like_json_and_bounded_like_it(viewers: Page, result: str):
    def sent(data: bytes) -> requests.Response:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return viewers.portal.post(f"results/{result}/download/csv", viewers.token, data=data, headers=headers)

    assert sent(b"limit=10&params=%7B%7D&sql=SELECT+1&ticket=" + b"a" * 32).text.count("\n") == 51
    for bad in (
        strangers.FIELDS,
        b"params=%7B",
        b"limit=ten",
        b"params=[1]",
        b"%" * 3_000_000,
        b"ticket=" + b"a" * 300,
    ):
        refused(sent(bad))


@pytest.mark.parametrize(
    "asked",
    [
        b"",
        b"[]",
        b"7",
        b'"x"',
        b"{}",
        strangers.body("nosuch.children"),
        strangers.body("x" * 5_000),
        strangers.deep(5_000),
        json.dumps({"output": "home-name.children", "outputs": {"id": "home-name", "property": "children"}}).encode(),
        json.dumps({"output": "home-name.children", "outputs": 7, "inputs": {"id": 1}}).encode(),
        json.dumps({"output": ["home-name.children"], "outputs": {}, "inputs": []}).encode(),
        json.dumps(
            {"output": "home-name.children", "inputs": [{"id": "home-name", "property": "x", "value": 1}]}
        ).encode(),
        json.dumps({"output": "home-name.children", "inputs": [{"id": ["a"], "property": "x"}]}).encode(),
        json.dumps({"output": "home-name.children", "inputs": [1, None], "state": "x"}).encode(),
        json.dumps({"output": "home-name.children", "inputs": [], "changedPropIds": {"a": 1}}).encode(),
        b'{"output": "home-name.children", "inputs": [{"id": "a", "property": "b", "value": ' + b"9" * 9_000 + b"}]}",
    ],
)
def test_a_callback_that_no_page_has_is_said(viewers: Page, asked: bytes):
    faults = viewers.portal.log.count("Traceback")
    headers = {"Content-Type": "application/json"}
    refused(viewers.portal.post("_dash-update-component", viewers.token, data=asked, headers=headers))
    assert viewers.portal.log.count("Traceback") == faults


def test_signed_in_a_body_may_be_large_and_no_larger(viewers: Page):
    answer = viewers.portal.post(
        "sql/format", viewers.token, data=b"x" * 9_000_000, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 413
    refused(answer)


def _asked(portal: Portal, token: str, output: str, inputs: list[Any]) -> requests.Response:
    """A callback that the portal has, with these (id, property, value)."""

    def parts(given: list[Any]) -> list[dict[str, Any]]:
        return [{"id": one, "property": name, "value": value} for one, name, value in given]

    target, _, name = output.partition("@")[0].rpartition(".")
    body = {
        "output": output,
        "outputs": {"id": target, "property": name},
        "inputs": parts(inputs),
    }
    return portal.post("_dash-update-component", token, json=body)


AGAIN = {"region": "catalog-facts", "part": "again"}
ASK = {"sql": "SELECT 1", "from": 0, "to": 8, "all": True, "ended": [], "n": 1, "limit": "1000", "params": {}}


@pytest.mark.parametrize("path", ["main", 7, {"a": 1}, [1], [["main"]], [{}], True])
def test_a_store_that_holds_another_kind_is_said(viewers: Page, path: Any):
    inputs = [(AGAIN, "data", 0), ("catalog-path", "data", path)]
    refused(_asked(viewers.portal, viewers.token, "catalog-facts.children", inputs))


@pytest.mark.parametrize(
    "more",
    [
        {"sql": 7},
        {"sql": None},
        {"from": "0"},
        {"from": -1},
        {"from": 1e300},
        {"to": 2**60},
        {"ended": 3},
        {"ended": ["0"]},
        {"ended": [0] * 5_000},
        {"params": [1]},
        {"params": {"a": 1}},
        {"params": {"a": {"value": {"b": 1}}}},
        {"limit": {}},
        {"warehouse": ["x"]},
        {"catalog": 5},
        {"schema": "x" * 10_000},
        {"n": None},
        {"all": "yes"},
    ],
)
def test_what_the_editor_does_not_ask_for_is_drawn_as_a_sentence(viewers: Page, more: dict[str, Any]):
    faults = viewers.portal.log.count("Traceback")
    answer = _asked(viewers.portal, viewers.token, "warehouse-panels.children", [("warehouse-ask", "data", ASK | more)])
    assert answer.status_code in {200, 204}, answer.text[:300]
    assert "What was sent is not understood" in answer.text
    assert viewers.portal.log.count("Traceback") == faults


def test_what_the_editor_asks_for_runs(viewers: Page):
    answer = _asked(viewers.portal, viewers.token, "warehouse-panels.children", [("warehouse-ask", "data", ASK)])
    assert answer.status_code == 200
    assert "SUCCEEDED" in answer.text


@pytest.mark.parametrize("job", ["", "x", "9" * 5_000, "-1", "1e5", "٣", "1" * 30])
def test_an_id_that_is_no_number_is_no_job(viewers: Page, job: str):
    faults = viewers.portal.log.count("Traceback")
    inputs = [({"region": "job", "part": "again"}, "data", 0), ("job-id", "data", job)]
    answer = _asked(viewers.portal, viewers.token, "job.children", inputs)
    assert answer.status_code == 200
    assert "no-such-thing" in answer.text
    assert viewers.portal.log.count("Traceback") == faults
