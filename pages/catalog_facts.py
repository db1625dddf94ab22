"""What is known of a thing of Unity Catalog, on its page. No page of its own."""

from __future__ import annotations

from typing import Any

from dash import Input, Output, callback, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from portal.api import PortalError, query
from portal.databricks import catalog, principals, warehouses, workspace
from portal.databricks.catalog import columns, details, names, quoted
from portal.ui import catalogfacts, catalogview, states
from portal.ui.elements import Child

Path = tuple[str, ...]


def drawn(path: Path) -> Component:
    """What is known of a catalog, a schema or a table."""
    read: Any = details.table if len(path) == 3 else details.securable
    found, tags = workspace.each(lambda one: one(*path), [read, details.tags])
    if isinstance(found, PortalError):
        raise found
    principals.learn([found.owner])
    if not isinstance(found, catalog.Table):
        return catalogfacts.securable_facts(found, tags)
    size = states.word("catalog-size", None if _unsized(found) else catalogfacts.size_text(found.nbytes), "Not known")
    parts: list[Child] = [catalogfacts.table_facts(found, tags, html.Span(size))]
    parts += [html.Section(catalogfacts.columns(found), className="catalog-part")]
    if not found.browse_only:
        parts.append(html.Section(id="catalog-column-tags", className="catalog-part"))
    if found.view_definition:
        parts.append(html.Section(catalogfacts.definition(found.view_definition), className="catalog-part"))
    return html.Div(parts)


@callback(Output("catalog-facts", "children"), Input(*states.again("catalog-facts")), Input("catalog-path", "data"))
@states.guarded
def draw_facts(_again: int, path: list[str]) -> Component:
    return drawn(tuple(path))


def _unsized(found: catalog.Table) -> bool:
    """Whether the warehouse may know a size that Unity Catalog does not."""
    return found.nbytes is None and found.kind == "table" and found.format == "DELTA" and not found.browse_only


@callback(Output("catalog-size", "children"), Input(*states.again("catalog-size")), Input("catalog-path", "data"))
@states.guarded_text("Not known")
def draw_size(_again: int, path: list[str]) -> str:
    if not warehouses.default().running:
        return "Not known"
    rows = query(f"DESCRIBE DETAIL {'.'.join(map(quoted, path))}", ttl=names.SECONDS).to_pylist()
    return catalogfacts.size_text(rows[0].get("sizeInBytes") if rows else None)


@callback(Output("catalog-query", "children"), Input("catalog-path", "data"))
def draw_query(path: list[str]) -> Component:
    """Until the table is known, the button has the query of a plain one."""
    try:
        return catalogview.query_this(path, details.table(*path))
    except PortalError:  # the region of its facts says so
        raise PreventUpdate from None


@callback(Output("catalog-column-tags", "children"), Input("catalog-path", "data"))
def draw_column_tags(path: list[str]) -> list[Component]:
    """By the warehouse, if it runs: what cannot be had is left out, for it is nobody's first question."""
    try:
        return catalogfacts.column_tags(columns.tags(*path)) if warehouses.default().running else []
    except PortalError:
        raise PreventUpdate from None
