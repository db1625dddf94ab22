"""SQL as Databricks' lexer reads it: tokens, and nothing of what they mean. Whatever looks at SQL here asks this.

It follows Spark's grammar, token by token, where that matters for what is text, comment, name or code:

- a `--` comment goes on behind a backslash that stands directly before its newline;
- bracketed comments nest; `/*+` begins a hint, whose words are tokens like any other, and does not nest in a comment;
- backslash escapes in strings of either quote, none in r'…'; `''` is the end of one string and the start of the next;
- a word is letters, digits and underscores, so that `1a` is a word and `1.e` a number, a dot and a word;
- letters are folded one by one, which makes a keyword of `ınsert`.

Positions are code points, as Python counts them, everywhere on this side. A browser counts UTF-16 units: what comes
from there and goes there is converted where it crosses, never in here.

Source: Apache Spark 4.0, SqlBaseLexer.g4; `$$` bodies: Databricks SQL reference, CREATE FUNCTION.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from portal.viewer.errors import StatementFailed

LONGEST = 2_000_000
"""Characters that a text may have."""
MOST_TOKENS = 100_000
"""Tokens that a text may have; a list of literals, however long, is one."""

_STRING = r"""(?:[rR](?:'[^']*+'|"[^"]*+")|'(?:[^'\\]++|\\.)*+'|"(?:[^"\\]++|\\.)*+")"""
_NUMBER = r"""(?:(?:[0-9]++\.[0-9]*+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?(?:[fFdD]|[bB][dD])?(?!\w)
                |[0-9]++(?:[eE][+-]?[0-9]++)?(?:[lLsSyYfFdD]|[bB][dD])?(?!\w))"""
_LITERAL = rf"(?:{_STRING}|-?{_NUMBER}|(?i:null|true|false)(?!\w|://))"
_COMMA = r"\s*+,\s*+"
_ROW = rf"\(\s*+{_LITERAL}(?:{_COMMA}{_LITERAL})*+\s*+\)"

LITERAL = re.compile(rf"(?P<string>{_STRING})|(?P<number>-?{_NUMBER})|(?P<word>\w+)|(?P<other>[(),])", re.X | re.S)
"""The parts of a `literals` token."""
TOKEN = re.compile(
    rf"""
    (?P<space>\s++)
  | (?P<line>--(?:[^\r\n\\]++|\\\n|\\)*+)
  | (?P<hint>/\*\+|\*/)
  | (?P<block>/\*)
  | (?P<string>{_STRING})
  | (?P<quoted>`(?:[^`]++|``)*+`)
  | (?P<dollar>\$(?P<tag>[A-Za-z]*+)\$.*?\$(?P=tag)\$)
  | (?P<unclosed>(?:['"`]|[rR]['"]|\$[A-Za-z]*+\$).*+)
  | (?P<number>{_NUMBER})
  | (?P<url>[^\W\d_]++://[\w/\-.?=&\#%]++)
  | (?P<word>\w++)
  | (?P<literals>(?:,\s*+(?:{_LITERAL}|{_ROW}))(?:{_COMMA}(?:{_LITERAL}|{_ROW}))*+)
  | (?P<cast>::)
  | (?P<colon>:)
  | (?P<semicolon>;)
  | (?P<other><=>|<=|<>|>=|!=|!<|!>|==|\|\||\|>|->|=>|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_BLOCK_EDGE = re.compile(r"/\*(?!\+)|\*/")
QUIET = frozenset({"space", "line", "block"})
"""Kinds that the parser never sees."""


class TooLong(StatementFailed):
    """More of it than anybody looks at here."""

    kind = "refused"
    title = "Not run"

    def __init__(self) -> None:
        super().__init__(
            f"The text is too long for the portal to read: more than {LONGEST:,} characters, or more than "
            f"{MOST_TOKENS:,} words and signs outside of lists of values. Put its values into a table, or run it in "
            "Databricks."
        )


class Token(NamedTuple):
    """`kind` is a group's name of `TOKEN`; `text[start:end]` is the token.

    `unclosed` is a string, name or comment without its end; `literals` a comma and the literals, or rows of them, that
    follow one another from there; `hint` the start or the end of one.
    """

    kind: str
    start: int
    end: int


def tokens(text: str) -> Iterator[Token]:
    """Every token, comments and white space too, without a gap; raises `TooLong`."""
    at = count = 0
    size = len(text)
    if size > LONGEST:
        raise TooLong
    match = TOKEN.match
    while at < size:
        found = match(text, at)
        assert found is not None
        kind, end = str(found.lastgroup), found.end()
        if kind == "block":
            kind, end = _block(text, end)
        count += 1
        if count > MOST_TOKENS:
            raise TooLong
        yield Token(kind, at, end)
        at = end


def code(text: str) -> list[Token]:
    """The tokens that are neither comment nor white space."""
    return [token for token in tokens(text) if token.kind not in QUIET]


def _block(text: str, at: int) -> tuple[str, int]:
    """Kind and end of a bracketed comment whose opening ends at `at`; they nest."""
    depth = 1
    for count, edge in enumerate(_BLOCK_EDGE.finditer(text, at)):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return "block", edge.end()
        if count > MOST_TOKENS:
            raise TooLong
    return "unclosed", len(text)


_FOLDED = str.maketrans("ıſ", "IS")


def folded(word: str) -> str:
    """A word as it is compared with keywords: Spark's lexer knows `ı` for I and `ſ` for S."""
    ascii_word = word.translate(_FOLDED)
    return ascii_word.upper() if ascii_word.isascii() else word


def name(text: str, token: Token) -> str:
    """The name that a word or a quoted name stands for."""
    shown = text[token.start : token.end]
    return shown[1:-1].replace("``", "`") if token.kind == "quoted" else shown


def quoted(called: str) -> str:
    """A name as SQL takes it, whatever it holds."""
    return "`" + called.replace("`", "``") + "`"
