"""The order of categories and of series, and which of them are drawn."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from decimal import localcontext

from portal.charts.columns import Value
from portal.charts.model import Sort

SERIES = 100
"""More lines or colours than that are no chart; the largest are drawn."""


def ordered(names: Sequence[str], values: Mapping[str, object], sizes: Mapping[str, float], sort: Sort) -> list[str]:
    """Categories in their order. `values` are what they stand for (2 is before 10), `sizes` what they sum up to."""
    own = sorted(names, key=lambda name: _rank(values.get(name)))
    match sort.by:
        case "value":
            # Of equals the first by name is first, in either direction.
            found = sorted(own, key=lambda name: sizes.get(name, 0.0), reverse=sort.descending)
        case "rows":
            found = list(names)
        case "custom":
            listed = [name for name in sort.values if name in values]
            chosen = set(listed)
            found = [*dict.fromkeys(listed), *(name for name in own if name not in chosen)]
        case _:
            found = own
    if sort.descending and sort.by != "value":
        found.reverse()
    return found


def _rank(value: Value) -> tuple[int, Value]:
    """Numbers before times before texts, each in its own order; NULL at the end."""
    if value is None:
        return 9, 0
    if isinstance(value, bool):
        return 0, int(value)
    if isinstance(value, int | float) or hasattr(value, "as_tuple"):
        return (2, 0) if value != value else (1, value)
    if hasattr(value, "isoformat"):
        return 3, value.isoformat()
    return 4, str(value)


def largest(names: Iterable[str], sizes: Mapping[str, float], most: int) -> set[str]:
    """The names that measure most."""
    return set(sorted(names, key=lambda name: -abs(sizes.get(name, 0.0)))[:most])


def total(numbers: Iterable[Value]) -> Value:
    """An exact sum: of integers and decimals as they are, of doubles with one rounding. NULLs do not count."""
    found = [one for one in numbers if one is not None]
    if any(isinstance(one, float) for one in found):
        try:
            return math.fsum(float(one) for one in found)
        except (OverflowError, ValueError):
            return sum(float(one) for one in found)
    with localcontext(prec=120):  # of 38 digits each, and as many of them as there are
        return sum(found[1:], found[0]) if found else None
