"""Health: `/healthz` (this process), `/readyz` (can serve), and the 404 that is a 404."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from flask import Blueprint, Flask, Response, current_app, jsonify, request

from portal import doctor
from portal.counters import BUILD
from portal.settings import settings
from portal.version import RELEASE, version
from portal.viewer import context
from portal.viewer.process import Process

log = structlog.get_logger("portal")
_NEEDED = frozenset({"settings", "who viewers are"})


routes = Blueprint("status", __name__)
"""GET `healthz` and GET `readyz`, without a viewer."""


@routes.get("/healthz")
def healthz() -> dict[str, str | None]:
    return {"status": "ok", "version": RELEASE, "commit": _commit()}


@routes.get("/readyz")
def readyz() -> tuple[Response, int]:
    """503 where no viewer could get anything here: not set up, or nobody says who a viewer is.

    A cache or workspace that is away is no reason to send viewers elsewhere: it would be away there as well.
    """
    process: Process = current_app.extensions["portal"]
    assert process.shared is not None
    found = doctor.ready(settings(), process.shared)
    usable = not any(one.state is doctor.State.FAILED for one in found if one.name in _NEEDED)
    states = {one.name: {"state": one.state.value, "says": one.says} for one in found}
    if process.broken_pages:
        says = f"{len(process.broken_pages)} cannot be shown: {', '.join(process.broken_pages)}; the log says why."
        states["pages"] = {"state": doctor.State.WARNING.value, "says": says}
    return jsonify(ready=usable, version=RELEASE, commit=_commit(), checks=states), 200 if usable else 503


def install(server: Flask, known_path: Callable[[str], bool]) -> None:
    """`known_path` says whether a path, as Flask sees it, is one of the pages'."""
    log.info("started", version=RELEASE, commit=_commit())
    BUILD.labels(RELEASE, _commit() or "unknown").set(1)

    @server.after_request
    def _not_found(response: Response) -> Response:
        """Dash answers every unknown address with its index page and 200; the page itself draws "not found"."""
        if context.tally().refused and response.mimetype == "text/html" and response.status_code == 200:
            response.status_code = 403
        is_page = response.mimetype == "text/html" and response.status_code == 200 and request.method in {"GET", "HEAD"}
        if is_page and not known_path(request.path):
            response.status_code = 404
        return response


def _commit() -> str | None:
    return str(version() or "") or None
