"""Any interleaving of viewers, rotations, expiries, revocations and cache faults: never another viewer's anything.

A state machine drives two processes' vaults over one shared directory, and the per-viewer memory of each; every value
is stamped with whose it is, and every answer is checked against who asked.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from portal.cache import SharedCache
from portal.settings import Settings
from portal.viewer import acting_as, tombstones
from portal.viewer.credential import Grant, Viewer
from portal.viewer.errors import PortalError, SessionEnded, SignInToDatabricks, Unreachable
from portal.viewer.per_viewer import Memory, per_viewer
from portal.viewer.platforms.connect import Connect
from portal.viewer.process import Process
from portal.viewer.seal import session_hash
from portal.viewer.vault import Vault
from tests.viewers import CONNECT

PEOPLE = ("ann", "bob", "cem")
person = st.sampled_from(PEOPLE)
process = st.sampled_from((0, 1))


class World(Connect):
    """A Connect and a Databricks that know whose each token is."""

    def __init__(self) -> None:
        super().__init__(Settings())
        self.now = time.time()
        self.rotation = dict.fromkeys(PEOPLE, 0)
        self.signed_in = dict.fromkeys(PEOPLE, True)
        self.live: dict[str, str] = {}
        self.lifetime: float | None = 600.0
        self.connect_down = False
        self.serial = 0

    def token_of(self, who: str) -> str:
        return f"session/{who}/{self.rotation[who]}"

    # The exchange, as the vault sees it

    def integration(self) -> str:
        return "guid"

    def login_url(self) -> str:
        return "https://login"

    def grant(self, token: str) -> Grant:
        who = token.split("/")[1]
        if self.connect_down:
            raise Unreachable("Connect")
        if not self.signed_in[who]:
            raise SignInToDatabricks("https://login")
        self.serial += 1
        bearer = f"bearer/{who}/{self.serial}"
        self.live[bearer] = who
        return Grant(bearer, None if self.lifetime is None else self.now + self.lifetime, self.now, "guid")

    def identify(self, bearer: str) -> str:
        if bearer not in self.live:
            raise SignInToDatabricks(None)
        return f"id/{self.live[bearer]}"


class Isolation(RuleBasedStateMachine):
    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="isolation-"))
        self.world = World()
        self.clock = patch("portal.viewer.vault.time.time", lambda: self.world.now)
        self.clock.start()
        self.vaults, self.reads = [], []
        self.over: set[tuple[int, str]] = set()
        """Processes and session tokens: said there to have ended, and "Continue" nowhere since."""
        for _ in range(2):
            shared = SharedCache(Flask("test"), str(self.folder / "cache"))
            memory = Memory()
            self.vaults.append(
                Vault(
                    self.world,
                    self.world.identify,
                    shared=shared,
                    binding="b",
                    forget=lambda viewer_id, memory=memory: memory.drop(None, viewer_id),
                )
            )
            self.reads.append(memory)

    def teardown(self) -> None:
        if hasattr(self, "clock"):
            self.clock.stop()
            shutil.rmtree(self.folder, ignore_errors=True)

    def viewer(self, which: int, who: str) -> Viewer:
        token = self.world.token_of(who)
        return Viewer(CONNECT, session_hash("session", token), token, self.vaults[which], Process())

    @rule(which=process, who=person)
    def ask(self, which: int, who: str) -> None:
        viewer = self.viewer(which, who)
        try:
            credential = viewer.credential()
        except PortalError:
            return
        assert (which, viewer.token) not in self.over, "an ended session went on"
        assert credential.viewer_id == f"id/{who}"
        assert credential.access_token.split("/")[1] == who

    @rule(which=process, who=person)
    def read(self, which: int, who: str) -> None:
        memory = self.reads[which]
        viewer = self.viewer(which, who)

        def rows() -> str:
            # What Databricks would answer to the bearer that goes out.
            return f"rows of {self.world.live.get(viewer.credential().access_token)}"

        try:
            with acting_as(viewer), patch("portal.viewer.per_viewer.memory", memory):
                assert per_viewer(ttl=30)(rows)() in {f"rows of {who}", "rows of None"}
        except PortalError:
            return

    @rule(which=process, who=person)
    def refused_by_databricks(self, which: int, who: str) -> None:
        viewer = self.viewer(which, who)
        try:
            viewer.reject(viewer.credential())
        except PortalError:
            return

    @rule(which=process, who=person)
    def end(self, which: int, who: str) -> None:
        viewer = self.viewer(which, who)
        viewer.end_session()
        self.over.add((which, viewer.token))
        try:
            viewer.credential()
        except SessionEnded:
            return
        raise AssertionError("an ended session went on")

    @rule(which=process, who=person)
    def go_on(self, which: int, who: str) -> None:
        try:
            self.over = {(place, token) for place, token in self.over if token.split("/")[1] != who}
            self.viewer(which, who).resume_session()
        except PortalError:
            return

    @rule(which=process)
    def others_are_heard(self, which: int) -> None:
        self.vaults[which].listen()

    @rule(who=person)
    def rotate(self, who: str) -> None:
        self.world.rotation[who] += 1

    @rule(who=person, state=st.booleans())
    def sign_in_or_out(self, who: str, state: bool) -> None:
        self.world.signed_in[who] = state
        if not state:
            self.world.live = {bearer: owner for bearer, owner in self.world.live.items() if owner != who}

    @rule(seconds=st.sampled_from((1, 30, 400, 590, 1000, 30_000)))
    def time_passes(self, seconds: int) -> None:
        self.world.now += seconds
        if seconds > tombstones.SECONDS:
            self.over.clear()

    @rule(lifetime=st.sampled_from((None, 5.0, 600.0, 36_000.0)))
    def tokens_live(self, lifetime: float | None) -> None:
        self.world.lifetime = lifetime

    @rule(down=st.booleans())
    def connect_goes_away_or_comes_back(self, down: bool) -> None:
        self.world.connect_down = down

    @rule(choice=st.randoms(use_true_random=False))
    def someone_swaps_or_breaks_cache_entries(self, choice) -> None:
        files = [path for path in (self.folder / "cache").iterdir() if path.is_file()]
        if len(files) >= 2:
            one, other = choice.sample(files, 2)
            first, second = one.read_bytes(), other.read_bytes()
            one.write_bytes(second)
            other.write_bytes(first if choice.random() < 0.7 else first[: len(first) // 2])

    @rule()
    def the_cache_is_emptied(self) -> None:
        for path in (self.folder / "cache").iterdir():
            os.unlink(path)

    @invariant()
    def nothing_at_rest_names_anyone(self) -> None:
        if not hasattr(self, "folder"):
            return
        for path in (self.folder / "cache").iterdir():
            data = path.read_bytes()
            assert not any(f"/{who}".encode() in data for who in PEOPLE)


TestIsolation = Isolation.TestCase
TestIsolation.settings = settings(
    max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
