"""Tokens to syntax tree, with Databricks' error where the text does not parse."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.databricks import Databricks
from sqlglot.errors import ParseError
from sqlglot.parsers.databricks import DatabricksParser
from sqlglot.tokens import Token, TokenType

from portal.sandbox.sql import errors
from portal.sandbox.sql.builtin import BUILTIN
from portal.sandbox.sql.lexing import BODY, QUERY_WORDS, Text, at, token_like, word


class _Parser(DatabricksParser):
    """Without the functions of other dialects: their names are names like any other."""

    FUNCTIONS: ClassVar = {name: make for name, make in DatabricksParser.FUNCTIONS.items() if name.lower() in BUILTIN}
    FUNCTION_PARSERS: ClassVar = {
        name: parse for name, parse in DatabricksParser.FUNCTION_PARSERS.items() if name.lower() in BUILTIN
    }


def tree(read_text: Text) -> exp.Expression:
    """The syntax tree. Positional markers become named ones, `_1`, `_2` …, in the order of the text."""
    tokens: list[Token] = []
    count, skipped = 0, -1
    for index, token in enumerate(read_text.tokens):
        if index == 0 and read_text.word == "TABLE":
            # `TABLE name` is `SELECT * FROM name`; sqlglot would take it for a column with an alias.
            kinds = (TokenType.SELECT, "SELECT"), (TokenType.STAR, "*"), (TokenType.FROM, "FROM")
            tokens.extend(token_like(kind, word, token, token.end) for kind, word in kinds)
            continue
        if token.token_type == BODY:
            raise at(token, read_text.text)
        if token.token_type == TokenType.PARAMETER:
            # `t@v3` is `t VERSION AS OF 3`, `t@20210930110000000` a time: the next token says which.
            skipped = index + 1
            tokens.extend(_version_tokens(read_text, index))
            continue
        if index == skipped:
            continue
        if token.token_type == TokenType.PLACEHOLDER and token.text == "?":
            count += 1
            tokens.append(token_like(TokenType.COLON, ":", token, token.end))
            tokens.append(token_like(TokenType.VAR, f"_{count}", token, token.end))
        else:
            tokens.append(token)
    _no_foreign_words(read_text)
    if tokens and tokens[-1].token_type in (TokenType.ALIAS, TokenType.COMMA):
        raise at(None, read_text.text)
    try:
        parsed = [one for one in _Parser(dialect=Databricks()).parse(tokens, read_text.text) if one is not None]
    except ParseError as error:
        raise _parse_error(error, read_text) from None
    if len(parsed) != 1:
        raise at(read_text.tokens[-1], read_text.text)
    found = parsed[0]
    for node in found.find_all(exp.Sub):
        # `x - INTERVAL 1 DAY 6 HOURS` is parsed as a sum on the right, which needs its brackets when it is written.
        if isinstance(node.expression, exp.Add):
            node.set("expression", exp.Paren(this=node.expression))
    if read_text.word in QUERY_WORDS and not isinstance(found, exp.Query | exp.Values | exp.DML):
        raise at(read_text.tokens[0], read_text.text)
    return found


_FOREIGN = (
    (("*", "EXCLUDE", "("), 1), (("*", "REPLACE", "("), 1), (("POSITIONAL", "JOIN"), 0), (("ASOF", "JOIN"), 0),
    (("USING", "SAMPLE"), 1), (("INSERT", "OR", "REPLACE"), 1), (("INSERT", "OR", "IGNORE"), 1),
)  # fmt: skip
"""Words of other dialects that the parser takes, and at which of them Spark stops."""


def _no_foreign_words(read_text: Text) -> None:
    """PARSE_SYNTAX_ERROR for what sqlglot reads and Spark's grammar has not."""
    tokens = read_text.tokens
    said = [word(token) for token in tokens]
    for index, one in enumerate(said):
        for phrase, at_ in _FOREIGN:
            if one == phrase[0] and tuple(said[index : index + len(phrase)]) == phrase:
                raise at(tokens[index + at_], read_text.text)
        before = tokens[index - 1] if index else None
        opens_list = one == "[" and (before is None or said[index - 1] in _BEFORE_A_VALUE)
        percent = one == "%" and index > 1 and said[index - 2] == "LIMIT"
        returning = one == "RETURNING" and read_text.word in ("INSERT", "UPDATE", "DELETE", "MERGE")
        if opens_list or percent or returning:
            raise at(tokens[index], read_text.text)


