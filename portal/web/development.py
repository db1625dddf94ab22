"""GET `dev/boot`, on a developer's own machine alone: by what an open page knows that the portal has started anew."""

from __future__ import annotations

from flask import Blueprint, Response, abort

from portal.settings import settings
from portal.viewer.boot import BOOT
from portal.viewer.context import current_or_none

routes = Blueprint("development", __name__)


@routes.get("/dev/boot")
def boot() -> Response:
    who = current_or_none()
    if not settings().debug or who is None or not who.platform.may_debug:
        abort(404)
    return Response(BOOT, mimetype="text/plain", headers={"Cache-Control": "no-store"})
