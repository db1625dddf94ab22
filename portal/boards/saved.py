"""Visualizations that people made of a saved query in the workspace, as a board of the older editor's widgets: read as
those of a dashboard are, and drawn from the query's own rows.

Such a dashboard's statement has its aggregates in it. Here the rows are the query's as they are, so that an aggregate
or a level of time that the portal does not compute is not drawn, in place of another number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from portal.boards import given, older, widgets
from portal.boards.definition import MOST_WIDGETS, Board, Dataset, Widget
from portal.databricks.visualizations import Visualization

DATASET = "query"
PAGE = "visualizations"
_WIDE = 6
"""Columns of the grid: a table takes them all, anything else half of them."""


def board(title: str, text: str, drawn: Sequence[Visualization]) -> Board:
    """One page with the visualizations in their order, tables behind the others."""
    drawn = sorted(drawn, key=lambda one: one.type == "TABLE")
    page = widgets.page({"name": PAGE, "displayName": title, "layout": list(_placed(drawn))})
    found = {f"v{at}": one for at, one in enumerate(drawn)}
    suited = tuple(_suited(widget, found[widget.name]) for widget in page.widgets)
    return Board({DATASET: Dataset(DATASET, title, text)}, (replace(page, widgets=suited),), {})


def _placed(drawn: Sequence[Visualization]) -> Iterator[Mapping[str, Any]]:
    """As a dashboard's file has them: two beside each other, a table by itself."""
    x = y = 0
    for at, one in enumerate(drawn[:MOST_WIDGETS]):
        width = _WIDE if one.type == "TABLE" else _WIDE // 2
        if x + width > _WIDE:
            x, y = 0, y + 1
        spec = {
            "query_name": "main_query",
            "display_name": one.name or one.type.capitalize(),
            "viz_type": one.type,
            "serialized_options": one.options,
        }
        yield {
            "widget": {
                "name": f"v{at}",
                "queries": [{"name": "main_query", "query": {"datasetName": DATASET, "disaggregated": True}}],
                "spec": {"viz_spec": spec},
            },
            "position": {"x": x, "y": y * 6, "width": width, "height": 6},
        }
        x += width


def _suited(widget: Widget, one: Visualization) -> Widget:
    return replace(widget, unsupported=widget.unsupported or _not_computed(one))


def _not_computed(one: Visualization) -> str:
    """Why it cannot be computed from rows; "" where it can."""
    if one.type != "CHART":
        return ""
    places = older.placed(older.options({"serialized_options": one.options}))
    for place in places:
        value = places[place]
        for column in given.nodes(places, place, 50) if isinstance(value, list) else [given.node(places, place)]:
            transform = given.text(column, "transform")
            known = older.COMPUTED if place == "y" else older.LEVELS
            if transform and transform not in known:
                return f"The portal does not compute {transform} of a column."
    return ""
