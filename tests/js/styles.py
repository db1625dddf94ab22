"""Style sheets of ours: no dead class (each that a rule names is in a source that could draw it), and no colour but in
`assets/tokens.css`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from portal.paths import paths

ROOT = paths.package

THEIRS = re.compile(
    r"ag-|cm-|js-plotly|modal|btn|form-|card|alert|table|badge$|badge-(?!state)|text-|fade|show|visually-hidden|dropdown"
    r"|nav-(?!item-link)|offcanvas|spinner|input-group|list-group|invalid|was-|col-|row$|container|dash-|_dash"
)
"""Bootstrap's, AG Grid's, CodeMirror's, plotly's and Dash's."""
MADE = re.compile(r"^(?:is-level|is|state|phase|says|skeleton|value|run|zone)-(.+)")
"""Put together from a word (`is-{tone}`), which stands in a source by itself."""
_CLASS = re.compile(r"\.(-?[a-zA-Z_][\w-]*)")


def named(css: str) -> set[str]:
    """The classes that the selectors of a style sheet name.

    >>> sorted(named(".a .b:not(.c) > i { width: .5rem } @media (width > 1.5rem) { .d { color: red } } /* .e */"))
    ['a', 'b', 'c', 'd']
    """
    without = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    selectors = re.findall(r"([^{}]+)\{", re.sub(r"@[^{]*\{", "{", without))
    return {name for text in selectors for name in _CLASS.findall(text.rpartition(";")[2])}


def dead() -> Iterator[tuple[str, Path]]:
    """Classes in `assets/*.css` that no source of ours names, and where."""
    sources = [
        path.read_text(encoding="utf-8")
        for folder, kind in (("portal", "*.py"), ("pages", "*.py"), ("assets/src", "*.js"), ("assets/head", "*.js"))
        for path in (ROOT / folder).rglob(kind)
        if "sandbox" not in path.parts
    ]
    words = {word.lower() for word in re.findall(r"[\w-]+", "\n".join(sources))}
    for file in sorted((ROOT / "assets").glob("*.css")):
        for name in sorted(named(file.read_text(encoding="utf-8")) - words):
            made = MADE.match(name)
            if not THEIRS.match(name) and not (made and made[1] in words):
                yield name, file.relative_to(ROOT)


_COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|rgba|hsl|hsla|oklch|lab)\(")


def colours() -> Iterator[tuple[str, Path]]:
    """Colours that are no token, and where."""
    for file in sorted((ROOT / "assets").glob("*.css")):
        if file.name != "tokens.css":
            css = re.sub(r"/\*.*?\*/", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
            yield from ((found, file.relative_to(ROOT)) for found in _COLOUR.findall(css))
