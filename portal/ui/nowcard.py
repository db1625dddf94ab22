"""What is up for the viewer right now, as a card of the home page."""

from __future__ import annotations

import dash
import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from portal.databricks.watch.now import Now
from portal.ui import badges, watchview, when
from portal.ui.attributes import data
from portal.ui.elements import Child, Children
from portal.ui.queryview import query_path

SHOWN = 60
"""Characters of a statement."""


def card(found: Now) -> Component | None:
    """The card; None where nothing has fired and nothing runs.

    `assets/src/shell/visit.js` says of what fired since the last visit that it is new.
    """
    if not found.fired and not found.running:
        return None
    parts: list[Child] = []
    if found.fired:
        rows = [
            _row(_alert(one.name, one.query), ["evaluated ", when.glance(one.evaluated_at)], watchview.state(one),
                 one.evaluated_at)
            for one in found.fired
        ]  # fmt: skip
        parts += [html.H2("Fired", className="region-title"), html.Ul(rows, className="rows")]
    if found.running:
        link = dash.get_relative_path("/queries?state=RUNNING")
        rows = [
            _row(dcc.Link(" ".join(one.text.split())[:SHOWN] or "Statement", href=link),
                 ["since ", when.glance(one.started_at)], badges.run("RUNNING"))
            for one in found.running
        ]  # fmt: skip
        parts += [html.H2("Running statements", className="region-title"), html.Ul(rows, className="rows")]
    if found.partial:
        more = dcc.Link("all alerts", href=dash.get_relative_path("/queries?show=alerts"))
        parts.append(html.P(["Not everything is shown here: ", more], className="rows-side"))
    return dbc.Card(dbc.CardBody(parts))


def _alert(name: str, query: str) -> Component:
    link = query_path(query) if query else dash.get_relative_path("/queries?show=alerts")
    return dcc.Link(html.Bdi(name), href=link)


def _row(name: Component, fact: Children, badge: badges.Badge, fired: int | None = None) -> Component:
    told = data(fired=str(fired)) if fired else {}
    main, side = html.Span(name, className="rows-main"), html.Span(fact, className="rows-side")
    return html.Li([main, side, badges.draw(badge)], **told)
