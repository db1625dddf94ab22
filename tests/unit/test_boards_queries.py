"""The SQL of a dashboard's widgets: composed, bound and judged."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from portal.boards import definition, queries
from portal.databricks.statements import Parameter

NOW = datetime(2026, 11, 27, 15, 4, tzinfo=UTC)


def board(datasets: list[dict[str, Any]], *widgets: dict[str, Any], shared: list[dict[str, Any]] | None = None):
    """A dashboard of one page `p`, and a global page `g` of `shared` widgets."""

    def page(name: str, kind: str, some) -> dict[str, Any]:
        layout = [
            {"position": {"x": 0, "y": at, "width": 6, "height": 1}, "widget": one} for at, one in enumerate(some)
        ]
        return {"name": name, "displayName": name, "pageType": kind, "layout": layout}

    pages = [page("p", "PAGE_TYPE_CANVAS", widgets), page("g", "PAGE_TYPE_GLOBAL_FILTERS", shared or [])]
    return definition.read(json.dumps({"datasets": datasets, "pages": pages}))


def chart(name: str = "w", dataset: str = "d", kind: str = "bar", **query: Any) -> dict[str, Any]:
    spec = {"version": 1, "widgetType": kind, "encodings": {}}
    return {"name": name, "queries": [{"name": "main_query", "query": {"datasetName": dataset, **query}}], "spec": spec}


def fields(**expressions: str) -> list[dict[str, str]]:
    return [{"name": name, "expression": expression} for name, expression in expressions.items()]


def planned(made, values=None, **more) -> list[queries.Planned | queries.Refused]:
    return queries.plan(made, made.pages[0], values or {}, now=NOW, zone=UTC, **more)


def only(made, values=None, **more) -> queries.Planned:
    [one] = planned(made, values, **more)
    assert isinstance(one, queries.Planned), one
    return one


def test_a_dataset_is_a_cte_and_what_does_not_aggregate_is_grouped():
    made = board(
        [{"name": "d", "queryLines": ["SELECT day, cost\n", "FROM t -- the end;\n", ";-- really"]}],
        chart(fields=fields(month='DATE_TRUNC("MONTH", `day`)', cost="SUM(`cost`)", rows="COUNT(`*`)")),
    )
    assert only(made).text == (
        "WITH dataset AS (\nSELECT day, cost\nFROM t\n)\n"
        'SELECT DATE_TRUNC("MONTH", `day`) AS `month`, SUM(`cost`) AS `cost`, COUNT(*) AS `rows`\n'
        "FROM dataset\nGROUP BY ALL\nLIMIT 10001"
    )


@pytest.mark.parametrize(
    ("type_", "values", "text", "array"),
    [
        ("INTEGER", ["1", "-22"], "[1, -22]", "BIGINT"),
        ("DECIMAL", ["1.50", "1e3"], "[1.50, 1000]", "DECIMAL(38,10)"),
        ("DATE", ["now/d"], '["2026-11-27"]', "DATE"),
        ("BOOLEAN", ["TRUE", None], "[true, null]", "BOOLEAN"),
        ("STRING", ['a"b', "5"], '["a\\"b", "5"]', "STRING"),
    ],
)
def test_several_values_are_a_json_text_of_their_type(type_, values, text, array):
    default = {"values": {"values": [{"value": one} for one in values]}}
    parameters = [{"keyword": "m", "dataType": type_, "complexType": "MULTI", "defaultSelection": default}]
    made = board([{"name": "d", "query": "SELECT explode(:m) AS a", "parameters": parameters}], chart())
    assert f"explode(from_json(:m, 'ARRAY<{array}>'))" in only(made).text
    assert only(made).parameters == (Parameter("m", text, "STRING"),)


def test_ansi_mode_is_how_a_warehouse_is():
    made = board(
        [{"name": "d", "query": "-- usage\nSET ansi_mode = True; SELECT 1 AS a"}], chart(fields=fields(a="`a`"))
    )
    assert only(made).text.startswith("WITH dataset AS (\nSELECT 1 AS a\n)")
    for other in ("SET ansi_mode = false", "SET x = true", "DROP TABLE t"):
        [refused] = planned(board([{"name": "d", "query": f"{other}; SELECT 1 AS a"}], chart()))
        assert refused.reason.endswith("This is more than one statement.")


def test_what_is_the_same_runs_once():
    made = board([{"name": "d", "query": "SELECT 1 AS a"}], *(chart(f"w{n}", fields=fields(a="`a`")) for n in (1, 2)))
    assert only(made).widgets == ("w1", "w2")


@pytest.mark.parametrize(
    ("dataset", "expression"),
    [
        ("SELECT 'x' AS a) INSERT INTO main.sales.loot SELECT 'secret' /*", "`a` */"),
        ("SELECT 1 AS a; DROP TABLE t", "`a`"),
        ("DELETE FROM t", "`a`"),
        ("SELECT http_request('https://evil.example') AS a", "`a`"),
        ("SELECT 1 AS a", "`a`) FROM t; DROP TABLE t --"),
        ("SELECT 1 AS a", "`a` FROM t UNION SELECT 1"),
        ("SELECT 1 AS a /*", "`a`"),
    ],
)
def test_a_text_that_is_not_one_query_is_refused(dataset, expression):
    made = board([{"name": "d", "query": dataset}], chart(fields=fields(a=expression)))
    [one] = planned(made)
    assert isinstance(one, queries.Refused)
    assert one.because == "unsupported"
    assert "PORTAL_SQL_MODE" not in one.reason


def test_parameters_become_scalars_but_not_in_strings_and_comments():
    text = "SELECT ':p.min' AS a /* :p.min */ FROM t WHERE d BETWEEN :p.min AND :p.max"
    text += " AND array_contains(:m, c) AND x = :s"
    span = {"range": {"dataType": "DATE", "min": {"value": "now/M"}, "max": {"value": "now/d"}}}
    several = {"values": {"dataType": "STRING", "values": [{"value": "a"}, {"value": "it's"}]}}
    single = {"values": {"dataType": "INTEGER", "values": [{"value": "5"}]}}
    parameters = [
        {"keyword": "p", "dataType": "DATE", "complexType": "RANGE", "defaultSelection": span},
        {"keyword": "m", "dataType": "STRING", "complexType": "MULTI", "defaultSelection": several},
        {"keyword": "s", "dataType": "INTEGER", "defaultSelection": single},
    ]
    one = only(board([{"name": "d", "query": text, "parameters": parameters}], chart(disaggregated=True)))
    assert "SELECT ':p.min' AS a /* :p.min */ FROM t WHERE d BETWEEN :p_min AND :p_max" in one.text
    assert "array_contains(from_json(:m, 'ARRAY<STRING>'), c) AND x = :s" in one.text
    assert one.parameters == (
        Parameter("p_min", "2026-11-01", "DATE"),
        Parameter("p_max", "2026-11-27", "DATE"),
        Parameter("m", '["a", "it\'s"]', "STRING"),
        Parameter("s", "5", "INT"),
    )
