"""Colours of a chart: an author's own (`#rrggbb`), or those of the theme, by the place of a series (`series-1`).

A figure that names no colour gets the theme's from its template (`assets/src/parts/chart-theme.js`), in light and in
dark. What is named here holds in both: `assets/tokens.css` has one set of series for both themes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from portal.paths import paths

_TOKENS = paths.assets / "tokens.css"
_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{4}|[0-9a-f]{6}|[0-9a-f]{8})", re.IGNORECASE)
_SERIES = re.compile(r"series-([1-9][0-9]?)")
NEUTRAL = "#7d8896"
"""Lines and land that stand out a little from either theme's surface."""


@cache
def series() -> tuple[str, ...]:
    """The theme's colours of series, in order."""
    found = re.findall(r"--p-series-\d+:\s*(#[0-9a-fA-F]{6})", _TOKENS.read_text(encoding="utf-8"))
    return tuple(found)


def colour(text: str, palette: Sequence[str] = ()) -> str:
    """A colour as plotly.js takes it; "" for what is none. `palette` is what `series-…` refers to instead of the theme.

    >>> colour("#ff3621"), colour("series-1", ["#010203"]), colour("red; background: url(x)")
    ('#ff3621', '#010203', '')
    """
    text = text.strip()
    if _HEX.fullmatch(text):
        return text
    place = _SERIES.fullmatch(text)
    if place is None:
        return ""
    ours = [one for one in palette if _HEX.fullmatch(one)] or series()
    return ours[(int(place[1]) - 1) % len(ours)]


def faint(text: str, opacity: float) -> str:
    """A colour of `colour` that lets through what is behind it.

    >>> faint("#3566d6", 0.2)
    'rgba(53, 102, 214, 0.2)'
    """
    digits = text.lstrip("#")[:6]
    if len(digits) in (3, 4):
        digits = "".join(one * 2 for one in digits[:3])
    red, green, blue = (int(digits[at : at + 2], 16) for at in (0, 2, 4))
    return f"rgba({red}, {green}, {blue}, {opacity:g})"


def ramp(colours: Sequence[str]) -> list[list[float | str]] | None:
    """A scale of colours from the least to the greatest: of its colours, or of a name that plotly's Python package has
    (magma, viridis, blues, rdylgn …). None where it is unknown: the theme's then.
    """
    stops = [one for one in (colour(text) for text in colours) if one]
    if len(colours) == 1 and not stops:
        stops = _named().get(re.sub(r"[^a-z]", "", colours[0].lower()), [])
    if not stops:
        return None
    if len(stops) == 1:
        return [[0.0, faint(stops[0], 0.15)], [1.0, stops[0]]]
    return [[place / (len(stops) - 1), stop] for place, stop in enumerate(stops)]


@cache
def _named() -> dict[str, list[str]]:
    from plotly import colors

    found: dict[str, list[str]] = {}
    for module in (colors.sequential, colors.diverging):
        for name, stops in vars(module).items():
            if isinstance(stops, list) and stops and all(isinstance(stop, str) for stop in stops):
                found.setdefault(name.lower(), stops)
    # Vega's names, which dashboards use, for the same of ColorBrewer.
    for theirs, ours in (("redyellowgreen", "rdylgn"), ("redblue", "rdbu"), ("yellowgreenblue", "ylgnbu")):
        if ours in found:
            found[theirs] = found[ours]
    return found
