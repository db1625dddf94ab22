"""Jobs and runs read out of the API's JSON: leniently, in Databricks' own words."""

from __future__ import annotations

import time

from portal.databricks.jobs import history, model, output, tasks


def test_a_state_that_nobody_knows_yet_is_shown_as_it_is():
    found = model.state({"state": {"life_cycle_state": "HIBERNATING"}})
    assert found.word == "HIBERNATING"
    assert found.active
    ended = model.state({"state": {"life_cycle_state": "TERMINATED", "result_state": "EVAPORATED"}})
    assert (ended.word, ended.active, ended.failed) == ("EVAPORATED", False, False)


def test_the_newer_status_says_the_same_where_the_older_state_is_gone():
    def status(code: str, kind: str = "CLIENT_ERROR") -> model.State:
        details = {"code": code, "type": kind, "message": "why"}
        return model.state({"status": {"state": "TERMINATED", "termination_details": details}, "end_time": 5})

    assert status("SUCCESS", "SUCCESS").word == "SUCCESS"
    assert status("RUN_EXECUTION_ERROR").word == "FAILED"
    assert status("USER_CANCELED").word == "CANCELED"
    assert status("SOMETHING_NEW").word == "FAILED"
    assert status("RUN_EXECUTION_ERROR").message == "why"
    assert model.state({"status": {"state": "RUNNING"}}).active


def test_a_run_without_anything_is_still_a_run():
    empty = model.run({})
    assert (empty.id, empty.start, empty.end, empty.duration()) == (0, None, None, None)
    assert model.job({}).name == "Job 0"


def test_a_clock_that_is_behind_makes_no_negative_duration():
    ahead = int((time.time() + 3600) * 1000)
    run = model.run({"run_id": 1, "start_time": ahead, "state": {"life_cycle_state": "RUNNING"}})
    assert run.duration() == 0


def test_an_id_beyond_64_bits_of_a_double_stays_exact():
    run = model.run({"run_id": 9007199254740993, "job_id": 9223372036854775807})
    assert (run.id, run.job_id) == (9007199254740993, 9223372036854775807)


def test_a_task_of_a_kind_that_nobody_knows_yet_keeps_its_name():
    task = tasks.task({"task_key": "t", "quantum_task": {"circuit_path": "/q"}})
    assert (task.kind, task.kind_words, task.what) == ("quantum", "Quantum", "/q")


def test_for_each_and_if_else_are_what_they_are():
    each = tasks.task_run(
        {
            "task_key": "years",
            "for_each_task": {
                "inputs": "[1,2]",
                "task": {"task_key": "one", "notebook_task": {"notebook_path": "/n"}},
                "stats": {"task_run_stats": {"total_iterations": 2, "failed_iterations": 1, "succeeded_iterations": 1}},
            },
        }
    )
    assert each.task.what == "Notebook /n for each of [1,2]"
    assert each.each == tasks.ForEach(total=2, active=None, succeeded=1, failed=1)
    gate = tasks.task_run(
        {"task_key": "g", "condition_task": {"op": "EQUAL_TO", "left": "a", "right": "b", "outcome": "false"}}
    )
    assert (gate.task.what, gate.outcome) == ("a = b", "false")


def test_median_and_95th_percentile_are_of_runs_that_succeeded():
    def run(minutes: int, result: str) -> model.Run:
        state = {"life_cycle_state": "TERMINATED", "result_state": result}
        return model.run({"run_id": minutes, "start_time": 1, "end_time": 2, "run_duration": minutes, "state": state})

    some = [run(n, "SUCCESS") for n in range(1, 101)]
    found = history.of([*some, run(9999, "FAILED"), run(5, "CANCELED")])
    assert (found.median, found.p95) == (50, 95)
    assert found.rate == 100 / 101
    assert history.of([]).rate is None
    assert history.of([run(1, "CANCELED")]).rate is None
    assert history.of([run(1, "SUCCESS")]).p95 is None


def test_the_attempt_that_counts_is_the_newest_in_whatever_order_they_come():
    def attempt(id: int, start: int, result: str, **more: object) -> tasks.TaskRun:
        state = {"life_cycle_state": "TERMINATED", "result_state": result}
        return tasks.task_run({"run_id": id, "task_key": "a", "start_time": start, "state": state, **more})

    first, second = attempt(1, 100, "FAILED"), attempt(2, 200, "SUCCESS", attempt_number=1)
    assert tasks.newest([second, first]) == tasks.newest([first, second]) == (second,)
    never = attempt(3, 0, "CANCELED", end_time=150)
    assert tasks.newest([second, never]) == (second,), "ended before it began, and before the other began"
    waiting = tasks.task_run({"run_id": 4, "task_key": "a", "state": {"life_cycle_state": "PENDING"}})
    assert tasks.newest([waiting, second]) == (waiting,)


def test_what_has_a_place_keeps_it_when_it_begins():
    def of(key: str, start: int) -> tasks.TaskRun:
        return tasks.task_run({"run_id": 1, "task_key": key, "start_time": start})

    before = tasks.newest([of("a", 0), of("b", 0)])
    assert [one.key for one in before] == ["a", "b"]
    assert [one.key for one in tasks.newest([of("a", 0), of("b", 5)], ("a", "b"))] == ["a", "b"]
    assert [one.key for one in tasks.newest([of("a", 0), of("b", 5)])] == ["b", "a"]


def test_what_the_api_leaves_out_is_not_made_up():
    task = tasks.task({"task_key": "t", "condition_task": {"left": "1"}})
    assert (task.compute, task.run_if, task.retries, task.what) == ("", "", None, "1 ? ?")
    each = tasks.task({"task_key": "t", "for_each_task": {"task": {"existing_cluster_id": "c1"}}})
    assert each.compute == "Cluster c1", "its inner task's"
    assert model.state({"state": {"state_message": "\x1b[0;31mno\x1b[0m"}}).message == "no"


def test_only_what_is_empty_wrote_nothing():
    assert output.of({"logs": ""}).empty == "It wrote nothing."
    assert output.of({}).empty == ""
    assert "no result" in output.of({"notebook_output": {}}).empty
    assert output.of({"tide_output": {"height": 3}}).facts == (("height", "3"),)
    assert output.of({"sql_output": {"query_output": {"output_link": "javascript:alert(1)"}}}).links == ()
