"""What a viewer may fill in: a field of a form, or a column of a grid that is edited. Each reads what came as its type.

Nothing of the browser's own checks is relied on: `read` is the check, and its `ValueError` a sentence to show.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal

Value = str | int | float | Decimal | date | bool | None
LONGEST = 4_000
"""Characters of a text, unless the field says less."""


@dataclass(frozen=True)
class Field:
    """`name` is the column's, `label` what a viewer reads. `least` and `most` bound numbers and days, both included."""

    name: str
    label: str
    kind: Literal["text", "whole", "number", "choice", "day", "yes"]
    required: bool = False
    choices: tuple[str, ...] = ()
    least: float | date | None = None
    most: float | date | None = None
    longest: int = LONGEST

    def read(self, given: object) -> Value:
        """The value of what was filled in; None for nothing. `ValueError` says what is wrong with it."""
        if self.kind == "yes":
            return given is True or given == [True]
        if given is None or given == "":
            if self.required:
                raise ValueError(f"{self.label} is needed.")
            return None
        if not isinstance(given, str | int | float) or isinstance(given, bool):
            raise ValueError(f"{self.label} is not something that can be filled in here.")
        value = _READ[self.kind](self, str(given).strip())
        if self.least is not None and value < self.least:  # type: ignore[operator]
            raise ValueError(f"{self.label} is at least {self.least}.")
        if self.most is not None and value > self.most:  # type: ignore[operator]
            raise ValueError(f"{self.label} is at most {self.most}.")
        return value


def _text(field: Field, given: str) -> str:
    if len(given) > field.longest:
        raise ValueError(f"{field.label} has at most {field.longest:,} characters.")
    return given


def _whole(field: Field, given: str) -> int:
    try:
        value = int(given) if given.isascii() and len(given) <= 20 else None
    except ValueError:
        value = None
    if value is None or abs(value) >= 2**63:
        raise ValueError(f"{field.label} is a whole number, such as 12.")
    return value


def _number(field: Field, given: str) -> float:
    try:
        value = Decimal(given) if given.isascii() and len(given) <= 40 else None
    except InvalidOperation:
        value = None
    if value is None or not value.is_finite():
        raise ValueError(f"{field.label} is a number, such as 2.5.")
    return float(value)


def _choice(field: Field, given: str) -> str:
    if given not in field.choices:
        raise ValueError(f"{field.label} is one of {', '.join(field.choices)}.")
    return given


def _day(field: Field, given: str) -> date:
    try:
        return date.fromisoformat(given[:10])
    except ValueError:
        raise ValueError(f"{field.label} is a day, such as 2026-01-31.") from None


_READ: dict[str, Callable[[Field, str], str | int | float | date]] = {
    "text": _text,
    "whole": _whole,
    "number": _number,
    "choice": _choice,
    "day": _day,
}


def text(name: str, label: str = "", *, required: bool = False, longest: int = LONGEST) -> Field:
    """A line of text."""
    return Field(name, label or _label(name), "text", required, longest=longest)


def whole(
    name: str, label: str = "", *, required: bool = False, least: int | None = None, most: int | None = None
) -> Field:
    """A whole number of at most 64 bits: `int`."""
    return Field(name, label or _label(name), "whole", required, least=least, most=most)


def number(
    name: str, label: str = "", *, required: bool = False, least: float | None = None, most: float | None = None
) -> Field:
    """A number: `float`."""
    return Field(name, label or _label(name), "number", required, least=least, most=most)


def choice(name: str, label: str, choices: Sequence[str], *, required: bool = False) -> Field:
    """One of some texts."""
    return Field(name, label or _label(name), "choice", required, choices=tuple(choices))


def day(
    name: str, label: str = "", *, required: bool = False, least: date | None = None, most: date | None = None
) -> Field:
    """A day: `datetime.date`."""
    return Field(name, label or _label(name), "day", required, least=least, most=most)


def yes(name: str, label: str = "") -> Field:
    """A box to tick: `bool`."""
    return Field(name, label or _label(name), "yes")


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()
