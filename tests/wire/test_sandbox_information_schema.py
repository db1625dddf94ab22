"""`information_schema`: each view has its documented columns, and shows what its reader may see."""

from __future__ import annotations

import pytest

from portal.sandbox.sql import information_schema
from tests.sandbox_client import SandboxClient
from tests.wire.sql_clients import Shell, workspace


@pytest.mark.parametrize("name", information_schema.names())
def test_every_view_can_be_read_and_described(west: Shell, name: str) -> None:
    west.rows(f"SELECT * FROM main.information_schema.{name}")
    read = west.names
    described = west.rows(f"DESCRIBE main.information_schema.{name}")
    assert read == [row[0] for row in described]
    assert west.rows(f"SHOW TABLES IN main.information_schema LIKE '{name}'") == [("information_schema", name, False)]


def test_keys_checks_and_defaults_are_found(engineer: Shell, sandbox: SandboxClient) -> None:
    engineer.rows("USE main.engineer")
    engineer.rows("CREATE OR REPLACE TABLE parent (id INT, CONSTRAINT parent_key PRIMARY KEY (id))")
    engineer.rows(
        "CREATE OR REPLACE TABLE child (id BIGINT GENERATED ALWAYS AS IDENTITY, p INT DEFAULT 7, d DECIMAL(8, 2), "
        "CONSTRAINT child_parent FOREIGN KEY (p) REFERENCES parent, CONSTRAINT positive CHECK (p > 0)) "
        "TBLPROPERTIES ('delta.feature.allowColumnDefaults' = 'supported')"
    )
    place = "main.information_schema"
    mine = "table_schema = 'engineer' AND table_name IN ('parent', 'child')"
    assert engineer.rows(
        f"SELECT constraint_name, constraint_type, enforced FROM {place}.table_constraints WHERE {mine} ORDER BY 1"
    ) == [("child_parent", "FOREIGN KEY", "NO"), ("parent_key", "PRIMARY KEY", "NO"), ("positive", "CHECK", "YES")]
    assert engineer.rows(
        f"SELECT unique_constraint_name FROM {place}.referential_constraints WHERE constraint_name = 'child_parent'"
    ) == [("parent_key",)]
    assert engineer.rows(
        f"SELECT column_name, position_in_unique_constraint FROM {place}.key_column_usage WHERE table_name = 'child'"
    ) == [("p", 1)]
    assert engineer.rows(
        f"SELECT column_name, column_default, is_identity, numeric_precision, numeric_scale FROM {place}.columns "
        f"WHERE {mine} AND table_name = 'child' ORDER BY ordinal_position"
    ) == [("id", None, "YES", 19, 0), ("p", "7", "NO", 10, 0), ("d", None, "NO", 8, 2)]
    constraints = workspace(sandbox, "engineer").tables.get("main.engineer.child").table_constraints
    assert [one.foreign_key_constraint.parent_table for one in constraints] == ["main.engineer.parent"]
    engineer.rows("DROP TABLE child")
    engineer.rows("DROP TABLE parent")


def test_masks_filters_and_routines_of_the_sample_data(west: Shell) -> None:
    place = "main.information_schema"
    assert west.rows(f"SELECT table_name, filter_name, target_columns FROM {place}.row_filters") == [
        ("orders", "main.sales.region_filter", "region")
    ]
    assert ("mask_email",) in west.rows(f"SELECT routine_name FROM {place}.routines WHERE routine_schema = 'sales'")
    assert west.rows(f"SELECT count(*) FROM {place}.tables WHERE table_schema = 'hr'") == [(0,)]


def test_names_by_parameter(west: Shell) -> None:
    given = {"c": "fare_amount", "t": "samples.nyctaxi.trips"}
    text = "SELECT IDENTIFIER(:c) AS fare FROM IDENTIFIER(:t) WHERE IDENTIFIER(:c) > 50 ORDER BY IDENTIFIER(:c) LIMIT 3"
    plain = "SELECT fare_amount FROM samples.nyctaxi.trips WHERE fare_amount > 50 ORDER BY fare_amount LIMIT 3"
    assert west.rows(text, given) == west.rows(plain)
    assert "NOT_A_CONSTANT_STRING" in west.fails("SELECT IDENTIFIER(upper('a')) FROM range(1)")
    assert west.rows("SELECT current_version().dbsql_version, max(id) FROM range(12.0)")[0][1] == 11
