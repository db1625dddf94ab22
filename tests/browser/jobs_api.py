"""Jobs and runs by the workspace's own API, as the engineer: what a test knows or sets going beside the page."""

from __future__ import annotations

import requests

from tests.sandbox_client import SandboxClient


def databricks(site: SandboxClient, method: str, path: str, **more: object) -> dict[str, object]:
    """The workspace's API, as the engineer."""
    answer = requests.request(
        method,
        f"{site.workspace_url}/api/2.2/jobs{path}",
        headers={"Authorization": "Bearer dapi-engineer"},
        verify=site.ca_bundle,
        timeout=30,
        **more,  # type: ignore[arg-type]
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def job_id(site: SandboxClient, name: str) -> int:
    listed = databricks(site, "GET", "/list", params={"name": name})
    return int(listed["jobs"][0]["job_id"])  # type: ignore[index]


def newest(site: SandboxClient, job: int) -> int:
    listed = databricks(site, "GET", "/runs/list", params={"job_id": job, "limit": 1})
    return int(listed["runs"][0]["run_id"])  # type: ignore[index]


def run_now(site: SandboxClient, job: int, **parameters: str) -> int:
    return int(str(databricks(site, "POST", "/run-now", json={"job_id": job, "job_parameters": parameters})["run_id"]))
