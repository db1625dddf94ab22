"""Typed variables of a page's address: `path_template="/sales/<order_id>"` with `def layout(order_id: int)`.

What is no such value leads to no page: `/sales/abc` is answered as any address that nobody has, with 404.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Callable, Mapping
from datetime import date
from uuid import UUID

from portal.patches.dash import RegisteredPage

_WHOLE = re.compile(r"-?[0-9]{1,18}")
_DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError(text)
    return int(text)


def _decimal(text: str) -> float:
    if not _DECIMAL.fullmatch(text):
        raise ValueError(text)
    return float(text)


KINDS: dict[object, Callable[[str], object]] = {int: _whole, float: _decimal, date: date.fromisoformat, UUID: UUID}
"""By annotation: how a text of the address becomes a value. Each raises `ValueError` where it does not."""


def kinds_of(layout: object, template: str | None) -> dict[str, object]:
    """What the layout says of its address's variables, where that is one of `KINDS`."""
    try:
        hints = typing.get_type_hints(layout)
    except (NameError, TypeError):
        return {}
    names = re.findall(r"<(\w+)>", template or "")
    return {name: hints[name] for name in names if hints.get(name) in KINDS}


def read(page: RegisteredPage, given: Mapping[str, object]) -> dict[str, object] | None:
    """`given` with the values that the page's layout takes; None where one of them is none."""
    found = dict(given)
    for name, kind in page.get("typed", {}).items():
        if isinstance(text := found.get(name), str):
            try:
                found[name] = KINDS[kind](text)
            except ValueError:
                return None
    return found
