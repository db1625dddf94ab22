"""Unity Catalog: a searchable tree, and a page for each catalog, schema and table, with what the viewer may see."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import dash
from dash import Input, Output, callback, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from pages import catalog_lineage
from portal.api import PortalError, query
from portal.databricks import catalog, principals, warehouses, workspace
from portal.databricks.catalog import columns, details, metrics, names, quoted
from portal.databricks.catalog.model import Names
from portal.settings import settings
from portal.ui import catalogview, grid, pager, prefetch, sample, shell, states, tree
from portal.ui.attributes import data

Path = tuple[str, ...]
SAMPLE = 10
FILTERED = 1_000
"""Tables to which a filter reads on, a call for each hundred that may only be browsed."""
_LISTS = ("Catalogs", "Schemas", "Tables")


def _title(**variables: Any) -> str:
    path = _path(variables)
    return shell.title(path[-1] if path else "Catalog")


def _path(variables: dict[str, Any]) -> Path:
    found = (variables.get(name) for name in ("catalog", "schema", "table"))
    return tuple(unquote(name) for name in found if isinstance(name, str) and name)


def layout(**variables: Any) -> Component:
    path = _path(variables)
    filtered = {
        name: value for name in ("q", "page", *catalog_lineage.NAMES) if isinstance(value := variables.get(name), str)
    }
    ready = prefetch.gather({"tree": lambda: _tree(path), **_reads(path, filtered)})
    regions = [_region(name, path, ready) for name in _regions(path)]
    head = shell.page_header(
        html.Bdi(path[-1]) if path else "Catalog",
        None if path else "What Unity Catalog shows you.",
        crumbs=catalogview.crumbs(path),
        actions=catalogview.actions(path, settings().databricks_host, ready.get("table")) if path else (),
    )
    narrow = 0 < len(path) < 3
    filter_ = catalogview.search_box(filtered.get("q", ""), f"Filter {_LISTS[len(path)].lower()}") if narrow else None
    return html.Div(
        [
            dcc.Store(id="catalog-path", data=list(path)),
            dcc.Store(id="catalog-view", data=filtered),
            html.Div(
                [
                    states.region(
                        "catalog-tree",
                        "Catalog tree",
                        states.loading("the catalog", rows=6),
                        content=ready.get("tree"),
                        class_name="names-side",
                    ),
                    html.Div([head, filter_, *regions], className="catalog-main"),
                ],
                className=f"catalog-page is-level-{len(path)}",
            ),
        ],
        **data(view="catalog-view"),
    )


# A template's wildcard matches slashes as well: the longest goes first.
dash.register_page(
    "pages.catalog_table", path_template="/catalog/<catalog>/<schema>/<table>", name="Table", title=_title,
    order=31, layout=layout,
)  # fmt: skip
dash.register_page(
    "pages.catalog_schema", path_template="/catalog/<catalog>/<schema>", name="Schema", title=_title, order=32,
    layout=layout,
)  # fmt: skip
dash.register_page(
    "pages.catalog_catalog", path_template="/catalog/<catalog>", name="Catalog", title=_title, order=33, layout=layout
)
dash.register_page(__name__, path="/catalog", name="Catalog", title=shell.title("Catalog"), order=30, icon="layers")


# Which parts a page has


def _regions(path: Path) -> tuple[str, ...]:
    return (
        ("list",),
        ("list", "facts", "grants"),
        ("list", "facts", "functions", "volumes", "models", "grants"),
        ("facts", "sample", "lineage", "column", "grants"),
    )[len(path)]


_NAMES = {
    "list": "",
    "facts": "About",
    "functions": "Functions",
    "volumes": "Volumes",
    "models": "Models",
    "grants": "Grants",
    "sample": "Sample",
}


def _region(name: str, path: Path, ready: dict[str, Any]) -> Component:
    if name == "lineage":
        return catalog_lineage.region()
    if name == "column":
        return catalog_lineage.column_region()
    label = _NAMES[name] or _LISTS[len(path)]
    kind = "grid" if name in {"list", "sample"} else "card"
    skeleton = states.loading(label.lower(), rows=11 if name == "sample" else 6, kind=kind)
    return states.region(f"catalog-{name}", label, skeleton, content=ready.get(name))


def _reads(path: Path, filtered: dict[str, str]) -> dict[str, Any]:
    """What the callbacks below will draw, begun while the page loads."""
    every = {
        "list": lambda: _list(path, filtered),
        "facts": lambda: _facts(path),
        "functions": lambda: catalogview.functions(details.functions(*path)),
        "volumes": lambda: _held("Volumes", path),
        "models": lambda: _held("Models", path),
        "grants": lambda: _grants(path),
        "sample": lambda: _sample(path, asked=False),
    }
    reads = {name: every[name] for name in _regions(path) if name in every}
    return {"table": lambda: details.table(*path), **reads} if len(path) == 3 else reads


# The tree


def _tree(path: Path) -> Component:
    return tree.tree(
        "catalog-names",
        names.catalogs().items,
        href=dash.get_relative_path(catalogview.HREF),
        current=path,
    )


@callback(Output("catalog-tree", "children"), Input(*states.again("catalog-tree")), Input("catalog-path", "data"))
@states.guarded
def draw_tree(_again: int, path: list[str]) -> Component:
    return _tree(tuple(path))


# Lists of names


@callback(
    Output("catalog-list", "children"),
    Input(*states.again("catalog-list")),
    Input("catalog-view", "data"),
    Input("catalog-path", "data"),
)
@states.guarded
def draw_list(_again: int, view: dict[str, str] | None, parts: list[str]) -> Component:
    return _list(tuple(parts), view or {})


def _list(path: Path, view: dict[str, str]) -> Component:
    match path:
        case ():
            found = names.catalogs()
        case (name,):
            found = names.schemas(name)
        case (name, schema):
            found = _tables(name, schema, view)
        case _:
            raise PreventUpdate
    return catalogview.names(_LISTS[len(path)], found, path, view)


def _tables(catalog: str, schema: str, view: dict[str, str]) -> Names:
    """Read on as far as the page that is shown; and what was typed in full is tried where it is not among them."""
    text = view.get("q", "").strip()
    wanted = pager.page_of(view) * catalogview.PAGE
    found = names.tables_up_to(catalog, schema, max(wanted, FILTERED) if text else wanted)
    if not text or found.following is None or any(one.name.lower() == text.lower() for one in found.items):
        return found
    one = details.typed(catalog, schema, text)
    return found if one is None else replace(found, items=(*found.items, one))


# Facts


@callback(Output("catalog-facts", "children"), Input(*states.again("catalog-facts")), Input("catalog-path", "data"))
@states.guarded
def draw_facts(_again: int, path: list[str]) -> Component:
    return _facts(tuple(path))


def _facts(path: Path) -> Component:
    read: Any = details.table if len(path) == 3 else details.securable
    found, tags = workspace.each(lambda one: one(*path), [read, details.tags])
    if isinstance(found, PortalError):
        raise found
    principals.learn([found.owner])
    if not isinstance(found, catalog.Table):
        return catalogview.securable_facts(found, tags)
    size = states.word("catalog-size", None if _unsized(found) else catalogview.size_text(found.nbytes), "Not known")
    parts: list[Any] = [catalogview.table_facts(found, tags, html.Span(size))]
    parts += [html.Section(catalogview.columns(found), className="catalog-part")]
    if not found.browse_only:
        parts.append(html.Section(id="catalog-column-tags", className="catalog-part"))
    if found.view_definition:
        parts.append(html.Section(catalogview.definition(found.view_definition), className="catalog-part"))
    return html.Div(parts)


def _unsized(found: catalog.Table) -> bool:
    """Whether the warehouse may know a size that Unity Catalog does not."""
    return found.nbytes is None and found.kind == "table" and found.format == "DELTA" and not found.browse_only


@callback(Output("catalog-size", "children"), Input(*states.again("catalog-size")), Input("catalog-path", "data"))
@states.guarded_text("Not known")
def draw_size(_again: int, path: list[str]) -> str:
    if not warehouses.default().running:
        return "Not known"
    rows = query(f"DESCRIBE DETAIL {'.'.join(map(quoted, path))}", ttl=names.SECONDS).to_pylist()
    return catalogview.size_text(rows[0].get("sizeInBytes") if rows else None)


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
        return catalogview.column_tags(columns.tags(*path)) if warehouses.default().running else []
    except PortalError:
        raise PreventUpdate from None


@callback(
    Output("catalog-functions", "children"), Input(*states.again("catalog-functions")), Input("catalog-path", "data")
)
@states.guarded
def draw_functions(_again: int, path: list[str]) -> list[Component]:
    return catalogview.functions(details.functions(*path))


@callback(Output("catalog-volumes", "children"), Input(*states.again("catalog-volumes")), Input("catalog-path", "data"))
@states.guarded
def draw_volumes(_again: int, path: list[str]) -> list[Component]:
    return _held("Volumes", tuple(path))


@callback(Output("catalog-models", "children"), Input(*states.again("catalog-models")), Input("catalog-path", "data"))
@states.guarded
def draw_models(_again: int, path: list[str]) -> list[Component]:
    return _held("Models", tuple(path))


def _held(name: str, path: Path) -> list[Component]:
    found = details.volumes(*path) if name == "Volumes" else details.models(*path)
    principals.learn(one.owner for one in found)
    return catalogview.held(name, found)


@callback(Output("catalog-grants", "children"), Input(*states.again("catalog-grants")), Input("catalog-path", "data"))
@states.guarded
def draw_grants(_again: int, path: list[str]) -> list[Component]:
    return _grants(tuple(path))


def _grants(path: Path) -> list[Component]:
    found = details.grants(*path)
    principals.learn(grant.principal for grant in found)
    return catalogview.grants(found)


# The sample


@callback(Output("catalog-sample", "children"), Input(*states.again("catalog-sample")), Input("catalog-path", "data"))
@states.guarded
def draw_sample(again: int, path: list[str]) -> Component:
    # Below zero the viewer refreshes the page, which is no wish to start anything.
    return _sample(tuple(path), asked=again > 0)


def _sample(path: Path, *, asked: bool) -> Component:
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
