"""What Unity Catalog says of one thing, drawn: facts, columns, functions, volumes, models, grants."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import humanize
from dash import html
from dash.development.base_component import Component

from portal.databricks.catalog import metrics
from portal.databricks.catalog.model import Column, Function, Grant, Held, Securable, Table
from portal.ui import markdown, people, states, when
from portal.ui.attributes import aria
from portal.ui.catalogview import table
from portal.ui.drawing import drawing
from portal.ui.elements import Child, Children
from portal.ui.facts import facts
from portal.ui.icons import icon

Tags = Sequence[tuple[str, str]] | Exception | None
"""None where there are none; an exception where they cannot be had."""
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


def securable_facts(found: Securable, tags: Tags) -> Component:
    """Of a catalog or a schema."""
    rows = [
        ("Comment", markdown.draw(found.comment) if found.comment else None),
        ("Kind", _TYPES.get(found.type, found.type.replace("_", " ").capitalize()) if found.type else None),
        *_common(found.owner, found.created_at, found.updated_at, tags),
    ]
    return _facts("About", rows, found.browse_only)


def table_facts(found: Table, tags: Tags, size: Component) -> Component:
    kind = _TYPES.get(found.type, found.type.replace("_", " ").capitalize() or "Table")
    rows: list[tuple[str, Children]] = [
        ("Comment", markdown.draw(found.comment) if found.comment else None),
        ("Kind", f"{kind}, {found.format.replace('_', ' ').capitalize()}" if found.format else kind),
        ("Rows", f"{found.rows:,}" if found.rows is not None else None),
        ("Size", size),
        ("Primary key", _codes(found.primary_key) or None),
        *(
            ("Foreign key", [*_codes(key.columns), " to ", html.Code(key.table), " ", *_codes(key.referenced)])
            for key in found.foreign_keys
        ),
        ("Row filter", html.Code(found.row_filter) if found.row_filter else None),
        *_common(found.owner, found.created_at, found.updated_at, tags),
    ]
    return _facts("About", rows, found.browse_only)


def size_text(nbytes: int | None) -> str:
    return "Not known" if nbytes is None else humanize.naturalsize(nbytes, binary=True)


def _common(owner: str, created: int | None, updated: int | None, tags: Tags) -> list[tuple[str, Children]]:
    return [
        ("Owner", people.draw(owner) if owner else None),
        ("Created", when.both(created) if created else None),
        ("Changed", when.both(updated) if updated else None),
        ("Tags", _tags(tags)),
    ]


def _facts(title: str, rows: Sequence[tuple[str, Children]], browse_only: bool) -> Component:
    note = html.P([icon("lock"), " You may browse this, not read it."], className="catalog-note")
    return html.Div(
        [html.H2(title, className="region-title"), note if browse_only else None, facts(rows)],
        className="card card-body",
    )


def _tags(tags: Tags) -> Child:
    if isinstance(tags, Exception):
        return html.Span("Not known", title=str(tags), className="text-body-secondary")
    if not tags:
        return None
    return html.Ul([html.Li(f"{key}: {value}" if value else key) for key, value in tags], className="tags")


def _codes(names: Sequence[str]) -> list[Child]:
    parts: list[Child] = []
    for name in names:
        parts += [", ", html.Code(name)] if parts else [html.Code(name)]
    return parts


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
        where: Children = ["from ", html.Code(origin)] if origin else "granted here"
        rows.append((people.draw(principal), privileges, where))
    return [title, table("Grants", ("Principal", "Privileges", "Where"), rows)]
