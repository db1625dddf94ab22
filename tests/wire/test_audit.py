"""What an incident would be looked up by: each of these leaves its event, from the running portal."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from portal.api import PortalError, query
from portal.viewer.events import EVENTS
from tests.portal_process import Portal, connect_variables, start_portal
from tests.sandbox_client import SandboxClient
from tests.wire.warehouse_client import page

SHARED = {"schema", "event", "logger", "level", "timestamp", "request_id", "actor", "session", "object", "outcome"}
ENGINEER = "4001000000000003"


@pytest.fixture
def portal(sandbox: SandboxClient) -> Iterator[Portal]:
    """With every read on the record."""
    variables = connect_variables(sandbox, PORTAL_AUDIT_READS="1", PORTAL_REQUESTS_PER_MINUTE="120")
    running = start_portal(variables, "--workers", "1", "--threads", "8")
    yield running
    running.stop()


def events(portal: Portal) -> list[dict[str, Any]]:
    return [json.loads(line) for line in portal.log.splitlines() if '"portal.audit"' in line]


def event(portal: Portal, name: str, fits: Callable[[dict[str, Any]], bool] = lambda one: True) -> dict[str, Any]:
    """The first of that name; a log is written a moment after its answer."""
    deadline = time.monotonic() + 10
    while True:
        found = [one for one in events(portal) if one["event"] == name and fits(one)]
        if found or time.monotonic() > deadline:
            assert found, f"no {name} in {[one['event'] for one in events(portal)]}"
            return found[0]
        time.sleep(0.1)


def call_back(portal: Portal, token: str, output: str, **values: Any) -> Any:
    """One callback of Dash's, with these values of its inputs by their ids."""
    every = portal.get("_dash-dependencies", token).json()
    (wanted,) = [one for one in every if one["output"] == output]
    inputs = [
        {**one, "id": json.loads(one["id"]) if one["id"].startswith("{") else one["id"], "value": values.get(one["id"])}
        for one in wanted["inputs"]
    ]
    target, _, name = output.rpartition(".")
    body = {
        "output": output, "outputs": {"id": target, "property": name}, "inputs": inputs, "state": [],
        "changedPropIds": [f"{one['id']}.{one['property']}" for one in wanted["inputs"] if one["id"] in values],
    }  # fmt: skip
    answer = portal.post("_dash-update-component", token, json=body)
    assert answer.status_code == 200, answer.text[:500]
    return answer.json()


def test_every_kind_of_event_is_written_with_its_own_fields_and_no_token(portal: Portal, sandbox: SandboxClient):
    viewer = page(portal, sandbox)
    portal.page("", viewer.token)
    assert event(portal, "page.open")["object"] == "page/"
    read = event(portal, "page.read")
    assert (read["outcome"], read["actor"], read["warehouse"]) == ("ok", ENGINEER, sandbox.warehouse_id)

    assert viewer.post("catalog/tree", {"path": ["main"]}).status_code == 200
    assert "main" in event(portal, "catalog.read")["object"]
    assert viewer.post("catalog/tree", {"path": ["nosuch"]}).status_code == 404
    assert event(portal, "catalog.read", lambda one: one["outcome"] == "denied")["reason"] == "no-such-thing"

    statement = viewer.statement("SELECT * FROM range(25)")
    assert viewer.download(statement, "csv").status_code == 200
    done = event(portal, "download")
    assert (done["outcome"], done["format"], done["rows"]) == ("ok", "csv", 25)

    refused = viewer.download(statement, "csv", whole=True, sql="DELETE FROM main.sales.orders")
    assert refused.status_code == 422, refused.text
    told = event(portal, "statement.refused")
    assert (told["outcome"], told["actor"], told["reason"]) == ("denied", ENGINEER, "refused")
    assert "sql_sha256" in told

    call_back(
        portal, viewer.token, "warehouse-picker.children", **{"warehouse-starting": {"start": sandbox.warehouse_id}}
    )
    assert event(portal, "warehouse.start")["object"] == f"warehouse/{sandbox.warehouse_id}"

    newcomer = sandbox.session("newcomer")
    portal.page("", newcomer)
    refusal = event(portal, "session.refused")
    assert (refusal["outcome"], refusal["reason"], refusal["actor"]) == ("denied", "sign-in-databricks", "")
    assert refusal["code"] in {218, 219, 220, 235}

    cross = {"Sec-Fetch-Site": "cross-site"}
    assert portal.post("session/end", viewer.token, headers=cross).status_code == 403
    seen = event(portal, "request.cross-site")
    assert (seen["site"], seen["method"], seen["route"]) == ("cross-site", "POST", "/session/end")
    assert portal.post("session/end", viewer.token, headers={"Origin": "https://evil.example"}).status_code == 403
    assert event(portal, "request.cross-site", lambda one: one["site"] == "https://evil.example")

    other = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": "cors"}
    assert portal.post("catalog/tree", viewer.token, json={"path": []}, headers=other).status_code == 403
    assert portal.get("", viewer.token, headers=other).status_code == 403
    for route in ("/catalog/tree", "/"):
        assert (
            event(portal, "request.other-page", lambda one, route=route: one["route"] == route)["site"] == "same-origin"
        )

    text = json.dumps(events(portal))
    for secret in (viewer.token, newcomer, "dapi-engineer", "DELETE FROM"):
        assert secret not in text
    for one in events(portal):
        assert set(one) - SHARED <= set(EVENTS[one["event"]].fields), one


def test_a_flood_is_one_event_a_minute(portal: Portal, sandbox: SandboxClient):
    token = sandbox.session("engineer")
    answers = [portal.get("results/x", token).status_code for _ in range(300)]
    assert answers.count(429) >= 60
    told = [one for one in events(portal) if one["event"] == "request.rate-limited"]
    # The minute may have turned meanwhile.
    assert 1 <= len(told) <= 2
    assert (told[0]["limit"], told[0]["outcome"]) == ("session", "denied")


def test_a_pages_query_that_writes_is_on_the_record_whatever_share_of_reads_is(as_a_viewer: None):
    with structlog.testing.capture_logs() as written:
        query("SELECT 1 AS one")
        with pytest.raises(PortalError):
            query("DELETE FROM main.sales.orders")
    events = [one for one in written if one["event"].startswith("page.")]
    assert [(one["event"], one["outcome"]) for one in events] in (
        [("page.write", "denied")],
        [("page.write", "failed")],
    )
    assert events[0]["actor"] == "4001000000000001"
