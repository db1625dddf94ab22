"""Groups of a query's chart are exact: against sums of Python's own integers and decimals, and pandas for doubles."""

from __future__ import annotations

import math
import statistics
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.charts import arrow, groups, query
from portal.charts.formats import ENGLISH
from portal.charts.model import AGGREGATES, BadChart, Chart, Field, Measure, Sort
from portal.databricks.statements import Column

COLUMNS = (
    Column("k", "STRING", "STRING"), Column("i", "BIGINT", "LONG"), Column("d", "DECIMAL(20,2)", "DECIMAL"),
    Column("f", "DOUBLE", "DOUBLE"), Column("when", "DATE", "DATE"), Column("n", "ARRAY<INT>", "ARRAY"),
)  # fmt: skip
SCHEMA = pa.schema(
    [("k", pa.string()), ("i", pa.int64()), ("d", pa.decimal128(20, 2)), ("f", pa.float64()), ("when", pa.date32())]
)


def grouped(chart: Chart, table: pa.Table) -> list[dict[str, Any]]:
    return arrow.rows(groups.plan(chart, COLUMNS), table).to_pylist()


rows = st.lists(
    st.fixed_dictionaries(
        {
            "k": st.none() | st.sampled_from("abc"),
            "i": st.none() | st.integers(-(2**63), 2**63 - 1),
            "d": st.none() | st.decimals(-(10**17), 10**17, places=2),
            "f": st.none() | st.floats(-1e9, 1e9),
            "when": st.none(),
        }
    ),
    max_size=30,
)


def wanted(aggregate: str, values: list[Any], rows: int) -> Any:
    known = [value for value in values if value is not None]
    if aggregate in {"count", "count-distinct"}:
        return len(known) if aggregate == "count" else len(set(known))
    if not known:
        return None
    match aggregate:
        case "min" | "max":
            return min(known) if aggregate == "min" else max(known)
        case "median":
            return statistics.median(map(float, known))
    total = sum(map(Fraction, known), Fraction(0))
    if aggregate == "avg":
        total /= len(known)
    return total


@given(rows, st.sampled_from([one for one in AGGREGATES if one]), st.sampled_from("idf"))
def test_a_group_is_what_its_rows_say(given_: list[dict[str, Any]], aggregate: Any, column: str) -> None:
    table = pa.Table.from_pylist(given_, SCHEMA)
    found = {
        row["x"]: row["v0"]
        for row in grouped(Chart("bar", x=Field("k"), y=(Measure(column, aggregate=aggregate),)), table)
    }
    assert set(found) == {row["k"] for row in given_}
    for key, number in found.items():
        mine = [row[column] for row in given_ if row["k"] == key]
        right = wanted(aggregate, mine, len(mine))
        if right is None or (isinstance(right, int | float | Decimal) and aggregate != "median"):
            assert number == right
        elif isinstance(number, Decimal):
            with localcontext(prec=100):
                exact = Decimal(right.numerator) / Decimal(right.denominator)
                unit = Decimal(1).scaleb(number.as_tuple().exponent)
                assert number == exact.quantize(unit, ROUND_HALF_UP)
        elif isinstance(number, int):
            assert Fraction(number) == right
        else:
            scale = max((abs(float(one)) for one in mine if one is not None), default=1.0)
            assert math.isclose(number, float(right), rel_tol=1e-9, abs_tol=scale * 1e-9)


def test_the_average_of_a_decimal_has_four_more_digits() -> None:
    table = pa.Table.from_pylist([{"k": "a", "d": Decimal(one)} for one in ("1.00", "1.01", "1.01")], SCHEMA)
    chart = Chart("bar", x=Field("k"), y=(Measure("d", aggregate="avg"),))
    assert grouped(chart, table) == [{"x": "a", "v0": Decimal("1.006667")}]


def test_a_sum_goes_on_beyond_64_bits() -> None:
    table = pa.Table.from_pylist([{"k": "a", "i": 2**63 - 1}, {"k": "a", "i": 2**63 - 1}], SCHEMA)
    plan = groups.plan(Chart("bar", x=Field("k"), y=(Measure("i", aggregate="sum"),)), COLUMNS)
    shown = query.shown(plan, arrow.rows(plan, table), 2, ENGLISH)
    assert shown["figure"]["data"][0]["hovertext"] == ["a · sum of i: 18,446,744,073,709,551,614"]
    assert shown["says"] == "sum of i by k"


