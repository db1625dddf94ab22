"""Checks of Posit Connect: reachable, new enough, whose key, the content, its integration and their association.

Field names are those of posit-sdk 0.17 (`posit.connect.content`, `posit.connect.oauth`) and Connect's server API.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests

from portal.doctor.finding import Finding, failed, ok, skipped, warning
from portal.settings import Settings
from portal.shapes import Json
from portal.viewer.errors import NotSetUp, PortalError, Unreachable
from portal.viewer.transport import careful

if TYPE_CHECKING:
    from posit.connect import Client

OLDEST = (2024, 8)
"""posit-sdk 0.17 asks for this version or a newer one before it speaks of OAuth (`Client.oauth`)."""
ROLES = ("publisher", "administrator")
LOAD_FACTOR = 0.5
"""Connect starts processes the sooner, the closer this is to 0 (its API reference: `load_factor` of content)."""
SKEW_WARNING, SKEW_FAILED = 30.0, 240.0
"""Seconds. A Date header has a resolution of one second; tokens are taken to expire a little early."""


class Connect:
    """What Connect says of itself, of us and of the content; each thing is asked once."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.skew: float | None = None
        """Seconds that Connect's clock is ahead of ours, once it was asked for anything."""

    @cached_property
    def client(self) -> Client:
        from posit.connect import Client

        url, key = self.settings.connect_server, self.settings.connect_api_key
        if url is None or key is None:
            name = "CONNECT_API_KEY" if url else "CONNECT_SERVER"
            raise NotSetUp(name, f"{name} is not set.")
        client = Client(url, key.get_secret_value())
        careful(client.session, "Connect")
        return client

    def get(self, path: str) -> Any:
        """One GET below `__api__`; raises the state that says what is wrong."""
        from posit.connect.errors import ClientError

        started = time.time()
        try:
            response = self.client.get(path)
        except ClientError as error:
            raise refusal(error.http_status, error.error_code, path) from None
        except requests.HTTPError as error:
            raise refusal(error.response.status_code, None, path) from None
        except (requests.TooManyRedirects, ValueError, KeyError):
            raise NotSetUp("CONNECT_SERVER", "What answers at CONNECT_SERVER is not Connect's API.") from None
        except requests.RequestException as error:
            raise Unreachable("Connect", f"Connect did not answer ({type(error).__name__}).") from None
        if self.skew is None and (stamp := response.headers.get("Date")):
            self.skew = parsedate_to_datetime(stamp).timestamp() + 0.5 - (started + time.time()) / 2
        try:
            return response.json()
        except ValueError:
            raise NotSetUp("CONNECT_SERVER", "What answers at CONNECT_SERVER is not Connect's API.") from None

    @cached_property
    def version_text(self) -> str:
        """As the server says it; empty where it is told to hide it."""
        return str(self.get("server_settings").get("version") or "")

    @property
    def version(self) -> tuple[int, ...]:
        """(year, month); empty where it is hidden, or not of that form."""
        try:
            return tuple(int(part) for part in self.version_text.split("-")[0].split(".")[:2])
        except ValueError:
            return ()

    @cached_property
    def user(self) -> Json:
        return dict(self.get("v1/user"))

    @cached_property
    def content(self) -> Json:
        guid = self.settings.content_guid
        if guid is None:
            raise NotSetUp("CONNECT_CONTENT_GUID", "No content is named.")
        return dict(self.get(f"v1/content/{guid}"))

    @cached_property
    def integrations(self) -> list[Integration]:
        return [Integration.of(item) for item in self.get("v1/oauth/integrations")]

    @cached_property
    def associated(self) -> list[str]:
        """Guids of the content's integrations."""
        path = f"v1/content/{self.content['guid']}/oauth/integrations/associations"
        return [str(item["oauth_integration_guid"]) for item in self.get(path)]


