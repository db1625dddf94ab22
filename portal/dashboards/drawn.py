"""A dashboard's page as it is drawn at once: what is said of it, its bar, and its frame. Tiles come by themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash import html
from dash.development.base_component import Component

from portal.dashboards.opened import Opened, opened, warehouse
from portal.databricks import dashboards
from portal.ui import stars, states, when
from portal.ui.attributes import data
from portal.ui.boards import frame
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
    return [
        _about(found, tabs),
        *frame.draw(found.board, shown, found.dashboard.id, found.dashboard.etag, filters or {}, tabs),
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
            html.Span(className="board-as-of", role="status", disable_n_clicks=True, **data(board_part="as-of")),
            _tool("reset", "x-lg", "Reset", "Every filter as its author set it"),
            _tool("stop", "stop-fill", "Stop", "Stop what runs"),
            _tool("print", "printer", "Print", "Print this page, all of it drawn"),
            _in_databricks(found.dashboard.id),
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
            html.Div(className="board-banner", role="status", disable_n_clicks=True, **data(board_part="banner")),
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


def _tool(action: str, symbol: str, text: str, title: str) -> html.Button:
    return html.Button(
        [icon(symbol), html.Span(text)],
        type="button",
        title=title,
        className="btn btn-outline-secondary btn-sm action",
        hidden=action == "stop",
        disable_n_clicks=True,
        **data(board_do=action),
    )


def _in_databricks(dashboard_id: str) -> Component | None:
    link = frame.databricks_link(dashboard_id)
    if not link:
        return None
    return html.A(
        [icon("box-arrow-up-right"), html.Span("Open in Databricks")],
        href=link,
        target="_blank",
        rel="noopener noreferrer",
        className="btn btn-outline-secondary btn-sm action",
    )
