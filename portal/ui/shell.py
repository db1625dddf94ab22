"""The shell around every page: navigation, viewer menu, the live region for states, and a page's header."""

from __future__ import annotations

import json
from collections.abc import Sequence

import dash
import dash_bootstrap_components as dbc
from dash import Input, Output, callback, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from portal import viewer
from portal.databricks import identity
from portal.databricks.identity import Me
from portal.settings import settings
from portal.ui import brand, page_set, palette, prefetch, rights, states
from portal.ui.attributes import aria, data
from portal.ui.elements import Child, Children, element
from portal.ui.icons import icon
from portal.viewer.draft_keys import draft_key_names

NOBODY = "Not signed in"
UNNAMED = "Not known yet"
DEVELOPER = "the developer who started it"


def title(name: str) -> str:
    """A page's title, for `register_page(title=…)`: tells tabs apart by their first word."""
    return f"{name} · {settings().title}"


def frame(pathname: str | None, page: list[Component]) -> Component:
    """Everything around a page, and the page."""
    known = prefetch.gather({"me": identity.me}).get("me")
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
                    _footer(),
                ],
                id="main",
                className="main",
                tabIndex=-1,
                disable_n_clicks=True,
            ),
            *palette.dialogs(page_set.flat(page_set.navigation(known))),
        ],
        className="shell",
    )


def page_header(
    heading: Children,
    lead: Children = None,
    *,
    crumbs: Sequence[tuple[str, str]] = (),
    actions: Sequence[Component] = (),
) -> html.Header:
    """A page's breadcrumb, only `h1`, one line of introduction and actions.

    `crumbs` are (name, path) of the pages above this one.
    """
    parts: list[Child] = []
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
    row: list[Child] = [
        html.H1(heading, className="page-title"),
        html.Div([*actions, refresh], className="page-actions"),
    ]
    parts.append(html.Div(row, className="page-heading"))
    if lead is not None:
        parts.append(html.P(lead, className="page-lead"))
    return html.Header(parts, className="page-header")


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
                    _mark(),
                    html.Span(settings().title, className="brand-name"),
                ],
                href=dash.get_relative_path("/"),
                className="brand",
            ),
            running(),
            palette.opener("is-narrow"),
        ],
        className="banner",
    )


def _shared(known: Me | None) -> html.Section | None:
    """Where one identity serves everyone, each page says so, and whose it is."""
    who = viewer.current_or_none()
    if who is None or not who.platform.shared_identity:
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


def running() -> html.Div:
    """Where `assets/src/shell/running.js` says how many statements run."""
    return html.Div(className="running-place", **data(running="1"))


def _side(pathname: str | None, known: Me | None) -> html.Div:
    return html.Div(
        [
            palette.opener("is-wide"),
            html.Nav(
                [html.Div(_links(pathname, known), id="nav-pages", disable_n_clicks=True), _again(known)],
                **aria(label="Main"),
            ),
            running(),
            _viewer_menu(known),
        ],
        id="side",
        className="side",
        disable_n_clicks=True,
    )


def _mark() -> Component:
    """The portal's sign: a team's logo, whose name stands beside it, or ours."""
    logo = settings().logo
    if logo:
        return html.Img(src=brand.address(logo), alt="", className="brand-logo")
    return html.Span(className="brand-mark", **aria(hidden="true"))


def _footer() -> html.Footer | None:
    said = settings().footer
    return html.Footer(said, className="own-footer") if said else None


def _links(pathname: str | None, known: Me | None) -> list[Component]:
    """One link a page that the viewer may open, by group; pages with a template or `nav=False` have none."""
    found: list[Component] = []
    for name, pages in page_set.navigation(known):
        links = [
            html.Li(
                dcc.Link(
                    [icon(page.get("icon", "table")), html.Span(page["name"])],
                    href=page["relative_path"],
                    className="nav-item-link is-current" if page["relative_path"] == pathname else "nav-item-link",
                )
            )
            for page in pages
        ]
        if name:
            found.append(element("H2", name, className="nav-group"))
        found.append(html.Ul(links, className="nav-list", **(aria(label=name) if name else {})))
    return found


def _again(known: Me | None) -> Component | None:
    """Where some pages are for some viewers only: the navigation is drawn again once it is known who this is."""
    if not rights.any_limited():
        return None
    return dcc.Store(id=states.again("nav-pages")[0], data=0 if known is None else states.DRAWN)


@callback(
    Output("nav-pages", "children"),
    Output("palette-pages", "children"),
    Input(*states.again("nav-pages")),
    prevent_initial_call=False,
)
def _pages_of_viewer(again: int) -> tuple[Children, Children]:
    """The ways to pages that only some may open, for a viewer whom the first layout did not know yet."""
    if again == states.DRAWN:
        raise PreventUpdate
    me = identity.me()
    return _links(None, me), palette.of_pages(page_set.flat(page_set.navigation(me)))


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
                        **data(
                            end_session=dash.get_relative_path("/session/end"), drafts=json.dumps(draft_key_names())
                        ),
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
                            *states.word(
                                "viewer-name", known.display_name if known else None, _unnamed(), "viewer-name"
                            ),
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


def _unnamed() -> str:
    """Instead of the viewer's name: nobody is there, or Databricks has not said who it is."""
    return NOBODY if viewer.current_or_none() is None else UNNAMED


@callback(Output("viewer-name", "children"), Input(*states.again("viewer-name")))
@states.guarded_text(_unnamed)
def _viewer_name(_again: int) -> str:
    """Who the portal acts as: the name that Databricks returned, not one that a header said."""
    return identity.me().display_name


@callback(Output(states.PAGE_STATE, "children"), Input(*states.again(states.PAGE_STATE)), prevent_initial_call=True)
@states.guarded
def _recheck(_again: int) -> None:
    """Recheck for the shell's own state: with a usable credential it goes away, and the page is as it was left."""
    viewer.current().credential()


@callback(Output("shared-name", "children"), Input(*states.again("shared-name")))
@states.guarded_text(DEVELOPER)
def _shared_name(_again: int) -> str:
    return identity.me().display_name
