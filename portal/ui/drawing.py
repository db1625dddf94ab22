"""An element that a script of ours fills from JSON (`assets/drawings.js`).

Dash has no SVG elements, and its renderer takes milliseconds for a component: a grid of runs or a graph of hundreds of
tasks would take seconds, where plain elements take milliseconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from dash import html

from portal.ui import badges
from portal.ui.attributes import data


def drawing(kind: str, value: Any, class_name: str = "") -> html.Div:
    """The element. `kind` names the drawing: graph, timeline, table, matrix, bars, jobs or choices."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return html.Div(className=f"drawing {class_name}".strip(), disable_n_clicks=True, **data(draw=kind, value=text))


def state_badges(words: Iterable[str]) -> dict[str, Any]:
    """Databricks' words to badges: what a drawing names once, and refers to by the word."""
    return {word: badges.cell(badges.run(word)) for word in set(words)}
