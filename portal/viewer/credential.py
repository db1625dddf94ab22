"""A viewer, and the Databricks credential that is theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from portal.viewer.platform import Platform
    from portal.viewer.process import Process

UNKNOWN_LIFETIME = 300.0
"""Seconds for which a credential is used when neither the exchange nor the token says."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What an exchange gave. `expires_at` is in seconds since the epoch, None where nobody said."""

    access_token: str = field(repr=False)
    expires_at: float | None
    obtained_at: float
    integration: str | None = None
    """The OAuth integration's guid, where there is one."""


def expiry(access_token: str, expires_in: object, now: float) -> float | None:
    """When a token expires: `expires_in` seconds from now, else the JWT's `exp`, else None (nobody said)."""
    try:
        if expires_in is not None and float(expires_in) > 0:  # type: ignore[arg-type]
            return now + float(expires_in)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        pass
    import jwt  # here, since Connect usually says it, and the package takes a while to import

    try:
        # Only its own date is read: whether the token is good is Databricks' to say.
        return float(jwt.decode(access_token, options={"verify_signature": False})["exp"])
    except (jwt.PyJWTError, KeyError, TypeError, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class Credential:
    """A grant, and whose it is: `viewer_id` is what Databricks itself answered (SCIM Me), never a header."""

    access_token: str = field(repr=False)
    viewer_id: str
    obtained_at: float
    expires_at: float | None
    source: str
    """The name of the platform that it came by."""
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

    def known(self, viewer: Viewer) -> Credential | None: ...

    def upon_bearer(self, viewer: Viewer, prepare: Callable[[str], None]) -> None: ...

    def reject(self, viewer: Viewer, credential: Credential) -> None: ...

    def login_url(self) -> str | None: ...

    def end(self, viewer: Viewer) -> bool: ...

    def resume(self, viewer: Viewer) -> None: ...


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is asking. Cheap: nothing is exchanged until `credential` is called."""

    platform: Platform = field(repr=False, compare=False)
    session: str
    """A hash of the session token: names the session in logs and caches."""
    token: str = field(repr=False)
    broker: Broker = field(repr=False, compare=False)
    process: Process = field(repr=False, compare=False)
    """What serves them."""

    def credential(self) -> Credential:
        """This viewer's Databricks credential, exchanged on first need; raises the state where there is none."""
        return self.broker.credential(self)

    def known(self) -> Credential | None:
        """The same where it is at hand: nobody is asked for it."""
        return self.broker.known(self)

    def upon_bearer(self, prepare: Callable[[str], None]) -> None:
        """While this viewer's credential is still being got: call `prepare(bearer)` as soon as there is one, once.

        For what a read will need, such as a connection; it must neither read nor keep anything of the viewer's, since
        nobody knows yet who that is.
        """
        self.broker.upon_bearer(self, prepare)

    @property
    def is_known(self) -> bool:
        """Whether this process holds their credential: until then anybody may have made the token up."""
        return self.known() is not None

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
