"""What widgets show of their rows."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from portal.boards import markdown, tiles
from portal.boards.queries import Planned
from portal.boards.totals import GROUPING
from portal.charts.formats import ENGLISH
from tests.unit.test_boards_queries import board

MONTH = 'DATE_TRUNC("MONTH", `day`)'
MONTHS = [date(2025, 8, 1), date(2025, 10, 1), date(2025, 9, 1)]


def widget(kind: str, encodings: dict[str, Any], version: int = 1, fields=(), **spec: Any) -> dict[str, Any]:
    query = {"datasetName": "d", "fields": list(fields), "disaggregated": False}
    return {
        "name": "w",
        "queries": [{"name": "main_query", "query": query}],
        "spec": {"version": version, "widgetType": kind, "encodings": encodings, **spec},
    }


def tile(of: dict[str, Any], rows: pa.Table, cap: int = 10_000) -> tiles.Tile:
    made = board([{"name": "d", "query": "SELECT 1"}], of)
    return tiles.of(made, made.pages[0].widgets[0], rows, Planned("", "", (), ("w",), None, None, cap, "d"))


def counted(encodings: dict[str, Any], rows: pa.Table, fields=()) -> Any:
    found = tile(widget("counter", encodings, 2, fields), rows)
    assert isinstance(found, tiles.Counted), found
    return found.counter


def test_a_counter_shows_its_row_in_its_format():
    form = {"type": "number-currency", "abbreviation": "compact", "decimalPlaces": {"type": "max", "places": 1}}
    of = {"value": {"fieldName": "a", "rowNumber": 2, "format": form, "style": {"color": "#FF3621"}}}
    number = counted(of, pa.table({"a": [1, 1_250_000]})).number
    assert (number.text, number.value, number.color) == ("$1.3M", "1250000", "#FF3621")


def test_a_counter_with_a_period_shows_the_newest_and_the_one_before():
    of = {"value": {"fieldName": "n"}, "period": {"fieldName": "m"}}
    rows = pa.table({"m": MONTHS, "n": [100, 130, 104]})
    found = counted(of, rows, [{"name": "m", "expression": MONTH}])
    assert (found.number.text, found.period, found.line) == ("130", "October 2025", (100.0, 104.0, 130.0))
    assert (found.number.target, found.number.target_name, found.number.change) == ("104", "vs September 2025", "+25%")


def test_a_counter_compares_with_exactly_one_unit_before():
    of = {
        "value": {"fieldName": "n"},
        "period": {"fieldName": "m"},
        "target": {"fieldName": "n", "period": {"type": "relative-to-value-period", "offset": -1}},
    }
    rows = pa.table({"m": [MONTHS[0], MONTHS[1]], "n": [100, 130]})
    found = counted(of, rows, [{"name": "m", "expression": MONTH}])
    assert (found.number.text, found.number.target, found.number.change) == ("130", "", "")


def test_colours_by_condition_need_an_operand():
    rule = {"condition": {"operator": ">=", "operand": {"type": "data-value", "value": "10"}}, "color": "#00A972"}
    none = {"condition": {"operator": ">="}, "color": "#FF0000"}
    of = {"value": {"fieldName": "n", "style": {"rules": [none, rule]}}}
    assert counted(of, pa.table({"n": [10]})).number.color == "#00A972"
    assert counted(of, pa.table({"n": [9]})).number.color == ""


def test_lying_bars_are_sorted_by_their_numbers():
    of = {
        "x": {"fieldName": "n", "scale": {"type": "quantitative"}},
        "y": {"fieldName": "p", "scale": {"type": "categorical", "sort": {"by": "x-reversed"}}},
    }
    found = tile(
        widget("bar", of, 3, [{"name": "n", "expression": "SUM(`n`)"}]), pa.table({"p": ["a", "b"], "n": [1, 5]})
    )
    assert isinstance(found, tiles.Chart)
    assert (found.chart.x.column, found.chart.y[0].column, found.chart.horizontal) == ("p", "n", True)
    assert (found.chart.sort.by, found.chart.sort.descending, found.chart.y[0].aggregate) == ("value", True, "sum")
    [trace] = found.figure["data"]
    assert dict(zip(trace["y"], trace["x"], strict=True)) == {"a": 1, "b": 5}


def test_a_table_formats_links_and_colours_its_cells():
    condition = {"operator": ">=", "operand": {"value": "2"}}
    style = {"rules": [{"condition": condition, "backgroundColor": "#00A972"}]}
    columns = [
        {"fieldName": "id", "displayAs": "link", "linkUrlTemplate": "https://example.com/{{ @ }}", "order": 2},
        {"fieldName": "cost", "displayName": "Cost", "format": {"type": "number-currency"}, "order": 1, "style": style},
        {"fieldName": "hidden", "visible": False, "order": 3},
    ]
    rows = pa.table({"id": ["a/b?c", "x"], "cost": [1, 2], "hidden": ["", ""]})
    found = tile(widget("table", {"columns": columns}, 1), rows)
    assert isinstance(found, tiles.Listed)
    assert [one.title for one in found.table.columns] == ["Cost", "id"]
    first, second = found.table.cells([0, 1], ENGLISH)
    assert (first[0].text, first[0].background, second[0].background) == ("$1.00", "", "#00A972")
    assert (first[1].href, first[0].align) == ("https://example.com/a/b%3Fc", "right")


@pytest.mark.parametrize(
    "value", ["javascript:alert(1)", "//evil.example/x", "/page", "data:text/html,x", "java\nscript:x", "https://a b"]
)
def test_a_cell_leads_nowhere_but_to_another_site(value):
    columns = [{"fieldName": "a", "displayAs": "link", "linkUrlTemplate": "{{ @ }}"}]
    found = tile(widget("table", {"columns": columns}, 1), pa.table({"a": [value]}))
    [[cell]] = found.table.cells([0], ENGLISH)
    assert (cell.text, cell.href) == (value, "")


def test_a_tables_newer_words_are_read_as_well():
    columns = [
        {"fieldName": "a", "contentAlignment": "center", "useForSearch": True,
         "actions": {"click": {"urlTemplate": "{{ b }}"}, "hover": {"tooltipTemplate": "of {{ b }}"}}},
        {"fieldName": "share", "format": {"type": "number-percent"}, "scalePercentBy100": False},
    ]  # fmt: skip
    rows = pa.table({"a": ["x"], "b": ["https://example.com/"], "share": [12.5]})
    found = tile(widget("table", {"columns": columns}, 2, displayRowNumbers=True), rows)
    [[cell, share]] = found.table.cells([0], ENGLISH)
    assert (cell.align, cell.href, cell.tooltip) == ("center", "https://example.com/", "of https://example.com/")
    assert (share.text, found.table.has_row_numbers, found.table.searched) == ("12.5%", True, ("a",))


def test_bars_that_are_shaded_by_a_number_are_one_series():
    of = {
        "x": {"fieldName": "p"},
        "y": {"fieldName": "n"},
        "color": {
            "fieldName": "n",
            "scale": {"type": "quantitative", "colorRamp": {"mode": "scheme", "scheme": "greenblue"}},
        },
    }
    found = tile(widget("bar", of, 3), pa.table({"p": ["a", "b"], "n": [1, 5]}))
    assert len(found.figure["data"]) == 1


def test_a_value_does_not_choose_the_site_of_a_link():
    columns = [{"fieldName": "a", "link": {"templatedURL": "https://good.example{{ @ }}"}}]
    found = tile(widget("table", {"columns": columns}, 2), pa.table({"a": ["@evil.example/", ".evil.example", "/ok"]}))
    assert [cell.href for [cell] in found.table.cells([0, 1, 2], ENGLISH)] == ["", "", "https://good.example/ok"]


def test_a_table_finds_rows_by_the_searched_columns():
    columns = [{"fieldName": "a", "allowSearch": True}, {"fieldName": "b", "allowSearch": False}]
    found = tile(
        widget("table", {"columns": columns}, 1), pa.table({"a": ["North", None, "x"], "b": ["n", "north", "n"]})
    )
    assert found.table.matching("NORTH") == [0]
    assert found.table.matching(" ") is None


def test_a_pivot_takes_its_totals_from_the_warehouse():
    of = {
        "rows": [{"fieldName": "r", "displayTotal": True}],
        "columns": [{"fieldName": "c"}],
        "cell": {"fields": [{"fieldName": "v"}]},
    }
    rows = pa.table({"r": ["a", "b", None], "c": ["x", "x", "x"], "v": [1.0, 2.0, 1.5], GROUPING: [0, 0, 2]})
    found = tile(widget("pivot", of, 3, [{"name": "v", "expression": "AVG(`v`)"}]), rows)
    assert isinstance(found, tiles.Crossed)
    assert [[cell.text for cell in line.cells] for line in found.pivot.lines] == [["1"], ["2"], ["1.5"]]


def test_more_rows_than_the_cap_are_told():
    of = {"x": {"fieldName": "a"}, "y": {"fieldName": "b"}}
    found = tile(widget("bar", of, 3), pa.table({"a": ["x", "y", "z"], "b": [1, 2, 3]}), cap=2)
    assert found.notes[-1] == "The first 2 rows; there are more."


def test_a_column_that_is_not_there_is_said():
    of = {"x": {"fieldName": "a"}, "y": {"fieldName": "gone"}}
    found = tile(widget("bar", of, 3), pa.table({"a": ["x"]}))
    assert isinstance(found, tiles.Undrawn)
    assert "gone" in found.reason


def test_markdown_keeps_text_and_lets_nothing_be_fetched():
    text = (
        "# Hi\n![logo](https://tracker.example/a.png)<img src='https://tracker.example/p'><script>alert(1)</script>\n\n"
    )
    text += "[x](javascript:alert(1)) <a href='https://ok.example' onclick='x()' style='a'>ok</a> <b>bold</b>"
    shown = repr(markdown.read(text).parts)
    assert "'h2'" in shown
    for never in ("onclick", "style", "'img'", "'src'", "'script'", "('href', 'javascript"):
        assert never not in shown
    assert "('href', 'https://ok.example')" in shown
    assert "noopener" in shown


def test_cells_of_a_pivot_along_a_scale():
    """As a file has it, in either shape; totals have no ground, and text is read on every ground."""
    rows = pa.table({"r": ["a", "b", "c"], "n": [0.0, 1.0, 2.0]})
    ramp = {"mode": "custom-diverging", "colors": {"start": "#000000", "mid": "#ffffff", "end": "#ff0000"}}
    domain = {"min": 0, "mid": 1, "max": 2}
    styles = [
        {"type": "color-scale", "backgroundColor": {"scale": {"colorRamp": ramp, "domain": domain}}},
        {"type": "color-scale", "colorScale": {"scale": {"colorRamp": ramp}}},
    ]
    for style in styles:
        cell = {"type": "multi-cell", "fields": [{"fieldName": "n", "style": style}]}
        found = tile(widget("pivot", {"rows": [{"fieldName": "r"}], "columns": [], "cell": cell}, 3), rows)
        assert isinstance(found, tiles.Crossed)
        cells = [line.cells[0] for line in found.pivot.lines if not line.is_total]
        assert [one.background for one in cells] == ["#000000", "#ffffff", "#ff0000"]
        assert [one.color for one in cells] == ["#ffffff", "#11171c", "#11171c"]
    named = {"type": "color-scale", "backgroundColor": {"scale": {"colorRamp": {"scheme": "redblue"}}}}
    cell = {"fields": [{"fieldName": "n", "style": named}]}
    found = tile(widget("pivot", {"rows": [{"fieldName": "r"}], "columns": [], "cell": cell}, 3), rows)
    assert isinstance(found, tiles.Crossed)
    assert all(line.cells[0].background for line in found.pivot.lines if not line.is_total)


def test_a_counters_font_has_its_colour_on_a_ground_of_its_own():
    of = {"value": {"fieldName": "a", "style": {"fontColor": {"light": "#FFFFFF"}}}}
    rows = pa.table({"a": [1]})
    assert counted(of, rows).number.color == ""
    made = {**widget("counter", of, 2), "specExtensions": {"widgetBackgroundColor": {"light": "#1B3139"}}}
    found = tile(made, rows)
    assert isinstance(found, tiles.Counted)
    assert found.counter.number.color == "#FFFFFF"


def test_a_title_may_be_an_object():
    made = board([{"name": "d", "query": "SELECT 1"}], widget("bar", {}, 3, frame={"title": {"value": "Named"}}))
    assert made.pages[0].widgets[0].title == "Named"


def test_a_pivot_of_version_4_keeps_its_fields_in_objects():
    style = {"type": "color-scale", "colorScale": {"scale": {"colorRamp": {"mode": "single-hue"}}}}
    of = {
        "rows": {"fields": [{"fieldName": "r"}]},
        "columns": {"fields": [{"fieldName": "c"}]},
        "cells": {"fields": [{"fieldName": "v", "cellType": "text", "style": style}], "displayAs": "rows"},
    }
    rows = pa.table({"r": ["a", "a", "b"], "c": ["x", "y", "x"], "v": [1, 2, 3]})
    found = tile(widget("pivot", of, 4, [{"name": "v", "expression": "SUM(`v`)"}]), rows)
    assert isinstance(found, tiles.Crossed)
    assert [[cell.text for cell in line.cells] for line in found.pivot.lines] == [["1", "2"], ["3", ""]]


def test_a_box_plot_takes_five_measures_of_its_query():
    ends = {"whiskerStart": "a", "boxStart": "b", "boxMid": "c", "boxEnd": "d", "whiskerEnd": "e"}
    of = {
        "x": {"fieldName": "g", "scale": {"type": "categorical"}},
        "y": {**{key: {"fieldName": name} for key, name in ends.items()}, "scale": {"type": "quantitative"}},
    }
    rows = pa.table({"g": ["p"], "a": [1], "b": [2], "c": [3], "d": [5], "e": [9]})
    found = tile(widget("box", of, 3), rows)
    assert isinstance(found, tiles.Chart)
    [trace] = found.figure["data"]
    assert [trace[part] for part in ("x", "lowerfence", "q1", "median", "q3", "upperfence")] == [
        ["p"], [1], [2], [3], [5], [9],
    ]  # fmt: skip


def test_a_box_plot_of_numbers_computes_them_as_percentile_does():
    of = {"x": {"fieldName": "g"}, "y": {"fieldName": "n", "scale": {"type": "quantitative"}}}
    rows = pa.table({"g": ["p", "q", "p", "p", "p", "p"], "n": [4.0, 7.0, 1.0, 2.0, None, 3.0]})
    found = tile(widget("box", of, 1), rows)
    assert isinstance(found, tiles.Chart)
    [trace] = found.figure["data"]
    assert dict(zip(trace["x"], zip(*(trace[part] for part in ("q1", "median", "q3")), strict=True), strict=True)) == {
        "p": (1.75, 2.5, 3.25),
        "q": (7.0, 7.0, 7.0),
    }
    assert isinstance(tile(widget("box", of, 1), rows.slice(4, 1)), tiles.Undrawn)


@pytest.mark.parametrize("turned", [False, True])
def test_a_funnel_is_lying_bars_the_widest_first(turned: bool):
    stage, size = {"fieldName": "s", "scale": {"type": "categorical"}}, {"fieldName": "n"}
    size["scale"] = {"type": "quantitative"}
    of = {"x": size, "y": stage} if turned else {"x": stage, "y": size}
    rows = pa.table({"s": ["bought", "saw", "tried"], "n": [1, 9, 4]})
    found = tile(widget("funnel", of, 3, [{"name": "n", "expression": "SUM(`n`)"}]), rows)
    assert isinstance(found, tiles.Chart)
    [trace] = found.figure["data"]
    assert (trace["orientation"], trace["x"]) == ("h", [9, 4, 1])


def test_a_map_of_regions_is_drawn_as_bars_and_says_so():
    region = {"regionType": "mapbox-v4-admin", "admin0": {"type": "value", "value": "US"}, "admin1": {"fieldName": "r"}}
    color = {"fieldName": "n", "scale": {"type": "quantitative"}, "legend": {"title": "People"}}
    rows = pa.table({"r": ["Ohio", "Utah"], "n": [1, 2]})
    found = tile(widget("choropleth-map", {"region": region, "color": color}), rows)
    assert isinstance(found, tiles.Chart)
    assert found.figure["data"][0]["x"] == [2, 1]
    assert found.notes[0].startswith("A map of regions, drawn as bars")
    shapes = {"region": {"regionType": "custom", "fieldName": "geojson"}, "color": color}
    assert isinstance(tile(widget("choropleth-map", shapes), rows), tiles.Undrawn)


def older(kind: str, of: dict[str, Any]) -> dict[str, Any]:
    query = {"name": "main_query", "query": {"datasetName": "d", "fields": [], "disaggregated": True}}
    drawn = {"viz_type": kind, "query_name": "main_query", "serialized_options": json.dumps(of)}
    return {"name": "w", "queries": [query], "spec": {"version": 0, "viz_spec": drawn}}


def test_a_pivot_of_the_older_editor():
    rows = pa.table({"r": ["a", "a", "b"], "c": ["x", "x", "x"], "v": [1, 2, 4]})
    of = {"rows": ["r"], "cols": [{"column": "c"}], "vals": ["v"], "aggregatorName": "Sum"}
    found = tile(older("PIVOT", of), rows)
    assert isinstance(found, tiles.Crossed)
    assert [[cell.text for cell in line.cells] for line in found.pivot.lines] == [["3"], ["4"]]
    for odd in ({**of, "aggregatorName": "Count"}, {**of, "vals": ["gone"]}, {"rows": 7}):
        assert isinstance(tile(older("PIVOT", odd), rows), tiles.Undrawn)
