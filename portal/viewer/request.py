"""Whose request it is, decided in one place: the platform reads the token, everything else follows from it."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask, request
from werkzeug.datastructures import Headers

from portal.settings import Settings
from portal.viewer import context, trace
from portal.viewer.credential import Viewer
from portal.viewer.errors import PortalError
from portal.viewer.platform import Platform
from portal.viewer.process import Process
from portal.viewer.seal import session_hash
from portal.viewer.secrets import register_stranger
from portal.viewer.vault import Vault


def binding(settings: Settings) -> str:
    """What a session and its sealed entry are good for."""
    return f"{settings.databricks_host}|{settings.connect_server}|{settings.content_guid}"


class Doorkeeper:
    """Resolves a request's viewer from its headers and environment. Nothing is exchanged here."""

    def __init__(self, platform: Platform, vault: Vault, binding: str, process: Process) -> None:
        self._platform = platform
        self._process = process
        self._vault = vault
        self._binding = binding

    def resolve(self, headers: Headers, environ: Mapping[str, object]) -> Viewer | PortalError:
        """The viewer, or the state that says why there is none."""
        try:
            token = self._platform.token(headers, environ)
        except PortalError as state:
            return state.with_traceback(None)
        if self._platform.own_token:
            register_stranger(token)
        return Viewer(self._platform, session_hash("session", self._binding, token), token, self._vault, self._process)


def install(server: Flask, doorkeeper: Doorkeeper) -> None:
    """Resolve the viewer before every request, and be nobody after it."""

    def begin() -> None:
        context.begin(doorkeeper.resolve(request.headers, request.environ), *trace.given(request.headers))

    # First of all hooks: whatever runs later in this thread finds this request's viewer, never the one before.
    server.before_request_funcs.setdefault(None, []).insert(0, begin)
    server.teardown_request(lambda error: context.end())
