"""The portal as Connect runs it: `gunicorn wsgi:server` in its own process, with the variables that Connect sets."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import requests

from portal.paths import paths
from portal.shapes import Json
from portal.testing import dash_client
from portal.testing.sandbox import SandboxClient

HEADER = "Posit-Connect-User-Session-Token"
START_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Portal:
    """A running portal, without a front: `get` and `page` send the session token as Connect would."""

    url: str
    process: subprocess.Popen[bytes]
    log_file: IO[bytes]

    def get(self, path: str, token: str | None = None, **more: Any) -> requests.Response:
        headers = {**({HEADER: token} if token else {}), **more.pop("headers", {})}
        return requests.get(self.url + path, headers=headers, timeout=60, **more)

    def post(self, path: str, token: str | None = None, **more: Any) -> requests.Response:
        headers = {**({HEADER: token} if token else {}), **more.pop("headers", {})}
        return requests.post(self.url + path, headers=headers, timeout=60, **more)

    def page(self, path: str = "", token: str | None = None, headers: dict[str, str] | None = None) -> str:
        """What the page at this path shows once it has loaded: its layout and its first callbacks, as JSON text."""

        def fetch(where: str, more: dict[str, str]) -> Any:
            answer = self.get(where, token, headers={**more, **(headers or {})})
            assert answer.status_code == 200, answer.text[:500]
            return answer.json()

        def send(where: str, body: Json) -> object:
            answer = self.post(where, token, json=body, headers=headers or {})
            assert answer.status_code in {200, 204}, f"{body['output']}: {answer.status_code} {answer.text[:500]}"
            return answer.json() if answer.status_code == 200 else None

        return dash_client.load(fetch, send, self.url + path)

    def shown(self, path: str, text: str, token: str | None = None) -> str:
        """The page once it shows this text: a read that takes long is tried again, as a browser does by itself."""
        deadline = time.monotonic() + START_SECONDS
        while text not in (page := self.page(path, token)):
            assert time.monotonic() < deadline, f"{text!r} is not in {page[-4000:]}"
            time.sleep(0.5)
        return page

    def settle(self) -> Portal:
        """Wait until its client of the workspace is built: the probe of the host is then no call of a test's."""
        deadline = time.monotonic() + START_SECONDS
        while self.get("readyz").json()["checks"]["workspace client"]["says"] != "Built.":
            assert time.monotonic() < deadline, self.log[-2000:]
            time.sleep(0.1)
        return self

    @property
    def log(self) -> str:
        return Path(self.log_file.name).read_text(errors="replace")

    def workers(self) -> list[int]:
        """The process ids of the workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log_file.close()
        Path(self.log_file.name).unlink(missing_ok=True)


def start_portal(
    variables: dict[str, str],
    *flags: str,
    wait: bool = True,
    host: str = "127.0.0.1",
    prefix: str = "/",
    root: Path = paths.project,
) -> Portal:
    """Start it with these variables (and nothing else of ours); `flags` go to gunicorn. End it with `stop()`."""
    port = free_port()
    kept = {k: v for k, v in os.environ.items() if not re.match(r"(DATABRICKS|CONNECT|PORTAL|POSIT|RSTUDIO|DASH)_", k)}
    log_file = tempfile.NamedTemporaryFile(prefix="portal-", suffix=".log", delete=False)  # noqa: SIM115
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "wsgi:server", "--bind", f"{host}:{port}", *flags],
        cwd=root,
        env={**kept, **variables},
        stdout=log_file,
        stderr=subprocess.STDOUT,
    )
    portal = Portal(f"http://127.0.0.1:{port}{prefix}", process, log_file)
    deadline = time.monotonic() + START_SECONDS
    while wait:
        try:
            if requests.get(portal.url + "healthz", timeout=5).status_code == 200:
                break
        except (requests.ConnectionError, requests.Timeout):
            pass
        if process.poll() is not None or time.monotonic() > deadline:
            text = portal.log
            portal.stop()
            raise RuntimeError(f"the portal did not start:\n{text[-4000:]}")
        time.sleep(0.1)
    return portal


def connect_variables(sandbox: SandboxClient, **more: str) -> dict[str, str]:
    """What Connect sets for the content, at the root instead of below its prefix."""
    found = {k: v for k, v in sandbox.env.items() if k != "DASH_REQUESTS_PATHNAME_PREFIX"}
    return {**found, **more}
