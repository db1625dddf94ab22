"""The shell around every page: navigation, viewer menu, the live region for states, and the page itself.

`layout()` draws the first page right into the layout: Dash would otherwise fetch the layout, start, ask its router for
the page, and only then ask for the page's content. The address comes from the `Referer` of the layout's own request
(same origin, so it is the page in the address bar); without one, Dash's router fills the page as usual.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import dash
import dash_bootstrap_components as dbc
from cachetools import TTLCache
from dash import Input, Output, callback, dcc, html
from dash.development.base_component import Component
from flask import has_request_context, request

from portal import viewer
from portal.databricks import identity
from portal.databricks.identity import Me
from portal.settings import settings
from portal.ui import ahead, first, head, palette, states
from portal.ui.attributes import aria, data
from portal.ui.head import ASSETS_IGNORED, INDEX, INLINE_HASH, page_at
from portal.ui.icons import icon

NOBODY = "Not signed in"
DEVELOPER = "the developer who started it"

__all__ = ["ASSETS_IGNORED", "INDEX", "INLINE_HASH", "layout", "page_header", "title"]


def title(name: str) -> str:
    """A page's title, for `register_page(title=…)`: tells tabs apart by their first word."""
    return f"{name} · {settings().title}"


def layout() -> Component:
    """The app's layout, for each load."""
    pathname, search = _address()
    with ahead.waiting(ahead.AT_LOAD):
        return _shell(pathname, _page(pathname, search))


@dash.hooks.index()
def _document(document: str) -> str:
    """Dash's hook for the HTML document: with the page's first picture, as far as it can be drawn without waiting.

    The reads of the page begin here, so they are under way while the browser asks for scripts and layout.
    """
    if not has_request_context():
        return document
    prefix = dash.get_app().config.requests_pathname_prefix
    # Behind a proxy that strips the prefix, Flask sees the path without it.
    pathname = request.path if request.path.startswith(prefix) else prefix.rstrip("/") + request.path
    with ahead.waiting(ahead.AT_ONCE if _returns() else 0):
        content, name = _content(pathname, f"?{request.query_string.decode()}")
        picture = first.html_of(_shell(pathname, [html.Div(content)]))
    return head.fill(document, pathname, name, picture)


_seen: TTLCache[str, bool] = TTLCache(10_000, ttl=120)


def _returns() -> bool:
    """Whether this session had a page a moment ago: then its content is likely to be at hand."""
    who = viewer.current_or_none()
    if who is None:
        return False
    known = who.session in _seen
    _seen[who.session] = True
    return known


def _shell(pathname: str | None, page: list[Component]) -> Component:
    known = ahead.gather({"me": identity.me}).get("me")
    return html.Div(
        [
            html.A("Skip to content", href="#main", className="skip-link"),
            _banner(),
            _side(pathname, known),
            html.Main(
                [
                    _shared(known),
                    html.Div(id=states.PAGE_STATE, className="page-state", disable_n_clicks=True),
                    dcc.Store(id=states.again(states.PAGE_STATE)[0], data=0),
                    *page,
                ],
                id="main",
                className="main",
                tabIndex=-1,
                disable_n_clicks=True,
            ),
            *palette.dialogs(),
        ],
        className="shell",
    )


def page_header(
    heading: Any,
    lead: Any = None,
    *,
    crumbs: Sequence[tuple[str, str]] = (),
    actions: Sequence[Component] = (),
) -> html.Header:
    """A page's breadcrumb, only `h1`, one line of introduction and actions.

    `crumbs` are (name, path) of the pages above this one.
    """
    parts: list[Any] = []
    if crumbs:
        parts.append(
            dbc.Breadcrumb(items=[{"label": name, "href": dash.get_relative_path(path)} for name, path in crumbs])
        )
    refresh = html.Button(
        [icon("arrow-clockwise"), html.Span("Refresh", className="visually-hidden")],
        type="button",
        className="icon-button page-refresh",
        title="Read everything on this page anew",
        disable_n_clicks=True,
        **data(refresh="1"),
    )
    row: list[Any] = [
        html.H1(heading, className="page-title"),
        html.Div([*actions, refresh], className="page-actions"),
    ]
    parts.append(html.Div(row, className="page-heading"))
    if lead is not None:
        parts.append(html.P(lead, className="page-lead"))
    return html.Header(parts, className="page-header")


def _address() -> tuple[str | None, str]:
    """Path and query of the page that loads, as the browser has them; `None` where they are not known."""
    if not has_request_context() or not request.referrer:
        return None, ""
    parts = urlsplit(request.referrer)
    prefix = dash.get_app().config.requests_pathname_prefix
    if parts.netloc != request.host or not parts.path.startswith(prefix):
        return None, ""
    return parts.path, f"?{parts.query}" if parts.query else ""


def _page(pathname: str | None, search: str) -> list[Component]:
    """Dash's own page container (the same ids), filled where the address is known."""
    if pathname is None:
        return [dash.page_container]
    content, name = _content(pathname, search)
    return [
        # The router runs only when these change: they are right already.
        dcc.Location(id="_pages_location", refresh="callback-nav", pathname=pathname, search=search),
        html.Div(content, id="_pages_content", disable_n_clicks=True),
        dcc.Store(id="_pages_store", data={"title": name}),
        html.Div(id="_pages_dummy", disable_n_clicks=True),
    ]