def refusal(status: int, code: int | None, path: str) -> PortalError:
    """What Connect's refusal of an API call means to who runs this."""
    if status == 401:
        return NotSetUp("CONNECT_API_KEY", "Connect does not accept this API key.")
    if status == 403:
        return PortalError(f"This API key's owner may not read {path} (code {code}).")
    if status == 404:
        return PortalError(f"Connect knows no {path}, or its key's owner may not see it.")
    return Unreachable("Connect", f"Connect answered {status} to {path}.")


@dataclass(frozen=True)
class Integration:
    """An OAuth integration, as far as the portal depends on it."""

    guid: str
    name: str
    template: str
    auth_type: str
    scopes: frozenset[str]
    authorization_host: str

    @classmethod
    def of(cls, item: Json) -> Integration:
        config = item.get("config") or {}
        scopes = config.get("scopes") or ""
        words = scopes.replace(",", " ").split() if isinstance(scopes, str) else map(str, scopes)
        return cls(
            guid=str(item["guid"]),
            name=str(item.get("name") or item["guid"]),
            template=str(item.get("template") or ""),
            auth_type=str(item.get("auth_type") or config.get("auth_type") or ""),
            scopes=frozenset(words),
            authorization_host=urlsplit(str(config.get("authorization_uri") or "")).netloc,
        )

    @property
    def databricks(self) -> bool:
        return "databricks" in self.template.lower()

    @property
    def viewers(self) -> bool:
        """Whether viewers sign in to it themselves."""
        return self.auth_type.lower() == "viewer"

    @property
    def shown(self) -> str:
        return f"{self.name} ({self.guid})"


def usable(integrations: list[Integration]) -> list[Integration]:
    """Those that give a viewer their own Databricks credential."""
    return [one for one in integrations if one.databricks and one.viewers]


def reachable(connect: Connect) -> Finding:
    name = "Connect"
    version = connect.version_text
    server = connect.settings.connect_server
    if not version:
        return warning(
            name, f"{server} answers and hides its version.", f"Check that it is {OLDEST[0]}.{OLDEST[1]:02d} or newer."
        )
    if not connect.version:
        return warning(name, f"{server} is of version {version}.", "Check that it is a current one.")
    if connect.version < OLDEST:
        return failed(name, f"{server} is {version}: too old for viewers' credentials.", "Update Connect.")
    return ok(name, f"{server}, version {version}.")


def key_owner(connect: Connect) -> Finding:
    name = "API key"
    user = connect.user
    role = str(user.get("user_role") or "")
    says = f"{user.get('username')}, {role}."
    if user.get("locked"):
        return failed(name, f"{says} This user is locked.", "Use the key of a user who may sign in.")
    if role not in ROLES:
        return failed(name, f"{says} A {role or 'user of no role'} may not publish.", "Use a publisher's API key.")
    return ok(name, says)


def clock(connect: Connect) -> Finding:
    name = "clock"
    if connect.skew is None:
        connect.get("server_settings")
    if connect.skew is None:
        return skipped(name, "Connect does not say what time it is.")
    skew = connect.skew
    side = "behind" if skew > 0 else "ahead of"
    says = f"{abs(skew):.0f} s {side} Connect's." if abs(skew) >= 2 else "Within two seconds of Connect's."
    if abs(skew) >= SKEW_FAILED:
        return failed(
            name, says, "Set this machine's clock by NTP: credentials look expired, or good when they are not."
        )
    if abs(skew) >= SKEW_WARNING:
        return warning(name, says, "Set this machine's clock by NTP.")
    return ok(name, says)


