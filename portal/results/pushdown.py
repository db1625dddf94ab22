"""A view of a result that is too large to be here: the statement over its SQL by which the warehouse arranges it.

It gives the rows that `portal.results.views.local` would.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from portal.databricks.statements import Column, Parameter
from portal.results.rerun_context import RerunContext
from portal.results.subquery import Subquery, over
from portal.results.views import Filter, View, typed

_SIGNS = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


def source(again: RerunContext, view: View, columns: Sequence[Column]) -> Subquery:
    """The rows that a view shows, in whatever order, fit to stand behind FROM; the columns are `c0`, `c1`, …"""
    if not view.filters:
        return over(again, len(columns))
    inner = statement(again, view.rows_only, columns)
    names = ", ".join(f"c{index}" for index in range(len(columns)))
    return Subquery(f"(\n{inner.sql}\n) AS t({names})", inner.params)


def statement(again: RerunContext, view: View, columns: Sequence[Column]) -> Subquery:
    """The statement that gives the view's rows: names and signs are ours, what a viewer typed is bound."""
    inner = over(again, len(columns))
    where: list[str] = []
    params = list(inner.params)
    taken = {parameter.name.lower() for parameter in params}
    for one in view.filters:
        where.append(_condition(one, columns[one.column], params, taken))
    order = [f"c{sort.column} {'DESC' if sort.descending else 'ASC'} NULLS LAST" for sort in view.sorts]
    text = f"SELECT * FROM {inner.sql}"  # noqa: S608
    if where:
        text += "\nWHERE " + " AND ".join(where)
    if order:
        text += "\nORDER BY " + ", ".join(order)
    return Subquery(text, tuple(params))


def _condition(one: Filter, column: Column, params: list[Parameter], taken: set[str]) -> str:
    name = f"c{one.column}"

    def bind(text: str) -> str:
        value, kind = typed(column, text)
        number = len(params)
        while f"portal_{number}" in taken:
            number += 1
        taken.add(f"portal_{number}")
        if isinstance(value, datetime):
            value = value.isoformat(sep=" ")
        elif isinstance(value, Decimal):
            value = format(value, "f")
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        params.append(Parameter(f"portal_{number}", shown, kind))
        return f":portal_{number}"

    match one.operator:
        case "null":
            return f"{name} IS NULL"
        case "present":
            return f"{name} IS NOT NULL"
        case "between":
            return f"{name} BETWEEN {bind(one.value)} AND {bind(one.other)}"
        case "contains" | "starts" | "ends":
            function = {"contains": "contains", "starts": "startswith", "ends": "endswith"}[one.operator]
            return f"{function}(lower({name}), lower({bind(one.value)}))"
        case "lacks":
            return f"NOT contains(lower({name}), lower({bind(one.value)}))"
    return f"{name} {_SIGNS[one.operator]} {bind(one.value)}"
