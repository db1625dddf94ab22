"""What SHOW shows of tables, partitions, volumes and functions."""

from __future__ import annotations

from tests.wire.sql_clients import Shell

TABLE = "main.engineer.shown"


def test_partitions_and_the_statement_that_makes_a_table(engineer: Shell) -> None:
    engineer.rows(
        f"CREATE OR REPLACE TABLE {TABLE} (`a b` INT NOT NULL COMMENT 'it''s', day DATE, "
        "CONSTRAINT pk PRIMARY KEY (`a b`)) PARTITIONED BY (day) COMMENT 'two\nlines' TBLPROPERTIES ('x' = 'y')"
    )
    engineer.rows(f"INSERT INTO {TABLE} VALUES (1, '2021-01-02'), (2, '2021-01-01'), (3, '2021-01-02')")
    assert [str(row[0]) for row in engineer.rows(f"SHOW PARTITIONS {TABLE}")] == ["2021-01-01", "2021-01-02"]
    statement = engineer.rows(f"SHOW CREATE TABLE {TABLE}")[0][0]
    assert statement == (
        "CREATE TABLE main.engineer.shown (\n  `a b` INT NOT NULL COMMENT 'it\\'s',\n  day DATE,\n"
        "  CONSTRAINT pk PRIMARY KEY (`a b`))\nUSING delta\nPARTITIONED BY (day)\nCOMMENT 'two\nlines'\n"
        "TBLPROPERTIES (\n  'x' = 'y')\n"
    )
    engineer.rows(f"DROP TABLE {TABLE}")
    engineer.rows(statement)
    assert engineer.rows(f"SHOW CREATE TABLE {TABLE}")[0][0] == statement
    engineer.rows(f"DROP TABLE {TABLE}")
    assert "INVALID_PARTITION_OPERATION.PARTITION_SCHEMA_IS_EMPTY" in engineer.fails(
        "SHOW PARTITIONS main.sales.orders"
    )


def test_tables_in_detail(west: Shell) -> None:
    rows = west.rows("SHOW TABLE EXTENDED IN main.sales LIKE 'ord*'")
    assert west.names == ["database", "tableName", "isTemporary", "information"]
    assert [row[:3] for row in rows] == [("sales", "orders", False)]
    assert "Type: MANAGED\n" in rows[0][3]
    assert "Schema: root\n |-- " in rows[0][3]
    west.rows("CREATE TEMP VIEW order_view AS SELECT 1 AS n")
    found = {row[1]: row[2] for row in west.rows("SHOW TABLE EXTENDED IN main.sales LIKE 'order*'")}
    assert found == {"orders": False, "order_view": True}


def test_functions_and_volumes(west: Shell) -> None:
    assert west.rows("SHOW FUNCTIONS LIKE 'date_a*'") == [("date_add",)]
    assert ("main.sales.region_filter",) in west.rows("SHOW USER FUNCTIONS IN main.sales")
    assert west.rows("SHOW VOLUMES IN main.sales") == []
    assert west.names == ["database", "volume_name"]


def test_what_is_absent_says_so_by_name(engineer: Shell) -> None:
    for text, name in (
        ("SHOW SHARES", "SHOW SHARES"),
        ("OPTIMIZE main.sales.orders", "OPTIMIZE statements"),
        ("VACUUM main.sales.orders", "VACUUM statements"),
        ("GRANT SELECT ON TABLE main.sales.orders TO `users`", "GRANT statements"),
        ("CREATE FUNCTION main.engineer.f() RETURNS INT RETURN 1", "CREATE FUNCTION"),
        ("BEGIN TRANSACTION", "transactions of several statements"),
    ):
        assert f"[UNSUPPORTED_FEATURE.SANDBOX] The sandbox does not imitate {name}" in engineer.fails(text)
