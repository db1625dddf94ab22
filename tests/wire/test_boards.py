"""Dashboards' statements against the sandbox's warehouse: what they give, and what pandas makes of the same rows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from portal.boards import queries, tiles
from portal.charts.formats import ENGLISH
from tests import boards_reference
from tests.bench.bench_dashboards_drawn import run
from tests.unit.test_boards_queries import NOW, board, chart, fields, only, planned
from tests.wire.sql_clients import workspace

SQL = """
SELECT
  id,
  element_at(array('north', 'south', 'it''s', NULL), CAST(id % 4 + 1 AS INT)) AS region,
  element_at(array('a', 'b', 'c'), CAST(id % 3 + 1 AS INT)) AS `odd``name. x`,
  date_add(DATE'2025-01-30', CAST(id % 90 AS INT)) AS day,
  dateadd(HOUR, CAST(id % 24 AS INT), CAST(date_add(DATE'2025-01-30', CAST(id % 90 AS INT)) AS TIMESTAMP)) AS at,
  CAST(id * 1.17 - 40 AS DECIMAL(12, 2)) AS amount,
  CAST(id % 17 AS DOUBLE) / 7 AS share,
  CASE WHEN id % 5 = 0 THEN NULL ELSE id % 13 END AS score
FROM range(300) -- the rows;
;
"""
DATASET = {"name": "d", "queryLines": SQL.splitlines(keepends=True)}
ODD = "`odd``name. x`"


@pytest.fixture
def client(sandbox, trust):
    return workspace(sandbox, "engineer")


@pytest.fixture
def ask(client, sandbox):
    def rows(made, values=None, **more) -> list[dict[str, Any]]:
        return run(client, sandbox, only(made, values, **more)).to_pylist()

    return rows


@pytest.fixture
def data(ask) -> pd.DataFrame:
    found = ask(board([DATASET], chart(kind="table", disaggregated=True)))
    assert len(found) == 300
    return boards_reference.frame(found, list(found[0]))


SHAPES: list[dict[str, Any]] = [
    {"fields": fields(total="SUM(`amount`)", rows="COUNT(`*`)", some="COUNT(`score`)")},
    {"fields": fields(region="`region`", mean="AVG(`amount`)", share="SUM(`share`)", most="MAX(`day`)")},
    {"fields": fields(month='DATE_TRUNC("MONTH", `day`)', region="`region`", total="SUM(`amount`)")},
    {"fields": fields(week='DATE_TRUNC("WEEK", `at`)', regions="COUNT(DISTINCT `region`)", low="MIN(`amount`)")},
    {"fields": fields(hour='DATE_TRUNC("HOUR", `at`)', middle="MEDIAN(`score`)")},
    {"fields": [{"name": "p`e.r", "expression": ODD}, {"name": "sum(`x`)", "expression": "PERCENTILE(`share`, 0.5)"}]},
    {"fields": fields(bin="BIN_FLOOR(`amount`, 25)", rows="COUNT(`*`)")},
    {"fields": fields(region="`region`", odd=ODD)},
    {"fields": fields(id="`id`", region="`region`"), "disaggregated": True, "orders": [{"expression": "`id`"}]},
    {"fields": fields(total="SUM(`amount`)"), "filters": [{"expression": "`region` IN ('north', 'south')"}]},
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: ",".join(one["name"] for one in shape["fields"]))
def test_rows_are_what_pandas_makes_of_the_dataset(ask, data, shape):
    made = board([DATASET], chart(kind="table", **shape))
    query = made.pages[0].widgets[0].query
    wanted = boards_reference.rows(query, data)
    assert boards_reference.same(ask(made), wanted) == ""
    assert wanted


def _masked(ask, data: pd.DataFrame, filter_: dict[str, Any], value: Any, mask: Any) -> None:
    made = board([DATASET], chart(kind="table", fields=fields(id="`id`"), disaggregated=True), filter_)
    found = [row["id"] for row in ask(made, {"p.f": value})]
    assert sorted(found) == sorted(data[mask]["id"])
    assert 0 < len(found) < len(data)


def field_filter(kind: str, column: str = "region", **spec: Any) -> dict[str, Any]:
    expression = f"`{column}`"
    query = {"datasetName": "d", "fields": [{"name": column, "expression": expression}], "disaggregated": False}
    encodings = {"fields": [{"fieldName": column, "queryName": "q"}]}
    return {
        "name": "f",
        "queries": [{"name": "q", "query": query}],
        "spec": {"version": 2, "widgetType": kind, "encodings": encodings, **spec},
    }


def test_a_choice_filters_its_dataset(ask, data):
    _masked(ask, data, field_filter("filter-single-select"), "it's", data.region == "it's")
    _masked(ask, data, field_filter("filter-multi-select"), ["it's", "north"], data.region.isin(["it's", "north"]))
    _masked(ask, data, field_filter("filter-multi-select"), ["north", r"\N"], data.region.isin(["north", None]))
    _masked(ask, data, field_filter("filter-single-select", "id"), "7", data.id == 7)
    _masked(ask, data, field_filter("filter-single-select", "amount"), "7.97", data.amount.map(str) == "7.97")
    _masked(
        ask, data, field_filter("filter-multi-select", exclude=True), ["north"], (data.region != "north").astype(bool)
    )


def test_a_range_of_days_includes_its_last_day(ask, data):
    until = date(2025, 2, 10)
    days = data["at"].map(boards_reference.day)
    _masked(ask, data, field_filter("filter-date-range-picker", "at"), f"2025-02-01~{until}",
            (days >= date(2025, 2, 1)) & (days <= until))  # fmt: skip
    _masked(ask, data, field_filter("filter-date-range-picker", "day"), f"~{until}", data["day"] <= until)
    _masked(ask, data, field_filter("filter-date-picker", "at"), str(until), days == until)
    hour = pd.Timestamp("2025-02-10 09:00", tz="UTC")
    _masked(ask, data, field_filter("filter-date-range-picker", "at"), "~2025-02-10T09:00:00",
            data["at"].map(lambda one: pd.Timestamp(one).tz_localize(None) <= hour.tz_localize(None)))  # fmt: skip


def test_relative_days_are_the_viewers(ask, data):
    """NOW is 27 November 2026: the dataset's days are some 650 days before."""
    since = (NOW - timedelta(days=650)).date()
    _masked(ask, data, field_filter("filter-date-range-picker", "day"), "now-650d/d~now/d", data["day"] >= since)


