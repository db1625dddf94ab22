"""What a viewer typed becomes typed parameters; the SQL's text takes in none of it."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from portal.databricks.numbers import Missing
from portal.databricks.parameters import bound, settled
from portal.databricks.statements import Parameter


@pytest.mark.parametrize(
    ("kind", "value", "parameter"),
    [
        ("text", "it's; DROP TABLE x --", Parameter("p", "it's; DROP TABLE x --", "STRING")),
        ("text", "", Parameter("p", "", "STRING")),
        ("number", " 42 ", Parameter("p", "42", "BIGINT")),
        ("number", "9223372036854775808", Parameter("p", "9223372036854775808", "DECIMAL(38,0)")),
        ("number", "-0.10", Parameter("p", "-0.10", "DECIMAL(2,2)")),
        ("number", "12345678901234567890.123", Parameter("p", "12345678901234567890.123", "DECIMAL(23,3)")),
        ("number", "1e-3", Parameter("p", "1e-3", "DOUBLE")),
        ("date", "2026-02-28", Parameter("p", "2026-02-28", "DATE")),
        ("timestamp", "2026-02-28T10:00", Parameter("p", "2026-02-28 10:00", "TIMESTAMP")),
        ("boolean", "TRUE", Parameter("p", "true", "BOOLEAN")),
        ("null", "ignored", Parameter("p", None, "VOID")),
    ],
)
def test_each_type(kind: str, value: str, parameter: Parameter):
    assert bound("select :p", {"p": {"type": kind, "value": value}}) == ("select :p", (parameter,))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("numbers", "1, x"), ("range", "2026-01-01"), ("range", "2026-01-01~x"), ("times", ""), ("choice", ""),
        ("number", "1 or 1=1"), ("number", ""), ("date", "2026-02-30"), ("timestamp", "soon"), ("boolean", "yes"),
        ("list", " , "), ("list", "[1,"), ("list", "[]"), ("shape", "round"),
    ],
)  # fmt: skip
def test_what_is_not_of_its_type_is_said_and_nothing_runs(kind: str, value: str):
    with pytest.raises(Missing, match=":p"):
        bound("select :p", {"p": {"type": kind, "value": value}})


def test_a_marker_without_a_value_is_named():
    with pytest.raises(Missing, match=":b"):
        bound("select :a, :b", {"a": {"type": "text", "value": "x"}})


def test_values_without_a_marker_do_not_travel():
    assert bound("select 1", {"a": {"type": "text", "value": "x"}}) == ("select 1", ())


def test_a_list_becomes_markers_and_never_text():
    sql, params = bound(
        "select * from t where a in (:ids) or b in (:ids) -- :ids",
        {"ids": {"type": "list", "value": "1, 2, 3"}},
    )
    assert sql == "select * from t where a in (:ids_1, :ids_2, :ids_3) or b in (:ids_1, :ids_2, :ids_3) -- :ids"
    assert params == tuple(Parameter(f"ids_{n}", str(n), "STRING") for n in (1, 2, 3))
    sql, params = bound("select :x", {"x": {"type": "list", "value": '["a, b", null, 1.50, true, "\')"]'}})
    assert sql == "select :x_1, :x_2, :x_3, :x_4, :x_5"
    assert [p.value for p in params] == ["a, b", None, "1.50", "true", "')"]
    assert {p.type for p in params} == {"STRING"}


def test_a_list_is_of_the_kind_it_is_declared_as():
    """`02134, 10001` were bound as numbers once, and '2134' came back too."""
    text = bound("select 1 where zip in (:z)", {"z": {"type": "list", "value": "02134, 10001"}})[1]
    assert [(p.value, p.type) for p in text] == [("02134", "STRING"), ("10001", "STRING")]
    numbers = bound("select 1 where n in (:z)", {"z": {"type": "numbers", "value": "02134, 1.50, 1e3"}})[1]
    assert [(p.value, p.type) for p in numbers] == [
        ("02134", "BIGINT"), ("1.50", "DECIMAL(3,2)"), ("1e3", "DOUBLE"),
    ]  # fmt: skip


CHOSEN = {"type": "choice", "multi": True, "value": '["a", "it\'s", "c, d"]'}


@pytest.mark.parametrize(
    ("text", "written", "values"),
    [
        ("array_contains(split(:p, ','), x)", "array_contains(split(:p, ','), x)", ["a,it's,c, d"]),
        ("x in (:p)", "x in (:p_1, :p_2, :p_3)", ["a", "it's", "c, d"]),
        ("x in ('z', :p)", "x in ('z', :p_1, :p_2, :p_3)", ["a", "it's", "c, d"]),
        ("array_contains(:p, x)", "array_contains(from_json(:p_json, 'ARRAY<STRING>'), x)", ['["a", "it\'s", "c, d"]']),
        ("array_contains(from_json(:p, 'ARRAY<STRING>'), x)",
         "array_contains(from_json(:p_json, 'ARRAY<STRING>'), x)", ['["a", "it\'s", "c, d"]']),
        ("arrays_overlap(tags, :p)", "arrays_overlap(tags, from_json(:p_json, 'ARRAY<STRING>'))",
         ['["a", "it\'s", "c, d"]']),
    ],
)  # fmt: skip
def test_several_values_take_the_form_that_their_place_asks_for(text: str, written: str, values: list[str]):
    """The workspace's editor has one text with commas, AI/BI dashboards an array, SQL a list."""
    sql, params = bound(f"select * from t where {text}", {"p": CHOSEN})
    assert sql == f"select * from t where {written}"
    assert [p.value for p in params] == values
    assert {p.type for p in params} == {"STRING"}


