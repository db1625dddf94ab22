"""The jobs room in this process, as any viewer of the sandbox, by the real exchange and the real SDK."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import pytest

from portal.databricks import identity, workspace
from portal.databricks.jobs import index, latest
from portal.settings import settings
from portal.viewer import platforms
from portal.viewer import request as doors
from portal.viewer.context import begin, end
from portal.viewer.credential import Viewer
from portal.viewer.per_viewer import forget, memory
from portal.viewer.platforms.connect import HEADER
from portal.viewer.process import Process
from portal.viewer.vault import Vault
from tests.sandbox_client import SandboxClient


@dataclass
class Room:
    """`viewer(key)` signs in; `as_viewer(viewer)` is one request of theirs."""

    sandbox: SandboxClient
    vault: Vault
    keeper: doors.Doorkeeper

    def viewer(self, key: str = "engineer") -> Viewer:
        found = self.keeper.resolve({HEADER: self.sandbox.session(key)}, {})
        assert isinstance(found, Viewer)
        return found

    @contextmanager
    def as_viewer(self, viewer: Viewer | str = "engineer") -> Iterator[Viewer]:
        who = self.viewer(viewer) if isinstance(viewer, str) else viewer
        begin(who)
        try:
            yield who
        finally:
            end()

    def calls(self, route: str = "/jobs") -> int:
        """Calls of the jobs API so far."""
        return self.sandbox.count("workspace", route)


@contextmanager
def open_room(sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """With the variables that Connect sets, and a client of its own."""
    for name, value in sandbox.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PORTAL_CACHE_URL", "memory")
    settings.cache_clear()
    monkeypatch.setattr(workspace, "_client", workspace._Client())
    for kept in (index._readers, latest._gates):
        kept.clear()
    memory.drop()
    chosen = settings()
    platform = platforms.here(chosen)
    process = Process()
    vault = Vault(
        platform,
        identity.identify,
        shared=None,
        binding=doors.binding(chosen),
        forget=partial(forget, process),
    )
    workspace.start()
    workspace._client.start().result(60)
    sandbox.clear_calls()
    try:
        yield Room(sandbox, vault, doors.Doorkeeper(platform, vault, doors.binding(chosen), process))
    finally:
        memory.drop()
        settings.cache_clear()
