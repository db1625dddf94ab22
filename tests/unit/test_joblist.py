"""The list of jobs: a column is one entry, and its cells follow it."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import dash
import pytest

from portal.databricks.jobs.search import View
from portal.ui import joblist
from portal.viewer.errors import Busy, NotPermitted

NOW = 1_795_000_000_000.0


@pytest.fixture(scope="module", autouse=True)
def app() -> dash.Dash:
    return dash.Dash("joblist", use_pages=False)


def job(number: int) -> Any:
    return SimpleNamespace(
        id=number, name=f"Job {number}", owner="ada", tags=(("env", "prod"),) * 5, schedules=(), next=lambda now: None
    )


def table(runs: dict[int, Any]) -> dict[str, Any]:
    listed: Any = SimpleNamespace(jobs=[job(1)], count=1)
    drawn = joblist.table(listed, runs, View(), NOW).to_plotly_json()["props"]["data-value"]
    value: dict[str, Any] = json.loads(drawn)
    return value


def run() -> Any:
    return SimpleNamespace(
        id=7, state=SimpleNamespace(word="SUCCESS"), start=int(NOW) - 5000, duration=lambda now: 4000
    )


def widths(value: dict[str, Any]) -> list[int]:
    return [sum(cell.get("span", 1) for cell in row) for row in value["rows"]]


def test_every_row_is_as_wide_as_the_headings() -> None:
    for runs in ({}, {1: ()}, {1: (run(),)}, {1: Busy("later")}, {1: NotPermitted("not yours")}):
        assert widths(table(runs)) == [len(joblist.COLUMNS)], runs


def test_a_column_is_one_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    new = joblist.Column("Tags", lambda row: {"text": str(len(row.job.tags))}, sort="tags")
    monkeypatch.setattr(joblist, "COLUMNS", (new, *joblist.COLUMNS))
    value = table({1: (run(),)})
    assert value["columns"][0] == {"text": "Tags", "set": {"sort": "tags", "dir": "asc"}}
    assert value["rows"][0][0] == {"text": "5"}
    assert widths(value) == [len(joblist.COLUMNS)]


def test_what_a_job_without_runs_shows_in_their_place() -> None:
    *_, last = table({1: ()})["rows"][0]
    assert last == {"span": 4, "note": "Never run"}
    assert [cell.get("waiting") for cell in table({})["rows"][0]] == [None, None, None, True, True, True, True]
