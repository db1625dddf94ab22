"""Where a result's numbers come from: the tables that its text reads, each a link to its lineage."""

from __future__ import annotations

from collections.abc import Sequence

import dash
from dash import dcc, html
from dash.development.base_component import Component

from portal.ui import catalogview
from portal.ui.attributes import aria


def lineage_path(path: Sequence[str]) -> str:
    """A table's page, at its lineage (`assets/src/parts/anchor.js`)."""
    return f"{dash.get_relative_path(catalogview.path_of(path))}#lineage"


def note(sql: str, catalog: str = "", schema: str = "") -> Component | None:
    """One line; None for a text that reads no table, or whose tables cannot be told."""
    from portal.databricks.lineage.sources import sources  # with its parser

    found = sources(sql, catalog, schema)
    if not found:
        return None
    links: list[Component | str] = []
    for path in found:
        name = html.Bdi(".".join(path))
        links += [", " if links else "", dcc.Link(name, href=lineage_path(path))]
    return html.P(["Comes from ", *links], className="grid-note result-sources", **aria(label="Tables of this result"))
