"""Databricks SQL over the connector: names, sessions, commands, DDL and DML, who sees what, and how failures read."""

from __future__ import annotations

import pytest

from tests.sandbox_client import SandboxClient
from tests.wire.sql_clients import Shell, connection, workspace

# Names and sessions


def test_names_of_one_two_and_three_parts(west: Shell) -> None:
    count = west.rows("SELECT count(*) FROM samples.nyctaxi.trips")
    west.rows("USE CATALOG samples")
    assert west.rows("SELECT current_catalog(), current_schema()") == [("samples", "default")]
    assert west.rows("SELECT count(*) FROM nyctaxi.trips") == count
    west.rows("USE SCHEMA nyctaxi")
    assert west.rows("SELECT count(*) FROM trips") == count
    west.rows("USE main.sales")
    assert west.rows("SELECT current_catalog(), current_schema()") == [("main", "sales")]
    assert west.rows("SELECT count(*) FROM samples.nyctaxi.`trips`") == count


def test_columns_may_be_qualified_as_far_as_one_likes(west: Shell) -> None:
    assert west.rows(
        "SELECT trips.fare_amount = nyctaxi.trips.fare_amount AND samples.nyctaxi.trips.trip_distance >= 0 AS same "
        "FROM samples.nyctaxi.trips LIMIT 1"
    ) == [(True,)]


def test_a_session_starts_in_its_initial_namespace(sandbox: SandboxClient) -> None:
    with connection(sandbox, catalog="samples", schema="tpch") as opened:
        shell = Shell(opened)
        assert shell.rows("SELECT count(*) FROM region") == [(5,)]


def test_sessions_do_not_share_their_state(sandbox: SandboxClient) -> None:
    with connection(sandbox) as one, connection(sandbox) as other:
        first, second = Shell(one), Shell(other)
        first.rows("USE samples.nyctaxi")
        first.rows("SET TIME ZONE 'Asia/Seoul'")
        first.rows("CREATE TEMPORARY VIEW mine AS SELECT 1 AS a")
        assert second.rows("SELECT current_catalog(), current_timezone()") == [("main", "Etc/UTC")]
        assert "TABLE_OR_VIEW_NOT_FOUND" in second.fails("SELECT * FROM mine")
        assert first.rows("SELECT * FROM mine") == [(1,)]


def test_common_table_expressions_hide_tables_and_nothing_else(west: Shell) -> None:
    west.rows("USE samples.nyctaxi")
    assert west.rows("WITH trips AS (SELECT 1 AS a) SELECT * FROM trips") == [(1,)]
    assert west.rows("WITH trips AS (SELECT * FROM trips LIMIT 3) SELECT count(*) FROM trips") == [(3,)]
    assert west.rows(
        "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 4) SELECT sum(i) FROM n"
    ) == [(10,)]


def test_range_counts_from_zero(west: Shell) -> None:
    assert west.rows("SELECT id FROM RANGE(3)") == [(0,), (1,), (2,)]
    assert west.rows("SELECT * FROM range(10, 20, 5)") == [(10,), (15,)]
    assert west.rows("SELECT r.id FROM range(2) AS r JOIN range(1, 3) s USING (id)") == [(1,)]


def test_generators_make_rows(west: Shell) -> None:
    assert west.rows("SELECT explode(array(1, 2)) AS n") == [(1,), (2,)]
    assert west.rows("SELECT * FROM explode(array('x'))") == [("x",)]
    assert west.names == ["col"]
    assert west.rows("SELECT posexplode(array('a', 'b'))") == [(0, "a"), (1, "b")]
    assert west.rows("SELECT k, v FROM (SELECT explode(map('a', 1, 'b', 2)) AS (k, v))") == [("a", 1), ("b", 2)]
    assert west.rows("SELECT inline(array(struct(1, 'a'), struct(2, 'b')))") == [(1, "a"), (2, "b")]
    assert west.rows("SELECT id, v FROM range(1) LATERAL VIEW explode(array(10, 20)) t AS v") == [(0, 10), (0, 20)]


