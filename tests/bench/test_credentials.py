"""Token to usable credential, by pytest-benchmark: `pytest tests/bench`. Medians to quote; no time fails a test."""

from __future__ import annotations

import itertools
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from portal.cache import SharedCache
from portal.settings import Settings
from portal.viewer.credential import Grant, Viewer
from portal.viewer.platforms.connect import HEADER, Connect
from portal.viewer.process import Process
from portal.viewer.seal import session_hash
from portal.viewer.vault import Vault
from tests.redis_server import RedisServer
from tests.viewers import CONNECT


class Bank(Connect):
    """An exchange that costs nothing and grants a bearer of a usual length (an Entra ID JWT has some 2,000 letters)."""

    def integration(self) -> str:
        return "guid"

    def login_url(self) -> None:
        return None

    def grant(self, token: str) -> Grant:
        now = time.time()
        return Grant(f"{token}-" + "x" * 2000, now + 3600, now, "guid")


def vault_of(shared: SharedCache | None) -> Vault:
    return Vault(Bank(Settings()), lambda bearer: bearer[:16], shared=shared, binding="host|content")


def viewer_of(vault: Vault, token: str) -> Viewer:
    """From the header's text, as the request hook does it."""
    return Viewer(CONNECT, session_hash("session", "host|content", token), token, vault, Process())


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    server = RedisServer().start()
    yield server
    server.stop()


def test_from_the_warm_process_layer(benchmark):
    vault = vault_of(SharedCache(Flask("bench"), "memory"))
    token = f"{HEADER}-{'t' * 64}"
    viewer_of(vault, token).credential()
    benchmark(lambda: viewer_of(vault, token).credential())


@pytest.mark.parametrize("kind", ["directory", "redis"])
def test_from_the_shared_cache(benchmark, kind: str, tmp_path: Path, redis_server: RedisServer):
    url = redis_server.url if kind == "redis" else str(tmp_path / "cache")
    shared = SharedCache(Flask("bench"), url)
    tokens = [f"session-{number}-{'t' * 64}" for number in range(200)]
    for token in tokens:
        viewer_of(vault_of(shared), token).credential()
    cold = vault_of(SharedCache(Flask("other"), url))
    turn = itertools.cycle(tokens)

    def ask() -> None:
        token = next(turn)
        cold._entries.clear()
        viewer_of(cold, token).credential()

    benchmark(ask)


def test_memory_of_ten_thousand_sessions(benchmark, tmp_path: Path):
    """Prints the growth of resident memory, in MB; run alone for a clean figure."""
    vault = vault_of(SharedCache(Flask("bench"), "memory"))

    def resident() -> float:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * resource.getpagesize() / 1e6

    before = resident()

    def fill() -> None:
        for number in range(10_000):
            viewer_of(vault, f"session-{number}-{'t' * 64}").credential()

    benchmark.pedantic(fill, rounds=1, iterations=1)
    print(f"\n10,000 sessions added {resident() - before:.0f} MB")
    assert len(vault) == 10_000
