"""What few expect: values that Python cannot hold, endless types, tables to browse only; dates as Spark reads them."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from databricks.sdk.errors import PermissionDenied

from tests.sandbox_client import SandboxClient
from tests.wire.sql_clients import Shell, arrow, connection, workspace

EDGES = "SELECT day, moment, number FROM main.shapes.edges ORDER BY id"


def test_years_past_9999_are_sent_as_they_are(sandbox: SandboxClient) -> None:
    client = workspace(sandbox)
    found = client.statement_execution.execute_statement(EDGES, sandbox.warehouse_id)
    assert found.result.data_array[0] == ["+10000-01-01", "+10000-01-01T00:00:00.000Z", "Infinity"]
    assert [row[2] for row in found.result.data_array] == ["Infinity", "-Infinity", "NaN", "-0.0"]
    table = arrow(client, sandbox, EDGES)
    assert table.schema.field("day").type == pa.date32()
    with pytest.raises(OverflowError):
        table.column("day").to_pylist()


def test_fields_of_one_name_stay_apart(sandbox: SandboxClient) -> None:
    text = "SELECT named_struct('a', 1, 'a', 'x') AS s, array(named_struct('b', 1, 'B', 2)) AS l"
    client = workspace(sandbox)
    found = client.statement_execution.execute_statement(text, sandbox.warehouse_id)
    assert [one.type_text for one in found.manifest.schema.columns] == [
        "STRUCT<a: INT, a: STRING>", "ARRAY<STRUCT<b: INT, B: INT>>",
    ]  # fmt: skip
    assert found.result.data_array == [['{"a":"1","a":"x"}', '[{"b":"1","B":"2"}]']]
    struct = arrow(client, sandbox, text).column("s").combine_chunks()
    assert [field.name for field in struct.type] == ["a", "a"]
    assert [struct.field(0)[0].as_py(), struct.field(1)[0].as_py()] == [1, "x"]


def test_a_type_may_take_21000_characters(west: Shell, sandbox: SandboxClient) -> None:
    types = {name: type_ for name, type_, _ in west.rows("DESCRIBE main.shapes.edges")}
    assert len(types["long"]) > 20_000
    column = next(one for one in workspace(sandbox).tables.get("main.shapes.edges").columns if one.name == "long")
    assert column.type_text == types["long"]
    assert len(json.loads(column.type_json)["type"]["fields"]) == 620
    assert "\n" in workspace(sandbox).tables.get("main.shapes.edges").comment


def test_a_schema_may_be_browsed_and_not_read(west: Shell, sandbox: SandboxClient) -> None:
    client = workspace(sandbox)
    assert "archive" in [one.name for one in client.schemas.list("main")]
    tables = list(client.tables.list("main", "archive", include_browse=True))
    assert (len({one.name for one in tables}), {one.browse_only for one in tables}) == (400, {True})
    with pytest.raises(PermissionDenied):
        client.tables.get("main.archive.year_001")
    assert "INSUFFICIENT_PERMISSIONS" in west.fails("SELECT * FROM main.archive.year_001")


def test_the_bakehouse_is_as_sample_catalogs_have_it(west: Shell) -> None:
    assert [row[1] for row in west.rows("SHOW TABLES IN samples.bakehouse")] == [
        "media_customer_reviews", "media_gold_reviews_chunked", "sales_customers", "sales_franchises",
        "sales_suppliers", "sales_transactions",
    ]  # fmt: skip
    joined = west.rows(
        "SELECT count(*) FROM samples.bakehouse.sales_transactions t JOIN samples.bakehouse.sales_franchises f USING "
        "(franchiseID) JOIN samples.bakehouse.sales_suppliers s USING (supplierID) JOIN "
        "samples.bakehouse.sales_customers c USING (customerID)"
    )
    assert joined == [(3333,)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("DATE'2021'", "2021-01-01"),
        ("CAST('2021-9' AS DATE)", "2021-09-01"),
        ("to_date('2021-09-30T11:22')", "2021-09-30"),
        ("DATE('2021-09')", "2021-09-01"),
        ("TIMESTAMP'2021'", "2021-01-01 00:00:00"),
        ("TIMESTAMP('2021-09-30 11')", "2021-09-30 11:00:00"),
        ("CAST('2021-09-30 11:27:35.123+04:00' AS TIMESTAMP)", "2021-09-30 07:27:35.123"),
        ("CAST('2021-09-30 11:27+0000' AS TIMESTAMP)", "2021-09-30 11:27:00"),
        ("CAST('2021-09-30 11:27:35 Europe/Berlin' AS TIMESTAMP)", "2021-09-30 09:27:35"),
        ("CAST('2021-09-30T11:27:35Z' AS TIMESTAMP)", "2021-09-30 11:27:35"),
        ("TIMESTAMP_NTZ'2021-3-4 5:6'", "2021-03-04 05:06:00"),
        ("try_cast('2021-13' AS DATE)", None),
        ("try_to_date('nope')", None),
    ],
)
def test_short_dates_and_offsets(west: Shell, text: str, shown: str | None) -> None:
    assert west.rows(f"SELECT CAST({text} AS STRING)") == [(shown,)]


def test_a_sessions_time_zone_is_the_warehouses(sandbox: SandboxClient) -> None:
    path = f"/warehouses/{sandbox.warehouse_id}"
    sandbox.control("POST", path, {"settings": {"TIMEZONE": "Asia/Tokyo"}})
    try:
        with connection(sandbox) as opened:
            shell = Shell(opened)
            text = "SELECT current_timezone(), CAST(TIMESTAMP'2021-01-01 00:00:00Z' AS STRING)"
            assert shell.rows(text) == [("Asia/Tokyo", "2021-01-01 09:00:00")]
            shell.rows("SET TIME ZONE 'UTC'")
            assert shell.rows("SELECT current_timezone()") == [("UTC",)]
            shell.rows("RESET")
            assert shell.rows("SELECT current_timezone()") == [("Asia/Tokyo",)]
        client = workspace(sandbox)
        found = client.statement_execution.execute_statement("SELECT TIMESTAMP'2021-01-01'", sandbox.warehouse_id)
        assert found.result.data_array == [["2021-01-01T00:00:00.000+09:00"]]
    finally:
        sandbox.control("POST", path, {"settings": {}})


def test_dates_are_compared_with_text(west: Shell) -> None:
    assert west.rows(
        "SELECT DATE'2021-05-01' > '2021-04', TIMESTAMP'2021-01-05' BETWEEN '2021' AND '2021-02', "
        "DATE'2021-01-01' IN ('2021', '2022')"
    ) == [(True, True, True)]
    assert "[CAST_INVALID_INPUT] The value '9999-99-31'" in west.fails("SELECT DATE('9999-99-31')")


def test_without_ansi_mode_what_fails_is_null(west: Shell) -> None:
    west.rows("SET ansi_mode = false")
    found = west.rows(
        "SELECT DATE('9999-99-31'), CAST('abc' AS INT), 1 / 0, 1 % 0, array(1)[5], element_at(array(1), 3), "
        "CAST('x' AS BOOLEAN), to_timestamp('x', 'yyyy'), CAST(300 AS TINYINT), 2147483647 + 1, "
        "-9223372036854775807L - 2, 65536 * 65536, 2 + 3 * 4"
    )
    assert found == [(*[None] * 8, 44, -2147483648, 9223372036854775807, 0, 14)]


def test_intervals_of_several_units_and_ordered_sets(west: Shell) -> None:
    assert west.rows("SELECT CAST(TIMESTAMP'2020-01-03' - INTERVAL 1 DAY 6 HOURS AS STRING)") == [
        ("2020-01-01 18:00:00",)
    ]
    text = "SELECT percentile_cont(0.25) WITHIN GROUP (ORDER BY id DESC), percentile_disc(0.25) WITHIN GROUP (ORDER BY "
    assert west.rows(text + "id), listagg(id, '-') WITHIN GROUP (ORDER BY id DESC), listagg(id) FROM range(5)") == [
        (3.0, 1, "4-3-2-1-0", "01234")
    ]
    assert west.names == [
        "percentile_cont(0.25) WITHIN GROUP (ORDER BY id DESC)", "percentile_disc(0.25) WITHIN GROUP (ORDER BY id)",
        "listagg(id, -) WITHIN GROUP (ORDER BY id DESC)", "listagg(id, NULL)",
    ]  # fmt: skip
