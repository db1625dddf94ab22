"""Jobs over real wire: every page, a bounded number of calls, each viewer their own, and what goes wrong on the way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from importlib import import_module

import pytest

from portal.databricks.identity import me
from portal.databricks.jobs import api, attention, definition, detail, history, index, latest, runs, search, tasks
from portal.databricks.jobs.search import View
from portal.settings import settings
from portal.viewer.errors import Busy, NoSuchThing, PortalError, Unreachable
from portal.viewer.per_viewer import memory
from tests.sandbox_client import SandboxClient
from tests.wire.jobs_room import Room, open_room

attending = import_module("portal.databricks.jobs.attention")
LONG_RUN = {"sandbox.seconds": "600"}


@pytest.fixture
def room(sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    with open_room(sandbox, monkeypatch) as opened:
        yield opened


def until(what: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def readers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "jobs-index"]


def job_ids() -> dict[str, int]:
    return {job.name: job.id for job in index.look().jobs}


# The list


def test_the_first_view_costs_a_page_and_a_call_a_row_the_second_nothing(room: Room):
    with room.as_viewer():
        listed = search.select(View(), index.look(), me)
        found = latest.of_each([job.id for job in listed.jobs])
        assert (len(listed.jobs), listed.count, len(found)) == (20, 40, 20)
        assert room.calls() == 1 + 20
        again = search.select(View(), index.look(), me)
        latest.of_each([job.id for job in again.jobs])
        assert room.calls() == 1 + 20


def test_ten_thousand_jobs_are_read_page_by_page_in_the_background(room: Room):
    room.sandbox.control("POST", "/jobs", {"count": 10_000, "runs": 0})
    with room.as_viewer():
        first = index.look()
        assert len(first.jobs) == 100
        assert not first.complete
        assert room.calls() <= 2  # what draws does not wait for the rest
        until(lambda: index.look(newest=False).complete, 120)
        whole = index.look(newest=False)
        assert len(whole.jobs) == len({job.id for job in whole.jobs}) == 10_040
        assert whole.nbytes < index.LARGEST
        assert memory.nbytes >= whole.nbytes
        by_name = search.select(View(q="étude des marges"), whole, me)
        assert [job.name for job in by_name.jobs] == ["Étude des marges — été"]
        last = search.select(View(page=502), whole, me)
        assert (last.page, last.pages, len(last.jobs)) == (502, 502, 20)
        assert room.sandbox.count("workspace", "/jobs/list") == 101
    until(lambda: not readers(), 10)


def test_reading_ends_with_the_viewers_session(room: Room):
    room.sandbox.control("POST", "/jobs", {"count": 5_000, "runs": 0})
    room.sandbox.fault(route="/jobs/list", delay=0.1)
    with room.as_viewer() as who:
        index.look()
        until(lambda: len(index.peek().jobs) > 300)
        key = index._key(who.id)
        assert readers()
        who.end_session()
    until(lambda: not readers(), 10)
    assert memory.peek(key) is None


def test_reading_ends_when_nobody_looks_and_goes_on_when_somebody_does(room: Room, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(index, "AWAY", 0.3)
    room.sandbox.control("POST", "/jobs", {"count": 2_000, "runs": 0})
    room.sandbox.fault(route="/jobs/list", delay=0.15)
    with room.as_viewer():
        index.look()
        until(lambda: not readers(), 15)
        read = len(index.peek().jobs)
        assert 100 <= read < 2_040
        monkeypatch.setattr(index, "AWAY", 60)
        room.sandbox.clear_faults()
        index.look()
        until(lambda: index.look(newest=False).complete)
        assert len(index.peek().jobs) == 2_040


def test_a_failure_in_the_middle_of_reading_says_so_and_is_tried_again(room: Room):
    room.sandbox.control("POST", "/jobs", {"count": 1_000, "runs": 0})
    with room.as_viewer():
        index.look()
        room.sandbox.fault(route="/jobs/list", status=403)
        until(lambda: index.peek().complete or index.peek().trouble is not None)
        if not index.peek().complete:
            assert index.look(newest=False).jobs
            room.sandbox.clear_faults()
            until(lambda: index.look(newest=False).complete)
        assert len(index.peek().jobs) == 1_040


def test_each_viewer_has_an_index_of_their_own(room: Room):
    with room.as_viewer("engineer"):
        engineers = set(job_ids())
    with room.as_viewer("analyst-west"):
        assert index.peek() is None
        wests = set(job_ids())
    assert "GDPR deletion requests" in engineers - wests
    assert wests < engineers


def test_filters_find_what_runs_what_failed_what_is_mine_and_what_is_paused(room: Room):
    with room.as_viewer("engineer"):

        def shown(show: str) -> set[str]:
            return {job.name for job in search.select(View(show=show), index.look(), me).jobs}

        assert "Web clickstream" in shown("running")
        assert {"Inventory snapshot", "Product images"} <= {
            job.name for job in search.select(View(show="failed", page=1), index.look(), me).jobs
        }
        assert "Coupon fraud check" in shown("paused")
    with room.as_viewer("analyst-east"):
        mine = search.select(View(show="mine"), index.look(), me)
        assert {job.owner for job in mine.jobs} == {"analyst.east@example.com"}


def test_what_came_is_shown_where_a_rate_limit_stops_the_others(room: Room):
    room.sandbox.control("POST", "/rate-limit", {"route": "/jobs/runs/list", "per_second": 2})
    with room.as_viewer():
        ids = [job.id for job in search.select(View(), index.look(), me).jobs]
        started = time.monotonic()
        found = latest.of_each(ids)
        assert time.monotonic() - started < latest.WITHIN + 1
        came = [answer for answer in found.values() if isinstance(answer, tuple)]
        assert 0 < len(came) < 20
        room.sandbox.control("POST", "/rate-limit", {"route": "/jobs/runs/list", "per_second": None})
        until(lambda: all(isinstance(answer, tuple) for answer in [latest.of_each(ids).get(id) for id in ids]), 30)


def test_later_two_calls_tell_which_jobs_moved_and_only_those_are_asked_again(
    room: Room, monkeypatch: pytest.MonkeyPatch
):
    with room.as_viewer("engineer") as who:
        ids = [job.id for job in search.select(View(), index.look(), me).jobs]
        before = latest.of_each(ids)
        still = [id for id in ids if not any(run.state.active for run in before[id])]
        started, moving = still[0], len(ids) - len(still)
        monkeypatch.setattr(latest, "FRESH", 1.0)
        time.sleep(1.1)
        room.sandbox.clear_calls()
        after = latest.of_each(ids)
        assert after.keys() == before.keys()
        assert [after[id] for id in still] == [before[id] for id in still]
        assert room.calls() == 2 + moving, "what began, what is active, and those that were on their way"

        # A new run, and one of long ago that is repaired: both are found.
        run = api.tell("/run-now", "the job", {"job_id": started, "job_parameters": LONG_RUN})["run_id"]
        failed = next(id for id in still if before[id] and before[id][0].state.failed and id != started)
        api.tell("/runs/repair", "the run", {"run_id": before[failed][0].id, "rerun_all_failed_tasks": True})
        time.sleep(1.1)
        for kind in ("latest._news", "runs.active"):  # as if their seconds were over too
            memory.drop(settings().databricks_host, who.id, f"portal.databricks.jobs.{kind}")
        found = latest.of_each(ids)
        assert found[started][0].id == run
        assert found[failed][0].state.active


def test_where_news_cannot_be_had_each_job_is_asked(room: Room, monkeypatch: pytest.MonkeyPatch):
    with room.as_viewer("engineer"):
        ids = [job.id for job in search.select(View(), index.look(), me).jobs[:5]]
        latest.of_each(ids)
        monkeypatch.setattr(latest, "FRESH", 1.0)
        time.sleep(1.1)
        room.sandbox.clear_calls()
        room.sandbox.fault(route="/jobs/runs/list", status=429, headers={"Retry-After": "60"}, count=1)
        assert [type(answer) for answer in latest.of_each(ids).values()] == [tuple] * 5
        assert room.calls() == 1 + 5


def test_a_hard_rate_limit_stands_in_each_row_as_busy(room: Room):
    room.sandbox.fault(route="/jobs/runs/list", status=429, headers={"Retry-After": "60"})
    with room.as_viewer():
        ids = [job.id for job in index.look().jobs[:5]]
        found = latest.of_each(ids)
        assert [type(answer) for answer in found.values()] == [Busy] * 5


def test_five_calls_at_a_time_however_many_tabs(room: Room):
    room.sandbox.fault(route="/jobs/runs/list", delay=0.2)
    with room.as_viewer() as who:
        ids = [job.id for job in index.look().jobs[:20]]
        room.sandbox.clear_calls()

        def tab(some: list[int]) -> None:
            with room.as_viewer(who):
                latest.of_each(some, within=10)

        started = time.monotonic()
        tabs = [threading.Thread(target=tab, args=(ids[n::2],)) for n in range(2)]
        for one in tabs:
            one.start()
        for one in tabs:
            one.join()
        # Twenty calls of 0.2 s, five at a time: four waves.
        assert time.monotonic() - started >= 0.75
        assert room.calls("/jobs/runs/list") == 20


# A job and a run


@pytest.mark.parametrize("text", ["abc", "", "0", "-1", "1.5", "99999999999999999999", "1/runs/2", "٣", "1" * 500])
def test_what_is_no_id_is_not_found_without_a_call(room: Room, text: str):
    with pytest.raises(NoSuchThing):
        api.number(text, "job")
    assert room.calls() == 0


def test_absent_and_hidden_are_not_told_apart(room: Room):
    with room.as_viewer("engineer"):
        hidden = job_ids()["GDPR deletion requests"]
        hidden_run = latest.of(hidden)[0].id
    with room.as_viewer("analyst-west"):
        for ask, there, absent in (
            (definition.get, hidden, 123_456),
            (history.page, hidden, 123_456),
            (history.with_tasks, hidden, 123_456),
            (history.finished, hidden, 123_456),
            (detail.get, hidden_run, 123_456),
            (detail.output, hidden_run, 123_456),
        ):
            with pytest.raises(NoSuchThing) as unseen:
                ask(there)
            with pytest.raises(NoSuchThing) as missing:
                ask(absent)
            assert str(unseen.value).replace(str(there), "X") == str(missing.value).replace(str(absent), "X")
        assert definition.access(hidden).grants is None


def test_a_job_deleted_between_list_and_click_is_not_found(room: Room):
    with room.as_viewer():
        ids = job_ids()
        api.tell("/delete", "a job", {"job_id": ids["Backfill 2019"]})
        with pytest.raises(NoSuchThing):
            definition.get(ids["Backfill 2019"])


def test_a_job_with_five_thousand_runs_is_read_by_pages(room: Room):
    with room.as_viewer():
        id = job_ids()["Ingest payments"]
        room.sandbox.control("POST", f"/jobs/{id}/runs", {"count": 5_000})
        room.sandbox.clear_calls()
        first = history.page(id)
        assert len(first.runs) == 24
        assert first.newer is None
        second = history.page(id, "all", first.older)
        assert not {run.id for run in first.runs} & {run.id for run in second.runs}
        back = history.page(id, "all", second.newer)
        assert [run.id for run in back.runs] == [run.id for run in first.runs]
        assert room.calls() == 3
        assert len(history.finished(id).runs) == 24 * history.SCANNED
        assert room.calls() == 3 + history.SCANNED


def test_failed_runs_are_looked_for_in_a_bounded_number_of_pages(room: Room):
    with room.as_viewer():
        id = job_ids()["Ingest payments"]
        room.sandbox.control("POST", f"/jobs/{id}/runs", {"count": 500})
        room.sandbox.clear_calls()
        found = history.page(id, "failed")
        assert (len(found.runs), found.scanned) == (0, 24 * history.SCANNED)
        assert found.older is not None
        assert room.calls() == history.SCANNED


def test_a_run_of_two_hundred_tasks_is_polled_by_one_call(room: Room, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(detail, "SHARED", 0.0)
    job = int(room.sandbox.control("POST", "/jobs", {"count": 1, "runs": 0, "tasks": 200})["job_id"])
    with room.as_viewer():
        run = int(
            api.tell("/run-now", "a job", {"job_id": job, "job_parameters": {"sandbox.seconds": "600"}})["run_id"]
        )
        room.sandbox.clear_calls()
        assert len(detail.get(run).tasks) == 200
        pages = room.calls("/jobs/runs/get")
        for n in range(1, 5):
            found = detail.poll(run)
            assert len(found.tasks) == 200
            assert found.run.state.active
            assert room.calls("/jobs/runs/get") == pages + n


def test_polls_of_several_tabs_are_one_call(room: Room):
    with room.as_viewer():
        run = next(run for run in runs.active().runs)
        detail.get(run.id)
        room.sandbox.clear_calls()
        for _ in range(5):
            detail.poll(run.id)
        assert room.calls() == 0


def test_attempts_conditions_iterations_and_children(room: Room):
    with room.as_viewer():
        ids = job_ids()
        retried = detail.get(latest.of(ids["Product images"])[0].id)
        assert [one.key for one in retried.tasks] == ["fetch", "parse"]
        assert [one.key for one in detail.earlier(retried)] == ["fetch", "fetch"]
        failed = next(one for one in retried.tasks if one.key == "fetch")
        out = detail.output(failed.id)
        assert "ValueError" in out.error
        assert "Traceback" in out.trace
        branch = detail.get(latest.of(ids["Month-end close"])[0].id)
        outcomes = {one.key: (one.outcome, one.state.word) for one in branch.tasks}
        assert outcomes["is_full"][0] == "false"
        assert outcomes["full_load"][1] == "EXCLUDED"
        each = next(one for one in detail.get(latest.of(ids["Backfill 2019"])[0].id).tasks if one.each)
        assert each.each == tasks.ForEach(total=8, active=0, succeeded=8, failed=0)
        assert len(detail.iterations(each.id)) == 8
        parent = detail.get(latest.of(ids["Orchestrator"])[0].id)
        child = next(one for one in parent.tasks if one.task.kind == "run_job")
        assert child.task.runs_job == ids["Ingest orders"]
        assert detail.output(child.id).child_run


def test_a_job_without_runs_schedule_or_tasks_is_still_a_job(room: Room):
    with room.as_viewer():
        bare = int(api.tell("/create", "a job", {"name": "<script>alert(1)</script>", "tasks": []})["job_id"])
        found = definition.get(bare)
        assert (found.job.name, found.tasks, found.job.schedules) == ("<script>alert(1)</script>", (), ())
        assert history.page(bare).runs == ()
        assert history.with_tasks(bare) == ()
        assert history.finished(bare).median is None


def test_what_answers_no_json_or_nothing_is_unreachable(room: Room):
    with room.as_viewer():
        job_ids()
        memory.drop()
        room.sandbox.fault(route="/jobs/list", body="<html>gateway</html>", status=200)
        with pytest.raises(Unreachable):
            index.look()
        room.sandbox.clear_faults()
        room.sandbox.fault(route="/jobs/list", body=[], status=200)
        with pytest.raises(PortalError):
            index.look()
        room.sandbox.clear_faults()
        room.sandbox.fault(route="/jobs/list", body={}, status=200)
        assert index.look().jobs == ()
        assert index.look().complete


def test_a_new_enum_value_is_shown_as_it_is(room: Room):
    run = {"run_id": 9, "job_id": 8, "state": {"life_cycle_state": "LEVITATING"}, "trigger": "BY_MOONLIGHT"}
    room.sandbox.fault(route="/jobs/runs/list", body={"runs": [run]}, status=200)
    with room.as_viewer():
        (found,) = latest.of(8)
        assert (found.state.word, found.state.active, found.trigger) == ("LEVITATING", True, "BY_MOONLIGHT")


# What wants attention


def test_attention_names_what_fails_what_is_paused_and_what_is_next(room: Room):
    with room.as_viewer("engineer"):
        found = attention()
        assert found.complete
        assert {"Inventory snapshot", "Product images"} <= {one.job.name for one in found.failing}
        assert "Coupon fraud check" in {job.name for job in found.paused}
        assert len(found.upcoming) == 5
        assert [one.at for one in found.upcoming] == sorted(one.at for one in found.upcoming)
        calls = room.calls()
        assert calls <= 1 + 4 + 4 + 10
        attention()
        assert room.calls() == calls


def test_a_run_over_its_jobs_median_is_long(room: Room, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(attending, "LONG", 0.0)
    monkeypatch.setattr(attending, "LONG_MS", -(10**9))
    with room.as_viewer("engineer"):
        found = attention()
        active = {run.job_id for run in runs.active(4).runs}
        assert found.long
        assert {one.job.id for one in found.long} <= active
        assert all(one.median > 0 for one in found.long)


def test_a_viewer_without_jobs_costs_one_call(room: Room):
    with room.as_viewer("analyst-west"):
        mine = attention().mine
        assert mine > 0
    room.sandbox.control("POST", "/viewers/newcomer", {"signed_in": True})
    room.sandbox.clear_calls()
    with room.as_viewer("newcomer"):
        found = attention()
        assert (found.mine, found.failing, found.upcoming) == (0, (), ())
        assert room.calls() == 1
