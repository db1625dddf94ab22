"""AI/BI dashboards through the unmodified databricks-sdk, and a folder of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import Aborted, BadRequest, DatabricksError, NotFound, PermissionDenied
from databricks.sdk.service import dashboards as api
from databricks.sdk.service import iam

from portal.sandbox.lakeview.folder import statements
from tests.sandbox_client import SandboxClient

Client = Callable[[str], WorkspaceClient]
TEXT = json.dumps({"pages": [{"name": "p", "displayName": "P"}], "datasets": [{"name": "d", "query": "SELECT 1"}]})


@pytest.fixture
def client(sandbox: SandboxClient) -> Client:
    return lambda viewer: WorkspaceClient(host=sandbox.workspace_url, token=f"dapi-{viewer}")


def made(workspace: WorkspaceClient, name: str = "Mine") -> api.Dashboard:
    return workspace.lakeview.create(api.Dashboard(display_name=name, serialized_dashboard=TEXT))


def of(dashboard: api.Dashboard) -> str:
    assert dashboard.dashboard_id
    return dashboard.dashboard_id


def test_a_list_lacks_what_the_real_one_lacks_and_get_has_it(client: Client) -> None:
    west = client("analyst-west")
    listed = {one.display_name: one for one in west.lakeview.list(page_size=2)}
    assert set(listed) == {"Sales overview", "Taxi trips", "Bakery", "Plans and metrics", "Older editor"}
    one = listed["Taxi trips"]
    assert one.create_time
    assert one.warehouse_id
    assert one.lifecycle_state == api.LifecycleState.ACTIVE
    assert (one.etag, one.path, one.parent_path, one.update_time, one.serialized_dashboard) == (None,) * 5
    whole = west.lakeview.get(of(one))
    assert whole.etag
    assert whole.update_time
    assert whole.path == "/Shared/Dashboards/Taxi trips.lvdash.json"
    assert {page["displayName"] for page in json.loads(whole.serialized_dashboard or "")["pages"]} == {
        "Trips",
        "By ZIP",
    }


def test_what_is_published_has_no_content(client: Client) -> None:
    west = client("analyst-west")
    id = of(next(iter(west.lakeview.list())))
    published = west.lakeview.get_published(id)
    assert published.warehouse_id
    assert published.revision_create_time
    assert set(published.as_dict()) <= {"display_name", "embed_credentials", "revision_create_time", "warehouse_id"}


def test_a_dashboard_is_made_changed_by_its_etag_published_and_trashed(client: Client) -> None:
    west = client("analyst-west")
    first = made(west)
    assert first.path == "/Users/analyst.west@example.com/Mine.lvdash.json"
    assert json.loads(first.serialized_dashboard or "")["pages"][0]["pageType"] == "PAGE_TYPE_CANVAS"
    second = west.lakeview.update(of(first), api.Dashboard(display_name="Other", etag=first.etag))
    assert second.etag != first.etag
    with pytest.raises(Aborted):
        west.lakeview.update(of(first), api.Dashboard(display_name="Third", etag=first.etag))
    with pytest.raises(NotFound):
        west.lakeview.get_published(of(first))
    warehouse = next(iter(west.warehouses.list())).id
    assert west.lakeview.publish(of(first), embed_credentials=False, warehouse_id=warehouse).embed_credentials is False
    west.lakeview.trash(of(first))
    assert west.lakeview.get(of(first)).lifecycle_state == api.LifecycleState.TRASHED
    assert of(first) not in {one.dashboard_id for one in west.lakeview.list()}
    assert of(first) in {one.dashboard_id for one in west.lakeview.list(show_trashed=True)}


def test_anothers_dashboard_does_not_exist_until_it_is_shared(client: Client) -> None:
    west, east = client("analyst-west"), client("analyst-east")
    id = of(made(west))
    with pytest.raises(NotFound):
        east.lakeview.get(id)
    west.permissions.set("dashboards", id, access_control_list=[
        iam.AccessControlRequest(group_name="east", permission_level=iam.PermissionLevel.CAN_READ)])  # fmt: skip
    assert east.lakeview.get(id).display_name == "Mine"
    with pytest.raises(PermissionDenied):
        east.lakeview.update(id, api.Dashboard(display_name="x"))


def test_schedules_and_subscriptions_have_etags_too(client: Client) -> None:
    west = client("analyst-west")
    id = of(made(west))
    cron = api.CronSchedule("0 0 8 * * ?", "Europe/Berlin")
    schedule = west.lakeview.create_schedule(id, api.Schedule(cron_schedule=cron))
    assert schedule.schedule_id
    assert schedule.pause_status == api.SchedulePauseStatus.UNPAUSED
    paused = api.Schedule(cron_schedule=cron, etag=schedule.etag, pause_status=api.SchedulePauseStatus.PAUSED)
    changed = west.lakeview.update_schedule(id, schedule.schedule_id, paused)
    assert [one.pause_status for one in west.lakeview.list_schedules(id)] == [api.SchedulePauseStatus.PAUSED]
    with pytest.raises(Aborted):
        west.lakeview.update_schedule(id, schedule.schedule_id, paused)
    who = api.Subscriber(user_subscriber=api.SubscriptionSubscriberUser(user_id=4001000000000001))
    west.lakeview.create_subscription(id, schedule.schedule_id, api.Subscription(subscriber=who))
    (one,) = west.lakeview.list_subscriptions(id, schedule.schedule_id)
    assert one.subscriber.user_subscriber == who.user_subscriber
    west.lakeview.delete_schedule(id, schedule.schedule_id, etag=changed.etag)
    assert not list(west.lakeview.list_schedules(id))


@pytest.mark.parametrize("text", ["[]", "no JSON", '"text"'])
def test_a_content_that_is_no_object_is_refused(client: Client, text: str) -> None:
    with pytest.raises(BadRequest):
        client("analyst-west").lakeview.create(api.Dashboard(display_name="Bad", serialized_dashboard=text))


def test_a_folder_is_run_and_added_for_everyone(sandbox: SandboxClient, client: Client, tmp_path: Path) -> None:
    (tmp_path / "tables.sql").write_text(
        "-- a; comment\nCREATE SCHEMA IF NOT EXISTS main.boards;\nCREATE TABLE main.boards.one AS SELECT 'a;b' AS x;\n"
    )
    (tmp_path / "A name.lvdash.json").write_text(TEXT)
    assert sandbox.control("POST", "/dashboards", {"folder": str(tmp_path)}) == {"dashboards": ["A name"]}
    found = [one for one in client("newcomer").lakeview.list() if one.display_name == "A name"]
    assert len(found) == 1
    assert client("newcomer").lakeview.get_published(of(found[0])).display_name == "A name"
    engineer = client("engineer")
    warehouse = next(iter(engineer.warehouses.list())).id or ""
    rows = engineer.statement_execution.execute_statement("SELECT x FROM main.boards.one", warehouse, wait_timeout="5s")
    assert rows.result
    assert rows.result.data_array == [["a;b"]]


def test_a_folder_that_fails_says_where(sandbox: SandboxClient, tmp_path: Path) -> None:
    (tmp_path / "bad.sql").write_text("SELECT 1;\nSELECT * FROM main.sales.nothing")
    answer = sandbox.http.post(sandbox.control_url + "/dashboards", json={"folder": str(tmp_path)}, timeout=30)
    assert answer.status_code == 400
    assert "bad.sql, statement 2" in answer.text
    assert "TABLE_OR_VIEW_NOT_FOUND" in answer.text


def test_unknown_ids_and_routes(client: Client) -> None:
    west = client("analyst-west")
    for id in ("0" * 32, "x", "%2e%2e"):
        with pytest.raises(DatabricksError):
            west.lakeview.get(id)


def test_statements_are_parted_outside_of_texts_and_bodies() -> None:
    text = "CREATE VIEW v AS $$ a; b $$; -- c;\n;;SELECT ';'"
    assert list(statements(text)) == ["CREATE VIEW v AS $$ a; b $$", "SELECT ';'"]