def _content(pathname: str, search: str) -> tuple[Any, str]:
    page, variables = page_at(pathname)
    if not page:
        page = next((entry for entry in dash.page_registry.values() if entry["module"].endswith("not_found_404")), {})
        variables = {}
    query = {key: values[0] if len(values) == 1 else values for key, values in parse_qs(search.lstrip("?")).items()}
    name = page.get("title", settings().title)
    drawn = page.get("layout", "")
    if callable(name):
        name = name(**variables)
    if callable(drawn):
        drawn = states.guarded(drawn)(**{**variables, **query})
    return drawn, name


def _banner() -> html.Header:
    return html.Header(
        [
            html.Button(
                [icon("list"), html.Span("Menu", className="visually-hidden")],
                className="icon-button side-toggle",
                type="button",
                disable_n_clicks=True,
                **aria(expanded="false", controls="side"),
                **data(toggle_side="1"),
            ),
            dcc.Link(
                [
                    html.Span(className="brand-mark", **aria(hidden="true")),
                    html.Span(settings().title, className="brand-name"),
                ],
                href=dash.get_relative_path("/"),
                className="brand",
            ),
            palette.opener("is-narrow"),
        ],
        className="banner",
    )


def _shared(known: Me | None) -> html.Section | None:
    """Where one identity serves everyone, each page says so, and whose it is."""
    who = viewer.current_or_none()
    if who is None or who.source is not viewer.Source.DEVELOPER:
        return None
    name = states.word("shared-name", known.display_name if known else None, DEVELOPER)
    return html.Section(
        [
            icon("people", class_name="shared-icon"),
            html.P(["Everyone who reaches this portal acts as ", *name, ", with that person's rights in Databricks."]),
        ],
        className="shared",
        **aria(label="Shared identity"),
    )


def _side(pathname: str | None, known: Me | None) -> html.Div:
    return html.Div(
        [
            palette.opener("is-wide"),
            html.Nav(html.Ul(_links(pathname), className="nav-list"), **aria(label="Main")),
            _viewer_menu(known),
        ],
        id="side",
        className="side",
        disable_n_clicks=True,
    )


def _links(pathname: str | None) -> list[html.Li]:
    """One link a registered page, in the registry's order; pages with a template or `nav=False` have none."""
    return [
        html.Li(
            dcc.Link(
                [icon(page.get("icon", "table")), html.Span(page["name"])],
                href=page["relative_path"],
                className="nav-item-link is-current" if page["relative_path"] == pathname else "nav-item-link",
            )
        )
        for page in palette.pages()
    ]


def _viewer_menu(known: Me | None) -> html.Section:
    workspace = settings().workspace_name
    themes = (("auto", "System", "circle-half"), ("light", "Light", "sun"), ("dark", "Dark", "moon-stars"))
    choices = [
        html.Button(
            [icon(symbol), html.Span(name)],
            type="button",
            className="theme-choice",
            disable_n_clicks=True,
            **aria(pressed="true" if key == "auto" else "false"),
            **data(theme_choice=key),
        )
        for key, name, symbol in themes
    ]
    return html.Section(
        [
            html.Div(
                [
                    html.Div(choices, className="theme-switch", role="group", **aria(label="Theme")),
                    html.Button(
                        [icon("box-arrow-right"), html.Span("End session")],
                        id="end-session",
                        type="button",
                        className="menu-action",
                        disable_n_clicks=True,
                        **data(end_session=dash.get_relative_path("/session/end")),
                    ),
                ],
                id="viewer-panel",
                className="viewer-panel",
                hidden=True,
                disable_n_clicks=True,
            ),
            html.Button(
                [
                    icon("person-circle", class_name="viewer-icon"),
                    html.Span(
                        [
                            *states.word("viewer-name", known.display_name if known else None, NOBODY, "viewer-name"),
                            html.Span(workspace or "no workspace set", className="viewer-workspace"),
                        ],
                        className="viewer-text",
                    ),
                    icon("chevron-up", class_name="viewer-chevron"),
                ],
                type="button",
                className="viewer-button",
                disable_n_clicks=True,
                **aria(expanded="false", controls="viewer-panel"),
                **data(disclosure="viewer-panel"),
            ),
        ],
        className="viewer-menu",
        **aria(label="Viewer"),
    )


@callback(Output("viewer-name", "children"), Input(*states.again("viewer-name")))
@states.guarded_text(NOBODY)
def _viewer_name(_again: int) -> str:
    """Who the portal acts as: the name that Databricks returned, not one that a header said."""
    return identity.me().display_name


@callback(Output(states.PAGE_STATE, "children"), Input(*states.again(states.PAGE_STATE)), prevent_initial_call=True)
@states.guarded
def _recheck(_again: int) -> Any:
    """Recheck for the shell's own state: with a usable credential it goes away, and the page is as it was left."""
    viewer.current().credential()
    return None


@callback(Output("shared-name", "children"), Input(*states.again("shared-name")))
@states.guarded_text(DEVELOPER)
def _shared_name(_again: int) -> str:
    return identity.me().display_name
