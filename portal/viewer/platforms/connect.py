"""Posit Connect: the viewer's session token, exchanged by Connect for their own Databricks credential."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import requests
import structlog
from werkzeug.datastructures import Headers

from portal import counters
from portal.settings import Settings
from portal.version import agent
from portal.viewer.context import tally
from portal.viewer.credential import Grant, expiry
from portal.viewer.errors import NotSetUp, Unreachable
from portal.viewer.failures import CONNECT, understood
from portal.viewer.platform import Platform, Words, header_token
from portal.viewer.single_flight import Flights
from portal.viewer.transport import careful
from portal.viewer.upstream import report

if TYPE_CHECKING:
    from posit.connect import Client

log = structlog.get_logger("portal.viewer.exchange")

HEADER = "Posit-Connect-User-Session-Token"
ASSOCIATION_SECONDS = 300.0
REREAD_SECONDS = 5.0
"""What Connect refuses for want of an integration makes them be read anew, once in so many seconds."""


@dataclass(frozen=True)
class Association:
    """One OAuth integration that this content is associated with."""

    guid: str
    name: str
    template: str
    auth_type: str = ""
    """`Viewer`, `Service Account` or `Visitor API Key`; empty where an older Connect does not say."""

    @property
    def of_viewers(self) -> bool:
        """Whether its credentials are the viewer's own."""
        return self.auth_type.lower() in ("", "viewer")


