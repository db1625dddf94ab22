"""Lineage as it is drawn: cycles, five hundred neighbours, what is hidden, and no door at all."""

from __future__ import annotations

import json
from typing import Any

import dash
import pytest

from portal.databricks.lineage.model import Lineage, Neighbour
from portal.ui import lineageview

CENTER = ("main", "sales", "orders")


@pytest.fixture(autouse=True)
def _paths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dash, "get_relative_path", lambda path: path)


def near(*names: str) -> tuple[Neighbour, ...]:
    return tuple(Neighbour(tuple(name.split(".")), "TABLE", 1_000, ()) for name in names)


def drawn(found: Lineage, more: tuple[Lineage, ...] = (), **view: str) -> tuple[str, dict[str, Any]]:
    """Everything that is said, and the graph."""
    text = json.dumps([part.to_plotly_json() for part in lineageview.draw(found, more, view)], default=_plain)
    graphs = [part for part in lineageview.draw(found, more, view) if getattr(part, "data-draw", "") == "graph"]
    return text, json.loads(getattr(graphs[0], "data-value")) if graphs else {}


def _plain(part: Any) -> Any:
    return part.to_plotly_json()


def test_a_cycle_is_drawn_as_one():
    found = Lineage(CENTER, near("main.sales.customers"), near("main.sales.customers"), door="api")
    text, graph = drawn(found)
    assert {node["key"] for node in graph["nodes"]} == {"main.sales.orders", "main.sales.customers"}
    assert [edge["title"] for edge in graph["edges"] if edge["broken"]] == [
        "main.sales.customers leads back to main.sales.orders: a cycle"
    ]
    assert "1 table is in a cycle with it" in text
    assert text.count("in a cycle with this table") == 2


def test_a_cycle_over_an_opened_table_is_found_and_what_is_in_none_is_not_said_to_be():
    found = Lineage(CENTER, near("a.b.one", "a.b.other"), near("a.b.two"), door="api")
    assert "cycle" not in drawn(found)[0]
    opened = (Lineage(("a", "b", "two"), downstream=near("a.b.one"), door="api"),)
    text, graph = drawn(found, opened, open="a.b.two")
    assert "2 tables are in a cycle with it" in text
    assert sum(edge["broken"] for edge in graph["edges"]) == 1


def test_many_neighbours_come_by_pages_and_are_found():
    found = Lineage(CENTER, near(*(f"main.many.t{n:03}" for n in range(500))), door="api")
    text, graph = drawn(found)
    assert len(graph["nodes"]) == lineageview.PAGE + 1
    assert "Page 1 of 20" in text
    _, last = drawn(found, lpage="20")
    assert "main.many.t499" in {node["key"] for node in last["nodes"]}
    _, sought = drawn(found, lq="T123")
    assert {node["key"] for node in sought["nodes"]} == {"main.sales.orders", "main.many.t123"}
    text, graph = drawn(found, lq="nothing")
    assert "Nothing matches" in text
    assert not graph
    assert "Page 20 of 20" in drawn(found, lpage="99999")[0]


def test_what_is_hidden_is_counted_and_the_door_is_named():
    text, _ = drawn(Lineage(CENTER, near("a.b.c"), hidden_down=2, door="system"))
    assert "2 more are not visible to you" in text
    assert "system.access.table_lineage" in text


def test_without_a_door_it_is_said_once():
    text, graph = drawn(Lineage(CENTER, why="It is not for you."))
    assert text.count("It is not for you.") == 1
    assert not graph


def test_three_hops_by_click_and_no_more():
    found = Lineage(CENTER, near("a.b.one"), door="api")
    opened = (
        Lineage(("a", "b", "one"), near("a.b.two"), door="api"),
        Lineage(("a", "b", "two"), near("a.b.three"), door="api"),
    )
    _, graph = drawn(found, opened, open="a.b.one,a.b.two")
    sets = {node["key"]: node.get("set") for node in graph["nodes"]}
    assert sets["a.b.two"] == {"open": "a.b.one"}
    assert sets["a.b.three"] is None
