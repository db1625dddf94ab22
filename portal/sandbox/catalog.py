"""Unity Catalog's REST API over what the SQL engine knows: catalogs, schemas, tables, grants and tags.

Lists come in pages of the server's size unless `max_results` is left out; a page may be empty and still lead on, as
the real API warns (every third page of a long list is).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from aiohttp import web

from portal.sandbox import errors, paging, routines
from portal.sandbox.grants import Grants
from portal.sandbox.securables import METASTORE, catalog_dict, schema_dict, table_dict
from portal.sandbox.world import Person, World

SERVER_PAGE = 100
SUMMARIES_PAGE = 10_000
NAME = re.compile(r"^[^./\s]+$")


def routes(world: World) -> list[web.RouteDef]:
    if world.engine is None:
        return []
    rest = Rest(world)
    grants = Grants(world)
    base = "/api/2.1/unity-catalog"
    return [
        web.get(f"{base}/catalogs", rest.catalogs),
        web.get(base + "/catalogs/{name}", rest.catalog),
        web.get(f"{base}/schemas", rest.schemas),
        web.get(base + "/schemas/{full_name}", rest.schema),
        web.get(f"{base}/tables", rest.tables),
        web.get(base + "/tables/{full_name}", rest.table),
        web.get(base + "/tables/{full_name}/exists", rest.exists),
        web.get(f"{base}/table-summaries", rest.summaries),
        web.get(f"{base}/volumes", rest.nothing("volumes")),
        web.get(f"{base}/functions", rest.functions),
        web.get(f"{base}/metastore_summary", rest.metastore),
        web.get(f"{base}/current-metastore-assignment", rest.assignment),
        *grants.routes(base),
    ]


class Rest:
    def __init__(self, world: World) -> None:
        self.world = world

    @property
    def engine(self) -> Any:
        return self.world.engine

    def selectable(self, person: Person, table: Any) -> bool:
        """Whether the person may read the table; else they may only browse it."""
        known = self.engine.catalog
        schema = known.schemas[f"{table.catalog_name}.{table.schema_name}".lower()]
        return bool(known.may(person, "SELECT", table, schema, known.catalogs[table.catalog_name]))

    def shown_tables(self, request: web.Request, catalog: str, schema: str) -> list[tuple[Any, bool]]:
        """(table, browse only) of a schema, those that may only be browsed on request."""
        person, browse = request["person"], errors.flag(request, "include_browse")
        found = [(table, not self.selectable(person, table)) for table in self.engine.tables(person, catalog, schema)]
        return [(table, only) for table, only in found if browse or not only]

    async def catalogs(self, request: web.Request) -> web.Response:
        found = self.engine.catalogs(request["person"])
        return _paged(request, "catalogs", found, lambda one: one.name, catalog_dict)

    async def catalog(self, request: web.Request) -> web.Response:
        return web.json_response(catalog_dict(self.find_catalog(request["person"], request.match_info["name"])))

    def find_catalog(self, person: Person, name: str) -> Any:
        for one in self.engine.catalogs(person):
            if one.name == name.lower():
                return one
        if name.lower() in self.engine.catalog.catalogs:
            raise errors.permission_denied(f"User does not have USE CATALOG on Catalog '{name}'.")
        raise missing("Catalog", name)

    async def schemas(self, request: web.Request) -> web.Response:
        name = _required(request, "catalog_name")
        found = self.engine.schemas(request["person"], self.find_catalog(request["person"], name).name)
        return _paged(request, "schemas", found, lambda one: one.name, schema_dict)

    async def schema(self, request: web.Request) -> web.Response:
        return web.json_response(schema_dict(self.find_schema(request["person"], request.match_info["full_name"])))

    def find_schema(self, person: Person, full_name: str) -> Any:
        catalog, schema = _parts(full_name, 2, "schema")
        self.find_catalog(person, catalog)
        for one in self.engine.schemas(person, catalog):
            if one.name == schema.lower():
                return one
        if full_name.lower() in self.engine.catalog.schemas:
            raise errors.permission_denied(f"User does not have USE SCHEMA on Schema '{full_name}'.")
        raise missing("Schema", full_name)

    async def tables(self, request: web.Request) -> web.Response:
        catalog, schema = _required(request, "catalog_name"), _required(request, "schema_name")
        self.find_schema(request["person"], f"{catalog}.{schema}")
        shape = {
            "columns": not errors.flag(request, "omit_columns"),
            "properties": not errors.flag(request, "omit_properties"),
            "names": not errors.flag(request, "omit_username"),
        }

        def shown(pair: tuple[Any, bool]) -> dict[str, Any]:
            body = table_dict(pair[0], **shape)
            return {**body, "browse_only": True} if pair[1] else body

        found = self.shown_tables(request, catalog, schema)
        return _paged(request, "tables", found, lambda pair: pair[0].name, shown)

    async def table(self, request: web.Request) -> web.Response:
        table, only = self.find_table(request["person"], request.match_info["full_name"])
        if only and not errors.flag(request, "include_browse"):
            raise errors.permission_denied(f"User does not have SELECT on Table '{table.full_name}'.")
        body = table_dict(table)
        return web.json_response({**body, "browse_only": True} if only else body)

    def find_table(self, person: Person, full_name: str) -> tuple[Any, bool]:
        catalog, schema, _ = _parts(full_name, 3, "table")
        self.find_schema(person, f"{catalog}.{schema}")
        table = self.engine.table(person, full_name)
        if table is not None:
            return table, not self.selectable(person, table)
        if full_name.lower() in self.engine.catalog.tables:
            raise errors.permission_denied(f"User does not have SELECT on Table '{full_name}'.")
        raise missing("Table", full_name)

    async def exists(self, request: web.Request) -> web.Response:
        try:
            self.find_table(request["person"], request.match_info["full_name"])
        except errors.ApiError as error:
            if error.status != 404:
                raise
            return web.json_response({"table_exists": False})
        return web.json_response({"table_exists": True})

    async def summaries(self, request: web.Request) -> web.Response:
        """Names of every table of a catalog, filtered by LIKE patterns."""
        person = request["person"]
        catalog = self.find_catalog(person, _required(request, "catalog_name")).name
        schema_like = _like(request.query.get("schema_name_pattern"))
        table_like = _like(request.query.get("table_name_pattern"))
        found = [
            table
            for schema in self.engine.schemas(person, catalog)
            if schema_like(schema.name)
            for table, _ in self.shown_tables(request, catalog, schema.name)
            if table_like(table.name)
        ]
        return _paged(
            request, "tables", found, lambda one: one.full_name,
            lambda one: {"full_name": one.full_name, "table_type": one.table_type}, SUMMARIES_PAGE,
        )  # fmt: skip

    async def functions(self, request: web.Request) -> web.Response:
        catalog, schema = _required(request, "catalog_name"), _required(request, "schema_name")
        full_name = self.find_schema(request["person"], f"{catalog}.{schema}").full_name
        found = routines.of_schema(self.engine.catalog, full_name)
        return _paged(request, "functions", found, lambda one: one.name, routines.as_dict)

    def nothing(self, name: str) -> Callable[[web.Request], Any]:
        """A kind of securable of which the sandbox has none: an empty list, for a schema that exists."""

        async def listed(request: web.Request) -> web.Response:
            catalog, schema = _required(request, "catalog_name"), _required(request, "schema_name")
            self.find_schema(request["person"], f"{catalog}.{schema}")
            return web.json_response({name: []})

        return listed

    async def metastore(self, request: web.Request) -> web.Response:
        return web.json_response(
            {
                "metastore_id": METASTORE,
                "name": "sandbox",
                "cloud": "aws",
                "region": "us-west-2",
                "global_metastore_id": f"aws:us-west-2:{METASTORE}",
                "owner": "engineer@example.com",
                "privilege_model_version": "1.0",
            }
        )

    async def assignment(self, request: web.Request) -> web.Response:
        return web.json_response(
            {"metastore_id": METASTORE, "workspace_id": int(self.world.workspace_id), "default_catalog_name": "main"}
        )


def missing(kind: str, name: str) -> errors.ApiError:
    """404 with Unity Catalog's own code and an ErrorInfo."""
    code = f"{kind.upper()}_DOES_NOT_EXIST"
    details = [errors.error_info(code, "unity-catalog.databricks.com")]
    return errors.ApiError(404, code, f"{kind} '{name}' does not exist.", details=details)


