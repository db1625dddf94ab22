"""What the SQL editor asks for: names of the catalog, laid out text, and saving. Nothing here runs SQL."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, jsonify, request

from portal.databricks import catalog, saved, sqlformat
from portal.viewer import current
from portal.viewer.errors import NoSuchThing, PortalError, StatementFailed


def install(server: Flask, prefix: str) -> None:
    """POST `catalog/names` {path}, `sql/format` {sql} and `sql/save` {name, sql, id, warehouse, catalog, schema}."""

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

    @server.post(f"{prefix}sql/save")
    def save() -> Response:
        body = _body()

        def text(name: str) -> str | None:
            value = body.get(name)
            return value if isinstance(value, str) and value else None

        name, sql = text("name"), text("sql")
        if name is None or sql is None:
            raise PortalError("A saved query has a name and a text.")
        where = {"catalog": text("catalog"), "schema": text("schema")}
        found = saved.save(name, sql, text("warehouse"), query_id=text("id"), **where)
        return jsonify(id=found.id, name=found.name)


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    return body if isinstance(body, dict) else {}
