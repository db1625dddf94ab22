"""Routes of this room."""

from __future__ import annotations

from aiohttp import web

from portal.sandbox.world import World


def routes(world: World) -> list[web.RouteDef]:
    return []
