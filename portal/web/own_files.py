"""Files of a team's own `assets/` folder: its logo, icons, fonts and style sheet, to everybody, like ours."""

from __future__ import annotations

from pathlib import PurePosixPath

from flask import Blueprint, Response, abort, send_from_directory

from portal.own_values import OWN_ASSETS
from portal.paths import paths

KINDS = frozenset({".css", ".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico", ".woff2", ".woff"})
"""No scripts: what acts with the viewer's rights is a page of Python."""

routes = Blueprint("own_files", __name__)
"""GET `assets/own/<path>`, without a viewer."""


@routes.get("/assets/own/<path:path>")
def own_file(path: str) -> Response:
    """404 for what is not there, is of another kind, or begins with a dot in any part of its path."""
    name = PurePosixPath(path)
    if name.suffix.lower() not in KINDS or any(part.startswith(".") for part in name.parts):
        abort(404)
    answer = send_from_directory(paths.project / OWN_ASSETS, path)
    if name.suffix.lower() == ".svg":
        # Opened by itself an SVG is a document, and could have been changed since the start looked at it.
        answer.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return answer
