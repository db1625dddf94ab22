"""Health: `/healthz` (this process), `/readyz` (can serve), and the 404 that is a 404."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, jsonify, request

from portal.cache import SharedCache
from portal.settings import Settings


def install(
    server: Flask, settings: Settings, cache: SharedCache, known_path: Callable[[str], bool], prefix: str
) -> None:
    """`known_path` says whether a browser path is one of the pages'; `prefix` is where Flask serves from."""

    @server.get(f"{prefix}healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @server.get(f"{prefix}readyz")
    def readyz() -> tuple[Response, int]:
        missing = [
            name
            for name, value in (
                ("DATABRICKS_HOST", settings.databricks_host),
                ("DATABRICKS_WAREHOUSE_ID", settings.warehouse_id),
            )
            if value is None
        ]
        # A cache that is down is no reason to send viewers elsewhere: this process serves them from its own memory.
        body: dict[str, Any] = {"ready": not missing, "missing": missing, "cache": "ok" if cache.ping() else "down"}
        return jsonify(body), 200 if not missing else 503

    @server.after_request
    def _not_found(response: Response) -> Response:
        """Dash answers every unknown address with its index page and 200; the page itself draws "not found"."""
        is_page = response.mimetype == "text/html" and response.status_code == 200 and request.method in {"GET", "HEAD"}
        if is_page and not known_path(request.path):
            response.status_code = 404
        return response
