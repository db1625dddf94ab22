"""How the portal starts and ends: wrong settings in a sentence, and nothing left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.version import RELEASE
from tests.portal_process import connect_variables, start_portal
from tests.sandbox_client import ROOT, SandboxClient

SHM = Path("/dev/shm")
WRONG = [
    ("PORTAL_CACHE_URL", "redis://h:abc/0"),
    ("PORTAL_CACHE_URL", "redis://h:1/99"),
    ("PORT", "abc"),
    ("WEB_CONCURRENCY", "x"),
    ("POSIT_PRODUCT", "Connect"),
]


def said(*command: str, **variables: str) -> tuple[int, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DATABRICKS_", "CONNECT_", "PORTAL_", "POSIT_"))}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT, env={**kept, **variables}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
    )  # fmt: skip
    return done.returncode, done.stdout


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_ends_serve_with_a_sentence_and_a_status(name: str, value: str):
    status, text = said("-m", "portal", "serve", "--bind", "127.0.0.1:0", **{name: value})
    assert status != 0
    assert name in text
    assert value in text
    assert "Traceback" not in text
    assert len(text.strip().splitlines()) == 1


@pytest.mark.parametrize(("name", "value"), [pair for pair in WRONG if pair[0] != "WEB_CONCURRENCY"])
def test_and_gunicorn_before_any_worker(name: str, value: str):
    status, text = said("-m", "gunicorn", "wsgi:server", "--bind", "127.0.0.1:0", **{name: value})
    assert status == 3
    assert text.startswith(f"{name} is ")
    assert "Traceback" not in text


def test_the_command_line_says_a_wrong_port_and_its_version():
    status, text = said("-m", "portal", "settings", PORT="abc")
    assert status != 0
    assert text.startswith("PORT")
    assert "Traceback" not in text
    assert said("-m", "portal", "settings", PORT="")[0] == 0
    status, text = said("-m", "portal", "--version")
    assert status == 0
    assert text.startswith(f"portal {RELEASE}")


def test_an_unknown_variable_is_told_in_the_log_with_the_one_that_was_meant(sandbox: SandboxClient):
    portal = start_portal(connect_variables(sandbox, PORTAL_CASHE_URL="memory"), "--workers", "1")
    try:
        assert "PORTAL_CASHE_URL is no setting of the portal" in portal.log
        assert "Is PORTAL_CACHE_URL meant?" in portal.log
    finally:
        portal.stop()


def of(pid: int) -> set[str]:
    """What a process has in memory, by name."""
    return {one.name for pattern in ("portal-", ".portal-") for one in SHM.glob(f"{pattern}*-{pid}-*")}


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture
def variables(sandbox: SandboxClient) -> dict[str, str]:
    return connect_variables(sandbox, PORTAL_METRICS_TOKEN="m" * 32)


def test_nothing_is_left_in_memory_after_a_reload_and_a_stop(variables: dict[str, str]):
    portal = start_portal(variables, "--workers", "1")
    pid = portal.process.pid
    made = of(pid)
    assert len(made) == 2
    old = set(portal.workers())
    portal.process.send_signal(signal.SIGHUP)
    until(lambda: bool(portal.workers()) and not set(portal.workers()) & old)
    assert of(pid) == made
    until(lambda: portal.get("healthz").status_code == 200)
    portal.stop()
    assert not of(pid)


def test_nor_after_a_taken_port(variables: dict[str, str]):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        bind = f"127.0.0.1:{taken.getsockname()[1]}"
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "wsgi:server", "--bind", bind],
            cwd=ROOT, env={**os.environ, **variables}, stderr=subprocess.PIPE,
        )  # fmt: skip
        _, text = process.communicate(timeout=60)
    assert b"in use" in text
    assert process.returncode != 0
    assert not of(process.pid)


def test_what_a_killed_portal_left_goes_with_the_next_start_of_any(variables: dict[str, str]):
    portal = start_portal(variables, "--workers", "1")
    left = of(portal.process.pid)
    workers = portal.workers()
    portal.process.kill()
    portal.process.wait()
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))
    assert len(left) == 2
    after = start_portal(variables, "--workers", "1")
    try:
        assert not of(portal.process.pid)
    finally:
        after.stop()
        portal.stop()
