"""This version and the one before it, beside each other on one Redis, as in a rolling upgrade and on the way back."""

from __future__ import annotations

import io
import subprocess
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.portal_process import Portal, connect_variables, start_portal
from tests.redis_server import RedisServer
from tests.sandbox_client import ROOT, SandboxClient

KEY = "k" * 32


def git(*words: str) -> bytes:
    done = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True)
    if done.returncode:
        pytest.skip(f"needs the history of git: {done.stderr.decode()[:200]}")
    return done.stdout


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree of the last release that is not this one: the newest commit that says so."""
    commit = git("log", "-1", "--format=%H", "--extended-regexp", "--grep=^Version [0-9]").decode().strip()
    if not commit:
        pytest.skip("the history holds no earlier version (a shallow clone)")
    root = tmp_path_factory.mktemp("before")
    with tarfile.open(fileobj=io.BytesIO(git("archive", commit))) as archive:
        archive.extractall(root, filter="data")
    (root / "assets" / "vendor").symlink_to(ROOT / "assets" / "vendor")
    return root


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    server = RedisServer().start()
    yield server
    server.stop()


@pytest.fixture
def both(before: Path, redis: RedisServer, sandbox: SandboxClient) -> Iterator[tuple[Portal, Portal]]:
    """(old, new)."""
    variables = connect_variables(sandbox, PORTAL_CACHE_URL=redis.url, PORTAL_SIGNING_KEY=KEY)
    old = start_portal(variables, "--workers", "1", root=before)
    new = start_portal(variables, "--workers", "1")
    yield old, new
    old.stop()
    new.stop()


def test_viewers_go_back_and_forth_and_end_their_session_in_both(both: tuple[Portal, Portal], sandbox: SandboxClient):
    old, new = both
    for first, second, ends, known_as in (
        (old, new, "engineer", "Engineer"),
        (new, old, "analyst-east", "Analyst East"),
    ):
        for viewer, name in (("analyst-west", "Analyst West"), ("analyst-east", "Analyst East")):
            token = sandbox.session(viewer)
            for portal in (first, second, first, second):
                for path in ("identity", "", "jobs", "trips"):
                    shown = portal.page(path, token)
                    assert name in shown, path
                    assert "Something went wrong" not in shown
        token = sandbox.session(ends)
        assert known_as in first.page("identity", token)
        assert known_as in second.page("identity", token)
        assert first.post("session/end", token).status_code == 200
        for portal in (first, second):
            # The other hears of it within a second.
            deadline = time.monotonic() + 10
            while "Session ended" not in portal.page("identity", token):
                assert time.monotonic() < deadline
                time.sleep(0.2)
    for portal in both:
        assert "Traceback" not in portal.log
        assert "forged" not in portal.log


def test_a_session_of_one_is_known_to_the_other(both: tuple[Portal, Portal], sandbox: SandboxClient):
    old, new = both
    for first, second in ((old, new), (new, old)):
        token = sandbox.session("analyst-west")
        assert "Analyst West" in first.page("identity", token)
        sandbox.clear_calls()
        assert "Analyst West" in second.page("identity", token)
        assert sandbox.count("connect", "/oauth/integrations/credentials") == 0, "the other's entry was not understood"