def content(connect: Connect) -> Finding:
    """Who may open it, and whether its process waits for them."""
    name = "content"
    if connect.settings.content_guid is None:
        return skipped(name, "CONNECT_CONTENT_GUID is not set.", "Set it to the content's guid, or deploy first.")
    found = connect.content
    title = found.get("title") or found.get("name")
    if found.get("access_type") == "all":
        return failed(
            name,
            f"{title} is open to anyone: a visitor without sign-in has no credential.",
            "In its Access settings choose 'All users - login required' or a list of users and groups.",
        )
    idle, load = found.get("idle_timeout"), found.get("load_factor")
    if not found.get("min_processes"):
        ends = f"ends after {idle} s without a viewer" if idle is not None else "ends when it idles"
        return warning(
            name,
            f"{title}: no process is kept running; the last one {ends}, and the next visit waits for one to start.",
            "Set Min processes to 1 (python -m portal deploy does).",
        )
    if load is not None and load < LOAD_FACTOR:
        return warning(
            name,
            f"{title}: at a load factor of {load:g} Connect starts many processes, and each starts cold.",
            f"Set the load factor to {LOAD_FACTOR:g} or more: one process serves many viewers at a time.",
        )
    return ok(name, f"{title}, for {'all signed-in users' if found.get('access_type') == 'logged_in' else 'its list'}.")


def integration(connect: Connect) -> Finding:
    """Is there one that gives viewers their own Databricks credential, and a refresh token with it?"""
    name = "integration"
    wanted = connect.settings.integration_guid
    every = connect.integrations
    if wanted is not None:
        every = [one for one in every if one.guid == wanted]
        if not every:
            return failed(name, f"Connect has no integration {wanted}.", "Correct PORTAL_INTEGRATION_GUID.")
    if not every or not any(one.databricks for one in every):
        return failed(
            name,
            "Connect has no Databricks integration."
            if wanted is None
            else f"{every[0].shown} is of template {every[0].template!r}, not Databricks.",
            "An administrator adds one: System, Integrations, Add Integration, Databricks, type Viewer.",
        )
    good = usable(every)
    if not good:
        return failed(
            name,
            f"{every[0].name} is of type {every[0].auth_type!r}: every viewer would be the same identity.",
            "An administrator adds one of type Viewer.",
        )
    for one in good:
        if one.scopes and "offline_access" not in one.scopes:
            return warning(
                name,
                f"{one.shown} does not ask for offline_access: viewers sign in again every hour.",
                "An administrator adds offline_access to its scopes.",
            )
        host = one.authorization_host
        ours = connect.settings.workspace_name
        shared = host.startswith(("accounts.", "login."))  # the account's or Microsoft's, good for any workspace
        if host and ours and host != ours and not shared:
            return warning(
                name,
                f"{one.shown} signs in to {host}, and DATABRICKS_HOST is {ours}.",
                "Use the integration of this workspace, or set DATABRICKS_HOST to the integration's.",
            )
    return ok(name, ", ".join(one.shown for one in good))


def association(connect: Connect) -> Finding:
    name = "association"
    if connect.settings.content_guid is None:
        return skipped(name, "CONNECT_CONTENT_GUID is not set.", "Set it to the content's guid, or deploy first.")
    guids = connect.associated
    good = [one for one in usable(connect.integrations) if one.guid in guids]
    if not good:
        return failed(
            name,
            "The content is associated with no Databricks integration of type Viewer.",
            "In its Settings, Access, Integrations, add it (python -m portal deploy does).",
        )
    wanted = connect.settings.integration_guid
    if wanted is not None:
        chosen = [one for one in good if one.guid == wanted]
        if not chosen:
            return failed(
                name,
                f"The content is not associated with the integration {wanted} that PORTAL_INTEGRATION_GUID names.",
                "In its Settings, Access, Integrations, add it; or correct PORTAL_INTEGRATION_GUID.",
            )
        return ok(name, f"{chosen[0].shown}, which PORTAL_INTEGRATION_GUID names.")
    if len(good) > 1:
        names = ", ".join(one.shown for one in good)
        return failed(name, f"The content has several: {names}.", "Set PORTAL_INTEGRATION_GUID to one of them.")
    others = [one for one in connect.integrations if one.databricks and one.guid in guids and one not in good]
    if others:
        names = ", ".join(f"{one.name} ({one.auth_type or 'of no type'})" for one in others)
        return ok(name, f"{good[0].shown}, the only one that acts as the viewer; not {names}.")
    return ok(name, good[0].name)
