"""The one reader of SQL: one query, one expression, whatever the mode, and nothing beside it."""

from __future__ import annotations

import time

import pytest

from portal.databricks import sqlreader
from portal.databricks.sqlreader import Refused


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("select 1", "select 1"),
        ("-- what it is\nselect 1; -- the end", "select 1"),
        (" with a as (select 1)\nselect * from a ;\n", "with a as (select 1)\nselect * from a"),
        ("(select 1) union (select 2)", "(select 1) union (select 2)"),
        ("table t order by a", "table t order by a"),
        ("values (1)", "values (1)"),
    ],
)
def test_a_query_is_told_without_what_stands_around_it(text: str, query: str):
    piece = sqlreader.query(text)
    assert piece.text == query
    assert text[piece.start : piece.end] == query


@pytest.mark.parametrize(
    "text",
    [
        "", ";", "select 1; select 2", "show tables", "describe t", "explain select 1", "use main", "set a = 1",
        "insert into t select 1", "select 'x' AS a) INSERT INTO main.sales.loot SELECT 'secret' /*", "select 1 /*",
        "select (1", "select 1)", "select 'a", "select secret('a', 'b')", "begin select 1; end",
    ],
)  # fmt: skip
def test_what_is_not_one_query_that_reads_is_refused_in_either_mode(text: str, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(Refused):
        sqlreader.query(text)


@pytest.mark.parametrize(
    "text",
    [
        "a", "a + 1", "sum(`Total Sales`)", "date_trunc('MONTH', d)", "a = :p AND b IN (1, 2)", "(a)", "'x'", "NULL",
        "(SELECT max(a) FROM t)", "a IN (SELECT b FROM t)", "CASE WHEN a THEN 1 END", "transform(x, y -> y + 1)",
        "count(DISTINCT a) FILTER (WHERE b > 1)", "sum(a) OVER (ORDER BY b DESC)", "a::int", "a:b.c", "-- why\na -- so",
        "MEASURE(`Total Revenue`)", "a -- \\\n", "INTERVAL 1 DAY", "DATE '2024-01-01'", "NOT a", "struct(a, b)",
        "count(*)",
    ],
)  # fmt: skip
def test_a_scalar_expression_passes(text: str):
    assert sqlreader.expression(text) in text


@pytest.mark.parametrize(
    "text",
    [
        "", "a, b", "*", "t.*", "a AS b", "a b", "a ASC", "a DESC", "a FROM t", "a) FROM t WHERE (b", "a) --", "a /*",
        "SELECT 1", "SELECT a FROM t", "a; b", "(a", "a)", "'a", "DISTINCT a", "a UNION SELECT 1",
        "a) UNION (SELECT 1", "a LIMIT 1", "a WHERE b", "secret('a', 'b')", "(INSERT INTO t SELECT 1)", "x -> x",
        "(a, b)", "1) INSERT INTO t SELECT (1", "a GROUP BY b", "a ORDER BY b", "VALUES (1)", "INTO t", "a INTO t",
        "TABLE t", "FROM t", "a |> where b", "WITH a AS (SELECT 1) SELECT 1", "a HAVING b", "a WINDOW w AS ()",
    ],
)  # fmt: skip
def test_what_is_not_one_scalar_expression_is_refused(text: str):
    with pytest.raises(Refused):
        sqlreader.expression(text)


def test_the_reader_tells_statements_and_markers_too():
    pieces = sqlreader.statements("select ':a;' ; select :b -- ; :c\n")
    assert [list(sqlreader.markers(piece.text)) for piece in pieces] == [[], ["b"]]
    assert sqlreader.canonical(pieces[1].text) == "SELECT : B"


def test_many_brackets_that_call_what_brackets_gave_cost_little():
    for text in ("select " + "(" * 15_000 + "a" + ")(b)" * 15_000, "select identifier" + "('a')" * 30_000):
        started = time.process_time()
        with pytest.raises(Refused):
            sqlreader.query(text)
        assert time.process_time() - started < 3
