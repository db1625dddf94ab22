"""What the catalog's tree asks for as one opens and searches it: plain routes, small answers, no callback.

POST, although they only read: what is asked for stays out of addresses and logs.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, jsonify, request

from portal.databricks import catalog
from portal.databricks.catalog import Name, Names, details, names
from portal.viewer.errors import NoSuchThing


def install(server: Flask, prefix: str) -> None:
    """POST `catalog/tree` {path, following?} and POST `catalog/search` {text}."""

    @server.post(f"{prefix}catalog/tree")
    def tree() -> Response:
        body = _body()
        path, following = body.get("path"), body.get("following")
        if not isinstance(path, list) or len(path) > 3 or not all(isinstance(name, str) for name in path):
            raise NoSuchThing("This is no name.")
        found = _below(tuple(path), following if isinstance(following, str) else None)
        return jsonify(items=[packed(one) for one in found.items], following=found.following)

    @server.post(f"{prefix}catalog/search")
    def search() -> Response:
        text = _body().get("text")
        found = catalog.search(text.strip() if isinstance(text, str) else "")
        return jsonify(paths=[[kind, *path] for path, kind in found.paths], note=found.note)


def _below(path: tuple[str, ...], following: str | None) -> Names:
    match path:
        case ():
            return names.catalogs()
        case (one,):
            return names.schemas(one)
        case (one, schema):
            return names.more_tables(one, schema, following) if following else names.tables(one, schema)
        case (one, schema, table):
            columns = details.table(one, schema, table).columns
            return Names(tuple(Name(column.name, "column", column.type_text) for column in columns))
    raise NoSuchThing("There is nothing below a column.")


def packed(one: Name) -> list[Any]:
    """[name, kind], and [… note, whether it may only be browsed] where there is something to say."""
    if one.browse_only:
        return [one.name, one.kind, one.note, True]
    return [one.name, one.kind, one.note] if one.note else [one.name, one.kind]


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    return body if isinstance(body, dict) else {}
