"""What the portal asks of the place it runs in: who is looking, their credential, and the words for it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from werkzeug.datastructures import Headers

from portal.settings import Settings
from portal.viewer.errors import SignInToConnect

if TYPE_CHECKING:
    from portal.viewer.credential import Grant, Viewer

MAX_TOKEN = 4_096
"""Characters. A longer header is nobody's: it is not even hashed."""


@dataclass(frozen=True, slots=True)
class Words:
    """What people read of a platform."""

    issuer: str
    """Who could say when a credential ends."""
    credential: str
    """The identity page: how the viewer's credential came about."""
    viewers: str
    """The doctor: who viewers are here."""
    state: Literal["ok", "warning", "failed"] = "ok"
    """What the doctor makes of that."""
    mend: str = ""
    """And what to do about it."""
    lifetime: str | None = None
    """The doctor, of a credential whose lifetime is no matter of the portal's."""


class Platform(ABC):
    """A place that the portal runs in. One module of `portal.viewer.platforms` each, with one subclass."""

    name: ClassVar[str]
    """In logs, and in what is sealed."""
    precedence: ClassVar[int]
    """Where several are here, the lowest is believed: in doubt the one that fails closed."""

    own_token: ClassVar[bool] = True
    """Whether a viewer's token is theirs alone: then what processes share of a session is sealed and signed with it."""
    constant_token: ClassVar[str | None] = None
    """The token of everyone, where no request brings one."""
    shared_identity: ClassVar[bool] = False
    """Whether all who reach the portal are one viewer: every page says so."""
    may_debug: ClassVar[bool] = False
    """Whether PORTAL_DEBUG may show stack traces in the browser."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @classmethod
    @abstractmethod
    def is_here(cls, settings: Settings) -> bool:
        """Whether this process runs there."""

    @abstractmethod
    def token(self, headers: Headers, environ: Mapping[str, object]) -> str:
        """The token that a request's viewer is known by; raises the state to show where there is nobody."""

    @abstractmethod
    def grant(self, token: str) -> Grant:
        """The Databricks credential of the token's viewer; raises the state to show where there is none."""

    @property
    @abstractmethod
    def words(self) -> Words:
        """What people read of it."""

    def integration(self) -> str | None:
        """The guid of the OAuth integration that grants come from, where there is one."""
        return None

    def login_url(self) -> str | None:
        """Where a viewer signs in to the integration."""
        return None

    def warm_up(self) -> None:  # noqa: B027  # most ask nobody
        """Ask for what a first grant needs that is no viewer's, before one comes; may raise whatever is in the way."""

    def secret(self, viewer: Viewer) -> str:
        """What only this viewer's session holds: the tokens of dialogs are signed with it."""
        return viewer.token

    def forget(self) -> None:  # noqa: B027  # most keep nothing
        """A session ended: drop what is kept here that could make a credential without being asked to."""


def header_token(headers: Headers, name: str) -> str:
    """The token in a header; raises `SignInToConnect` where there is none, or none that could be."""
    token = (headers.get(name) or "").strip()
    if not token or len(token) > MAX_TOKEN:
        raise SignInToConnect
    return token
