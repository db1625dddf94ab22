"""The guard rail of PORTAL_SQL_MODE=read: only statements that are understood, and that read, are handed on.

A guard rail, not a wall: what a viewer may change is Unity Catalog's to say, and a function that a query calls may do
anything that its owner was allowed. It keeps a DELETE that was meant for elsewhere, or a link from a stranger, from
running here. What a statement is, `sqlreader` says.
"""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from types import ModuleType

from portal.databricks import sqltext
from portal.databricks.sqllexer import code, name, tokens
from portal.databricks.sqlrefused import CHANGES, Refused, Unparsed
from portal.settings import settings
from portal.viewer.audit import audit
from portal.viewer.errors import StatementFailed

__all__ = ["Refused", "Unparsed", "UseStatement", "check", "reads"]


@dataclass(frozen=True)
class UseStatement:
    """`USE …`: where names without a catalog or schema are looked up from now on. None: as it was."""

    catalog: str | None
    schema: str | None


_TEMPORARY = re.compile(r"CREATE (OR REPLACE )?(GLOBAL )?TEMP(ORARY)?\b")


def check(sql: str) -> UseStatement | None:
    """Let a statement pass, or raise `Refused`. A `USE` is returned: it is the page's to carry out.

    `SET`, variables and temporary views are refused in either mode, since each statement has a session of its own.
    """
    try:
        return _checked(sql)
    except StatementFailed as error:
        audit("statement.refused", "statement", "denied", sql=sql, reason=error.kind)
        raise


def _checked(sql: str) -> UseStatement | None:
    words = sqltext.words(sql, 5)
    word = words[0] if words else ""
    if word in {"SET", "RESET", "UNSET"}:
        raise Refused(
            f"{word} would have no effect: the Statement Execution API gives each statement a session of its own. "
            "Use a parameter (:name) for values."
        )
    if word == "USE":
        return _use(sql)
    if word == "DECLARE" or _TEMPORARY.match(" ".join(words)):
        raise Refused(
            "Nothing that comes after could use this: the Statement Execution API gives each statement a session of "
            "its own, which ends with it. Begin the query with WITH … AS (…) instead, use a parameter (:name) for a "
            "value, or put all of it into one BEGIN … END."
        )
    if settings().sql_mode != "full":
        _reader().reads(sql)
    return None


def reads(sql: str) -> bool:
    """Whether a statement only reads, in either mode: what may run a second time without being asked to."""
    if _is_plain(sql):
        return True
    try:
        _reader().reads(sql)
    except StatementFailed:
        return False
    return True


def _reader() -> ModuleType:
    """`sqlreader`, imported with its parser when the first statement needs one."""
    return importlib.import_module("portal.databricks.sqlreader")


_PLAIN = frozenset({"word", "number", "colon", "space"})
_SIGNS = frozenset({"*", ",", ".", "=", "<", ">", "<=", ">=", "<>", "!=", "+", "-", "/"})
_LOUD = frozenset({"INTO", "USING", "TRANSFORM", "MAP", "REDUCE", "INSERT", "OVERWRITE", "SCRIPT", "IDENTIFIER"})


def _is_plain(sql: str) -> bool:
    """Whether a text is so plain that it takes no parser: words, numbers, names of parameters and signs behind SELECT.

    No bracket, string, quoted name, comment or semicolon, so nothing is called, and nothing stands in it that could
    be more than one query, or be read in two ways; and no word that could change anything.
    """
    found = list(tokens(sql))
    shown = [sql[token.start : token.end].upper() for token in found]
    words = {word for token, word in zip(found, shown, strict=True) if token.kind == "word"}
    return (
        bool(found)
        and shown[0] == "SELECT"
        and sql.isascii()
        and all(token.kind in _PLAIN or word in _SIGNS for token, word in zip(found, shown, strict=True))
        and words.isdisjoint(_LOUD)
        and words.isdisjoint(CHANGES)
    )


def _use(sql: str) -> UseStatement:
    """`USE CATALOG c`, `USE [SCHEMA | DATABASE] [c.]s`."""
    rest = [(token.kind, name(sql, token)) for token in code(sql)][1:]
    kind = "SCHEMA"
    if len(rest) > 1 and rest[0][0] == "word" and rest[0][1].upper() in {"CATALOG", "SCHEMA", "DATABASE"}:
        kind = rest.pop(0)[1].upper()
    names = [one for lexed, one in rest if lexed in {"word", "quoted"}]
    dots = [one for lexed, one in rest if lexed == "other" and one == "."]
    shaped = len(names) + len(dots) == len(rest) and len(dots) == len(names) - 1
    if not shaped or len(names) not in ({1} if kind == "CATALOG" else {1, 2}):
        raise Refused("Write USE CATALOG name, or USE SCHEMA name or catalog.name.")
    if kind == "CATALOG":
        return UseStatement(names[0], "default")
    return UseStatement(names[0] if len(names) == 2 else None, names[-1])
