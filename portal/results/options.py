"""The values that a parameter may be chosen from: the first column of a saved query's rows, as the viewer reads them.
A query that has parameters itself runs with the values that it was saved with, which are said.

Its statement is one like any other, so a slow one is followed by its id and any process can answer. The page keeps
what came.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from portal.databricks import definitions, kept, saved, spans, statements
from portal.databricks.definitions import MOST_OPTIONS, Definition
from portal.databricks.numbers import Missing
from portal.databricks.parameters import bound, settled
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
    """`statement` is still running: ask again with it. `more`: there are values beyond those that were read.
    `run_with`: its own parameters by their titles, and what they were set to.
    """

    values: tuple[str, ...] = ()
    more: bool = False
    statement: str = ""
    run_with: tuple[tuple[str, str], ...] = ()


def of(query_id: str, statement_id: str | None = None, zone: str | None = None) -> Options:
    """The values of a saved query. `zone` is the viewer's, in which days that move with the day are meant.

    Raises `StatementFailed` where it does more than read, or fails; `NoSuchThing` for one the viewer may not see.
    """
    query = saved.get(query_id)
    own = _own(query)
    statement = runs.status(statement_id) if statement_id else _begun(query, own, spans.zone_of(zone))
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
    said = tuple((one.title or one.name, definitions.words(one) or "nothing") for one in own)
    return Options(tuple(found), more=result.total > MOST_OPTIONS or result.manifest.truncated, run_with=said)


def _own(query: saved.SavedQuery) -> tuple[Definition, ...]:
    """The parameters that its text names, as they were saved."""
    named = markers(query.text)
    return tuple(one for one in kept.glanced(query.id).definitions if one.name in named) if named else ()


def _begun(query: saved.SavedQuery, own: Sequence[Definition], zone: tzinfo) -> statements.Statement:
    pieces = split(query.text)
    if len(pieces) != 1:
        raise StatementFailed(f"“{query.name}” is not one statement, so it gives nothing to choose from.")
    text = pieces[0].text
    check(text)
    if not reads(text):
        raise StatementFailed(f"“{query.name}” does more than read, so it gives nothing to choose from.")
    try:
        text, params = bound(text, settled(definitions.given(own), datetime.now(UTC), zone))
    except Missing as error:
        raise StatementFailed(f"“{query.name}” does not run with what was saved with it. {error.message}") from None
    return runs.submit(
        text,
        params=params,
        warehouse_id=query.warehouse_id or None,
        catalog=query.catalog or None,
        schema=query.schema or None,
        row_limit=MOST_OPTIONS + 1,
    )
