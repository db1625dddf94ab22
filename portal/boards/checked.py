"""SQL out of a dashboard's file, judged by the guard's one reader: one read-only query, or one scalar expression.

Whatever PORTAL_SQL_MODE is. A verdict depends on nothing but the text and the functions that the team allows, so it is
kept for every viewer, under a digest.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from threading import Lock

from cachetools import LRUCache

from portal.databricks.sqllexer import TooLong, code
from portal.databricks.sqltext import split
from portal.settings import settings
from portal.viewer.errors import StatementFailed

_verdicts: LRUCache[bytes, tuple[int, int] | str] = LRUCache(4_096)
_lock = Lock()


class Unsafe(ValueError):
    """The text is not what it has to be; `str(error)` is a sentence."""


def query(text: str) -> str:
    """The one query that a text is, without a semicolon and comments around it. Raises `Unsafe`."""

    def judge() -> tuple[int, int]:
        from portal.databricks import sqlreader  # with its parser

        begins = _ansi(text)
        piece = sqlreader.query(text[begins:])
        return begins + piece.start, begins + piece.end

    return _judged("query", text, judge)


def _ansi(text: str) -> int:
    """Where a text goes on behind `SET ansi_mode = true`, with which some authors begin: that is how warehouses are."""
    pieces = split(text)
    if len(pieces) == 2:
        first = pieces[0].text
        words = [first[one.start : one.end].lower() for one in code(first)]
        if words == ["set", "ansi_mode", "=", "true"]:
            return pieces[1].start
    return 0


def expression(text: str) -> str:
    """The one scalar expression that a text is. Raises `Unsafe`."""

    def judge() -> tuple[int, int]:
        from portal.databricks import sqlreader  # with its parser

        found = sqlreader.expression(text)
        start = text.index(found)
        return start, start + len(found)

    return _judged("expression", text, judge)


def _judged(kind: str, text: str, judge: Callable[[], tuple[int, int]]) -> str:
    allowed = ",".join(sorted(settings().sql_functions))
    key = sha256(f"{kind}\0{allowed}\0{text}".encode("utf-8", "surrogatepass")).digest()
    with _lock:
        verdict = _verdicts.get(key)
    if verdict is None:
        try:
            verdict = judge()
        except TooLong as error:
            verdict = error.message
        except StatementFailed as error:
            verdict = _without_mode(error.message)
        with _lock:
            _verdicts[key] = verdict
    if isinstance(verdict, str):
        raise Unsafe(verdict)
    return text[verdict[0] : verdict[1]]


def _without_mode(message: str) -> str:
    """The reader's sentence, without the advice that does not hold here: no mode lets a dashboard write."""
    return ". ".join(part for part in message.split(". ") if "PORTAL_SQL_MODE" not in part).removesuffix(".") + "."