def test_two_forms_of_one_parameter_do_not_meet():
    sql, params = bound("select :p, :p_1 where a in (:p)", {"p": CHOSEN, "p_1": {"type": "text", "value": "mine"}})
    assert sql == "select :p, :p_1 where a in (:p__1, :p__2, :p__3)"
    assert len({p.name for p in params}) == 5


def test_the_workspaces_own_way_of_joining_is_kept():
    joined = {"prefix": "<", "separator": "; ", "suffix": ">"}
    _, params = bound("select :p", {"p": {**CHOSEN, "joined": joined}})
    assert [p.value for p in params] == ["<a>; <it's>; <c, d>"]


def test_a_range_is_two_markers():
    given = {"d": {"type": "range", "value": "2026-01-01~2026-01-31"}}
    sql, params = bound("select * from t where x >= :d.min and x < :d.max + 1 or y = :d.MIN", given)
    assert sql == "select * from t where x >= :d_min and x < :d_max + 1 or y = :d_min"
    assert params == (Parameter("d_min", "2026-01-01", "DATE"), Parameter("d_max", "2026-01-31", "DATE"))
    with pytest.raises(Missing, match=r":d\.min"):
        bound("select :d", given)


NOW = datetime(2026, 3, 8, 3, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "value", "there", "here"),
    [
        ("date", "NOW", "2026-03-08", "2026-03-07"),
        ("date", "YESTERDAY", "2026-03-07", "2026-03-06"),
        ("date", "2026-01-31", "2026-01-31", "2026-01-31"),
        ("range", "LAST_7_DAYS", "2026-03-01~2026-03-08", "2026-02-28~2026-03-07"),
        ("range", "THIS_MONTH", "2026-03-01~2026-03-31", "2026-03-01~2026-03-31"),
        ("range", "now-1w/w~now/d", "2026-02-23~2026-03-08", "2026-02-23~2026-03-07"),
        (
            "times", "TODAY",
            "2026-03-08 00:00:00~2026-03-08 23:59:59.999000", "2026-03-07 00:00:00~2026-03-07 23:59:59.999000",
        ),
        ("times", "LAST_HOUR", "2026-03-08 02:30:00~2026-03-08 03:30:00", "2026-03-07 21:30:00~2026-03-07 22:30:00"),
    ],
)  # fmt: skip
def test_days_that_move_are_those_of_the_viewer(kind: str, value: str, there: str, here: str):
    given = {"d": {"type": kind, "value": value}}
    assert settled(given, NOW, UTC)["d"]["value"] == there
    assert settled(given, NOW, ZoneInfo("America/New_York"))["d"]["value"] == here


def test_what_is_no_date_is_said():
    with pytest.raises(Missing, match=":d"):
        settled({"d": {"type": "range", "value": "soon"}}, NOW, UTC)


def test_a_number_keeps_its_bounds():
    given = {"type": "number", "value": "7", "min": "1", "max": "6"}
    with pytest.raises(Missing, match="from 1 to 6"):
        bound("select :n", {"n": given})
    with pytest.raises(Missing, match="10 or more"):
        bound("select :n", {"n": {"type": "number", "value": "nan", "min": "10"}})
    assert bound("select :n", {"n": {**given, "value": "6"}})[1] == (Parameter("n", "6", "BIGINT"),)


def test_where_a_count_stands_an_int_is_bound():
    """Databricks takes no BIGINT there."""
    for text in ("select * from t limit :n", "select * from t version as of :n"):
        assert bound(text, {"n": {"type": "number", "value": "3"}})[1] == (Parameter("n", "3", "INT"),)
    assert bound("select * from t timestamp as of :n", {"n": {"type": "timestamp", "value": "2026-01-01 10:00"}})[
        1
    ] == (Parameter("n", "2026-01-01 10:00", "TIMESTAMP"),)


def test_a_lists_markers_do_not_meet_others():
    given = {"a": {"type": "list", "value": "1,2"}, "a_1": {"type": "text", "value": "mine"}}
    sql, params = bound("select :a, :a_1", given)
    assert len({p.name for p in params}) == 3
    assert sql == "select :a__1, :a__2, :a_1"