def test_the_usual_shapes_of_a_report(west: Shell, engineer: Shell) -> None:
    rows = engineer.rows(
        "SELECT * FROM (SELECT region, status, amount FROM main.sales.orders) "
        "PIVOT (sum(amount) FOR status IN ('open', 'shipped')) ORDER BY region"
    )
    assert (engineer.names, len(rows)) == (["region", "open", "shipped"], 4)
    rows = engineer.rows("SELECT region, status, count(*) FROM main.sales.orders GROUP BY ROLLUP (region, status)")
    assert len(rows) == 4 * 3 + 4 + 1
    best = engineer.rows(
        "SELECT region, order_id FROM main.sales.orders "
        "QUALIFY row_number() OVER (PARTITION BY region ORDER BY amount DESC) = 1"
    )
    assert sorted(row[0] for row in best) == ["east", "north", "south", "west"]
    unmatched = "SELECT count(*) FROM main.sales.orders LEFT ANTI JOIN main.sales.customers USING (customer_id)"
    assert west.rows(unmatched) == [(0,)]
    assert west.rows("FROM samples.tpch.region SELECT count(*)") == [(5,)]
    assert len(west.rows("TABLE samples.tpch.region")) == 5


# Who asks


def test_who_asks(west: Shell, engineer: Shell) -> None:
    asked = "SELECT current_user(), is_account_group_member('engineers'), is_member('west'), session_user()"
    assert west.rows(asked) == [("analyst.west@example.com", False, True, "analyst.west@example.com")]
    assert engineer.rows(asked) == [("engineer@example.com", True, False, "engineer@example.com")]


def test_a_column_mask_hides_and_a_row_filter_drops(west: Shell, engineer: Shell) -> None:
    asked = "SELECT count(*), count(DISTINCT region), max(customer_email) LIKE '***%' FROM main.sales.orders"
    seen, all_ = west.rows(asked)[0], engineer.rows(asked)[0]
    assert seen[1:] == (1, True)
    assert all_[1:] == (4, False)
    assert 0 < seen[0] < all_[0] == 12_000


def test_filters_hold_in_joins_subqueries_views_and_copies(west: Shell) -> None:
    assert west.rows(
        "SELECT DISTINCT o.region FROM main.sales.customers c JOIN main.sales.orders AS o USING (customer_id)"
    ) == [("west",)]
    assert west.rows("SELECT (SELECT count(DISTINCT region) FROM main.sales.orders)") == [(1,)]
    west.rows("CREATE OR REPLACE TABLE main.analyst_west.copied AS SELECT * FROM main.sales.orders")
    assert west.rows("SELECT DISTINCT region FROM main.analyst_west.copied") == [("west",)]
    west.rows("CREATE OR REPLACE VIEW main.analyst_west.seen AS SELECT DISTINCT region FROM main.sales.orders")
    assert west.rows("SELECT * FROM main.analyst_west.seen") == [("west",)]


def test_what_one_may_not_use_is_refused(west: Shell) -> None:
    refusal = "[INSUFFICIENT_PERMISSIONS] Insufficient privileges:\nUser does not have USE SCHEMA on Schema 'main.hr'."
    assert west.fails("SELECT * FROM main.hr.salaries") == f"{refusal} SQLSTATE: 42501"
    assert "MODIFY on Table 'main.sales.orders'" in west.fails("DELETE FROM main.sales.orders")
    assert "CREATE TABLE on Schema 'main.sales'" in west.fails("CREATE TABLE main.sales.mine (a INT)")
    assert "USE SCHEMA on Schema 'main.analyst_east'" in west.fails("SHOW TABLES IN main.analyst_east")
    assert "MANAGE on Table 'main.sales.orders'" in west.fails("DROP TABLE main.sales.orders")


def test_what_one_may_not_see_is_not_listed(west: Shell, engineer: Shell) -> None:
    assert ("hr",) not in west.rows("SHOW SCHEMAS IN main")
    assert ("hr",) in engineer.rows("SHOW SCHEMAS IN main")
    asked = "SELECT count(*) FROM system.information_schema.tables WHERE table_schema = 'hr'"
    assert (west.rows(asked), engineer.rows(asked)) == ([(0,)], [(1,)])