_BEFORE_A_VALUE = frozenset({
    "SELECT", "(", ",", "=", "+", "-", "*", "/", "WHERE", "AND", "OR", "NOT", "THEN", "ELSE", "WHEN", "CASE", "BY",
    "IN", "[", "<", ">", "||",
})  # fmt: skip


def _version_tokens(read_text: Text, index: int) -> list[Token]:
    """`@v3` and `@20210930110000000` (milliseconds) in words."""
    token = read_text.tokens[index]
    named = read_text.tokens[index + 1] if index + 1 < len(read_text.tokens) else None
    if named is None or named.start != token.end + 1 or not re.fullmatch(r"[vV]\d+|\d{17}", named.text):
        raise at(token, read_text.text)
    kind, value = (TokenType.VAR, "VERSION"), (TokenType.NUMBER, named.text[1:])
    if named.text.isdigit():
        day, clock = named.text[:8], named.text[8:]
        moment = f"{day[:4]}-{day[4:6]}-{day[6:]} {clock[:2]}:{clock[2:4]}:{clock[4:6]}.{clock[6:]}"
        kind, value = (TokenType.TIMESTAMPTZ, "TIMESTAMP"), (TokenType.STRING, moment)
    words = (kind, (TokenType.ALIAS, "AS"), (TokenType.VAR, "OF"), value)
    return [token_like(type_, text, named, named.end) for type_, text in words]


def _parse_error(error: ParseError, read_text: Text) -> errors.SqlError:
    """sqlglot's error at the token that Spark would name."""
    first = error.errors[0] if error.errors else {}
    if found := re.search(r"number of provided arguments \((\d+)\) is greater than .*? \((\d+)\)", str(error)):
        text = f"The function requires {found[2]} parameters but the actual number is {found[1]}."
        return errors.SqlError("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", text, "42605")
    description = first.get("description") or ""
    if found := re.search(r"Required keyword: '\w+' missing for <class '[\w.]+\.(\w+)'>", description):
        kind = getattr(exp, found[1], None)
        if isinstance(kind, type) and issubclass(kind, exp.Func) and first.get("highlight") == ")":
            return _too_few(kind, first, read_text)
    context, shown = first.get("start_context") or "", first.get("highlight") or ""
    start = read_text.text.find(context + shown) + len(context)
    index = next((i for i, token in enumerate(read_text.tokens) if token.start >= start), len(read_text.tokens))
    # sqlglot shows the token that it cannot take, but the last one where the text ends too soon.
    if " after " in description or (index == len(read_text.tokens) - 1 and not description.startswith("Invalid")):
        index += 1
    return at(read_text.tokens[index] if index < len(read_text.tokens) else None, read_text.text)


def _too_few(kind: type[exp.Func], first: Mapping[str, Any], read_text: Text) -> errors.SqlError:
    """A call that ends before all that the function needs has come."""
    end = read_text.text.find((first.get("start_context") or "") + ")") + len(first.get("start_context") or "")
    depth, given, name, between = 0, 0, "", 0
    for token in reversed([one for one in read_text.tokens if one.start < end]):
        if depth == 0 and token.token_type == TokenType.L_PAREN:
            depth = -1
            given += between > 0
        elif depth == -1:
            name = token.text.lower()
            break
        else:
            between += 1
            depth += {TokenType.R_PAREN: 1, TokenType.L_PAREN: -1}.get(token.token_type, 0)
            given += depth == 0 and token.token_type == TokenType.COMMA
    needed = sum(kind.arg_types.values())
    text = f"The `{name}` requires {needed} parameters but the actual number is {given}."
    return errors.SqlError("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", text, "42605")
