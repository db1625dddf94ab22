"""A table's first rows, on its page. No page of its own."""

from __future__ import annotations

from dash import Input, Output, callback, html
from dash.development.base_component import Component

from portal.api import query
from portal.databricks import warehouses
from portal.databricks.catalog import details, metrics, names, quoted
from portal.ui import grid, sample, states
from portal.ui.attributes import data

Path = tuple[str, ...]
SAMPLE = 10


def drawn(path: Path, *, asked: bool) -> Component:
    """Ten rows; where that would start a stopped warehouse, only when the viewer asks."""
    found = details.table(*path)
    title = html.H2("Sample", className="region-title")
    if found.browse_only:
        return html.Div([title, html.P("You may browse this table, not read it.", className="catalog-note")])
    if not asked and (warehouse := warehouses.default()).state in {"STOPPED", "STOPPING"}:
        button = html.Button(
            "Show ten rows", type="button", className="btn btn-primary btn-sm", **data(retry="catalog-sample")
        )
        note = f"Showing rows starts {warehouse.name}."
        return html.Div([title, states.empty("The warehouse is stopped", note, button)])
    sql = f"SELECT * FROM {'.'.join(map(quoted, path))} LIMIT {SAMPLE}"  # noqa: S608
    if found.type == metrics.METRIC_VIEW:
        sql = metrics.sql(path, found.columns, SAMPLE)
    rows = query(sql, ttl=names.SECONDS)
    if not rows.num_rows:
        return html.Div([title, states.empty("No rows", "The table is empty, or none of its rows are for you.")])
    return html.Div([title, grid.small("catalog-rows", "Sample", sample.short(rows))])


@callback(Output("catalog-sample", "children"), Input(*states.again("catalog-sample")), Input("catalog-path", "data"))
@states.guarded
def draw_sample(again: int, path: list[str]) -> Component:
    # Below zero the viewer refreshes the page, which is no wish to start anything.
    return drawn(tuple(path), asked=again > 0)
