"""Metric views, whose measures MEASURE() asks for, and the temporary views of a session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox_client import SandboxClient
from tests.wire.sql_clients import Shell, connection

VIEW = "main.engineer.trips_by_zip"
YAML = """
version: 1.1
source: samples.nyctaxi.trips
comment: "What trips earn.\\nBy zip code."
filter: fare_amount > 0
joins:
  - name: other
    source: SELECT DISTINCT pickup_zip AS zip, pickup_zip % 2 = 0 AS even FROM samples.nyctaxi.trips
    on: source.pickup_zip = other.zip
dimensions:
  - name: Zip
    expr: pickup_zip
  - name: Even
    expr: other.even
    comment: whether the zip is even
measures:
  - {name: Trips, expr: COUNT(1)}
  - {name: Fares, expr: "SUM(fare_amount)"}
  - {name: Far Share, expr: AVG(if(trip_distance > 5, 1, 0))}
  - name: Fare per Trip
    expr: MEASURE(Fares) / MEASURE(Trips)
"""


@pytest.fixture
def metrics(engineer: Shell) -> Iterator[Shell]:
    engineer.rows(f"CREATE OR REPLACE VIEW {VIEW} WITH METRICS LANGUAGE YAML AS $${YAML}$$")
    yield engineer
    engineer.rows(f"DROP VIEW {VIEW}")


def test_measures_are_aggregated_by_what_the_query_groups(metrics: Shell) -> None:
    plain = metrics.rows(
        "SELECT pickup_zip, count(1), sum(fare_amount) / count(1), avg(if(trip_distance > 5, 1, 0)) FROM "
        "samples.nyctaxi.trips WHERE fare_amount > 0 AND pickup_zip % 2 = 0 GROUP BY 1 HAVING count(1) > 5 ORDER BY 1"
    )
    assert len(plain) > 3
    query = (
        f"SELECT Zip, MEASURE(Trips), MEASURE(`Fare per Trip`) AS fare, measure(v.`Far Share`) FROM {VIEW} v "
        "WHERE Even GROUP BY ALL HAVING MEASURE(Trips) > 5 ORDER BY Zip"
    )
    assert metrics.rows(query) == plain
    assert metrics.names == ["Zip", "measure(Trips)", "fare", "measure(Far Share)"]
    assert metrics.rows(f"SELECT MEASURE(Trips) FROM {VIEW}") == metrics.rows(
        "SELECT count(1) FROM samples.nyctaxi.trips WHERE fare_amount > 0"
    )
    assert metrics.rows(f"WITH q AS (SELECT Even, MEASURE(Trips) AS n FROM {VIEW} GROUP BY Even) SELECT sum(n) FROM q")


def test_a_metric_view_shows_what_it_is(metrics: Shell) -> None:
    assert metrics.rows(f"DESCRIBE {VIEW}") == [
        ("Zip", "int", None),
        ("Even", "boolean", "whether the zip is even"),
        ("Trips", "bigint measure", None),
        ("Fares", "double measure", None),
        ("Far Share", "double measure", None),
        ("Fare per Trip", "double measure", None),
    ]
    details = {name: value for name, value, _ in metrics.rows(f"DESCRIBE TABLE EXTENDED {VIEW}")}
    assert details["Type"] == "METRIC_VIEW"
    assert details["Comment"] == "What trips earn.\nBy zip code."
    created = metrics.rows(f"SHOW CREATE TABLE {VIEW}")[0][0]
    assert "WITH METRICS\nLANGUAGE YAML" in created
    assert "`Fare per Trip`" in created


def test_bare_measures_and_bad_definitions_fail(metrics: Shell) -> None:
    wanted = "[METRIC_VIEW_MISSING_MEASURE_FUNCTION] The usage of measure column [Trips] of a metric view requires a"
    assert wanted in metrics.fails(f"SELECT Zip, Trips FROM {VIEW} GROUP BY ALL")
    assert "[Trips,Fares,Far Share,Fare per Trip]" in metrics.fails(f"SELECT * FROM {VIEW}")
    bad = "CREATE OR REPLACE VIEW main.engineer.bad WITH METRICS LANGUAGE YAML AS $${}$$"
    assert "METRIC_VIEW_INVALID_VIEW_DEFINITION" in metrics.fails(bad.format("version: 1.1"))
    assert "METRIC_VIEW_INVALID_VIEW_DEFINITION" in metrics.fails(bad.format("a: [unclosed"))
    assert "UNRESOLVED_COLUMN" in metrics.fails(
        bad.format("{version: 1.1, source: samples.nyctaxi.trips, measures: [{name: a, expr: sum(nope)}]}")
    )


def test_a_temporary_view_belongs_to_its_session(west: Shell, sandbox: SandboxClient) -> None:
    west.rows("CREATE TEMPORARY VIEW mine (n COMMENT 'a number') AS SELECT id FROM range(3)")
    assert west.rows("SELECT * FROM mine") == [(0,), (1,), (2,)]
    assert west.rows("DESCRIBE mine") == [("n", "bigint", "a number")]
    assert ("# Detailed Table Information", "", "") in west.rows("DESCRIBE TABLE EXTENDED mine")
    assert west.rows("SHOW COLUMNS IN mine") == [("n",)]
    assert "TEMP_TABLE_OR_VIEW_ALREADY_EXISTS" in west.fails("CREATE TEMP VIEW mine AS SELECT 1")
    with connection(sandbox) as other:
        assert "TABLE_OR_VIEW_NOT_FOUND" in Shell(other).fails("DESCRIBE mine")
    assert "INVALID_TEMP_OBJ_REFERENCE" in west.fails("CREATE VIEW main.analyst_west.stored AS SELECT * FROM mine")
    west.rows("DROP VIEW mine")
    assert "TABLE_OR_VIEW_NOT_FOUND" in west.fails("SELECT * FROM mine")
