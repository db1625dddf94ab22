"""What is chosen in a filter or for a parameter, and how an address writes it.

    Choice(("south", None))     these values; None is NULL
    Choice()                    All: no condition
    Span("now-7d/d", "now/d")   from and to, both included; None is open

Dates may be relative (`now-7d/d`), here and in addresses; `dates` says which day that is. In an address a choice is one
member for each value, a span one member `from~to`, All one empty member. `\\N` is NULL and `\\E` an empty text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal.boards import given

MOST_VALUES = 10_000
LONGEST_VALUE = 10_000


@dataclass(frozen=True)
class Choice:
    values: tuple[str | None, ...] = ()


@dataclass(frozen=True)
class Span:
    low: str | None = None
    high: str | None = None


Selection = Choice | Span
ALL = Choice()


def is_all(selection: Selection) -> bool:
    return selection in (ALL, Span())


def default(of: object) -> Selection | None:
    """A `defaultSelection` of a file; None where it says nothing."""
    spoken = given.node(of, "defaultSelection")
    if "range" in spoken:
        span = given.node(spoken, "range")
        low, high = (given.value(given.node(span, end), "value") for end in ("min", "max"))
        return Span(low or None, high or None)
    values = [given.value(one, "value") for one in given.nodes(given.node(spoken, "values"), "values", MOST_VALUES)]
    return Choice(tuple(values)) if values else None


def written(selection: Selection) -> list[str]:
    """The members of an address; `read` takes them back."""
    if isinstance(selection, Span):
        return [""] if is_all(selection) else [f"{selection.low or ''}~{selection.high or ''}"]
    return [_escaped(one) for one in selection.values] or [""]


def read(members: str | Sequence[str], spans: bool) -> Selection:
    """What an address says; `spans` for a filter of ranges."""
    listed = [members] if isinstance(members, str) else list(members)[:MOST_VALUES]
    listed = [one[:LONGEST_VALUE] for one in listed if isinstance(one, str)]
    if spans:
        low, _, high = (listed or [""])[0].partition("~")
        return Span(low or None, high or None)
    return ALL if listed in ([], [""]) else Choice(tuple(_plain(one) for one in listed))


def chosen(values: Mapping[str, str | Sequence[str]], name: str, spans: bool) -> Selection | None:
    """What an address' values say of a filter by its name there; None where nothing."""
    return read(values[name], spans) if name in values else None


def _escaped(one: str | None) -> str:
    if one is None:
        return r"\N"
    if one == "":
        return r"\E"
    return "\\" + one if one.startswith("\\") else one


def _plain(member: str) -> str | None:
    if member == r"\N":
        return None
    if member == r"\E":
        return ""
    return member[1:] if member.startswith("\\") else member
