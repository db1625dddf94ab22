"""Starting a sandbox for tests, and short words for its control plane."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field

import requests

from portal.paths import paths
from portal.shapes import Json

START_SECONDS = 60


@dataclass
class Call:
    """One line of the sandbox's counters."""

    where: str
    method: str
    route: str
    viewer: str | None
    count: int
    with_cookie: int


@dataclass
class SandboxClient:
    """A running sandbox. `facts` is what --json printed; every name in it is an attribute as well."""

    facts: dict[str, str]
    process: subprocess.Popen[str]
    http: requests.Session = field(default_factory=requests.Session)

    def __getattr__(self, name: str) -> str:
        try:
            return self.__dict__["facts"][name]
        except KeyError:
            raise AttributeError(name) from None

    def control(self, method: str, path: str, body: Json | None = None) -> Json:
        """One call of the control plane; raises AssertionError with its words if it refuses."""
        answer = self.http.request(method, self.facts["control_url"] + path, json=body, timeout=30)
        assert answer.status_code == 200, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def fault(self, where: str = "workspace", route: str = "", **more: object) -> str:
        """Adds a fault (see portal/sandbox/README.md); its id."""
        return str(self.control("POST", "/faults", {"where": where, "route": route, **more})["id"])

    def clear_faults(self) -> None:
        self.control("DELETE", "/faults")

    def calls(self, where: str | None = None, route: str = "", viewer: str | None = None) -> list[Call]:
        """The counters whose templated route contains `route`."""
        found = [Call(**line) for line in self.control("GET", "/calls")["calls"]]
        found = [call for call in found if where in (None, call.where) and route in call.route]
        return [call for call in found if viewer in (None, call.viewer)]

    def count(self, where: str | None = None, route: str = "", viewer: str | None = None) -> int:
        """How many calls the counters hold in all."""
        return sum(call.count for call in self.calls(where, route, viewer))

    def clear_calls(self) -> None:
        self.control("DELETE", "/calls")

    def session(self, viewer: str = "engineer") -> str:
        """A fresh Connect user session token of this viewer."""
        return str(self.control("POST", "/session", {"viewer": viewer})["token"])

    def browser(self, viewer: str | None = "engineer") -> requests.Session:
        """An HTTP session signed in to Connect as a browser is; None is an anonymous one."""
        session = requests.Session()
        if viewer is not None:
            where = self.facts["connect_url"] + "/__login__"
            answer = session.post(where, data={"viewer": viewer}, allow_redirects=False, timeout=30)
            assert answer.status_code == 303, answer.text
        return session

    def reset(self) -> None:
        """Everything back to the seed state."""
        self.control("POST", "/reset")

    @property
    def env(self) -> dict[str, str]:
        """The variables that Connect sets for the content (addresses, key, guid, prefix, workspace, trust)."""
        return dict(self.control("GET", "/facts")["content_environment"])

    def stop(self) -> None:
        self.http.close()
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def start_sandbox(*arguments: str, python: str = sys.executable) -> SandboxClient:
    """Starts `python -m portal.sandbox` on free ports and waits until it answers. End it with `stop()`."""
    command = [python, "-m", "portal.sandbox", "--port", "0", "--json", "--exit-with-parent", *arguments]
    # A stray setting of the developer's must not reach the sandbox, nor a bundle of another sandbox.
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("DATABRICKS_", "CONNECT_", "PORTAL_"))}
    process = subprocess.Popen(command, cwd=paths.project, env=clean, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"the sandbox did not start: exit status {process.wait(START_SECONDS)}")
    return SandboxClient(json.loads(line), process)
