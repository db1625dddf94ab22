"""What the SQL editor asks for: names of the catalog, laid out text, and saved queries. Of SQL it runs
saved queries only, for the values that a parameter may be chosen from."""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint, Response, jsonify
from pydantic import Field, JsonValue

from portal.databricks import catalog, kept, saved, sqlformat
from portal.databricks.definitions import Definitions
from portal.results import options
from portal.viewer import current
from portal.viewer.context import request_id
from portal.viewer.errors import StatementFailed
from portal.viewer.given import Given, ObjectName, Short, Sql
from portal.web.bodies import body


class GivenPath(Given):
    path: Annotated[list[ObjectName], Field(max_length=3)]


class GivenText(Given):
    sql: Sql


class GivenId(Given):
    id: Short


class GivenQuery(Given):
    """`id` of a query that is kept already, and is `seen` as it was at that time (`updated`); without it the query is
    written over. `like` is one whose description and tags a new query takes. `beside`: what the portal keeps of it.
    """

    name: ObjectName
    sql: Annotated[Sql, Field(min_length=1)]
    id: Short | None = None
    seen: Short | None = None
    like: Short | None = None
    warehouse: Short | None = None
    catalog: Short | None = None
    schema_: Annotated[Short | None, Field(alias="schema")] = None
    definitions: Definitions = Field([])
    beside: Annotated[dict[Short, JsonValue], Field(max_length=20)] = Field({})


class GivenOptions(Given):
    """`query` is a saved query's id, `statement` the one that makes its rows, once it runs; `zone` the browser's."""

    query: Short
    statement: Short | None = None
    zone: Short | None = None


routes = Blueprint("sql", __name__)
"""POST `catalog/names` {path}, `sql/format` {sql}, `sql/queries`, `sql/options` {query, statement, zone}, `sql/query`
{id} and `sql/save` {name, sql, id, …}; JSON in and out."""


@routes.post("/catalog/names")
def names() -> Response:
    found = catalog.children(tuple(body(GivenPath).path))
    return jsonify(names=[[name.name, name.kind, name.note] for name in found])


@routes.post("/sql/format")
def formatted() -> Response:
    # A session token alone proves nothing, and laying out a text costs more than asking whose it is.
    current().credential()
    asked = body(GivenText)
    try:
        done = sqlformat.formatted(asked.sql)
        return jsonify(sql=done.sql, left=done.left)
    except StatementFailed as error:
        # Where it stands is marked in the editor.
        said = jsonify(
            error=error.kind,
            message=error.message,
            line=error.line,
            position=error.position,
            request_id=request_id(),
        )
        said.status_code = int(error.status)
        return said


@routes.post("/sql/queries")
def queries() -> Response:
    """Names of the saved queries that the viewer may see, for choosing one."""
    found = sorted(saved.all(), key=lambda one: one.name.casefold())
    return jsonify(queries=[[one.id, one.name] for one in found])


@routes.post("/sql/options")
def options_of_a_query() -> Response:
    """`{options, more, with}`, or `{statement}` to ask again with. `with`: its own parameters and their values."""
    asked = body(GivenOptions)
    found = options.of(asked.query, asked.statement or None, asked.zone)
    return jsonify(options=found.values, more=found.more, statement=found.statement or None, **{"with": found.run_with})


@routes.post("/sql/query")
def query() -> Response:
    """`{id}` to a saved query as the editor has it."""
    return jsonify(_shown(kept.opened(body(GivenId).id)))


@routes.post("/sql/save")
def save() -> Response:
    """What `sql/query` says of it, then; 409 where somebody else saved it meanwhile."""
    asked = body(GivenQuery)
    in_place = asked.id is not None
    draft = kept.Draft(
        asked.name,
        asked.sql,
        asked.definitions,
        asked.beside,
        asked.warehouse or None,
        # In place nothing means nothing; of a new query it means what the workspace takes.
        (asked.catalog or "") if in_place else asked.catalog or None,
        (asked.schema_ or "") if in_place else asked.schema_ or None,
    )
    if asked.id is not None:
        return jsonify(_shown(kept.change(asked.id, draft, asked.seen)))
    return jsonify(_shown(kept.create(draft, asked.like or None)))


def _shown(found: kept.Opened) -> dict[str, object]:
    one = found.query
    return {
        "id": one.id,
        "name": one.name,
        "mine": one.mine,
        "owner": one.owner,
        "updated": one.updated,
        "description": one.description,
        "tags": list(one.tags),
        "sql": one.text,
        "warehouse": one.warehouse_id or None,
        "catalog": one.catalog,
        "schema": one.schema,
        "definitions": [definition.model_dump() for definition in found.definitions],
        "beside": dict(found.beside),
        "drawn": [{"name": drawn.name, "type": drawn.type} for drawn in found.drawn],
        "note": found.note,
    }
