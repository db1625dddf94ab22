"""The frame of a dashboard's page: tabs, the filters that stand above every page, the grid as its author laid it out.

Each widget is `section[data-widget][data-kind][data-state]`. Texts, and what cannot be drawn, are in it from the start;
filters are made by `assets/src/dashboards/filters.js`; the rest comes by `board.js`, which fills `.tile-body`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from dash import html
from dash.development.base_component import Component

from portal.boards import filters, tiles
from portal.boards.definition import LABELS, Board, Page, Widget
from portal.boards.selection import Choice, Selection, Span, written
from portal.settings import settings
from portal.ui import address, states
from portal.ui.attributes import aria, data
from portal.ui.boards import tiles as drawn
from portal.ui.elements import Child, Element, element
from portal.ui.icons import icon
from portal.viewer.errors import NoSuchThing

Given = Mapping[str, Sequence[str]]
MOST_ROWS = 2_000
"""Rows of the grid at most: its tracks are the browser's to hold."""


@dataclass(frozen=True)
class Place:
    """Where the tiles of a page are asked for (`path`), and what it is in Databricks: a `what` of this `etag`, at
    `link`. `waits`: nothing runs until the viewer says so, and marks of charts choose nothing.
    """

    path: str
    etag: str
    link: str
    what: str = "dashboard"
    waits: bool = False


def databricks_link(dashboard_id: str) -> str:
    host = settings().databricks_host
    return f"{host}/dashboardsv3/{quote(dashboard_id, safe='')}" if host else ""


def page_of(board: Board, name: str) -> Page:
    """The page that an address names, by its name or title; the first one without. Raises `NoSuchThing`."""
    if not board.canvas:
        raise NoSuchThing("This dashboard has no pages.")
    if not name:
        return board.canvas[0]
    for page in board.canvas:
        if page.name == name:
            return page
    for page in board.canvas:
        if page.title == name:
            return page
    raise NoSuchThing("This dashboard has no such page. It may have been renamed or removed.")


def draw(board: Board, page: Page, place: Place, given: Given, tabs: bool = True) -> list[Component]:
    """Tabs, filters, and the page's widgets. `given` are values of filters where the address says nothing."""
    link = place.link
    config = {**vars(place), "page": page.name, "filters": given}
    standing = [(other, widget) for other in board.globals for widget in other.widgets if widget.filter is not None]
    parts: list[Child] = []
    if tabs:
        parts.append(_tabs(board.canvas, page))
    parts += [html.P(said, className="board-note", role="note") for said in (*board.faults, *_left_out(page))]
    if standing:
        boxes = [_section(board, other, widget, link, {}, given) for other, widget in standing]
        parts.append(html.Div(boxes, className="board-filters", role="group", **aria(label="Filters of every page")))
    if page.widgets:
        parts.append(_grid(board, page, link, given))
    else:
        parts.append(states.empty("This page is empty", "Its author has put nothing on it yet."))
    # A page is mounted anew: what a script has put into the one before must not stay.
    inside = html.Div(parts, id={"board": place.path, "page": page.name, "etag": place.etag}, className="board-page")
    return [html.Div(inside, className="board", **data(board=json.dumps(config)))]


def _tabs(pages: Sequence[Page], chosen: Page) -> html.Div:
    tabs = [
        html.Button(
            page.title,
            type="button",
            role="tab",
            className="board-tab",
            disable_n_clicks=True,
            tabIndex=0 if page is chosen else -1,
            **aria(selected="true" if page is chosen else "false"),
            **address.sets(page=page.name),
        )
        for page in pages
    ]
    return html.Div(tabs, role="tablist", className="board-tabs", **aria(label="Pages of the dashboard"))


def _left_out(page: Page) -> list[str]:
    return [f"{page.left_out:,} more widgets of this page are not drawn."] if page.left_out else []


