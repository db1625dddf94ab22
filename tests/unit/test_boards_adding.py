"""A query's chart as a widget: what is written is what the portal reads, and the rest of the file stays."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from portal.boards import adding, charts, definition, queries
from portal.boards.adding import Addition, CannotAdd
from portal.boards.definition import NoDashboard
from portal.boards.queries import Planned
from portal.charts import document

KINDS = {"day": "date", "re`gion": "text", "amount": "number", "lat": "number", "lon": "number"}
SUM = {"column": "amount", "aggregate": "sum"}
CHARTS: list[dict[str, Any]] = [
    {"kind": "bar", "x": {"column": "re`gion"}, "y": [SUM], "sort": {"by": "value", "descending": True}},
    {"kind": "bar", "x": {"column": "re`gion"}, "y": [SUM], "horizontal": True, "sort": {"by": "x"}},
    {"kind": "bar", "x": {"column": "day", "unit": "month"}, "y": [SUM], "color": {"column": "re`gion"},
     "stack": "percent", "annotations": [{"axis": "y", "value": "12", "label": "12"}]},
    {"kind": "line", "x": {"column": "day", "unit": "week"}, "y": [{"column": "", "aggregate": "count"}]},
    {"kind": "area", "x": {"column": "day"}, "y": [SUM], "color": {"column": "re`gion"}},
    {"kind": "combo", "x": {"column": "re`gion"},
     "y": [SUM, {"column": "amount", "aggregate": "median", "right": True}]},
    {"kind": "pie", "color": {"column": "re`gion"}, "y": [{"column": "amount", "aggregate": "count-distinct"}]},
    {"kind": "scatter", "x": {"column": "lat"}, "y": [{"column": "amount"}], "size": {"column": "lon"}},
    {"kind": "heatmap", "x": {"column": "day", "unit": "month"}, "color": {"column": "re`gion"}, "y": [SUM]},
    {"kind": "histogram", "x": {"column": "amount"}},
    {"kind": "map", "latitude": {"column": "lat"}, "longitude": {"column": "lon"}, "size": {"column": "amount"}},
    {"kind": "number", "y": [SUM], "target": {"column": "", "value": "12.5"}},
    {"kind": "number", "x": {"column": "day", "unit": "month"}, "y": [SUM]},
    {"kind": "pivot", "rows": [{"column": "re`gion"}], "columns": [{"column": "day", "unit": "year"}], "y": [SUM]},
]  # fmt: skip
BEFORE = json.dumps(
    {"datasets": [], "uiSettings": {"unknown": [1, "ü"]}, "pages": [
        {"name": "g", "pageType": "PAGE_TYPE_GLOBAL_FILTERS", "layout": []},
        {"name": "p", "displayName": "P", "new": True, "layoutVersion": "GRID_V1", "layout": [
            {"widget": {"name": "w", "futureSpec": {}}, "position": {"x": 0, "y": 4, "width": 2, "height": 3}}]},
    ]}
)  # fmt: skip


def addition(chart: dict[str, Any], sql: str = "SELECT 1; -- the end", **more: Any) -> Addition:
    return Addition("Title", sql, document.read(chart), KINDS, **more)


@pytest.mark.parametrize("chart", CHARTS, ids=lambda one: one["kind"])
def test_the_portal_reads_what_it_wrote(chart: dict[str, Any]) -> None:
    done = adding.added(BEFORE, addition(chart, catalog="main"))
    board = definition.read(done.text)
    page = board.page("p")
    assert page is not None
    widget = page.widget(done.widget)
    assert widget is not None
    assert (widget.unsupported, widget.title, (widget.x, widget.y, widget.width)) == ("", "Title", (0, 7, 6))
    [dataset] = board.datasets.values()
    assert (dataset.text, dataset.catalog) == ("SELECT 1", "main")
    planned = queries.plan(board, page, {}, now=datetime(2026, 1, 1, tzinfo=UTC), zone=UTC, only={done.widget})
    assert [type(one) for one in planned] == [Planned], planned
    if chart["kind"] == "number":
        return
    asked, found = document.read(chart), charts.chart(board, widget)
    assert found.kind == asked.kind
    assert [one.aggregate for one in found.y] == [one.aggregate for one in asked.y] or asked.kind == "histogram"
    assert (found.horizontal, found.sort, found.stack if asked.color else "") == (
        asked.horizontal,
        asked.sort,
        asked.stack if asked.color else "",
    )
    if asked.x is not None:
        assert found.x is not None
        assert found.x.unit == asked.x.unit
    assert [(one.axis, one.value) for one in found.annotations] == [(one.axis, one.value) for one in asked.annotations]


def test_everything_else_stays_as_it_was() -> None:
    whole = json.loads(adding.added(BEFORE, addition(CHARTS[0])).text)
    assert whole["uiSettings"] == {"unknown": [1, "ü"]}
    assert whole["pages"][1]["new"] is True
    assert whole["pages"][1]["layout"][0] == json.loads(BEFORE)["pages"][1]["layout"][0]


def test_a_dashboard_without_pages_gets_one() -> None:
    done = adding.added("{}", addition(CHARTS[0]))
    assert [page.title for page in definition.read(done.text).canvas] == ["Page 1"] == [done.page_title]


@pytest.mark.parametrize(
    ("chart", "sql", "why"),
    [
        (CHARTS[0], "DELETE FROM t", "only read"),
        (CHARTS[0], "SELECT 1) INSERT INTO t SELECT 2 /*", "only read"),
        (CHARTS[0], "SELECT :day", "parameters"),
        ({"kind": "bar", "x": {"column": "gone"}, "y": [SUM]}, "SELECT 1", "no column 'gone'"),
        ({"kind": "box", "x": {"column": "day"}, "y": [{"column": "amount"}]}, "SELECT 1", "no chart of this kind"),
        ({"kind": "number", "x": {"column": "day"}, "y": [SUM]}, "SELECT 1", "needs periods"),
    ],
)
def test_what_a_dashboard_cannot_have_is_said(chart: dict[str, Any], sql: str, why: str) -> None:
    with pytest.raises(CannotAdd, match=why):
        adding.added(BEFORE, addition(chart, sql))


@pytest.mark.parametrize("text", ["", "[]", '{"pages": 4}'])
def test_what_is_no_dashboard_is_not_made_one(text: str) -> None:
    with pytest.raises(NoDashboard):
        adding.added(text, addition(CHARTS[0]))


def test_bounds() -> None:
    full = json.dumps({"pages": [{"name": "p", "layout": [{}] * 100}]})
    with pytest.raises(CannotAdd, match="as many widgets"):
        adding.added(full, addition(CHARTS[0]))
    with pytest.raises(CannotAdd, match="as many datasets"):
        adding.added(json.dumps({"datasets": [{}] * 100, "pages": []}), addition(CHARTS[0]))
