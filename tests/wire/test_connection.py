"""What goes over a client's connection: sockets against a portal under gunicorn."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
import trustme

from tests.portal_process import HEADER, Portal, connect_variables, start_portal
from tests.sandbox_client import SandboxClient


@pytest.fixture(scope="module")
def portal(sandbox_process: SandboxClient) -> Iterator[Portal]:
    running = start_portal(connect_variables(sandbox_process), "--workers", "1")
    yield running
    running.stop()


def asked(portal: Portal, *lines: str) -> Iterator[tuple[bytes, bytes]]:
    """Head and body of the answers to these requests, on one connection: as much as comes in the first piece."""
    at = urlsplit(portal.url)
    with socket.create_connection((at.hostname or "", at.port or 0), timeout=10) as client:
        for line in lines:
            client.sendall(f"{line} HTTP/1.1\r\nHost: portal\r\n\r\n".encode())
            head, _, body = client.recv(1 << 20).partition(b"\r\n\r\n")
            yield head, body


def length(head: bytes) -> int:
    return next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))


def test_an_answer_comes_in_one_piece(portal: Portal) -> None:
    for head, body in asked(portal, "GET /healthz", "GET /nothing/at/all/_here", "GET /healthz"):
        assert head.startswith(b"HTTP/1.1 ")
        assert len(body) == length(head) > 0


def test_an_answer_without_a_body_is_sent_as_well(portal: Portal) -> None:
    (head, body), (_, after) = asked(portal, "HEAD /healthz", "GET /healthz")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert body == b""
    assert after


def test_a_file_has_its_header(portal: Portal) -> None:
    file = portal.get("assets/vendor/portal.js", headers={"Accept-Encoding": "identity"})
    assert file.status_code == 200
    assert len(file.content) == int(file.headers["Content-Length"]) > 100_000


def test_over_tls_a_connection_is_kept(sandbox_process: SandboxClient, tmp_path: Path) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    files = {"ca": tmp_path / "ca.pem", "certfile": tmp_path / "own.pem", "keyfile": tmp_path / "own.key"}
    authority.cert_pem.write_to_path(str(files["ca"]))
    certificate.cert_chain_pems[0].write_to_path(str(files["certfile"]))
    certificate.private_key_pem.write_to_path(str(files["keyfile"]))
    flags = [f"--{name}={files[name]}" for name in ("certfile", "keyfile")]
    running = start_portal(connect_variables(sandbox_process), "--workers", "1", *flags, wait=False)
    url = running.url.replace("http:", "https:")
    trusted = str(files["ca"])
    try:
        with requests.Session() as session:
            deadline = time.monotonic() + 60
            while True:
                with suppress(requests.ConnectionError):
                    if session.get(url + "healthz", verify=trusted, timeout=5).status_code == 200:
                        break
                assert time.monotonic() < deadline, running.log
                time.sleep(0.1)
            token = sandbox_process.session("analyst-west")
            ports = set()
            for _ in range(3):
                with session.get(
                    url + "_dash-layout", headers={HEADER: token}, verify=trusted, timeout=30, stream=True
                ) as answer:
                    assert answer.status_code == 200
                    ports.add(answer.raw.connection.sock.getsockname())
                    assert len(answer.content) > 100
            assert len(ports) == 1, "a new connection for each"
        assert "Traceback" not in running.log, running.log
    finally:
        running.stop()