def _required(request: web.Request, name: str) -> str:
    value = request.query.get(name)
    if not value:
        raise errors.invalid_parameter(f"Missing required parameter: {name}")
    return value


def _parts(full_name: str, count: int, kind: str) -> list[str]:
    parts = full_name.split(".")
    if len(parts) != count or not all(NAME.match(part) for part in parts):
        raise errors.invalid_parameter(f"'{full_name}' is not a valid name of a {kind}.")
    return parts


def _like(pattern: str | None) -> Callable[[str], bool]:
    if not pattern:
        return lambda name: True
    translated = "".join({"%": ".*", "_": "."}.get(letter, re.escape(letter)) for letter in pattern)
    compiled = re.compile(translated, re.IGNORECASE)
    return lambda name: compiled.fullmatch(name) is not None


def _paged(
    request: web.Request,
    name: str,
    found: Sequence[Any],
    key: Callable[[Any], str],
    shown: Callable[[Any], dict[str, Any]],
    server_page: int = SERVER_PAGE,
) -> web.Response:
    """`max_results`: unset gives all, 0 the server's page, more at most that; below 0 is an error."""
    wanted = errors.number(request, "max_results")
    if wanted is not None and wanted < 0:
        raise errors.invalid_parameter(f"max_results must be at least 0, got {wanted}.")
    limit = len(found) or 1 if wanted is None else min(wanted or server_page, server_page)
    query = (name, request.path, request.query.get("catalog_name"), request.query.get("schema_name"))
    token = request.query.get("page_token")
    if token and token.startswith("e."):
        token = token[2:]
    elif token and _pages_before(found, key, token, query, limit) % 3 == 2:
        return web.json_response({"next_page_token": f"e.{token}"})
    page = paging.page(sorted(found, key=key), key, limit, token, query)
    body: dict[str, Any] = {name: [shown(one) for one in page.items]} if page.items else {}
    if page.next_token:
        body["next_page_token"] = page.next_token
    return web.json_response(body)


def _pages_before(found: Sequence[Any], key: Callable[[Any], str], token: str, query: Any, limit: int) -> int:
    """How many pages of this length lie before the one that the token leads to."""
    rest = paging.page(sorted(found, key=key), key, len(found) or 1, token, query)
    return (len(found) - len(rest.items)) // max(1, limit)
