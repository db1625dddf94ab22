"""The untidiness that jobs always have: what a client of the real API meets, and must not trip over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import InvalidParameterValue, PermissionDenied
from databricks.sdk.service import jobs

from tests.sandbox_client import SandboxClient

Client = Callable[[str], WorkspaceClient]
Json = dict[str, Any]


@pytest.fixture
def client(sandbox: SandboxClient) -> Client:
    return lambda viewer: WorkspaceClient(host=sandbox.workspace_url, token=f"dapi-{viewer}")


@pytest.fixture
def ask(client: Client) -> Callable[..., Json]:
    """The API's own JSON, as the engineer: the SDK drops what it does not know."""

    def get(path: str, **query: Any) -> Json:
        answer = client("engineer").api_client.do("GET", f"/api/2.2/jobs{path}", query=query)
        assert isinstance(answer, dict)
        return answer

    return get


def job_of(ask: Callable[..., Json], name: str) -> int:
    return int(ask("/list", name=name)["jobs"][0]["job_id"])


def runs_of(ask: Callable[..., Json], name: str, **query: Any) -> list[Json]:
    return list(ask("/runs/list", job_id=job_of(ask, name), completed_only="true", **query)["runs"])


def tasks_of(ask: Callable[..., Json], run_id: int) -> list[Json]:
    """Every page of a run's tasks."""
    page = ask("/runs/get", run_id=run_id)
    found = list(page["tasks"])
    while token := page.get("next_page_token"):
        page = ask("/runs/get", run_id=run_id, page_token=token)
        found += page["tasks"]
    return found


def test_a_run_lists_each_attempt_of_a_task_in_any_order(ask: Callable[..., Json]) -> None:
    orders = set()
    for run in runs_of(ask, "Product images", limit=8):
        fetches = [task for task in tasks_of(ask, run["run_id"]) if task["task_key"] == "fetch"]
        assert len({task["run_id"] for task in fetches}) == 3
        orders.add(tuple(task["attempt_number"] for task in fetches))
        begun = sorted(fetches, key=lambda task: task["start_time"])
        assert [task["attempt_number"] for task in begun] == [0, 1, 2]
    assert len(orders) > 1


def test_attempts_gather_over_a_repair_a_day_later(ask: Callable[..., Json]) -> None:
    run = next(
        found
        for run in runs_of(ask, "Price elasticity", limit=8)
        if len((found := ask("/runs/get", run_id=run["run_id"], include_history="true"))["repair_history"]) > 1
    )
    original, repair = run["repair_history"]
    assert repair["start_time"] - original["start_time"] > 86_400_000
    train = sorted((t for t in run["tasks"] if t["task_key"] == "train"), key=lambda task: task["start_time"])
    assert [task["state"]["result_state"] for task in train] == ["FAILED", "FAILED", "SUCCESS"]
    assert run["state"]["result_state"] == "SUCCESS"


def test_a_repair_names_a_task_once(client: Client, ask: Callable[..., Json]) -> None:
    run = runs_of(ask, "Product images", limit=1)[0]
    with pytest.raises(InvalidParameterValue, match="duplicate"):
        client("engineer").jobs.repair_run(run["run_id"], rerun_tasks=["fetch", "fetch"])


def test_three_hundred_and_fifty_iterations_of_which_the_last_but_few_failed(ask: Callable[..., Json]) -> None:
    run = runs_of(ask, "Vacuum and optimize", limit=1)[0]
    each = next(task for task in tasks_of(ask, run["run_id"]) if task["task_key"] == "tables")
    stats = each["for_each_task"]["stats"]
    assert stats["task_run_stats"]["total_iterations"] == 350
    assert [one["count"] for one in stats["error_message_stats"]] == [1]
    page = ask("/runs/get", run_id=each["run_id"])
    found = list(page["iterations"])
    while token := page.get("next_page_token"):
        page = ask("/runs/get", run_id=each["run_id"], page_token=token)
        found += page["iterations"]
    assert [one["task_key"] for one in found if one["state"]["result_state"] == "FAILED"] == ["optimize_340"]
    assert len(found) == 350


@pytest.mark.slow
def test_a_thousand_tasks_three_attempts_each(ask: Callable[..., Json]) -> None:
    run = runs_of(ask, "Store traffic counts", limit=1)[0]
    tasks = tasks_of(ask, run["run_id"])
    counted = Counter(task["task_key"] for task in tasks)
    assert len(counted) == 1000
    assert sum(counted.values()) == 2998
    failed = {
        key for key in counted
        if not any(t["state"]["result_state"] == "SUCCESS" for t in tasks if t["task_key"] == key)
    }  # fmt: skip
    assert failed == {"count_store_0007", "count_store_0341", "add_up"}


