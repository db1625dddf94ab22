"""The routes that change: create, update, run-now, submit, cancel, repair, delete, permissions."""

from __future__ import annotations

from aiohttp import web

from portal.sandbox.jobs.store import Store


def routes(store: Store) -> list[web.RouteDef]:
    return []
