"""Signed tokens of dialogs: good for one viewer, purpose, payload and session, and not for long."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from itsdangerous import TimestampSigner

from portal.viewer import dialogs
from portal.viewer.context import acting_as
from portal.viewer.credential import Credential, Viewer
from portal.viewer.dialogs import Stale, sign, verified
from portal.viewer.platform import Platform
from portal.viewer.process import Process
from tests.viewers import CONNECT, DEVELOPER


@dataclass
class Known:
    """A broker that knows its viewer: all that signing asks of the vault."""

    id: str
    access_token: str = "bearer"
    asked: list[str] = field(default_factory=list)

    def credential(self, viewer: Viewer) -> Credential:
        return Credential(self.access_token, self.id, 0.0, None, "connect")

    def reject(self, viewer: Viewer, credential: Credential) -> None: ...

    def login_url(self) -> None: ...

    def end(self, viewer: Viewer) -> bool:
        return True

    def resume(self, viewer: Viewer) -> None: ...


def viewer(id: str, token: str, platform: Platform = CONNECT, access: str = "bearer") -> Viewer:
    return Viewer(platform, f"session of {token}", token, Known(id, access), Process())


@pytest.fixture(autouse=True)
def _forgotten():
    dialogs._recent.clear()


def test_what_was_signed_comes_back():
    with acting_as(viewer("1", "token-a")):
        assert verified("run", sign("run", {"job": "7"})) == {"job": "7"}


def test_every_process_of_the_portal_takes_it():
    with acting_as(viewer("1", "token-a")):
        token = sign("run", {"job": "7"})
    dialogs._recent.clear()  # another process remembers nothing
    with acting_as(viewer("1", "token-a")):
        assert verified("run", token) == {"job": "7"}


@pytest.mark.parametrize(
    "who", [viewer("2", "token-a"), viewer("2", "token-b"), viewer("2", "token-a", DEVELOPER, "other")]
)
def test_another_viewers_token_is_refused(who: Viewer):
    with acting_as(viewer("1", "token-a")):
        token = sign("run", {"job": "7"})
    with acting_as(who), pytest.raises(Stale):
        verified("run", token)


def test_another_purpose_or_payload_is_refused():
    with acting_as(viewer("1", "token-a")):
        token = sign("run", {"job": "7"})
        with pytest.raises(Stale):
            verified("cancel", token)
        head, rest = token.split(".", 1)
        with pytest.raises(Stale):
            verified("run", f"{head[:-2]}AA.{rest}")
        for garbage in ("", "x", "a.b.c", "é", token + "x"):
            with pytest.raises(Stale):
                verified("run", garbage)


def test_it_does_not_live_long(monkeypatch: pytest.MonkeyPatch):
    with acting_as(viewer("1", "token-a")):
        token = sign("run", {})
        now = TimestampSigner.get_timestamp
        monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self: now(self) + dialogs.LIFETIME + 1)
        with pytest.raises(Stale):
            verified("run", token)


def test_a_session_token_that_is_replaced_meanwhile_does_not_spoil_the_dialog():
    with acting_as(viewer("1", "token-a")):
        token = sign("run", {"job": "7"})
    with acting_as(viewer("1", "token-b")):
        assert verified("run", token) == {"job": "7"}
    dialogs._recent.clear()
    with acting_as(viewer("1", "token-b")), pytest.raises(Stale):
        verified("run", token)


def test_a_developers_key_is_their_credential_not_the_constant_of_their_session():
    with acting_as(viewer("1", "developer", DEVELOPER, "secret-a")):
        token = sign("run", {})
    dialogs._recent.clear()
    with acting_as(viewer("1", "developer", DEVELOPER, "secret-b")), pytest.raises(Stale):
        verified("run", token)
