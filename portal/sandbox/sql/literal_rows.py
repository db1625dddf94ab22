"""Rows of Python values as a query of literals: how what is computed as it is read comes into a statement."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

from sqlglot import exp

from portal.sandbox.sql.catalog_model import ColumnInfo


def rows_query(
    every: Sequence[ColumnInfo], rows: Iterable[Sequence[str | int | float | None]], wanted: set[str] | None = None
) -> exp.Query:
    """A query of the rows, in the order of the columns; times are seconds since the epoch, as floats.

    `wanted` are the names of columns that are asked for, where they are known: each value becomes a literal, and the
    columns of all tables by all of theirs are half a million.
    """
    places = [at for at, one in enumerate(every) if wanted is None or one.name.lower() in wanted] or [0]
    columns = [every[at] for at in places]
    literals = [exp.Tuple(expressions=[_literal(row[at]) for at in places]) for row in rows]
    if not literals:
        nothing = [exp.alias_(_cast(exp.Null(), one), one.name, quoted=True) for one in columns]
        return exp.select(*nothing).where(exp.false())
    identifiers = [exp.to_identifier(one.name, quoted=True) for one in columns]
    values = exp.Values(expressions=literals, alias=exp.TableAlias(this=exp.to_identifier("rows"), columns=identifiers))
    items = [exp.alias_(_cast(exp.column(one.copy()), column), one.name, quoted=True)
             for one, column in zip(identifiers, columns, strict=True)]  # fmt: skip
    return exp.select(*items).from_(values)


def _cast(node: exp.Expression, column: ColumnInfo) -> exp.Expression:
    return exp.Cast(this=node, to=exp.DataType.build(column.type.text, dialect="databricks"))


def _literal(value: str | int | float | None) -> exp.Expression:
    if isinstance(value, float):
        moment = datetime.datetime.fromtimestamp(value, datetime.UTC)
        return exp.Literal.string(f"{moment:%Y-%m-%d %H:%M:%S}Z")
    return exp.convert(value)
