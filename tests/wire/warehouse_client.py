"""What the wire tests of the warehouse page share: statements by the API, and the page's own routes as a viewer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from tests.portal_process import Portal
from tests.sandbox_client import SandboxClient


def refused(answer: requests.Response) -> None:
    """Whether this is a refusal as a person, a page and a log can use it."""
    assert 400 <= answer.status_code < 500, answer.text[:500]
    said = answer.json()
    assert said["message"].endswith("."), said
    assert said["request_id"]


@dataclass
class Page:
    """The page's plain routes, as one viewer."""

    portal: Portal
    sandbox: SandboxClient
    viewer: str
    token: str

    def statement(self, sql: str, **more: Any) -> str:
        """Run a statement to its end by the API, as the same viewer; its id."""
        body = {"statement": sql, "warehouse_id": self.sandbox.warehouse_id, "disposition": "EXTERNAL_LINKS",
                "format": "ARROW_STREAM", "wait_timeout": "30s", **more}  # fmt: skip
        answer = self.api("POST", "/api/2.0/sql/statements", body)
        deadline = time.monotonic() + 60
        while answer["status"]["state"] in {"PENDING", "RUNNING"} and time.monotonic() < deadline:
            time.sleep(0.1)
            answer = self.api("GET", f"/api/2.0/sql/statements/{answer['statement_id']}")
        assert answer["status"]["state"] == "SUCCEEDED", answer["status"]
        return str(answer["statement_id"])

    def api(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(
            method, self.sandbox.workspace_url + path, json=body, timeout=60, verify=self.sandbox.ca_bundle,
            headers={"Authorization": f"Bearer dapi-{self.viewer}"},
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any) -> requests.Response:
        return self.portal.post(path, self.token, json=body)

    def rows(self, statement_id: str, start: int, stop: int, view: Any = None) -> list[list[Any]]:
        answer = self.post(f"results/{statement_id}/rows", {"start": start, "stop": stop, "view": view})
        assert answer.status_code == 200, answer.text
        return list(answer.json()["rows"])

    def every_row(self, statement_id: str, view: Any = None) -> list[list[Any]]:
        found: list[list[Any]] = []
        while more := self.rows(statement_id, len(found), len(found) + 500, view):
            found += more
        return found

    def ended(self, statement_id: str) -> dict[str, Any]:
        """Wait for a statement over a result."""
        for _ in range(40):
            answer = self.post(f"results/{statement_id}/state", {})
            assert answer.status_code == 200, answer.text
            if answer.json()["state"] == "SUCCEEDED":
                return dict(answer.json())
        raise AssertionError("the statement did not end")

    def run(self, sql: str, params: Mapping[str, Any] | None = None, zone: str = "UTC") -> str:
        """What Run draws: the callback's answer, as text. `params` as the page sends them."""
        ask = {"sql": sql, "from": 0, "to": 0, "all": False, "ended": [], "n": 1, "limit": "1000",
               "params": dict(params or {}), "zone": zone}  # fmt: skip
        answer = self.post(
            "_dash-update-component",
            {
                "output": "warehouse-panels.children",
                "outputs": {"id": "warehouse-panels", "property": "children"},
                "inputs": [{"id": "warehouse-ask", "property": "data", "value": ask}],
                "changedPropIds": ["warehouse-ask.data"],
            },
        )
        assert answer.status_code == 200, answer.text
        return answer.text

    def download(self, statement_id: str, extension: str, **more: Any) -> requests.Response:
        return self.post(f"results/{statement_id}/download/{extension}", more)


def page(portal: Portal, sandbox: SandboxClient, viewer: str = "engineer") -> Page:
    return Page(portal, sandbox, viewer, sandbox.session(viewer))
