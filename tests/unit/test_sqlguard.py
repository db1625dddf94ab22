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


# To Spark the comment goes on behind the backslash, to others it ends there: what to them is a string is an INSERT.
CONTINUED = """WITH x AS (SELECT 1 AS a) -- \\
, y AS (SELECT 1 FROM x WHERE 'q' = '
INSERT INTO main.sales.t -- ')
SELECT a FROM x"""
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
    "select 1;",
    "show tables; -- that is all",
    "select 1 -- goes on \\\n; insert into t values (1)",
    "select update, `insert`, t.`delete` from t",
    "from t |> set a = 1 |> drop b |> as u",
    "select replace(a, 'insert into t', 'b') from t",
    "select * from read_files('/Volumes/main/a/b', format => 'csv')",
    "select * from read_files(format => 'csv', path => 'dbfs:/mnt/a')",
    "select * from parquet.`/Volumes/main/a/b`",
    "select ai_similarity(a, 'secret') from t",
    "select reflect, secret.java_method from t",
    "select last_value(a, true) over (order by b), any_value(a, true) from t",
    "select first_value(a) ignore nulls over (order by b) from t",
    "select map_from_arrays(keys, values), t.values, values.a from (values (1)) as t",
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
    CONTINUED,
    "with a as (select 1) ınſert into t select * from a",
    "select 1 /* /*+ */ ; drop table t -- */",
    "with x as (select 1) /* /*+ */ insert into t /* */ -- */\nselect * from x",
    "-- \\\nvacuum t /*\nselect 1 -- */",
    "/* /* */ vacuum t -- */\n select 1",
    "show tables; drop table t",
    "describe t; drop table t",
    "desc t; drop table t",
    "explain select 1; drop table t",
    "show tables like 'a",
    "select * from t; select 1",
    "from t map a using 'cat'",
    "select r'\\' , '; drop table t --'; drop table t",
    "select $$ a $$",
    "with x as (select 1) delete from t",
    "with x as (select 1) update t set a = 1",
    "with x as (select 1) merge into t using x on true when matched then delete",
]
ACTS = [
    "select ai_query('m', 'x')",
    "select AI_QUERY ('m', 'x') from t",
    "select `ai_query`('m', 'x')",
    "select /* x */ system.builtin.`java_method`/* y */('java.lang.Runtime', 'getRuntime')",
    "select http_request(conn => 'c', method => 'POST', path => '/')",
    "select * from remote_query('c', query => 'drop table x')",
    "select reflect('java.lang.System', 'getenv')",
    "select secret('scope', 'key')",
    "select try_ſecret('scope', 'key')",
    "explain select reflect('a', 'b')",
    "describe query select secret('a', 'b')",
    "select identifier('reflect')('a', 'b')",
    "select identifier(:f)('a', 'b')",
    "select * from read_files('s3://elsewhere/a')",
    "select * from read_files('https://elsewhere.example/a.csv', format => 'csv')",
    "select * from read_files(format => 'csv', path => 'abfss://c@a/b')",
    "select * from read_files(:path)",
    "select * from read_files('/Volumes/a' || x)",
    "select * from read_files('\\u0073' 's3://x')",
    "select * from csv.`s3://elsewhere/a.csv`",
    "select * from `json`.`https://elsewhere.example/a`",
]


@pytest.mark.parametrize("sql", READS)
def test_what_reads_passes(sql: str):
    assert check(sql) is None


@pytest.mark.parametrize("sql", WRITES)
def test_what_may_write_or_is_not_understood_is_refused(sql: str):
    with pytest.raises(Refused):
        check(sql)


@pytest.mark.parametrize("sql", ACTS)
def test_functions_that_act_or_fetch_from_elsewhere_are_refused_by_name(sql: str):
    with pytest.raises(Refused, match=r"PORTAL_SQL_FUNCTIONS|which function"):
        check(sql)


def test_a_setting_allows_functions_by_name(monkeypatch: pytest.MonkeyPatch, full: None):
    monkeypatch.setenv("PORTAL_SQL_MODE", "read")
    monkeypatch.setenv("PORTAL_SQL_FUNCTIONS", "ai_query, READ_FILES")
    table.settings.cache_clear()
    assert check("select ai_query('m', 'x')") is None
    assert check("select * from read_files('s3://elsewhere/a')") is None
    assert check("select * from csv.`s3://elsewhere/a.csv`") is None
    with pytest.raises(Refused):
        check("select secret('a', 'b')")


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


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TEMPORARY VIEW v AS SELECT 1", "create or replace temp view v as select 1", "DECLARE x INT DEFAULT 1",
        "CREATE OR REPLACE GLOBAL TEMPORARY VIEW v AS SELECT 1", "declare or replace variable x int",
    ],
)  # fmt: skip
def test_what_needs_a_session_is_refused_with_what_to_do_instead(full: None, sql: str):
    with pytest.raises(Refused, match="WITH … AS"):
        check(sql)


@pytest.mark.parametrize("sql", ["CREATE TABLE temp AS SELECT 1", "CREATE VIEW a.temporary AS SELECT 1"])
def test_a_name_is_not_taken_for_one(full: None, sql: str):
    assert check(sql) is None
