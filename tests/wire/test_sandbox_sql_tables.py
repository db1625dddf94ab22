"""Tables that people make: columns by name, defaults, keys and checks, what ALTER changes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.wire.sql_clients import Shell

PLACE = "main.engineer"


@pytest.fixture
def shell(engineer: Shell) -> Iterator[Shell]:
    """The engineer's session in a schema of their own, which is empty afterwards."""
    engineer.rows(f"USE {PLACE}")
    yield engineer
    for _, name, temporary in engineer.rows(f"SHOW TABLES IN {PLACE}"):
        if not temporary:
            engineer.rows(f"DROP TABLE {PLACE}.{name}")


def test_insert_by_name_takes_columns_by_name(shell: Shell) -> None:
    shell.rows("CREATE TABLE t (a INT, b STRING, c DOUBLE)")
    assert shell.rows("INSERT INTO t BY NAME SELECT 'x' AS B, 1 AS a") == [(1, 1)]
    assert shell.rows("SELECT * FROM t") == [(1, "x", None)]
    assert "Cannot write extra columns `zz`. SQLSTATE: KD000" in shell.fails("INSERT INTO t BY NAME SELECT 1 AS zz")


def test_merge_takes_stars_by_name_and_leaves_the_sources_other_columns(shell: Shell) -> None:
    shell.rows("CREATE TABLE t (a INT, b STRING)")
    shell.rows("INSERT INTO t VALUES (1, 'old')")
    shell.rows("CREATE TABLE s AS SELECT * FROM VALUES ('new', 9, 1), ('more', 9, 2) AS v(b, other, A)")
    star = "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
    assert shell.rows(f"MERGE INTO t USING s ON t.a = s.a {star}") == [(2, 1, 0, 1)]
    assert shell.rows("SELECT * FROM t ORDER BY a") == [(1, "new"), (2, "more")]
    shell.rows("CREATE TABLE narrow AS SELECT 1 AS a")
    assert (
        "[DELTA_MERGE_UNRESOLVED_EXPRESSION] Cannot resolve b in UPDATE clause given columns n.a. SQLSTATE: 42601"
        in shell.fails(f"MERGE INTO t USING narrow AS n ON t.a = n.a {star}")
    )


def test_merge_changes_a_row_once(shell: Shell) -> None:
    shell.rows("CREATE TABLE t AS SELECT 1 AS a, 'x' AS b")
    shell.rows("CREATE TABLE s AS SELECT * FROM VALUES (1, 'y'), (1, 'z') AS v(a, b)")
    error = shell.fails("MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN UPDATE SET *")
    assert "DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE" in error
    assert shell.rows("SELECT * FROM t") == [(1, "x")]
    assert shell.rows("MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE") == [(1, 0, 1, 0)]


def test_rows_go_by_position_else_and_must_be_as_wide(shell: Shell) -> None:
    shell.rows("CREATE TABLE t (a INT, b STRING)")
    shell.rows("INSERT INTO t SELECT 1 AS b, 'x' AS a")
    assert shell.rows("SELECT * FROM t") == [(1, "x")]
    assert (
        "[INSERT_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS] Cannot write to `main`.`engineer`.`t`, the reason is too "
        "many data columns:\nTable columns: `a`, `b`.\nData columns: `1`, `2`, `3`."
        in shell.fails("INSERT INTO t SELECT 1, 2, 3")
    )


def test_defaults_need_their_feature_and_are_used(shell: Shell) -> None:
    columns = "(a INT, b STRING DEFAULT 'x', c INT DEFAULT 1 + 1)"
    assert "[WRONG_COLUMN_DEFAULTS_FOR_DELTA_FEATURE_NOT_ENABLED]" in shell.fails(f"CREATE TABLE t {columns}")
    shell.rows(f"CREATE TABLE t {columns} TBLPROPERTIES ('delta.feature.allowColumnDefaults' = 'supported')")
    shell.rows("INSERT INTO t (a) VALUES (1)")
    shell.rows("INSERT INTO t VALUES (2, DEFAULT, 5)")
    shell.rows("INSERT INTO t BY NAME SELECT 3 AS a, 'z' AS b")
    shell.rows("UPDATE t SET c = DEFAULT WHERE a = 2")
    assert shell.rows("SELECT * FROM t ORDER BY a") == [(1, "x", 2), (2, "x", 2), (3, "z", 2)]


