"""Where things of Unity Catalog are, what one can do with them, and lists of their names. Names may be anything."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

import dash
from dash import dcc, html
from dash.development.base_component import Component

from portal.databricks.catalog import Name, Names, metrics, written
from portal.databricks.catalog.model import Table
from portal.ui import address, pager, states
from portal.ui.attributes import aria, data
from portal.ui.elements import Child, Children
from portal.ui.icons import icon

HREF = "/catalog"
PAGE = 50
"""Rows of a list of names."""
ICONS = {"catalog": "database", "schema": "folder2", "table": "table", "view": "eye", "function": "code-slash"}


def path_of(names: Sequence[str]) -> str:
    """A thing's address below the portal: its names may hold anything."""
    return "/".join((HREF, *(quote(name, safe="") for name in names)))


def crumbs(names: Sequence[str]) -> list[tuple[str, str]]:
    above = [("Catalog", HREF), *((name, path_of(names[: index + 1])) for index, name in enumerate(names))]
    return above[:-1] if names else []


def query_link(sql: str) -> str:
    """The editor with this text: in the fragment, which no server sees. Opening it runs nothing."""
    return f"{dash.get_relative_path('/warehouse')}#sql={quote(sql, safe='')}"


ROWS = 100
"""Rows that "Query this table" asks for."""


def query_this(path: Sequence[str], known: Table | None) -> Component:
    """The way to the editor, with a query that runs: a metric view's is of its dimensions and measures."""
    sql = f"SELECT *\nFROM {written(path)}\nLIMIT {ROWS}"
    if known is not None and known.type == metrics.METRIC_VIEW:
        sql = metrics.sql(path, known.columns, ROWS)
    return dcc.Link(
        [icon("terminal"), html.Span("Query this table")],
        href=query_link(sql),
        className="btn btn-primary btn-sm action",
    )


def actions(path: Sequence[str], host: str | None, known: Table | None = None) -> list[Component]:
    """What one can do with a thing, beside looking at it; `known` is the table, where it has been read."""
    found: list[Component] = []
    if len(path) == 3:
        found.append(html.Span(query_this(path, known), id="catalog-query"))
    copied = data(copy=written(path), copied="Name copied")
    found.append(
        html.Button(
            [icon("clipboard"), html.Span("Copy name")],
            type="button",
            className="btn btn-outline-secondary btn-sm action",
            disable_n_clicks=True,
            **copied,
        )
    )
    if host:
        found.append(
            html.A(
                [html.Span("Open in Databricks"), icon("box-arrow-up-right")],
                href=f"{host}/explore/data/{'/'.join(quote(name, safe='') for name in path)}",
                target="_blank",
                rel="noopener noreferrer",
                className="btn btn-outline-secondary btn-sm action",
            )
        )
    return found


# Lists


def table(label: str, columns: Sequence[str], rows: Sequence[Sequence[Children]], numbered: bool = False) -> Component:
    """A plain grid, as those of jobs: cells may hold links."""
    head = html.Tr([html.Th(name, scope="col", role="columnheader") for name in columns], role="row")
    body = [html.Tr([html.Td(cell, role="gridcell") for cell in row], role="row") for row in rows]
    grid = html.Table(
        [html.Thead(head, role="rowgroup"), html.Tbody(body, role="rowgroup")],
        role="grid",
        className="table table-hover small-grid catalog-grid",
        disable_n_clicks=True,
        **aria(label=label, rowcount=str(len(rows) + 1), colcount=str(len(columns))),
    )
    return html.Div(grid, className="grid grid-small", tabIndex=-1)


def names(label: str, found: Names, path: Sequence[str], query: dict[str, str]) -> Component:
    """Catalogs, schemas or tables, fifty a page, those that hold `query["q"]`."""
    wanted = query.get("q", "").strip().lower()
    items = [one for one in found.items if wanted in one.name.lower()]
    pages = max(1, -(-len(items) // PAGE))
    page = min(pager.page_of(query), pages)
    count = f"{len(items):,} of {len(found.items):,}" if wanted else f"{len(items):,}"
    note = f"{count} {label.lower() if len(found.items) != 1 else label.lower().removesuffix('s')}"
    if found.following:
        note += " so far: all that you may read; more that you may only browse may follow, by pages"
    body: list[Child] = [html.P(note, className="grid-note", role="status")]
    if items:
        shown = items[(page - 1) * PAGE : page * PAGE]
        rows = [(_link(one, path), html.Span(one.note, className="catalog-comment")) for one in shown]
        body.append(table(label, ("Name", "Comment"), rows))
    elif wanted and found.following:
        hint = (
            f"Of {len(found.items):,} {label.lower()} that have been read none matches, and none is called exactly so. "
            "There may be others that you may only browse: type a whole name."
        )
        body.append(states.empty("Nothing matches so far", hint))
    elif wanted:
        body.append(states.empty("Nothing matches", "Try fewer letters."))
    else:
        body.append(states.empty("Nothing here", f"There are no {label.lower()} that you may see."))
    more = found.following is not None and not wanted
    if pages > 1 or more:
        body.append(pager.numbered(page, pages, "Pages", more=more))
    return html.Div(body)


def _link(one: Name, path: Sequence[str]) -> Component:
    name = dcc.Link(html.Bdi(one.name), href=dash.get_relative_path(path_of([*path, one.name])))
    lock = icon("lock", label="browse only") if one.browse_only else None
    return html.Span([icon(ICONS.get(one.kind, "table")), name, lock], className="catalog-name")


def search_box(value: str, label: str) -> html.Div:
    """Filters the list beside it (`assets/src/parts/address.js` puts it into the address)."""
    box = address.field("catalog-q", value, "Part of a name")
    return html.Div(
        [html.Label(label, htmlFor="catalog-q", className="form-label"), box],
        className="catalog-filter",
        **data(param="q"),
    )
