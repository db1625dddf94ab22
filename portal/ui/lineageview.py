"""Lineage drawn: the graph that jobs have, with a table as its text, and who wrote and read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import dash
from dash import dcc, html
from dash.development.base_component import Component

from portal.databricks.lineage.model import Lineage, Neighbour, Path
from portal.ui import address, catalogview, graph, pager, states, when
from portal.ui.attributes import aria, data
from portal.ui.drawing import placed_graph
from portal.ui.icons import icon
from portal.ui.queryview import grid

PAGE = 25
"""Neighbours a side that are drawn at a time."""
OPENED = 10
"""Of a table that was opened, neighbours a side."""
HOPS = 3
_DOORS = {
    "api": "Unity Catalog answered (table lineage), of the last year as far as you may browse.",
    "system": "Read from system.access.table_lineage, of the last 90 days: the lineage API gave no answer.",
}


def opened(view: Mapping[str, str]) -> tuple[str, ...]:
    """The tables whose neighbours are drawn too, by full name: at most a dozen."""
    return tuple(dict.fromkeys(name for name in view.get("open", "").split(",") if name.count(".") == 2))[:12]


def draw(found: Lineage, more: Sequence[Lineage], view: Mapping[str, str]) -> list[Component]:
    """The graph and its text; `more` is the lineage of the opened tables."""
    title = html.H2("Lineage", className="region-title", id="lineage", tabIndex=-1)
    if not found.door:
        text = f"Unity Catalog's lineage gave no answer for this table. {found.why}"
        return [title, states.empty("No lineage to show", text)]
    words = view.get("lq", "").lower().split()
    up, down = (_matching(side, words) for side in (found.upstream, found.downstream))
    pages = max(1, -(-max(len(up), len(down)) // PAGE))
    page = min(pager.page_of(view, "lpage"), pages)
    cut = slice((page - 1) * PAGE, page * PAGE)
    many = len(found.upstream) + len(found.downstream) > PAGE
    shown = up[cut], down[cut]
    ups = _ups(found, shown, more)
    turning = _turning(ups, ".".join(found.path)) | ({one.name for one in up} & {one.name for one in down})
    body: list[Component] = [title, html.P(_said(found, len(turning)), className="grid-note", role="status")]
    if many or words:
        box = address.field("catalog-lq", view.get("lq", ""), "Part of a table's name")
        label = html.Label("Find a neighbour", htmlFor="catalog-lq", className="form-label")
        body.append(html.Div([label, box], className="jobs-search", **data(param="lq")))
    if not found.upstream and not found.downstream:
        body.append(html.P("No table beside it that you may see.", className="catalog-note"))
    elif not any(shown):
        body.append(states.empty("Nothing matches", "Try fewer letters."))
    else:
        body += [_graph(found, shown, more, view, ups), _text(found, shown, view, turning)]
    if pages > 1:
        body.append(pager.numbered(page, pages, "Pages of neighbours", param="lpage"))
    return body


def _matching(side: Sequence[Neighbour], words: Sequence[str]) -> list[Neighbour]:
    return [one for one in side if all(word in one.name.lower() for word in words)]


def _said(found: Lineage, turning: int) -> str:
    up, down = len(found.upstream), len(found.downstream)
    parts = [f"Made of {_tables(up)}; {_tables(down)} made of it."]
    if turning:
        parts.append(
            f"{_tables(turning)} {'is' if turning == 1 else 'are'} in a cycle with it: each is made of the other."
        )
    hidden = found.hidden_up + found.hidden_down
    if hidden:
        parts.append(f"{hidden:,} more {'is' if hidden == 1 else 'are'} not visible to you.")
    return " ".join([*parts, _DOORS[found.door]])


def _tables(count: int) -> str:
    return f"{count:,} {'table' if count == 1 else 'tables'}"


# The graph


Ups = dict[str, dict[str, None]]
"""Table -> those that it is made of, as far as they are drawn."""


def _ups(found: Lineage, shown: tuple[list[Neighbour], list[Neighbour]], more: Sequence[Lineage]) -> Ups:
    center = ".".join(found.path)
    ups: Ups = {center: dict.fromkeys(one.name for one in shown[0])}
    for one in shown[1]:
        ups.setdefault(one.name, {})[center] = None
    for other in more:
        name = ".".join(other.path)
        ups.setdefault(name, {}).update(dict.fromkeys(one.name for one in other.upstream[:OPENED]))
        for one in other.downstream[:OPENED]:
            ups.setdefault(one.name, {})[name] = None
    return {**{up: {} for some in ups.values() for up in some}, **ups}


def _turning(ups: Ups, center: str) -> set[str]:
    """The tables that this one is made of and that are made of it, by whatever way is drawn."""
    downs: dict[str, list[str]] = {}
    for name, some in ups.items():
        for up in some:
            downs.setdefault(up, []).append(name)
    return (_reached(ups, center) & _reached(downs, center)) - {center}


def _reached(beside: Mapping[str, Iterable[str]], center: str) -> set[str]:
    found, edge = {center}, [center]
    for name in edge:
        for near in beside.get(name, ()):
            if near not in found:
                found.add(near)
                edge.append(near)
    return found


def _graph(
    found: Lineage,
    shown: tuple[list[Neighbour], list[Neighbour]],
    more: Sequence[Lineage],
    view: Mapping[str, str],
    ups: Ups,
) -> Component:
    center = ".".join(found.path)
    at = {one.name: one.at for one in (*shown[0], *shown[1])}
    left: dict[str, int] = {}
    for other in more:
        for one in (*other.upstream[:OPENED], *other.downstream[:OPENED]):
            at.setdefault(one.name, one.at)
        left[".".join(other.path)] = sum(max(0, len(side) - OPENED) for side in (other.upstream, other.downstream))
    distance = _distances(ups, center)
    placed = graph.layout({name: [(up, "") for up in some] for name, some in ups.items()})
    open_ = opened(view)

    def node(box: graph.Node) -> dict[str, object]:
        name = box.key
        note = "this table" if name == center else when.words(moment) if (moment := at.get(name)) else "table"
        if left.get(name):
            note = f"and {left[name]:,} more beside it"
        title = f"{name}: {note}"
        item: dict[str, object] = {
            "key": name, "x": box.x, "y": box.y, "note": note, "title": title, "state": "", "chosen": name == center,
            "href": _path(tuple(name.split("."))),
        }  # fmt: skip
        if name != center and distance.get(name, HOPS) < HOPS:
            item["set"] = {"open": ",".join(_toggled(open_, name))}
        return item

    return placed_graph("Lineage", placed, node)


def _distances(ups: Mapping[str, Mapping[str, None]], center: str) -> dict[str, int]:
    """Hops from the center, whichever way; a cycle ends where it began."""
    beside: dict[str, set[str]] = {}
    for name, some in ups.items():
        for up in some:
            beside.setdefault(name, set()).add(up)
            beside.setdefault(up, set()).add(name)
    found, edge = {center: 0}, [center]
    for name in edge:
        for near in beside.get(name, ()):
            if near not in found:
                found[near] = found[name] + 1
                edge.append(near)
    return found


def _toggled(open_: Sequence[str], name: str) -> list[str]:
    return [one for one in open_ if one != name] if name in open_ else [*open_, name]


def _path(path: Path) -> str:
    return dash.get_relative_path(catalogview.path_of(path))


# Its text


def _text(
    found: Lineage, shown: tuple[list[Neighbour], list[Neighbour]], view: Mapping[str, str], turning: set[str]
) -> Component:
    note = html.Div("in a cycle with this table", className="cell-note")
    rows = [
        [
            dcc.Link(html.Bdi(one.name), href=_path(one.path), className="query-name"),
            [side, note] if one.name in turning else side,
            when.ago(one.at),
            _by(one),
            _open(one.name, view),
        ]
        for side, some in zip(("It is made of", "Made of it"), shown, strict=True)
        for one in some
    ]
    return grid("Tables beside this one", ("Table", "Direction", "Last", "By", ""), rows)


def _by(one: Neighbour) -> str:
    counts: dict[str, int] = {}
    for entity in one.entities:
        counts[entity.kind] = counts.get(entity.kind, 0) + 1
    plural = {"query": "queries"}
    shown = [f"{n} {kind if n == 1 else plural.get(kind, f'{kind}s')}" for kind, n in counts.items()]
    return ", ".join(shown) or "a statement"


def _open(name: str, view: Mapping[str, str]) -> Component:
    open_ = opened(view)
    is_open = name in open_
    return html.Button(
        [icon("diagram-3"), html.Span("Neighbours"), html.Span(f" of {name}", className="visually-hidden")],
        type="button",
        className="btn btn-outline-secondary btn-sm action",
        disable_n_clicks=True,
        **address.sets(open=",".join(_toggled(open_, name))),
        **aria(expanded=str(is_open).lower()),
    )
