"""The values that a parameter may be chosen from: the first column of a saved query's rows, as the viewer reads them.

Its statement is one like any other, so a slow one is followed by its id and any process can answer. The page keeps
what came.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from portal.databricks import saved, statements
from portal.databricks.definitions import MOST_OPTIONS
from portal.databricks.sqlguard import check, reads
from portal.databricks.sqltext import markers, split
from portal.results import runs, values
from portal.results.result import opened
from portal.viewer.errors import StatementFailed

AT_ONCE = 2.0
"""Seconds that a request waits for the rows."""
LONGEST = 1_000
"""Characters of a value; longer ones are left out."""


@dataclass(frozen=True)
class Options:
    """`statement` is still running: ask again with it. `more`: there are values beyond those that were read."""

    values: tuple[str, ...] = ()
    more: bool = False
    statement: str = ""


def of(query_id: str, statement_id: str | None = None) -> Options:
    """The values of a saved query.

    Raises `StatementFailed` where it does more than read, or fails; `NoSuchThing` for one the viewer may not see.
    """
    statement = runs.status(statement_id) if statement_id else _begun(saved.get(query_id))
    until = time.monotonic() + AT_ONCE
    while not statement.ended and time.monotonic() < until:
        time.sleep(0.05)
        statement = runs.status(statement.id)
    if not statement.ended:
        return Options(statement=statement.id)
    statements.finished(statement)
    result = opened(statement.id)
    if not result.columns:
        raise StatementFailed("The saved query has no columns to choose from.")
    found: dict[str, None] = {}
    for text in values.texts(result.rows(0, MOST_OPTIONS).column(0)):
        if text is not None and len(text) <= LONGEST:
            found[text] = None
    return Options(tuple(found), more=result.total > MOST_OPTIONS or result.manifest.truncated)


def _begun(query: saved.SavedQuery) -> statements.Statement:
    pieces = split(query.text)
    if len(pieces) != 1:
        raise StatementFailed(f"“{query.name}” is not one statement, so it gives nothing to choose from.")
    text = pieces[0].text
    check(text)
    if not reads(text):
        raise StatementFailed(f"“{query.name}” does more than read, so it gives nothing to choose from.")
    if markers(text):
        raise StatementFailed(f"“{query.name}” has parameters itself, so it gives nothing to choose from.")
    return runs.submit(
        text,
        warehouse_id=query.warehouse_id or None,
        catalog=query.catalog or None,
        schema=query.schema or None,
        row_limit=MOST_OPTIONS + 1,
    )
