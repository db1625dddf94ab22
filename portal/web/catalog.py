"""What the catalog's tree asks for as one opens and searches it: plain routes, small answers, no callback.

POST, although they only read: what is asked for stays out of addresses and logs.
"""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint, Response, jsonify
from pydantic import Field

from portal.databricks import catalog
from portal.databricks.catalog import Name, Names, columns, details, names
from portal.databricks.catalog.search import IN_FULL
from portal.viewer.errors import NoSuchThing
from portal.viewer.given import Given, ObjectName
from portal.web.bodies import body


class GivenPath(Given):
    path: Annotated[list[ObjectName], Field(max_length=3)]


class GivenLevel(GivenPath):
    following: Annotated[str, Field(max_length=8_192)] | None = None
    """Databricks' own mark of a page."""


class GivenSearch(Given):
    text: Annotated[str, Field(max_length=1_000)]


routes = Blueprint("catalog", __name__)
"""POST `catalog/tree` {path, following?}, `catalog/search` {text} and `catalog/columns` {text}."""


@routes.post("/catalog/tree")
def tree() -> Response:
    asked = body(GivenLevel)
    found = _below(tuple(asked.path), asked.following)
    return jsonify(items=[packed(one) for one in found.items], following=found.following)


@routes.post("/catalog/search")
def search() -> Response:
    found = catalog.search(body(GivenSearch).text.strip())
    hint = "" if any(kind in ("table", "view") for _, kind in found.paths) else IN_FULL
    return jsonify(paths=[[kind, *path] for path, kind in found.paths], note=found.note, hint=hint)


@routes.post("/catalog/columns")
def find_columns() -> Response:
    found = columns.search(body(GivenSearch).text.strip())
    return jsonify(columns=[[*one.path, one.name, one.type] for one in found.items], note=found.note)


def _below(path: tuple[str, ...], following: str | None) -> Names:
    match path:
        case ():
            return names.catalogs()
        case (one,):
            return names.schemas(one)
        case (one, schema):
            return names.more_tables(one, schema, following) if following else names.tables(one, schema)
        case (one, schema, table):
            known = details.table(one, schema, table).columns
            return Names(tuple(Name(column.name, "column", column.type_text) for column in known))
    raise NoSuchThing("There is nothing below a column.")


def packed(one: Name) -> list[object]:
    """[name, kind], and [… note, whether it may only be browsed] where there is something to say."""
    if one.browse_only:
        return [one.name, one.kind, one.note, True]
    return [one.name, one.kind, one.note] if one.note else [one.name, one.kind]
