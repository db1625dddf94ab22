"""Reads the words of a command: `SHOW TABLES IN main.sales LIKE 'o*'`."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence

from sqlglot.tokens import Token, TokenType

from portal.sandbox.sql import errors, lexing
from portal.sandbox.sql.parameters import Parameter
from portal.sandbox.sql.types import SqlType, parse

INTERVAL_FIELDS = ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND")


class Words:
    """A place in a statement's tokens. What is not as the grammar wants it raises PARSE_SYNTAX_ERROR there."""

    def __init__(self, text: lexing.Text, parameters: Sequence[Parameter] = ()) -> None:
        self._text = text
        self._tokens = [word for token in text.tokens for word in lexing.words(token, text.text)]
        self._at = 0
        self._parameters = {(one.name or "").lower(): one for one in parameters}

    @property
    def _next(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    @property
    def peek(self) -> str:
        """The next word, upper case; empty at the end, and before a literal or quoted name."""
        return lexing.word(self._next)

    @property
    def more(self) -> bool:
        return self._next is not None

    @property
    def place(self) -> int:
        """Where the next word stands in the text; its length at the end."""
        return self._next.start if self._next is not None else len(self._text.text)

    def take(self, *words: str) -> bool:
        """Step over these words, if they are next."""
        ahead = self._tokens[self._at : self._at + len(words)]
        if [lexing.word(token) for token in ahead] != list(words):
            return False
        self._at += len(words)
        return True

    def take_any(self, *words: str) -> str | None:
        """Step over one of these words; which it was."""
        return next((word for word in words if self.take(word)), None)

    def need(self, *words: str) -> None:
        if not self.take(*words):
            raise self.error()

    def error(self) -> errors.ParseError:
        return lexing.at(self._next, self._text.text)

    def end(self) -> None:
        if self.more:
            raise self.error()

    @property
    def is_string(self) -> bool:
        return self._next is not None and self._next.token_type == TokenType.STRING

    def string(self) -> str:
        """A literal, or a parameter's value."""
        token = self._next
        if token is not None and token.token_type == TokenType.STRING:
            self._at += 1
            return token.text
        if self.take(":"):
            return self._parameter()
        raise self.error()

    def body(self) -> str:
        """What stands between two `$$`."""
        token = self._next
        if token is None or token.token_type != lexing.BODY:
            raise self.error()
        self._at += 1
        return token.text

    def _parameter(self) -> str:
        token = self._next
        if token is None:
            raise self.error()
        self._at += 1
        found = self._parameters.get(token.text.lower())
        if found is None or found.value is None:
            raise errors.unbound_parameter(token.text, *lexing.place(self._text.text, token.start))
        return found.value

    def name(self, most: int = 3) -> list[str]:
        """A name of one to `most` parts, or `IDENTIFIER('a.b')`."""
        if self.take("IDENTIFIER", "("):
            value = self.string()
            self.need(")")
            return lexing.name_parts(value)
        parts = [self._part()]
        while len(parts) < most and self.take("."):
            parts.append(self._part())
        return parts

    def _part(self) -> str:
        token = self._next
        if token is None or not (token.token_type == TokenType.IDENTIFIER or re.fullmatch(r"\w+", lexing.word(token))):
            raise self.error()
        self._at += 1
        return token.text

    def names(self) -> tuple[str, ...]:
        """`(a, b)`: names in brackets."""
        self.need("(")
        found = [self.name(1)[0]]
        while self.take(","):
            found.append(self.name(1)[0])
        self.need(")")
        return tuple(found)

    def expression(self, *stops: str) -> str:
        """The text of an expression, up to a comma, a closing bracket or one of these words at its own level."""
        depth, start, first = 0, self._at, self._next
        while (token := self._next) is not None:
            word = lexing.word(token)
            if depth == 0 and (word in (",", ")") or (word in stops and self._at > start)):
                break
            depth += {"(": 1, "[": 1, "CASE": 1, ")": -1, "]": -1, "END": -1}.get(word, 0)
            self._at += 1
        if first is None or self._at == start:
            raise self.error()
        return self._text.text[first.start : self._tokens[self._at - 1].end + 1]

    def sql_type(self) -> SqlType:
        text = self.type()
        try:
            return parse(text)
        except ValueError:
            raise errors.SqlError("UNSUPPORTED_DATATYPE", f'Unsupported data type "{text.upper()}".', "0A000") from None

    def type(self) -> str:
        """The text of a type: `DECIMAL(10, 2)`, `MAP<STRING, ARRAY<INT>>`, `INTERVAL DAY TO SECOND`."""
        first, depth = self._next, 0
        if first is None or not re.fullmatch(r"\w+", lexing.word(first)):
            raise self.error()
        is_interval = lexing.word(first) == "INTERVAL"
        self._at += 1
        while (token := self._next) is not None:
            word = lexing.word(token)
            opens = word in ("(", "<", "<>")
            goes_on = is_interval and (word == "TO" or word.rstrip("S") in INTERVAL_FIELDS)
            if depth == 0 and not opens and not goes_on:
                break
            depth += word.count("(") + word.count("<") - word.count(")") - word.count(">")
            self._at += 1
        return self._text.text[first.start : self._tokens[self._at - 1].end + 1]

    def pairs(self) -> dict[str, str]:
        """`('a' = 'b', c.d = 1)`: properties or tags."""
        self.need("(")
        found: dict[str, str] = {}
        while True:
            key = self.string() if self.is_string else ".".join(self.name(9))
            value = ""
            if self.take("="):
                value = self.string() if self.is_string else self.expression()
            found[key] = value
            if not self.take(","):
                self.need(")")
                return found

    def rest(self) -> str:
        """The text from here on, as it was written."""
        token = self._next
        if token is None:
            return ""
        last = self._tokens[-1]
        self._at = len(self._tokens)
        return self._text.text[token.start : last.end + 1]

    def pattern(self) -> re.Pattern[str]:
        """`[LIKE] 'a*|b'`: `*` stands for anything, `|` for either; nothing matches all."""
        liked = self.take("LIKE")
        if not liked and not self.is_string:
            return re.compile("")
        choices = [fnmatch.translate(choice.strip()) for choice in self.string().split("|")]
        return re.compile("|".join(choices), re.IGNORECASE)
