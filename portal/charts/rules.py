"""Colours by condition: of a number in a counter, a table or a pivot."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from portal.charts.model import Rule

Compare = Callable[[Any, Any], bool]
_OPERATORS: dict[str, Compare] = {
    "=": operator.eq, "==": operator.eq, "!=": operator.ne, "<>": operator.ne, "<": operator.lt, "<=": operator.le,
    ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def matched(rules: Sequence[Rule], value: object) -> Rule | None:
    """The first rule that a value meets; NULL and what cannot be compared meet none.

    >>> matched([Rule(">=", "10", "#00a972")], Decimal("10.0")).color
    '#00a972'
    >>> matched([Rule("=", "late", "#ff0000")], "early")
    """
    for rule in rules:
        compare = _OPERATORS.get(rule.operator)
        if compare is None or value is None:
            continue
        if isinstance(value, bool):
            met = compare(str(value).lower(), rule.value.lower())
        elif isinstance(value, int | float | Decimal):
            met = _meets(compare, value, rule.value)
        elif isinstance(value, date):
            met = compare(value.isoformat()[: len(rule.value)], rule.value)
        else:
            met = compare(str(value), rule.value)
        if met:
            return rule
    return None


def _meets(compare: Compare, value: float | Decimal, bound: str) -> bool:
    try:
        return compare(Decimal(value), Decimal(bound))
    except ArithmeticError:
        return False
