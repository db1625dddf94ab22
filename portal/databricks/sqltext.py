"""SQL as text: where statements begin and end, and which parameters they name. Nothing is parsed here.

A semicolon or a colon counts only where Databricks' lexer (`sqllexer`) sees one. Positions are code points.
`assets/src/warehouse/sqltext.js` has the same rules for the browser.
"""

from __future__ import annotations

from dataclasses import dataclass

from portal.databricks.sqllexer import QUIET, Token, folded, tokens

# After these a colon reaches into a semi-structured value (`payload:id`); after anything else it names a parameter.
_VALUE_ENDS = frozenset({"word", "quoted", "string", "number", "literals"})
# Words that no value ends with: a colon after them names a parameter, `WHERE :x`, `LIMIT :n`.
_KEYWORDS = frozenset({
    "all", "and", "any", "as", "asc", "between", "by", "case", "cross", "desc", "distinct", "div", "else",
    "end", "escape", "except", "exists", "filter", "from", "full", "group", "having", "if", "ilike", "in",
    "inner", "intersect", "interval", "into", "is", "join", "lateral", "left", "like", "limit", "minus",
    "natural", "not", "null", "offset", "on", "or", "order", "outer", "over", "partition", "qualify", "regexp",
    "right", "rlike", "rows", "select", "set", "similar", "some", "tablesample", "then", "to", "union", "using",
    "values", "when", "where", "window", "with", "within", "date", "timestamp",
})  # fmt: skip


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


def split(text: str) -> list[Piece]:
    """The statements of a text, in order. A compound statement (`BEGIN … END`), or a procedure with one, is one."""
    found: list[tuple[int, int]] = []
    first: Token | None = None
    end = 0
    body = _Compound()
    for token in tokens(text):
        if token.kind == "semicolon" and not body.goes_on():
            if first is not None:
                found.append((first.start, end))
            first, body = None, _Compound()
        elif token.kind not in QUIET:
            first = first or token
            end = token.end
            body.read(folded(text[token.start : token.end]) if token.kind == "word" else text[token.start])
    if first is not None:
        found.append((first.start, end))
    return _pieces(text, found)


class _Compound:
    """Whether a statement, read word by word, is a compound one that has not come to its end.

    Words are counted, nothing is parsed: `BEGIN` and `CASE` open, `END` closes, `END IF`, `END LOOP` and the like close
    what was not counted. Where that does not come out even, the statement goes on to the end of the text.
    """

    _UNCOUNTED = frozenset({"IF", "LOOP", "WHILE", "FOR", "REPEAT"})

    def __init__(self) -> None:
        self._words: list[str] = []
        self._last = ""
        self._depth = 0

    def goes_on(self) -> bool:
        """Whether a semicolon that comes now is inside of it."""
        self._depth -= self._last == "END" and self._depth > 0
        self._last = ";"
        return self._depth > 0 and self._words != ["BEGIN"]

    def read(self, word: str) -> None:
        last, self._last = self._last, word
        if len(self._words) < 4:
            self._words.append(word)
        if last == ".":
            self._last = ""  # a column may be called anything
            return
        if last == "END" and self._depth and word not in self._UNCOUNTED:
            self._depth -= 1
        if (word == "BEGIN" and self._may_begin()) or (word == "CASE" and self._depth and last != "END"):
            self._depth += 1
        elif last == "BEGIN" and word in {"TRANSACTION", "WORK"}:
            self._depth -= 1

    def _may_begin(self) -> bool:
        is_first = self._words == ["BEGIN"] or self._words[1:] == [":", "BEGIN"]
        return is_first or self._depth > 0 or (self._words[0] == "CREATE" and "PROCEDURE" in self._words)


def segments(text: str) -> list[Piece]:
    """The text between semicolons, comments and all; not the empty ones."""
    cuts = [token.start for token in tokens(text) if token.kind == "semicolon"]
    edges = zip([0, *(cut + 1 for cut in cuts)], [*cuts, len(text)], strict=True)
    return _pieces(text, [(start, end) for start, end in edges if text[start:end].strip()])


def _pieces(text: str, edges: list[tuple[int, int]]) -> list[Piece]:
    found = []
    line = before = 0
    for start, end in edges:
        line += text.count("\n", before, start)
        before = start
        found.append(Piece(text[start:end], start, line))
    return found


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
        if token.kind not in QUIET:
            found.append(folded(text[token.start : token.end]))
            if len(found) == count:
                break
    return found


def markers(text: str) -> dict[str, list[tuple[int, int]]]:
    """Named parameters and where they stand, (start, end) with the colon; in the order of their first appearance.

    A colon behind a value is a path into it (`payload:id`), two are a cast.
    """
    found: dict[str, list[tuple[int, int]]] = {}
    previous: Token | None = None
    is_as = False
    opened: Token | None = None
    for token in tokens(text):
        if opened is not None:
            if token.kind == "word" and token.start == opened.end and not text[token.start].isdecimal():
                found.setdefault(text[token.start : token.end], []).append((opened.start, token.end))
            opened = None
        if token.kind == "colon" and not _ends_value(text, previous, is_as):
            opened = token
        if token.kind not in QUIET:
            is_as = previous is not None and folded(text[previous.start : previous.end]) == "AS"
            previous = token
    return found


def _ends_value(text: str, token: Token | None, is_behind_as: bool) -> bool:
    if token is None:
        return False
    shown = text[token.start : token.end]
    if is_behind_as and folded(shown) == "OF":
        return False  # VERSION AS OF :v
    if token.kind == "word":
        return folded(shown).lower() not in _KEYWORDS
    return token.kind in _VALUE_ENDS or shown in {")", "]"}
