"""The pretend workspace's front door: who is asking, the host's metadata, and the routes of every room behind it."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from portal.sandbox import catalog, connector_service, errors, faults, jobs, oidc, queries, scim, warehouses
from portal.sandbox.world import Person, World

WORLD = web.AppKey("world", World)
PUBLIC = ("/.well-known/", "/oidc/", "/telemetry-unauth")
"""Paths that answer without a credential, as the real ones do."""


def bearer_of(request: web.Request) -> str | None:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" and value.strip() else None


def _viewer_of(world: World) -> Any:
    def viewer_of(request: web.Request) -> str | None:
        bearer = bearer_of(request)
        token = world.tokens.find(bearer) if bearer else None
        return token.person.key if token else None

    return viewer_of


def authenticate(world: World) -> Any:
    """Sets `request["person"]`, or answers 401/403 as the gateway does; adds the headers that every answer has."""

    @web.middleware
    async def middleware(request: web.Request, handler: faults.Handler) -> web.StreamResponse:
        if request.path.startswith(PUBLIC):
            return await handler(request)
        request["person"] = person = _person(world, bearer_of(request))
        response = await handler(request)
        if not response.prepared:
            response.headers["x-databricks-org-id"] = world.workspace_id
            # A client that keeps this cookie would carry one viewer into another's request: see Faults.counted.
            response.set_cookie("workspace_session", f"{person.key}-{person.id}", secure=True, httponly=True)
        return response

    return middleware


def _person(world: World, bearer: str | None) -> Person:
    if bearer is None:
        raise errors.unauthenticated(401, errors.MESSAGES[401])
    token = world.tokens.find(bearer)
    if token is None:
        raise errors.unauthenticated(403, errors.MESSAGES[403])
    person = world.tokens.person(bearer)
    if person is None:
        what = "was revoked" if token.revoked else "has expired"
        raise errors.unauthenticated(401, f"The access token {what}.")
    return person


@web.middleware
async def worded(request: web.Request, handler: faults.Handler) -> web.StreamResponse:
    """ApiError, unknown paths and crashes become answers in Databricks' shape."""
    try:
        return await handler(request)
    except errors.ApiError as error:
        return error.response()
    except web.HTTPNotFound:
        text = f"No API found for '{request.method} {request.path}'"
        return errors.ApiError(404, "ENDPOINT_NOT_FOUND", text).response()
    except web.HTTPMethodNotAllowed:
        text = f"No API found for '{request.method} {request.path}'"
        return errors.ApiError(404, "ENDPOINT_NOT_FOUND", text).response()


def default_answer(request: web.Request, status: int) -> web.Response:
    """What a fault of this status says: JSON, and for Thrift also the header where its client looks."""
    error = errors.default(status)
    if request.path.startswith("/sql/1.0/"):
        error.headers["X-Thriftserver-Error-Message"] = error.message
    return error.response()


def _late_routes(world: World, names: Iterable[str], attribute: str) -> list[web.RouteDef]:
    """Routes of the SQL rooms; a room that is not installed is left out."""
    routes: list[web.RouteDef] = []
    for name in names:
        try:
            module = importlib.import_module(f"portal.sandbox.{name}")
        except ModuleNotFoundError as error:
            if error.name and error.name.startswith("portal.sandbox"):
                continue
            raise
        if module.__file__ is not None:  # an empty directory imports as a namespace
            routes.extend(getattr(module, attribute)(world))
    return routes


def app(world: World, fault_room: faults.Faults) -> web.Application:
    """The workspace as an aiohttp application."""
    observe = faults.middleware(fault_room, "workspace", _viewer_of(world), default_answer)
    application = web.Application(middlewares=[observe, worded, authenticate(world)], client_max_size=64 * 1024 * 1024)
    application[WORLD] = world
    for room in (oidc, scim, warehouses, jobs, catalog, queries, connector_service):
        application.add_routes(room.routes(world))
    application.add_routes(_late_routes(world, ("statements", "thrift"), "routes"))
    return application


def storage_app(world: World, fault_room: faults.Faults) -> web.Application:
    """The storage host of presigned links: no accounts, no cookies."""
    observe = faults.middleware(fault_room, "storage", lambda request: None, _storage_answer)
    application = web.Application(middlewares=[observe])
    application[WORLD] = world
    application.add_routes(_late_routes(world, ("statements",), "storage_routes"))
    return application


def _storage_answer(request: web.Request, status: int) -> web.Response:
    code = {403: "AccessDenied", 404: "NoSuchKey", 429: "SlowDown", 503: "SlowDown"}.get(status, "InternalError")
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{code}</Message></Error>'
    return web.Response(text=text, status=status, content_type="application/xml")
