"""Unity Catalog's REST API over what the SQL engine knows: catalogs, schemas, tables, functions. Grants and tags are in
`grants`.

Lists come in pages of the server's size unless `max_results` is left out; a page may be empty and still lead on, as
the real API warns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import Field

from portal.sandbox import errors, finding, grants, held, paging, routines
from portal.sandbox.routing import Call, Flag, Json, Query, Route, get, table
from portal.sandbox.securables import METASTORE, catalog_dict, schema_dict, table_dict
from portal.sandbox.world import World

SERVER_PAGE = 100
SUMMARIES_PAGE = 10_000


class Pages(Query):
    max_results: int | None = Field(None, ge=0)
    """Unset gives all, 0 the server's page, more at most that."""
    page_token: str | None = None


class Browsed(Pages):
    include_browse: Flag = False


class Catalogs(Browsed):
    include_unbound: Flag = False


class Schemas(Browsed):
    catalog_name: str = Field(min_length=1)


class OfSchema(Schemas):
    schema_name: str = Field(min_length=1)


class Tables(OfSchema):
    omit_columns: Flag = False
    omit_properties: Flag = False
    omit_username: Flag = False
    include_manifest_capabilities: Flag = False


class Summaries(Pages):
    catalog_name: str = Field(min_length=1)
    schema_name_pattern: str | None = None
    table_name_pattern: str | None = None
    include_manifest_capabilities: Flag = False


class Volume(Query):
    include_browse: Flag = False


class Table(Query):
    include_browse: Flag = False
    include_delta_metadata: Flag = False
    include_manifest_capabilities: Flag = False


def routes(world: World) -> list[Route]:
    base = "/api/2.1/unity-catalog"
    return table(
        base,
        get("/catalogs", catalogs),
        get("/catalogs/{name}", catalog),
        get("/schemas", schemas),
        get("/schemas/{full_name}", schema),
        get("/tables", tables),
        get("/tables/{full_name}", table_),
        get("/tables/{full_name}/exists", exists),
        get("/table-summaries", summaries),
        get("/volumes", volumes),
        get("/volumes/{full_name}", volume),
        get("/models", models),
        get("/functions", functions),
        get("/metastore_summary", metastore),
        get("/current-metastore-assignment", assignment),
    ) + grants.routes(base)


async def catalogs(call: Call[Catalogs]) -> Json:
    return _paged(call, "catalogs", call.world.engine.catalogs(call.person), lambda one: one.name, catalog_dict)


async def catalog(call: Call) -> Json:
    return catalog_dict(finding.catalog(call, call.path["name"]))


async def schemas(call: Call[Schemas]) -> Json:
    parent = finding.catalog(call, call.asked.catalog_name)
    found = call.world.engine.schemas(call.person, parent.name)
    return _paged(call, "schemas", found, lambda one: one.name, schema_dict)


async def schema(call: Call) -> Json:
    return schema_dict(finding.schema(call, call.path["full_name"]))


def _shown_tables(call: Call[Any], catalog: str, schema: str, browse: bool) -> list[tuple[Any, bool]]:
    """(table, browse only) of a schema, those that may only be browsed on request."""
    engine = call.world.engine
    found = [(table, not finding.selectable(call, table)) for table in engine.tables(call.person, catalog, schema)]
    return [(table, only) for table, only in found if browse or not only]


async def tables(call: Call[Tables]) -> Json:
    asked = call.asked
    finding.schema(call, f"{asked.catalog_name}.{asked.schema_name}")
    parts = {
        "columns": not asked.omit_columns,
        "properties": not asked.omit_properties,
        "names": not asked.omit_username,
    }

    def shown(pair: tuple[Any, bool]) -> Json:
        body = table_dict(pair[0], **parts)
        return {**body, "browse_only": True} if pair[1] else body

    found = _shown_tables(call, asked.catalog_name, asked.schema_name, asked.include_browse)
    return _paged(call, "tables", found, lambda pair: pair[0].name, shown)


