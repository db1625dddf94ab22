"""Jobs 2.2 through the unmodified databricks-sdk: lists, runs that live, and everything that changes them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import (
    BadRequest,
    DatabricksError,
    InvalidParameterValue,
    OperationFailed,
    PermissionDenied,
    ResourceDoesNotExist,
)
from databricks.sdk.service import jobs
from databricks.sdk.service.jobs import RunLifeCycleState as Life
from databricks.sdk.service.jobs import RunResultState as Result

from tests.sandbox_client import SandboxClient

Client = Callable[[str], WorkspaceClient]


@pytest.fixture
def client(sandbox: SandboxClient) -> Client:
    return lambda viewer: WorkspaceClient(host=sandbox.workspace_url, token=f"dapi-{viewer}")


@pytest.fixture
def engineer(client: Client) -> WorkspaceClient:
    return client("engineer")


def job_named(workspace: WorkspaceClient, name: str) -> jobs.BaseJob:
    return next(iter(workspace.jobs.list(name=name)))


def once(runs: Iterable[jobs.BaseRun]) -> list[jobs.BaseRun]:
    """Without those that stand on two pages."""
    return list({run.run_id: run for run in runs}.values())


def notebook(key: str, *after: str, **more: Any) -> jobs.Task:
    task = jobs.NotebookTask(notebook_path=f"/Workspace/{key}")
    depends_on = [jobs.TaskDependency(task_key=one) for one in after]
    return jobs.Task(task_key=key, notebook_task=task, depends_on=depends_on, **more)


def finished(workspace: WorkspaceClient, sandbox: SandboxClient, run_id: int) -> jobs.Run:
    """Moves the clock until the run is over."""
    offset = 0.0
    while True:
        run = workspace.jobs.get_run(run_id)
        assert run.state is not None
        if run.state.result_state is not None or offset > 600:
            return run
        offset += 5
        sandbox.control("POST", "/clock", {"offset": offset})


def newest(run: jobs.Run) -> dict[str, jobs.RunTask]:
    """The attempt of each task that counts: a run lists them all, in any order. One that has not begun has no start."""
    tasks = sorted(run.tasks or [], key=lambda task: (task.start_time or float("inf"), task.attempt_number or 0))
    return {task.task_key: task for task in tasks}


def outcome(run: jobs.Run) -> dict[str, str]:
    return {
        key: task.state.result_state.value
        for key, task in newest(run).items()
        if task.state and task.state.result_state
    }


# Lists


def test_every_job_is_reached_by_pages_and_each_viewer_sees_their_own(client: Client) -> None:
    everything = [job.job_id for job in client("engineer").jobs.list(limit=7)]
    assert len(set(everything)) == 40
    west = {job.settings.name for job in client("analyst-west").jobs.list(limit=100) if job.settings}
    assert "GDPR deletion requests" not in west
    assert len(west) == 37
    assert 0 < len(list(client("newcomer").jobs.list())) < 10


def test_pages_stay_right_while_a_job_is_added(engineer: WorkspaceClient) -> None:
    pages = engineer.jobs.list(limit=10)
    first = [next(pages).job_id for _ in range(10)]
    engineer.jobs.create(name="new", tasks=[notebook("a")])
    rest = [job.job_id for job in pages]
    assert len(set(first + rest)) == 40


def test_tokens_lead_back_and_those_of_another_query_are_refused(engineer: WorkspaceClient) -> None:
    first = engineer.api_client.do("GET", "/api/2.2/jobs/list", query={"limit": 10})
    second = engineer.api_client.do(
        "GET", "/api/2.2/jobs/list", query={"limit": 10, "page_token": first["next_page_token"]}
    )
    back = engineer.api_client.do(
        "GET", "/api/2.2/jobs/list", query={"limit": 10, "page_token": second["prev_page_token"]}
    )
    assert back["jobs"] == first["jobs"]
    assert "prev_page_token" not in first
    for token in ("garbage", first["next_page_token"]):
        with pytest.raises(InvalidParameterValue):
            next(iter(engineer.jobs.list_runs(page_token=token)))


def test_the_name_filter_is_exact_in_any_case(engineer: WorkspaceClient) -> None:
    assert [j.settings.name for j in engineer.jobs.list(name="CUSTOMER 360") if j.settings] == ["Customer 360"]
    assert list(engineer.jobs.list(name="Customer")) == []


@pytest.mark.parametrize("limit", [0, 101])
def test_job_limits_are_one_to_a_hundred(engineer: WorkspaceClient, limit: int) -> None:
    with pytest.raises(InvalidParameterValue, match="limit"):
        list(engineer.jobs.list(limit=limit))


def test_run_limits_are_below_25(engineer: WorkspaceClient) -> None:
    with pytest.raises(InvalidParameterValue):
        list(engineer.jobs.list_runs(limit=25))
    answer = engineer.api_client.do("GET", "/api/2.2/jobs/runs/list", query={"limit": 0})
    assert len(answer["runs"]) == 24


def test_jobs_are_listed_without_tasks_unless_expanded(engineer: WorkspaceClient) -> None:
    listed = job_named(engineer, "Refresh sales marts")
    assert listed.settings is not None
    assert not listed.settings.tasks
    expanded = next(iter(engineer.jobs.list(name="Refresh sales marts", expand_tasks=True)))
    assert expanded.settings is not None
    assert expanded.settings.tasks is not None
    assert len(expanded.settings.tasks) == 7
    wide = next(iter(engineer.jobs.list(name="Nightly warehouse load", expand_tasks=True)))
    assert wide.settings is not None
    assert wide.settings.tasks is not None
    assert len(wide.settings.tasks) == 112


def test_runs_come_newest_first_and_filters_hold(engineer: WorkspaceClient) -> None:
    runs = once(engineer.jobs.list_runs(limit=24))
    starts = [run.start_time or 0 for run in runs]
    assert len(runs) > 500
    assert starts == sorted(starts, reverse=True)
    active = once(engineer.jobs.list_runs(active_only=True))
    done = once(engineer.jobs.list_runs(completed_only=True, limit=24))
    assert len(active) >= 4
    assert all(run.state and run.state.result_state is None for run in active)
    assert len(active) + len(done) == len(runs)
    middle = starts[300]
    later = once(engineer.jobs.list_runs(start_time_from=middle, limit=24))
    assert [run.run_id for run in later] == [run.run_id for run in runs if (run.start_time or 0) >= middle]
    states = {(run.state.life_cycle_state, run.state.result_state) for run in runs if run.state}
    assert {(Life.TERMINATED, Result.SUCCESS), (Life.INTERNAL_ERROR, Result.FAILED), (Life.RUNNING, None)} <= states


def test_a_run_of_more_than_a_hundred_tasks_comes_in_pages(engineer: WorkspaceClient) -> None:
    job = job_named(engineer, "Nightly warehouse load")
    run = next(iter(engineer.jobs.list_runs(job_id=job.job_id, completed_only=True)))
    assert run.run_id is not None
    first = engineer.api_client.do("GET", "/api/2.2/jobs/runs/get", query={"run_id": run.run_id})
    assert len(first["tasks"]) == 100
    assert first["next_page_token"]
    assert len(engineer.jobs.get_run(run.run_id).tasks or []) == 112


def test_unknown_and_forbidden_jobs_and_runs(client: Client) -> None:
    with pytest.raises(ResourceDoesNotExist, match=r"Job 1 does not exist\."):
        client("engineer").jobs.get(1)
    with pytest.raises(ResourceDoesNotExist, match=r"Run 1 does not exist\."):
        client("engineer").jobs.get_run(1)
    private = job_named(client("engineer"), "GDPR deletion requests")
    assert private.job_id is not None
    with pytest.raises(PermissionDenied, match="View"):
        client("analyst-west").jobs.get(private.job_id)


def test_two_starts_are_equal(sandbox: SandboxClient, engineer: WorkspaceClient) -> None:
    def picture() -> list[Any]:
        found = [(j.job_id, j.settings.as_dict() if j.settings else None) for j in engineer.jobs.list(limit=100)]
        runs = [(r.run_id, r.state.as_dict() if r.state else None) for r in engineer.jobs.list_runs(limit=24)]
        return [found, runs]

    before = picture()
    sandbox.reset()
    assert picture() == before


# Runs that live


def test_a_run_moves_through_its_states(sandbox: SandboxClient, engineer: WorkspaceClient) -> None:
    job = job_named(engineer, "Customer 360")
    assert job.job_id is not None
    run_id = engineer.jobs.run_now(job.job_id, job_parameters={"mode": "full"}).run_id
    seen = []
    for offset in range(0, 60, 1):
        sandbox.control("POST", "/clock", {"offset": offset})
        state = engineer.jobs.get_run(run_id).state
        assert state is not None
        if state.life_cycle_state not in seen:
            seen.append(state.life_cycle_state)
    assert seen == [Life.PENDING, Life.RUNNING, Life.TERMINATED]
    run = engineer.jobs.get_run(run_id, include_resolved_values=True)
    assert outcome(run) == {
        "read": "SUCCESS", "is_full": "SUCCESS", "full_load": "SUCCESS", "delta_load": "EXCLUDED", "publish": "SUCCESS",
    }  # fmt: skip
    gate = next(task for task in run.tasks or [] if task.task_key == "is_full")
    assert gate.condition_task is not None
    assert gate.condition_task.outcome == "true"
    assert {p.name: p.value for p in run.job_parameters or []} == {"mode": "full"}
    assert run.status is not None
    assert run.status.termination_details is not None
    assert run.status.termination_details.code == jobs.TerminationCodeCode.SUCCESS


@pytest.mark.slow
def test_the_sdks_own_waiter_sees_a_run_end(engineer: WorkspaceClient) -> None:
    made = engineer.jobs.create(name="quick", tasks=[notebook("a")], parameters=[
        jobs.JobParameterDefinition(name="sandbox.seconds", default="0.5")])  # fmt: skip
    run = engineer.jobs.run_now_and_wait(made.job_id or 0, timeout=timedelta(seconds=30))
    assert run.state is not None
    assert run.state.result_state == Result.SUCCESS
    with pytest.raises(OperationFailed, match="Workload failed"):
        engineer.jobs.run_now_and_wait(
            made.job_id or 0, job_parameters={"sandbox.fail": "a"}, timeout=timedelta(seconds=30)
        )


def test_run_if_conditions(sandbox: SandboxClient, engineer: WorkspaceClient) -> None:
    tasks = [
        notebook("good"), notebook("bad"),
        notebook("all", "good", "bad"),
        notebook("any", "good", "bad", run_if=jobs.RunIf.AT_LEAST_ONE_SUCCESS),
        notebook("done", "good", "bad", run_if=jobs.RunIf.ALL_DONE),
        notebook("none_failed", "good", "bad", run_if=jobs.RunIf.NONE_FAILED),
        notebook("one_failed", "good", "bad", run_if=jobs.RunIf.AT_LEAST_ONE_FAILED),
        notebook("all_failed", "good", "bad", run_if=jobs.RunIf.ALL_FAILED),
        notebook("off", disabled=True),
    ]  # fmt: skip
    made = engineer.jobs.create(name="conditions", tasks=tasks, parameters=[
        jobs.JobParameterDefinition(name="sandbox.fail", default="bad")])  # fmt: skip
    run = finished(engineer, sandbox, engineer.jobs.run_now(made.job_id or 0).run_id)
    assert outcome(run) == {
        "good": "SUCCESS", "bad": "FAILED", "all": "UPSTREAM_FAILED", "any": "SUCCESS", "done": "SUCCESS",
        "none_failed": "UPSTREAM_FAILED", "one_failed": "SUCCESS", "all_failed": "EXCLUDED", "off": "DISABLED",
    }  # fmt: skip
    assert run.state is not None
    assert run.state.life_cycle_state == Life.INTERNAL_ERROR


def test_for_each_iterations_retries_and_child_jobs(sandbox: SandboxClient, engineer: WorkspaceClient) -> None:
    inputs = "[" + ",".join(str(n) for n in range(150)) + "]"
    one = jobs.NotebookTask(notebook_path="/Workspace/one", base_parameters={"n": "{{input}}", "of": "{{job.name}}"})
    each = jobs.ForEachTask(inputs=inputs, concurrency=50, task=jobs.Task(task_key="one", notebook_task=one))
    child = job_named(engineer, "Currency rates")
    tasks = [
        jobs.Task(task_key="each", for_each_task=each),
        jobs.Task(task_key="child", run_job_task=jobs.RunJobTask(job_id=child.job_id or 0)),
        notebook("flaky", max_retries=2, min_retry_interval_millis=20_000),
    ]
    made = engineer.jobs.create(name="shapes", tasks=tasks, parameters=[
        jobs.JobParameterDefinition(name="sandbox.fail", default="flaky")])  # fmt: skip
    run_id = engineer.jobs.run_now(made.job_id or 0).run_id
    lives = set()
    for offset in range(0, 60, 3):
        sandbox.control("POST", "/clock", {"offset": offset})
        lives |= {t.state.life_cycle_state for t in engineer.jobs.get_run(run_id).tasks or [] if t.state}
    assert Life.WAITING_FOR_RETRY in lives
    sandbox.control("POST", "/clock", {"offset": 6000})
    run = engineer.jobs.get_run(run_id)
    by_key = newest(run)
    assert outcome(run) == {"each": "SUCCESS", "child": "SUCCESS", "flaky": "FAILED"}
    assert by_key["flaky"].attempt_number == 2
    stats = by_key["each"].for_each_task.stats  # type: ignore[union-attr]
    assert stats is not None
    assert stats.task_run_stats is not None
    assert stats.task_run_stats.succeeded_iterations == 150
    each_run = by_key["each"].run_id or 0
    iterations = engineer.jobs.get_run(each_run, include_resolved_values=True).iterations or []
    assert len(iterations) == len({one.run_id for one in iterations}) == 150
    resolved = [one.resolved_values.notebook_task.base_parameters for one in iterations]  # type: ignore[union-attr]
    assert [one["n"] for one in resolved if one] == [str(n) for n in range(150)]
    assert {one["of"] for one in resolved if one} == {"shapes"}
    assert not any(one.resolved_values for one in engineer.jobs.get_run(each_run).iterations or [])
    output = engineer.jobs.get_run_output(by_key["child"].run_id or 0)
    assert output.run_job_output is not None
    started = engineer.jobs.get_run(output.run_job_output.run_id or 0)
    assert started.trigger_info is not None
    assert started.trigger_info.run_id == by_key["child"].run_id, "the parent's task, not its run"
    assert (started.job_id, started.trigger) == (child.job_id, jobs.TriggerType.RUN_JOB_TASK)


def test_cancelling(sandbox: SandboxClient, client: Client) -> None:
    west, engineer = client("analyst-west"), client("engineer")
    job = job_named(engineer, "Refresh sales marts")
    run_id = west.jobs.run_now(job.job_id or 0).run_id
    sandbox.control("POST", "/clock", {"offset": 7})
    west.jobs.cancel_run(run_id)
    state = west.jobs.get_run(run_id).state
    assert state is not None
    assert state.life_cycle_state == Life.TERMINATING
    sandbox.control("POST", "/clock", {"offset": 12})
    run = west.jobs.get_run(run_id)
    assert run.state is not None
    assert (run.state.life_cycle_state, run.state.result_state) == (Life.TERMINATED, Result.CANCELED)
    assert "analyst.west" in (run.state.state_message or "")
    assert outcome(run)["report"] == "UPSTREAM_CANCELED"
    west.jobs.cancel_run(run_id)
    with pytest.raises(PermissionDenied, match="Manage Run"):
        west.jobs.run_now(job_named(engineer, "Customer 360").job_id or 0)


def test_repairing_a_failed_run(sandbox: SandboxClient, engineer: WorkspaceClient) -> None:
    job = job_named(engineer, "Inventory snapshot")
    failed = next(
        run
        for run in engineer.jobs.list_runs(job_id=job.job_id)
        if run.state and run.state.result_state == Result.FAILED
    )
    assert failed.run_id is not None
    before = outcome(engineer.jobs.get_run(failed.run_id))
    assert before["validate"] == "FAILED"
    repair = engineer.jobs.repair_run(failed.run_id, rerun_all_failed_tasks=True).response
    running = engineer.jobs.get_run(failed.run_id)
    assert running.state is not None
    assert running.state.life_cycle_state in (Life.PENDING, Life.RUNNING)
    with pytest.raises(BadRequest, match="still active"):
        engineer.jobs.repair_run(failed.run_id, rerun_tasks=["load"])
    sandbox.control("POST", "/clock", {"offset": 700})
    after = engineer.jobs.get_run(failed.run_id, include_history=True)
    assert set(outcome(after).values()) == {"SUCCESS"}
    assert [item.type for item in after.repair_history or []] == [
        jobs.RepairHistoryItemType.ORIGINAL, jobs.RepairHistoryItemType.REPAIR,
    ]  # fmt: skip
    with pytest.raises(InvalidParameterValue, match="latest_repair_id"):
        engineer.jobs.repair_run(failed.run_id, rerun_tasks=["load"])
    engineer.jobs.repair_run(failed.run_id, rerun_tasks=["load"], latest_repair_id=repair.repair_id)


def test_repairing_a_cancelled_run(sandbox: SandboxClient, engineer: WorkspaceClient) -> None:
    made = engineer.jobs.create(name="to repair", tasks=[notebook("a"), notebook("b", "a")])
    run_id = engineer.jobs.run_now(made.job_id or 0).run_id
    sandbox.control("POST", "/clock", {"offset": 4})
    engineer.jobs.cancel_run(run_id)
    sandbox.control("POST", "/clock", {"offset": 10})
    engineer.jobs.repair_run(run_id, rerun_all_failed_tasks=True)
    sandbox.control("POST", "/clock", {"offset": 60})
    assert outcome(engineer.jobs.get_run(run_id)) == {"a": "SUCCESS", "b": "SUCCESS"}


def test_idempotency_tokens(engineer: WorkspaceClient) -> None:
    job = job_named(engineer, "Currency rates")
    runs = {engineer.jobs.run_now(job.job_id or 0, idempotency_token="once").run_id for _ in range(3)}
    assert len(runs) == 1
    tasks = [jobs.SubmitTask(task_key="a", notebook_task=jobs.NotebookTask(notebook_path="/a"))]
    sent = {engineer.jobs.submit(run_name="x", tasks=tasks, idempotency_token="s").run_id for _ in range(2)}
    assert len(sent) == 1
    with pytest.raises(InvalidParameterValue, match="64"):
        engineer.jobs.run_now(job.job_id or 0, idempotency_token="x" * 65)


def test_submitted_runs_are_their_owners(sandbox: SandboxClient, client: Client) -> None:
    tasks = [jobs.SubmitTask(task_key="a", notebook_task=jobs.NotebookTask(notebook_path="/a"))]
    run_id = client("analyst-west").jobs.submit(run_name="mine", tasks=tasks).run_id
    run = finished(client("analyst-west"), sandbox, run_id)
    assert run.run_type == jobs.RunType.SUBMIT_RUN
    with pytest.raises(PermissionDenied):
        client("analyst-east").jobs.get_run(run_id)
    output = client("analyst-west").jobs.get_run_output(run_id)
    assert output.notebook_output is not None
    assert '"task": "a"' in (output.notebook_output.result or "")
    views = client("analyst-west").jobs.export_run(run.tasks[0].run_id or 0).views or []  # type: ignore[index]
    assert views[0].type == jobs.ViewType.NOTEBOOK


def test_queueing_and_skipping_beyond_max_concurrent_runs(sandbox: SandboxClient, engineer: WorkspaceClient) -> None:
    queue = engineer.jobs.create(name="q", tasks=[notebook("a")], queue=jobs.QueueSettings(enabled=True)).job_id or 0
    plain = engineer.jobs.create(name="p", tasks=[notebook("a")]).job_id or 0
    waiting = [engineer.jobs.run_now(job).run_id for job in (queue, queue, plain, plain)]
    lives = [engineer.jobs.get_run(run).state.life_cycle_state for run in waiting]  # type: ignore[union-attr]
    assert lives == [Life.PENDING, Life.QUEUED, Life.PENDING, Life.SKIPPED]
    sandbox.control("POST", "/clock", {"offset": 60})
    results = [engineer.jobs.get_run(run).state.result_state for run in waiting]  # type: ignore[union-attr]
    assert results == [Result.SUCCESS, Result.SUCCESS, Result.SUCCESS, Result.MAXIMUM_CONCURRENT_RUNS_REACHED]


def test_get_output_of_a_failed_task_has_error_and_trace(engineer: WorkspaceClient) -> None:
    job = job_named(engineer, "Inventory snapshot")
    run = next(iter(engineer.jobs.list_runs(job_id=job.job_id, completed_only=True, expand_tasks=True)))
    with pytest.raises(InvalidParameterValue, match="multiple tasks"):
        engineer.jobs.get_run_output(run.run_id or 0)
    task = next(task for task in run.tasks or [] if task.task_key == "validate")
    output = engineer.jobs.get_run_output(task.run_id or 0)
    assert "ValueError" in (output.error or "")
    assert "Traceback" in (output.error_trace or "")


# Changes


def test_create_update_reset_and_delete(client: Client) -> None:
    engineer = client("engineer")
    id = engineer.jobs.create(name="mine", tasks=[notebook("a"), notebook("b", "a")], tags={"x": "1"}).job_id or 0
    settings = jobs.JobSettings(name="renamed", tasks=[notebook("c", "a")])
    engineer.jobs.update(id, new_settings=settings, fields_to_remove=["tags", "tasks/b"])
    job = engineer.jobs.get(id)
    assert job.settings is not None
    assert (job.settings.name, job.settings.tags) == ("renamed", None)
    assert {task.task_key for task in job.settings.tasks or []} == {"a", "c"}
    engineer.jobs.reset(id, jobs.JobSettings(name="reset", tasks=[notebook("z")]))
    assert [task.task_key for task in engineer.jobs.get(id).settings.tasks] == ["z"]  # type: ignore[union-attr]
    with pytest.raises(PermissionDenied):
        client("analyst-west").jobs.delete(id)
    engineer.jobs.delete(id)
    with pytest.raises(ResourceDoesNotExist):
        engineer.jobs.get(id)


@pytest.mark.parametrize(
    ("tasks", "words"),
    [
        ([notebook("a", "b"), notebook("b", "a")], "cycle"),
        ([notebook("a", "nowhere")], "does not exist"),
        ([notebook("a"), notebook("a")], "unique"),
    ],
)
def test_impossible_graphs_are_refused(engineer: WorkspaceClient, tasks: list[jobs.Task], words: str) -> None:
    with pytest.raises(InvalidParameterValue, match=words):
        engineer.jobs.create(name="bad", tasks=tasks)


def test_permissions(client: Client) -> None:
    engineer = client("engineer")
    id = engineer.jobs.create(name="shared", tasks=[notebook("a")]).job_id or 0
    with pytest.raises(PermissionDenied):
        client("analyst-east").jobs.get(id)
    engineer.jobs.update_permissions(str(id), access_control_list=[
        jobs.JobAccessControlRequest(
            group_name="east", permission_level=jobs.JobPermissionLevel.CAN_MANAGE_RUN)])  # fmt: skip
    assert client("analyst-east").jobs.get(id).job_id == id
    assert client("analyst-east").jobs.run_now(id).run_id
    acl = engineer.jobs.get_permissions(str(id)).access_control_list or []
    assert {one.group_name or one.user_name for one in acl} == {"admins", "east", "engineer@example.com"}
    levels = engineer.jobs.get_permission_levels(str(id)).permission_levels or []
    assert len(levels) == 4
    with pytest.raises(DatabricksError, match="exactly one owner"):
        engineer.jobs.set_permissions(str(id), access_control_list=[])


# Size


@pytest.mark.slow
def test_ten_thousand_jobs(sandbox: SandboxClient, engineer: WorkspaceClient) -> None:
    begun = time.monotonic()
    sandbox.control("POST", "/jobs", {"count": 10_000, "runs": 2})
    made = time.monotonic() - begun
    begun = time.monotonic()
    found = [job.job_id for job in engineer.jobs.list(limit=100)]
    listed = time.monotonic() - begun
    assert len(set(found)) == 10_040
    active = list(engineer.jobs.list_runs(active_only=True, limit=24))
    assert len(active) >= 4
    assert made < 10
    assert listed < 20


@pytest.mark.slow
def test_five_thousand_runs_and_two_hundred_tasks(sandbox: SandboxClient, engineer: WorkspaceClient) -> None:
    id = int(sandbox.control("POST", "/jobs", {"runs": 5000})["job_id"])
    runs = list(engineer.jobs.list_runs(job_id=id, limit=24))
    assert len({run.run_id for run in runs}) == 5000
    wide = int(sandbox.control("POST", "/jobs", {"runs": 400, "tasks": 200, "name": "Wide"})["job_id"])
    runs = list(engineer.jobs.list_runs(job_id=wide, limit=24))
    first, last = engineer.jobs.get_run(runs[0].run_id or 0), engineer.jobs.get_run(runs[-1].run_id or 0)
    assert len(first.tasks or []) == len(last.tasks or []) == 200
    assert engineer.jobs.get_run(runs[0].run_id or 0) == first
    run = first
    assert run.state is not None
    assert run.state.result_state == Result.SUCCESS
