"""Colours of a pivot's cells: by condition, or along a ramp from the least number to the greatest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from portal.charts import columns
from portal.charts.model import Chart, Shades
from portal.charts.palette import colour, ramp
from portal.charts.rules import matched
from portal.contrast import luminance

Triple = tuple[float, float, float]
_DARK, _LIGHT = "#11171c", "#ffffff"
"""Of text, on a ground of either kind: it does not follow the theme, since the ground does not."""


class Grounds:
    """`numbers`: for each measure of the chart those in its cells that are no totals."""

    def __init__(self, chart: Chart, numbers: Sequence[Iterable[columns.Number | None]]) -> None:
        self._chart = chart
        self._scales = [
            _Scale(one.shades, inside) if one.shades else None for one, inside in zip(chart.y, numbers, strict=True)
        ]

    def of(self, number: columns.Number | None, measure: int) -> tuple[str, str]:
        """Text and ground of a cell, "" where it has none of its own. A condition comes before a ramp."""
        rule = matched(self._chart.rules, number)
        if rule is not None:
            palette = self._chart.palette
            return colour(rule.color, palette), colour(rule.background, palette)
        scale, height = self._scales[measure], columns.height(number)
        return scale.at(height) if scale is not None and height is not None else ("", "")


class _Scale:
    def __init__(self, shades: Shades, numbers: Iterable[columns.Number | None]) -> None:
        heights = [height for height in map(columns.height, numbers) if height is not None]
        self._low = shades.low if shades.low is not None else min(heights, default=0.0)
        self._high = shades.high if shades.high is not None else max(heights, default=0.0)
        self._middle = shades.middle
        self._stops = [_triple(str(stop)) for _, stop in ramp(shades.ramp) or ()]

    def at(self, height: float) -> tuple[str, str]:
        if not self._stops:
            return "", ""
        place = self._place(height) * (len(self._stops) - 1)
        below = min(int(place), max(len(self._stops) - 2, 0))
        one, other = self._stops[below], self._stops[min(below + 1, len(self._stops) - 1)]
        part = place - below
        red, green, blue = (round(a + (b - a) * part) for a, b in zip(one, other, strict=True))
        ground = f"#{red:02x}{green:02x}{blue:02x}"
        # The brightness by which WCAG's contrast of 4.5 holds for one of the two.
        return (_DARK if luminance(ground) > 0.179 else _LIGHT), ground

    def _place(self, height: float) -> float:
        """From 0 to 1."""
        low, high, middle = self._low, self._high, self._middle
        if middle is None or not low < middle < high:
            return min(max((height - low) / ((high - low) or 1.0), 0.0), 1.0)
        if height <= middle:
            return max((height - low) / (middle - low), 0.0) / 2
        return 0.5 + min((height - middle) / (high - middle), 1.0) / 2


def _triple(text: str) -> Triple:
    """Of `#rgb`, `#rrggbb`, `rgb(…)`, or `rgba(…)`, which lets white through."""
    if text.startswith("#"):
        digits = text[1:] if len(text) > 4 else "".join(one * 2 for one in text[1:])
        red, green, blue = (int(digits[at : at + 2], 16) for at in (0, 2, 4))
        return float(red), float(green), float(blue)
    parts = [float(one) for one in re.findall(r"[\d.]+", text)]
    opacity = parts[3] if len(parts) > 3 else 1.0
    red_, green_, blue_ = (one * opacity + 255 * (1 - opacity) for one in parts[:3])
    return red_, green_, blue_
