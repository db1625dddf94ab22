"""Text to tokens, as Spark's lexer sees them, with Databricks' error where there is none."""

from __future__ import annotations

import functools
import logging
import re
from dataclasses import dataclass

from sqlglot.dialects.databricks import Databricks
from sqlglot.errors import TokenError
from sqlglot.tokens import Token, TokenType

from portal.sandbox.sql import errors, reader
from portal.sandbox.sql.reader import place

# It warns of what it passes on unchanged; whoever wrote the statement hears of that from DuckDB.
logging.getLogger("sqlglot").setLevel(logging.ERROR)
MAX_TEXT = 16 * 1024 * 1024
"""Bytes of a statement's text (https://docs.databricks.com/api/workspace/statementexecution)."""
QUERY_WORDS = {"SELECT", "WITH", "VALUES", "FROM", "TABLE", "("}
STATEMENT_WORDS = QUERY_WORDS | {
    "INSERT", "CREATE", "DROP", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "ALTER", "SHOW", "DESCRIBE", "DESC", "USE",
    "SET", "RESET", "EXPLAIN", "REFRESH", "ANALYZE", "OPTIMIZE", "VACUUM", "CACHE", "UNCACHE", "CLEAR", "GRANT",
    "REVOKE", "COMMENT", "COPY", "DECLARE", "EXECUTE", "BEGIN", "CALL", "LIST", "REPLACE", "UNSET", "CLONE", "DENY",
    "UNDROP", "SYNC", "MSCK", "FSCK", "REPAIR", "PUT", "GET", "REMOVE", "LOAD", "REORG", "RESTORE", "GENERATE",
    "MSCK REPAIR", "COMMIT", "ROLLBACK",
}  # fmt: skip

_IN_ONE_PIECE = {
    TokenType.BEGIN,
    TokenType.COMMAND,
    TokenType.SHOW,
    TokenType.EXECUTE,
    TokenType.FETCH,
    TokenType.RENAME,
}


BODY = TokenType.HEREDOC_STRING
"""A `$$` body: no string, so that it stands only where a command asks for one."""


@dataclass(frozen=True)
class Text:
    """A statement's text and its tokens."""

    text: str
    tokens: tuple[Token, ...]

    @property
    def word(self) -> str:
        """The first token, upper case."""
        return self.tokens[0].text.upper()


def read(text: str) -> Text:
    """One statement's tokens; trailing semicolons are dropped."""
    if len(text.encode()) > MAX_TEXT:
        raise errors.SqlError("SQL_TEXT_TOO_LARGE", "The query text exceeds the maximum of 16 MiB.", "54001")
    tokens = list(tokens_of(text))
    while tokens and tokens[-1].token_type == TokenType.SEMICOLON:
        tokens.pop()
    if not tokens:
        message = "Syntax error, unexpected empty statement."
        raise errors.ParseError(message, text, 1, 0, error_class="PARSE_EMPTY_STATEMENT", sqlstate="42617")
    first = tokens[0]
    if first.text.upper() not in STATEMENT_WORDS or first.token_type in VALUES:
        raise at(first, text)
    for token in tokens:
        if token.token_type == TokenType.SEMICOLON and first.text.upper() != "BEGIN":
            raise at(token, text)
    return Text(text, tuple(tokens))


