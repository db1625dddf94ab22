"""The list of dashboards. Folder and change are not in Databricks' list: `assets/src/dashboards/listing.js` asks for
those of the rows that come into sight, and what is known already is drawn at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

import dash
from dash import dcc, html

from portal.databricks import dashboards
from portal.databricks.dashboards import Facts, Listed
from portal.ui import pager, stars, states, when
from portal.ui.attributes import data
from portal.ui.elements import Child, Element, element
from portal.ui.queryview import grid

PAGE = 50
_COLUMNS = ("Dashboard", "Folder", "Changed")


def path(dashboard_id: str) -> str:
    return dash.get_relative_path(f"/dashboards/{quote(dashboard_id, safe='')}")


def matching(listed: Sequence[Listed], text: str) -> list[Listed]:
    """Those whose name holds every word."""
    words = text.casefold().split()
    return [one for one in listed if all(word in one.name.casefold() for word in words)]


def draw(listed: Sequence[Listed], view: Mapping[str, str]) -> list[Child]:
    found = matching(listed, view.get("q", ""))
    pages = max(1, -(-len(found) // PAGE))
    page = min(pager.page_of(view), pages)
    noun = "dashboard" if len(found) == 1 else "dashboards"
    among = f", among the first {dashboards.MOST:,} that Databricks lists" if len(listed) >= dashboards.MOST else ""
    body: list[Child] = [html.P(f"{len(found):,} {noun}{among}", className="grid-note", role="status")]
    if found:
        body.append(grid("Dashboards", _COLUMNS, [_row(one) for one in found[(page - 1) * PAGE : page * PAGE]]))
    elif listed:
        body.append(states.empty("No dashboards match", "Try fewer words, or another spelling."))
    else:
        body.append(
            states.empty("No dashboards", "What you may see in the workspace is listed here: ask to have one shared.")
        )
    if pages > 1:
        body.append(pager.numbered(page, pages, "Pages of dashboards"))
    return body


def _row(one: Listed) -> list[Child]:
    known = dashboards.facts.peek(one.id)
    link = dcc.Link(html.Bdi(one.name), href=path(one.id), className="query-name")
    return [html.Span([stars.button("dashboard", one.id, one.name), link], className="starred"), *_facts(one.id, known)]


def _facts(id: str, known: Facts | None) -> list[Element]:
    if known is None:
        waiting = {"data-facts": id, "className": "board-fact is-waiting"}
        return [
            element("Span", "…", **waiting, **data(fact="folder")),
            element("Span", "…", **waiting, **data(fact="changed")),
        ]
    return [element("Span", known.folder or "–", className="board-fact"), when.ago(known.changed_at)]
