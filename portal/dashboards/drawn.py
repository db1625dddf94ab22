"""A dashboard's page as it is drawn at once: what is said of it, its bar, and its frame. Tiles come by themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash import html
from dash.development.base_component import Component

from portal.dashboards.opened import Opened, opened, warehouse
from portal.databricks import dashboards
from portal.ui import stars, states, when
from portal.ui.attributes import data
from portal.ui.boards import bar, frame
from portal.ui.icons import icon
from portal.viewer.errors import PortalError

SCHEDULES = 3
"""Of a dashboard, in words."""


def content(
    dashboard_id: str, page: str = "", filters: Mapping[str, Sequence[str]] | None = None, *, tabs: bool = True
) -> list[Component]:
    """A page of a dashboard, by its name or title; the first one without. Raises the state to show.

    `filters` hold where the address says nothing: by `<page name>.<widget name>`, members as an address has them.
    """
    found = opened(dashboard_id)
    shown = frame.page_of(found.board, page)
    place = frame.Place(f"dashboards/{found.dashboard.id}", found.etag, found.link)
    return [
        _about(found, tabs),
        *frame.draw(found.board, shown, place, filters or {}, tabs),
    ]


def embedded(
    dashboard_id: str, *, page: str = "", filters: Mapping[str, str | Sequence[str]] | None = None
) -> html.Div:
    """`portal.api.dashboard`."""
    given = {name: [value] if isinstance(value, str) else list(value) for name, value in (filters or {}).items()}
    return html.Div(content(dashboard_id, page, given, tabs=False), className="dashboard")


def _about(found: Opened, alone: bool) -> html.Div:
    """Whose rights hold, what is drawn, and what the viewer lacks: one place for all of it."""
    said: list[Component] = []
    if found.published is not None and found.published.embedded:
        said.append(_line("people", "It is published with its publisher's rights; here everyone sees with their own."))
    if found.has_unpublished_changes:
        said.append(_line("info-circle", "Unpublished changes are shown."))
    elif found.published is None:
        said.append(_line("info-circle", "This dashboard is not published: its draft is shown."))
    try:
        chosen = warehouse(found)
        if chosen.instead_of:
            text = (
                f"Its warehouse {chosen.instead_of} is not granted to you (whoever manages it can grant it), "
                f"so it runs on {chosen.name}."
            )
            said.append(_line("info-circle", text))
    except PortalError as error:
        said.append(states.draw(error))
    star = stars.opened("dashboard", found.dashboard.id, found.dashboard.name) if alone else []
    tools = html.Div(
        [
            *star,
            bar.as_of(),
            bar.tool("reset", "x-lg", "Reset", "Every filter as its author set it"),
            bar.tool("stop", "stop-fill", "Stop", "Stop what runs"),
            bar.tool("print", "printer", "Print", "Print this page, all of it drawn"),
            bar.in_databricks(found.link),
        ],
        className="board-tools",
    )
    facts = html.Div(
        [
            html.Span(["Changed ", when.ago(found.dashboard.facts.changed_at)]),
            html.Span(found.dashboard.facts.folder),
            *_schedules(found.dashboard.id),
        ],
        className="board-facts",
    )
    return html.Div(
        [
            html.Div([facts, tools], className="board-bar"),
            html.Div(said, className="board-said"),
            bar.banner(),
            html.Div(className="board-chips", disable_n_clicks=True, **data(board_part="chips")),
        ],
        className="board-about",
    )


def _schedules(dashboard_id: str) -> list[Component]:
    """When Databricks refreshes it; nothing where the viewer may not know."""
    try:
        found = dashboards.schedules(dashboard_id)
    except PortalError:
        return []
    said = [f"{one.words} (paused)" if one.paused else one.words for one in found[:SCHEDULES]]
    more = [f"{len(found) - SCHEDULES} more schedules"] if len(found) > SCHEDULES else []
    return [html.Span([icon("calendar3"), f" In Databricks: {'; '.join([*said, *more])}"])] if said else []


def _line(symbol: str, text: str) -> html.P:
    return html.P([icon(symbol), html.Span(text)], className="board-line")
