"""How the sandbox reads SQL: as Spark's lexer does, also where others read otherwise."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.sandbox.sql import errors, lexing, parsing, reader


def words(sql: str) -> list[str]:
    """What the grammar's rules see: literals by what they say, in quotes."""
    return [f"'{one.text}'" if one.token_type in lexing.VALUES else one.text for one in lexing.tokens_of(sql)]


@pytest.mark.parametrize(
    ("sql", "seen"),
    [
        ("a -- \\\n b\n c", ["a", "c"]),
        ("a -- \\\r\n b", ["a", "b"]),
        ("a -- \\ \n b", ["a", "b"]),
        ("a -- \\\\\n b\n c", ["a", "c"]),
        ("a -- \r b", ["a", "b"]),
        ("a --'\n'b'", ["a", "'b'"]),
        ("a /* /* */ b */ c", ["a", "c"]),
        ("a /* /*+ */ b", ["a", "b"]),
        ("a /*/ b */ c", ["a", "c"]),
        ("a /**/ b", ["a", "b"]),
        ("a /* -- */ b", ["a", "b"]),
        ("SELECT /*+ BROADCAST(a) */ b", ["SELECT", "b"]),
        ("SELECT /*+ a('*/') */ b", ["SELECT", "b"]),
        ("'a''b'", ["'a'b'"]),
        (r"'a\'b' c", ["'a'b'", "c"]),
        (r"'a\\' b", ["'a\\'", "b"]),
        (r"r'a\' b", ["'a\\'", "b"]),
        (r'R"a\" b', ["'a\\'", "b"]),
        (r"for'a\' b'", ["for", "'a' b'"]),
        (r"1r'a\' b'", ["1r", "'a' b'"]),
        ("'a\nb'", ["'a\nb'"]),
        ("'-- no' \"/* no */\" `; no`", ["'-- no'", "'/* no */'", "'; no'"]),
        ("`a``b` `a\\` c", ["'a`b'", "'a\\'", "c"]),
        (r"'\u00e9\U0001F44B\101\n\t\%\_\q\0'", ["'é👋A\n\t\\%\\_q\0'"]),
        ("$$ ' -- ; $a$ $$ b", ["' ' -- ; $a$ '", "b"]),
        ("$x$ $$ $y$ $x$ b", ["' $$ $y$ '", "b"]),
        ("x'1F' X '2e' y'1F'", ["'1F'", "'2e'", "y", "'1F'"]),
        ("n'a' b'1'", ["n", "'a'", "b", "'1'"]),
        ("a\u00a0b\u2003c\u3000d", ["a", "b", "c", "d"]),
        ("GROUP /* x */ BY", ["GROUP BY"]),
        ("1--2", ["1"]),
        ("ınsert ınto t ſelect 1", ["INSERT", "INTO", "t", "SELECT", "1"]),
        ("1e--2", ["1e"]),
        ("a.'b'.`c`", ["a", ".", "'b'", ".", "'c'"]),
        ("? ?'a'", ["?", "?", "'a'"]),
    ],
)
def test_the_lexer_sees_what_sparks_sees(sql: str, seen: list[str]):
    assert words(sql) == seen


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("SELECT 'a", "Syntax error at or near '''. SQLSTATE: 42601 (line 1, pos 7)"),
        ("SELECT `a", "Syntax error at or near '`'."),
        ("SELECT /* a", "[UNCLOSED_BRACKETED_COMMENT] Found an unclosed bracketed comment."),
        ("SELECT $$a", "Syntax error at or near '$$'."),
        ("SELECT {# a #} 1", "Syntax error at or near '{'."),
        ("SELECT 1 \\", "Syntax error at or near '\\'."),
        ("SELECT 2*/3", "Syntax error at or near '*'."),
        ("SELECT a /*+ b */", "Syntax error at or near '/*+'."),
        ("SELECT größe", "[INVALID_IDENTIFIER] The unquoted identifier größe is invalid and must be back quoted"),
        ("SELECT ımport", "The unquoted identifier ımport is invalid"),
        ("SELECT s://a--b, 1", "The unquoted identifier s://a--b is invalid"),
        ("SELECT ٣", "Syntax error at or near '٣'."),
        ("SELECT\u200b1", "Syntax error at or near '\u200b'."),
    ],
)
def test_what_spark_does_not_know_is_an_error(sql: str, error: str):
    with pytest.raises(errors.ParseError) as caught:
        lexing.read(sql)
    assert error in str(caught.value)


def test_a_body_is_no_string():
    with pytest.raises(errors.ParseError, match=r"at or near '\$\$a\$\$'"):
        parsing.tree(lexing.read("SELECT $$a$$"))


@given(st.text(alphabet="a'\"`\\-/*+;$ \n\rr(:?é{1.", max_size=40))
def test_every_lexeme_has_its_place(sql: str):
    try:
        found = list(reader.lexemes(sql))
    except errors.ParseError:
        return
    assert "".join(sql[one.start : one.end] for one in found) == sql
    assert len(reader.blanked(sql, found)) == len(sql)
    lexing.tokens_of(sql)


@pytest.mark.parametrize("piece", ["'a'' ", "/*", "'\\", "a.", "`", "--\\\n", "$$", "a/*b*/ "])
def test_a_megabyte_takes_seconds_whatever_it_is(piece: str):
    text = piece * (1_000_000 // len(piece))
    began = time.process_time()
    with contextlib.suppress(errors.ParseError):
        list(reader.lexemes(text))
    assert time.process_time() - began < 5
