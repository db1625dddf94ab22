"""The pretend workspace's front door: who is asking, the host's metadata, and the routes of every room behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from aiohttp import web

from portal.sandbox import (
    alerts,
    catalog,
    clusters,
    connector_service,
    dbfs,
    errors,
    faults,
    folders,
    history,
    jobs,
    lakeview,
    lineage,
    oidc,
    queries,
    scim,
    serving,
    statements,
    thrift,
    visualizations,
    volumes,
    warehouses,
    weather,
)
from portal.sandbox.routing import WORLD, Route, Unreadable, worded
from portal.sandbox.world import Person, World

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


def _unreadable(request: web.Request, error: Unreadable) -> web.Response:
    if "/scim/v2/" in request.path:
        return errors.ScimError(400, error.text, "invalidValue").response()
    refused = errors.malformed if error.kind == "json" else errors.invalid_parameter
    return refused(error.text).response()


def _missing(request: web.Request) -> web.Response:
    text = f"No API found for '{request.method} {request.path}'"
    return errors.ApiError(404, "ENDPOINT_NOT_FOUND", text).response()


def default_answer(request: web.Request, status: int) -> web.Response:
    """What a fault of this status says: JSON, and for Thrift also the header where its client looks."""
    error = errors.default(status)
    if request.path.startswith("/sql/1.0/"):
        error.headers["X-Thriftserver-Error-Message"] = error.message
    return error.response()


ROOMS: tuple[Callable[[World], list[Route]], ...] = (
    oidc.routes,
    scim.routes,
    warehouses.routes,
    jobs.routes,
    clusters.routes,
    dbfs.routes,
    volumes.routes,
    serving.routes,
    folders.routes,
    catalog.routes,
    queries.routes,
    visualizations.routes,
    lakeview.routes,
    lineage.routes,
    alerts.routes,
    history.routes,
    statements.routes,
    thrift.routes,
    connector_service.routes,
)
"""The tables of routes, one an API."""


STORED = (statements.storage_routes, volumes.storage_routes)
"""Of the storage host."""


def app(
    world: World, fault_room: faults.Faults, climate: weather.Weather, more: Sequence[Route] = ()
) -> web.Application:
    """The workspace as an aiohttp application; `more` are routes beside those of every workspace."""
    observe = faults.middleware(fault_room, "workspace", _viewer_of(world), default_answer)
    under = weather.middleware(climate, default_answer)
    layers = [observe, under, worded(_unreadable, _missing), authenticate(world)]
    application = web.Application(middlewares=layers, client_max_size=64 * 1024 * 1024)
    application[WORLD] = world
    application.add_routes(route.definition() for room in ROOMS for route in room(world))
    application.add_routes(route.definition() for route in more)
    return application


def storage_app(world: World, fault_room: faults.Faults, climate: weather.Weather) -> web.Application:
    """The storage host of presigned links: no accounts, no cookies."""
    observe = faults.middleware(fault_room, "storage", lambda request: None, _storage_answer)
    application = web.Application(middlewares=[observe, weather.middleware(climate, _storage_answer)])
    application[WORLD] = world
    application.add_routes(route.definition() for room in STORED for route in room(world))
    return application


def _storage_answer(request: web.Request, status: int) -> web.Response:
    code = {403: "AccessDenied", 404: "NoSuchKey", 429: "SlowDown", 503: "SlowDown"}.get(status, "InternalError")
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{code}</Message></Error>'
    return web.Response(text=text, status=status, content_type="application/xml")
