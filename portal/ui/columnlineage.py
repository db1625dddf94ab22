"""Lineage of one column of a table, drawn: a choice of its columns, and a table of what it is computed from and what is
computed from it. Each leads to the same view of the other column, and so back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import dash
from dash import dcc, html
from dash.development.base_component import Component

from portal.databricks.lineage.model import ColumnLineage, ColumnName
from portal.ui import catalogview, states
from portal.ui.drawing import drawing
from portal.ui.queryview import grid

PARAM = "lcol"
"""The address' name of the chosen column."""
MOST = 2_000
"""Columns that are offered."""
SHOWN = 200
"""Columns a side that are listed."""
_DOORS = {
    "api": "Unity Catalog answered (column lineage), as far as you may see the tables.",
    "system": "Read from system.access.column_lineage, of the last 90 days: the lineage API gave no answer.",
}


def draw(names: Sequence[str], chosen: str, beside: Component) -> list[Component]:
    """The choice of the table's columns; `beside` is the region of what is beside the chosen one."""
    body: list[Component] = [html.H2("Lineage of a column", className="region-title")]
    if not names:
        return [*body, html.P("Unity Catalog shows none of its columns to you.", className="catalog-note")]
    body.append(_choice(names, chosen))
    if len(names) > MOST:
        text = f"The first {MOST:,} of {len(names):,} columns are offered."
        body.append(html.P(text, className="catalog-note"))
    return [*body, beside]


def answer(chosen: str, found: ColumnLineage | None) -> list[Component]:
    """The lineage of the chosen column; `found` is None where the table has none such."""
    if not chosen:
        return []
    if found is None:
        return [states.empty("No such column", f"This table has no column {chosen[:200]!r} that you may see.")]
    if not found.door:
        text = f"Unity Catalog's lineage gave no answer for this column. {found.why}"
        return [states.empty("No lineage to show", text)]
    body: list[Component] = [html.P(_said(found), className="grid-note", role="status")]
    rows = [*_rows(found.upstream, "It is computed from"), *_rows(found.downstream, "Computed from it")]
    if rows:
        body.append(grid(f"Columns beside {found.column}", ("Column", "Table", "Direction"), rows))
    return body


def _choice(names: Sequence[str], chosen: str) -> Component:
    value = {
        "name": PARAM, "label": "Column", "any": "Choose a column", "chosen": chosen,
        "values": [[name, name] for name in names[:MOST]],
    }  # fmt: skip
    return drawing("choices", [value], "jobs-selects")


def _said(found: ColumnLineage) -> str:
    up, down = len(found.upstream), len(found.downstream)
    said = f"Computed from {_columns(up)}; {_columns(down)} computed from it."
    if max(up, down) > SHOWN:
        said += f" The first {SHOWN} of each are listed."
    return f"{said} {_DOORS[found.door]}"


def _columns(count: int) -> str:
    return f"{count:,} {'column' if count == 1 else 'columns'}"


def _rows(found: Sequence[ColumnName], direction: str) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for path, column in found[:SHOWN]:
        table = dash.get_relative_path(catalogview.path_of(path))
        link = dcc.Link(html.Bdi(column), href=f"{table}?{PARAM}={quote(column, safe='')}", className="query-name")
        rows.append([link, dcc.Link(html.Bdi(".".join(path)), href=table), direction])
    return rows
