"""Jobs over real wire: every page, a bounded number of calls, each viewer their own, and what goes wrong on the way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from portal.databricks import principals
from portal.databricks.identity import me
from portal.databricks.jobs import (
    api,
    attention,
    definition,
    detail,
    history,
    index,
    latest,
    model,
    output,
    runs,
    search,
    tasks,
)
from portal.databricks.jobs.search import View
from portal.settings import settings
from portal.ui import people, runview
from portal.viewer.errors import Busy, NoSuchThing, PortalError, Unreachable
from portal.viewer.per_viewer import memory
from tests.sandbox_client import SandboxClient
from tests.wire.jobs_room import Room, open_room

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


@pytest.mark.parametrize("jobs", [100, 1_000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_the_first_view_costs_a_page_a_glance_and_a_call_a_row_the_second_nothing(room: Room, jobs: int):
    room.sandbox.control("POST", "/jobs", {"count": jobs - 40, "runs": 1})
    # What reads on in the background waits: the first view must not need it.
    room.sandbox.fault(route="/jobs/list", delay=0.05)
    with room.as_viewer():
        index.look()
        room.sandbox.fault(route="/jobs/list", delay=60)
        listed = search.select(View(), index.look(), me)
        found = latest.of_each([job.id for job in listed.jobs])
        assert (len(listed.jobs), len(found)) == (20, 20)
        assert room.calls("/jobs/runs/list") == 1 + 20
        again = search.select(View(), index.look(), me)
        latest.of_each([job.id for job in again.jobs])
        assert room.calls("/jobs/runs/list") == 1 + 20
        room.sandbox.clear_faults()


def test_by_default_failed_jobs_come_first_then_running_ones_then_the_newest(room: Room):
    with room.as_viewer():
        listed = search.select(View(), index.look(), me)
        assert listed.order.startswith("Failed jobs first, then running ones, then by their newest run")
        newest = [some[0] if (some := latest.of(job.id)) else None for job in listed.jobs]
        ranks = [3 if run is None else 0 if run.state.failed else 1 if run.state.active else 2 for run in newest]
        assert {0, 1, 2} <= set(ranks)
        assert ranks == sorted(ranks)
        starts = [run.start or 0 for run, rank in zip(newest, ranks, strict=True) if run and rank == 2]
        assert starts == sorted(starts, reverse=True)


def test_what_needs_eyes_is_first_though_the_index_has_not_reached_it(room: Room):
    room.sandbox.control("POST", "/jobs", {"count": 300, "runs": 1})
    with room.as_viewer():
        first = index.look()
        if not first.complete:
            listed = search.select(View(), first, me)
            assert isinstance(listed.jobs[0], model.UnreadJob)
            until(lambda: index.look(newest=False).complete)
            whole = search.select(View(), index.look(newest=False), me)
            assert not any(isinstance(job, model.UnreadJob) for job in whole.jobs)
            assert [job.id for job in whole.jobs] == [job.id for job in listed.jobs], "nothing moved"


def test_service_principals_are_shown_and_sought_by_their_names(room: Room):
    loader = "7d1f3c52-6b1e-4d0a-9c35-2f8b6a4e0098"
    with room.as_viewer("engineer"):
        known = index.look()
        assert people.text(loader) == loader
        room.sandbox.clear_calls()
        principals.learn(job.owner for job in known.jobs)
        assert people.text(loader.upper()) == f"Nightly loader ({loader.upper()})"
        principals.learn(job.owner for job in known.jobs)
        assert room.sandbox.count("workspace") == 1, "one call for all of them, and none again"
        said = f"Run cancelled by user {loader}."
        assert people.sentence(said) == f"Run cancelled by user Nightly loader ({loader})."
        assert people.sentence("Nobody is mentioned.") == "Nobody is mentioned."
        found = search.select(View(q="nightly loader"), known, me)
        assert [job.name for job in found.jobs] == ["Landing zone watcher"]
    with room.as_viewer("analyst-west"):
        assert people.text(loader) == loader, "what one viewer learned is not another's"
        room.sandbox.fault(route="/ServicePrincipals", status=403)
        principals.learn([loader])
        assert people.text(loader) == loader
        assert principals.unknown([loader]) == (), "who may not ask is not asked for again at once"


@pytest.mark.slow
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
        assert 101 <= room.sandbox.count("workspace", "/jobs/list") <= 150  # after the first, pages may be short
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


def test_jobs_are_ordered_by_their_newest_runs_what_needs_eyes_first(room: Room):
    with room.as_viewer():
        known = index.look()
        room.sandbox.clear_calls()
        found = search.select(View(sort="state", down=False), known, me)
        assert 0 < room.calls() <= 20
        assert found.partial.startswith("ordered by ")
        states = [some[0].state for job in found.jobs if (some := latest.of(job.id))]
        failed = [state.failed for state in states]
        active = [state.active for state in states]
        assert failed[0]
        assert failed == sorted(failed, reverse=True)
        assert active[failed.count(True)]
        longest = search.select(View(sort="duration"), known, me)
        took = [latest.of(job.id)[0].duration() or 0 for job in longest.jobs[:5]]
        assert took == sorted(took, reverse=True)
        newest = search.select(View(sort="started"), known, me)
        begun = [latest.of(job.id)[0].start or 0 for job in newest.jobs[:8]]
        assert begun == sorted(begun, reverse=True)


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
        started, moving = still[0], [id for id in ids if id not in still]
        monkeypatch.setattr(latest, "FRESH", 1.0)
        time.sleep(1.1)
        room.sandbox.clear_calls()
        after = latest.of_each(ids)
        assert after.keys() == before.keys()
        assert [after[id] for id in still] == [before[id] for id in still]
        ended = [id for id in moving if [run.state.word for run in after[id]] != [run.state.word for run in before[id]]]
        assert moving
        assert room.calls() == 2 + len(ended), "what began, what is active, and those of which a run ended"

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


def test_a_run_that_ended_is_not_said_to_go_on_because_it_was_active_a_moment_ago(
    room: Room, monkeypatch: pytest.MonkeyPatch
):
    with room.as_viewer("engineer") as who:
        ids = [job.id for job in search.select(View(), index.look(), me).jobs[:5]]
        run = api.tell("/run-now", "the job", {"job_id": ids[0], "job_parameters": LONG_RUN})["run_id"]
        until(lambda: run in {one.id for one in latest.of(ids[0], anew=True) if one.state.active}, 10)
        latest.of_each(ids)
        memory.drop(settings().databricks_host, who.id, "portal.databricks.jobs.runs.active")
        assert run in {one.id for one in runs.active(4).runs}, "kept from now on"
        api.tell("/runs/cancel", "the run", {"run_id": run})
        until(lambda: not model.run(api.ask("/runs/get", "the run", run_id=run)).state.active, 10)
        monkeypatch.setattr(latest, "FRESH", 1.0)
        time.sleep(1.1)
        memory.drop(settings().databricks_host, who.id, "portal.databricks.jobs.latest._news")
        assert run in {one.id for one in latest.of_each(ids)[ids[0]] if not one.state.active}


def test_where_news_cannot_be_had_each_job_is_asked(room: Room, monkeypatch: pytest.MonkeyPatch):
    with room.as_viewer("engineer"):
        ids = [job.id for job in search.select(View(), index.look(), me).jobs[:5]]
        latest.of_each(ids)
        monkeypatch.setattr(latest, "FRESH", 1.0)
        time.sleep(1.1)
        room.sandbox.clear_calls()
        room.sandbox.fault(route="/jobs/runs/list", status=400, body={"error_code": "BAD_REQUEST"}, count=1)
        assert [type(answer) for answer in latest.of_each(ids).values()] == [tuple] * 5
        assert room.calls() == 2 + 5


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
            (output.output, hidden_run, 123_456),
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
        read = [run.id for run in history.finished(id).runs]
        assert 24 < len(read) == len(set(read)) <= 24 * history.SCANNED
        assert room.calls() == 3 + history.SCANNED


def test_failed_runs_are_looked_for_in_a_bounded_number_of_pages(room: Room):
    with room.as_viewer():
        id = job_ids()["Ingest payments"]
        room.sandbox.control("POST", f"/jobs/{id}/runs", {"count": 500})
        room.sandbox.clear_calls()
        found = history.page(id, "failed")
        assert len(found.runs) == 0
        assert 24 < found.scanned <= 24 * history.SCANNED
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
        out = output.output(failed.id)
        assert "ValueError" in out.error
        assert "Traceback" in out.trace
        branch = detail.get(latest.of(ids["Month-end close"])[0].id)
        outcomes = {one.key: (one.outcome, one.state.word) for one in branch.tasks}
        assert outcomes["is_full"][0] == "false"
        assert outcomes["full_load"][1] == "EXCLUDED"
        each = next(one for one in detail.get(latest.of(ids["Backfill 2019"])[0].id).tasks if one.each)
        assert each.each == tasks.ForEach(total=8, active=0, succeeded=8, failed=0)
        assert len(output.iterations(each.id).runs) == 8
        parent = detail.get(latest.of(ids["Orchestrator"])[0].id)
        child = next(one for one in parent.tasks if one.task.kind == "run_job")
        assert child.task.runs_job == ids["Ingest orders"]
        assert output.output(child.id).child_run


def test_the_attempt_that_began_last_counts_wherever_the_api_lists_it(room: Room):
    with room.as_viewer():
        feed = job_ids()["Supplier feed"]
        for row in history.with_tasks(feed):
            if not row.run.state.active:
                assert {one.key: one.state.word for one in row.tasks}["fetch"] == "SUCCESS", "its second attempt"
        repaired = next(
            run for row in latest.of(job_ids()["Price elasticity"]) if len((run := detail.get(row.id)).repairs) > 1
        )
        assert [(one.key, one.state.word) for one in repaired.tasks] == [
            ("features", "SUCCESS"), ("train", "SUCCESS"), ("evaluate", "SUCCESS"),
        ]  # fmt: skip
        assert [one.state.word for one in detail.earlier(repaired) if one.key == "train"] == ["FAILED", "FAILED"]


def test_every_iteration_is_read_and_the_failed_one_comes_first(room: Room):
    with room.as_viewer():
        read = [detail.get(row.id) for row in latest.of(job_ids()["Vacuum and optimize"])]
        run = next(found for found in read if any(one.each and one.each.failed for one in found.tasks))
        each = next(one for one in run.tasks if one.each)
        assert each.each is not None
        assert each.each.errors == (("Workload failed", 1),)
        room.sandbox.clear_calls()
        found = output.iterations(each.id)
        assert (len(found.runs), found.complete, room.calls()) == (350, True, 4)
        assert [one.state.failed for one in found.runs[:3]] == [True, False, False]
        assert "340" in found.runs[0].key
        some = output.iterations(each.id, 2)
        assert (len(some.runs), some.complete) == (200, False)


def test_a_run_of_a_thousand_tasks_is_shown_after_twelve_pages_and_read_to_its_end(
    room: Room, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(detail, "SHARED", 0.0)
    with room.as_viewer():
        stores = latest.of(job_ids()["Store traffic counts"])[0].id
        room.sandbox.clear_calls()
        begun = time.monotonic()
        first = detail.get(stores)
        print(f"first picture after {time.monotonic() - begun:.2f} s, {room.calls()} calls")
        assert len(first.attempts) == 1200
        assert not first.complete
        came = time.monotonic()
        drawn = str(runview.tasks(first, detail.earlier(first), 0, "", time.time()))
        print(f"drawn after {time.monotonic() - came:.2f} s")
        assert time.monotonic() - came < 1.5
        assert "Reading the attempts of its tasks: 1,200 of … read." in drawn
        deadline = time.monotonic() + 60
        while not (whole := detail.peek(stores) or first).complete and time.monotonic() < deadline:
            time.sleep(0.1)
        assert whole.complete
        assert len(whole.tasks) == 1000
        pages = len(whole.pages)
        assert pages > detail.FIRST
        assert room.calls() == pages, "no page is read twice"
        failed = {one.key for one in whole.tasks if one.state.word == "FAILED"}
        assert failed == {"count_store_0007", "count_store_0341"}, "what succeeded at its third attempt has not failed"
        room.sandbox.clear_calls()
        for _ in range(3):
            detail.poll(stores)
        assert room.calls() == 3, "a poll reads one page"


def test_a_run_started_by_another_jobs_task_knows_which(room: Room):
    with room.as_viewer():
        ids = job_ids()
        parent = latest.of(ids["Orchestrator"])[0]
        task = next(one for one in detail.get(parent.id).tasks if one.task.kind == "run_job")
        child = output.output(task.id).child_run
        assert child is not None
        trigger = detail.get(child).trigger_run
        assert trigger is not None
        found = detail.parent(trigger)
        assert found == detail.Parent(ids["Orchestrator"], parent.id, task.key, "Orchestrator")


def test_a_run_repaired_a_day_later_counts_its_work(room: Room):
    with room.as_viewer():
        found = history.finished(job_ids()["Price elasticity"])
        looked = [run for run in found.runs if run.worked is not None]
        assert len(looked) == 1
        assert (looked[0].duration() or 0) > 24 * 3_600_000
        assert (looked[0].worked or 0) < 3_600_000


def test_every_kind_of_task_says_what_it_runs_and_wrote(room: Room):
    with room.as_viewer():
        run = detail.get(latest.of(job_ids()["Quarterly filing extract"])[0].id)
        told = {one.key: one.task for one in run.tasks}
        assert told["dashboard"].what == "01f0a1b2c3d4e5f60718293a4b5c6d7e"
        assert (told["file"].kind_words, told["file"].what) == ("SQL file", "filings/extract.sql")
        assert told["power_bi"].what == "Finance / Filings"
        assert ("mode", "CONTINUOUS") in told["sync"].fields, "a kind that is not known shows its members"
        assert all("{" not in one.what for one in told.values()), "no JSON or Python for a name"
        outputs = {one.key: output.output(one.id) for one in run.tasks if one.state.succeeded}
        assert ("Alert", "TRIGGERED") in outputs["alert_v2"].facts
        assert dict(outputs["dashboard"].facts)["Late"] == "The dataset 'late' has no column 'day'."
        assert [name for name, _ in outputs["models"].links] == ["The artifacts of dbt"]
        assert "Running with dbt" in outputs["models"].texts[0].text, "a log beside the artifacts"
        assert dict(outputs["sync"].facts)["lag_seconds"] == "2"
        assert "\x1b" not in "".join(text.text for one in outputs.values() for text in one.texts)


def test_tasks_stand_in_the_order_of_their_dependencies(room: Room):
    with room.as_viewer():
        ids = job_ids()
        for name in ("Ingest orders", "Month-end close", "Orchestrator"):
            run = detail.get(latest.of(ids[name])[-1].id)
            place = {one.key: n for n, one in enumerate(run.tasks)}
            assert all(place[up] < place[one.key] for one in run.tasks for up, _ in one.task.after)


def test_the_escape_codes_of_a_trace_do_not_reach_a_page(room: Room):
    with room.as_viewer():
        run = detail.get(latest.of(job_ids()["Product images"])[0].id)
        out = output.output(next(one for one in run.tasks if one.state.failed).id)
        assert "\x1b" not in out.trace + out.error
        assert "ValueError                                Traceback" in out.trace


def test_names_of_people_and_groups_compare_in_any_case(room: Room):
    with room.as_viewer("analyst-west"):
        ids = job_ids()
        assert definition.access(ids["Supplier feed"]).may_run(me()) is True
        assert definition.access(ids["Telemetry compaction"]).may_run(me()) is True
        assert definition.access(ids["Customer 360"]).may_run(me()) is False
        found = search.select(View(owner="analyst.west@example.com"), index.look(), me)
        assert {"Churn scores", "Loyalty points"} <= {job.name for job in found.jobs}
        spelled = [one for one in search.choices(index.look()).owners if one.casefold() == "analyst.west@example.com"]
        assert len(spelled) == 1


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
        found = attention.of_viewer()
        assert found.complete
        assert {"Inventory snapshot", "Product images"} <= {one.job.name for one in found.failing}
        assert "Coupon fraud check" in {job.name for job in found.paused}
        assert len(found.upcoming) == 5
        assert [one.at for one in found.upcoming] == sorted(one.at for one in found.upcoming)
        until(lambda: index.look(newest=False).complete, 10)  # read on in the background
        calls = room.calls()
        assert calls <= 1 + 4 + 4 + 10
        attention.of_viewer()
        assert room.calls() == calls


def test_a_run_over_its_jobs_median_is_long(room: Room, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(attention, "LONG", 0.0)
    monkeypatch.setattr(attention, "LONG_MS", -(10**9))
    with room.as_viewer("engineer"):
        found = attention.of_viewer()
        active = {run.job_id for run in runs.active(4).runs}
        assert found.long
        assert {one.job.id for one in found.long} <= active
        assert all(one.median > 0 for one in found.long)


def test_where_a_run_was_not_compared_not_all_has_been_looked_at(room: Room, monkeypatch: pytest.MonkeyPatch):
    with room.as_viewer("engineer"):
        until(lambda: index.look().complete, 10)
        assert attention.of_viewer().complete
        monkeypatch.setattr(attention, "LOOKED_AT", 0)
        assert not attention.of_viewer().complete


def test_a_viewer_without_jobs_costs_one_call(room: Room):
    with room.as_viewer("analyst-west"):
        mine = attention.of_viewer().mine
        assert mine > 0
    room.sandbox.control("POST", "/viewers/newcomer", {"signed_in": True})
    room.sandbox.clear_calls()
    with room.as_viewer("newcomer"):
        found = attention.of_viewer()
        assert (found.mine, found.failing, found.upcoming) == (0, (), ())
        assert room.calls() == 1
