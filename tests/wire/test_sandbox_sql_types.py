"""Every type through both protocols, cell by cell: a plain value, NULL, and the extremes.

`TYPES` is the whole table of expectations: an expression, its type in SQL's words and in the manifest's, what the
connector's Arrow says it is, its value as Python sees it in Arrow, and the text that JSON_ARRAY carries.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, NamedTuple

import pyarrow as pa
import pytest

from tests.sandbox_client import SandboxClient
from tests.wire.sql_clients import arrow, connection, workspace

UTC = dt.UTC
ZONED = pa.timestamp("us", tz="Etc/UTC")
PLAIN = pa.timestamp("us")


class Case(NamedTuple):
    sql: str
    type: str
    name: str
    """The manifest's `type_name`."""
    arrow: pa.DataType
    value: Any
    text: str | None


INTS = {"TINYINT": ("BYTE", pa.int8(), 7), "SMALLINT": ("SHORT", pa.int16(), 15), "INT": ("INT", pa.int32(), 31),
        "BIGINT": ("LONG", pa.int64(), 63)}  # fmt: skip


def _whole_numbers() -> list[Case]:
    found = []
    for type_, (name, arrow_type, bits) in INTS.items():
        for value in (0, 1, -1, 2**bits - 1, -(2**bits)):
            found.append(Case(f"CAST('{value}' AS {type_})", type_, name, arrow_type, value, str(value)))
        found.append(Case(f"CAST(NULL AS {type_})", type_, name, arrow_type, None, None))
    return found