def test_infinity_and_overflow_are_told_and_drawn_as_gaps() -> None:
    table = pa.Table.from_pylist([{"k": "a", "f": math.inf}, {"k": "b", "f": 1e308}, {"k": "b", "f": 1e308}], SCHEMA)
    plan = groups.plan(Chart("bar", x=Field("k"), y=(Measure("f", aggregate="sum"),)), COLUMNS)
    shown = query.shown(plan, arrow.rows(plan, table), 3, ENGLISH)
    assert shown["figure"]["data"][0]["y"] == [None, None]
    assert shown["notes"] == ["2 values are infinite or no number: not drawn."]


def test_a_pivots_totals_are_pandas_own() -> None:
    import random

    random.seed(3)
    frame = pd.DataFrame(
        [(random.choice("ab"), random.choice("xyz"), Decimal(random.randint(1, 9999)).scaleb(-2)) for _ in range(200)],
        columns=["r", "c", "v"],
    )
    columns = (Column("r", "STRING", "STRING"), Column("c", "STRING", "STRING"), Column("v", "DECIMAL(9,2)", "DECIMAL"))
    chart = Chart("pivot", rows=(Field("r", total=True),), columns=(Field("c", total=True, sort=Sort("value", True)),),
                  y=(Measure("v", aggregate="avg"),))  # fmt: skip
    table = pa.Table.from_pandas(
        frame, schema=pa.schema([("r", pa.string()), ("c", pa.string()), ("v", pa.decimal128(9, 2))])
    )
    plan = groups.plan(chart, columns)
    made = query.shown(plan, arrow.rows(plan, table), 200, ENGLISH)["pivot"]
    heads = [head["text"] for head in made["head"][0]]
    means = frame.assign(v=frame.v.astype(float)).groupby("c").v.mean().sort_values(ascending=False)
    assert heads == [*means.index, "Total"]
    for line in made["lines"]:
        (name,) = [head["text"] for head in line["heads"]]
        for head, cell in zip(heads, line["cells"], strict=True):
            mine = frame[(frame.r.eq(name) | (name == "Total")) & (frame.c.eq(head) | (head == "Total"))]
            assert float(cell["value"]) == pytest.approx(mine.v.astype(float).mean(), abs=1e-6)


@pytest.mark.parametrize(
    ("chart", "words"),
    [
        (Chart("bar", x=Field("nope"), y=(Measure("i"),)), "no column 'nope'"),
        (Chart("bar", x=Field("n"), y=(Measure("i"),)), "nested"),
        (Chart("bar", x=Field("k"), y=(Measure("k", aggregate="sum"),)), "must be numbers"),
        (Chart("bar", x=Field("k")), "values"),
        (Chart("histogram", x=Field("k")), "numbers"),
        (Chart("heatmap", x=Field("k"), y=(Measure("i"),)), "rows"),
        (Chart("map", latitude=Field("i")), "longitudes"),
        (Chart("map", latitude=Field("k"), longitude=Field("i")), "numbers"),
        (Chart("pivot", y=(Measure("i"),)), "rows"),
        (Chart("number"), "values"),
    ],
)
def test_what_a_chart_lacks_is_said(chart: Chart, words: str) -> None:
    with pytest.raises(BadChart, match=words):
        groups.plan(chart, COLUMNS)


def test_two_columns_of_one_name_are_two() -> None:
    columns = (Column("a", "STRING", "STRING"), Column("a", "INT", "INT"))
    plan = groups.plan(Chart("bar", x=Field("a"), y=(Measure("a (2)", aggregate="sum"),)), columns)
    table = pa.table([pa.array(["p", "q"]), pa.array([1, 2], pa.int32())], names=["a", "a"])
    assert arrow.rows(plan, table).to_pylist() == [{"x": "p", "v0": 1}, {"x": "q", "v0": 2}]


def test_the_newest_month_is_compared_with_the_one_before() -> None:
    import datetime as dt

    days = [dt.date(2025, 8, 3), dt.date(2025, 9, 1), dt.date(2025, 9, 30), dt.date(2025, 6, 1)]
    table = pa.Table.from_pylist([{"when": day, "i": at + 1} for at, day in enumerate(days)], SCHEMA)
    plan = groups.plan(Chart("number", x=Field("when", unit="month"), y=(Measure("i", aggregate="sum"),)), COLUMNS)
    shown = query.shown(plan, arrow.rows(plan, table), 4, ENGLISH)["number"]
    assert (shown["text"], shown["period"], shown["target_name"], shown["change"]) == (
        "5", "September 2025", "August 2025", "+400%"
    )  # fmt: skip
