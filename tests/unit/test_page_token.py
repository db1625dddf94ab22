"""The token of a page: good for its viewer in any process that shares a root with the one that made it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from pydantic import SecretStr

from portal import settings as options
from portal.settings import Settings
from portal.viewer import page_token, roots
from portal.viewer.credential import Credential, Viewer
from portal.viewer.errors import OtherPage, PortalError, SignInToDatabricks
from portal.viewer.platform import Platform
from portal.viewer.process import Process
from portal.viewer.seal import session_hash
from tests.viewers import CONNECT, DEVELOPER

KEY = "k" * 32


@dataclass
class Desk:
    """Hands out credentials by viewer, the part of a session token before the slash; "nobody" has none."""

    held: set[str] = field(default_factory=set)
    """Session tokens whose credential is at hand."""
    bearer: str = "bearer"
    asked: int = 0

    def credential(self, viewer: Viewer) -> Credential:
        self.asked += 1
        name = viewer.token.partition("/")[0]
        if name == "nobody":
            raise SignInToDatabricks(None)
        return Credential(
            f"{self.bearer}-of-{name}", f"id-of-{name}", time.time(), time.time() + 3600, viewer.platform.name
        )

    def known(self, viewer: Viewer) -> Credential | None:
        return self.credential(viewer) if viewer.token in self.held else None

    def reject(self, viewer: Viewer, credential: Credential) -> None: ...

    def login_url(self) -> str | None: ...

    def end(self, viewer: Viewer) -> bool: ...

    def resume(self, viewer: Viewer) -> None: ...


def seen(desk: Desk, token: str, platform: Platform = CONNECT) -> Viewer:
    return Viewer(platform, session_hash("session", token), token, desk, Process())


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Desk]]:
    """`process(signing_key=None)`: from here on this is another process, with a desk of its own."""

    def start(signing_key: str | None = None, **more: str) -> Desk:
        key = SecretStr(signing_key) if signing_key else None
        here = Settings.model_construct(databricks_host="https://w", content_guid="guid", signing_key=key)
        monkeypatch.setattr(roots, "settings", lambda: here)
        for made in (roots._key, roots._place):
            made.cache_clear()
        return Desk(**more)

    yield start
    for made in (roots._key, roots._place, options.settings):
        made.cache_clear()


@pytest.mark.parametrize("key", [None, KEY])
def test_any_process_takes_a_token_of_the_same_session_and_asks_nobody(process, key) -> None:
    token = page_token.mint(seen(process(key), "ann/1"))
    there = process(key)
    page_token.check(seen(there, "ann/1"), token)
    assert there.asked == 0


@pytest.mark.parametrize("key", [None, KEY])
@pytest.mark.parametrize("held", [True, False])
def test_nobody_elses_token_is_taken(process, key, held) -> None:
    desk = process(key)
    desk.held = {"ann/1", "bob/1"} if held else set()
    token = page_token.mint(seen(desk, "bob/1"), ask=True)
    with pytest.raises(OtherPage):
        page_token.check(seen(desk, "ann/1"), token)


def test_a_replaced_session_token_is_the_same_viewer(process) -> None:
    desk = process()
    desk.held = {"ann/1"}
    token = page_token.mint(seen(desk, "ann/1"))
    page_token.check(seen(desk, "ann/2"), token)
    # In another process: by the bearer while it is the same one, and always by the key of the settings.
    page_token.check(seen(process(), "ann/3"), token)
    with pytest.raises(OtherPage):
        page_token.check(seen(process(bearer="newer"), "ann/3"), token)
    token = page_token.mint(seen(process(KEY), "ann/1"), ask=True)
    page_token.check(seen(process(KEY, bearer="newer"), "ann/3"), token)
    with pytest.raises(OtherPage):
        page_token.check(seen(process("other" * 8, bearer="newer"), "ann/3"), token)


def test_a_token_made_before_anybody_knew_who_it_is(process) -> None:
    desk = process(KEY)
    token = page_token.mint(seen(desk, "ann/1"))
    assert desk.asked == 0, "a document waits for no exchange"
    page_token.check(seen(desk, "ann/1"), token)
    with pytest.raises(OtherPage):
        page_token.check(seen(desk, "ann/2"), token)
    page_token.check(seen(desk, "ann/2"), page_token.mint(seen(desk, "ann/1"), ask=True))


def test_who_cannot_be_known_is_told_why(process) -> None:
    desk = process()
    token = page_token.mint(seen(desk, "nobody/1"), ask=True)
    page_token.check(seen(desk, "nobody/1"), token)
    with pytest.raises(SignInToDatabricks):
        page_token.check(seen(desk, "nobody/2"), token)


def test_a_developers_constant_token_proves_nothing(process) -> None:
    token = page_token.mint(seen(process(), "developer", DEVELOPER))
    with pytest.raises(OtherPage):
        page_token.check(seen(process(), "developer", DEVELOPER), token)
    desk = process(KEY)
    page_token.check(
        seen(process(KEY), "developer", DEVELOPER),
        page_token.mint(seen(desk, "developer", DEVELOPER)),
    )


@pytest.mark.parametrize(("age", "good"), [(page_token.LIFETIME - 60, True), (page_token.LIFETIME + 60, False)])
def test_it_ends(process, monkeypatch, age, good) -> None:
    viewer = seen(process(), "ann/1")
    token = page_token.mint(viewer)
    now = time.time()
    monkeypatch.setattr(page_token.time, "time", lambda: now + age)
    if good:
        page_token.check(viewer, token)
    else:
        with pytest.raises(OtherPage):
            page_token.check(viewer, token)


def test_a_stamp_cannot_be_changed(process) -> None:
    viewer = seen(process(), "ann/1")
    token = page_token.mint(viewer)
    with pytest.raises(OtherPage):
        page_token.check(viewer, ("A" if token[0] != "A" else "B") + token[1:])


@pytest.mark.parametrize(
    "token", ["", "x", "refused", "é", "A" * 4, "A" * 27, "\0", "A" * 5000, "%", "A" * 27 + "=", "null", " "]
)
def test_nonsense_is_refused(process, token) -> None:
    with pytest.raises(PortalError):
        page_token.check(seen(process(), "ann/1"), token)


def test_it_is_short(process) -> None:
    desk = process()
    desk.held = {"ann/1"}
    assert len(page_token.mint(seen(desk, "ann/1"))) <= page_token.LONGEST < 80
