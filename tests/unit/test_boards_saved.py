"""Visualizations that people made of a saved query, as a board: what is drawn of its rows, and what is said instead."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest

from portal.boards import saved, tiles
from portal.boards.queries import Planned
from portal.databricks.visualizations import Visualization

ROWS = pa.table({"region": ["north", "south", "north"], "amount": [1.0, 2.0, 4.0]})
PLANNED = Planned("k", "SELECT 1", (), ("v0",), None, None, 10_000, "Q")


def drawn(name: str, type_: str, options: Any = "") -> Visualization:
    return Visualization("id", name, type_, options if isinstance(options, str) else json.dumps(options))


def column_chart(transform: str = "SUM", x: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "globalSeriesType": "column",
        "columnConfigurationMap": {
            "x": {"column": "region", "id": "column_1", **(x or {})},
            "y": [{"column": "amount", "id": "column_2", "transform": transform}],
        },
        **more,
    }


def board(*of: Visualization):
    return saved.board("Q", "SELECT 1", of)


def test_each_is_a_widget_in_its_place_and_nothing_overlaps():
    made = board(*(drawn(str(at), type_) for at, type_ in enumerate(["CHART", "TABLE", "CHART", "COUNTER", "CHART"])))
    widgets = made.canvas[0].widgets
    assert [one.title for one in widgets] == ["0", "2", "3", "4", "1"]
    taken = [
        (x, y) for one in widgets for x in range(one.x, one.x + one.width) for y in range(one.y, one.y + one.height)
    ]
    assert len(taken) == len(set(taken))
    assert all(one.x + one.width <= made.canvas[0].columns for one in widgets)


def test_a_chart_sums_the_querys_own_rows():
    made = board(drawn("Amount by region", "CHART", column_chart()))
    (widget,) = made.canvas[0].widgets
    assert widget.unsupported == ""
    tile = tiles.of(made, widget, ROWS, PLANNED)
    assert isinstance(tile, tiles.Chart)
    (trace,) = tile.figure["data"]
    assert dict(zip(trace["x"], trace["y"], strict=True)) == {"north": 5.0, "south": 2.0}


def test_a_chart_of_before_there_were_aggregates_has_its_columns():
    options = {"globalSeriesType": "line", "columnMapping": {"region": "x", "amount": "y"}}
    made = board(drawn("Old", "CHART", options))
    tile = tiles.of(made, made.canvas[0].widgets[0], ROWS.slice(0, 2), PLANNED)
    assert isinstance(tile, tiles.Chart)
    (trace,) = tile.figure["data"]
    assert list(trace["y"]) == [1.0, 2.0]


def test_a_counter_and_a_table_are_read():
    made = board(drawn("Count", "COUNTER", {"counterColName": "amount", "rowNumber": 2}), drawn("Results", "TABLE"))
    counter, table = (tiles.of(made, one, ROWS, PLANNED) for one in made.canvas[0].widgets)
    assert isinstance(counter, tiles.Counted)
    assert counter.counter.number.value == "2"
    assert isinstance(table, tiles.Listed)
    assert [one.field for one in table.table.columns] == ["region", "amount"]


@pytest.mark.parametrize(
    ("type_", "options", "why"),
    [
        ("FUNNEL", {}, "of the kind FUNNEL"),
        ("CHART", {"globalSeriesType": "sankey"}, "charts of the kind sankey"),
        ("CHART", "no json", "charts of the kind unknown"),
        # A mean would stand where a deviation was asked for.
        ("CHART", column_chart("STDDEV"), "does not compute STDDEV"),
        ("CHART", column_chart(x={"transform": "DAY_OF_WEEK_LEVEL"}), "does not compute DAY_OF_WEEK_LEVEL"),
    ],
)
def test_what_is_not_drawn_says_why(type_: str, options: Any, why: str):
    (widget,) = board(drawn("Odd", type_, options)).canvas[0].widgets
    assert why in widget.unsupported
    assert widget.title == "Odd"


def test_a_level_of_time_is_drawn():
    (widget,) = board(drawn("By month", "CHART", column_chart(x={"transform": "MONTH_LEVEL"}))).canvas[0].widgets
    assert widget.unsupported == ""
