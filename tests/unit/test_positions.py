"""Positions that cross between here and a browser."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from portal.databricks.sqltext import chosen
from portal.ui import positions, resultview
from portal.viewer.errors import StatementFailed

letters = st.text(alphabet=st.characters(codec="utf-8"))


@given(letters, letters)
def test_there_and_back(before: str, after: str):
    assert positions.code_points(before + after, positions.units(before)) == len(before)


def test_a_place_inside_of_a_letter_or_behind_the_end_is_the_next_before():
    assert [positions.code_points("a😀b", at) for at in (0, 1, 2, 3, 4, 9)] == [0, 1, 1, 2, 3, 3]


def test_a_selection_behind_letters_of_two_units_runs_as_it_stands():
    sql = "SELECT '😀😀😀';\nSELECT 42 AS answer;"
    start = 17  # as JavaScript counts: three more than Python
    edges = [positions.code_points(sql, edge) for edge in (start, start + len("SELECT 42 AS answer;"))]
    assert [piece.text for piece in chosen(sql, *edges)] == ["SELECT 42 AS answer"]


def test_an_error_is_marked_where_the_browser_counts_it():
    error = StatementFailed("no such column", line=2, position=12)
    known = {"sql": "SELECT\n '😀😀😀', nosuch", "columnBefore": 5, "lineBefore": 3}
    assert resultview.place(error, known)["column"] == 12 + 3
    assert resultview.place(error, known)["line"] == 5
