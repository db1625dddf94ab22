"""Where a grant comes from: Connect's credential exchange, Databricks Apps, or the developer's own configuration.

Connect's error codes are those of its API reference ("OAuth credential exchange"), as field experience orders them by
what the viewer can do: 212-214 and 238 are the team's to mend, 215-217 mean a session that Connect no longer knows,
218, 219, 220 and 235 an OAuth session that the viewer must renew, 256 and 257 an ambiguous audience, 277 a rate limit.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import jwt
import requests
import structlog

from portal import counters
from portal.settings import Settings
from portal.viewer.context import tally
from portal.viewer.credential import Grant
from portal.viewer.errors import (
    Busy,
    NotPermitted,
    NotSetUp,
    PortalError,
    SignInToConnect,
    SignInToDatabricks,
    Unreachable,
)
from portal.viewer.transport import careful

if TYPE_CHECKING:
    from posit.connect import Client

log = structlog.get_logger("portal.viewer.exchange")

ASSOCIATION_SECONDS = 300.0
_NO_INTEGRATION = frozenset({212, 213, 214})
_BAD_SESSION = frozenset({215, 216, 217})
_SIGN_IN = frozenset({218, 219, 220, 235})
_AMBIGUOUS = frozenset({256, 257})


class Exchange(Protocol):
    """Turns a session token into a grant; knows the integration's guid that grants come from, and its login link."""

    def grant(self, token: str) -> Grant: ...

    def integration(self) -> str | None: ...

    def login_url(self) -> str | None: ...


def expiry(access_token: str, expires_in: object, now: float) -> float | None:
    """When a token expires: `expires_in` seconds from now, else the JWT's `exp`, else None (nobody said)."""
    try:
        if expires_in is not None and float(expires_in) > 0:  # type: ignore[arg-type]
            return now + float(expires_in)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        pass
    try:
        # Only its own date is read: whether the token is good is Databricks' to say.
        return float(jwt.decode(access_token, options={"verify_signature": False})["exp"])
    except (jwt.PyJWTError, KeyError, TypeError, ValueError):
        return None


@dataclass(frozen=True)
class Association:
    """One OAuth integration that this content is associated with."""

    guid: str
    name: str
    template: str


class ConnectExchange:
    """The viewer's session token for the viewer's Databricks credential, through posit-sdk.

    `CONNECT_API_KEY` authenticates the *content* in both calls made here, and buys nothing that a viewer sees.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: Client | None = None
        self._building = threading.Lock()
        self._associations: tuple[Association, ...] | None = None
        self._read_at = float("-inf")
        self._reading = threading.Lock()

    def _connect(self) -> Client:
        """posit-sdk's client, built once; importing it costs enough to leave it out of start-up."""
        if self._client is None:
            with self._building:
                if self._client is None:
                    from posit.connect import Client

                    url, key = self._settings.connect_server, self._settings.connect_api_key
                    if url is None or key is None:
                        name = "CONNECT_API_KEY" if url else "CONNECT_SERVER"
                        raise NotSetUp(name, f"{name} is not set; Connect sets it for content that it runs.")
                    client = Client(url, key.get_secret_value())
                    careful(client.session, "Connect")
                    self._client = client
        return self._client

    def associations(self) -> tuple[Association, ...]:
        """This content's integrations, kept five minutes. Empty where Connect does not say."""
        fresh = time.monotonic() - self._read_at < ASSOCIATION_SECONDS
        if fresh and self._associations is not None:
            return self._associations
        # One reads; those who already know an older answer go on with it.
        if self._reading.acquire(blocking=self._associations is None):
            try:
                if time.monotonic() - self._read_at >= ASSOCIATION_SECONDS:
                    try:
                        self._associations = self._read_associations()
                        self._read_at = time.monotonic()
                    except Unreachable:
                        # What was known is likelier right than nothing: ask again in half a minute.
                        if self._associations is None:
                            raise
                        self._read_at = time.monotonic() - ASSOCIATION_SECONDS + 30.0
            finally:
                self._reading.release()
        return self._associations or ()

    def _read_associations(self) -> tuple[Association, ...]:
        guid = self._settings.content_guid
        if not guid:
            return ()
        try:
            found = self._connect().get(f"v1/content/{guid}/oauth/integrations/associations").json()
            return tuple(
                Association(
                    guid=str(item["oauth_integration_guid"]),
                    name=str(item.get("oauth_integration_name") or item["oauth_integration_guid"]),
                    template=str(item.get("oauth_integration_template") or ""),
                )
                for item in found
            )
        except (NotSetUp, requests.ConnectionError, requests.Timeout) as error:
            raise _understood(error, None) from None
        except Exception as error:
            # An older Connect, or a key that may not ask: the exchange itself needs no audience while there is but one.
            log.warning("associations not read", error=type(error).__name__)
            return ()

    def integration(self) -> str | None:
        """The Databricks integration's guid: by setting, else the content's only one; None where Connect lists none.

        Raises `NotSetUp` that names the candidates where there are several.
        """
        if self._settings.integration_guid:
            return self._settings.integration_guid
        known = self.associations()
        candidates = [a for a in known if "databricks" in a.template.lower()] or [
            a for a in known if a.template.lower() != "connect"
        ]
        if len(candidates) > 1:
            names = ", ".join(f"{a.name} ({a.guid})" for a in candidates)
            raise NotSetUp(
                "PORTAL_INTEGRATION_GUID", f"This content has several Databricks integrations; choose one of: {names}."
            )
        return candidates[0].guid if candidates else None

    def login_url(self) -> str | None:
        """Where a viewer signs in to the integration."""
        guid = self.integration()
        return f"{self._settings.connect_server}/__oauth__/integrations/{guid}/login" if guid else None

    def grant(self, token: str) -> Grant:
        """One exchange. Raises the state that the viewer should see where Connect gives none."""
        integration = self.integration()
        client = self._connect()
        tally().exchanges += 1
        try:
            answer = client.oauth.get_credentials(token, audience=integration)
        except Exception as error:
            state = _understood(error, self.login_url())
            counters.exchange(state.kind)
            raise state from None
        access_token = answer.get("access_token")
        if not isinstance(access_token, str) or not access_token:
            counters.exchange("empty")
            raise Unreachable("Connect", "Connect answered the credential exchange without a credential.")
        counters.exchange("ok")
        now = time.time()
        return Grant(access_token, expiry(access_token, answer.get("expires_in"), now), now, integration)


