"""Databricks' error texts, taken apart: class, SQLSTATE, line and position.

A text looks like `[PARSE_SYNTAX_ERROR] Syntax error at or near 'FORM'. SQLSTATE: 42601 (line 1, pos 9)`, followed by
`== SQL ==` and the statement. Both doors answer with it.
"""

from __future__ import annotations

import re

from portal.viewer.errors import NotPermitted, PortalError, StatementFailed

_CLASS = re.compile(r"\[([A-Z][A-Z0-9_.]+)\]")
_STATE = re.compile(r"SQLSTATE: ?([0-9A-Z]{5})")
_PLACE = re.compile(r"\(?line (\d+),? pos(?:ition)? (\d+)\)?|\(line (\d+), column (\d+)\)")
_DENIED = re.compile(
    r"INSUFFICIENT_PERMISSIONS|PERMISSION_DENIED|does not have .* (privilege|permission)", re.IGNORECASE
)
_MAX = 4000


def moved(error: StatementFailed, lines: int) -> StatementFailed:
    """The same error of a text that stands so many lines further down than the one that Databricks was given."""

    def place(found: re.Match[str]) -> str:
        return f"{found.group(1)}{max(1, int(found.group(2)) + lines)}"

    return StatementFailed(
        re.sub(r"(\bline )(\d+)", place, error.message),
        error_class=error.error_class,
        sqlstate=error.sqlstate,
        line=max(1, error.line + lines) if error.line else None,
        position=error.position,
    )


def statement_failed(message: str | None, sqlstate: str | None = None) -> PortalError:
    """The state for a statement that Databricks refused; `NotPermitted` where a grant is missing."""
    text = (message or "Databricks gave no reason.").split("== SQL ==")[0]
    # The connector repeats the class that the server's text starts with, and both wrap it in Java's own words.
    text = re.sub(r"^(Error running query: |.*?Exception: )", "", text.strip())
    found_class, found_state, place = _CLASS.search(text), _STATE.search(text), _PLACE.search(text)
    error_class = found_class.group(1) if found_class else None
    if error_class in {"INSUFFICIENT_PERMISSIONS", "PERMISSION_DENIED"} or (not error_class and _DENIED.search(text)):
        return NotPermitted(text[:_MAX], "the owner of the table, schema or catalog, or an administrator")
    line = position = None
    if place:
        line, position = (int(number) for number in place.groups() if number is not None)
        # Databricks counts positions from 0, columns from 1.
        position += 1 if place.group(1) else 0
    return StatementFailed(
        text[:_MAX],
        error_class=error_class,
        sqlstate=sqlstate or (found_state.group(1) if found_state else None),
        line=line,
        position=position,
    )
