"""Pages and widgets of a definition: see `definition`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from portal.boards import given, older
from portal.boards.definition import (
    FILTERS,
    LONGEST_EXPRESSION,
    LONGEST_TEXT,
    MOST_WIDGETS,
    VERSIONS,
    Field,
    Filter,
    FilterKind,
    Order,
    Page,
    Query,
    Target,
    Widget,
)  # fmt: skip
from portal.boards.selection import default

_CONTROLS: dict[str, FilterKind] = {
    "DATE_PICKER": "date", "DATE_RANGE_PICKER": "date-range", "MULTI_SELECT": "multi", "TEXT_ENTRY": "text",
    "TEXT_INPUT": "text",
}  # fmt: skip
"""`control_type` of the older editor; any other one offers a single choice."""

MOST_MENUS = 10
"""Fields whose values one menu offers together."""


def page(of: Mapping[str, Any]) -> Page:
    name = given.text(of, "name")
    columns: Literal[6, 12] = 12 if given.text(of, "layoutVersion") == "GRID_V1" else 6
    placed = [_widget(one, columns) for one in given.nodes(of, "layout", 10_000)]
    placed.sort(key=lambda one: (one.y, one.x))
    return Page(
        name=name,
        title=given.text(of, "displayName") or name or "Page",
        is_global=given.text(of, "pageType") == "PAGE_TYPE_GLOBAL_FILTERS",
        columns=columns,
        widgets=tuple(placed[:MOST_WIDGETS]),
        left_out=max(0, len(placed) - MOST_WIDGETS),
    )


def _widget(item: Mapping[str, Any], columns: int) -> Widget:
    of, place = given.node(item, "widget"), given.node(item, "position")
    x = given.whole(place, "x", 0, 0, columns - 1)
    where: dict[str, Any] = {
        "name": given.text(of, "name"),
        "x": x,
        "y": given.whole(place, "y", 0, 0, 100_000),
        "width": given.whole(place, "width", columns, 1, columns - x),
        "height": given.whole(place, "height", 1, 1, 1_000),
        "background": given.node(of, "specExtensions", "widgetBackgroundColor"),
    }
    markdown = _markdown(of)
    if markdown is not None:
        return Widget(kind="text", text=markdown, **where)
    spec = given.node(of, "spec")
    version = given.whole(spec, "version", 1, 0, 1_000)
    queries = [_query(one) for one in given.nodes(of, "queries")]
    if "viz_spec" in spec or "dashboard_parameter_spec" in spec:
        return _older(spec, queries, where)
    kind = given.text(spec, "widgetType")[:100]
    frame = given.node(spec, "frame")
    return Widget(
        kind=kind or "unknown",
        version=version,
        title=_said(frame, "title")[: given.LONGEST_NAME] if given.flag(frame, "showTitle", True) else "",
        description=_said(frame, "description") if given.flag(frame, "showDescription") else "",
        query=_main(queries, given.text(given.node(spec, "data"), "queryName")),
        filter=_filter(FILTERS[kind], spec, queries) if kind in FILTERS else None,
        spec=spec,
        unsupported=_why_not(kind, version, queries),
        **where,
    )


def _said(frame: Mapping[str, Any], key: str) -> str:
    """A text, or an object with it."""
    return given.text(frame, key, longest=10_000) or given.text(given.node(frame, key), "value", longest=10_000)


def _markdown(of: Mapping[str, Any]) -> str | None:
    if "multilineTextboxSpec" in of:
        lines = given.items(given.node(of, "multilineTextboxSpec"), "lines", 100_000)
        return "".join(one for one in lines if isinstance(one, str))[:LONGEST_TEXT]
    if "textbox_spec" in of or "textboxSpec" in of:
        return given.text(of, "textbox_spec", longest=LONGEST_TEXT) or given.text(
            of, "textboxSpec", longest=LONGEST_TEXT
        )
    return None


def _why_not(kind: str, version: int, queries: list[Query]) -> str:
    if not kind:
        return "The dashboard does not say what this widget is."
    if kind not in VERSIONS:
        return f"The portal does not draw widgets of the kind {kind}."
    if version > VERSIONS[kind]:
        return f"The portal does not know version {version} of {kind} widgets."
    if not queries and kind not in FILTERS:
        return "This widget has no query."
    return ""


def _older(spec: Mapping[str, Any], queries: list[Query], where: dict[str, Any]) -> Widget:
    """A widget of the older editor, or a control of one."""
    control = given.node(spec, "dashboard_parameter_spec")
    if control:
        by_name = {one.name: one for one in queries}
        targets = [
            Target(by_name[given.text(one, "query_name")].dataset, keyword=given.text(one, "keyword"))
            for one in given.nodes(control, "query_and_parameter_keywords")
            if given.text(one, "query_name") in by_name
        ]
        kind = _CONTROLS.get(given.text(control, "control_type").upper(), "single")
        made = Filter(kind, tuple(targets), default(control))
        return Widget(kind="v0", title=given.text(control, "display_name"), spec=spec, filter=made, **where)
    drawn = given.node(spec, "viz_spec")
    return Widget(
        kind="v0",
        title=given.text(drawn, "display_name"),
        description=given.text(drawn, "description", longest=10_000),
        query=_main(queries, given.text(drawn, "query_name")),
        spec=spec,
        unsupported=older.why_not(drawn) if queries else "This widget has no query.",
        **where,
    )


def _main(queries: list[Query], named: str) -> Query | None:
    """The query that is drawn."""
    for name in (named, "main_query"):
        for one in queries:
            if one.name == name:
                return one
    return queries[0] if queries else None


def _query(of: Mapping[str, Any]) -> Query:
    query = given.node(of, "query")
    long = LONGEST_EXPRESSION + 1
    fields = {
        given.text(one, "name"): given.text(one, "expression", longest=long) for one in given.nodes(query, "fields")
    }
    return Query(
        name=given.text(of, "name"),
        dataset=given.text(query, "datasetName"),
        fields=tuple(Field(name, expression) for name, expression in fields.items() if name and expression),
        disaggregated=given.flag(query, "disaggregated"),
        filters=tuple(
            given.text(one, "expression", longest=long) for one in given.nodes(query, "filters") if "expression" in one
        ),
        orders=tuple(
            Order(given.text(one, "expression", longest=long), given.text(one, "direction") == "DESC")
            for one in given.nodes(query, "orders")
            if given.text(one, "expression")
        ),
        parameters=tuple(
            (given.text(one, "name"), given.text(one, "keyword") or given.text(one, "name"))
            for one in given.nodes(query, "parameters")
        ),
        cube=tuple(
            tuple(name for name in given.items(one, "fieldNames", 20) if isinstance(name, str))
            for one in given.nodes(given.node(query, "cubeGroupingSets"), "sets", 4)
        ),
    )


def _filter(kind: str, spec: Mapping[str, Any], queries: list[Query]) -> Filter:
    by_name = {one.name: one for one in queries}
    targets: list[Target] = []
    menu: dict[tuple[str, str], tuple[Query, Field]] = {}
    for one in given.nodes(given.node(spec, "encodings"), "fields"):
        query = by_name.get(given.text(one, "queryName"))
        dataset = query.dataset if query else given.text(one, "datasetName")
        name = given.text(one, "fieldName")
        keyword = given.text(one, "parameterName") or given.text(one, "parameterKeyword")
        if keyword:
            known = dict(query.parameters) if query else {}
            targets.append(Target(dataset, keyword=known.get(keyword, keyword)))
        elif name and query:
            field = query.field(name) or Field(name, f"`{name.replace('`', '``')}`")
            targets.append(Target(dataset, expression=field.expression))
            menu.setdefault((query.dataset, field.expression), (query, field))
    return Filter(
        kind=kind,  # type: ignore[arg-type]
        targets=tuple(targets),
        default=default(given.node(spec, "selection")),
        all_allowed=not given.flag(spec, "disallowAll"),
        exclude=given.flag(spec, "exclude"),
        match=given.text(spec, "matchMode") or "contains",
        case_sensitive=given.flag(spec, "isCaseSensitive"),
        menu=tuple(menu.values())[:MOST_MENUS],
    )