DOUBLE, FLOAT = pa.float64(), pa.float32()
CASES = [
    *_whole_numbers(),
    Case("true", "BOOLEAN", "BOOLEAN", pa.bool_(), True, "true"),
    Case("false", "BOOLEAN", "BOOLEAN", pa.bool_(), False, "false"),
    Case("CAST(NULL AS BOOLEAN)", "BOOLEAN", "BOOLEAN", pa.bool_(), None, None),
    Case("1.5D", "DOUBLE", "DOUBLE", DOUBLE, 1.5, "1.5"),
    Case("CAST(1 AS DOUBLE)", "DOUBLE", "DOUBLE", DOUBLE, 1.0, "1.0"),
    Case("1e300", "DOUBLE", "DOUBLE", DOUBLE, 1e300, "1.0E300"),
    Case("CAST('1.7976931348623157E308' AS DOUBLE)", "DOUBLE", "DOUBLE", DOUBLE, 1.7976931348623157e308,
         "1.7976931348623157E308"),
    Case("CAST('-4.9E-324' AS DOUBLE)", "DOUBLE", "DOUBLE", DOUBLE, -5e-324, "-5.0E-324"),
    Case("1e-5", "DOUBLE", "DOUBLE", DOUBLE, 1e-5, "1.0E-5"),
    Case("CAST('Infinity' AS DOUBLE)", "DOUBLE", "DOUBLE", DOUBLE, float("inf"), "Infinity"),
    Case("CAST('-Infinity' AS DOUBLE)", "DOUBLE", "DOUBLE", DOUBLE, float("-inf"), "-Infinity"),
    Case("CAST(NULL AS DOUBLE)", "DOUBLE", "DOUBLE", DOUBLE, None, None),
    Case("CAST(1.25 AS FLOAT)", "FLOAT", "FLOAT", FLOAT, 1.25, "1.25"),
    Case("CAST('3.4028235E38' AS FLOAT)", "FLOAT", "FLOAT", FLOAT, 3.4028234663852886e38, "3.4028235E38"),
    Case("CAST(NULL AS FLOAT)", "FLOAT", "FLOAT", FLOAT, None, None),
    Case("CAST(1.5 AS DECIMAL(10,2))", "DECIMAL(10,2)", "DECIMAL", pa.decimal128(10, 2), Decimal("1.50"), "1.50"),
    Case("CAST('-99999999999999999999999999999999999999' AS DECIMAL(38,0))", "DECIMAL(38,0)", "DECIMAL",
         pa.decimal128(38, 0), Decimal("-" + "9" * 38), "-" + "9" * 38),
    Case("CAST('0.00000000000000000000000000000000000001' AS DECIMAL(38,38))", "DECIMAL(38,38)", "DECIMAL",
         pa.decimal128(38, 38), Decimal(1).scaleb(-38), "0." + "0" * 37 + "1"),
    Case("CAST(7 AS DECIMAL)", "DECIMAL(10,0)", "DECIMAL", pa.decimal128(10, 0), Decimal(7), "7"),
    Case("CAST(NULL AS DECIMAL(12,3))", "DECIMAL(12,3)", "DECIMAL", pa.decimal128(12, 3), None, None),
    Case("'text'", "STRING", "STRING", pa.string(), "text", "text"),
    Case("''", "STRING", "STRING", pa.string(), "", ""),
    Case("'<b>żółw 🐢</b>\\n\"quoted\" \\'single\\' tab\\t'", "STRING", "STRING", pa.string(),
         "<b>żółw 🐢</b>\n\"quoted\" 'single' tab\t", "<b>żółw 🐢</b>\n\"quoted\" 'single' tab\t"),
    Case("repeat('x', 100000)", "STRING", "STRING", pa.string(), "x" * 100_000, "x" * 100_000),
    Case("CAST(NULL AS STRING)", "STRING", "STRING", pa.string(), None, None),
    Case("X'00FF10'", "BINARY", "BINARY", pa.binary(), b"\x00\xff\x10", "00FF10"),
    Case("X''", "BINARY", "BINARY", pa.binary(), b"", ""),
    Case("CAST(NULL AS BINARY)", "BINARY", "BINARY", pa.binary(), None, None),
    Case("DATE'2024-02-29'", "DATE", "DATE", pa.date32(), dt.date(2024, 2, 29), "2024-02-29"),
    Case("DATE'0001-01-01'", "DATE", "DATE", pa.date32(), dt.date(1, 1, 1), "0001-01-01"),
    Case("DATE'9999-12-31'", "DATE", "DATE", pa.date32(), dt.date(9999, 12, 31), "9999-12-31"),
    Case("CAST(NULL AS DATE)", "DATE", "DATE", pa.date32(), None, None),
    Case("TIMESTAMP'2021-06-15 12:34:56.789'", "TIMESTAMP", "TIMESTAMP", ZONED,
         dt.datetime(2021, 6, 15, 12, 34, 56, 789000, UTC), "2021-06-15T12:34:56.789Z"),
    Case("TIMESTAMP'2021-06-15 12:34:56.123456'", "TIMESTAMP", "TIMESTAMP", ZONED,
         dt.datetime(2021, 6, 15, 12, 34, 56, 123456, UTC), "2021-06-15T12:34:56.123456Z"),
    Case("TIMESTAMP'0001-01-01 00:00:00'", "TIMESTAMP", "TIMESTAMP", ZONED, dt.datetime(1, 1, 1, tzinfo=UTC),
         "0001-01-01T00:00:00.000Z"),
    Case("TIMESTAMP'9999-12-31 23:59:59.999999'", "TIMESTAMP", "TIMESTAMP", ZONED,
         dt.datetime(9999, 12, 31, 23, 59, 59, 999999, UTC), "9999-12-31T23:59:59.999999Z"),
    Case("TIMESTAMP'2020-01-01 00:00:00+02:00'", "TIMESTAMP", "TIMESTAMP", ZONED,
         dt.datetime(2019, 12, 31, 22, tzinfo=UTC), "2019-12-31T22:00:00.000Z"),
    Case("CAST(NULL AS TIMESTAMP)", "TIMESTAMP", "TIMESTAMP", ZONED, None, None),
    Case("TIMESTAMP_NTZ'2021-06-15 12:34:56.789'", "TIMESTAMP_NTZ", "TIMESTAMP_NTZ", PLAIN,
         dt.datetime(2021, 6, 15, 12, 34, 56, 789000), "2021-06-15T12:34:56.789"),
    Case("CAST(NULL AS TIMESTAMP_NTZ)", "TIMESTAMP_NTZ", "TIMESTAMP_NTZ", PLAIN, None, None),
    Case("NULL", "VOID", "NULL", pa.string(), None, None),
    Case("INTERVAL '100-0' YEAR TO MONTH", "INTERVAL YEAR TO MONTH", "INTERVAL", pa.string(), "100-0", "100-0"),
    Case("INTERVAL '-1' MONTH", "INTERVAL MONTH", "INTERVAL", pa.string(), "-0-1", "-0-1"),
    Case("INTERVAL '3 04:30:20.123' DAY TO SECOND", "INTERVAL DAY TO SECOND", "INTERVAL", pa.string(),
         "3 04:30:20.123000000", "3 04:30:20.123000000"),
    Case("INTERVAL '27' HOUR", "INTERVAL HOUR", "INTERVAL", pa.string(), "1 03:00:00.000000000",
         "1 03:00:00.000000000"),
    Case("CAST(NULL AS INTERVAL DAY TO SECOND)", "INTERVAL DAY TO SECOND", "INTERVAL", pa.string(), None, None),
    Case("array(1, NULL, 3)", "ARRAY<INT>", "ARRAY", pa.list_(pa.field("element", pa.int32())), [1, None, 3],
         '["1",null,"3"]'),
    Case("CAST(array() AS ARRAY<STRING>)", "ARRAY<STRING>", "ARRAY", pa.list_(pa.field("element", pa.string())), [],
         "[]"),
    Case("CAST(NULL AS ARRAY<DATE>)", "ARRAY<DATE>", "ARRAY", pa.list_(pa.field("element", pa.date32())), None, None),
    Case("map('a', 1.5D, 'b', NULL)", "MAP<STRING, DOUBLE>", "MAP", pa.map_(pa.string(), pa.float64()),
         [("a", 1.5), ("b", None)], '{"a":"1.5","b":null}'),
    Case("named_struct('x', 1, 'y', array('q'))", "STRUCT<x: INT, y: ARRAY<STRING>>", "STRUCT",
         pa.struct([pa.field("x", pa.int32()),
                    pa.field("y", pa.list_(pa.field("element", pa.string())))]),
         {"x": 1, "y": ["q"]}, '{"x":"1","y":["q"]}'),
    Case("CAST(NULL AS STRUCT<a: INT>)", "STRUCT<a: INT>", "STRUCT", pa.struct([pa.field("a", pa.int32())]), None,
         None),
    Case("""parse_json('{"a":[1,2]}')""", "VARIANT", "VARIANT", pa.string(), '{"a":[1,2]}', '{"a":[1,2]}'),
    Case("CAST(NULL AS VARIANT)", "VARIANT", "VARIANT", pa.string(), None, None),
]  # fmt: skip
STATEMENT = "SELECT " + ", ".join(f"{case.sql} AS c{index}" for index, case in enumerate(CASES))


