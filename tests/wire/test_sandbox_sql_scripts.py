"""Scripts, session variables and EXECUTE IMMEDIATE."""

from __future__ import annotations

from tests.wire.sql_clients import Shell

LOOPS = """
BEGIN
  DECLARE n INT = 0;
  DECLARE total BIGINT DEFAULT 0;
  counting: WHILE n < 10 DO
    SET n = n + 1;
    IF n = 3 THEN ITERATE counting;
    ELSEIF n = 8 THEN LEAVE counting;
    ELSE SET total = total + n;  -- not 3; not 8
    END IF;
  END WHILE counting;
  CASE WHEN total > 5 THEN SELECT 'big;' AS size, total, n; ELSE SELECT 'small'; END CASE;
END
"""


def test_a_script_loops_and_decides(west: Shell) -> None:
    assert west.rows(LOOPS) == [("big;", 25, 8)]
    assert west.names == ["size", "total", "n"]
    assert west.rows(
        "BEGIN DECLARE i INT DEFAULT 0; REPEAT SET i = i + 1; UNTIL i >= 4 END REPEAT; "
        "again: LOOP SET i = i * 2; IF i > 20 THEN LEAVE again; END IF; END LOOP again; SHOW SCHEMAS; VALUES (i); END;"
    ) == [(32,)]
    assert west.names == ["col1"]


def test_a_scripts_variables_end_with_their_block(west: Shell) -> None:
    west.rows("DECLARE VARIABLE kept INT DEFAULT 5")
    script = "BEGIN DECLARE kept STRING DEFAULT 'inner'; BEGIN DECLARE other INT; END; SELECT kept; END"
    assert west.rows(script) == [("inner",)]
    assert west.rows("SELECT kept") == [(5,)]
    assert "UNRESOLVED_COLUMN" in west.fails("SELECT other")


def test_a_script_stops_at_its_first_failure(engineer: Shell) -> None:
    table = "main.engineer.scripted"
    engineer.rows(f"CREATE OR REPLACE TABLE {table} (a INT)")
    assert "DIVIDE_BY_ZERO" in engineer.fails(
        f"BEGIN INSERT INTO {table} VALUES (1); SELECT 1 / 0; INSERT INTO {table} VALUES (2); END"
    )
    assert engineer.rows(f"BEGIN SELECT a FROM {table}; DROP TABLE {table}; END") == [(1,)]
    assert "UNSUPPORTED_FEATURE.SANDBOX" in engineer.fails("BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION SELECT 1; END")
    assert "PARSE_SYNTAX_ERROR" in engineer.fails("BEGIN SELECT 1 END")


def test_session_variables_keep_their_type_and_yield_to_columns(west: Shell) -> None:
    west.rows("DECLARE VARIABLE v INT DEFAULT 5")
    assert "VARIABLE_ALREADY_EXISTS" in west.fails("DECLARE VARIABLE v INT")
    west.rows("SET VAR v = v + 1")
    assert west.rows("SELECT v, session.v, system.session.v + 1") == [(6, 6, 7)]
    assert west.rows("SELECT v, session.v FROM VALUES (1) AS t(v)") == [(1, 6)]
    assert "CAST_INVALID_INPUT" in west.fails("SET VAR v = 'x'")
    west.rows("DECLARE w STRING")
    west.rows("SET VAR (v, w) = (SELECT 9, 'x')")
    assert west.rows("SELECT v, w") == [(9, "x")]
    west.rows("SET VAR v = DEFAULT")
    assert west.rows("SELECT v") == [(5,)]
    west.rows("DROP TEMPORARY VARIABLE v")
    assert "[UNRESOLVED_VARIABLE]" in west.fails("SET VAR v = 1")


def test_a_text_is_run_with_its_values(west: Shell) -> None:
    assert west.rows("EXECUTE IMMEDIATE 'SELECT 1 + ? AS x, :b AS y' USING 4, 'q' AS b") == [(5, "q")]
    west.rows("DECLARE found BIGINT")
    west.rows("DECLARE query STRING DEFAULT 'SELECT max(id) FROM range(9)'")
    west.rows("EXECUTE IMMEDIATE query INTO found")
    assert west.rows("SELECT found") == [(8,)]