# Parameters


def test_parameters_keep_their_types(west: Shell) -> None:
    assert west.rows("SELECT :a + 1, :b, :c, :d", {"a": 41, "b": "it's", "c": None, "d": True}) == [
        (42, "it's", None, True)
    ]
    assert west.rows("SELECT ? AS a, ? AS b, typeof(?) LIMIT ?", ["x", 2.5, 2**40, 1]) == [("x", 2.5, "bigint")]
    assert west.rows("SELECT * FROM IDENTIFIER(:t) LIMIT 0", {"t": "samples.nyctaxi.trips"}) == []
    west.rows("USE CATALOG IDENTIFIER(:c)", {"c": "samples"})
    assert west.rows("SELECT current_catalog()") == [("samples",)]
    arrays = west.rows("SELECT size(:l), element_at(:m, 'k')", {"l": [1, 2, 3], "m": {"k": "v"}})
    assert arrays == [(3, "v")]


def test_a_parameter_is_a_value_and_never_text_of_the_statement(west: Shell) -> None:
    hostile = "x'; DROP TABLE main.sales.orders; --"
    assert west.rows("SELECT :p AS p", {"p": hostile}) == [(hostile,)]


def test_a_marker_without_a_value_is_named(west: Shell) -> None:
    text = west.fails("SELECT :present, :missing", {"present": 1})
    assert text.startswith("[UNBOUND_SQL_PARAMETER] Found the unbound parameter: missing.")
    assert text.endswith("SQLSTATE: 42P02; line 1 pos 17")


# Commands


def test_show(west: Shell) -> None:
    assert west.rows("SHOW CATALOGS") == [("main",), ("samples",), ("system",)]
    assert ("nyctaxi",) in west.rows("SHOW SCHEMAS IN samples")
    assert west.names == ["databaseName"]
    assert west.rows("SHOW TABLES IN samples.nyctaxi") == [("nyctaxi", "trips", False)]
    assert [row[1] for row in west.rows("SHOW TABLES IN samples.tpch LIKE 'part*|n*'")] == [
        "nation",
        "part",
        "partsupp",
    ]
    assert west.rows("SHOW COLUMNS IN samples.tpch.region") == [("r_regionkey",), ("r_name",), ("r_comment",)]
    created = west.rows("SHOW CREATE TABLE samples.tpch.region")[0][0]
    assert created.startswith("CREATE TABLE samples.tpch.region (\n  r_regionkey BIGINT,")


def test_describe(west: Shell) -> None:
    described = west.rows("DESCRIBE TABLE main.sales.orders")
    assert described[0] == ("order_id", "bigint", "Key")
    assert ("amount", "decimal(12,2)", "US dollars") in described
    extended = dict(row[:2] for row in west.rows("DESCRIBE TABLE EXTENDED main.sales.orders") if row[0])
    assert (extended["Catalog"], extended["Type"], extended["Provider"]) == ("main", "MANAGED", "delta")
    assert extended["Row Filter"] == "main.sales.region_filter"
    assert west.rows("DESCRIBE QUERY SELECT 1 AS a, array('x') AS b") == [
        ("a", "int", None),
        ("b", "array<string>", None),
    ]
    assert ("Namespace Name", "sales") in west.rows("DESCRIBE SCHEMA main.sales")
    assert ("col_name", "region") in west.rows("DESCRIBE main.sales.orders region")


def test_explain_counts_places_in_the_whole_text(west: Shell) -> None:
    error = west.fails("EXPLAIN\nSELECT 1 + = 2")
    assert "Syntax error at or near '='. SQLSTATE: 42601 (line 2, pos 11)" in error
    assert "== SQL ==\nEXPLAIN\nSELECT 1 + = 2\n-----------^^^" in error
    assert "line 2 pos 7" in west.fails("EXPLAIN\nSELECT nope FROM range(1)")


