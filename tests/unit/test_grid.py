"""Values reach the browser exactly, whatever their type."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from dash import html
from plotly.io.json import to_json_plotly

from portal.ui import grid
from portal.ui.first_paint import html_of


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, None),
        (True, True),
        (2**53 - 1, 2**53 - 1),
        (2**63 - 1, "9223372036854775807"),
        (-(2**63), "-9223372036854775808"),
        (Decimal("12345678901234567890.123400"), "12345678901234567890.123400"),
        (Decimal("1E+3"), "1000"),
        (0.1, 0.1),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
        (date(2016, 2, 29), "2016-02-29"),
        (datetime(2016, 2, 29, 23, 59, 1, 5, tzinfo=UTC), "2016-02-29 23:59:01.000005"),
        (b"\x00\xff", "AP8="),
        ([1, None, "a"], '[1, null, "a"]'),
        ({"a": Decimal("1.50")}, '{"a": "1.50"}'),
        ("<b>not markup</b>", "<b>not markup</b>"),
    ],
)
def test_a_value_as_json_carries_it(value: object, shown: object) -> None:
    assert grid.exact(value) == shown


def test_names_may_repeat_and_hold_dots() -> None:
    table = pa.table([[1], [2], [3]], names=["a.b", "a.b", ""])
    assert [column["headerName"] for column in grid.arrow_columns(table)] == ["a.b", "a.b", ""]
    assert grid.arrow_rows(table) == [{"c0": 1, "c1": 2, "c2": 3}]


def test_a_column_with_one_large_integer_is_text_throughout_so_that_it_sorts_as_one_kind() -> None:
    table = pa.table({"id": pa.array([1, None, 2**60], pa.int64())})
    assert [row["c0"] for row in grid.arrow_rows(table)] == ["1", None, str(2**60)]
    (column,) = grid.arrow_columns(table)
    assert column["comparator"] == {"function": "portalCompare"}


def test_empty_and_wide_tables() -> None:
    assert grid.arrow_rows(pa.table({"a": pa.array([], pa.string())})) == []
    assert grid.arrow_rows(pa.table({})) == []
    wide = pa.table({f"column_{index}": [index] for index in range(200)})
    assert len(grid.arrow_columns(wide)) == 200
    assert len(grid.arrow_rows(wide)[0]) == 200


def test_null_in_a_small_grid_is_no_text_and_markup_is_text() -> None:
    drawn = grid.small("small", "Rows", pa.table({"a": ["NULL", None, "<i>x</i>"]}))
    table = drawn.children
    assert isinstance(table, html.Table)
    _, body = table.children
    text, null, markup = (row["props"]["children"][0]["props"] for row in body["props"]["children"])
    assert (text["children"], text["className"]) == ("NULL", "")
    assert (null["children"], null["className"]) == ("NULL", "cell-null")
    assert markup["children"] == "<i>x</i>"
    # The picture of a page shows the same.
    assert '<td role="gridcell" class="cell-null">NULL</td>' in html_of(drawn)
    assert "&lt;i&gt;x&lt;/i&gt;" in html_of(drawn)


def test_a_grid_takes_a_frame():
    import pandas as pd

    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
    drawn, expected = (grid.from_arrow("g", "Frame", one) for one in (frame, pa.Table.from_pandas(frame)))
    assert to_json_plotly(drawn) == to_json_plotly(expected)
