"""Anywhere else: nothing says who a viewer is, so there is none."""

from __future__ import annotations

from collections.abc import Mapping

from werkzeug.datastructures import Headers

from portal.settings import Settings
from portal.viewer.credential import Grant
from portal.viewer.errors import NotSetUp
from portal.viewer.platform import Platform, Words


class Nowhere(Platform):
    """What is believed where no other platform is here."""

    name = "nowhere"
    precedence = 1000

    @classmethod
    def is_here(cls, settings: Settings) -> bool:
        return True

    def token(self, headers: Headers, environ: Mapping[str, object]) -> str:
        raise _not_set_up()

    def grant(self, token: str) -> Grant:
        raise _not_set_up()

    @property
    def words(self) -> Words:
        return Words(
            issuer="anyone",
            credential="There is none",
            viewers="Neither Connect nor Databricks Apps is here: the portal would not know its viewers.",
            state="failed",
            mend="Set CONNECT_SERVER and CONNECT_API_KEY to examine a deployment, or PORTAL_IDENTITY=developer to work "
            "here.",
        )


def _not_set_up() -> NotSetUp:
    return NotSetUp(
        "PORTAL_IDENTITY",
        "Posit Connect tells the portal who its viewer is, and this is not Connect. To be the viewer yourself, on "
        "this machine only, set PORTAL_IDENTITY=developer.",
    )
