"""Weather: off unless asked for, and then as on a bad day of a real workspace."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from databricks.sdk import WorkspaceClient

from tests.sandbox_client import SandboxClient

JOBS = "/api/2.2/jobs/list"


@pytest.fixture
def ask(sandbox: SandboxClient) -> Iterator[Any]:
    session = requests.Session()
    session.verify = sandbox.ca_bundle

    def get(path: str, viewer: str = "engineer", **query: Any) -> requests.Response:
        session.headers["Authorization"] = f"Bearer dapi-{viewer}"
        return session.get(sandbox.workspace_url + path, params=query, timeout=30)

    yield get
    session.close()
    sandbox.reset()


def test_it_is_fair_unless_asked_for(sandbox: SandboxClient, ask: Any) -> None:
    climate = sandbox.control("POST", "/weather")
    assert not any(climate[name] for name in ("quotas", "lag", "stalls", "dribbles", "drift"))
    assert {ask(JOBS, limit=1).status_code for _ in range(60)} == {200}


def test_quotas_count_by_caller_and_route_and_say_when_to_come_back(sandbox: SandboxClient, ask: Any) -> None:
    sandbox.control("POST", "/weather", {"quotas": True})
    answers = [ask(JOBS, limit=1) for _ in range(40)]
    refused = [one for one in answers if one.status_code == 429]
    assert refused
    assert all(int(one.headers["Retry-After"]) >= 1 for one in refused)
    assert refused[0].json()["error_code"] == "REQUEST_LIMIT_EXCEEDED"
    assert ask(JOBS, "analyst-east", limit=1).status_code == 200, "another caller has a quota of their own"
    assert ask("/api/2.0/preview/scim/v2/Me").status_code == 200, "and so has another route"
    time.sleep(1.1)
    assert ask(JOBS, limit=1).status_code == 200


def test_the_sdk_waits_for_its_quota(sandbox: SandboxClient, ask: Any) -> None:
    sandbox.control("POST", "/weather", {"quotas": True})
    workspace = WorkspaceClient(host=sandbox.workspace_url, token="dapi-engineer")
    assert len({job.job_id for job in workspace.jobs.list(limit=3)}) == 40
    sandbox.control("POST", "/weather", {"name": "fair"})


def test_a_get_lags_behind_what_was_changed(sandbox: SandboxClient, ask: Any) -> None:
    sandbox.control("POST", "/weather", {"lag": 1.5})
    before = ask(JOBS, limit=1).json()["jobs"][0]["job_id"]
    made = sandbox.control("POST", "/jobs", {"count": 1, "runs": 0})["job_id"]
    assert ask(JOBS, limit=1).json()["jobs"][0]["job_id"] == before
    assert ask(JOBS, "analyst-east", limit=1).json()["jobs"][0]["job_id"] == made, "nobody gets another's answer"
    time.sleep(1.6)
    assert ask(JOBS, limit=1).json()["jobs"][0]["job_id"] == made


def test_answers_stall_and_dribble(sandbox: SandboxClient, ask: Any) -> None:
    sandbox.control("POST", "/weather", {"stalls": 1.0, "stall": 1.0})
    begun = time.monotonic()
    assert ask("/api/2.0/preview/scim/v2/Me").status_code == 200
    assert time.monotonic() - begun >= 1.0
    sandbox.control("POST", "/weather", {"stalls": 0.0, "dribbles": 1.0, "dribble": 1000})
    begun = time.monotonic()
    answer = ask("/api/2.0/preview/scim/v2/Me")
    assert time.monotonic() - begun >= len(answer.content) / 1000 * 0.8
    assert answer.json()["userName"] == "engineer@example.com"


def test_the_clock_is_off(sandbox: SandboxClient, ask: Any) -> None:
    sandbox.control("POST", "/weather", {"drift": 90})
    job = ask(JOBS, limit=1).json()["jobs"][0]["job_id"]
    workspace = WorkspaceClient(host=sandbox.workspace_url, token="dapi-engineer")
    run = workspace.jobs.get_run(workspace.jobs.run_now(job).run_id)
    assert 80 < (run.start_time or 0) / 1000 - time.time() < 100


@pytest.mark.parametrize(
    "wrong", [{"name": "hail"}, {"stalls": 2}, {"rain": 1}, {"lag": -1}, {"dribbles": 0.5, "dribble": 0}]
)
def test_a_climate_that_is_none_is_refused(sandbox: SandboxClient, ask: Any, wrong: dict[str, Any]) -> None:
    answer = sandbox.http.post(sandbox.control_url + "/weather", json=wrong, timeout=10)
    assert answer.status_code == 400
    assert {ask(JOBS, limit=1).status_code for _ in range(20)} == {200}


def test_the_storm_is_survived_by_the_sdk(sandbox: SandboxClient, ask: Any) -> None:
    sandbox.control("POST", "/weather", {"name": "storm", "stall": 1.0})
    workspace = WorkspaceClient(host=sandbox.workspace_url, token="dapi-engineer")
    assert workspace.current_user.me().user_name == "engineer@example.com"
    assert len({job.job_id for job in workspace.jobs.list(limit=20)}) == 40
    sandbox.reset()
    assert not sandbox.control("POST", "/weather")["quotas"]