async def table_(call: Call[Table]) -> Json:
    found, only = finding.table(call, call.path["full_name"])
    if only and not call.asked.include_browse:
        raise errors.permission_denied(f"User does not have SELECT on Table '{found.full_name}'.")
    body = table_dict(found)
    return {**body, "browse_only": True} if only else body


async def exists(call: Call) -> Json:
    try:
        finding.table(call, call.path["full_name"])
    except errors.ApiError as error:
        if error.status != 404:
            raise
        return {"table_exists": False}
    return {"table_exists": True}


async def summaries(call: Call[Summaries]) -> Json:
    """Names of every table of a catalog, filtered by LIKE patterns."""
    asked = call.asked
    parent = finding.catalog(call, asked.catalog_name).name
    schema_like, table_like = _like(asked.schema_name_pattern), _like(asked.table_name_pattern)
    found = [
        one
        for schema in call.world.engine.schemas(call.person, parent)
        if schema_like(schema.name)
        for one, _ in _shown_tables(call, parent, schema.name, browse=False)
        if table_like(one.name)
    ]
    return _paged(
        call, "tables", found, lambda one: one.full_name,
        lambda one: {"full_name": one.full_name, "table_type": one.table_type}, SUMMARIES_PAGE,
    )  # fmt: skip


async def functions(call: Call[OfSchema]) -> Json:
    parent = finding.schema(call, f"{call.asked.catalog_name}.{call.asked.schema_name}")
    found = routines.of_schema(call.world.engine.catalog, parent.full_name)
    return _paged(call, "functions", found, lambda one: one.name, routines.as_dict)


async def volumes(call: Call[OfSchema]) -> Json:
    parent = finding.schema(call, f"{call.asked.catalog_name}.{call.asked.schema_name}")
    return _paged(call, "volumes", held.volumes(parent.full_name), lambda one: one["name"], lambda one: one)


async def volume(call: Call[Volume]) -> Json:
    found = finding.volume(call, call.path["full_name"])
    browsed = not found.may(call.person, "READ_VOLUME")
    if browsed and not call.asked.include_browse:
        raise errors.permission_denied(f"User does not have READ VOLUME on Volume '{found.full_name}'.")
    return held.volume_dict(found) | ({"browse_only": True} if browsed else {})


async def models(call: Call[OfSchema]) -> Json:
    parent = finding.schema(call, f"{call.asked.catalog_name}.{call.asked.schema_name}")
    return _paged(call, "registered_models", held.models(parent.full_name), lambda one: one["name"], lambda one: one)


async def metastore(call: Call) -> Json:
    return {
        "metastore_id": METASTORE,
        "name": "sandbox",
        "cloud": "aws",
        "region": "us-west-2",
        "global_metastore_id": f"aws:us-west-2:{METASTORE}",
        "owner": "engineer@example.com",
        "privilege_model_version": "1.0",
    }


async def assignment(call: Call) -> Json:
    workspace = int(call.world.workspace_id)
    return {"metastore_id": METASTORE, "workspace_id": workspace, "default_catalog_name": "main"}


def _like(pattern: str | None) -> Callable[[str], bool]:
    if not pattern:
        return lambda name: True
    translated = "".join({"%": ".*", "_": "."}.get(letter, re.escape(letter)) for letter in pattern)
    compiled = re.compile(translated, re.IGNORECASE)
    return lambda name: compiled.fullmatch(name) is not None


def _paged(
    call: Call[Any],
    name: str,
    found: Sequence[Any],
    key: Callable[[Any], str],
    shown: Callable[[Any], Json],
    server_page: int = SERVER_PAGE,
) -> Json:
    """A page of `Pages`."""
    wanted = call.asked.max_results
    limit = len(found) or 1 if wanted is None else min(wanted or server_page, server_page)
    query = (name, call.asked.model_dump(exclude={"max_results", "page_token"}))
    return paging.page(sorted(found, key=key), key, limit, call.asked.page_token, query).answer(name, shown)
