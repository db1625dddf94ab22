"""Statements that fail, in Databricks' words: what runs them never shows through."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.wire.sql_clients import Shell

WORDED = re.compile(r"\[[A-Z][A-Z0-9_]+(\.[A-Z0-9_]+)*\] .*SQLSTATE: [0-9A-Z]{5}", re.DOTALL)
ENGINE = re.compile(
    r"duckdb|INTERNAL_ERROR|(?:Binder|Catalog|Parser|Conversion|Constraint|Invalid Input|Out of Range|Not implemented) "
    r"Error|_LITERAL|INTEGER|VARCHAR|BLOB|\b__\w+|explicit type casts|Traceback|sqlglot",
    re.IGNORECASE,
)
FAILING = (
    "select 'a' + date'2020-01-01'",
    "select array(1) + 1",
    "select sum('x')",
    "select abs('x')",
    "select cast(array(1) as int)",
    "select cast('x' as timestamp)",
    "select to_date('x', 'yyyy')",
    "select to_timestamp('2020', 'QQ')",
    "select substring(1,2,3,4,5)",
    "select upper()",
    "select upper(1,2)",
    "select count(*) from range(5) where sum(id) > 1",
    "select id, count(*) from range(5)",
    "select * from range(5) group by id having nope > 1",
    "select * from range(5) order by nope",
    "select x.y.z from range(1) x",
    "select struct(1 as a).b",
    "select array(1)['x']",
    "select map('a',1)[1]",
    "select 1 union select 1,2",
    "select 1 union select array(1)",
    "select * from range(1) a join range(1) b using (nope)",
    "select 9223372036854775807 + 1",
    "select cast(1e30 as bigint)",
    "select cast(1e30 as decimal(10,2))",
    "select cast('99999999999' as int)",
    "select cast(300 as tinyint)",
    "select sqrt('x')",
    "select exp(10000), ln(-1), ln(0)",
    "select regexp_extract('a', '(')",
    "select 'a' rlike '['",
    "select parse_json('{')",
    "select date_trunc('foo', now())",
    "select date_add('x', 1)",
    "select make_date(2020, 13, 1)",
    "select row_number() from range(1)",
    "select sum(sum(id)) from range(3)",
    "select explode(1)",
    "select * from range(1,2,0)",
    "select interval '1' foo",
    "select if('x', 1, 2)",
    "select 1 where 'x'",
    "select 1 limit -1",
    "select 1 limit 'a'",
    "select lag(id) from range(3)",
    "select array_repeat('x', -1), repeat('x', 1000000000000)",
    "select unhex('zz'), unbase64('*')",
    "select decode(x'ff', 'utf-8')",
    "select split('a', '[')",
    "select a.* from range(1) b",
    "select (select id from range(2))",
    "with a as (select 1) select * from a, a",
    "select 1 in (select 1, 2)",
    "select cast('2020-02-30' as date)",
    "select date'2020-02-30'",
    "select timestamp'nope'",
    "select element_at(array(1), 5)",
    "create table x (a int, a int)",
    "create table x (a nosuch)",
    "select :a",
    "select ?",
    "insert into samples.nyctaxi.trips values (1)",
    "select cast(named_struct('a',1) as int)",
    "select json_tuple('{}', 'a'), get_json_object('{', '$.a')",
    "select to_json(1), schema_of_json('{')",
    "select 1 + interval 1 day",
    "select date'2020-01-01' + 1.5",
    "select current_date() - 'x'",
    "select format_string('%d', 'a')",
    "select log(0, 5), pow(10, 400)",
    "select chr(-1), ascii('')",
    "select transform(array(1), x -> nope)",
    "select filter(array(1), x -> 'a')",
    "select ntile(0) over (order by id) from range(2)",
    "select first_value(id) over (rows between 1 following and 1 preceding) from range(2)",
    "select * from values (1), (2,3)",
    "select * from values (1, 'a'), ('b', 2) as t(a, b)",
    "select stack(2, 1, 2, 3)",
    "select a, b from range(1) lateral view explode(array(1,2)) as a",
    "select current_version() from nope",
    "select raise_error('boom')",
    "select assert_true(false)",
    "select * from json.`/tmp/x`",
    "select * from delta.`/tmp/x`",
    "select pragma_version(), version()",
    "select * from pragma_table_info('x')",
    "select * from sqlite_master",
    "select getenv('HOME'), current_setting('threads')",
    "select * from main.pg_catalog.pg_tables",
)


@pytest.mark.parametrize("text", FAILING)
def test_an_error_is_worded_as_databricks_words_it(west: Shell, text: str) -> None:
    error = west.fails(text).replace(text, "")
    assert WORDED.search(error), error
    assert not ENGINE.search(error), error


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "SELECT array(1) + 1",
            '[DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES] Cannot resolve "(+)" due to data type mismatch: '
            'the left and right operands of the binary operator have incompatible types ("ARRAY<INT>" and "INT").',
        ),
        (
            "SELECT CAST('2020-02-30' AS DATE)",
            '[CAST_INVALID_INPUT] The value \'2020-02-30\' of the type "STRING" cannot be cast to "DATE"',
        ),
        ("SELECT CAST(1e30 AS DECIMAL(10, 2))", "[NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION]"),
        ("SELECT row_number() FROM range(1)", "[WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE]"),
        ("SELECT sum(sum(id)) FROM range(3)", "[NESTED_AGGREGATE_FUNCTION]"),
        ("SELECT count(*) FROM range(5) WHERE sum(id) > 1", "[INVALID_WHERE_CONDITION]"),
        ("SELECT struct(1 AS a).b", "[FIELD_NOT_FOUND] No such struct field `b`."),
        ("SELECT 'a' RLIKE '['", "[INVALID_PARAMETER_VALUE.PATTERN]"),
        ("SELECT * FROM range(1) a JOIN range(1) b USING (nope)", "[UNRESOLVED_USING_COLUMN_FOR_JOIN]"),
    ],
)
def test_a_common_error_has_its_own_class(west: Shell, text: str, wanted: str) -> None:
    assert wanted in west.fails(text)


ABSENT = (
    "OPTIMIZE main.sales.orders", "VACUUM main.sales.orders", "MSCK REPAIR TABLE main.sales.orders",
    "COMMIT", "ROLLBACK",
    "GRANT SELECT ON TABLE main.sales.orders TO users", "CREATE FUNCTION f(x INT) RETURNS INT RETURN x",
    "CREATE TEMPORARY TABLE t (a INT)", "SHOW TABLES DROPPED", "SHOW ALL IN SHARE s", "SHOW CONNECTIONS",
    "SELECT ai_query('m', 'q')", "SELECT h3_longlatash3(1, 2, 3)", "SELECT st_point(1, 2)", "SELECT stack(2, 1, 2)",
    "SELECT variant_get(parse_json('{}'), '$.a', 'int')", "SELECT vector_search('a')", "SELECT make_interval(1)",
    "SELECT * FROM vector_search(index => 'i', query_text => 'q')", "SELECT * FROM read_files('/Volumes/x')",
    "SELECT * FROM table_changes('main.sales.orders', 0)", "SELECT * FROM csv.`/Volumes/x.csv`",
    "SELECT 'a' COLLATE UNICODE_CI", "SELECT * FROM system.information_schema.metastores",
)  # fmt: skip


@pytest.mark.parametrize("text", ABSENT)
def test_what_is_absent_is_told_by_its_name(west: Shell, text: str) -> None:
    said = west.fails(text)
    assert said.startswith("[UNSUPPORTED_FEATURE.SANDBOX]"), said
    assert "this statement" not in said


THEIRS = {
    "SELECT current_role": "UNRESOLVED_COLUMN",
    "SELECT current_catalog, current_schema": "UNRESOLVED_COLUMN",
    "SELECT localtime": "UNRESOLVED_COLUMN",
    "SELECT rowid FROM main.sales.customers": "UNRESOLVED_COLUMN",
    "SELECT customers FROM main.sales.customers": "UNRESOLVED_COLUMN",
    "SELECT * FROM generate_series(1, 5)": "UNRESOLVED_ROUTINE",
    "SELECT * FROM unnest(array(1))": "UNRESOLVED_ROUTINE",
    "SELECT strpos('a', 'a')": "UNRESOLVED_ROUTINE",
    "SELECT arg_max(id, id) FROM range(2)": "UNRESOLVED_ROUTINE",
    "SELECT group_concat(id) FROM range(2)": "UNRESOLVED_ROUTINE",
    "SELECT json_object('a', 1)": "UNRESOLVED_ROUTINE",
    "SELECT [1, 2]": "PARSE_SYNTAX_ERROR",
    "SELECT * EXCLUDE (name) FROM main.sales.customers": "PARSE_SYNTAX_ERROR",
    "SELECT * REPLACE (1 AS name) FROM main.sales.customers": "PARSE_SYNTAX_ERROR",
    "SELECT * FROM range(3) a POSITIONAL JOIN range(3) b": "PARSE_SYNTAX_ERROR",
    "SELECT * FROM range(3) USING SAMPLE 1": "PARSE_SYNTAX_ERROR",
    "SELECT * FROM range(3) LIMIT 50%": "PARSE_SYNTAX_ERROR",
    "CREATE INDEX i ON main.sales.customers (name)": "PARSE_SYNTAX_ERROR",
}
"""What the engine or the parser would understand, and Databricks does not."""


@pytest.mark.parametrize("text", THEIRS)
def test_what_only_the_engine_knows_is_unknown(west: Shell, text: str) -> None:
    assert west.fails(text).lstrip().startswith(f"[{THEIRS[text]}")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("SELECT substring()", "[WRONG_NUM_ARGS.WITHOUT_SUGGESTION] The `substring` requires"),
        ("SELECT explode(array(1)), explode(array(2))", "[UNSUPPORTED_GENERATOR.MULTI_GENERATOR]"),
        ("SELECT id FROM range(3) ORDER BY 5", "[ORDER_BY_POS_OUT_OF_RANGE] ORDER BY position 5 is not in select list"),
        ("SELECT id, count(*) FROM range(3) GROUP BY 3", "[GROUP_BY_POS_OUT_OF_RANGE] GROUP BY position 3"),
        ("SELECT id.b FROM range(3)", "[INVALID_EXTRACT_BASE_FIELD_TYPE]"),
        ("SELECT MEASURE(nothing) FROM main.shapes.revenue_metrics", "[UNRESOLVED_COLUMN"),
        ("SET TIME ZONE '+05:30'", "[UNSUPPORTED_FEATURE.SANDBOX] The sandbox does not imitate the time zone +05:30."),
    ],
)
def test_what_others_met_has_its_class(west: Shell, text: str, wanted: str) -> None:
    assert wanted in west.fails(text)


def value(shell: Shell, text: str) -> Any:
    return shell.rows(text)[0][0]


def test_a_view_is_not_made_of_a_table(west: Shell) -> None:
    west.rows("CREATE OR REPLACE TABLE main.analyst_west.plain AS SELECT 1 AS a")
    said = west.fails("ALTER VIEW main.analyst_west.plain AS SELECT 2 AS a")
    assert "EXPECT_VIEW_NOT_TABLE" in said
    assert value(west, "SELECT a FROM main.analyst_west.plain") == 1


def test_the_viewer_needs_no_brackets(west: Shell) -> None:
    assert west.rows("SELECT user, session_user, user(), current_user") == [("analyst.west@example.com",) * 4]
    assert value(west, "SELECT user FROM (SELECT 7 AS user)") == 7
    assert value(west, "SELECT t FROM (SELECT 1 AS t) t") == 1


def test_offsets_as_java_reads_them(west: Shell) -> None:
    moment = "TIMESTAMP'2021-01-01 00:00:00'"
    for zone, hour in (("+0000", 0), ("Z", 0), ("+02:00", 2), ("-0130", 22), ("GMT+3", 3), ("Europe/Berlin", 1)):
        assert value(west, f"SELECT hour(from_utc_timestamp({moment}, '{zone}'))") == hour, zone
    west.rows("SET TIME ZONE '+0200'")
    assert value(west, "SELECT current_timezone()") == "+0200"
    assert value(west, "SELECT hour(TIMESTAMP'2021-01-01 00:00:00Z')") == 2
