"""A query's chart added to a dashboard, and the dashboard published, over the portal's routes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.service import dashboards as api

from tests.portal_process import Portal, connect_variables, start_portal
from tests.sandbox_client import SandboxClient
from tests.wire.warehouse_client import Page, page

WHAT = {
    "title": "Revenue", "sql": "SELECT region, amount FROM main.sales.orders;", "catalog": "", "schema": "",
    "columns": [{"name": "region", "kind": "text"}, {"name": "amount", "kind": "number"}],
    "chart": {"v": 1, "kind": "bar", "x": {"column": "region"}, "y": [{"column": "amount", "aggregate": "sum"}]},
}  # fmt: skip


@pytest.fixture(scope="module")
def portal(sandbox_process: SandboxClient) -> Iterator[Portal]:
    running = start_portal(connect_variables(sandbox_process), "--workers", "1", "--threads", "8")
    yield running
    running.stop()


@pytest.fixture
def west(portal: Portal, sandbox: SandboxClient) -> Page:
    sandbox.reset()
    return page(portal, sandbox, "analyst-west")


@pytest.fixture
def databricks(sandbox: SandboxClient, west: Page, trust: None) -> WorkspaceClient:
    return WorkspaceClient(host=sandbox.workspace_url, token="dapi-analyst-west")


def made(databricks: WorkspaceClient, sandbox: SandboxClient) -> str:
    fresh = api.Dashboard(display_name="Mine", serialized_dashboard="{}", warehouse_id=sandbox.warehouse_id)
    return str(databricks.lakeview.create(fresh).dashboard_id)


def done(west: Page, path: str, body: Any) -> Any:
    answer = west.post(path, body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def said(west: Page, path: str, body: Any) -> tuple[int, str]:
    answer = west.post(path, body)
    return answer.status_code, answer.json()["message"]


def test_it_is_in_the_draft_and_drawn_from_there(west: Page, databricks: WorkspaceClient, sandbox: SandboxClient):
    id = made(databricks, sandbox)
    assert [id, "Mine"] in done(west, "dashboards/names", {})["dashboards"]
    asked = done(west, f"dashboards/{id}/add-dialog", WHAT)
    assert "“Revenue” is added to the page “Page 1” of the dashboard “Mine”" in asked["text"]
    found = done(west, "dashboards/add", {"token": asked["token"], "what": WHAT})
    draft = json.loads(databricks.lakeview.get(id).serialized_dashboard or "")
    assert draft["pages"][0]["layout"][0]["widget"]["name"] == found["widget"]
    tile = {"widgets": [found["widget"]], "page": found["page"]}
    for _ in range(50):
        answer = done(west, f"dashboards/{id}/tiles", tile)
        if not answer["waiting"]:
            break
    assert answer["tiles"][found["widget"]]["state"] == "drawn"
    assert answer["tiles"][found["widget"]]["figure"]["data"][0]["x"] == ["west"]
    # The same dialog once more: the draft is another one now.
    again = {"token": asked["token"], "what": WHAT}
    assert said(west, "dashboards/add", again) == (409, said(west, "dashboards/add", again)[1])
    assert "changed this dashboard meanwhile" in said(west, "dashboards/add", again)[1]


def test_a_dialog_is_good_for_what_it_said_and_for_its_viewer(
    west: Page, databricks: WorkspaceClient, sandbox: SandboxClient, portal: Portal
):
    id = made(databricks, sandbox)
    token = done(west, f"dashboards/{id}/add-dialog", WHAT)["token"]
    other = {**WHAT, "sql": "SELECT * FROM main.hr.people"}
    assert "opened for something else" in said(west, "dashboards/add", {"token": token, "what": other})[1]
    assert "opened for something else" in said(west, "dashboards/publish", {"token": token})[1]
    east = page(portal, sandbox, "analyst-east")
    assert "nothing was done" in said(east, "dashboards/add", {"token": token, "what": WHAT})[1]
    assert (databricks.lakeview.get(id).serialized_dashboard or "").strip() == "{}"


def test_changed_meanwhile_not_permitted_and_not_fit(west: Page, databricks: WorkspaceClient, sandbox: SandboxClient):
    id = made(databricks, sandbox)
    token = done(west, f"dashboards/{id}/add-dialog", WHAT)["token"]
    databricks.lakeview.update(id, api.Dashboard(serialized_dashboard='{"pages": []}'))
    status, words = said(west, "dashboards/add", {"token": token, "what": WHAT})
    assert status == 409, words
    assert json.loads(databricks.lakeview.get(id).serialized_dashboard or "") == {"pages": []}
    status, words = said(west, f"dashboards/{id}/add-dialog", {**WHAT, "sql": "DROP TABLE main.sales.orders"})
    assert "only read" in words
    # One that everyone may read, and only the engineer change.
    theirs = next(one.dashboard_id for one in databricks.lakeview.list() if one.display_name == "Taxi trips")
    token = done(west, f"dashboards/{theirs}/add-dialog", WHAT)["token"]
    status, words = said(west, "dashboards/add", {"token": token, "what": WHAT})
    assert (status, words) == (403, "You may view “Taxi trips”, and not change it.")


def test_it_is_published_without_credentials_or_not_at_all(
    west: Page, databricks: WorkspaceClient, sandbox: SandboxClient
):
    id = made(databricks, sandbox)
    token = done(west, f"dashboards/{id}/publish-dialog", {})["token"]
    assert done(west, "dashboards/publish", {"token": token}) == {"name": "Mine"}
    assert not databricks.lakeview.get_published(id).embed_credentials
    databricks.lakeview.publish(id, embed_credentials=True)
    # The token is as good as ever: what is published is looked at anew.
    for path, body in ((f"dashboards/{id}/publish-dialog", {}), ("dashboards/publish", {"token": token})):
        status, words = said(west, path, body)
        assert status == 403
        assert "published with its publisher's credentials" in words
    assert databricks.lakeview.get_published(id).embed_credentials
