"""What Connect knows: content, integrations and their associations, OAuth sessions, browser and user sessions."""

from __future__ import annotations

import hashlib
import itertools
import secrets
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from portal.sandbox.world import SERVICE_PRINCIPALS, Person, World

VERSION = "2026.09.0"
NAMESPACE = uuid.UUID("8f6f2b66-3d0e-4f0b-9f65-5a3c1f6f0d01")
OWNER = "engineer"
"""Who published the content: CONNECT_API_KEY acts as this person."""
ROLES = {"engineer": "administrator", "analyst-west": "publisher", "analyst-east": "viewer", "newcomer": "viewer"}
_PRINCIPAL = SERVICE_PRINCIPALS[0]
SERVICE = Person(
    "service-principal", _PRINCIPAL.id, _PRINCIPAL.application_id, _PRINCIPAL.display_name, _PRINCIPAL.groups
)
"""Whom a Service Account integration's credentials belong to. Nobody signs in as it."""
TIME_OF_SEED = "2026-01-15T09:00:00Z"


def guid(name: str) -> str:
    """The same at each start."""
    return str(uuid.uuid5(NAMESPACE, name))


@dataclass
class Integration:
    guid: str
    id: str
    name: str
    description: str
    template: str
    auth_type: str
    """`Viewer`, `Service Account` or `Visitor API Key`."""
    config: dict[str, Any]
    created_time: str
    updated_time: str

    def as_dict(self) -> dict[str, Any]:
        hidden = {"client_secret", "connect_private_key"}
        return {
            "id": self.id,
            "guid": self.guid,
            "created_time": self.created_time,
            "updated_time": self.updated_time,
            "name": self.name,
            "description": self.description,
            "template": self.template,
            "auth_type": self.auth_type,
            "config": {name: value for name, value in self.config.items() if name not in hidden},
        }


@dataclass
class OAuthSession:
    """A viewer's consent: Connect keeps their refresh token here."""

    guid: str
    id: str
    person: Person
    integration_guid: str
    created_time: str
    updated_time: str
    stale: bool = False
    """The identity provider no longer takes the refresh token: the viewer must sign in again."""


@dataclass
class UserSession:
    """A `Posit-Connect-User-Session-Token` that was handed to content."""

    token: str
    person: Person
    content_guid: str
    expires_at: float


@dataclass
class ContentSession:
    """A content session token: handed to each process of a content, for Service Account integrations."""

    token: str
    content_guid: str


@dataclass
class Bundle:
    id: str
    content_guid: str
    created_time: str
    path: Path
    size: int
    manifest: dict[str, Any]
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass
class Content:
    """A content item. `settings` holds every other field of the API, as given or as Connect defaults them."""

    guid: str
    id: str
    name: str
    owner: Person
    created_time: str
    title: str | None = None
    description: str = ""
    access_type: str = "logged_in"
    """`all` (anyone, no sign-in), `logged_in` or `acl`."""
    app_mode: str = "unknown"
    bundle_id: str | None = None
    last_deployed_time: str | None = None
    py_version: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    associations: dict[str, str] = field(default_factory=dict)
    """Integration guid -> when it was associated."""
    permissions: list[dict[str, Any]] = field(default_factory=list)
    bundles: dict[str, Bundle] = field(default_factory=dict)
    directory: Path | None = None
    """Where its files are; None until it was deployed."""
    command: str | None = None
    """How it is run, with `{port}`; None: by its manifest's entry point."""

    def may_view(self, person: Person | None) -> bool:
        if self.access_type == "all":
            return True
        if person is None:
            return False
        if self.access_type == "logged_in" or person == self.owner:
            return True
        mine = {person.connect_guid, *(guid(f"group:{name}") for name in person.groups)}
        return any(permission["principal_guid"] in mine for permission in self.permissions)

    def may_edit(self, person: Person) -> bool:
        if person == self.owner or ROLES.get(person.key) == "administrator":
            return True
        return any(
            permission["principal_guid"] == person.connect_guid and permission["role"] == "owner"
            for permission in self.permissions
        )


