"""How things of Unity Catalog are drawn: facts, lists of names, columns, functions, grants. Names may be anything."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import dash
import humanize
from dash import dcc, html
from dash.development.base_component import Component

from portal.databricks.catalog import (
    Column,
    Function,
    Grant,
    Held,
    Name,
    Names,
    Securable,
    Table,
    metrics,
    written,
)
from portal.ui import address, markdown, pager, people, states, when
from portal.ui.attributes import aria, data
from portal.ui.drawing import drawing
from portal.ui.facts import facts
from portal.ui.icons import icon

HREF = "/catalog"
PAGE = 50
"""Rows of a list of names."""
ICONS = {"catalog": "database", "schema": "folder2", "table": "table", "view": "eye", "function": "code-slash"}
_TYPES = {
    "MANAGED": "Managed table",
    "EXTERNAL": "External table",
    "FOREIGN": "Foreign table",
    "VIEW": "View",
    "MATERIALIZED_VIEW": "Materialized view",
    "STREAMING_TABLE": "Streaming table",
    "METRIC_VIEW": "Metric view",
    "MANAGED_CATALOG": "Managed catalog",
    "SYSTEM_CATALOG": "System catalog",
    "DELTASHARING_CATALOG": "Shared catalog",
    "FOREIGN_CATALOG": "Foreign catalog",
}


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


# Facts


def securable_facts(found: Securable, tags: object) -> Component:
    """Of a catalog or a schema."""
    rows = [
        ("Comment", markdown.draw(found.comment) if found.comment else None),
        ("Kind", _TYPES.get(found.type, found.type.replace("_", " ").capitalize()) if found.type else None),
        *_common(found.owner, found.created_at, found.updated_at, tags),
    ]
    return _facts("About", rows, found.browse_only)


def table_facts(found: Table, tags: object, size: Component) -> Component:
    kind = _TYPES.get(found.type, found.type.replace("_", " ").capitalize() or "Table")
    rows = [
        ("Comment", markdown.draw(found.comment) if found.comment else None),
        ("Kind", f"{kind}, {found.format.replace('_', ' ').capitalize()}" if found.format else kind),
        ("Rows", f"{found.rows:,}" if found.rows is not None else None),
        ("Size", size),
        ("Primary key", _codes(found.primary_key)),
        *(
            ("Foreign key", [_codes(key.columns), " to ", html.Code(key.table), " ", _codes(key.referenced)])
            for key in found.foreign_keys
        ),
        ("Row filter", html.Code(found.row_filter) if found.row_filter else None),
        *_common(found.owner, found.created_at, found.updated_at, tags),
    ]
    return _facts("About", rows, found.browse_only)


def size_text(nbytes: int | None) -> str:
    return "Not known" if nbytes is None else humanize.naturalsize(nbytes, binary=True)


def _common(owner: str, created: int | None, updated: int | None, tags: object) -> list[tuple[str, object]]:
    return [
        ("Owner", people.draw(owner) if owner else None),
        ("Created", when.both(created) if created else None),
        ("Changed", when.both(updated) if updated else None),
        ("Tags", _tags(tags)),
    ]


def _facts(title: str, rows: Sequence[tuple[str, object]], browse_only: bool) -> Component:
    note = html.P([icon("lock"), " You may browse this, not read it."], className="catalog-note")
    return html.Div(
        [html.H2(title, className="region-title"), note if browse_only else None, facts(rows)],
        className="card card-body",
    )


def _tags(tags: Any) -> Any:
    if isinstance(tags, Exception):
        return html.Span("Not known", title=str(tags), className="text-body-secondary")
    if not tags:
        return None
    return html.Ul([html.Li(f"{key}: {value}" if value else key) for key, value in tags], className="tags")


def _codes(names: Sequence[str]) -> object:
    parts: list[object] = []
    for name in names:
        parts += [", ", html.Code(name)] if parts else [html.Code(name)]
    return parts or None


# Lists


def table(label: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], numbered: bool = False) -> Component:
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
    body: list[Any] = [html.P(note, className="grid-note", role="status")]
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


def columns(found: Table) -> list[Component]:
    """Of a table, in their order: as many as there are, a page at a time (`assets/src/catalog/columns.js`)."""
    keys = set(found.primary_key)
    rows = [(one.name, one.type_text, one.comment, _marks(one, keys, found)) for one in found.columns]
    title = html.H2(["Columns ", html.Span(f"{len(rows):,}", className="catalog-count")], className="region-title")
    if not rows:
        return [title, states.empty("No columns", "Unity Catalog shows none of them to you.")]
    return [title, drawing("columns", {"headings": ["Name", "Type", "Comment"], "rows": rows})]


def _marks(one: Column, keys: set[str], table: Table) -> list[tuple[str, str]]:
    """(text, what it means)."""
    marks: list[tuple[str, str]] = []
    if table.type == metrics.METRIC_VIEW and any(other.measure for other in table.columns):
        marks.append(("measure", "asked for by MEASURE()") if one.measure else ("dimension", "may be grouped by"))
    if one.name in keys:
        marks.append(("key", "primary key"))
    if not one.nullable:
        marks.append(("not null", ""))
    if one.partition is not None:
        marks.append(("partition", ""))
    if one.mask:
        marks.append(("masked", f"by {one.mask}"))
    return marks


def column_tags(found: Mapping[str, Sequence[tuple[str, str]]]) -> list[Component]:
    """Of a table's columns; nothing where none has any."""
    if not found:
        return []
    title = html.H2("Tags of columns", className="region-title")
    rows = [(html.Bdi(name), _tags(some)) for name, some in found.items()]
    return [title, table("Tags of columns", ("Column", "Tags"), rows)]


