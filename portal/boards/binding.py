"""Values of filters and parameters, bound to a statement as typed scalars: Databricks takes nothing else by name."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from portal.databricks import dates
from portal.databricks.marking import free
from portal.databricks.numbers import Missing, number_type
from portal.databricks.statements import Parameter

ARRAYS = {
    "INTEGER": "ARRAY<BIGINT>", "DECIMAL": "ARRAY<DECIMAL(38,10)>", "DOUBLE": "ARRAY<DOUBLE>", "DATE": "ARRAY<DATE>",
    "DATETIME": "ARRAY<TIMESTAMP>", "TIMESTAMP": "ARRAY<TIMESTAMP>", "BOOLEAN": "ARRAY<BOOLEAN>",
}  # fmt: skip
"""Of parameters with several values, by their type; texts otherwise."""
_INTEGER = re.compile(r"[+-]?\d{1,38}")


class Unfit(ValueError):
    """A value is missing, or not of its type; `str(error)` is a sentence."""


@dataclass
class Binder:
    """Collects one statement's parameters. `taken` are the names, in small letters, that its text has already."""

    now: datetime
    zone: tzinfo
    taken: set[str] = field(default_factory=set)
    bound: list[Parameter] = field(default_factory=list)

    def scalar(self, name: str, type_: str, value: str | None, what: str, end: bool = False) -> None:
        """The value of the marker `name`, of a parameter's type. `end`: of a range, its last moment."""
        self.bound.append(self._typed(name, type_, value, what, end))

    def array(self, name: str, type_: str, values: tuple[str | None, ...], what: str) -> None:
        """Several values for the marker `name`, as one JSON text."""
        listed = [_json(type_, self._typed(name, type_, one, what, False).value) for one in values]
        self.bound.append(Parameter(name, f"[{', '.join(listed)}]", "STRING"))

    def fresh(self, value: str | None, type_: str, what: str, end: bool = False) -> str:
        """A marker of our own for a value, with its colon."""
        name = free(f"f{len(self.bound) + 1}", self.taken)
        self.scalar(name, type_, value, what, end)
        return f":{name}"

    def fresh_texts(self, values: list[str]) -> str:
        name = free(f"f{len(self.bound) + 1}", self.taken)
        self.bound.append(Parameter(name, json.dumps(values, ensure_ascii=False), "STRING"))
        return f":{name}"

    def moment(self, value: str, what: str) -> dates.Moment:
        try:
            return dates.moment(value, self.now, self.zone)
        except dates.NoDate:
            raise Unfit(f"The value of {what} is not a date: {value[:80]!r}.") from None

    def _typed(self, name: str, type_: str, value: str | None, what: str, end: bool) -> Parameter:
        if value is None:
            return Parameter(name, None, _NULLS.get(type_, "STRING"))
        match type_:
            case "DATE":
                return Parameter(name, self.moment(value, what).day.isoformat(), "DATE")
            case "DATETIME" | "TIMESTAMP":
                found = self.moment(value, what)
                at = found.at
                if end and found.is_day:
                    at += timedelta(days=1) - timedelta(milliseconds=1)
                return Parameter(name, dates.written(at), "TIMESTAMP")
            case "INTEGER":
                if not _INTEGER.fullmatch(value.strip()):
                    raise Unfit(f"The value of {what} is not a whole number: {value[:80]!r}.")
                # LIMIT takes an INT and no BIGINT.
                kind = "INT" if abs(int(value)) < 2**31 else number_type(name, value.strip())
                return Parameter(name, value.strip(), kind)
            case "DECIMAL" | "DOUBLE" | "NUMERIC" | "NUMBER":
                try:
                    if not _is_within(value.strip()):
                        raise Missing(name)
                    return Parameter(name, value.strip(), number_type(name, value.strip()))
                except Missing:
                    raise Unfit(f"The value of {what} is not a number: {value[:80]!r}.") from None
            case "BOOLEAN":
                if value.strip().lower() not in {"true", "false"}:
                    raise Unfit(f"The value of {what} is neither true nor false: {value[:80]!r}.")
                return Parameter(name, value.strip().lower(), "BOOLEAN")
        return Parameter(name, value, "STRING")


def _is_within(text: str) -> bool:
    """Whether a text is a number that a DOUBLE can hold: neither NaN nor an infinity, nor one of a billion digits."""
    try:
        number = Decimal(text)
    except ArithmeticError:
        return False
    return number.is_finite() and -350 < number.adjusted() < 309


def _json(type_: str, value: str | None) -> str:
    """A value in a JSON text. Spark reads a whole number out of a number only, never out of a text."""
    if value is None:
        return "null"
    if type_ == "INTEGER":
        return str(int(value))
    if type_ in {"DECIMAL", "DOUBLE", "NUMERIC", "NUMBER"} and Decimal(value).is_finite():
        return format(Decimal(value), "f")
    return value if type_ == "BOOLEAN" else json.dumps(value, ensure_ascii=False)


_NULLS = {
    "DATE": "DATE", "DATETIME": "TIMESTAMP", "TIMESTAMP": "TIMESTAMP", "INTEGER": "INT", "DECIMAL": "DECIMAL(38,10)",
    "DOUBLE": "DOUBLE", "BOOLEAN": "BOOLEAN",
}  # fmt: skip
