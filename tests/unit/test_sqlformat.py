"""SQL laid out anew means what it meant: no token and no comment changes, wherever it stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.databricks.sqlformat import MAX, Formatted, formatted
from portal.databricks.sqllayout import Unclear, words
from portal.viewer.errors import StatementFailed
from tests.unit.test_sqlfuzz import hostile, written


def meaning(text: str) -> list[str]:
    return [word.text.casefold() for word in words(text) if word.text != ";"]


@pytest.mark.parametrize(
    ("sql", "laid_out"),
    [
        ("select a,b from t where x=1", "SELECT a, b\nFROM t\nWHERE x = 1\n"),
        ("select 1;select 2", "SELECT 1;\n\nSELECT 2\n"),
        ("select 1 -- why\n;\n-- next\nselect 2;", "SELECT 1 -- why\n;\n\n-- next\nSELECT 2;\n"),
        # What was commented out stays so, and where it is.
        (
            "select a -- keep me\nfrom t\nwhere b = 1\n-- and c = 2\nand d between 1 and 2 limit 3",
            "SELECT\n  a -- keep me\nFROM t\nWHERE b = 1\n  -- and c = 2\n  AND d BETWEEN 1 AND 2\nLIMIT 3\n",
        ),
        ("select a -- one\n, b -- two\nfrom t", "SELECT\n  a -- one\n  , b -- two\nFROM t\n"),
        ("select x - interval 1 day 6 hours from t@v3", "SELECT x - interval 1 day 6 hours\nFROM t@v3\n"),
        ("select a::int, p:q.r, left(b, 1) from t left join u using (k)",
         "SELECT a::int, p:q.r, left(b, 1)\nFROM t\nLEFT JOIN u USING (k)\n"),
        ("select * except (a) from t except select 1", "SELECT * EXCEPT (a)\nFROM t\nEXCEPT\nSELECT 1\n"),
        ("select last, t.order from t order by a nulls last", "SELECT last, t.order\nFROM t\nORDER BY a NULLS LAST\n"),
        ("select a is distinct from b", "SELECT a IS DISTINCT FROM b\n"),
        ("select count ( * ) , sum( a ) over(order by b)", "SELECT count (*), sum(a) OVER (ORDER BY b)\n"),
        (
            "create table x (a int not null comment 'the key', b array<struct<c: int, d: map<string, int>>> not null)",
            "CREATE TABLE x (\n  a int NOT NULL comment 'the key',\n"
            "  b array<struct<c: int, d: map<string, int>>> NOT NULL\n)\n",
        ),
        ("", ""),
        ("-- nothing", "-- nothing\n"),
    ],
)  # fmt: skip
def test_layout(sql: str, laid_out: str):
    assert formatted(sql).sql == laid_out


def test_what_does_not_fit_a_line_gets_one_for_each_part():
    sql = (
        "with x as (select region, sum(amount) as total from main.sales.orders where order_date >= :since group by "
        "region) select case when total > 100 then 'a good deal of it' when total > 10 then 'some of it' else 'hardly "
        "any' end as size from x join y on x.id = y.id and x.day = y.day and "
        "x.something_much_longer = y.something_much_longer"
    )
    assert (
        formatted(sql).sql
        == """WITH
  x AS (
    SELECT region, sum(amount) AS total
    FROM main.sales.orders
    WHERE order_date >= :since
    GROUP BY region
  )
SELECT
  CASE
    WHEN total > 100 THEN 'a good deal of it'
    WHEN total > 10 THEN 'some of it'
    ELSE 'hardly any'
  END AS size
FROM x
JOIN y
  ON x.id = y.id
  AND x.day = y.day
  AND x.something_much_longer = y.something_much_longer
"""
    )


@pytest.mark.parametrize(
    "sql", ["select (1", "select 1)", "begin select 1; select 2; end", "select " + "(" * 200 + "1"]
)
def test_what_is_not_understood_stays_as_it_is_and_that_is_said(sql: str):
    found = formatted(f"{sql}")
    assert (found.sql.rstrip("\n"), found.left) == (sql, 1)


def test_an_open_string_leaves_all_as_it_is():
    assert formatted("select 1; select 'open").sql == "select 1; select 'open"


@pytest.mark.parametrize(
    ("text", "left"),
    [("-- c:\\", 1), ("-- c:\\\r\nselect 1", 1), ("select 1 -- \\", 1), ("select 1; -- \\\r\nselect 2", 2)],
)
def test_a_comment_never_takes_what_follows_it(text: str, left: int):
    assert formatted(text) == Formatted(text, left)


def test_what_is_too_long_is_said():
    with pytest.raises(StatementFailed, match="characters"):
        formatted("a" * (MAX + 1))
    with pytest.raises(StatementFailed, match="words"):
        formatted("a " * 20_000)


@given(st.one_of(written().map(lambda made: made[1]), hostile()))
def test_no_token_changes_and_a_second_time_changes_nothing(text: str):
    try:
        before = meaning(text)
    except Unclear:
        assert formatted(text).sql == text
        return
    found = formatted(text).sql
    assert meaning(found) == before
    assert formatted(found).sql == found