def test_explain_answers_a_plan_and_runs_nothing(west: Shell) -> None:
    plan = west.rows("EXPLAIN SELECT count(*) FROM range(1000000000000)")
    assert plan[0][0].startswith("== Physical Plan ==")


def test_set(west: Shell) -> None:
    assert ("ANSI_MODE", "true") in west.rows("SET")
    assert west.rows("SET ANSI_MODE") == [("ANSI_MODE", "true")]
    assert "DIVIDE_BY_ZERO" in west.fails("SELECT 1 / 0")
    west.rows("SET ANSI_MODE = false")
    assert west.rows("SELECT 1 / 0") == [(None,)]
    west.rows("RESET ANSI_MODE")
    assert "DIVIDE_BY_ZERO" in west.fails("SELECT 1 / 0")
    assert west.fails("SET spark.no.such = 1").startswith("[CONFIG_NOT_AVAILABLE]")
    assert west.fails("SET TIME ZONE 'Nowhere/Land'").startswith("[INVALID_CONF_VALUE.TIME_ZONE]")


def test_a_time_zone_moves_what_a_timestamp_says(west: Shell) -> None:
    west.rows("SET TIME ZONE 'America/New_York'")
    moment = west.rows("SELECT TIMESTAMP'2020-01-01 00:00:00' AS t, hour(TIMESTAMP'2020-01-01 05:00:00Z')")[0]
    assert (str(moment[0].tzinfo), moment[0].hour, moment[1]) == ("America/New_York", 0, 0)


def test_session_variables(west: Shell) -> None:
    west.rows("DECLARE VARIABLE threshold INT DEFAULT 5")
    assert west.rows("SELECT count(*) FROM range(10) WHERE id < threshold") == [(5,)]
    west.rows("SET VAR threshold = threshold + 2")
    assert west.rows("SELECT threshold") == [(7,)]
    assert west.fails("SET VAR nothing = 1").startswith("[UNRESOLVED_VARIABLE]")


# Tables of one's own


def test_a_table_from_its_creation_to_its_end(west: Shell) -> None:
    west.rows("USE main.analyst_west")
    west.rows(
        "CREATE TABLE life (id BIGINT NOT NULL COMMENT 'key', name STRING, price DECIMAL(8,2)) COMMENT 'of a table'"
    )
    assert west.rows("INSERT INTO life VALUES (1, 'a', 1.5), (2, 'b', NULL)") == [(2, 2)]
    assert (west.names, west.rowcount) == (["num_affected_rows", "num_inserted_rows"], 2)
    assert west.rows("INSERT INTO life (name, id) SELECT 'c', 3") == [(1, 1)]
    assert west.rows("UPDATE life SET price = 9.99 WHERE price IS NULL") == [(2,)]
    assert west.rows("DELETE FROM life WHERE id = 3") == [(1,)]
    assert west.rows(
        "MERGE INTO life AS t USING (SELECT 1 AS id, 'A' AS name UNION ALL SELECT 7, 'g') AS s ON t.id = s.id "
        "WHEN MATCHED THEN UPDATE SET name = s.name WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.name)"
    ) == [(2, 1, 0, 1)]
    assert [row[:2] for row in west.rows("SELECT * FROM life ORDER BY id")] == [(1, "A"), (2, "b"), (7, "g")]
    west.rows("ALTER TABLE life ADD COLUMN (extra DATE)")
    assert west.rows("SELECT extra FROM life WHERE id = 1") == [(None,)]
    west.rows("INSERT OVERWRITE life SELECT 5, 'only', 1, DATE'2020-01-01'")
    assert [row[0] for row in west.rows("SELECT id FROM life")] == [5]
    west.rows("TRUNCATE TABLE life")
    assert west.rows("SELECT count(*) FROM life") == [(0,)]
    west.rows("DROP TABLE life")
    assert "TABLE_OR_VIEW_NOT_FOUND" in west.fails("SELECT * FROM life")