@functools.lru_cache(maxsize=8)
def tokens_of(text: str) -> tuple[Token, ...]:
    """The tokens of a text: what Spark's lexer sees, sorted into keywords, numbers and operators by sqlglot's.

    sqlglot's lexer gets a text of the same length in which no comment and no literal is left: it decides no more than
    what a word is.
    """
    read_ = list(reader.lexemes(text))
    values = {one.start: one for one in read_ if one.kind in reader.VALUES}
    tokens: list[Token] = []
    ends = {one.start for one in read_ if one.kind == "semicolon"}
    folded = {one.start for one in read_ if one.kind == "word" and one.value}
    for token in _sorted(text, reader.blanked(text, read_)):
        if token.start in ends:
            tokens.append(token_like(TokenType.SEMICOLON, ";", token, token.end))
            continue
        if token.start in folded and token.token_type == TokenType.VAR and token.text not in STATEMENT_WORDS:
            raise reader.invalid_name(text, token.start, text[token.start : token.end + 1])
        value = values.pop(token.start, None) if token.token_type == TokenType.BACKSLASH else None
        if value is None:
            tokens.append(token)
            continue
        kind = _VALUE_TYPES[value.kind]
        # A binary literal is a word `X` and a string, with or without space between.
        after_x = bool(tokens) and tokens[-1].token_type == TokenType.VAR and tokens[-1].text.upper() == "X"
        if kind == TokenType.STRING and after_x and re.fullmatch(r"[0-9A-Fa-f]*", value.value):
            tokens.pop()
            kind = TokenType.HEX_STRING
        tokens.append(token_like(kind, value.value, token, value.end - 1))
    assert not values, "a literal lost on the way"
    return tuple(tokens)


_VALUE_TYPES = {"string": TokenType.STRING, "quoted": TokenType.IDENTIFIER, "body": BODY}
VALUES = frozenset({*_VALUE_TYPES.values(), TokenType.HEX_STRING})


def _sorted(text: str, blank: str) -> list[Token]:
    # Behind a semicolon it would take a command for one piece.
    blank = blank.replace(";", ",")
    try:
        tokens = list(Databricks().tokenize(blank))
        if tokens and tokens[0].token_type in _IN_ONE_PIECE:
            # sqlglot leaves what follows SHOW and its like in one piece: read it as if another word stood there.
            first = tokens[0]
            word = text[first.start : first.end + 1]
            rest = Databricks().tokenize(blank[: first.start] + "x" * len(word) + blank[first.end + 1 :])
            tokens = [token_like(TokenType.VAR, word, first, first.end), *rest[1:]]
    except TokenError:
        raise errors.syntax(None, text, *place(text, len(text))) from None
    return tokens


def token_like(kind: TokenType, text: str, like: Token, end: int) -> Token:
    """A token where another begins."""
    return Token(kind, text, line=like.line, col=like.col, start=like.start, end=end)


def name_parts(text: str) -> list[str]:
    """The parts of a name that a string holds: `a.b`, ``a.`b.c` ``; SqlError for what is no name."""
    found = re.fullmatch(r"\s*(?:`(?:[^`]|``)+`|\w+)(?:\.(?:`(?:[^`]|``)+`|\w+))*\s*", text)
    if found is None:
        message = f"The identifier '{text}' is invalid."
        raise errors.SqlError("INVALID_IDENTIFIER", message, "42602")
    return [
        part[1:-1].replace("``", "`") if part.startswith("`") else part
        for part in re.findall(r"`(?:[^`]|``)+`|\w+", text)
    ]


def words(token: Token, text: str) -> list[Token]:
    """A token's words: `PRIMARY KEY` is one token to sqlglot."""
    if token.token_type in VALUES or " " not in token.text:
        return [token]
    found, at = [], token.start
    for one in token.text.split():
        at = text.upper().index(one.upper(), at)
        place = {"line": token.line, "col": token.col, "start": at, "end": at + len(one) - 1}
        found.append(Token(TokenType.VAR, text[at : at + len(one)], **place))
        at += len(one)
    return found


def word(token: Token | None) -> str:
    """What a token says as a word or sign, upper case; empty for none, and for a literal or quoted name."""
    return "" if token is None or token.token_type in VALUES else token.text.upper()


def is_query(text: str) -> bool:
    """Whether a text begins as a query does."""
    tokens = tokens_of(text)
    return bool(tokens) and tokens[0].token_type not in VALUES and tokens[0].text.upper() in QUERY_WORDS


def at(token: Token | None, text: str) -> errors.ParseError:
    """PARSE_SYNTAX_ERROR at a token, or at the end."""
    if token is None:
        return errors.syntax(None, text, *place(text, len(text)))
    shown = text[token.start : token.end + 1]
    return errors.syntax(shown, text, *place(text, token.start))
