"""SQL as text: where statements begin and end, and which parameters they name. Nothing is parsed here.

One regular expression knows what Databricks' lexer knows of strings, comments and quoted names, so that a semicolon or
a colon inside them counts for nothing, and a megabyte takes a fraction of a second. `assets/sqltext.js` has the same
rules for the browser.

Source: Databricks SQL reference, "Lexical rules": nested bracketed comments, backslash escapes except in r'…' strings,
`--` comments that a backslash before the line's end continues.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

# The parser that others of this room use warns about each statement that it keeps as text, with the text.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<line>--(?:\\\r?\n|[^\r\n])*)
  | (?P<block>/\*)
  | (?P<string>(?<![\w$])[rR](?:'[^']*(?:'|\Z)|"[^"]*(?:"|\Z))
      |'(?:[^'\\]|\\.|\\\Z)*(?:'|\Z)|"(?:[^"\\]|\\.|\\\Z)*(?:"|\Z))
  | (?P<quoted>`(?:[^`]|``)*(?:`|\Z))
  | (?P<number>(?:\d[\w.]*|\.\d\w*)(?:(?<=[eE])[+-]\d+)?)
  | (?P<word>[^\W\d][\w$]*)
  | (?P<cast>::)
  | (?P<colon>:)
  | (?P<semicolon>;)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_BLOCK_EDGE = re.compile(r"/\*|\*/")
_QUIET = frozenset({"space", "line", "block"})
# After these a colon reaches into a semi-structured value (`payload:id`); after anything else it names a parameter.
_VALUE_ENDS = frozenset({"word", "quoted", "string", "number"})
# Words that no value ends with: a colon after them names a parameter, `WHERE :x`, `LIMIT :n`.
_KEYWORDS = frozenset({
    "all", "and", "any", "as", "asc", "between", "by", "case", "cross", "desc", "distinct", "div", "else",
    "end", "escape", "except", "exists", "filter", "from", "full", "group", "having", "if", "ilike", "in",
    "inner", "intersect", "interval", "into", "is", "join", "lateral", "left", "like", "limit", "minus",
    "natural", "not", "null", "offset", "on", "or", "order", "outer", "over", "partition", "qualify", "regexp",
    "right", "rlike", "rows", "select", "set", "similar", "some", "tablesample", "then", "to", "union", "using",
    "values", "when", "where", "window", "with", "within", "date", "timestamp",
})  # fmt: skip


class Token(NamedTuple):
    """`kind` is a group's name of `TOKEN`; `text[start:end]` is the token."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class Piece:
    """One statement of a text: `text` without the semicolon; `start` is its place in the whole."""

    text: str
    start: int
    line: int
    """The line of the whole on which it starts, from 0."""

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def tokens(text: str) -> Iterator[Token]:
    """Every token, comments and white space too; what is not closed reaches to the end."""
    at = 0
    while at < len(text):
        found = TOKEN.match(text, at)
        assert found is not None
        kind, end = str(found.lastgroup), found.end()
        if kind == "block":
            end = _block_end(text, end)
        yield Token(kind, at, end)
        at = end


def _block_end(text: str, at: int) -> int:
    """Where a bracketed comment ends whose opening ends at `at`; they nest."""
    depth = 1
    for edge in _BLOCK_EDGE.finditer(text, at):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(text)


def split(text: str) -> list[Piece]:
    """The statements of a text, in order. A compound statement (`BEGIN … END`) is one, to the end of the text."""
    pieces: list[Piece] = []
    first: Token | None = None
    end = 0
    compound = False
    for token in tokens(text):
        if token.kind == "semicolon" and not compound:
            if first is not None:
                pieces.append(_piece(text, first.start, end))
            first = None
        elif token.kind not in _QUIET:
            if first is None:
                first = token
                compound = text[token.start : token.end].upper() == "BEGIN"
            end = token.end
    if first is not None:
        pieces.append(_piece(text, first.start, end))
    return pieces


def segments(text: str) -> list[Piece]:
    """The text between semicolons, comments and all; not the empty ones."""
    cuts = [token.start for token in tokens(text) if token.kind == "semicolon"]
    edges = list(zip([0, *(cut + 1 for cut in cuts)], [*cuts, len(text)], strict=True))
    return [_piece(text, start, end) for start, end in edges if text[start:end].strip()]


def _piece(text: str, start: int, end: int) -> Piece:
    return Piece(text[start:end], start, text.count("\n", 0, start))


def at_cursor(text: str, cursor: int) -> list[Piece]:
    """The statement that the cursor stands in, or behind: the one before it where it stands between two."""
    pieces = split(text)
    around = [piece for piece in pieces if piece.start <= cursor <= piece.end]
    before = [piece for piece in pieces if piece.end < cursor]
    # Behind the semicolon of one and on the line of the next, the next one is meant.
    after = [piece for piece in pieces if piece.start > cursor and "\n" not in text[cursor : piece.start]]
    if around:
        return around[:1]
    return after[:1] or before[-1:] or pieces[:1]


def chosen(text: str, start: int, end: int, everything: bool = False) -> list[Piece]:
    """What to run: the statements of the selection, of the whole text, or the one at the cursor."""
    if everything:
        return split(text)
    if start == end:
        return at_cursor(text, start)
    picked = split(text[start:end])
    line = text.count("\n", 0, start)
    return [Piece(piece.text, piece.start + start, piece.line + line) for piece in picked]


def words(text: str, count: int = 3) -> list[str]:
    """The first words of a statement, upper case; comments are no words."""
    found = []
    for token in tokens(text):
        if token.kind not in _QUIET:
            found.append(text[token.start : token.end].upper())
            if len(found) == count:
                break
    return found


def markers(text: str) -> dict[str, list[tuple[int, int]]]:
    """Named parameters and where they stand, (start, end) with the colon; in the order of their first appearance.

    A colon behind a value is a path into it (`payload:id`), two are a cast.
    """
    found: dict[str, list[tuple[int, int]]] = {}
    previous: Token | None = None
    opened: Token | None = None
    for token in tokens(text):
        if opened is not None:
            if token.kind == "word" and token.start == opened.end:
                found.setdefault(text[token.start : token.end], []).append((opened.start, token.end))
            opened = None
        if token.kind == "colon" and not _ends_value(text, previous):
            opened = token
        if token.kind not in _QUIET:
            previous = token
    return found


def _ends_value(text: str, token: Token | None) -> bool:
    if token is None:
        return False
    shown = text[token.start : token.end]
    if token.kind == "word":
        return shown.lower() not in _KEYWORDS
    return token.kind in _VALUE_ENDS or shown in {")", "]"}


def shortened(text: str, least: int = 200) -> str:
    """The text with long lists of literals, `(1, 2, 3, …)`, cut to their first, and long literals emptied.

    The same to a parser's eyes.
    """
    kept: list[str] = []
    run: list[str] = []  # "(" LITERAL "," LITERAL …
    literals = 0

    def flush() -> None:
        nonlocal literals
        kept.extend(run)
        run.clear()
        literals = 0

    for token in tokens(text):
        shown = text[token.start : token.end]
        if token.kind == "string" and len(shown) > least and shown[-1] in "'\"":
            shown = shown[-1] * 2
        if token.kind in _QUIET:
            if literals < least:
                (run if run else kept).append(" ")
        elif shown == "(":
            flush()
            run.append(shown)
        elif run and token.kind in {"number", "string"}:
            literals += 1
            if literals <= least:
                run.append(shown)
        elif run and shown == ",":
            if literals < least:
                run.append(shown)
        else:
            flush()
            kept.append(shown)
    flush()
    return "".join(kept)
