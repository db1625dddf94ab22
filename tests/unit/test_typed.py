"""What a viewer typed becomes typed parameters; the SQL's text takes in none of it."""

from __future__ import annotations

import pytest

from portal.databricks.statements import Parameter
from portal.databricks.typed import Missing, bound


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
    assert params == tuple(Parameter(f"ids_{n}", str(n), "BIGINT") for n in (1, 2, 3))
    sql, params = bound("select :x", {"x": {"type": "list", "value": '["a, b", null, 1.5, true, "\')"]'}})
    assert sql == "select :x_1, :x_2, :x_3, :x_4, :x_5"
    assert [(p.value, p.type) for p in params] == [
        ("a, b", "STRING"), (None, "VOID"), ("1.5", "DECIMAL(2,1)"), ("true", "BOOLEAN"), ("')", "STRING"),
    ]  # fmt: skip


def test_a_lists_markers_do_not_meet_others():
    given = {"a": {"type": "list", "value": "1,2"}, "a_1": {"type": "text", "value": "mine"}}
    sql, params = bound("select :a, :a_1", given)
    assert len({p.name for p in params}) == 3
    assert sql == "select :a__1, :a__2, :a_1"
