"""Any value of any type is written, the same in grid, cell, CSV and Excel, and takes no profile and no chart down."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import math
from decimal import Decimal
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.charts import arrow, groups, query
from portal.charts.formats import ENGLISH
from portal.charts.model import Chart, Field, Measure
from portal.databricks.statements import Column
from portal.results import profile, values, views, windows
from portal.results.exports import FORMATS
from portal.results.views import View
from portal.results.written import written


def days(*numbers: int) -> pa.Array:
    return pa.array(numbers, pa.int32()).cast(pa.date32())


def micros(*numbers: int, zone: str | None = None) -> pa.Array:
    return pa.array(numbers, pa.int64()).cast(pa.timestamp("us", zone))


TWINS = pa.StructArray.from_arrays([pa.array([1]), pa.array(['"'])], names=["a", "a"])
CASES: list[tuple[str, str, pa.Array, list[str | None]]] = [
    ("TINYINT", "BYTE", pa.array([-128, None], pa.int8()), ["-128", None]),
    ("BIGINT", "LONG", pa.array([-(2**63), 2**63 - 1]), ["-9223372036854775808", "9223372036854775807"]),
    ("DECIMAL(38,18)", "DECIMAL", pa.array([Decimal(0), Decimal("-0.5")], pa.decimal128(38, 18)),
     ["0.000000000000000000", "-0.500000000000000000"]),
    ("DECIMAL(38,0)", "DECIMAL", pa.array([Decimal("9" * 38)], pa.decimal128(38, 0)), ["9" * 38]),
    ("DECIMAL(9,9)", "DECIMAL", pa.array([Decimal("0.000000001")], pa.decimal128(9, 9)), ["0.000000001"]),
    ("DOUBLE", "DOUBLE", pa.array([math.inf, -math.inf, math.nan, 5.0, 1e300]),
     ["Infinity", "-Infinity", "NaN", "5", "1e+300"]),
    ("FLOAT", "FLOAT", pa.array([0.1], pa.float32()), ["0.1"]),
    ("BOOLEAN", "BOOLEAN", pa.array([True, None]), ["true", None]),
    ("STRING", "STRING", pa.array(["", None, "a,\"b\"\nc"]), ["", None, "a,\"b\"\nc"]),
    ("DATE", "DATE", days(2932897, -719162, -719528), ["10000-01-01", "0001-01-01", "0000-01-01"]),
    ("TIMESTAMP", "TIMESTAMP", micros(253402300800000000, -62135596800000001, 1, zone="Europe/Berlin"),
     ["10000-01-01 00:00:00", "0000-12-31 23:59:59.999999", "1970-01-01 00:00:00.000001"]),
    ("TIMESTAMP_NTZ", "TIMESTAMP_NTZ", micros(253402300800000000), ["10000-01-01 00:00:00"]),
    ("BINARY", "BINARY", pa.array([b"\x00\xff", None]), ["AP8=", None]),
    ("ARRAY<DATE>", "ARRAY", pa.ListArray.from_arrays([0, 1, 1], days(2932897)), ['["10000-01-01"]', "[]"]),
    ("MAP<STRING,INT>", "MAP", pa.array([[], [("a", 1)], None], pa.map_(pa.string(), pa.int32())),
     ["{}", '{"a": 1}', None]),
    ("STRUCT<a INT,a STRING>", "STRUCT", TWINS, ['{"a": 1, "a": "\\""}']),
    ("INTERVAL DAY TO SECOND", "INTERVAL", pa.array([-90_061_000_001, None], pa.int64()).cast(pa.duration("us")),
     ["-1 01:01:01.000001", None]),
    ("VOID", "NULL", pa.nulls(2), [None, None]),
]  # fmt: skip


class Here:
    """A result that is here."""

    id = "01"
    viewer_id = "1"

    def __init__(self, array: pa.Array, column: Column) -> None:
        self._table = pa.table([array], names=[column.name])
        self.columns = (column,)

    def table(self) -> pa.Table:
        return self._table


def file_of(extension: str, array: pa.Array) -> bytes:
    table = pa.table([array], names=["v"])
    return b"".join(FORMATS[extension].write(table.schema, [table], len(array), False))


@pytest.mark.parametrize(("type_text", "name", "array", "wanted"), CASES, ids=[case[0] for case in CASES])
def test_every_type_with_its_extremes(type_text: str, name: str, array: pa.Array, wanted: list[str | None]) -> None:
    column = Column("v", type_text, name)
    assert written(array).to_pylist() == wanted
    # A slice and chunks are the same rows.
    assert written(pa.chunked_array([array.slice(0, 1), array.slice(1)])).to_pylist() == wanted
    assert values.cells(array) == wanted
    assert [windows.whole(array.slice(at), type_text)["text"] for at in range(len(array))] == wanted
    shown = profile.local(Here(array, column), 0, View())  # type: ignore[arg-type]
    json.dumps(shown, allow_nan=False)
    rows = list(csv.reader(io.StringIO(file_of("csv", array).decode(), newline="")))[1:]
    zone = "Z" if name == "TIMESTAMP" else ""
    assert [row[0] if row else "" for row in rows] == ["" if one is None else f"{one}{zone}" for one in wanted]
    sheet = openpyxl.load_workbook(io.BytesIO(file_of("xlsx", array))).active
    assert sheet.max_row == len(array) + 1
    for extension in ("parquet", "arrows"):
        assert file_of(extension, array)
    if groups.views.kinds(column) != "other":
        plan = groups.plan(Chart("bar", x=Field("v"), y=(Measure("", aggregate="count"),)), (column,))
        drawn = query.shown(plan, arrow.rows(plan, pa.table([array], names=["v"])), len(array), ENGLISH)
        json.dumps(drawn, allow_nan=False)


def test_what_excel_has_no_day_for_is_text() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(file_of("xlsx", days(2932897, 0)))).active
    assert [row[0].value for row in list(sheet.iter_rows())[1:]] == ["10000-01-01", dt.datetime(1970, 1, 1)]


kinds = st.one_of(
    st.tuples(st.just(pa.int64()), st.integers(-(2**63), 2**63 - 1)),
    st.tuples(st.just(pa.float64()), st.floats()),
    st.tuples(st.just(pa.decimal128(38, 10)), st.decimals(-(10**27), 10**27, places=10)),
    st.tuples(st.just(pa.string()), st.text(st.characters(exclude_categories=["Cs"]), max_size=20)),
    st.tuples(st.just(pa.date32()), st.dates()),
    st.tuples(st.just(pa.timestamp("us")), st.datetimes()),
    st.tuples(st.just(pa.bool_()), st.booleans()),
    st.tuples(st.just(pa.list_(pa.string())), st.lists(st.none() | st.text("a\"\\\n\x01é", max_size=5), max_size=4)),
    st.tuples(st.just(pa.map_(pa.string(), pa.int64())),
              st.dictionaries(st.text(max_size=4), st.integers(0, 9), max_size=3).map(lambda one: list(one.items()))),
)  # fmt: skip


@given(st.lists(kinds, min_size=1, max_size=6), st.booleans())
def test_grid_and_csv_say_the_same(columns: list[tuple[pa.DataType, Any]], with_null: bool) -> None:
    arrays = [pa.array([value, *[None] * with_null], kind) for kind, value in columns]
    table = pa.table(arrays, names=[f"c{at}" for at in range(len(arrays))])
    content = b"".join(FORMATS["csv"].write(table.schema, [table], table.num_rows, False)).decode()
    rows = list(csv.reader(io.StringIO(content, newline="")))[1:]
    grid = zip(*(values.texts(column) for column in table.columns), strict=True)
    assert rows == [["" if text is None else text for text in row] for row in grid] or (
        len(arrays) == 1
        and rows == [[] if one[0] is None else [one[0]] for one in zip(*map(values.texts, arrays), strict=True)]
    )


@given(st.recursive(st.none() | st.integers(-9, 9) | st.text(max_size=6), lambda inner: st.lists(inner, max_size=3)))
def test_nested_values_are_json(value: Any) -> None:
    try:
        array = pa.array([[value]])
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return
    assert json.loads(written(array)[0].as_py()) == [value]
    assert windows.whole(array, "ARRAY")["tree"]


def test_intervals_sort_by_their_lengths() -> None:
    texts = ["10 00:00:00.000000000", "9 23:59:59.500000000", None, "-1 00:00:00.000000000", "0 00:00:00.000000001"]
    here = Here(pa.array(texts), Column("v", "INTERVAL DAY TO SECOND", "INTERVAL"))
    order = views.local(here, View(sorts=(views.Sort(0, False),)))  # type: ignore[arg-type]
    assert [texts[at] for at in order.to_pylist()] == [texts[3], texts[4], texts[1], texts[0], None]


def test_times_that_came_inline_are_cut_as_times() -> None:
    columns = (Column("t", "TIMESTAMP", "TIMESTAMP"),)
    plan = groups.plan(Chart("bar", x=Field("t", unit="month"), y=(Measure("", aggregate="count"),)), columns)
    table = pa.table({"t": ["2025-09-03T04:05:06.000Z", "2025-09-30 00:00:00", None]})
    assert arrow.rows(plan, table).to_pylist() == [
        {"x": dt.datetime(2025, 9, 1), "v0": 2}, {"x": None, "v0": 1}
    ]  # fmt: skip


def test_a_csv_for_excel_begins_with_its_mark() -> None:
    assert file_of("csv-bom", pa.array(["Zürich"])).decode("utf-8-sig") == '"v"\n"Zürich"\n'
