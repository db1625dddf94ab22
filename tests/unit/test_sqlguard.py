"""The guard rail: in mode `read` nothing passes that could write, whatever it hides in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portal import settings as table
from portal.databricks.sqlguard import Refused, UseStatement, check


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PORTAL_SQL_MODE", "full")
    table.settings.cache_clear()
    yield
    table.settings.cache_clear()


READS = [
    "select 1",
    "SELECT * FROM t WHERE a:b = :x AND c::int = 1 LIMIT 10",
    "with a as (select 1) select * from a",
    "with recursive t as (select 1) select * from t",
    "from t select 1",
    "values (1), (2)",
    "(select 1) union all (select 2)",
    "table main.sales.orders",
    "show tables in main.sales",
    "show create table x",
    "describe table extended main.sales.orders",
    "desc x",
    "explain insert into t values (1)",
    "select * from t timestamp as of '2024-01-01'",
    "select * from t pivot (sum(a) for b in (1, 2))",
    "select * from a lateral view explode(b) as c",
    "select * from t |> where x > 1",
    "select * from identifier(:t)",
    "select 'drop table x; delete from y' -- insert into z",
]
WRITES = [
    "insert into t select 1",
    "INSERT OVERWRITE t SELECT 1",
    "update t set a = 1",
    "delete from t",
    "merge into t using s on t.a = s.a when matched then delete",
    "create table x as select 1",
    "create or replace view v as select 1",
    "drop table x",
    "alter table x add column y int",
    "truncate table x",
    "copy into t from '/x'",
    "grant select on x to y",
    "optimize t",
    "vacuum t",
    "refresh table x",
    "cache table x",
    "analyze table x compute statistics",
    "comment on table x is 'a'",
    "call p()",
    "execute immediate 'drop table x'",
    "declare x int",
    "begin delete from t; end",
    "with a as (select 1) insert into t select * from a",
    "with a as (insert into t values (1)) select * from a",
    "with a as (delete from t) select * from a",
    "select * from (delete from t)",
    "select 1 into x",
    "select transform(a) using 'cat' from t",
    "from t insert into u select a insert into v select b",
    "explain analyze delete from t",
    "table x insert into y values (1)",
    "select 1; drop table x",
    "list '/x'",
    "put 'a' into 'b'",
    "drop",
    "selec 1",
    "select /* ; */ (((",
    "",
]


@pytest.mark.parametrize("sql", READS)
def test_what_reads_passes(sql: str):
    assert check(sql) is None


@pytest.mark.parametrize("sql", WRITES)
def test_what_may_write_or_is_not_understood_is_refused(sql: str):
    with pytest.raises(Refused):
        check(sql)


@pytest.mark.parametrize("sql", [sql for sql in WRITES if sql])
def test_full_mode_takes_all(sql: str, full: None):
    assert check(sql) is None


@pytest.mark.parametrize("sql", ["set x = 1", "SET VAR x = 1", "reset x", "-- hm\nset timezone = 'UTC'"])
def test_set_is_refused_with_its_reason_in_either_mode(sql: str, full: None):
    with pytest.raises(Refused, match="session of its own"):
        check(sql)


@pytest.mark.parametrize(
    ("sql", "where"),
    [
        ("use main.sales", UseStatement("main", "sales")),
        ("USE sales", UseStatement(None, "sales")),
        ("use schema `odd``name`", UseStatement(None, "odd`name")),
        ("use database main . sales", UseStatement("main", "sales")),
        ("use catalog main", UseStatement("main", "default")),
        ("use catalog", UseStatement(None, "catalog")),
    ],
)
def test_use_is_told_to_the_page(sql: str, where: UseStatement):
    assert check(sql) == where


@pytest.mark.parametrize("sql", ["use", "use a.b.c", "use catalog a.b", "use 'x'", "use a b", "use a."])
def test_use_that_names_nothing_is_refused(sql: str):
    with pytest.raises(Refused):
        check(sql)


def test_a_megabyte_of_literals_is_checked():
    numbers = ", ".join(map(str, range(120_000)))
    assert check(f"select * from t where a in ({numbers})") is None
    with pytest.raises(Refused):
        check(f"delete from t where a in ({numbers})")


def test_deep_nesting_is_refused_not_a_crash():
    with pytest.raises(Refused):
        check("select " + "(" * 20_000 + "1" + ")" * 20_000)