class Connect(Platform):
    """The viewer's session token for the viewer's Databricks credential, through posit-sdk.

    `CONNECT_API_KEY` authenticates the *content* in both calls made here, and buys nothing that a viewer sees.
    """

    name = "connect"
    precedence = 10

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._client: Client | None = None
        self._building = threading.Lock()
        self._associations: tuple[Association, ...] | None = None
        self._read_at = float("-inf")
        self._reading = Flights()
        self._taken: str | None = None
        """The integration that was used last: more than one later does not undo the choice."""

    @classmethod
    def is_here(cls, settings: Settings) -> bool:
        return settings.on_connect

    def token(self, headers: Headers, environ: Mapping[str, object]) -> str:
        return header_token(headers, HEADER)

    @property
    def words(self) -> Words:
        return Words(
            issuer="Connect",
            credential="Posit Connect exchanged your session for it",
            viewers="Posit Connect: whom its session token stands for.",
        )

    def _connect(self) -> Client:
        """posit-sdk's client, built once; importing it costs enough to leave it out of start-up."""
        if self._client is None:
            with self._building:
                if self._client is None:
                    from posit.connect import Client

                    url, key = self.settings.connect_server, self.settings.connect_api_key
                    if url is None or key is None:
                        name = "CONNECT_API_KEY" if url else "CONNECT_SERVER"
                        raise NotSetUp(name, f"{name} is not set; Connect sets it for content that it runs.")
                    client = Client(url, key.get_secret_value())
                    client.session.headers["User-Agent"] = (
                        f"data-portal/{agent()} {client.session.headers['User-Agent']}"
                    )
                    careful(client.session, "Connect")
                    self._client = client
        return self._client

    def associations(self) -> tuple[Association, ...]:
        """This content's integrations, kept five minutes. Empty where Connect does not say."""
        fresh = time.monotonic() - self._read_at < ASSOCIATION_SECONDS
        if fresh and self._associations is not None:
            return self._associations
        # One reads; those who already know an older answer go on with it.
        with self._reading.hold("associations", blocking=self._associations is None, service="Connect") as mine:
            if mine and time.monotonic() - self._read_at >= ASSOCIATION_SECONDS:
                try:
                    self._associations = self._read_associations()
                    self._read_at = time.monotonic()
                except Unreachable:
                    # What was known is likelier right than nothing: ask again in half a minute.
                    if self._associations is None:
                        raise
                    self._read_at = time.monotonic() - ASSOCIATION_SECONDS + 30.0
        return self._associations or ()

    def _read_associations(self) -> tuple[Association, ...]:
        guid = self.settings.content_guid
        if not guid:
            return ()
        try:
            found = self._connect().get(f"v1/content/{guid}/oauth/integrations/associations").json()
            return tuple(
                Association(
                    guid=str(item["oauth_integration_guid"]),
                    name=str(item.get("oauth_integration_name") or item["oauth_integration_guid"]),
                    template=str(item.get("oauth_integration_template") or ""),
                    auth_type=str(item.get("oauth_integration_auth_type") or ""),
                )
                for item in found
            )
        except (NotSetUp, requests.ConnectionError, requests.Timeout) as error:
            raise understood(error, CONNECT) from None
        except Exception as error:
            # An older Connect, or a key that may not ask: the exchange itself needs no audience while there is but one.
            log.warning("associations not read", error=type(error).__name__)
            return ()

    def integration(self) -> str | None:
        """The Databricks integration's guid: by setting, else the content's only one that viewers sign in to.

        None where Connect lists none.

        Raises `NotSetUp` that names the candidates where there are several.
        """
        if self.settings.integration_guid:
            return self.settings.integration_guid
        known = self.associations()
        candidates = [a for a in known if "databricks" in a.template.lower()] or [
            a for a in known if a.template.lower() != "connect"
        ]
        # One of another kind is left only where there is no other: the exchange says why it will not do.
        candidates = [a for a in candidates if a.of_viewers] or candidates[:1]
        if len(candidates) > 1 and any(a.guid == self._taken for a in candidates):
            log.warning("several Databricks integrations; the one in use stays", integration=self._taken)
            return self._taken
        if len(candidates) > 1:
            names = ", ".join(f"{a.name} ({a.guid})" for a in candidates)
            raise NotSetUp(
                "PORTAL_INTEGRATION_GUID", f"This content has several Databricks integrations; choose one of: {names}."
            )
        self._taken = candidates[0].guid if candidates else None
        return self._taken

    def _changed(self, taken: str | None) -> bool:
        """Whether the content's integrations, read anew, lead to another one than this (None: to none so far)."""
        if self.settings.integration_guid:
            return False
        with self._reading.hold("associations", service="Connect"):
            if time.monotonic() - self._read_at > REREAD_SECONDS:
                self._associations = self._read_associations()
                self._read_at = time.monotonic()
        return self.integration() != taken

    def warm_up(self) -> None:
        """The content's integrations, and Connect's version, for which posit-sdk asks before its first exchange."""
        self.integration()
        self._connect().oauth  # noqa: B018

    def login_url(self) -> str | None:
        """Where a viewer signs in to the integration."""
        guid = self.integration()
        return f"{self.settings.connect_server}/__oauth__/integrations/{guid}/login" if guid else None

    def grant(self, token: str) -> Grant:
        """One exchange. Raises the state that the viewer should see where Connect gives none.

        Where Connect says that the integration is not there, or not the only one, the content's integrations may have
        changed since they were read: they are read anew, and another one is tried once.
        """
        integration: str | None = None
        try:
            integration = self.integration()
            return self._exchanged(token, integration)
        except NotSetUp:
            if not self._changed(integration):
                raise
        return self._exchanged(token, self.integration())

    def _exchanged(self, token: str, integration: str | None) -> Grant:
        client = self._connect()
        tally().exchanges += 1
        try:
            answer = client.oauth.get_credentials(token, audience=integration)
        except Exception as error:
            state = understood(error, CONNECT, login_url=self.login_url())
            state.code = getattr(error, "error_code", None)
            counters.exchange(state.kind)
            raise state from None
        access_token = answer.get("access_token")
        if not isinstance(access_token, str) or not access_token:
            counters.exchange("empty")
            said = "Connect answered the credential exchange without a credential."
            raise report.unreachable("Connect", said, otherwise="not its API", operation="POST oauth/credentials")
        counters.exchange("ok")
        now = time.time()
        return Grant(access_token, expiry(access_token, answer.get("expires_in"), now), now, integration)
