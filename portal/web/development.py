"""GET `dev/boot`, on a developer's own machine alone: by what an open page knows that it is to be loaded again (another
process answers, or a script has been built), or that a style sheet has changed: `{boot, styles}`."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Flask, Response, abort, current_app, jsonify

from portal.settings import settings
from portal.viewer.boot import drawn_by
from portal.viewer.context import current_or_none

_STYLES = "portal.styles"

routes = Blueprint("development", __name__)


def install(server: Flask, styles: Callable[[], list[str]]) -> None:
    """`styles`: the addresses of a page's style sheets, in the cascade's order."""
    server.extensions[_STYLES] = styles


@routes.get("/dev/boot")
def boot() -> Response:
    who = current_or_none()
    if not settings().debug or who is None or not who.platform.may_debug:
        abort(404)
    response = jsonify({"boot": drawn_by(), "styles": current_app.extensions[_STYLES]()})
    response.headers["Cache-Control"] = "no-store"
    return response
