"""The origin is shared: what only a page of the portal's own may ask for, and who may have such a page.

All content of a Connect server is one origin, so neither cookies nor `Sec-Fetch-Site` nor the content security policy
tell the portal's own scripts from those of other content. Three things do (SECURITY.md says what is left):

- a *document* goes to navigations only, and not through a service worker: no script can read it;
- it holds a token (`portal.viewer.page_token`), which everything else that reads or acts must bring along;
- every good answer brings the next one.

A request without any `Sec-Fetch-*` header comes from no browser of today over HTTPS: it is a script with a session of
its own. It gets documents, and may use their token, but need not: whoever can send such a request could as well fetch
the document first and read its token, so asking for it would keep nobody out. A token that it does bring must be good.
Over plain HTTP browsers send no such header either, and then none of this keeps other content out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from flask import Flask, Response, request

from portal.settings import Settings
from portal.viewer import context, page_token
from portal.viewer.audit import audit
from portal.viewer.errors import OtherPage, PortalError
from portal.web.bodies import FORM, MAX_FORM
from portal.web.routing import DOCUMENTS, matched

HEADER = "X-Portal-Page"
"""Of a request: the page's token, which a form has as its field `page`. Of an answer: the next one, or `refused`."""
_OPEN = frozenset(
    {
        "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>",
        "/_dash-dependencies",
        "/_favicon.ico",
        "/_reload-hash",
        "/assets/own/<path:path>",
        "/healthz",
        "/metrics",
        "/readyz",
    }
)
"""Routes that show nothing of a viewer's, or ask for a secret of their own (`metrics`)."""
_IN_FORM = re.compile(rb"(?:^|&)page=([A-Za-z0-9_-]{1,100})(?:&|$)")
_SENT_BY_BROWSERS = tuple(f"HTTP_SEC_FETCH_{name}" for name in ("SITE", "MODE", "DEST", "USER"))
_FRAMES = frozenset({"iframe", "frame", "object", "embed", "fencedframe"})
_PRELOADED = "HTTP_SERVICE_WORKER_NAVIGATION_PRELOAD"
"""A navigation whose answer a service worker gets to read. Its name is fixed, whatever value the worker sets."""


def install(server: Flask, settings: Settings, refusal: Callable[[str], str]) -> None:
    """Refuse what does not come from a page of the portal's, and documents to whoever would read them by script.

    `refusal` makes the page that says why there is none.
    """
    navigations = frozenset({"document", "iframe"} if settings.may_be_framed else {"document"})

    @server.before_request
    def _from_a_page() -> Response | None:
        environ = request.environ
        by_browser = any(name in environ for name in _SENT_BY_BROWSERS)
        if matched() in DOCUMENTS:
            navigation = environ.get("HTTP_SEC_FETCH_DEST") in navigations and _PRELOADED not in environ
            if not by_browser or navigation:
                return None
            _on_record()
            return Response(refusal(_says(environ)), 403)
        viewer = context.current_or_none()
        if viewer is None or not _is_a_pages_own():
            return None
        token = _given()
        if token:
            try:
                page_token.check(viewer, token)
            except OtherPage:
                raise
            except PortalError as reason:
                # Only who they are can tell, and that cannot be had: then they are nobody here, which takes no proof.
                context.refuse(reason)
        elif by_browser:
            raise OtherPage
        return None

    @server.after_request
    def _next(response: Response) -> Response:
        if context.tally().state == OtherPage.kind:
            response.headers[HEADER] = "refused"
            _on_record()
        viewer = context.current_or_none()
        if viewer is not None and response.status_code < 400 and _is_a_pages_own():
            response.headers[HEADER] = page_token.mint(viewer)
        return response


def _is_a_pages_own() -> bool:
    rule = request.url_rule
    return not (
        rule is None
        or matched() in DOCUMENTS | _OPEN
        or rule.endpoint.endswith("static")  # the files of Flask and of Dash
        or request.method == "OPTIONS"
    )


def _on_record() -> None:
    site = request.headers.get("Sec-Fetch-Site", "")[:40]
    audit("request.other-page", "request", "denied", method=request.method, route=request.path[:200], site=site)


def _given() -> str:
    token = request.headers.get(HEADER)
    if token is None and request.mimetype == FORM and (request.content_length or 0) <= MAX_FORM:
        found = _IN_FORM.search(request.get_data())
        token = found[1].decode() if found else None
    return token or ""


def _says(environ: Mapping[str, object]) -> str:
    if environ.get("HTTP_SEC_FETCH_DEST") in _FRAMES:
        return "This portal is not shown inside other pages. Open it in a tab of its own."
    return "The portal gives its pages to navigations only. Open this address in a tab."
