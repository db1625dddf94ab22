"""Positions in a text, where they cross between here and a browser.

Python and Databricks count code points, JavaScript counts UTF-16 units: behind `😀` the one says 1 and the other 2.
The browser's numbers are units, ours are code points, and they are converted here and nowhere else.
"""

from __future__ import annotations


def units(text: str) -> int:
    """The length of a text as a browser counts it."""
    return len(text) if text.isascii() else len(text) + sum(letter > "\uffff" for letter in text)


def code_points(text: str, at: int) -> int:
    """The browser's position `at` as ours; one in the middle of a letter, or behind the end, is the next before it."""
    if text.isascii():
        return min(at, len(text))
    return len(text.encode("utf-16-le", "surrogatepass")[: 2 * at].decode("utf-16-le", "ignore"))
