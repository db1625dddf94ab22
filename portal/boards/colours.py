"""Colours of a dashboard's file: `#rrggbb`, or a place in the theme's list of colours. Anything else is none."""

from __future__ import annotations

import re
from collections.abc import Mapping

from portal.boards import given
from portal.boards.definition import Board
from portal.charts.model import Rule
from portal.charts.palette import colour, series

_HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")
MOST = 50
_DEFAULT_LENGTH = 10


def read(of: object, palette: tuple[str, ...] = ()) -> str:
    """`#rrggbb`, `series-N` for a place in the list (N from 1; a place 0 is the last), or "".

    >>> read("#FF3621"), read({"hex": "#00a972"}), read({"themeColorType": "visualizationColors", "position": 3})
    ('#FF3621', '#00a972', 'series-3')
    >>> read("red; background: url(//evil.example)"), read({"light": "#fff", "dark": "#000"})
    ('', '#fff')
    """
    if isinstance(of, str):
        return of if _HEX.fullmatch(of) else ""
    if not isinstance(of, Mapping):
        return ""
    if of.get("themeColorType") == "visualizationColors":
        place = given.whole(of, "position", 1, 0, 99)
        return f"series-{place or len(palette) or _DEFAULT_LENGTH}"
    for key in ("hex", "default", "value", "light"):
        if found := read(of.get(key), palette):
            return found
    return ""


def pair(of: object) -> tuple[str, str]:
    """A colour for the light theme and one for the dark; "" for the one that is not given."""
    return read(of.get("light")) if isinstance(of, Mapping) else "", (
        read(of.get("dark")) if isinstance(of, Mapping) else ""
    )


def palette(board: Board, mark: object = None) -> tuple[str, ...]:
    """The colours of series: a widget's own and then the dashboard's, or the portal's; () where the file has none."""
    theme = tuple(one for one in map(read, given.items(board.theme, "visualizationColors", MOST)) if one)
    own = [colour(one, theme) for one in (read(one, theme) for one in given.items(mark, "colors", MOST)) if one]
    return (*own, *(one for one in theme or series() if one not in own)) if own else theme


def rules(style: object, palette: tuple[str, ...]) -> tuple[Rule, ...]:
    """Conditional colours: `rules` of a style, with a condition on the value itself. One without an operand is none."""
    found = []
    for one in given.nodes(style, "rules", MOST):
        condition = given.node(one, "condition")
        operand = given.node(condition, "operand")
        value = given.value(operand, "value") if operand else given.value(condition, "value")
        if value is None or given.text(operand, "type", "data-value") != "data-value":
            continue
        color = read(one.get("color") or one.get("foregroundColor") or one.get("fontColor"), palette)
        found.append(Rule(given.text(condition, "operator"), value, color, read(one.get("backgroundColor"), palette)))
    return tuple(found)