def test_identity_columns_count(shell: Shell) -> None:
    shell.rows("CREATE TABLE t (id BIGINT GENERATED ALWAYS AS IDENTITY (START WITH 10 INCREMENT BY 5), a STRING)")
    shell.rows("INSERT INTO t (a) VALUES ('x'), ('y')")
    assert shell.rows("SELECT * FROM t ORDER BY id") == [(10, "x"), (15, "y")]
    assert "DELTA_IDENTITY_COLUMNS_EXPLICIT_INSERT_NOT_SUPPORTED" in shell.fails(
        "INSERT INTO t (id, a) VALUES (1, 'z')"
    )


def test_keys_inform_and_checks_are_enforced(shell: Shell) -> None:
    shell.rows("CREATE TABLE parent (id INT PRIMARY KEY, CONSTRAINT positive CHECK (id > 0))")
    shell.rows(
        "CREATE TABLE child (id INT NOT NULL, p INT CONSTRAINT own REFERENCES parent, "
        "CONSTRAINT pk PRIMARY KEY (id) NOT ENFORCED RELY, FOREIGN KEY (p) REFERENCES parent(id) ON DELETE NO ACTION)"
    )
    shell.rows("ALTER TABLE child ADD CONSTRAINT more FOREIGN KEY (p) REFERENCES parent(id)")
    described = {name: value for name, value, _ in shell.rows("DESCRIBE TABLE EXTENDED child")}
    assert described["pk"] == "PRIMARY KEY (`id`) RELY"
    assert described["own"] == "FOREIGN KEY (`p`) REFERENCES `main`.`engineer`.`parent` (`id`)"
    shell.rows("ALTER TABLE child DROP CONSTRAINT more")
    shell.rows("INSERT INTO child VALUES (1, 99), (1, 99)")
    assert (
        "[DELTA_NOT_NULL_CONSTRAINT_VIOLATED] NOT NULL constraint violated for column: id. SQLSTATE: 23502"
        in shell.fails("INSERT INTO parent VALUES (NULL)")
    )
    assert (
        "[DELTA_VIOLATE_CONSTRAINT_WITH_VALUES] CHECK constraint positive (id > 0) violated by row with values:\n"
        " - id : -1" in shell.fails("INSERT INTO parent VALUES (1), (-1)")
    )
    assert shell.rows("SELECT count(*) FROM parent") == [(0,)]
    shell.rows("INSERT INTO parent VALUES (5)")
    assert "1 rows in main.engineer.parent violate" in shell.fails(
        "ALTER TABLE parent ADD CONSTRAINT small CHECK (id < 3)"
    )


def test_comments_of_tables_and_columns(shell: Shell) -> None:
    shell.rows("CREATE TABLE t (a INT COMMENT 'one\ntwo', b INT) COMMENT 'first\nsecond'")
    shell.rows("COMMENT ON COLUMN t.b IS 'it''s b'")
    assert shell.rows("DESCRIBE t") == [("a", "int", "one\ntwo"), ("b", "int", "it's b")]
    shell.rows("ALTER TABLE t ALTER COLUMN a COMMENT 'changed'")
    assert shell.rows("DESCRIBE main.engineer.t")[0] == ("a", "int", "changed")


