"""An element that a script of ours fills from JSON (`assets/src/parts/drawings.js`).

Dash has no SVG elements, and its renderer takes milliseconds for a component: a grid of runs or a graph of hundreds of
tasks would take seconds, where plain elements take milliseconds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

import orjson
from dash import html

from portal.ui import badges, graph
from portal.ui.attributes import data


def drawing(kind: str, value: object, class_name: str = "") -> html.Div:
    """The element. `kind` names the drawing: graph, timeline, table, matrix, bars, jobs or choices."""
    return html.Div(
        className=f"drawing {class_name}".strip(), disable_n_clicks=True, **data(draw=kind, value=_json(value))
    )


def _json(value: object) -> str:
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # half a character, which a name may have, or a number of more than 64 bits
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def placed_graph(
    name: str,
    placed: graph.Drawing,
    node: Callable[[graph.Node], dict[str, object]],
    states: dict[str, object] | None = None,
) -> html.Div:
    """A graph whose places are known: `node` says what stands in a box, `states` are the `state_badges` of all."""
    value = {
        "name": name,
        "width": placed.width,
        "height": placed.height,
        "box": [graph.WIDTH, graph.HEIGHT],
        "nodes": [node(box) for box in placed.nodes],
        "edges": [
            {"points": edge.points, "label": edge.label, "broken": edge.broken, "title": edge.title}
            for edge in placed.edges
        ],
        "blocks": [[block.x, block.y, block.width, block.height] for block in placed.blocks],
        "states": states or {},
    }
    return drawing("graph", value, "drawing-graph")


def state_badges(words: Iterable[str]) -> dict[str, object]:
    """Databricks' words to badges: what a drawing names once, and refers to by the word."""
    return {word: badges.cell(badges.run(word)) for word in set(words)}
