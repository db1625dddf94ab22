"""What is chosen in a dashboard's filters, and what it does to its statements."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from portal.boards import filters, queries
from portal.boards.selection import ALL, Choice, Span, read, written
from portal.databricks import dates
from tests.unit.test_boards_queries import NOW, board, chart, fields, only, planned

DATASETS = [
    {"name": "d", "query": "SELECT a, day FROM t"},
    {"name": "e", "query": "SELECT b FROM u WHERE b = :p", "parameters": [
        {"keyword": "p", "dataType": "STRING", "defaultSelection": {"values": {"values": [{"value": "own"}]}}}]},
]  # fmt: skip


def filter_(name: str, kind: str, *targets: dict[str, str], **spec: Any) -> dict[str, Any]:
    """`targets` are `{"dataset", "field"}` or `{"dataset", "parameter"}`."""
    asked, listed = [], []
    for number, target in enumerate(targets):
        query: dict[str, Any] = {"datasetName": target["dataset"], "disaggregated": False}
        one = {"queryName": f"q{number}"}
        if "field" in target:
            query["fields"] = [{"name": target["field"], "expression": f"`{target['field']}`"}]
            one["fieldName"] = target["field"]
        else:
            query["parameters"] = [{"name": "x", "keyword": target["parameter"]}]
            one["parameterName"] = "x"
        asked.append({"name": f"q{number}", "query": query})
        listed.append(one)
    return {
        "name": name,
        "queries": asked,
        "spec": {"version": 2, "widgetType": kind, "encodings": {"fields": listed}, **spec},
    }


def chosen(*values: str) -> dict[str, Any]:
    return {"defaultSelection": {"values": {"dataType": "STRING", "values": [{"value": one} for one in values]}}}


A = {"dataset": "d", "field": "a"}
P = {"dataset": "e", "parameter": "p"}


def texts(made, values=None) -> dict[str, queries.Planned]:
    return {name: one for one in planned(made, values) for name in one.widgets}


def bound(one: queries.Planned) -> dict[str, str | None]:
    return {item.name: item.value for item in one.parameters}


def test_a_filter_of_a_field_and_a_parameter_sets_both():
    made = board(
        DATASETS,
        chart("w", "d", fields=fields(a="`a`")),
        chart("v", "e", fields=fields(b="`b`")),
        filter_("f", "filter-single-select", A, P),
    )
    assert "WHERE" not in texts(made)["w"].text
    assert bound(texts(made)["v"]) == {"p": "own"}
    both = texts(made, {"p.f": "x"})
    assert "WHERE (CAST((`a`) AS STRING) = :f1)" in both["w"].text
    assert bound(both["w"]) == {"f1": "x"}
    assert bound(both["v"]) == {"p": "x"}


def test_an_address_goes_before_the_filters_default_and_that_before_the_parameters():
    made = board(DATASETS, chart("v", "e"), filter_("f", "filter-single-select", P, selection=chosen("default")))
    assert bound(only(made)) == {"p": "default"}
    assert bound(only(made, {"p.f": "said"})) == {"p": "said"}
    assert bound(only(made, {"p.f": ""})) == {"p": "own"}


def test_all_is_no_condition_also_where_there_is_a_default():
    made = board(DATASETS, chart("w", "d"), filter_("f", "filter-multi-select", A, selection=chosen("x", "y")))
    assert bound(only(made)) == {"f1": '["x", "y"]'}
    assert "WHERE" not in only(made, {"p.f": [""]}).text


def test_global_filters_act_on_every_page_and_a_pages_own_come_last():
    own, shared = (filter_("f", "filter-single-select", P, selection=chosen(word)) for word in ("page", "global"))
    both = board(DATASETS, chart("v", "e"), own, shared=[shared])
    assert bound(only(both)) == {"p": "page"}
    assert bound(only(board(DATASETS, chart("v", "e"), shared=[shared]))) == {"p": "global"}
    assert bound(only(board(DATASETS, chart("v", "e"), shared=[shared]), {"g.f": "said"})) == {"p": "said"}


def test_two_filters_of_one_field_both_hold():
    made = board(
        DATASETS, chart("w", "d"), filter_("f", "filter-single-select", A), filter_("h", "filter-multi-select", A)
    )
    one = only(made, {"p.f": "x", "p.h": ["x", "y"]})
    assert one.text.count("CAST((`a`) AS STRING)") == 2
    assert sorted(bound(one).values()) == ['["x", "y"]', "x"]


def test_only_what_depends_on_a_filter_changes_with_it():
    made = board(
        DATASETS, chart("w", "d"), chart("v", "e", fields=fields(b="`b`")), filter_("f", "filter-single-select", A)
    )
    page = made.pages[0]
    assert [filters.depends(made, page, page.widget(name)) for name in ("w", "v")] == [{"p.f"}, set()]
    before, after = texts(made), texts(made, {"p.f": "x"})
    assert before["v"].key == after["v"].key
    assert before["w"].key != after["w"].key


@pytest.mark.parametrize(
    ("kind", "value"),
    [("filter-date-picker", "tomorrow"), ("filter-date-range-picker", "2025-13-01~"), ("range-slider", "1~many")],
)
def test_a_value_that_is_not_of_the_type_is_said_and_stops_nothing_else(kind, value):
    made = board(DATASETS, chart("w", "d"), chart("v", "e", fields=fields(b="`b`")), filter_("f", kind, A))
    refused, fine = planned(made, {"p.f": value})
    assert isinstance(refused, queries.Refused)
    assert refused.because == "value"
    assert isinstance(fine, queries.Planned)


def test_a_parameter_without_a_value_is_said():
    datasets = [{"name": "e", "query": "SELECT :p AS a", "parameters": [{"keyword": "p", "dataType": "STRING"}]}]
    [refused] = planned(board(datasets, chart("v", "e")))
    assert refused.because == "value"
    assert "parameter p" in refused.reason


def test_a_value_never_becomes_sql():
    made = board(DATASETS, chart("w", "d"), filter_("f", "filter-single-select", A))
    one = only(made, {"p.f": "x'); DROP TABLE t; --"})
    assert "DROP" not in one.text
    assert bound(one) == {"f1": "x'); DROP TABLE t; --"}


def test_markers_of_ours_keep_clear_of_the_authors():
    datasets = [{"name": "d", "query": "SELECT :f1 AS a, :p.min AS b, :p_min AS c", "parameters": [
        {"keyword": "f1", "dataType": "STRING", "defaultSelection": chosen("mine")["defaultSelection"]},
        {"keyword": "p_min", "dataType": "STRING", "defaultSelection": chosen("his")["defaultSelection"]},
        {"keyword": "p", "dataType": "DATE", "complexType": "RANGE",
         "defaultSelection": {"range": {"min": {"value": "2025-01-01"}, "max": {"value": "2025-01-02"}}}},
    ]}]  # fmt: skip
    made = board(datasets, chart("w", "d"), filter_("f", "filter-single-select", A))
    values = bound(only(made, {"p.f": "theirs"}))
    assert sorted(str(one) for one in values.values()) == ["2025-01-01", "his", "mine", "theirs"]
    assert values["f1"] == "mine"


@pytest.mark.parametrize(
    ("selection", "members"),
    [
        (ALL, [""]),
        (Choice(("a", None, "", "\\N")), ["a", r"\N", r"\E", r"\\N"]),
        (Span("2025-01-01", None), ["2025-01-01~"]),
        (Span(), [""]),
    ],
)
def test_addresses_say_all_that_can_be_chosen(selection, members):
    assert written(selection) == members
    assert read(members, isinstance(selection, Span)) == selection


def test_relative_days_are_those_of_the_viewer():
    late = datetime(2026, 3, 8, 4, 30, tzinfo=UTC)
    assert str(dates.moment("now/d", late, ZoneInfo("America/New_York")).day) == "2026-03-07"
    assert str(dates.moment("now/d", late, ZoneInfo("Asia/Tokyo")).day) == "2026-03-08"
    assert str(dates.moment("now-1M/M", NOW, UTC).day) == "2026-10-01"
    assert str(dates.moment("now-9M", datetime(2026, 11, 30, tzinfo=UTC), UTC).day) == "2026-02-28"
    assert dates.moment("now", NOW, UTC).at == NOW.replace(tzinfo=None)
    for none in ("", "now+", "now-99999y", "2025-02-30", "yesterday", "now/x", "2025-01-01 or 1=1"):
        with pytest.raises(dates.NoDate):
            dates.moment(none, NOW, UTC)


@pytest.mark.parametrize(
    ("type_", "shape", "kind"), [("DATE", "", "date"), ("DATE", "RANGE", "date-range"), ("STRING", "", "single")]
)
def test_a_choice_without_a_menu_is_of_what_it_sets(type_, shape, kind):
    datasets = [{"name": "e", "query": "SELECT 1", "parameters": [
        {"keyword": "p", "dataType": type_, "complexType": shape}]}]  # fmt: skip
    assert board(datasets, filter_("f", "filter-single-select", P)).pages[0].widgets[0].filter.kind == kind


def test_what_a_filter_shows_as_chosen():
    made = board(DATASETS, chart("v", "e"), filter_("f", "filter-single-select", P))
    page, widget = made.pages[0], made.pages[0].widget("f")
    assert filters.selected(made, page, widget, {}) == Choice(("own",))
    assert filters.selected(made, page, widget, {"p.f": "x"}) == Choice(("x",))


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999999999", "1e-999999999"])
@pytest.mark.parametrize("shape", [{}, {"complexType": "MULTI"}])
def test_what_is_no_number_of_a_double_is_said(value, shape):
    """A billion digits would be written out for one of several values."""
    parameter = {"keyword": "p", "dataType": "DECIMAL", **shape}
    datasets = [{"name": "e", "query": "SELECT :p AS a", "parameters": [parameter]}]
    made = board(datasets, chart("v", "e"), filter_("f", "filter-single-select", P))
    [refused] = planned(made, {"p.f": value})
    assert isinstance(refused, queries.Refused)
    assert "is not a number" in refused.reason