def _grid(board: Board, page: Page, link: str, given: Given) -> html.Div:
    """Rows that no widget stands on are left out: a file may put one at 90,000."""
    used = sorted({row for one in page.widgets for row in range(one.y, one.y + min(one.height, MOST_ROWS))})[:MOST_ROWS]
    place = {row: at + 1 for at, row in enumerate(used)}
    sections = []
    for widget in page.widgets:
        first = place.get(widget.y, len(used))
        last = place.get(widget.y + widget.height - 1, len(used))
        style = {
            "gridColumn": f"{widget.x + 1} / span {widget.width}",
            "gridRow": f"{first} / {max(first, last) + 1}",
            "--tile-rows": str(min(widget.height, 40)),
        }
        sections.append(_section(board, page, widget, link, style, given))
    return html.Div(sections, className="board-grid", **data(columns=str(page.columns)))


def _section(board: Board, place: Page, widget: Widget, link: str, style: dict[str, str], given: Given) -> html.Section:
    state, inside = _inside(board, place, widget, link, given)
    light, dark = tiles.background(widget)
    if light or dark:
        style = {**style, "--tile-light": light or dark, "--tile-dark": dark or light}
    parts: list[Child] = []
    is_plain = widget.kind == "text" or widget.filter is not None
    if not is_plain:
        parts.append(_head(widget))
    parts.append(inside)
    return html.Section(
        parts,
        className=_class(widget),
        style=style,
        **aria(label=widget.label),
        **data(widget=widget.name, kind=widget.kind, state=state, colored="1" if light or dark else ""),
    )


def _class(widget: Widget) -> str:
    if widget.filter is not None:
        return "tile tile-filter is-low" if widget.height == 1 else "tile tile-filter"
    return "tile tile-words-only" if widget.kind == "text" else "tile tile-data"


def _inside(board: Board, place: Page, widget: Widget, link: str, given: Given) -> tuple[str, Child]:
    """The state that a widget begins in, and what is in it."""
    if widget.kind == "text":
        return "drawn", _words(widget.text)
    if widget.unsupported:
        kind = LABELS.get(widget.kind, widget.kind)
        return "unsupported", element("Div", drawn.unsupported(widget.unsupported, kind, link), className="tile-body")
    if widget.filter is not None:
        return "drawn", html.Div(
            className="tile-control", **data(filter=json.dumps(control(board, place, widget, given)))
        )
    skeleton = element("Div", className="skeleton tile-skeleton", **aria(hidden="true"))
    return "loading", html.Div(skeleton, className="tile-body", disable_n_clicks=True)


@lru_cache(64)
def _words(text: str) -> Element:
    """A text's elements: a long one takes a second to read, and each load of a page draws it twice."""
    return drawn.text(tiles.text(Widget("", "text", 0, 0, 1, 1, text=text)))


def _head(widget: Widget) -> Element:
    words: list[Child] = []
    if widget.title:
        words.append(element("H2", widget.title, className="tile-title"))
    if widget.description:
        words.append(element("P", widget.description, className="tile-description"))
    menu = element(
        "Button", icon("three-dots-vertical"), type="button", className="icon-button tile-menu-button",
        **aria(label=f"Menu of {widget.label}", haspopup="menu", expanded="false"), **data(tile_menu="1"),
    )  # fmt: skip
    return element("Header", [element("Div", words, className="tile-words"), menu], className="tile-head")


def control(board: Board, place: Page, widget: Widget, given: Given) -> Mapping[str, object]:
    """What a filter's control needs: its name in the address, its kind, and what holds where the address is silent."""
    found = widget.filter
    assert found is not None
    name = filters.address(place, widget)
    default = [one for one in given[name] if one] if name in given else _members(filters.default(board, found))
    return {
        "name": name,
        "kind": found.kind,
        "title": widget.title or widget.label,
        "hasTitle": bool(widget.title),
        "description": widget.description,
        "default": default,
        "first": filters.takes_first(found),
        "all": found.all_allowed,
        "menu": bool(found.menu),
    }


def _members(selection: Selection) -> list[str]:
    """As an address writes it; nothing for All."""
    if selection in (Choice(), Span()):
        return []
    return written(selection)