def definition(text: str) -> list[Component]:
    title = html.H2("Definition", className="region-title")
    return [title, html.Pre(text, className="catalog-code", tabIndex=0, **aria(label="Definition"))]


def functions(found: Sequence[Function]) -> list[Component]:
    title = html.H2("Functions", className="region-title")
    if not found:
        return [title, html.P("No functions that you may see.", className="catalog-note")]
    rows = [
        (
            html.Span([icon("code-slash"), html.Bdi(one.name)], className="catalog-name"),
            html.Code(f"({', '.join(one.parameters)})", className="catalog-type"),
            html.Code(one.returns, className="catalog-type"),
            one.language.capitalize() if one.language.isupper() and len(one.language) > 3 else one.language,
            html.Span(one.comment, className="catalog-comment"),
        )
        for one in found
    ]
    return [title, table("Functions", ("Name", "Takes", "Gives", "Language", "Comment"), rows)]


def held(name: str, found: Sequence[Held]) -> list[Component]:
    """Volumes or models of a schema."""
    title = html.H2(name, className="region-title")
    if not found:
        return [title, html.P(f"No {name.lower()} that you may see.", className="catalog-note")]
    rows = [
        (
            html.Span(
                [
                    icon("folder2" if name == "Volumes" else "diagram-3"),
                    html.Bdi(one.name),
                    icon("lock", label="browse only") if one.browse_only else None,
                ],
                className="catalog-name",
            ),
            *([one.type.replace("_", " ").capitalize() or "–"] if name == "Volumes" else []),
            people.draw(one.owner) if one.owner else "–",
            markdown.draw(one.comment) if one.comment else "",
        )
        for one in found
    ]
    headings = ("Name", "Kind", "Owner", "Comment") if name == "Volumes" else ("Name", "Owner", "Comment")
    return [title, table(name, headings, rows)]


def grants(found: Sequence[Grant]) -> list[Component]:
    """By principal and by where it comes from."""
    title = html.H2("Grants", className="region-title")
    if not found:
        return [title, html.P("No grants that you may know of.", className="catalog-note")]
    rows = []
    for (principal, origin), some in itertools.groupby(
        found, key=lambda grant: (grant.principal, grant.inherited_from)
    ):
        privileges = html.Ul([html.Li(one.privilege.capitalize()) for one in some], className="tags")
        where: object = ["from ", html.Code(origin)] if origin else "granted here"
        rows.append((people.draw(principal), privileges, where))
    return [title, table("Grants", ("Principal", "Privileges", "Where"), rows)]