def test_texts_and_numbers_filter(ask, data):
    _masked(ask, data, field_filter("filter-text-entry"), "OUT", data.region == "south")
    _masked(ask, data, field_filter("filter-text-entry", matchMode="starts-with"), "No", data.region == "north")
    _masked(ask, data, field_filter("filter-text-entry", matchMode="exact-match"), "IT'S", data.region == "it's")
    _masked(ask, data, field_filter("range-slider", "amount"), "-3.5~10", data.amount.between(-3.5, 10))


def test_all_but_one_choice_is_not_allowed(ask, data):
    made = board(
        [DATASET],
        chart(kind="table", fields=fields(id="`id`"), disaggregated=True),
        field_filter("filter-single-select", disallowAll=True),
    )
    assert sorted(row["id"] for row in ask(made)) == sorted(data[data.region == "it's"]["id"])


def test_a_menu_offers_each_value_once(client, sandbox):
    made = board([DATASET], field_filter("filter-single-select"))
    found = queries.menu(made, made.pages[0].widgets[0], now=NOW, zone=NOW.tzinfo)
    rows = run(client, sandbox, found)
    assert rows.column("value").to_pylist() == ["it's", "north", "south", None]


def test_a_click_filters_what_shares_the_dataset(ask, data):
    bars = chart("bars", fields=fields(month='DATE_TRUNC("MONTH", `day`)', rows="COUNT(`*`)"))
    bars["spec"]["encodings"] = {"x": {"fieldName": "month", "scale": {"type": "temporal"}}}
    made = board([DATASET], bars, chart("w", kind="table", fields=fields(id="`id`"), disaggregated=True))
    found = ask(made, clicks=[queries.Click("bars", "month", "2025-02-01 00:00:00")], only={"w"})
    february = data["day"].map(lambda one: (one.year, one.month) == (2025, 2))
    assert sorted(row["id"] for row in found) == sorted(data[february]["id"])


