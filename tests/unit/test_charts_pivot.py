"""Pivots have the numbers and the totals that pandas works out of the same rows, another way."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.charts.formats import ENGLISH
from portal.charts.model import Chart, Field, Measure, Rule, Sort
from portal.charts.pivot import Pivot, pivot

random.seed(7)
ROWS = [
    {"region": region, "store": f"{region}-{store}", "year": year, "v": Decimal(random.randint(1, 10**6)).scaleb(-2)}
    for region in ("north", "south")
    for store in range(3)
    for year in (2024, 2025, 2026)
    if (store, year) != (1, 2025)
]
TABLE = pa.Table.from_pylist(ROWS)


def numbers(made: Pivot) -> dict[tuple[str, ...], list[str | None]]:
    """Rows by all their headings, which stand where they begin."""
    found: dict[tuple[str, ...], list[str | None]] = {}
    open_: list[list[Any]] = []
    for line in made.lines:
        open_ = [one for one in open_ if one[1] > 0]
        open_ += [[head.text, head.span, head.depth] for head in line.heads]
        found[tuple(one[0] for one in open_)] = [cell.value for cell in line.cells]
        for one in open_:
            one[1] -= 1
    return found


def test_every_cell_and_total_is_what_pandas_says() -> None:
    chart = Chart("pivot", rows=(Field("region", total=True), Field("store", total=True)),
                  columns=(Field("year", total=True),), y=(Measure("v", aggregate="sum"),))  # fmt: skip
    made = pivot(chart, TABLE, ENGLISH)
    frame = pd.DataFrame(ROWS)
    assert [head.text for head in made.head[0]] == ["2024", "2025", "2026", "Total"]
    found = numbers(made)
    for region in ("north", "south"):
        for store in range(3):
            mine = frame[frame.store == f"{region}-{store}"]
            wanted = [mine[mine.year == year].v.sum() or None for year in (2024, 2025, 2026)] + [mine.v.sum()]
            assert found[region, f"{region}-{store}"] == [None if one is None else str(one) for one in wanted]
        mine = frame[frame.region == region]
        sums = [str(mine[mine.year == year].v.sum()) for year in (2024, 2025, 2026)]
        assert found[region, "Total"] == [*sums, str(mine.v.sum())]
    assert found["Total",][-1] == str(frame.v.sum())
    assert [line.is_total for line in made.lines] == [False, False, False, True, False, False, False, True, True]


def test_averages_have_no_totals_unless_the_warehouse_brings_them() -> None:
    chart = Chart("pivot", rows=(Field("k", total=True),), y=(Measure("v", aggregate="avg"),))
    plain = pa.table({"k": ["a", "b"], "v": [1.0, 4.0]})
    assert numbers(pivot(chart, plain, ENGLISH))["Total",] == [None]
    sets = pa.table({"k": ["a", "b", None], "v": [1.0, 4.0, 3.25], "g": [0, 0, 1]})
    assert numbers(pivot(chart, sets, ENGLISH, "g")) == {("a",): ["1"], ("b",): ["4"], ("Total",): ["3.25"]}


def test_a_null_key_is_no_total() -> None:
    chart = Chart("pivot", rows=(Field("k", total=True),), y=(Measure("v", aggregate="sum"),))
    sets = pa.table({"k": ["a", None, None], "v": [1, 2, 3], "g": [0, 0, 1]})
    assert numbers(pivot(chart, sets, ENGLISH, "g")) == {("a",): ["1"], ("NULL",): ["2"], ("Total",): ["3"]}


def test_rows_may_be_ordered_by_their_totals() -> None:
    chart = Chart("pivot", rows=(Field("region", sort=Sort("value", descending=True)),), columns=(Field("year"),),
                  y=(Measure("v", aggregate="sum"),))  # fmt: skip
    frame = pd.DataFrame(ROWS)
    wanted = frame.assign(v=frame.v.astype(float)).groupby("region").v.sum().sort_values(ascending=False)
    assert [line.heads[0].text for line in pivot(chart, TABLE, ENGLISH).lines] == list(wanted.index)


def test_cells_have_the_colour_of_their_rule() -> None:
    chart = Chart("pivot", rows=(Field("k"),), y=(Measure("v"),), rules=(Rule(">=", "10", background="#00a972"),))
    made = pivot(chart, pa.table({"k": ["a", "b"], "v": [9, 10]}), ENGLISH)
    assert [line.cells[0].background for line in made.lines] == ["", "#00a972"]


def test_several_measures_stand_below_each_column() -> None:
    chart = Chart("pivot", rows=(Field("region"),), columns=(Field("year"),),
                  y=(Measure("v", "Sum", "sum"), Measure("v", "Most", "max")))  # fmt: skip
    made = pivot(chart, TABLE, ENGLISH)
    assert [(head.text, head.span) for head in made.head[0]] == [("2024", 2), ("2025", 2), ("2026", 2)]
    assert [head.text for head in made.head[1]] == ["Sum", "Most"] * 3


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xy"), st.integers(-(2**62), 2**62)), max_size=40))
def test_totals_are_exact_beyond_64_bits(rows: list[tuple[str, str, int]]) -> None:
    chart = Chart("pivot", rows=(Field("r", total=True),), columns=(Field("c", total=True),),
                  y=(Measure("v", aggregate="sum"),))  # fmt: skip
    names = ("r", "c", "v")
    table = pa.table(
        {
            name: pa.array([row[at] for row in rows], pa.int64() if at == 2 else pa.string())
            for at, name in enumerate(names)
        }
    )
    found = numbers(pivot(chart, table, ENGLISH))
    assert found == {} if not rows else found["Total",][-1] == str(sum(row[2] for row in rows))


@pytest.mark.parametrize("mask", [-1, 2, 99])
def test_a_total_of_another_shape_is_no_cell(mask: int) -> None:
    chart = Chart("pivot", rows=(Field("a", total=True), Field("b")), y=(Measure("v"),))
    table = pa.table({"a": ["x", "y"], "b": ["p", "q"], "v": [1, 2], "g": [0, mask]})
    assert numbers(pivot(chart, table, ENGLISH, "g"))["x", "p"] == ["1"]
