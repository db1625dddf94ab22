"""Databricks Apps: the platform forwards the viewer's own access token with each request."""

from __future__ import annotations

import time
from collections.abc import Mapping

from werkzeug.datastructures import Headers

from portal.settings import Settings
from portal.viewer.credential import Grant, expiry
from portal.viewer.platform import Platform, Words, header_token

HEADER = "X-Forwarded-Access-Token"


class Apps(Platform):
    """The token that is forwarded is the credential: nothing is exchanged."""

    name = "databricks-apps"
    precedence = 20

    @classmethod
    def is_here(cls, settings: Settings) -> bool:
        return settings.databricks_app is not None

    def token(self, headers: Headers, environ: Mapping[str, object]) -> str:
        return header_token(headers, HEADER)

    def grant(self, token: str) -> Grant:
        now = time.time()
        return Grant(token, expiry(token, None, now), now)

    @property
    def words(self) -> Words:
        return Words(
            issuer="Databricks Apps",
            credential="Databricks Apps forwarded it with your request",
            viewers="Databricks Apps: whose access token it forwards.",
        )
