"""A query's parameters as they reach the warehouse: typed, bound, in the form that their place in the text asks for."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import requests

from tests.portal_process import Portal, connect_variables, start_portal
from tests.sandbox_client import SandboxClient
from tests.wire.warehouse_client import Page, page, refused

ZIPS = "(VALUES ('02134'), ('2134'), ('10001'), ('N/A')) AS t(zip)"


@pytest.fixture(scope="module")
def portal(sandbox_process: SandboxClient) -> Iterator[Portal]:
    running = start_portal(connect_variables(sandbox_process), "--workers", "1", "--threads", "8")
    yield running
    running.stop()


@pytest.fixture
def viewer(portal: Portal, sandbox: SandboxClient) -> Page:
    return page(portal, sandbox)


def rows(viewer: Page, sql: str, params: Mapping[str, Any], zone: str = "UTC") -> list[list[Any]]:
    """Run, and read what came."""
    answer = viewer.run(sql, params, zone)
    found = re.search(r'"panel": *"([0-9a-f-]{36})"', answer) or re.search(r'"id": *"([0-9a-f-]{36})"', answer)
    assert found, answer[:2000]
    deadline = time.monotonic() + 120
    while viewer.api("GET", f"/api/2.0/sql/statements/{found[1]}")["status"]["state"] in {"PENDING", "RUNNING"}:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return viewer.every_row(found[1])


def test_a_list_of_texts_finds_texts(viewer: Page):
    """`02134, 10001` was bound as numbers: '2134' came back too, and 'N/A' was CAST_INVALID_INPUT."""
    given = {"zips": {"type": "list", "value": "02134, 10001"}}
    assert rows(viewer, f"SELECT zip FROM {ZIPS} WHERE zip IN (:zips) ORDER BY 1", given) == [["02134"], ["10001"]]


def test_a_list_of_numbers_finds_numbers(viewer: Page):
    given = {"ids": {"type": "numbers", "value": "1, 3"}}
    assert rows(viewer, "SELECT id FROM range(5) WHERE id IN (:ids) ORDER BY 1", given) == [["1"], ["3"]]


@pytest.mark.parametrize(
    "where",
    [
        "array_contains(transform(split(:zips, ','), s -> trim(s)), zip)",
        "array_contains(:zips, zip)",
        "array_contains(from_json(:zips, 'ARRAY<STRING>'), zip)",
        "zip IN (:zips)",
    ],
)
def test_several_chosen_values_work_in_the_workspaces_form_and_in_that_of_dashboards(viewer: Page, where: str):
    given = {"zips": {"type": "choice", "multi": True, "value": '["02134", "N/A"]'}}
    assert rows(viewer, f"SELECT zip FROM {ZIPS} WHERE {where} ORDER BY 1", given) == [["02134"], ["N/A"]]


def test_time_travel_takes_parameters(viewer: Page):
    viewer.statement("CREATE OR REPLACE TABLE main.engineer.travelled AS SELECT 1 AS a")
    viewer.statement("INSERT INTO main.engineer.travelled VALUES (2)")
    try:
        sql = "SELECT a FROM main.engineer.travelled VERSION AS OF :v"
        assert rows(viewer, sql, {"v": {"type": "number", "value": "0"}}) == [["1"]]
        past = "SELECT a FROM main.engineer.travelled TIMESTAMP AS OF :ts"
        answer = viewer.run(past, {"ts": {"type": "timestamp", "value": "2020-01-01 00:00"}})
        assert "before the earliest version" in answer or "EARLIER" in answer.upper()
    finally:
        viewer.statement("DROP TABLE main.engineer.travelled")


def test_days_that_move_are_those_of_the_viewers_zone(viewer: Page):
    """Pacific/Kiritimati is 25 hours before Pacific/Niue: never the same day."""
    given = {"d": {"type": "range", "value": "TODAY"}}
    found = [rows(viewer, "SELECT :d.min AS a, :d.max AS b", given, f"Pacific/{at}") for at in ("Kiritimati", "Niue")]
    assert found[0] != found[1]
    assert all(one[0][0] == one[0][1] for one in found)


def saved(viewer: Page, sql: str, *parameters: Mapping[str, Any]) -> str:
    query = {"display_name": "Choices", "query_text": sql, "warehouse_id": viewer.sandbox.warehouse_id}
    query |= {"parameters": [*parameters]} if parameters else {}
    body = {"query": query, "auto_resolve_display_name": True}
    answer = requests.post(
        f"{viewer.sandbox.workspace_url}/api/2.0/sql/queries", json=body, timeout=30, verify=viewer.sandbox.ca_bundle,
        headers={"Authorization": f"Bearer dapi-{viewer.viewer}"},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def options(viewer: Page, query: str) -> requests.Response:
    answer = viewer.post("sql/options", {"query": query})
    while answer.status_code == 200 and (statement := answer.json()["statement"]):
        answer = viewer.post("sql/options", {"query": query, "statement": statement})
    return answer


def test_a_saved_querys_rows_are_choices_each_once_and_told_where_there_are_more(viewer: Page):
    few = options(viewer, saved(viewer, "VALUES ('b'), ('a'), (NULL), ('b'); -- the end")).json()
    assert few == {"options": ["b", "a"], "more": False, "statement": None, "with": []}
    many = options(viewer, saved(viewer, "SELECT id FROM range(20000) ORDER BY id")).json()
    assert (len(many["options"]), many["options"][-1], many["more"]) == (10_000, "9999", True)


@pytest.mark.parametrize("sql", ["DELETE FROM main.sales.orders", "SELECT 1; SELECT 2", "SELECT :unset", "nonsense"])
def test_what_gives_no_choices_is_said_and_nothing_runs(viewer: Page, sql: str):
    query = saved(viewer, sql)
    viewer.sandbox.clear_calls()
    refused(options(viewer, query))
    assert viewer.sandbox.count("workspace", "/sql/statements") == 0


def test_choices_of_a_query_with_parameters_are_of_its_saved_values_which_are_said(viewer: Page):
    query = saved(
        viewer,
        "SELECT v FROM (VALUES ('west'), ('east'), ('north')) AS t(v) WHERE v IN (:regions) AND length(v) < :most",
        {"name": "regions", "title": "Regions",
         "enum_value": {"enum_options": "west\neast\nnorth", "values": ["west", "east"],
                        "multi_values_options": {"separator": ","}}},
        {"name": "most", "numeric_value": {"value": 5}},
    )  # fmt: skip
    found = options(viewer, query).json()
    assert found["options"] == ["west", "east"]
    assert found["with"] == [["Regions", "west, east"], ["most", "5"]]


def test_a_query_of_another_gives_no_choices(portal: Portal, viewer: Page, sandbox: SandboxClient):
    """Nor does another's statement."""
    mine = saved(viewer, "SELECT 'secret'")
    stranger = page(portal, sandbox, "analyst-east")
    refused(options(stranger, mine))
    own = saved(stranger, "SELECT 1")
    refused(stranger.post("sql/options", {"query": own, "statement": viewer.statement("SELECT 'secret'")}))
    assert mine not in stranger.post("sql/queries", {}).text


def test_a_number_out_of_its_bounds_does_not_run(viewer: Page):
    answer = viewer.run("SELECT :n", {"n": {"type": "number", "value": "7", "max": "6"}})
    assert "The value of :n should be 6 or less." in answer
