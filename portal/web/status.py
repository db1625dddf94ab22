"""Health: `/healthz` (this process), `/readyz` (can serve), and the 404 that is a 404."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response, jsonify, request

from portal import doctor
from portal.cache import SharedCache
from portal.settings import Settings

_NEEDED = frozenset({"settings", "who viewers are"})


def install(
    server: Flask, settings: Settings, cache: SharedCache, known_path: Callable[[str], bool], prefix: str
) -> None:
    """`known_path` says whether a browser path is one of the pages'; `prefix` is where Flask serves from."""

    @server.get(f"{prefix}healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @server.get(f"{prefix}readyz")
    def readyz() -> tuple[Response, int]:
        """503 where no viewer could get anything here: not set up, or nobody says who a viewer is.

        A cache or workspace that is away is no reason to send viewers elsewhere: it would be away there as well.
        """
        found = doctor.ready(settings, cache)
        usable = not any(one.state is doctor.State.FAILED for one in found if one.name in _NEEDED)
        states = {one.name: {"state": one.state.value, "says": one.says} for one in found}
        return jsonify(ready=usable, checks=states), 200 if usable else 503

    @server.after_request
    def _not_found(response: Response) -> Response:
        """Dash answers every unknown address with its index page and 200; the page itself draws "not found"."""
        is_page = response.mimetype == "text/html" and response.status_code == 200 and request.method in {"GET", "HEAD"}
        if is_page and not known_path(request.path):
            response.status_code = 404
        return response
