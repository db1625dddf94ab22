"""One saved query: what a copied link leads to. Databricks says who may see it."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import dash
from dash import Input, Output, callback, dcc, html
from dash.development.base_component import Component

from pages import query_watch
from portal.databricks import saved
from portal.databricks.saved import SavedQuery
from portal.ui import prefetch, queryview, shell, stars, states, watchview, when
from portal.ui.attributes import aria
from portal.ui.facts import facts

dash.register_page(__name__, path_template="/queries/<query_id>", name="Query", title=shell.title("Query"), order=26)


def layout(query_id: str = "", **_: Any) -> Component:
    number = unquote(query_id)
    ready = prefetch.gather({"query": lambda: saved.get(number)})
    found = ready.get("query")
    name = states.word("query-name", found.name if found else None, "Query")
    return html.Div(
        [
            shell.page_header(name, crumbs=[("Queries", "/queries?show=saved")]),
            *queryview.parts("query"),
            *watchview.parts("query-watch"),
            dcc.Store(id="query-id", data=number),
            states.region(
                "query", "Query", states.loading("the query", rows=6), content=_draw(found) if found else None
            ),
            states.region("query-drawn", "Visualizations", states.loading("visualizations", rows=3)),
            query_watch.region(),
        ]
    )


@callback(Output("query-name", "children"), Input(*states.again("query-name")), Input("query-id", "data"))
@states.guarded_text("Query")
def draw_name(_again: int, query_id: str) -> str:
    return saved.get(query_id).name


@callback(Output("query", "children"), Input(*states.again("query")), Input("query-id", "data"))
@states.guarded
def draw(_again: int, query_id: str) -> Component:
    found = saved.get(query_id)
    # It may have been renamed by the dialog of this page.
    dash.set_props("query-name", {"children": found.name})
    return _draw(found)


@callback(Output("query-drawn", "children"), Input(*states.again("query-drawn")), Input("query-id", "data"))
@states.guarded
def draw_drawn(_again: int, query_id: str) -> list[Component]:
    # With all that dashboards are read and drawn by, which the page itself does not need.
    from portal.dashboards import of_query

    return of_query.section(query_id)


def _draw(found: SavedQuery) -> Component:
    rows: list[tuple[str, Any]] = [
        ("Owner", "You" if found.mine else found.owner),
        ("Changed", when.ago(found.updated_at)),
        ("Catalog and schema", ".".join(filter(None, (found.catalog, found.schema))) or "As in the editor"),
        ("Tags", ", ".join(found.tags) or None),
    ]
    if found.description:
        rows.insert(0, ("Description", found.description))
    return html.Div(
        [
            html.Div(
                [*stars.opened("query", found.id, found.name), *queryview.acts(found, described=True)],
                className="query-acts",
            ),
            html.Pre(found.text, className="catalog-code", tabIndex=0, **aria(label="SQL")),
            html.Div(facts(rows), className="card card-body"),
        ],
        className="query-page",
    )
