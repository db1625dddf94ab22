"""Reads the words of a command: `SHOW TABLES IN main.sales LIKE 'o*'`."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence

from sqlglot.tokens import Token, TokenType

from portal.sandbox.sql import errors, parsing
from portal.sandbox.sql.parameters import Parameter


class Words:
    """A place in a statement's tokens. What is not as the grammar wants it raises PARSE_SYNTAX_ERROR there."""

    def __init__(self, text: parsing.Text, parameters: Sequence[Parameter] = ()) -> None:
        self._text = text
        self._at = 0
        self._parameters = {(one.name or "").lower(): one for one in parameters}

    @property
    def _next(self) -> Token | None:
        return self._text.tokens[self._at] if self._at < len(self._text.tokens) else None

    @property
    def peek(self) -> str:
        """The next word, upper case; empty at the end."""
        return self._next.text.upper() if self._next is not None else ""

    @property
    def more(self) -> bool:
        return self._next is not None

    def take(self, *words: str) -> bool:
        """Step over these words, if they are next."""
        ahead = self._text.tokens[self._at : self._at + len(words)]
        if [token.text.upper() for token in ahead] != list(words):
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
        return parsing.at(self._next, self._text.text)

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

    def _parameter(self) -> str:
        token = self._next
        if token is None:
            raise self.error()
        self._at += 1
        found = self._parameters.get(token.text.lower())
        if found is None or found.value is None:
            raise errors.unbound_parameter(token.text, *parsing.place(self._text.text, token.start))
        return found.value

    def name(self, most: int = 3) -> list[str]:
        """A name of one to `most` parts, or `IDENTIFIER('a.b')`."""
        if self.take("IDENTIFIER", "("):
            value = self.string()
            self.need(")")
            return [part.strip("`") for part in re.findall(r"`[^`]*`|[^.`]+", value)]
        parts = [self._part()]
        while len(parts) < most and self.take("."):
            parts.append(self._part())
        return parts

    def _part(self) -> str:
        token = self._next
        if token is None or not (token.token_type == TokenType.IDENTIFIER or re.fullmatch(r"\w+", token.text)):
            raise self.error()
        self._at += 1
        return token.text

    def rest(self) -> str:
        """The text from here on, as it was written."""
        token = self._next
        if token is None:
            return ""
        last = self._text.tokens[-1]
        self._at = len(self._text.tokens)
        return self._text.text[token.start : last.end + 1]

    def pattern(self) -> re.Pattern[str]:
        """`[LIKE] 'a*|b'`: `*` stands for anything, `|` for either; nothing matches all."""
        liked = self.take("LIKE")
        if not liked and not self.is_string:
            return re.compile("")
        choices = [fnmatch.translate(choice.strip()) for choice in self.string().split("|")]
        return re.compile("|".join(choices), re.IGNORECASE)