def test_each_kind_of_task_has_its_output(ask: Callable[..., Json]) -> None:
    run = runs_of(ask, "Quarterly filing extract", limit=1)[0]
    outputs = {t["task_key"]: ask("/runs/get-output", run_id=t["run_id"]) for t in tasks_of(ask, run["run_id"])}
    assert {key: sorted(set(output) - {"metadata"}) for key, output in outputs.items()} == {
        "query": ["sql_output"], "file": ["sql_output"], "alert": ["sql_output"], "legacy_dashboard": ["sql_output"],
        "dashboard": ["dashboard_output"], "alert_v2": ["alert_output"],
        "models": ["dbt_output", "logs", "logs_truncated"], "dbt_cloud": ["dbt_cloud_output"], "power_bi": [],
        "clean_room": ["clean_rooms_notebook_output"], "pipeline": [], "jar": ["logs", "logs_truncated"],
        "submit": ["logs", "logs_truncated"], "operator": ["logs", "logs_truncated"],
        "training": ["logs", "logs_truncated"], "sync": ["lakebase_sync_output"],
    }  # fmt: skip
    for output in outputs.values():
        jobs.RunOutput.from_dict(output)
    listed = ask("/get", job_id=job_of(ask, "Quarterly filing extract"))["settings"]["tasks"]
    assert listed[-1]["lakebase_sync_task"], "a kind that no client knows yet"


def test_members_that_get_does_not_return(ask: Callable[..., Json]) -> None:
    trigger = ask("/get", job_id=job_of(ask, "Orders changed"))["settings"]["trigger"]
    assert trigger["table_update"] == {"table_names": ["main.sales.orders"]}
    bare = ask("/get", job_id=job_of(ask, "Regional report east"))
    assert "creator_user_name" not in bare
    assert not {"max_concurrent_runs", "timeout_seconds", "queue", "run_as"} & set(bare["settings"])
    runs = runs_of(ask, "Regional report east", limit=4)
    assert {"status" in run for run in runs} == {True, False}
    assert all("creator_user_name" not in run for run in runs)


def test_words_and_members_that_no_client_knows_yet(client: Client, ask: Callable[..., Json]) -> None:
    job = ask("/get", job_id=job_of(ask, "Landing zone watcher"))
    assert job["settings"]["performance_target"] == "COST_CAPPED"
    runs = runs_of(ask, "Landing zone watcher", limit=24)
    assert "VOLUME_UPDATE" in {run["trigger"] for run in runs}
    assert "SUCCESS_WITH_WARNINGS" in {run["state"]["result_state"] for run in runs}
    new = next(run for run in runs if run["trigger"] == "VOLUME_UPDATE")
    read = client("engineer").jobs.get_run(new["run_id"])
    assert read.trigger is None
    assert read.tasks


def test_a_trace_has_its_colours(ask: Callable[..., Json]) -> None:
    run = runs_of(ask, "Product images", limit=1)[0]
    failed = next(task for task in tasks_of(ask, run["run_id"]) if task["state"]["result_state"] == "FAILED")
    assert "\x1b[0;31mValueError\x1b[0m" in ask("/runs/get-output", run_id=failed["run_id"])["error_trace"]


def test_names_compare_in_any_case_and_principals_have_ids_and_names(client: Client, ask: Callable[..., Json]) -> None:
    engineer, west = client("engineer"), client("analyst-west")
    feed = job_of(ask, "Supplier feed")
    acl = engineer.jobs.get_permissions(str(feed)).access_control_list or []
    assert "Analyst.West@Example.com" in {one.user_name for one in acl}
    robot = next(one for one in acl if one.service_principal_name)
    assert (robot.service_principal_name or "").count("-") == 4
    assert robot.display_name == "CI deployments"
    assert west.jobs.run_now(feed).run_id
    with pytest.raises(PermissionDenied):
        client("analyst-east").jobs.run_now(feed)
    compaction = job_of(ask, "Telemetry compaction")
    assert west.jobs.run_now(compaction).run_id, "by the group Analysts, who are the analysts"
    managed = ask("/get", job_id=compaction)
    assert managed["settings"]["deployment"]["kind"] == "BUNDLE"
    watcher = ask("/get", job_id=job_of(ask, "Landing zone watcher"))
    assert watcher["run_as_user_name"] == watcher["creator_user_name"] == "7d1f3c52-6b1e-4d0a-9c35-2f8b6a4e0098"
    assert ask("/list", name="Churn scores")["jobs"][0]["creator_user_name"] == "Analyst.West@Example.com"


def test_pages_after_the_first_are_short_empty_or_begin_with_what_was_there(ask: Callable[..., Json]) -> None:
    pages: list[Json] = [ask("/runs/list", limit=20)]
    while (token := pages[-1].get("next_page_token")) and len(pages) < 6:
        pages.append(ask("/runs/list", limit=20, page_token=token))
    ids = [[run["run_id"] for run in page.get("runs", [])] for page in pages]
    assert [len(page) for page in ids] == [20, 12, 20, 0, 20, 20]
    assert ids[4][0] == ids[2][-1]
    assert all(page["has_more"] for page in pages)
