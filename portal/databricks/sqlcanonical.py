"""A statement as a parser may see it: the tokens that Databricks' lexer reads, written so that no other lexer can read
them otherwise, and a parse of that text whose cost is bounded.

The parser (sqlglot) has a lexer of its own, to which a comment, a string or a name may begin and end elsewhere than to
Databricks. So it never sees the viewer's text: comments and hints are gone, each string is 's', each quoted name `n`,
each number 1, one space between all. What its lexer makes of that must still be the same tokens, or the statement
counts as not understood. So does one that is nested deeper, or is longer, than a parser may be asked to read.
"""

from __future__ import annotations

import logging
import re

from sqlglot import exp
from sqlglot.dialects.databricks import Databricks
from sqlglot.errors import SqlglotError
from sqlglot.parsers.databricks import DatabricksParser
from sqlglot.tokens import Token as Parsed
from sqlglot.tokens import TokenType

from portal.databricks.sqllexer import LITERAL, Token, code, folded
from portal.viewer.errors import StatementFailed

# The parser warns about each statement that it keeps as text, with the text.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

DEEPEST = 64
"""Brackets and CASEs that may stand open at a time."""
DEEPEST_TYPES = 8
"""Of these, brackets behind a word that may be a type or a call: each level doubles what the parser tries."""
MOST_TOKENS = 16_000
"""Tokens of the canonical text: 0.6 s for the costliest (a chain of casts), usually 0.2."""
MOST_STEPS = 100_000
"""Tokens that the parser may take, trying again included: 0.4 s. Usual is two a token."""
LISTED = 200
"""Literals of a list that the parser sees; the others are as good as these."""

_DIALECT = Databricks()
_TYPES = frozenset(
    word for word, kind in Databricks.Tokenizer.KEYWORDS.items() if kind in DatabricksParser.TYPE_TOKENS
) | {"X", "DEC", "LONG", "SHORT", "BYTE"}
_GENERIC = frozenset({"ARRAY", "MAP", "STRUCT"})
_CLOSES = {")": "(", "]": "[", "}": "{", ">": "<", "END": "CASE"}
# What the parser does not know of Spark's signs, and of what may follow |>: words that take the same list.
_SIGNS = {"!>": "<=", "!<": ">="}
_PIPED = {"SET": "EXTEND", "DROP": "SELECT"}
_TRAVEL = {"SYSTEM_VERSION": "VERSION", "SYSTEM_TIME": "TIMESTAMP"}
# Functions that the parser takes for something else, or with fewer arguments than Spark has.
_CALLED = frozenset({"WINDOW", "FIRST_VALUE", "LAST_VALUE", "FIRST", "LAST", "ANY_VALUE"})
_BEHIND_NAMES = frozenset({")", ",", "."})
_IN_HINT = frozenset({"word", "quoted", "number", "string", "literals"})
_BEFORE_QUERY = frozenset({"(", "UNION", "EXCEPT", "INTERSECT", "MINUS", "ALL", "DISTINCT", "AS"})
_PLAIN = re.compile(r"[A-Za-z_]\w*+")


class NotUnderstood(StatementFailed):
    """The message says, in half a sentence, what is in the way."""


class BeyondBounds(NotUnderstood):
    """It may be fine, and is deeper or longer than a parser is asked to read here."""


