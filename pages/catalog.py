"""Unity Catalog: a searchable tree, and a page for each catalog, schema and table, with what the viewer may see."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import dash
from dash import Input, Output, callback, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from pages import catalog_facts, catalog_lineage, catalog_sample
from portal.databricks import principals
from portal.databricks.catalog import details, names
from portal.databricks.catalog.model import Names
from portal.settings import settings
from portal.ui import catalogfacts, catalogview, pager, prefetch, shell, states, tree
from portal.ui.attributes import data

Path = tuple[str, ...]
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
        "facts": lambda: catalog_facts.drawn(path),
        "functions": lambda: catalogfacts.functions(details.functions(*path)),
        "volumes": lambda: _held("Volumes", path),
        "models": lambda: _held("Models", path),
        "grants": lambda: _grants(path),
        "sample": lambda: catalog_sample.drawn(path, asked=False),
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


# What a page has besides


@callback(
    Output("catalog-functions", "children"), Input(*states.again("catalog-functions")), Input("catalog-path", "data")
)
@states.guarded
def draw_functions(_again: int, path: list[str]) -> list[Component]:
    return catalogfacts.functions(details.functions(*path))


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
    return catalogfacts.held(name, found)


@callback(Output("catalog-grants", "children"), Input(*states.again("catalog-grants")), Input("catalog-path", "data"))
@states.guarded
def draw_grants(_again: int, path: list[str]) -> list[Component]:
    return _grants(tuple(path))


def _grants(path: Path) -> list[Component]:
    found = details.grants(*path)
    principals.learn(grant.principal for grant in found)
    return catalogfacts.grants(found)
