"""What is text, comment, name and code in SQL is what it is to Databricks' lexer."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.databricks import sqltext
from portal.databricks.sqllexer import LONGEST, TooLong, code, folded, name, tokens


def kinds(sql: str) -> list[tuple[str, str]]:
    return [(token.kind, sql[token.start : token.end]) for token in code(sql)]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("-- \\\n; x", []),
        ("-- \\\r\n; x", [("semicolon", ";"), ("word", "x")]),
        ("-- \\\\\n x", []),
        ("-- \r x", [("word", "x")]),
        ("/* /* */ x */ y", [("word", "y")]),
        ("/* /*+ */ x", [("word", "x")]),
        ("/*/ x */ y", [("word", "y")]),
        ("/*+ a('*/') */ b", [("hint", "/*+"), ("word", "a"), ("other", "("), ("string", "'*/'"), ("other", ")"),
                              ("hint", "*/"), ("word", "b")]),
        ("/* x", [("unclosed", "/* x")]),
        ("'a\\'' 'b''c'", [("string", "'a\\''"), ("string", "'b'"), ("string", "'c'")]),
        ('"a\\"b" "--"', [("string", '"a\\"b"'), ("string", '"--"')]),
        ("r'a\\' R\"b\\\" br'c'", [("string", "r'a\\'"), ("string", 'R"b\\"'), ("word", "br"), ("string", "'c'")]),
        ("1r'a'", [("word", "1r"), ("string", "'a'")]),
        ("1.r'a\\'", [("number", "1"), ("other", "."), ("string", "r'a\\'")]),
        ("`a``--` x", [("quoted", "`a``--`"), ("word", "x")]),
        ("'open; x", [("unclosed", "'open; x")]),
        ("'open\\'", [("unclosed", "'open\\'")]),
        ("$$ it's; -- $$ x", [("dollar", "$$ it's; -- $$"), ("word", "x")]),
        ("$py$ $$ ; $py$ x", [("dollar", "$py$ $$ ; $py$"), ("word", "x")]),
        ("$$ open", [("unclosed", "$$ open")]),
        ("a$b", [("word", "a"), ("other", "$"), ("word", "b")]),
        ("s://a--b'c", [("url", "s://a--b"), ("unclosed", "'c")]),
        ("1e5 1.5 .5f 1L 2BD 1a 1.", [("number", "1e5"), ("number", "1.5"), ("number", ".5f"), ("number", "1L"),
                                      ("number", "2BD"), ("word", "1a"), ("number", "1.")]),
        ("f(1, 'a', NULL, (2, x", [("word", "f"), ("other", "("), ("number", "1"), ("literals", ", 'a', NULL"),
                                   ("other", ","), ("other", "("), ("number", "2"), ("other", ","), ("word", "x")]),
        ("a<=>b::c:d|>e", [("word", "a"), ("other", "<=>"), ("word", "b"), ("cast", "::"), ("word", "c"),
                           ("colon", ":"), ("word", "d"), ("other", "|>"), ("word", "e")]),
    ],
)  # fmt: skip
def test_tokens_are_those_of_databricks(sql: str, expected: list[tuple[str, str]]):
    assert kinds(sql) == expected


def test_keywords_are_folded_letter_by_letter():
    assert folded("ınſert") == "INSERT"
    assert folded("ﬁrst") == "ﬁrst", "a ligature is one letter, and none of a keyword"
    assert name("`a``b`", code("`a``b`")[0]) == "a`b"


def test_positions_are_code_points():
    sql = "select '👋'; select 2"
    assert [sql[piece.start : piece.end] for piece in sqltext.split(sql)] == ["select '👋'", "select 2"]


@given(st.text(alphabet="ab;'\"`\\-/*+\n\r: r1.(,)$é", max_size=60))
def test_tokens_cover_any_text_without_gap(sql: str):
    at = 0
    for token in tokens(sql):
        assert token.start == at < token.end
        at = token.end
    assert at == len(sql)


COSTLY = (
    "1,", "'abc',", ",(1,'a',null)", ",(1,1,x)", ",(1", "a ", "(", "/**/", "/*", "--\n", "--\\\n", "\\'", "'", "`",
    "`a`", "1", "1.", "$", "$a$", ";", "a;\n", "r'a", ",'", "\n", "1e-", "é", ":a ", ",-1", "- ", "\\", "\0", "x://",
    "*/", "/*+",
)  # fmt: skip


@pytest.mark.parametrize("unit", COSTLY)
def test_no_text_costs_much(unit: str):
    """Three seconds of CPU on cores that others use; 0.4 s was measured for the worst."""
    for before in ("", ",("):
        sql = before + unit * ((LONGEST - 10) // len(unit)) + "x"
        started = time.process_time()
        with suppress(TooLong):
            sqltext.split(sql)
        assert time.process_time() - started < 3


def test_a_text_of_eight_megabytes_is_refused_unread():
    started = time.process_time()
    with pytest.raises(TooLong):
        sqltext.split("1," * 4_000_000)
    assert time.process_time() - started < 1
