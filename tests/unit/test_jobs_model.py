"""Jobs and runs read out of the API's JSON: leniently, in Databricks' own words."""

from __future__ import annotations

import time

from portal.databricks.jobs import history, model, tasks


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
    assert each.each == tasks.ForEach(total=2, active=0, succeeded=1, failed=1)
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
