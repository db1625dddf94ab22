"""Each address of a Redis that docs/operating.md lists works against a real server, and a cluster says what it is."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import structlog
import trustme
from flask import Flask

from portal.cache import CALL_SECONDS, SOCKET_SECONDS, SharedCache
from portal.setting_values import cache as checked
from portal.viewer.upstream.lines import Net
from tests.fault_line import Line
from tests.portal_process import free_port
from tests.redis_server import program


@contextmanager
def server(*flags: str) -> Iterator[None]:
    command = [program(), "--save", "", "--appendonly", "no", *flags]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def works(url: str) -> bool:
    """Whether a value is kept there, within the time that a server takes to start."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        kept = SharedCache(Flask("redis"), checked(url))
        if kept.ping():
            assert kept.kind == "redis"
            assert kept.shared
            with kept.exclusive("a", 5, "mark") as held:
                assert held
                assert kept.holder("a") == "mark"
            return True
        time.sleep(0.2)
    return False


def test_a_socket_of_this_machine(tmp_path: Path):
    socket = tmp_path / "valkey.sock"
    with server("--port", "0", "--unixsocket", str(socket)):
        assert works(f"unix://{socket}?db=1")


def test_tls_with_an_authority_of_ones_own_and_not_without(tmp_path: Path):
    authority = trustme.CA()
    ours, certificate, key = tmp_path / "ca.pem", tmp_path / "cert.pem", tmp_path / "key.pem"
    authority.cert_pem.write_to_path(str(ours))
    issued = authority.issue_cert("localhost")
    issued.cert_chain_pems[0].write_to_path(str(certificate))
    issued.private_key_pem.write_to_path(str(key))
    port = free_port()
    flags = ["--tls-port", str(port), "--tls-cert-file", str(certificate), "--tls-key-file", str(key)]
    flags += ["--tls-ca-cert-file", str(ours), "--tls-auth-clients", "no", "--port", "0", "--bind", "127.0.0.1"]
    with server(*flags, "--requirepass", "pass/word"):
        assert works(f"rediss://:pass%2Fword@localhost:{port}/0?ssl_ca_certs={ours}")
        assert not SharedCache(Flask("redis"), f"rediss://:pass%2Fword@localhost:{port}/0").ping()


@pytest.mark.parametrize("password", ["wrong", ""])
def test_a_wrong_password_is_told_without_the_password(password: str):
    port = free_port()
    with server("--port", str(port), "--bind", "127.0.0.1", "--requirepass", "right"):
        assert works(f"redis://:right@127.0.0.1:{port}/0")
        with structlog.testing.capture_logs() as said:
            assert not SharedCache(Flask("redis"), f"redis://:{password}@127.0.0.1:{port}/0").ping()
    assert said[0]["reason"] in {"AuthenticationError", "NoAuthError", "ResponseError"}
    assert "wrong" not in said[0]["says"].replace("WRONGPASS", "")


def test_a_cluster_behind_a_plain_address_is_told_in_the_log(tmp_path: Path):
    port = free_port()
    # Its bus is ten thousand ports above, unless it is told where.
    flags = ["--port", str(port), "--bind", "127.0.0.1", "--cluster-enabled", "yes", "--dir", str(tmp_path)]
    with server(*flags, "--cluster-port", str(free_port())):
        deadline = time.monotonic() + 15
        told = ""
        while "a cluster, which is not spoken" not in told and time.monotonic() < deadline:
            with structlog.testing.capture_logs() as said:
                SharedCache(Flask("redis"), f"redis://127.0.0.1:{port}/0").ping()
            told = " ".join(str(one.get("says")) for one in said)
            time.sleep(0.2)
    assert "a cluster, which is not spoken" in told


def test_one_that_dribbles_is_done_without(monkeypatch):
    monkeypatch.setattr("tests.fault_line.DRIBBLE_SECONDS", SOCKET_SECONDS / 2)  # silent for less than that
    port = free_port()
    with server("--port", str(port)), closing(Line("127.0.0.1", port)) as line:
        url = f"redis://127.0.0.1:{line.port}/0"
        assert works(url)
        kept = SharedCache(Flask("redis"), url, Net(SOCKET_SECONDS))
        assert kept.set("a", "x" * 1000, 60)
        assert kept.get("a") == "x" * 1000
        line.mode = "dribble"
        began = time.monotonic()
        assert kept.get("a") is None
        assert CALL_SECONDS * 0.8 < time.monotonic() - began < CALL_SECONDS + 0.5
        assert not kept.healthy
