"""What the browser is given of a page: its document, in one piece or two, and the layout that makes way for it.

What is at hand is drawn into the document: the frame, and for who was here a moment ago the content. Where reads of the
page are still under way, it goes out without its end (`portal.web.stream`); the browser paints the frame and starts the
scripts meanwhile, and what the reads said follows in the same answer: the whole page's picture, and its layout, for
which Dash would otherwise ask (`assets/head/page.js` hands it to Dash's own request).

`layout()` draws the first page right into the layout: Dash would otherwise fetch the layout, start, ask its router for
the page, and only then ask for the page's content. Where it is asked for by itself, the address comes from the
`Referer` (same origin, so it is the page in the address bar); without one, Dash's router fills the page as usual.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any
from urllib.parse import parse_qs, urlsplit

import dash
import structlog
from cachetools import TTLCache
from dash import dcc, html
from dash.development.base_component import Component
from flask import g, has_request_context, request

from portal import viewer
from portal.databricks import workspace
from portal.patches.dash import RegisteredPage, to_json
from portal.settings import settings
from portal.ui import first_paint, head, prefetch, states
from portal.ui.elements import sent
from portal.ui.head import page_at
from portal.ui.page_rules import NOT_FOUND
from portal.ui.shell import frame
from portal.viewer import page_token
from portal.viewer.errors import PortalError
from portal.viewer.failures import DATABRICKS
from portal.viewer.upstream import admission

AT_MOST = 0.8
"""Seconds that a document waits for its content, in which it holds one of the server's threads."""

log = structlog.get_logger("portal.document")
_seen: TTLCache[str, bool] = TTLCache(10_000, ttl=120)
_known: ContextVar[tuple[str, str] | None] = ContextVar("portal_address", default=None)
"""Path and query of the document that is being drawn."""


def layout() -> Component:
    """The app's layout, for each load: within a document that is drawn, or as Dash's renderer asks for it."""
    if known := _known.get():
        return frame(known[0], _page(*known))
    pathname, search = _address()
    with prefetch.waiting(prefetch.AT_LOAD):
        return frame(pathname, _page(pathname, search))


@dash.hooks.index()
def _document(document: str) -> str:
    """Dash's hook for the HTML document, with as much of the page as can be drawn without waiting.

    The reads of the page begin here, so they are under way while the browser asks for scripts.
    """
    if not has_request_context():
        return document
    prefix = dash.get_app().config.requests_pathname_prefix
    # Behind a proxy that strips the prefix, Flask sees the path without it.
    pathname = request.path if request.path.startswith(prefix) else prefix.rstrip("/") + request.path
    search = f"?{request.query_string.decode()}"
    with prefetch.waiting(prefetch.AT_ONCE if _returns() else 0), prefetch.watched() as ahead:
        picture, written = _drawn(pathname, search)
    if ahead:
        g.portal_rest = lambda: _rest(pathname, search, ahead)
        # Not this layout: it would be the page's without its content.
        written = ""
    starting = workspace.progress() == "building"
    return head.fill(document, pathname, _name(pathname), picture, _token(), layout=written, starting=starting)


def rest() -> Callable[[], str] | None:
    """What makes the rest of this request's document, to go in before the end of its body; None where there is none."""
    return g.get("portal_rest")


def _rest(pathname: str, search: str, ahead: prefetch.Ahead) -> str:
    """The page with what its reads said, as far as they did in time. Called as the viewer, in a request of theirs."""
    until = time.monotonic() + AT_MOST
    try:
        try:
            with admission.wait(DATABRICKS):
                ahead.settle(AT_MOST)
        except PortalError:
            return ""  # too many wait already: the browser asks for the layout, as it would have
        with prefetch.waiting(max(prefetch.AT_ONCE, until - time.monotonic())), prefetch.watched() as late:
            picture, written = _drawn(pathname, search)
        return head.late(picture) + ("" if late.lacks else written)
    except Exception as error:
        log.exception("document not finished", exc_info=error)
        return ""


def _drawn(pathname: str, search: str) -> tuple[str, str]:
    """The page's picture, and the element that holds its layout."""
    token = _known.set((pathname, search))
    try:
        tree = sent(dash.get_app().get_layout())
    finally:
        _known.reset(token)
    return first_paint.html_of(tree), head.layout(to_json(tree))


def _token() -> str:
    """The token of a page of this viewer's.

    A page that was refused loads again: its session token was replaced before anybody knew whose it was. So who loads
    again is asked for, which may take an exchange.
    """
    who = viewer.current_or_none()
    return page_token.mint(who, ask=request.cache_control.max_age == 0) if who is not None else ""


def _returns() -> bool:
    """Whether this session had a page a moment ago: then its content is likely to be at hand."""
    who = viewer.current_or_none()
    if who is None:
        return False
    known = who.session in _seen
    _seen[who.session] = True
    return known


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
    content = _content(pathname, search)
    return [
        # The router runs only when these change: they are right already.
        dcc.Location(id="_pages_location", refresh="callback-nav", pathname=pathname, search=search),
        html.Div(content, id="_pages_content", disable_n_clicks=True),
        dcc.Store(id="_pages_store", data={"title": _name(pathname)}),
        html.Div(id="_pages_dummy", disable_n_clicks=True),
    ]


def _found(pathname: str) -> tuple[RegisteredPage, dict[str, str]]:
    page, variables = page_at(pathname)
    if page:
        return page, variables
    return next((one for one in dash.page_registry.values() if one["module"].endswith(NOT_FOUND)), {}), {}


def _content(pathname: str, search: str) -> Any:
    page, variables = _found(pathname)
    query = {key: values[0] if len(values) == 1 else values for key, values in parse_qs(search.lstrip("?")).items()}
    drawn = page.get("layout", "")
    return states.guarded(drawn)(**{**variables, **query}) if callable(drawn) else drawn


def _name(pathname: str) -> str:
    """The title of the page at a browser path."""
    page, variables = _found(pathname)
    name = page.get("title", settings().title)
    return str(name(**variables)) if callable(name) else str(name)
