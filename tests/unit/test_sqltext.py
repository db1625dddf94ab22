"""Where statements begin and end in a text, and which parameters they name."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.databricks import sqltext


def texts(sql: str) -> list[str]:
    return [piece.text for piece in sqltext.split(sql)]


@pytest.mark.parametrize(
    ("sql", "pieces"),
    [
        ("", []),
        (" ;; \n; -- nothing\n /* at all */", []),
        ("select 1", ["select 1"]),
        ("select 1;\nselect 2 ; ", ["select 1", "select 2"]),
        ("select ';' ; select \";\" ; select `a;b`", ["select ';'", 'select ";"', "select `a;b`"]),
        ("select 1 -- one; two\n+ 1; select 2", ["select 1 -- one; two\n+ 1", "select 2"]),
        ("select 1 -- goes on \\\n; still a comment\n, 2", ["select 1 -- goes on \\\n; still a comment\n, 2"]),
        ("select /* a /* nested; */ ; */ 1; select 2", ["select /* a /* nested; */ ; */ 1", "select 2"]),
        (r"select 'it\'s; one'; select r'\'; select 3", [r"select 'it\'s; one'", r"select r'\'", "select 3"]),
        ("select 'it''s; one'", ["select 'it''s; one'"]),
        ("select 'never closed; select 2", ["select 'never closed; select 2"]),
        ("-- why\nselect 1", ["select 1"]),
        ("begin select 1; select 2; end", ["begin select 1; select 2; end"]),
        ("begin select 1; end; select 2", ["begin select 1; end", "select 2"]),
        (
            "CREATE OR REPLACE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END; SELECT 3",
            ["CREATE OR REPLACE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END", "SELECT 3"],
        ),
        (
            "l: BEGIN IF a THEN BEGIN SELECT CASE WHEN t.end THEN 1 END; END; END IF; END l; SELECT 2",
            ["l: BEGIN IF a THEN BEGIN SELECT CASE WHEN t.end THEN 1 END; END; END IF; END l", "SELECT 2"],
        ),
        (
            "BEGIN CASE x WHEN 1 THEN SELECT 1; END CASE; WHILE a DO SELECT 1; END WHILE; END; SELECT 2",
            ["BEGIN CASE x WHEN 1 THEN SELECT 1; END CASE; WHILE a DO SELECT 1; END WHILE; END", "SELECT 2"],
        ),
        ("BEGIN TRANSACTION; SELECT 1; COMMIT", ["BEGIN TRANSACTION", "SELECT 1", "COMMIT"]),
        ("BEGIN; SELECT 1", ["BEGIN", "SELECT 1"]),
        ("SELECT CASE WHEN a THEN 1; SELECT 2", ["SELECT CASE WHEN a THEN 1", "SELECT 2"]),
        ("SELECT begin FROM t; SELECT 2", ["SELECT begin FROM t", "SELECT 2"]),
        ("BEGIN SELECT 1; SELECT 2", ["BEGIN SELECT 1; SELECT 2"]),
        ("select 'שלום; 👋'; select 2", ["select 'שלום; 👋'", "select 2"]),
    ],
)
def test_a_semicolon_counts_only_outside_strings_names_and_comments(sql: str, pieces: list[str]):
    assert texts(sql) == pieces


def test_a_piece_knows_where_it_stands():
    first, second = sqltext.split("-- head\nselect 1;\n\n  select\n2")
    assert (first.start, first.line) == (8, 1)
    assert (second.start, second.line, second.text) == (21, 3, "select\n2")


@pytest.mark.parametrize(
    ("cursor", "expected"),
    [(0, "select 1"), (8, "select 1"), (9, "select 1"), (10, "select 2"), (14, "select 2"), (19, "select 2")],
)
def test_the_statement_at_the_cursor(cursor: int, expected: str):
    assert [piece.text for piece in sqltext.chosen("select 1;\nselect 2;\n", cursor, cursor)] == [expected]


def test_a_selection_is_run_as_it_stands():
    sql = "select 1;\nselect 2, 3;\nselect 4"
    picked = sqltext.chosen(sql, sql.index("select 2"), sql.index(", 3"))
    assert [(piece.text, piece.start, piece.line) for piece in picked] == [("select 2", 10, 1)]
    assert [piece.text for piece in sqltext.chosen(sql, 0, 0, everything=True)] == [
        "select 1",
        "select 2, 3",
        "select 4",
    ]


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("select :a, :b + :a", ["a", "b"]),
        ("select a::int, payload:id, payload:items[0]:name, (x):y, `p`:q", []),
        ("select ':a', \":b\", `:c` -- :d\n /* :e */", []),
        ("select * from t where x=:from_date and y in (:ids) limit :n", ["from_date", "ids", "n"]),
        ("select case when :flag then :x else :y end", ["flag", "x", "y"]),
        ("select * from identifier(:table) where :x::int > 1", ["table", "x"]),
        ("select : a, :1", []),
    ],
)
def test_parameters_are_markers_not_paths_casts_or_text(sql: str, names: list[str]):
    assert list(sqltext.markers(sql)) == names


def test_markers_say_where_they_stand():
    assert sqltext.markers("select :a, :a")["a"] == [(7, 9), (11, 13)]


@given(st.text(alphabet="ab;'\"`\\-/*\n: r1(", max_size=60))
def test_pieces_are_parts_of_the_text_in_order(sql: str):
    at = 0
    for piece in sqltext.split(sql):
        assert piece.start >= at
        assert sql[piece.start : piece.end] == piece.text
        assert piece.line == sql[: piece.start].count("\n")
        at = piece.end


def test_a_megabyte_takes_a_moment():
    sql = "select * from t where a in (" + ",".join(map(str, range(150_000))) + ")"
    started = time.thread_time()
    assert len(sqltext.split(sql)) == 1
    assert time.thread_time() - started < 3


MARKERS = json.loads((Path(__file__).parent.parent / "js/markers.json").read_text(encoding="utf-8"))
"""Texts and their parameters; the browser's half is held to the very same (tests/js/sqltext.test.js)."""


@pytest.mark.parametrize(("sql", "names"), MARKERS)
def test_the_server_finds_the_parameters_that_the_browser_finds(sql: str, names: list[str]):
    assert list(sqltext.markers(sql)) == names
