"""`create_app`: the whole wiring, top to bottom."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps

from dash import Dash
from flask import Flask

from portal import assets
from portal.cache import SOCKET_SECONDS, SharedCache
from portal.dashboards import routes as dashboard_routes
from portal.dashboards import running
from portal.databricks import connections, identity, spark, workspace
from portal.paths import paths
from portal.results import allocation, runs, sending
from portal.results import result as results
from portal.settings import Settings, unknown
from portal.ui import document, head, page_set, registry, rights, states
from portal.viewer import dialogs, platforms, trace
from portal.viewer import request as doors
from portal.viewer.audit import audit_read
from portal.viewer.idle import every
from portal.viewer.per_viewer import forget, memory
from portal.viewer.process import Process
from portal.viewer.upstream import lines
from portal.viewer.vault import Vault
from portal.web import (
    admission,
    bodies,
    callbacks,
    catalog,
    development,
    downloads,
    files,
    guard,
    log,
    metrics,
    origin,
    own_files,
    refusals,
    session,
    sql,
    stars,
    static,
    status,
    stream,
    vitals,
)
from portal.web import results as result_routes
from portal.web.routing import serve

ROOMS = (
    session, result_routes, own_files, sql, catalog, dashboard_routes, stars, downloads, files, development, metrics,
    status,
)  # fmt: skip
"""Modules whose `routes` are served, below the prefix."""


def create_app(settings: Settings) -> Dash:
    """The portal as a Dash app; `.server` is its Flask. Raises `BuildError` where its scripts are not built."""
    assets.require()
    log.configure(settings)
    trace.begin()
    for sentence in unknown():
        log.log.warning("unknown setting", says=sentence)
    server = Flask("portal")

    # Who is asking, and what they have
    shared = SharedCache(server, settings.cache_url, lines.Net(SOCKET_SECONDS))
    platform = platforms.here(settings)
    process = Process(shared, seals=platform.own_token, threads=admission.threads(settings))
    server.extensions["portal"] = process
    vault = Vault(
        platform,
        identity.identify,
        shared=shared,
        binding=doors.binding(settings),
        signing_key=settings.signing_key.get_secret_value() if settings.signing_key else None,
        forget=partial(_forget, process),
    )
    doors.install(server, doors.Doorkeeper(platform, vault, doors.binding(settings), process))
    log.install(server)
    bodies.install(server)
    guard.install(server, settings)
    admission.install(server, process.admission)
    allocation.settle()
    every(1.0, vault.listen)
    every(vitals.EVERY, vitals.Vitals(process, vault.held, sending.under_way, runs.under_way).measure)
    every(60.0, vault.sweep, memory.sweep, connections.pool.sweep, spark.pool.sweep, results.sweep)

    # Dash and the pages
    app = Dash(
        "portal",
        server=server,  # type: ignore[arg-type]  # Dash's hints leave out what its documentation shows
        title=settings.title,
        update_title="",
        use_pages=True,
        pages_folder="",
        assets_folder=str(paths.assets),
        assets_path_ignore=head.ASSETS_IGNORED,
        index_string=head.INDEX,
        compress=True,
        suppress_callback_exceptions=True,
        add_log_handler=False,
        enable_mcp=False,
        on_error=states.on_error,
    )
    broken, rules = page_set.take(settings, _on_record)
    process.broken_pages.update(broken)
    app.layout = document.layout

    # Around every request, and routes of our own
    refusals.install(server, states.refused)
    development.install(server, head.styles)
    origin.install(server, settings, head.refusal)
    callbacks.install(server, app, lambda what, module: rights.require(rules.opens(what, module), what))
    static.install(server, paths.assets)
    metrics.install(server, lambda path: _page_name(app, path))
    status.install(server, lambda path: _is_page(app, path))
    serve(server, app.config.routes_pathname_prefix, (room.routes for room in ROOMS))
    stream.install(server, process.admission, document.rest)

    if settings.debug and platform.may_debug:
        # Stack traces in the browser: the developer's own, on their own machine.
        app.enable_dev_tools(debug=True, dev_tools_hot_reload=False, dev_tools_serve_dev_bundles=False)
    _warm_up(app, server, settings)
    workspace.start(platform.warm_up)
    return app


def _forget(process: Process, viewer_id: str) -> None:
    """A session ended: what this process keeps for its viewer goes too."""
    forget(process, viewer_id)
    connections.pool.forget(viewer_id)
    spark.pool.forget(viewer_id)
    results.forget(viewer_id)
    running.forget(viewer_id)
    dialogs.forget(viewer_id)
    sending.stop(viewer_id)


def _on_record(layout: Callable[..., object], path: str) -> Callable[..., object]:
    """A page's layout, drawn on the record: whichever way it is reached, Dash's router or our first layout."""

    @wraps(layout)
    def drawn(**given: object) -> object:
        audit_read("page.open", registry.filled(path, given), "ok")
        return layout(**given)

    return drawn


def _is_page(app: Dash, path: str) -> bool:
    """Whether a path, as Flask sees it, is a page's as the browser has it (a proxy may strip the prefix)."""
    config = app.config
    page, _ = head.page_at(config.requests_pathname_prefix + path.removeprefix(config.routes_pathname_prefix))
    return bool(page)


def _page_name(app: Dash, path: str) -> str | None:
    """The address of the page at a path, as the browser or Flask has it, with its variables unfilled; None for none."""
    prefix = app.config.requests_pathname_prefix
    if not path.startswith("/"):
        return None
    page, _ = head.page_at(path if path.startswith(prefix) else prefix.rstrip("/") + path)
    return (page.get("path_template") or page["path"]) if page else None


def _warm_up(app: Dash, server: Flask, settings: Settings) -> None:
    """Take the first request ourselves, as nobody: Dash registers its router then, and its set of inline scripts grows.

    Concurrent first requests would otherwise get a list of callbacks without the router's. The host is nobody's: on a
    developer's own machine the request would be the developer's, and wait for what is asked of Databricks for them.
    """
    with server.test_client() as client:
        client.get(f"{app.config.routes_pathname_prefix}_dash-dependencies", base_url="http://nobody.invalid")
    server.config["CONTENT_SECURITY_POLICY"] = guard.content_security_policy(
        settings, [*app.csp_hashes(), head.INLINE_HASH]
    )