def test_creating_twice_needs_to_be_meant(west: Shell) -> None:
    west.rows("USE main.analyst_west")
    west.rows("CREATE TABLE twice AS SELECT 1 AS a")
    assert west.fails("CREATE TABLE twice (b INT)").startswith("[TABLE_OR_VIEW_ALREADY_EXISTS] Cannot create table")
    west.rows("CREATE TABLE IF NOT EXISTS twice (b INT)")
    assert west.rows("SELECT a FROM twice") == [(1,)]
    west.rows("CREATE OR REPLACE TABLE twice AS SELECT 2 AS b")
    assert west.rows("SELECT b FROM twice") == [(2,)]
    assert "TABLE_OR_VIEW_NOT_FOUND" in west.fails("DROP TABLE missing")
    west.rows("DROP TABLE IF EXISTS missing")


def test_schemas(engineer: Shell, west: Shell) -> None:
    assert "CREATE SCHEMA on Catalog 'main'" in west.fails("CREATE SCHEMA main.scratch")
    engineer.rows("CREATE SCHEMA main.scratch COMMENT 'for a while'")
    engineer.rows("CREATE TABLE main.scratch.t AS SELECT 1 AS a")
    assert engineer.fails("DROP SCHEMA main.scratch").startswith("[SCHEMA_NOT_EMPTY]")
    engineer.rows("DROP SCHEMA main.scratch CASCADE")
    assert engineer.fails("USE main.scratch").startswith(
        "[SCHEMA_NOT_FOUND] The schema `main`.`scratch` cannot be found"
    )


def test_a_reset_brings_the_seed_state_back(sandbox: SandboxClient, engineer: Shell) -> None:
    before = engineer.rows("SELECT count(*), sum(amount) FROM main.sales.orders")
    engineer.rows("DELETE FROM main.sales.orders WHERE region = 'west'")
    engineer.rows("CREATE TABLE main.engineer.left_over AS SELECT 1 AS a")
    sandbox.reset()
    assert engineer.rows("SELECT count(*), sum(amount) FROM main.sales.orders") == before
    assert engineer.rows("SHOW TABLES IN main.engineer") == []


def test_what_looks_like_a_comment_to_others_can_do_harm_here(engineer: Shell) -> None:
    """A backslash before the line's end continues a comment: the CTE that some readers see is not there."""
    engineer.rows("CREATE OR REPLACE TABLE main.engineer.harmed (a INT)")
    engineer.rows(
        "WITH x AS (SELECT 1 AS a) -- \\\n"
        ", y AS (SELECT 1 FROM x WHERE 'q' = '\n"
        "INSERT INTO main.engineer.harmed -- ')\n"
        "SELECT a FROM x"
    )
    assert engineer.rows("SELECT a FROM main.engineer.harmed") == [(1,)]
    engineer.rows("WITH x AS (SELECT 2 AS a) ınsert ınto main.engineer.harmed SELECT a FROM x")
    assert engineer.rows("SELECT count(*) FROM main.engineer.harmed") == [(2,)]
    engineer.rows("SELECT 1 -- \\\r\n, 2")
    assert engineer.names == ["1", "2"]
    engineer.rows("DROP TABLE main.engineer.harmed")


def test_common_table_expressions_stand_before_an_insert(engineer: Shell, sandbox: SandboxClient) -> None:
    engineer.rows("CREATE OR REPLACE TABLE main.engineer.kept (a INT, b STRING)")
    engineer.rows("WITH x AS (SELECT 1 AS a), y AS (SELECT a + 1 AS a FROM x) INSERT INTO main.engineer.kept (b, a) "
                  "WITH z AS (SELECT * FROM y) SELECT 'z', a FROM z")  # fmt: skip
    assert engineer.rows("SELECT * FROM main.engineer.kept") == [(2, "z")]
    ran = workspace(sandbox, "engineer").query_history.list(max_results=20).res
    assert [one.statement_type.value for one in ran if one.query_text.startswith("WITH x")][:1] == ["INSERT"]
    engineer.rows("DROP TABLE main.engineer.kept")