def _understood(error: Exception, login_url: str | None) -> PortalError:
    """What Connect's refusal means to the viewer. Nothing of the exception's own text is kept: it may hold anything."""
    from posit.connect.errors import ClientError

    if isinstance(error, PortalError):
        return error
    code = error.error_code if isinstance(error, ClientError) else None
    if isinstance(error, ClientError):
        status = error.http_status
    else:
        response = getattr(error, "response", None)
        status = response.status_code if isinstance(response, requests.Response) else 0
    if code in _SIGN_IN:
        return SignInToDatabricks(login_url)
    if code in _BAD_SESSION:
        return SignInToConnect("Connect does not know this session any longer. Reload the page to sign in again.")
    if code in _NO_INTEGRATION:
        return NotSetUp(
            "the content's OAuth integration", "This content is not associated with a Databricks integration."
        )
    if code == 238:
        return NotSetUp(
            "the content's OAuth integration", "The associated integration is not one that viewers sign in to."
        )
    if code in _AMBIGUOUS:
        return NotSetUp("PORTAL_INTEGRATION_GUID", "Connect cannot tell which of the content's integrations is meant.")
    if code == 277 or status == 429:
        return Busy("Connect is limiting how often credentials are exchanged.")
    if code == 241:
        return Unreachable("Databricks", "Connect could not get your credential from Databricks' sign-in service.")
    if status == 401:
        return SignInToConnect("Connect does not accept this session. Reload the page to sign in again.")
    if status == 403:
        return NotPermitted("Connect does not let this content exchange credentials.", "an administrator of Connect")
    if isinstance(error, requests.TooManyRedirects):
        return NotSetUp(
            "CONNECT_SERVER", "Connect answered with a redirect; CONNECT_SERVER should be its final address."
        )
    if isinstance(error, requests.Timeout):
        return Unreachable("Connect", "Connect took too long to answer.")
    return Unreachable("Connect")


class ForwardedExchange:
    """Databricks Apps: the forwarded access token is the credential."""

    def integration(self) -> str | None:
        return None

    def login_url(self) -> str | None:
        return None

    def grant(self, token: str) -> Grant:
        now = time.time()
        return Grant(token, expiry(token, None, now), now)


class DeveloperExchange:
    """The developer's own credential, by databricks-sdk's default chain (environment, profile, CLI)."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._headers: Any = None
        self._building = threading.Lock()

    def integration(self) -> str | None:
        return None

    def login_url(self) -> str | None:
        return None

    def grant(self, token: str) -> Grant:
        """`token` is not used: this process has one identity."""
        from databricks.sdk.core import Config

        try:
            with self._building:
                if self._headers is None:
                    config = Config(
                        host=self._settings.databricks_host, http_timeout_seconds=3, retry_timeout_seconds=5
                    )
                    self._headers = config.authenticate
            bearer = str(self._headers().get("Authorization", "")).removeprefix("Bearer ")
        except Exception:  # the SDK raises ValueError for every way in which its chain can fail
            bearer = ""
        if not bearer:
            raise NotSetUp(
                "DATABRICKS_TOKEN",
                "The Databricks SDK finds no credential here: set DATABRICKS_TOKEN or log in by its CLI.",
            )
        now = time.time()
        return Grant(bearer, expiry(bearer, None, now), now)