def _same(found: Any, wanted: Any, where: str) -> None:
    if isinstance(wanted, dt.datetime) and wanted.tzinfo is not None:
        assert found == wanted, where
        assert found.utcoffset() == dt.timedelta(0), where
    else:
        assert type(found) is type(wanted), where
        assert found == wanted, where


def _check_arrow(table: pa.Table) -> None:
    for index, case in enumerate(CASES):
        assert table.schema.field(index).type == case.arrow, case.sql
        _same(table.column(index)[0].as_py(), case.value, case.sql)


@pytest.mark.parametrize("lz4", [True, False])
def test_thrift_carries_every_type(sandbox: SandboxClient, lz4: bool) -> None:
    with connection(sandbox, enable_query_result_lz4_compression=lz4) as opened, opened.cursor() as cursor:
        cursor.execute(STATEMENT)
        table = cursor.fetchall_arrow()
    assert len(table.schema) == len(CASES)
    _check_arrow(table)


def test_thrift_metadata_name_the_exact_type(sandbox: SandboxClient) -> None:
    with connection(sandbox) as opened, opened.cursor() as cursor:
        cursor.execute(STATEMENT)
        described = {column[0]: column for column in cursor.description}
    for index, case in enumerate(CASES):
        name = described[f"c{index}"][1]
        wanted = case.type.split("(")[0].split("<")[0].lower()
        wanted = {"void": "string", "timestamp_ntz": "timestamp"}.get(wanted, wanted)
        if wanted.startswith("interval"):
            year_month = "year" in wanted or "month" in wanted
            wanted = "interval_year_month" if year_month else "interval_day_time"
        assert name == wanted, case.sql
        if name == "decimal":
            assert f"DECIMAL({described[f'c{index}'][4]},{described[f'c{index}'][5]})" == case.type


