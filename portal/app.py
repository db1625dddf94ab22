"""`create_app`: the whole wiring, top to bottom."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import dash
from dash import Dash
from flask import Flask

import pages
from portal.cache import SharedCache
from portal.databricks import connector, identity, workspace
from portal.results import allocation, tickets
from portal.results import result as results
from portal.settings import Settings
from portal.ui import shell, states
from portal.viewer import request as doors
from portal.viewer.idle import every_minute
from portal.viewer.per_viewer import forget, memory
from portal.viewer.shared_answers import elsewhere
from portal.viewer.vault import Vault
from portal.web import catalog, downloads, guard, log, metrics, session, sql, static, status
from portal.web import results as windows

ROOT = Path(__file__).resolve().parent.parent


def create_app(settings: Settings) -> Dash:
    """The portal as a Dash app; `.server` is its Flask."""
    log.configure(settings)
    server = Flask("portal")

    # Who is asking, and what they have
    shared = SharedCache(server, settings.cache_url)
    place = doors.source(settings)
    # Only Connect's sessions have a token of their own to seal with.
    sealed = shared if place is doors.Source.CONNECT else None
    elsewhere.use(sealed)
    vault = Vault(
        doors.exchange_for(settings),
        identity.identify,
        source=place or doors.Source.CONNECT,
        shared=sealed,
        binding=doors.binding(settings),
        forget=_forget,
    )
    doors.install(server, doors.Doorkeeper(settings, vault))
    log.install(server)
    guard.install(server, settings)
    tickets.use(shared)
    allocation.settle()
    every_minute(vault.sweep, memory.sweep, connector.pool.sweep, results.sweep)

    # Dash and the pages
    app = Dash(
        "portal",
        server=server,  # type: ignore[arg-type]  # Dash's hints leave out what its documentation shows
        title=settings.title,
        update_title="",
        use_pages=True,
        pages_folder="",
        assets_folder=str(ROOT / "assets"),
        assets_path_ignore=shell.ASSETS_IGNORED,
        index_string=shell.INDEX,
        compress=True,
        suppress_callback_exceptions=True,
        add_log_handler=False,
        enable_mcp=False,
        on_error=states.on_error,
    )
    for found in sorted(pkgutil.iter_modules(pages.__path__, "pages."), key=lambda found: found.name):
        module = importlib.import_module(found.name)
        # Dash does this itself for a pages folder that it imports, under names made of the folder's path.
        if found.name in dash.page_registry and not dash.page_registry[found.name]["supplied_layout"]:
            dash.page_registry[found.name]["layout"] = module.layout
    app.layout = shell.layout

    # Plain routes
    prefix = app.config.routes_pathname_prefix
    static.install(server, ROOT / "assets")
    session.install(server, prefix)
    windows.install(server, prefix)
    sql.install(server, prefix)
    catalog.install(server, prefix)
    downloads.install(server, prefix)
    metrics.install(server, settings, prefix)
    status.install(server, settings, shared, lambda path: _is_page(app, path), prefix)

    if settings.debug and place is doors.Source.DEVELOPER:
        # Stack traces in the browser: the developer's own, on their own machine.
        app.enable_dev_tools(debug=True, dev_tools_hot_reload=False)
    _warm_up(app, server, settings)
    return app


def _forget(viewer_id: str) -> None:
    """A session ended: what this process keeps for its viewer goes too."""
    forget(viewer_id)
    connector.pool.forget(viewer_id)
    results.forget(viewer_id)


def _is_page(app: Dash, path: str) -> bool:
    """Whether a path, as Flask sees it, is a page's as the browser has it (a proxy may strip the prefix)."""
    config = app.config
    page, _ = shell.page_at(config.requests_pathname_prefix + path.removeprefix(config.routes_pathname_prefix))
    return bool(page)


def _warm_up(app: Dash, server: Flask, settings: Settings) -> None:
    """Take the first request ourselves, as nobody: Dash registers its router then, and its set of inline scripts grows.

    Concurrent first requests would otherwise get a list of callbacks without the router's.
    """
    prefix = app.config.routes_pathname_prefix
    with server.test_client() as client:
        for path in ("", "_dash-dependencies"):
            client.get(prefix + path)
    server.config["CONTENT_SECURITY_POLICY"] = guard.content_security_policy(
        settings, [*app.csp_hashes(), shell.INLINE_HASH]
    )
    workspace.start()