class Canonical:
    """One statement's tokens: `text` for the parser, `kinds` and `edges` of what it was written from."""

    def __init__(self, sql: str) -> None:
        self.words: list[str] = []
        self.kinds: list[str] = []
        self._open: list[str] = []
        self._types = 0
        hinting = False
        for token in code(sql):
            shown = sql[token.start : token.end]
            if token.kind == "hint":
                if hinting is (shown == "/*+"):
                    raise NotUnderstood(f"{shown} stands where no hint does")
                hinting = not hinting
            elif hinting:
                if token.kind not in _IN_HINT and shown not in {"(", ")", ",", ".", "="}:
                    raise NotUnderstood("a hint holds more than words")
            else:
                self._write(sql, token, shown)
        if hinting:
            raise NotUnderstood("a hint is not closed")
        if self._open:
            raise NotUnderstood(f"{self._open[-1]} is not closed")
        self.text = " ".join(self.words)

    def _write(self, sql: str, token: Token, shown: str) -> None:
        match token.kind:
            case "word":
                self._word(shown)
            case "string":
                self._string()
            case "quoted":
                self._put("`n`", "quoted")
            case "number":
                self._put("1", "number")
            case "literals":
                self._literals(sql, token)
            case "unclosed":
                raise NotUnderstood("a string, a name or a comment is not closed")
            case "semicolon":
                raise NotUnderstood("it is more than one statement")
            case "dollar" | "url":
                raise NotUnderstood(f"{shown[:20]} stands where no query has it")
            case _:
                self._sign(_SIGNS.get(shown, shown))

    def _word(self, shown: str) -> None:
        word = folded(shown)
        if not _PLAIN.fullmatch(word) or not word.isascii():
            self._put("`n`", "quoted")
            return
        if word == "TABLE" and (not self.words or self._begins_query()):
            for part in ("SELECT", "*", "FROM"):
                self._put(part, "word")
            return
        if word in _CLOSES or word == "CASE":
            self._nest(word)
        if word in _PIPED and self.words and self.words[-1] == "|>":
            word = _PIPED[word]
        if word in _TRAVEL and self.words and self.words[-1] == "FOR":
            self._drop()
            word = _TRAVEL[word]
        self._put(word, "word")

    def _begins_query(self) -> bool:
        before = self.words[-1]
        called = before == "(" and len(self.words) > 1 and self.kinds[-2] in {"word", "quoted"}
        return before in _BEFORE_QUERY and (not called or self.words[-2] in {"AS", "IN", "EXISTS", "FROM", "LATERAL"})

    def _string(self) -> None:
        """Strings that stand side by side are one, and `X '1F'` is one as well."""
        if self.kinds and self.kinds[-1] == "string":
            return
        if self.words and self.words[-1] == "X":
            self._drop()
        self._put("'s'", "string")

    def _literals(self, sql: str, token: Token) -> None:
        self._put(",", "other")
        left, depth = LISTED, 0
        for part in LITERAL.finditer(sql, token.start + 1, token.end):
            match part.lastgroup:
                case "string":
                    self._string()
                case "number":
                    self._put("1", "number")
                case "word":
                    self._put("NULL", "word")
                case _:
                    shown = part.group()
                    depth += (shown == "(") - (shown == ")")
                    left -= shown == ","
                    if shown == "," and left < 0 and depth == 0:
                        return
                    self._put(shown, "other")

    def _sign(self, sign: str) -> None:
        if sign == "(" and self.words and self.words[-1] in _CALLED:
            self.words[-1] = "F"
        elif sign in _BEHIND_NAMES and self.words and (self.words[-1], self.kinds[-1]) == ("VALUES", "word"):
            # Rows would follow VALUES: this is a column of that name.
            self.words[-1], self.kinds[-1] = "`n`", "quoted"
        if sign in "([{" or sign in _CLOSES or sign == "<":
            self._nest(sign)
        self._put(sign, "other")

    def _nest(self, sign: str) -> None:
        before = self.words[-1] if self.words and self.kinds[-1] == "word" else ""
        opening = _CLOSES.get(sign)
        if opening is None:
            if sign == "<" and before not in _GENERIC:
                return
            typed = sign != "CASE" and before in _TYPES
            self._types += typed
            self._open.append(sign + before if typed else sign)
            if self._types > DEEPEST_TYPES or len(self._open) > DEEPEST:
                raise BeyondBounds("it is nested too deep")
            return
        if opening in "<CASE":
            # A sign or a word that need not close anything: `a > b`, a column named "end".
            if self._open and self._open[-1].startswith(opening):
                self._close()
            return
        while self._open and self._open[-1][0] == "<":
            self._close()
        if not self._open or self._open[-1][0] != opening:
            raise NotUnderstood(f"{sign} closes nothing")
        self._close()

    def _close(self) -> None:
        closed = self._open.pop()
        self._types -= closed != "CASE" and len(closed) > 1

    def _put(self, word: str, kind: str) -> None:
        if len(self.words) >= MOST_TOKENS:
            raise BeyondBounds(f"it is too long: more than {MOST_TOKENS:,} words and signs outside of lists of values")
        self.words.append(word)
        self.kinds.append(kind)

    def _drop(self) -> None:
        self.words.pop()
        self.kinds.pop()

    def parsed(self) -> exp.Expr:
        """Its tree."""
        tokens = _DIALECT.tokenize(self.text)
        self._agree(tokens)
        trees = [tree for tree in bounded(tokens, self.text) if tree is not None]
        if len(trees) != 1:
            raise NotUnderstood("it is more than one statement" if trees else "it is empty")
        return trees[0]

    def _agree(self, tokens: list[Parsed]) -> None:
        """The parser's tokens are these, one for one; or several words for one (`GROUP BY`)."""
        place = at = 0
        for token in tokens:
            kinds = []
            if token.start != at or token.comments:
                break
            while place < len(self.words) and at <= token.end:
                at += len(self.words[place]) + 1
                kinds.append(self.kinds[place])
                place += 1
            if at != token.end + 2 or not _alike(token.token_type, kinds):
                break
        else:
            if place == len(self.words):
                return
        raise NotUnderstood("the portal's parser reads other words in it than Databricks does")


def _alike(kind: TokenType, kinds: list[str]) -> bool:
    if kind is TokenType.STRING:
        return kinds == ["string"]
    if kind is TokenType.NUMBER:
        return kinds == ["number"]
    if kind is TokenType.IDENTIFIER:
        return kinds == ["quoted"]
    return not {"string", "number", "quoted"} & set(kinds)


class _Bounded(DatabricksParser):
    """Counts the tokens that it takes. `_advance`, seen in sqlglot 30.30, is the one way forward and back."""

    left = MOST_STEPS

    def _advance(self, times: int = 1) -> None:
        self.left -= 1
        if self.left < 0:
            raise BeyondBounds("its parse took too long")
        super()._advance(times)


def bounded(tokens: list[Parsed], text: str) -> list[object]:
    """Trees of the parser's own tokens; raises `NotUnderstood` past its bound, and `SqlglotError` with a place."""
    try:
        return list(_Bounded(dialect=_DIALECT).parse(tokens, text))
    except RecursionError:
        raise BeyondBounds("it is nested too deep") from None
    except (StatementFailed, SqlglotError):
        raise
    except Exception as error:
        # `MAP(1)` is an IndexError to sqlglot 30.30.
        raise NotUnderstood(f"the portal's parser stumbles over it ({type(error).__name__})") from None


def parsed(sql: str) -> exp.Expr:
    """The tree of one statement, semicolon gone; of its literals and quoted names it says nothing."""
    try:
        return Canonical(sql).parsed()
    except SqlglotError:
        raise NotUnderstood("the portal's parser does not know its grammar") from None


def canonical(sql: str) -> str:
    """The text of one statement as the parser sees it."""
    return Canonical(sql).text
