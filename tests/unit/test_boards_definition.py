"""Definitions that are not as they should be: each its state, and nothing else suffers."""

from __future__ import annotations

import json
from datetime import UTC

import pytest

from portal.boards import definition, queries
from portal.boards.definition import NoDashboard
from tests.unit.test_boards_queries import NOW, board, chart, fields, planned


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"pages": 1}', "[" * 100_000, '"x"'])
def test_what_is_no_dashboard_is_said(text):
    with pytest.raises(NoDashboard):
        definition.read(text)


def test_a_dashboard_without_pages_is_empty():
    assert definition.read("{}").pages == ()


def test_what_is_not_known_is_kept():
    made = definition.read('{"pages": [], "future": {"a": [1]}}')
    assert made.raw["future"] == {"a": [1]}


def test_two_hundred_widgets_are_a_hundred_and_a_sentence():
    made = board([{"name": "d", "query": "SELECT 1 AS a"}], *(chart(f"w{number}") for number in range(200)))
    assert (len(made.pages[0].widgets), made.pages[0].left_out) == (100, 100)


def test_doubled_and_missing_datasets():
    made = board(
        [{"name": "d", "query": "SELECT 1 AS a"}, {"name": "d", "query": "SELECT 2 AS a"}],
        chart("w", "gone"),
        chart("v"),
    )
    assert "Two datasets" in made.faults[0]
    refused, fine = planned(made)
    assert refused == queries.Refused("w", "The dataset of this widget is missing from the dashboard.")
    assert "SELECT 1 AS a" in fine.text


@pytest.mark.parametrize(
    ("kind", "version", "words"),
    [("sankey", 1, "kind sankey"), ("bar", 99, "version 99 of bar"), ("", 1, "does not say what")],
)
def test_a_kind_that_is_not_drawn_is_unsupported_by_name(kind, version, words):
    of = chart("w", kind=kind)
    of["spec"] |= {"version": version, "frame": {"title": "Flow", "showTitle": True}}
    [widget] = board([{"name": "d", "query": "SELECT 1 AS a"}], of).pages[0].widgets
    assert words in widget.unsupported
    assert widget.title == "Flow"


def test_older_kinds_that_are_not_drawn_are_named():
    of = {"name": "w", "queries": [{"name": "q", "query": {"datasetName": "d"}}],
          "spec": {"version": 0, "viz_spec": {"viz_type": "COHORT", "display_name": "Cohort"}}}  # fmt: skip
    [widget] = board([{"name": "d", "query": "SELECT 1"}], of).pages[0].widgets
    assert (widget.kind, widget.title) == ("v0", "Cohort")
    assert "COHORT" in widget.unsupported


def test_places_that_are_none_stay_in_the_grid():
    layout = [
        {"widget": {"name": "a"}, "position": {"x": 9, "y": -3, "width": 50, "height": 1e300}},
        {"widget": {"name": "b"}, "position": "here"},
        {"widget": None},
        7,
    ]
    [page] = definition.read(json.dumps({"pages": [{"name": "p", "layout": layout}]})).pages
    assert [(one.x, one.width) for one in page.widgets if one.name == "a"] == [(5, 1)]
    assert all(0 <= one.x < 6 and one.x + one.width <= 6 and 1 <= one.height <= 1_000 for one in page.widgets)


def test_a_long_text_is_cut_and_a_long_dataset_is_refused():
    text = {"name": "t", "multilineTextboxSpec": {"lines": ["x" * 3_000_000]}}
    made = board([{"name": "d", "query": "SELECT '" + "x" * 2_000_000 + "' AS a"}], text, chart("w"))
    assert len(made.pages[0].widgets[0].text) == 2_000_000
    [refused] = planned(made)
    assert "too long" in refused.reason


@pytest.mark.parametrize("text", ["SELECT {{ s }} AS a", "SELECT '{{s}}' AS a", "SELECT {{undeclared }} AS a"])
def test_templates_are_unsupported_by_name(text):
    parameters = [{"keyword": "s", "dataType": "STRING"}]
    [refused] = planned(board([{"name": "d", "query": text, "parameters": parameters}], chart("w")))
    assert text[text.index("{{") : text.index("}}") + 2] in refused.reason


def test_braces_that_are_no_template_are_text():
    for text in ("SELECT '{{ other }}' AS a", "SELECT 1 AS a -- {{ s }}", "SELECT '{\"a\": {}}' AS a"):
        [one] = planned(board([{"name": "d", "query": text}], chart("w")))
        assert isinstance(one, queries.Planned)


@pytest.mark.parametrize("name", ["main.a.b c", "main.a.b) --", "a.b.c.d", "main..b", "'x'", "a,b", "a.b;"])
def test_an_asset_is_one_name(name):
    [refused] = planned(board([{"name": "d", "asset_name": name}], chart("w", fields=fields(a="`a`"))))
    assert "names no table" in refused.reason


def test_an_assets_name_is_quoted():
    [one] = planned(board([{"name": "d", "asset_name": "main.`a``b`.c"}], chart("w", fields=fields(a="MEASURE(`a`)"))))
    assert "FROM `main`.`a``b`.`c`" in one.text


def test_only_what_is_asked_for_is_planned():
    made = board([{"name": "d", "query": "SELECT 1 AS a"}], chart("w"), chart("v", fields=fields(a="`a`")))
    assert [one.widgets for one in planned(made, only={"v"})] == [("v",)]
    assert queries.plan(made, made.pages[0], {}, now=NOW, zone=UTC, only=()) == []
