"""Lineage on a table's page: its neighbours first, then its columns', and who wrote and read it. No page of its own."""

from __future__ import annotations

from dash import Input, Output, State, callback, html
from dash.development.base_component import Component

from portal.databricks import lineage, workspace
from portal.databricks.catalog import details
from portal.databricks.lineage import Lineage, who
from portal.ui import columnlineage, lineageview, lineagewho, states

View = dict[str, str]
NAMES = ("open", "lq", "lpage", "who", columnlineage.PARAM)
"""What of the address is this region's."""


def region() -> Component:
    """For the layout of a table's page. Nobody waits for it: it is asked for when the page is there."""
    return states.region("catalog-lineage", "Lineage", states.loading("the lineage", rows=6))


def column_region() -> Component:
    """Below it, and drawn by itself: a choice keeps the focus where it is."""
    return states.region("catalog-lineage-column", "Lineage of a column", states.loading("the columns", rows=1))


def opened(path: tuple[str, ...], view: View) -> list[Lineage]:
    """The lineage of the opened tables; of one that cannot be seen (any more) there is nothing to draw."""
    names = [tuple(name.split(".")) for name in lineageview.opened(view) if name != ".".join(path)]
    return [one for one in workspace.each(lambda name: lineage.of(*name), names) if isinstance(one, Lineage)]


@callback(
    Output("catalog-lineage", "children"),
    Input(*states.again("catalog-lineage")),
    Input("catalog-view", "data"),
    Input("catalog-path", "data"),
)
@states.guarded
def draw(_again: int, view: View | None, parts: list[str]) -> list[Component]:
    path, view = tuple(parts), view or {}
    found = lineage.of(*path)
    body = lineageview.draw(found, opened(path, view), view)
    if found.writers or found.readers:
        body.append(states.region("catalog-who", "Who wrote and read it", lineagewho.nothing()))
    return body


@callback(
    Output("catalog-lineage-column", "children"),
    Input(*states.again("catalog-lineage-column")),
    Input("catalog-view", "data"),
    Input("catalog-path", "data"),
)
@states.guarded
def draw_column(_again: int, view: View | None, parts: list[str]) -> list[Component]:
    names = [one.name for one in details.table(*parts).columns]
    chosen = (view or {}).get(columnlineage.PARAM, "")
    known = next((name for name in names if name.lower() == chosen.lower()), None)
    found = lineage.columns(*parts, known) if known else None
    return columnlineage.draw(names, known or chosen, found)


@callback(
    Output("catalog-who", "children"),
    Input(*states.again("catalog-who")),
    State("catalog-view", "data"),
    State("catalog-path", "data"),
)
@states.guarded
def draw_who(_again: int, view: View | None, parts: list[str]) -> Component:
    found = who.of(lineage.of(*parts), everything=(view or {}).get("who") == "all")
    return html.Div(lineagewho.draw(found, who.updated(found)))