# Failures


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("SELEC 1", "\n[PARSE_SYNTAX_ERROR] Syntax error at or near 'SELEC'. SQLSTATE: 42601 (line 1, pos 0)\n\n"
         "== SQL ==\nSELEC 1\n^^^\n"),
        ("SELECT *\nFROM samples.nyctaxi.trips\nWHERE", "Syntax error at or near end of input. SQLSTATE: 42601 "
         "(line 3, pos 5)"),
        ("SELECT 1 FROM range(1) WHERE id = = 2", "Syntax error at or near '='. SQLSTATE: 42601 (line 1, pos 34)"),
        ("SELECT 1; SELECT 2", "Syntax error at or near ';'"),
        ("", "[PARSE_EMPTY_STATEMENT] Syntax error, unexpected empty statement. SQLSTATE: 42617 (line 1, pos 0)"),
        ("SELECT 'open", "Syntax error at or near '''. SQLSTATE: 42601 (line 1, pos 7)"),
        ("SELECT * FROM no_such", "[TABLE_OR_VIEW_NOT_FOUND] The table or view `no_such` cannot be found. Verify the "
         "spelling and correctness of the schema and catalog."),
        ("SELECT * FROM no.such.table", "The table or view `no`.`such`.`table` cannot be found"),
        ("SELECT fare FROM samples.nyctaxi.trips", "[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column, variable, or "
         "function parameter with name `fare` cannot be resolved. Did you mean one of the following? [`fare_amount`]. "
         "SQLSTATE: 42703; line 1 pos 7"),
        ("SELECT 1 / 0", "[DIVIDE_BY_ZERO] Division by zero. Use `try_divide` to tolerate divisor being 0 and return "
         "NULL instead."),
        ("SELECT id % 0 FROM range(1)", "[REMAINDER_BY_ZERO]"),
        ("SELECT CAST('abc' AS INT)", '[CAST_INVALID_INPUT] The value \'abc\' of the type "STRING" cannot be cast to '
         '"INT" because it is malformed.'),
        ("SELECT CAST(300 AS TINYINT)", '[CAST_OVERFLOW] The value 300 of the type "INT" cannot be cast to "TINYINT"'),
        ("SELECT 2147483647 + 1", "[ARITHMETIC_OVERFLOW] integer overflow. Use 'try_add'"),
        ("SELECT no_such_function(1)", "[UNRESOLVED_ROUTINE] Cannot resolve routine `no_such_function` on search path "
         "[`system`.`builtin`, `system`.`session`, `main`.`default`]."),
        ("SELECT list_aggregate(array(1), 'sum')", "[UNRESOLVED_ROUTINE]"),
        ("SELECT read_text('/etc/passwd')", "[UNRESOLVED_ROUTINE]"),
        ("SELECT * FROM read_csv('/etc/passwd')", "[UNRESOLVED_ROUTINE]"),
        ("SELECT * FROM '/etc/passwd'", "SQLSTATE"),
        ("SELECT region, amount FROM main.sales.orders GROUP BY region", "[MISSING_AGGREGATION]"),
        ("SELECT id FROM range(1) a JOIN range(1) b ON a.id = b.id", "[AMBIGUOUS_REFERENCE] Reference `id` is "
         "ambiguous, could be: [`a`.`id`, `b`.`id`]."),
        ("SELECT 1 UNION SELECT 1, 2", "[NUM_COLUMNS_MISMATCH]"),
        ("SELECT (SELECT id FROM range(2))", "[SCALAR_SUBQUERY_TOO_MANY_ROWS]"),
        ("SELECT array(1, 2)[2]", "[INVALID_ARRAY_INDEX] The index 2 is out of bounds. The array has 2 elements."),
        ("SELECT raise_error('as asked')", "[USER_RAISED_EXCEPTION] as asked SQLSTATE: P0001"),
        ("USE CATALOG nowhere", "[NO_SUCH_CATALOG_EXCEPTION] Catalog 'nowhere' was not found."),
    ],
)  # fmt: skip
def test_failures_read_as_databricks_words_them(west: Shell, text: str, wanted: str) -> None:
    assert wanted in west.fails(text)


def test_a_failure_leaves_the_session_usable(west: Shell) -> None:
    west.fails("SELECT 1 / 0")
    assert west.rows("SELECT 1") == [(1,)]
