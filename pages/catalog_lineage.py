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
    """Below it. The choice is drawn once, and keeps the focus; what is beside the chosen one follows the address."""
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
    Input("catalog-path", "data"),
    State("catalog-view", "data"),
)
@states.guarded
def draw_columns(_again: int, parts: list[str], view: View | None) -> list[Component]:
    beside = states.region(
        "catalog-lineage-beside", "Columns beside it", states.loading("the column's lineage", rows=2)
    )
    return columnlineage.draw(_columns(parts), (view or {}).get(columnlineage.PARAM, ""), beside)


@callback(
    Output("catalog-lineage-beside", "children"),
    Input(*states.again("catalog-lineage-beside")),
    Input("catalog-view", "data"),
    State("catalog-path", "data"),
)
@states.guarded
def draw_beside(_again: int, view: View | None, parts: list[str]) -> list[Component]:
    chosen = (view or {}).get(columnlineage.PARAM, "")
    known = next((name for name in _columns(parts) if name.lower() == chosen.lower()), None)
    catalog, schema, table = parts
    found = lineage.columns(catalog, schema, table, known) if known else None
    return columnlineage.answer(known or chosen, found)


def _columns(parts: list[str]) -> list[str]:
    catalog, schema, table = parts
    return [one.name for one in details.table(catalog, schema, table).columns]


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
