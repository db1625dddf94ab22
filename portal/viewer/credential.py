"""A viewer, and the Databricks credential that is theirs."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

UNKNOWN_LIFETIME = 300.0
"""Seconds for which a credential is used when neither the exchange nor the token says."""


class Source(StrEnum):
    """How a viewer's credential comes about."""

    CONNECT = "connect"
    """Exchanged by Connect for the viewer's session token."""
    APPS = "databricks-apps"
    """Forwarded by Databricks Apps with the request."""
    DEVELOPER = "developer"
    """The developer's own, by the SDK's default chain: one identity shared by all who reach this process."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What an exchange gave. `expires_at` is in seconds since the epoch, None where nobody said."""

    access_token: str = field(repr=False)
    expires_at: float | None
    obtained_at: float
    integration: str | None = None
    """The OAuth integration's guid, where there is one."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A grant, and whose it is: `viewer_id` is what Databricks itself answered (SCIM Me), never a header."""

    access_token: str = field(repr=False)
    viewer_id: str
    obtained_at: float
    expires_at: float | None
    source: Source
    integration: str | None = None

    @property
    def end(self) -> float:
        """When it ends, seconds since the epoch."""
        return self.expires_at if self.expires_at is not None else self.obtained_at + UNKNOWN_LIFETIME

    def is_usable(self, now: float) -> bool:
        """Whether a call that begins now can still end with it."""
        return now < self.end - min(20.0, 0.05 * self._length)

    def is_due(self, now: float) -> bool:
        """Whether it is time for a new one, while this one is still good."""
        return now >= self.end - min(120.0, 0.2 * self._length)

    @property
    def _length(self) -> float:
        return max(0.0, self.end - self.obtained_at)


class Broker(Protocol):
    """What keeps credentials: the vault."""

    def credential(self, viewer: Viewer) -> Credential: ...

    def reject(self, viewer: Viewer, credential: Credential) -> None: ...

    def login_url(self) -> str | None: ...

    def end(self, viewer: Viewer) -> bool: ...

    def resume(self, viewer: Viewer) -> None: ...


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is asking. Cheap: nothing is exchanged until `credential` is called."""

    source: Source
    session: str
    """A hash of the session token: names the session in logs and caches."""
    token: str = field(repr=False)
    broker: Broker = field(repr=False, compare=False)

    def credential(self) -> Credential:
        """This viewer's Databricks credential, exchanged on first need; raises the state where there is none."""
        return self.broker.credential(self)

    @property
    def id(self) -> str:
        """The id that Databricks knows this viewer by."""
        return self.credential().viewer_id

    def reject(self, credential: Credential) -> None:
        """Databricks answered 401 to this credential: forget it, so that the next call exchanges anew."""
        self.broker.reject(self, credential)

    def login_url(self) -> str | None:
        """Where this viewer signs in to the integration; None where there is none."""
        return self.broker.login_url()

    def end_session(self) -> bool:
        """Forget this viewer's credential and what is cached for them; whether every process has heard of it."""
        return self.broker.end(self)

    def resume_session(self) -> None:
        """ "Continue" after `end_session`."""
        self.broker.resume(self)