class Connect:
    """`world.connect`."""

    def __init__(self, world: World, seed: int = 0, directory: Path | None = None, command: str | None = None) -> None:
        self.world = world
        self.seed = seed
        self.url = ""
        """`http://127.0.0.1:<port>`, once bound."""
        self.content_guid = guid("content:portal")
        self.integration_guid = guid("integration:databricks")
        self.keys = {self._key(key): person for key, person in world.people.items()}
        self._directory, self._command = directory, command
        self.bundles = Path()
        """Where uploaded bundles are kept and unpacked; set by the server."""
        self.reset()

    def _key(self, name: str) -> str:
        return hashlib.sha256(f"{self.seed}:key:{name}".encode()).hexdigest()[:32]

    def api_key(self, role: str = OWNER) -> str:
        """The API key of a person, 32 characters."""
        return self._key(role)

    def reset(self) -> None:
        """Everything back to the seed state. Browsers stay signed in: their cookies are no one's business here."""
        self.session_lifetime = 3600.0
        """Seconds that a user session token is good for."""
        self.omit_expires_in = False
        self.rotate = "never"
        self.ids = itertools.count(100)
        self.browsers: dict[str, Person] = getattr(self, "browsers", {})
        self.temporary_keys: dict[str, tuple[Person, float]] = {}
        self.user_sessions: dict[str, UserSession] = {}
        self._current: dict[tuple[str, str], UserSession] = {}
        self.content_sessions: dict[str, ContentSession] = getattr(self, "content_sessions", {})
        self.tasks: dict[str, Any] = {}
        config = {
            "auth_mode": "Confidential",
            "auth_type": "Viewer",
            "authorization_uri": f"{self.world.workspace_url}/oidc/v1/authorize",
            "client_id": "e6f1a9c4-sandbox",
            "client_secret": "not-a-secret",
            "scopes": "all-apis offline_access",
            "token_endpoint_auth_method": "client_secret_post",
            "token_uri": f"{self.world.workspace_url}/oidc/v1/token",
            "workspace_url": self.world.workspace_url,
        }
        integration = Integration(
            self.integration_guid, "1", "Databricks", "The sandbox's workspace, as the viewer", "databricks", "Viewer",
            config, TIME_OF_SEED, TIME_OF_SEED,
        )  # fmt: skip
        # As on a server where several teams publish. `several` is a content of three integrations of three kinds, of
        # which one is the viewers' own: without an audience its exchange is refused, as the documentation warns.
        service = Integration(
            guid("integration:service"), "2", "Databricks (nightly jobs)", "As the service principal Portal service",
            "databricks", "Service Account", {**config, "auth_type": "Service Account"}, TIME_OF_SEED, TIME_OF_SEED,
        )  # fmt: skip
        api = Integration(
            guid("integration:connect"), "3", "Connect API", "", "connect", "Visitor API Key", {}, TIME_OF_SEED,
            TIME_OF_SEED,
        )  # fmt: skip
        others = Integration(
            guid("integration:snowflake"), "4", "Snowflake", "Of the finance team", "snowflake", "Viewer",
            {"auth_type": "Viewer", "account_url": "https://example.invalid"}, TIME_OF_SEED, TIME_OF_SEED,
        )  # fmt: skip
        self.integrations: dict[str, Integration] = {one.guid: one for one in (integration, service, api, others)}
        self.oauth_sessions: dict[str, OAuthSession] = {}
        for person in self.world.people.values():
            if person.signed_in:
                self.sign_in_to(integration, person)
        owner = self.world.people[OWNER]
        portal = Content(self.content_guid, "1", "portal", owner, TIME_OF_SEED, title="Data portal",
                         description="The portal of the content directory", app_mode="python-dash",
                         last_deployed_time=TIME_OF_SEED, py_version="3.11", directory=self._directory,
                         command=self._command, associations={integration.guid: TIME_OF_SEED})  # fmt: skip
        several = replace(portal, guid=guid("content:several"), id="2", name="portal-several", title="Another portal",
                          description="The same, with integrations of several kinds", settings={}, environment={},
                          associations={one.guid: TIME_OF_SEED for one in (service, integration, api)},
                          permissions=[], bundles={})  # fmt: skip
        self.contents: dict[str, Content] = {one.guid: one for one in (portal, several)}

    def now_text(self) -> str:
        return datetime.fromtimestamp(self.world.clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def next_id(self) -> str:
        return str(next(self.ids))

    # Sessions

    def browser(self, person: Person) -> str:
        """A new browser session; the cookie's value."""
        value = secrets.token_urlsafe(32)
        self.browsers[value] = person
        return value

    def person_of_key(self, key: str) -> Person | None:
        """Whose API key this is; a visitor's temporary key expires."""
        if key in self.keys:
            return self.keys[key]
        person, expires_at = self.temporary_keys.get(key, (None, 0.0))
        return person if expires_at > self.world.clock.now() else None

    def user_session(self, person: Person, content_guid: str, fresh: bool = False) -> UserSession:
        """The token to send to content for this viewer: the current one, a new one if it is about to expire or
        rotation is on. An older one stays good until it expires."""
        now = self.world.clock.now()
        current = self._current.get((person.key, content_guid))
        if fresh or self.rotate == "every-request" or current is None or current.expires_at <= now + 1:
            token = secrets.token_urlsafe(48)
            current = UserSession(token, person, content_guid, now + self.session_lifetime)
            self.user_sessions[token] = current
            self._current[(person.key, content_guid)] = current
            if len(self.user_sessions) > 5000:
                self.user_sessions = {t: s for t, s in self.user_sessions.items() if s.expires_at > now}
        return current

    def content_session(self, content_guid: str) -> ContentSession:
        """The content's own token; the same for all of its processes."""
        for session in self.content_sessions.values():
            if session.content_guid == content_guid:
                return session
        session = ContentSession(secrets.token_urlsafe(48), content_guid)
        self.content_sessions[session.token] = session
        return session

    def forget_user_sessions(self) -> None:
        """The next request of each viewer gets a new token (after its settings changed)."""
        self._current.clear()

    # OAuth

    def sign_in_to(self, integration: Integration, person: Person) -> OAuthSession:
        """The login that a viewer completes once."""
        now = self.now_text()
        old = self.oauth_session(person, integration.guid)
        if old is not None:
            old.stale, old.updated_time = False, now
            return old
        session = OAuthSession(str(uuid.uuid4()), self.next_id(), person, integration.guid, now, now)
        self.oauth_sessions[session.guid] = session
        return session

    def oauth_session(self, person: Person, integration_guid: str) -> OAuthSession | None:
        for session in self.oauth_sessions.values():
            if session.person == person and session.integration_guid == integration_guid:
                return session
        return None

    def needs_login(self, person: Person, content: Content) -> list[Integration]:
        """Viewer integrations of a content to which this person has not signed in."""
        found = []
        for one in content.associations:
            integration = self.integrations.get(one)
            if integration is None or integration.auth_type != "Viewer":
                continue
            session = self.oauth_session(person, one)
            if session is None or session.stale:
                found.append(integration)
        return found
