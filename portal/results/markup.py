"""Text that plotly.js draws. It takes `<a>`, `<b>` and the like, and entities, in every text for markup: a cell that
holds a link would become one. So whatever a figure holds is text here, and drawn as it is written.

>>> plain({"name": "<a href='https://evil.example'>Sign in</a>", "x": ["R&D", 1]})
{'name': "&lt;a href='https://evil.example'&gt;Sign in&lt;/a&gt;", 'x': ['R&amp;D', 1]}
>>> plain([Markup("<b>ours</b>"), {"hovertemplate": "%{x}<extra></extra>"}])
['<b>ours</b>', {'hovertemplate': '%{x}<extra></extra>'}]
"""

from __future__ import annotations

import html
import re
from typing import Any, Protocol

from pydantic_core import from_json

_AUTHORED = frozenset({"hovertemplate", "texttemplate", "source"})
"""Keys of templates, which are markup by their nature, and of pictures' addresses. Templates take data as `%{…}`, from
where it was escaped; data is never to be formatted into one."""


class Figure(dict[str, object]):
    """A figure as plotly.js takes it, in which all text is drawn as it is written."""


class Markup(str):
    """A text of the page's author, with plotly's tags in it. Nothing that was fetched may go into one."""


def plain(part: object) -> Any:
    """The same part of a figure, of dicts, lists and values, with every text in it drawn as it is written."""
    if isinstance(part, Markup):
        return str(part)
    if isinstance(part, str):
        return html.escape(part, quote=False)
    if isinstance(part, dict):
        return {key: value if key in _AUTHORED else plain(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [plain(item) for item in part]
    return part


class PlotlyFigure(Protocol):
    """A figure of plotly.py (`px.line(…)`, `go.Figure(…)`)."""

    def to_json(self) -> str: ...


def of_plotly(figure: PlotlyFigure) -> Figure:
    """The same figure as plotly.js takes it, with its text as text. plotly.py writes *names of data* into the templates
    of what hovering shows, so these keep their line breaks and lose their links."""
    return Figure(_linkless(plain(from_json(figure.to_json()))))


def _linkless(part: object) -> Any:
    if isinstance(part, dict):
        return {
            key: _LINK.sub("&lt;", value) if key in _AUTHORED and isinstance(value, str) else _linkless(value)
            for key, value in part.items()
        }
    return [_linkless(item) for item in part] if isinstance(part, list) else part


_LINK = re.compile(r"<(?=\s*/?\s*a\b)", re.IGNORECASE)
