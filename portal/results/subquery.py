"""Statements over a statement: its SQL as a subquery whose columns are `c0`, `c1`, …, whatever it calls them."""

from __future__ import annotations

from dataclasses import dataclass

from portal.databricks import sqltext
from portal.databricks.parameters import bound
from portal.databricks.sqlguard import check
from portal.databricks.statements import Parameter
from portal.results.rerun_context import RerunContext
from portal.viewer.errors import StatementFailed

_QUERIES = frozenset({"SELECT", "WITH", "VALUES", "FROM", "TABLE", "("})


@dataclass(frozen=True)
class Subquery:
    """SQL and the parameters that it names."""

    sql: str
    params: tuple[Parameter, ...]


def over(again: RerunContext, columns: int) -> Subquery:
    """A subquery of the statement, fit to stand behind FROM; it has passed the guard like any other."""
    check(again.sql)
    pieces = sqltext.split(again.sql)
    first = sqltext.words(pieces[0].text, 1) if len(pieces) == 1 else []
    if not first or first[0] not in _QUERIES:
        raise StatementFailed("Only the result of a query can be worked on by the warehouse.")
    # Without the semicolon and the comments around it: within brackets they have no place.
    sql, params = bound(pieces[0].text, again.params)
    names = ", ".join(f"c{index}" for index in range(columns))
    # A line comment at its end would take the bracket along.
    text = f"(\n{sql}\n)"
    if again.limit is not None:
        text = f"(SELECT * FROM {text} LIMIT {int(again.limit)})"  # noqa: S608
    return Subquery(f"{text} AS t({names})", params)
