"""Routes of a page's own: what its scripts ask for besides callbacks, for whoever may open the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import NoReturn, TypeVar

import dash
from flask import abort

from portal.viewer.context import current

View = TypeVar("View", bound=Callable[..., object])

BELOW = "own"
"""Where they are: no address that the portal has, or will have, is below it."""
_PATH = re.compile(r"[A-Za-z0-9_.<:>-]{1,80}(?:/[A-Za-z0-9_.<:>-]{1,80}){0,7}")


def route(path: str) -> Callable[[View], View]:
    """POST `own/<path>`, answered by this function, as the viewer; with Flask's variables (`"orders/<int:number>"`).

    It has the rights of the page in whose module it stands, like a callback, and wants a page's token, which
    `window.portal.post("own/<path>", body)` brings. Without a viewer it is not called. What it raises of `portal.api`
    is answered in the words of its state. There is no GET: a link carries no token, and without one a browser's request
    may come from any other content of the same Connect server.

    Raises ValueError for an address that is none, or that another route has.

    Examples:
        @route("orders/close")
        def close():
            number = int(request.get_json()["number"])
            return {"closed": write("UPDATE … WHERE number = :number", {"number": number})}
    """
    if not _PATH.fullmatch(path):
        raise ValueError(f"{path[:80]!r} is no path of a route, such as 'orders/close'")

    def registered(view: View) -> View:
        @wraps(view)
        def answered(**given: object) -> object:
            current()
            return view(**given)

        app = dash.get_app()
        endpoint = f"{BELOW}/{path}".replace(".", "·")  # to Flask a dot is a blueprint's
        known = app.server.view_functions.get(endpoint)
        if known is None:
            rule = f"{app.config.routes_pathname_prefix}{BELOW}/{path}"
            app.server.add_url_rule(rule, endpoint, answered, methods=["POST"])
        elif known is gone:
            app.server.view_functions[endpoint] = answered
        else:
            raise ValueError(f"another route has the address {BELOW}/{path}")
        return view

    return registered


def gone(**_: object) -> NoReturn:
    """In place of a route whose page is not there."""
    abort(404)