def test_alter_changes_columns_and_properties(shell: Shell) -> None:
    shell.rows("CREATE TABLE t (a INT)")
    shell.rows("ALTER TABLE t ADD COLUMNS (b DATE COMMENT 'day', c ARRAY<STRUCT<x: INT, y: STRING>>)")
    shell.rows("ALTER TABLE t ADD COLUMN d DECIMAL(10, 2)")
    assert [row[1] for row in shell.rows("DESCRIBE t")] == [
        "int",
        "date",
        "array<struct<x:int,y:string>>",
        "decimal(10,2)",
    ]
    assert "DELTA_UNSUPPORTED_DROP_COLUMN" in shell.fails("ALTER TABLE t DROP COLUMN d")
    shell.rows("ALTER TABLE t SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name', my.own = 1)")
    shell.rows("ALTER TABLE t DROP COLUMNS (c, d)")
    shell.rows("ALTER TABLE t RENAME TO u")
    assert shell.rows("SHOW TBLPROPERTIES u") == [("delta.columnMapping.mode", "name"), ("my.own", "1")]
    shell.rows("ALTER TABLE u UNSET TBLPROPERTIES ('my.own')")
    assert [row[0] for row in shell.rows("DESCRIBE u")] == ["a", "b"]
    assert "[UNSUPPORTED_FEATURE.SANDBOX]" in shell.fails("ALTER TABLE u SET SERDE 'x'")


def test_clones_and_copies(shell: Shell) -> None:
    shell.rows("CREATE TABLE t AS SELECT id, 'x' AS b FROM range(3)")
    shell.rows("CREATE TABLE c DEEP CLONE t")
    shell.rows("CREATE TABLE l LIKE t")
    assert shell.rows("SELECT (SELECT count(*) FROM c), (SELECT count(*) FROM l)") == [(3, 0)]


def test_insert_replaces_what_a_condition_names(shell: Shell) -> None:
    shell.rows("CREATE TABLE t AS SELECT * FROM VALUES (1, 'a'), (2, 'b') AS v(n, s)")
    shell.rows("INSERT INTO t REPLACE WHERE n = 2 SELECT 2, 'new'")
    assert shell.rows("SELECT * FROM t ORDER BY n") == [(1, "a"), (2, "new")]
    shell.rows("INSERT OVERWRITE t VALUES (7, 'only')")
    assert shell.rows("SELECT * FROM t") == [(7, "only")]


def test_texts_become_dates_and_times_as_cast_reads_them(west: Shell) -> None:
    west.rows("CREATE OR REPLACE TABLE main.analyst_west.moments (id INT, at TIMESTAMP, day DATE)")
    west.rows("INSERT INTO main.analyst_west.moments VALUES (1, '2023-09-06 03:14:27.000843 +0000', '2023')")
    west.rows("INSERT INTO main.analyst_west.moments (at, id) SELECT '2021-09-30 11', 2")
    west.rows("UPDATE main.analyst_west.moments AS m SET m.day = '2021-9' WHERE id = 2")
    west.rows(
        "MERGE INTO main.analyst_west.moments AS m USING (SELECT 1 AS id, '2024-02' AS at, '2024' AS day) AS s "
        "ON m.id = s.id WHEN MATCHED THEN UPDATE SET m.at = s.at, day = s.day"
    )
    west.rows(
        "MERGE INTO main.analyst_west.moments AS m USING (SELECT 3 AS id, '2025' AS at) AS s "
        "ON m.id = s.id WHEN NOT MATCHED THEN INSERT (id, at) VALUES (s.id, s.at)"
    )
    found = west.rows("SELECT id, string(at), string(day) FROM main.analyst_west.moments ORDER BY id")
    assert found == [
        (1, "2024-02-01 00:00:00", "2024-01-01"),
        (2, "2021-09-30 11:00:00", "2021-09-01"),
        (3, "2025-01-01 00:00:00", None),
    ]
    assert "CAST_INVALID_INPUT" in west.fails("INSERT INTO main.analyst_west.moments (day) VALUES ('someday')")
