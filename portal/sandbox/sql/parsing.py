"""Text to syntax tree, with Databricks' error where the text does not parse."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.dialects.databricks import Databricks
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokens import Token, TokenType

from portal.sandbox.sql import errors

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
}  # fmt: skip

_IN_ONE_PIECE = {TokenType.COMMAND, TokenType.SHOW, TokenType.EXECUTE, TokenType.FETCH, TokenType.RENAME}


@dataclass(frozen=True)
class Text:
    """A statement's text and its tokens."""

    text: str
    tokens: list[Token]

    @property
    def word(self) -> str:
        """The first token, upper case."""
        return self.tokens[0].text.upper()


def read(text: str) -> Text:
    """One statement's tokens; a trailing semicolon is dropped."""
    if len(text.encode()) > MAX_TEXT:
        raise errors.SqlError("SQL_TEXT_TOO_LARGE", "The query text exceeds the maximum of 16 MiB.", "54001")
    try:
        tokens = list(Databricks().tokenize(text))
    except TokenError:
        raise errors.syntax(None, text, text.count("\n") + 1, len(text.rpartition("\n")[2])) from None
    if tokens and tokens[0].token_type in _IN_ONE_PIECE:
        tokens = _command_tokens(text, tokens[0])
    while tokens and tokens[-1].token_type == TokenType.SEMICOLON:
        tokens.pop()
    if not tokens:
        raise errors.syntax(None, text, 1, 0)
    first = tokens[0]
    if first.text.upper() not in STATEMENT_WORDS:
        raise at(first, text)
    for token in tokens:
        if token.token_type == TokenType.SEMICOLON:
            raise at(token, text)
    return Text(text, tokens)


def _command_tokens(text: str, first: Token) -> list[Token]:
    """sqlglot leaves what follows SHOW and its like in one piece: read it as if another word stood there."""
    word = text[first.start : first.end + 1]
    other = text[: first.start] + "x" * len(word) + text[first.end + 1 :]
    place = {"line": first.line, "col": first.col, "start": first.start, "end": first.end}
    return [Token(TokenType.VAR, word, **place), *Databricks().tokenize(other)[1:]]


def at(token: Token | None, text: str) -> errors.ParseError:
    """PARSE_SYNTAX_ERROR at a token, or at the end."""
    if token is None:
        return errors.syntax(None, text, text.count("\n") + 1, len(text.rpartition("\n")[2]))
    shown = text[token.start : token.end + 1]
    line, pos = place(text, token.start)
    return errors.syntax(shown, text, line, pos)


def place(text: str, offset: int) -> tuple[int, int]:
    """An offset as Spark counts: lines from 1, characters of the line from 0."""
    before = text[:offset]
    return before.count("\n") + 1, len(before.rpartition("\n")[2])


def tree(read_text: Text) -> exp.Expression:
    """The syntax tree. Positional markers become named ones, `_1`, `_2` …, in the order of the text."""
    tokens: list[Token] = []
    count = 0
    for index, token in enumerate(read_text.tokens):
        if index == 0 and read_text.word == "TABLE":
            # `TABLE name` is `SELECT * FROM name`; sqlglot would take it for a column with an alias.
            place_ = {"line": token.line, "col": token.col, "start": token.start, "end": token.end}
            kinds = (TokenType.SELECT, "SELECT"), (TokenType.STAR, "*"), (TokenType.FROM, "FROM")
            tokens.extend(Token(kind, word, **place_) for kind, word in kinds)
            continue
        if token.token_type == TokenType.PLACEHOLDER and token.text == "?":
            count += 1
            place_ = {"line": token.line, "col": token.col, "start": token.start, "end": token.end}
            tokens.append(Token(TokenType.COLON, ":", **place_))
            tokens.append(Token(TokenType.VAR, f"_{count}", **place_))
        else:
            tokens.append(token)
    try:
        parsed = [one for one in Databricks().parser().parse(tokens, read_text.text) if one is not None]
    except ParseError as error:
        raise _parse_error(error, read_text) from None
    if len(parsed) != 1:
        raise at(read_text.tokens[-1], read_text.text)
    found = parsed[0]
    if read_text.word in QUERY_WORDS and not isinstance(found, exp.Query | exp.Values | exp.DML):
        raise at(read_text.tokens[0], read_text.text)
    return found


def _parse_error(error: ParseError, read_text: Text) -> errors.SqlError:
    """sqlglot's error at the token that Spark would name."""
    first = error.errors[0] if error.errors else {}
    if found := re.search(r"number of provided arguments \((\d+)\) is greater than .*? \((\d+)\)", str(error)):
        text = f"The function requires {found[2]} parameters but the actual number is {found[1]}."
        return errors.SqlError("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", text, "42605")
    description = first.get("description") or ""
    context, shown = first.get("start_context") or "", first.get("highlight") or ""
    start = read_text.text.find(context + shown) + len(context)
    index = next((i for i, token in enumerate(read_text.tokens) if token.start >= start), len(read_text.tokens))
    # sqlglot shows the token that it cannot take, but the last one where the text ends too soon.
    if " after " in description or (index == len(read_text.tokens) - 1 and not description.startswith("Invalid")):
        index += 1
    return at(read_text.tokens[index] if index < len(read_text.tokens) else None, read_text.text)
