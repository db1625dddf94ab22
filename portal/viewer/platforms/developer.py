"""A developer's machine: everyone who reaches the portal is the developer, by databricks-sdk's default chain."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from werkzeug.datastructures import Headers

from portal.settings import Settings, is_loopback
from portal.viewer.credential import Grant, Viewer, expiry
from portal.viewer.errors import NotSetUp
from portal.viewer.platform import Platform, Words


class Developer(Platform):
    """One identity shared by all who reach this process: it answers on localhost only, unless it is told otherwise."""

    name = "developer"
    precedence = 30
    own_token = False
    constant_token = "developer"  # noqa: S105  # nobody's secret: there is one session
    shared_identity = True
    may_debug = True

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._headers: Callable[[], dict[str, str]] | None = None
        self._building = threading.Lock()

    @classmethod
    def is_here(cls, settings: Settings) -> bool:
        return settings.identity == "developer"

    def token(self, headers: Headers, environ: Mapping[str, Any]) -> str:
        if not self.settings.allow_shared_identity:
            # The address we are bound to, the name we are called by and the caller's address: a proxy in front shows in
            # one of them, or in what it forwards.
            near = all(map(is_loopback, (headers.get("Host"), environ.get("SERVER_NAME"), environ.get("REMOTE_ADDR"))))
            forwarded = any(headers.get(name) for name in ("X-Forwarded-For", "Forwarded", "X-Real-Ip"))
            if not near or forwarded:
                raise NotSetUp(
                    "PORTAL_ALLOW_SHARED_IDENTITY",
                    "Everyone who reaches this portal would act as its developer, so it answers on localhost only. "
                    "PORTAL_ALLOW_SHARED_IDENTITY=1 allows it.",
                )
        return self.constant_token

    def grant(self, token: str) -> Grant:
        """By the SDK's own chain: environment, profile, CLI."""
        from databricks.sdk.core import Config

        try:
            with self._building:
                if self._headers is None:
                    config = Config(host=self.settings.databricks_host, http_timeout_seconds=3, retry_timeout_seconds=5)
                    self._headers = config.authenticate
                headers = self._headers
            bearer = str(headers().get("Authorization", "")).removeprefix("Bearer ")
        except Exception:  # the SDK raises ValueError for every way in which its chain can fail
            bearer = ""
        if not bearer:
            raise NotSetUp(
                "DATABRICKS_TOKEN",
                "The Databricks SDK finds no credential here: set DATABRICKS_TOKEN or log in by its CLI.",
            )
        now = time.time()
        return Grant(bearer, expiry(bearer, None, now), now)

    def secret(self, viewer: Viewer) -> str:
        """The token is a constant; the credential is not."""
        return viewer.credential().access_token

    def forget(self) -> None:
        """The SDK's configuration holds the credential."""
        with self._building:
            self._headers = None

    @property
    def words(self) -> Words:
        anyone = self.settings.allow_shared_identity
        return Words(
            issuer="the Databricks SDK",
            credential="The developer's own, from this machine: everyone who reaches this portal acts as them",
            viewers="The developer, for everyone who reaches this portal, also beyond localhost."
            if anyone
            else "The developer, on localhost only.",
            state="warning" if anyone else "ok",
            mend="Remove PORTAL_ALLOW_SHARED_IDENTITY unless that is what you want." if anyone else "",
            lifetime="The developer's own credential, by the SDK's default chain.",
        )