def test_a_client_that_takes_no_native_types_gets_text(sandbox: SandboxClient) -> None:
    options = {
        "_use_arrow_native_complex_types": False,
        "_use_arrow_native_decimals": False,
        "_use_arrow_native_timestamps": False,
    }
    statement = (
        "SELECT array(1, NULL) AS a, map('k', 1) AS m, named_struct('x', 'y') AS s, CAST(1.5 AS DECIMAL(5,2)) AS d, "
        "TIMESTAMP'2020-01-01 10:00:00.5' AS t, CAST(NULL AS TIMESTAMP) AS n"
    )
    with connection(sandbox, **options) as opened, opened.cursor() as cursor:
        cursor.execute(statement)
        row = cursor.fetchall()[0]
    assert tuple(row) == ("[1,null]", '{"k":1}', '{"x":"y"}', Decimal("1.50"), "2020-01-01 10:00:00.5", None)


def test_statements_carry_every_type_as_text(sandbox: SandboxClient) -> None:
    found = workspace(sandbox).statement_execution.execute_statement(STATEMENT, sandbox.warehouse_id)
    assert found.status.error is None
    raw = workspace(sandbox).api_client.do("GET", f"/api/2.0/sql/statements/{found.statement_id}")
    for index, case in enumerate(CASES):
        column = raw["manifest"]["schema"]["columns"][index]
        assert (column["type_text"], column["type_name"]) == (case.type, case.name), case.sql
        assert raw["result"]["data_array"][0][index] == case.text, case.sql
    decimals = [one for one in raw["manifest"]["schema"]["columns"] if one["type_name"] == "DECIMAL"]
    assert all(f"DECIMAL({one['type_precision']},{one['type_scale']})" == one["type_text"] for one in decimals)
    intervals = [one for one in raw["manifest"]["schema"]["columns"] if one["type_name"] == "INTERVAL"]
    assert all(f"INTERVAL {one['type_interval_type']}" == one["type_text"] for one in intervals)


def test_statements_carry_every_type_as_arrow(sandbox: SandboxClient) -> None:
    _check_arrow(arrow(workspace(sandbox), sandbox, STATEMENT))


def test_tables_keep_every_type(sandbox: SandboxClient) -> None:
    """Stored and read back: what a CREATE TABLE declares is what a SELECT answers."""
    kept = [case for case in CASES if case.type != "VOID"]
    columns = ", ".join(f"c{index} {case.type}" for index, case in enumerate(kept))
    values = ", ".join(case.sql for case in kept)
    with connection(sandbox, catalog="main", schema="analyst_west") as opened, opened.cursor() as cursor:
        cursor.execute(f"CREATE OR REPLACE TABLE every_type ({columns})")
        cursor.execute(f"INSERT INTO every_type SELECT {values}")
        cursor.execute("SELECT * FROM every_type")
        table = cursor.fetchall_arrow()
        cursor.execute("DESCRIBE TABLE every_type")
        described = [row.data_type for row in cursor.fetchall()]
    for index, case in enumerate(kept):
        assert table.schema.field(index).type == case.arrow, case.sql
        _same(table.column(index)[0].as_py(), case.value, case.sql)
    assert described == [_simple(case.type) for case in kept]


def _simple(type_: str) -> str:
    """DESCRIBE's spelling: lower case, no blanks after `:` and `,`."""
    return type_.lower().replace(": ", ":").replace(", ", ",")
