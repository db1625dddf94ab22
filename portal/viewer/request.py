"""Who may be the viewer of a request, decided in one place.

====================  ===================================  =============================================================
where we run          known by                             the viewer is
====================  ===================================  =============================================================
Posit Connect         any of Connect's own variables       whom `Posit-Connect-User-Session-Token` stands for
Databricks Apps       DATABRICKS_APP_NAME                  whom `X-Forwarded-Access-Token` belongs to
a developer machine   PORTAL_IDENTITY=developer, and none  the developer, for everyone: loopback only, unless
                      of the above                         PORTAL_ALLOW_SHARED_IDENTITY=1
anything else                                              nobody: *not set up*
====================  ===================================  =============================================================

A header that does not belong to the place is ignored. In doubt there is no viewer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, request
from werkzeug.datastructures import Headers

from portal.settings import Settings, is_loopback
from portal.viewer import context
from portal.viewer.credential import Source, Viewer
from portal.viewer.errors import NotSetUp, PortalError, SignInToConnect
from portal.viewer.exchange import ConnectExchange, DeveloperExchange, Exchange, ForwardedExchange
from portal.viewer.seal import session_hash
from portal.viewer.secrets import register
from portal.viewer.vault import Vault

CONNECT_HEADER = "Posit-Connect-User-Session-Token"
APPS_HEADER = "X-Forwarded-Access-Token"
MAX_TOKEN = 16_384


def source(settings: Settings) -> Source | None:
    """Where this process runs, by its settings; None where nothing says who a viewer is."""
    if settings.on_connect:
        return Source.CONNECT
    if settings.databricks_app:
        return Source.APPS
    return Source.DEVELOPER if settings.identity == "developer" else None


def exchange_for(settings: Settings) -> Exchange:
    """The exchange of the place."""
    match source(settings):
        case Source.CONNECT:
            return ConnectExchange(settings)
        case Source.APPS:
            return ForwardedExchange()
        case _:
            return DeveloperExchange(settings)


def binding(settings: Settings) -> str:
    """What a session and its sealed entry are good for."""
    return f"{settings.databricks_host}|{settings.connect_server}|{settings.content_guid}"


class Doorkeeper:
    """Resolves a request's viewer from its headers and environment. Nothing is exchanged here."""

    def __init__(self, settings: Settings, vault: Vault) -> None:
        self._settings = settings
        self._source = source(settings)
        self._vault = vault
        self._binding = binding(settings)

    def resolve(self, headers: Headers, environ: Mapping[str, Any]) -> Viewer | PortalError:
        """The viewer, or the state that says why there is none."""
        match self._source:
            case Source.CONNECT:
                return self._by_token(headers.get(CONNECT_HEADER), Source.CONNECT)
            case Source.APPS:
                return self._by_token(headers.get(APPS_HEADER), Source.APPS)
            case Source.DEVELOPER:
                return self._developer(headers, environ)
        return NotSetUp(
            "PORTAL_IDENTITY",
            "Posit Connect tells the portal who its viewer is, and this is not Connect. To be the viewer yourself, on "
            "this machine only, set PORTAL_IDENTITY=developer.",
        )

    def _by_token(self, token: str | None, came: Source) -> Viewer | PortalError:
        token = (token or "").strip()
        if not token or len(token) > MAX_TOKEN:
            return SignInToConnect()
        register(token)
        return Viewer(came, session_hash("session", self._binding, token), token, self._vault)

    def _developer(self, headers: Headers, environ: Mapping[str, Any]) -> Viewer | PortalError:
        if not self._settings.allow_shared_identity:
            # The address we are bound to, the name we are called by and the caller's address: a proxy in front shows in
            # one of them, or in what it forwards.
            near = all(map(is_loopback, (headers.get("Host"), environ.get("SERVER_NAME"), environ.get("REMOTE_ADDR"))))
            forwarded = any(headers.get(name) for name in ("X-Forwarded-For", "Forwarded", "X-Real-Ip"))
            if not near or forwarded:
                return NotSetUp(
                    "PORTAL_ALLOW_SHARED_IDENTITY",
                    "Everyone who reaches this portal would act as its developer, so it answers on localhost only. "
                    "PORTAL_ALLOW_SHARED_IDENTITY=1 allows it.",
                )
        return Viewer(Source.DEVELOPER, session_hash("developer", self._binding), "developer", self._vault)


def install(server: Flask, doorkeeper: Doorkeeper) -> None:
    """Resolve the viewer before every request, and be nobody after it."""

    # First of all hooks: whatever runs later in this thread finds this request's viewer, never the one before.
    server.before_request_funcs.setdefault(None, []).insert(
        0, lambda: context.begin(doorkeeper.resolve(request.headers, request.environ))
    )
    server.teardown_request(lambda error: context.end())
