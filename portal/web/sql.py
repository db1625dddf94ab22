"""What the SQL editor asks for as one types: names of the catalog, and formatted text. Nothing here runs SQL."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, jsonify, request

from portal.databricks import catalog, sqlformat
from portal.viewer import current
from portal.viewer.errors import NoSuchThing, PortalError, StatementFailed


def install(server: Flask, prefix: str) -> None:
    """POST `catalog/names` {path} and POST `sql/format` {sql}."""

    @server.post(f"{prefix}catalog/names")
    def names() -> Response:
        path = _body().get("path")
        if not isinstance(path, list) or len(path) > 3 or not all(isinstance(name, str) and name for name in path):
            raise NoSuchThing("This is no name.")
        found = catalog.children(tuple(path))
        return jsonify(names=[[name.name, name.kind, name.note] for name in found])

    @server.post(f"{prefix}sql/format")
    def formatted() -> Response:
        current()
        text = _body().get("sql")
        if not isinstance(text, str):
            raise PortalError("There is nothing to format.")
        try:
            return jsonify(sql=sqlformat.formatted(text))
        except StatementFailed as error:
            # Where it stands is marked in the editor.
            said = jsonify(error=error.kind, message=error.message, line=error.line, position=error.position)
            said.status_code = int(error.status)
            return said


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    return body if isinstance(body, dict) else {}
