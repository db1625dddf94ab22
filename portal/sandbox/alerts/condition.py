"""Whether rows trigger an alert."""

from __future__ import annotations

import operator
import statistics
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from portal.sandbox.routing import Json

COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "LESS_THAN": operator.lt,
    "GREATER_THAN": operator.gt,
    "EQUAL": operator.eq,
    "NOT_EQUAL": operator.ne,
    "GREATER_THAN_OR_EQUAL": operator.ge,
    "LESS_THAN_OR_EQUAL": operator.le,
}
OPERATORS = (*COMPARED, "IS_NULL", "IS_NOT_NULL")
AGGREGATES: dict[str, Callable[[Sequence[Any]], Any]] = {
    "SUM": sum,
    "COUNT": len,
    "COUNT_DISTINCT": lambda values: len(set(values)),
    "AVG": lambda values: sum(values) / len(values),
    "MEDIAN": statistics.median,
    "MIN": min,
    "MAX": max,
    "STDDEV": lambda values: statistics.stdev(values) if len(values) > 1 else 0.0,
}


def state(rows: list[Json], evaluation: Json) -> str:
    """TRIGGERED or OK; ERROR for a column that the result has not, and for values that do not compare."""
    if not rows:
        return str(evaluation.get("empty_result_state") or "UNKNOWN")
    try:
        found = _value(rows, evaluation["source"])
        against = _threshold(rows, evaluation.get("threshold") or {})
        name = evaluation["comparison_operator"]
        if name in ("IS_NULL", "IS_NOT_NULL"):
            holds = (found is None) == (name == "IS_NULL")
        else:
            holds = found is not None and COMPARED[name](*_alike(found, against))
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return "ERROR"
    return "TRIGGERED" if holds else "OK"


def _value(rows: list[Json], column: Json) -> Any:
    """Of the first row, or of all where it is aggregated."""
    name = {one.lower(): one for one in rows[0]}[str(column["name"]).lower()]
    aggregation = column.get("aggregation")
    if not aggregation:
        return rows[0][name]
    values = [row[name] for row in rows if row[name] is not None]
    return AGGREGATES[aggregation](values) if values or aggregation.startswith("COUNT") else None


def _threshold(rows: list[Json], operand: Json) -> Any:
    if "column" in operand:
        return _value(rows, operand["column"])
    return next(iter((operand.get("value") or {}).values()), None)


def _alike(left: Any, right: Any) -> tuple[Any, Any]:
    """Numbers as numbers, all else as text."""
    if isinstance(left, bool) or isinstance(right, bool):
        return str(left).lower(), str(right).lower()
    if isinstance(left, int | float | Decimal):
        return float(left), float(right)
    return str(left), str(right)
