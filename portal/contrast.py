"""Whether one colour can be read on another: WCAG 2.2's contrast ratio, of `#rrggbb`."""

from __future__ import annotations

ENOUGH = 4.5
"""Of text, by WCAG 2.2, success criterion 1.4.3."""


def _channels(colour: str) -> list[float]:
    return [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]


def luminance(colour: str) -> float:
    """Relative luminance, 0 (black) to 1 (white)."""
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white).

    >>> round(ratio("#000000", "#ffffff"), 1), round(ratio("#2b59c9", "#ffffff"), 1)
    (21.0, 6.1)
    """
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def nearest(colour: str, ground: str, least: float = ENOUGH) -> str:
    """The colour, or the nearest shade of it towards black or white that can be read on the ground.

    >>> nearest("#ffcc00", "#ffffff") != "#ffcc00", nearest("#7a1f5c", "#ffffff")
    (True, '#7a1f5c')
    """
    towards = 0.0 if luminance(ground) > 0.18 else 1.0
    for step in range(101):
        share = step / 100
        made = [one + (towards - one) * share for one in _channels(colour)]
        shade = "#" + "".join(f"{round(one * 255):02x}" for one in made)
        if ratio(shade, ground) >= least:
            return shade
    return "#000000" if towards == 0 else "#ffffff"
