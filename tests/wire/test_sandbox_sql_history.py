"""What a table was: its versions, time travel to them, and going back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.wire.sql_clients import Shell

TABLE = "main.engineer.kept"


@pytest.fixture
def versions(engineer: Shell) -> Iterator[Shell]:
    """A table of three versions: {1}, {1, 2}, {2}."""
    engineer.rows(f"CREATE OR REPLACE TABLE {TABLE} AS SELECT 1 AS a")
    engineer.rows(f"INSERT INTO {TABLE} VALUES (2)")
    engineer.rows(f"DELETE FROM {TABLE} WHERE a = 1")
    engineer.rows(f"DELETE FROM {TABLE} WHERE a = 99")
    yield engineer
    engineer.rows(f"DROP TABLE {TABLE}")


def test_a_version_is_read_by_its_number_or_its_time(versions: Shell) -> None:
    assert versions.rows(f"SELECT * FROM {TABLE} VERSION AS OF 0") == [(1,)]
    assert versions.rows(f"SELECT x.a FROM {TABLE}@v1 AS x ORDER BY a") == [(1,), (2,)]
    assert versions.rows(f"SELECT * FROM {TABLE} VERSION AS OF 2") == [(2,)]
    assert "[DELTA_VERSION_NOT_FOUND] Cannot time travel Delta table to version 3. Available versions: [0, 2]." in (
        versions.fails(f"SELECT * FROM {TABLE} VERSION AS OF 3")
    )
    assert "DELTA_TIMESTAMP_EARLIER_THAN_COMMIT_RETENTION" in versions.fails(
        f"SELECT * FROM {TABLE} TIMESTAMP AS OF '2020-01-01'"
    )
    assert "DELTA_TIMESTAMP_GREATER_THAN_COMMIT" in versions.fails(f"SELECT * FROM {TABLE}@20990101000000000")


def test_the_history_names_each_change(versions: Shell) -> None:
    rows = versions.rows(f"DESCRIBE HISTORY {TABLE}")
    assert versions.names[:5] == ["version", "timestamp", "userId", "userName", "operation"]
    assert [(row[0], row[4]) for row in rows] == [(2, "DELETE"), (1, "WRITE"), (0, "CREATE OR REPLACE TABLE AS SELECT")]
    assert {row[3] for row in rows} == {"engineer@example.com"}
    assert dict(rows[1][5]) == {"mode": "Append"}
    assert len(versions.rows(f"DESCRIBE HISTORY {TABLE} LIMIT 1")) == 1


def test_a_table_goes_back(versions: Shell) -> None:
    versions.rows(f"RESTORE TABLE {TABLE} TO VERSION AS OF 1")
    assert versions.rows(f"SELECT * FROM {TABLE} ORDER BY a") == [(1,), (2,)]
    assert versions.rows(f"DESCRIBE HISTORY {TABLE}")[0][4] == "RESTORE"


def test_the_past_is_filtered_and_masked_as_today(west: Shell, engineer: Shell) -> None:
    assert west.rows("SELECT DISTINCT region FROM main.sales.orders VERSION AS OF 0") == [("west",)]
    assert len(engineer.rows("SELECT DISTINCT region FROM main.sales.orders VERSION AS OF 0")) > 1
    assert "INSUFFICIENT_PERMISSIONS" in west.fails("SELECT * FROM main.hr.salaries VERSION AS OF 0")
