"""The lineage of a column as it is drawn: what is chosen, what is beside it, and what is said where nothing is."""

from __future__ import annotations

import json
from typing import Any

import dash
import pytest
from dash import html

from portal.databricks.lineage import ColumnLineage
from portal.ui import columnlineage

ORDERS = ("main", "sales", "orders")


@pytest.fixture(autouse=True)
def _paths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dash, "get_relative_path", lambda path: path)


def drawn(names: list[str], chosen: str, found: ColumnLineage | None = None) -> str:
    def plain(part: Any) -> Any:
        return part.to_plotly_json()

    parts = [*columnlineage.draw(names, chosen, html.Div()), *columnlineage.answer(chosen, found)]
    return json.dumps([plain(part) for part in parts], default=plain)


def test_each_column_beside_it_leads_to_its_own_lineage():
    found = ColumnLineage(ORDERS, "amount", ((("a", "b", "c d"), "x&y"),), ((("e", "f", "g"), "z"),), door="api")
    text = drawn(["amount"], "amount", found)
    assert "/catalog/a/b/c%20d?lcol=x%26y" in text
    assert "Computed from 1 column; 1 column computed from it. Unity Catalog answered" in text
    assert text.count("It is computed from") == 1


def test_who_answered_is_said_and_when_nobody_did():
    assert "system.access.column_lineage" in drawn(["a"], "a", ColumnLineage(ORDERS, "a", door="system"))
    text = drawn(["a"], "a", ColumnLineage(ORDERS, "a", why="It is not for you."))
    assert text.count("It is not for you.") == 1


def test_an_address_may_name_a_column_that_is_not_there():
    assert "No such column" in drawn(["a"], "<b>")
    assert "shows none of its columns" in drawn([], "a")


def test_what_is_too_much_is_cut_and_told():
    many = tuple(((*ORDERS[:2], f"t{n}"), "x") for n in range(500))
    text = drawn([f"c{n}" for n in range(3_000)], "c1", ColumnLineage(ORDERS, "c1", downstream=many, door="api"))
    assert "The first 2,000 of 3,000 columns are offered." in text
    assert "The first 200 of each are listed." in text
    assert text.count("Computed from it") == 200