def test_a_pivot_has_every_total_from_the_warehouse(client, sandbox, data):
    of = chart("w", kind="pivot", fields=fields(r="`region`", c=ODD, v="AVG(`score`)"))
    of["spec"]["encodings"] = {
        "rows": [{"fieldName": "r", "displayTotal": True}],
        "columns": [{"fieldName": "c", "displayTotal": True}],
        "cell": {"fields": [{"fieldName": "v", "format": {"type": "number", "decimalPlaces": {"places": 4}}}]},
    }
    made = board([DATASET], of)
    [one] = planned(made)
    found = tiles.of(made, made.pages[0].widgets[0], run(client, sandbox, one), one, ENGLISH)
    assert isinstance(found, tiles.Crossed)
    last = found.pivot.lines[-1].cells
    scores = data.dropna(subset=["score"])
    for cell, letter in zip(last, ["a", "b", "c", None], strict=True):
        some = scores if letter is None else scores[scores["odd`name. x"] == letter]
        assert float(cell.value) == pytest.approx(some.score.astype(float).mean(), rel=1e-9)


def test_parameters_of_every_shape_reach_the_warehouse(ask, data):
    text = SQL.partition("--")[0] + (
        "WHERE date_add(DATE'2025-01-30', CAST(id % 90 AS INT)) BETWEEN :days.min AND :days.max\n"
        "AND array_contains(:ids, id % 10) AND ':no.min' <> :word\nORDER BY id LIMIT :most; -- :days.min;"
    )
    several = {"values": {"dataType": "INTEGER", "values": [{"value": "1"}, {"value": "2"}]}}
    span = {"range": {"dataType": "DATE", "min": {"value": "2025-02-01"}, "max": {"value": "2025-03-01"}}}

    def one(value: str) -> dict[str, Any]:
        return {"values": {"dataType": "STRING", "values": [{"value": value}]}}

    parameters = [
        {"keyword": "days", "dataType": "DATE", "complexType": "RANGE", "defaultSelection": span},
        {"keyword": "ids", "dataType": "INTEGER", "complexType": "MULTI", "defaultSelection": several},
        {"keyword": "word", "dataType": "STRING", "defaultSelection": one("it's; DROP TABLE")},
        {"keyword": "most", "dataType": "INTEGER", "defaultSelection": one("5")},
    ]
    made = board([{"name": "d", "query": text, "parameters": parameters}], chart(kind="table", disaggregated=True))
    in_days = data["day"].map(lambda day: date(2025, 2, 1) <= day <= date(2025, 3, 1))
    wanted = data[in_days & (data.id % 10).isin([1, 2])].id.tolist()[:5]
    assert [row["id"] for row in ask(made)] == wanted


def test_calculations_of_a_dataset_are_columns_and_measures(ask, data):
    of = {**DATASET, "columns": [
        {"displayName": "Per row", "expression": "SUM(`amount`) / COUNT(`*`)"},
        {"displayName": "Side", "expression": "CASE WHEN `region` = 'north' THEN 'up' ELSE 'down' END"},
    ]}  # fmt: skip
    made = board([of], chart(kind="table", fields=fields(side="`Side`", each="MEASURE(`Per row`)")))
    up = data[data.region == "north"].amount
    found = {row["side"]: row["each"] for row in ask(made)}
    assert set(found) == {"up", "down"}
    assert float(found["up"]) == pytest.approx(float(sum(up)) / len(up))


def test_a_metric_view_takes_the_datasets_place(ask, client, sandbox):
    view = {"name": "d", "asset_name": "main.shapes.revenue_metrics"}
    listed = fields(**{"Order Month": "`Order Month`", "m": "MEASURE(`Revenue`)"})
    made = board([view], chart(kind="table", fields=listed))
    found = ask(made)
    whole = ask(board([view], chart(kind="table", fields=fields(m="MEASURE(`Revenue`)"))))
    assert len(found) > 1
    assert sum(row["m"] for row in found) == whole[0]["m"]


def test_a_whole_query_is_what_the_guard_reads(ask):
    """A dataset that is a table, a FROM or a VALUES is a query as any other."""
    for text, rows in (("VALUES (1), (2)", 2), ("FROM range(3) SELECT id", 3), ("(SELECT 1 AS a) UNION SELECT 2", 2)):
        assert len(ask(board([{"name": "d", "query": text}], chart(kind="table", disaggregated=True)))) == rows
