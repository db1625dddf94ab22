"""What a parser sees of a statement: nothing that it could read otherwise than Databricks, and never for long."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from sqlglot import exp
from sqlglot.dialects.databricks import Databricks

from portal.databricks import sqlcanonical
from portal.databricks.sqlcanonical import NotUnderstood, canonical, parsed
from portal.databricks.sqllexer import TooLong


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("select 1 -- a \\\n b", "SELECT 1"),
        ("select /* /* */ */ 'a' \"b\", `x y` -- c", "SELECT 's' , `n`"),
        ("select x'1f', r'\\' from größe", "SELECT 's' , 's' FROM `n`"),
        ("ſelect a>=1.5e3", "SELECT A >= 1"),
        ("select /*+ broadcast(t, 'x') */ 1", "SELECT 1"),
        ("table a.b", "SELECT * FROM A . B"),
        ("from t |> set a = 1 |> drop b", "FROM T |> EXTEND A = 1 |> SELECT B"),
        ("select window(a, 'b') from t for system_version as of 3", "SELECT F ( A , 's' ) FROM T VERSION AS OF 1"),
    ],
)
def test_canonical_text(sql: str, text: str):
    assert canonical(sql) == text


def test_of_a_long_list_the_parser_sees_the_first_literals():
    sql = f"select * from t where a in ({', '.join(map(str, range(100_000)))}) and b = '(1,2,3)'"
    assert len(canonical(sql)) < 1500
    assert canonical(sql).endswith(") AND B = 's'")
    rows = ", ".join(f"({n}, 'x; delete from t')" for n in range(50_000))
    assert isinstance(parsed(f"select * from values {rows} as t(a, b)"), exp.Select)


@pytest.mark.parametrize(
    "sql",
    [
        "select 'a", "select `a", "select 1 /* x", "select (1", "select 1)", "select [1)", "select $$a$$",
        "select 1; x", "select a from s3a://x", "select abc://x", "/*+ x */ select /*+ y", "select */ 1",
        "select /*+ a; b */ 1",
        "",
    ],
)  # fmt: skip
def test_what_readers_could_read_differently_is_not_understood(sql: str):
    with pytest.raises(NotUnderstood):
        parsed(sql)


def test_the_parsers_tokens_must_be_these(monkeypatch: pytest.MonkeyPatch):
    """If its lexer learned to see something else in the canonical text, the statement would be refused."""
    found = sqlcanonical.Canonical("select 'a', `b` from t")
    tokens = Databricks().tokenize("SELECT 's' , `n` FROM T")
    found._agree(tokens)
    for other in ("SELECT 's' , `n` FROM", "SELECT 's' , 'n' FROM T", "SELECT 's' , `n` -- ROM T", "SELECT 's , `n`'"):
        with pytest.raises(NotUnderstood):
            found._agree(Databricks().tokenize(other))


MOST_SECONDS = 3
"""Of CPU, on cores that others use: 0.4 s was measured for the worst, and what is exponential takes minutes."""
NESTED = [
    ("STRUCT(", ")"), ("ARRAY(", ")"), ("MAP(", ")"), ("DECIMAL(", ")"), ("DATE(", ")"), ("TIMESTAMP(", ")"),
    ("INT(", ")"), ("STRING(", ")"), ("VARCHAR(", ")"), ("INTERVAL(", ")"), ("STRUCT<a: ", ">"), ("ARRAY<", ">"),
    ("STRUCT((", "))"), ("DATE(STRUCT(INT(", ")))"), ("CAST(", " AS INT)"), ("(", ")"), ("f(", ")"), ("[", "]"),
    ("CASE WHEN a THEN ", " END"), ("NOT ", ""), ("- ", ""), ("~ ", ""), ("(SELECT ", ")"), ("{", "}"), ("x -> ", ""),
    ("EXISTS (SELECT ", ")"), ("a IN (", ")"), ("", "[0]"), ("", "::int"), ("", ".b"), ("", ":b"), ("", " AND a"),
    ("", " + a"), ("", " BETWEEN 1 AND 2"), ("", " COLLATE a"), ("", " IS NULL"), ("", ", a"), ("", " a.b c,"),
    ("INTERVAL ", ""), ("DATE ", ""), ("IF(a, ", ", c)"), ("", " UNION SELECT 1"), ("", " FROM t JOIN u"),
    ("WITH a AS (SELECT ", ") SELECT 1"), ("", " OVER (PARTITION BY a)"), ("", " AT TIME ZONE 'x'"), ("", " LIKE a"),
    ("TRY_CAST(", " AS STRUCT<a: INT>)"), ("", "'a'"), ("X", ""), ("LATERAL ", ""), ("TABLE(", ")"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), NESTED)
def test_no_nesting_costs_much(before: str, after: str):
    for depth in (8, 24, 4_000):
        sql = "SELECT " + before * depth + "1" + after * depth
        started = time.process_time()
        with suppress(NotUnderstood, TooLong):
            parsed(sql)
        assert time.process_time() - started < MOST_SECONDS, f"{depth} levels"


def test_eight_levels_of_types_that_may_be_calls_are_understood_and_nine_are_not():
    assert parsed("SELECT " + "STRUCT(" * 8 + "1" + ")" * 8)
    with pytest.raises(NotUnderstood, match="nested too deep"):
        parsed("SELECT " + "STRUCT(" * 9 + "1" + ")" * 9)


def test_whatever_else_the_parser_tries_again_and_again_ends(monkeypatch: pytest.MonkeyPatch):
    """The bound on its steps holds by itself, for a construct that nobody has thought of."""
    text = "SELECT " + "STRUCT ( " * 24 + "1" + " )" * 24
    started = time.process_time()
    with pytest.raises(NotUnderstood, match="took too long"):
        sqlcanonical.bounded(Databricks().tokenize(text), text)
    assert time.process_time() - started < MOST_SECONDS
