"""Interval literals: which of Databricks' interval types each is, and its value in words that DuckDB knows."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from sqlglot import exp

from portal.sandbox.sql import errors
from portal.sandbox.sql.types import SqlType

_FIELDS = ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND")
_PARTS = {
    "YEAR TO MONTH": r"(\d+)-(\d+)",
    "DAY TO HOUR": r"(\d+) (\d+)",
    "DAY TO MINUTE": r"(\d+) (\d+):(\d+)",
    "DAY TO SECOND": r"(\d+) (\d+):(\d+):(\d+(?:\.\d+)?)",
    "HOUR TO MINUTE": r"(\d+):(\d+)",
    "HOUR TO SECOND": r"(\d+):(\d+):(\d+(?:\.\d+)?)",
    "MINUTE TO SECOND": r"(\d+):(\d+(?:\.\d+)?)",
}


def interval_type(node: exp.Expression) -> SqlType:
    """`INTERVAL '3' DAY` is an INTERVAL DAY; weeks count as days, and what is less than a second as seconds."""
    unit = _unit(node)
    word = {"WEEK": "DAY", "QUARTER": "MONTH"}.get(unit, unit)
    return SqlType("INTERVAL", interval=word if word.split(" ")[0] in _FIELDS else "SECOND")


def _unit(node: exp.Expression) -> str:
    unit = node.args.get("unit")
    if isinstance(unit, exp.IntervalSpan):
        return f"{_singular(unit.this.name)} TO {_singular(unit.expression.name)}"
    return _singular(unit.name if unit is not None else "DAY")


def _singular(unit: str) -> str:
    word = unit.upper()
    return word[:-1] if word.endswith("S") else word


def rewrite(node: exp.Expression) -> exp.Expression:
    """A span (`'3 04:30' DAY TO MINUTE`) as a sum of single units; fractions of seconds as microseconds."""
    unit = _unit(node)
    if unit in _PARTS:
        text = node.this.name.strip()
        sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text.lstrip("+"))
        found = re.fullmatch(_PARTS[unit], digits)
        if found is None:
            raise _invalid(node)
        first, last = unit.split(" TO ")
        fields = _FIELDS[_FIELDS.index(first) : _FIELDS.index(last) + 1]
        terms = [_single(Decimal(value) * sign, field) for field, value in zip(fields, found.groups(), strict=True)]
        return exp.Paren(this=_sum(terms))
    if isinstance(node.this, exp.Literal) and unit == "SECOND":
        try:
            return _single(Decimal(node.this.name), "SECOND")
        except InvalidOperation:
            raise _invalid(node) from None
    return node


def _single(value: Decimal, field: str) -> exp.Expression:
    if field == "SECOND":
        return exp.Anonymous(this="to_microseconds", expressions=[exp.cast(_number(int(value * 1_000_000)), "BIGINT")])
    return exp.Anonymous(this=f"to_{field.lower()}s", expressions=[_number(int(value))])


def _number(value: int) -> exp.Expression:
    return exp.convert(value)


def _sum(terms: list[exp.Expression]) -> exp.Expression:
    total = terms[0]
    for term in terms[1:]:
        total = exp.Add(this=total, expression=term)
    return total


def _invalid(node: exp.Expression) -> errors.SqlError:
    text = f"Error parsing '{node.this.name}' to interval. Please ensure that the value provided is in a valid format."
    return errors.SqlError("INVALID_INTERVAL_FORMAT", text, "22006")
