"""Run now, cancel and repair over real wire: once, by whom they may, and written down."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from portal.databricks.jobs import actions, definition, detail, index, latest
from portal.databricks.jobs.detail import Detail
from portal.settings import settings
from portal.viewer.dialogs import Stale
from portal.viewer.errors import NoSuchThing, NotPermitted, PortalError
from tests.sandbox_client import SandboxClient
from tests.wire.jobs_room import Room, open_room

QUICK = {"sandbox.seconds": "0.2"}
LONG = {"sandbox.seconds": "600"}


@pytest.fixture
def room(sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    with open_room(sandbox, monkeypatch) as opened:
        yield opened


def job(name: str) -> int:
    return next(job.id for job in index.look().jobs if job.name == name)


def audited(logs: list[Any]) -> list[tuple[str, str, str]]:
    return [(e["event"], e["object"], e["outcome"]) for e in logs if str(e["event"]).startswith("job.")]


def ended(run_id: int) -> Detail:
    for _ in range(300):
        detail.forget(run_id)
        found = detail.get(run_id)
        if not found.run.state.active:
            return found
        time.sleep(0.1)
    raise AssertionError("the run did not end")


def test_two_clicks_are_one_run_and_one_dialog_more_is_another(room: Room):
    with room.as_viewer(), capture_logs() as logs:
        id = job("Customer 360")
        token = actions.begin("run", id)
        first, second = actions.run_now(token, QUICK), actions.run_now(token, QUICK)
        assert first.run_id == second.run_id
        third = actions.run_now(actions.begin("run", id), QUICK)
        assert third.run_id != first.run_id
        assert audited(logs) == [("job.run", f"job {id}", "ok")] * 3


def test_only_changed_parameters_override(room: Room):
    with room.as_viewer():
        id = job("Customer 360")
        same = actions.run_now(actions.begin("run", id), {"mode": "delta"})
        other = actions.run_now(actions.begin("run", id), {"mode": "full", **QUICK})
        assert ("mode", "delta", "delta") in detail.get(same.run_id).parameters
        assert ("mode", "full", "delta") in detail.get(other.run_id).parameters


def test_the_new_run_is_the_newest_of_its_job_at_once(room: Room):
    with room.as_viewer():
        id = job("Currency rates")
        before = latest.of(id)
        done = actions.run_now(actions.begin("run", id), LONG)
        assert latest.of(id)[0].id == done.run_id != before[0].id
        assert done.state
        assert done.state.active


def test_at_the_limit_a_run_is_skipped_or_waits_and_the_outcome_says_which(room: Room):
    with room.as_viewer():
        single = job("Currency rates")  # no queue
        actions.run_now(actions.begin("run", single), LONG)
        skipped = actions.run_now(actions.begin("run", single), LONG)
        assert skipped.state
        assert skipped.state.word == "MAXIMUM_CONCURRENT_RUNS_REACHED"
        queues = job("Customer 360")
        actions.run_now(actions.begin("run", queues), LONG)
        waiting = actions.run_now(actions.begin("run", queues), LONG)
        assert waiting.state
        assert waiting.state.word == "QUEUED"


def test_cancel_stops_a_run_and_a_second_time_changes_nothing(room: Room):
    with room.as_viewer(), capture_logs() as logs:
        id = job("Customer 360")
        run = actions.run_now(actions.begin("run", id), LONG).run_id
        token = actions.begin("cancel", id, run)
        assert actions.cancel(token).run_id == actions.cancel(token).run_id == run
        assert ended(run).run.state.word == "CANCELED"
        assert audited(logs)[1:] == [("job.cancel", f"job {id} run {run}", "ok")] * 2


def test_repair_runs_the_chosen_tasks_again_and_once(room: Room):
    with room.as_viewer(), capture_logs() as logs:
        id = job("Regional report west")
        started = actions.run_now(actions.begin("run", id), {"sandbox.fail": "summary", **QUICK})
        broken = ended(started.run_id)
        assert broken.run.state.word == "FAILED"
        token = actions.begin("repair", id, broken.run.id)
        actions.repair(token, ["summary"])
        # Again while it runs, and again when it is over: the dialog was for one repair.
        for _ in range(2):
            with pytest.raises(PortalError):
                actions.repair(token, ["summary"])
            mended = ended(broken.run.id)
        assert mended.run.state.word == "SUCCESS"
        assert len([repair for repair in mended.repairs if repair.id]) == 1
        assert [one.key for one in detail.earlier(mended)] == ["summary"]
        assert [outcome for event, _, outcome in audited(logs) if event == "job.repair"] == ["ok", "failed", "failed"]


def test_a_running_run_is_not_repaired(room: Room):
    with room.as_viewer():
        id = job("Customer 360")
        run = actions.run_now(actions.begin("run", id), LONG).run_id
        with pytest.raises(PortalError, match="active"):
            actions.repair(actions.begin("repair", id, run))


def test_who_may_only_view_gets_no_dialog_and_it_is_written_down(room: Room):
    with room.as_viewer("analyst-west"), capture_logs() as logs:
        id = job("Customer 360")
        with pytest.raises(NotPermitted) as refused:
            actions.begin("run", id)
        assert "engineer@example.com" in refused.value.granted_by
        assert audited(logs) == [("job.run.dialog", f"job {id}", "denied")]
        assert not room.calls("/jobs/run-now")


def test_a_right_that_is_lost_while_the_dialog_is_open_is_databricks_no(room: Room):
    with room.as_viewer("analyst-west"), capture_logs() as logs:
        id = job("Refresh sales marts")  # analysts may run it
        token = actions.begin("run", id)
        no = {"error_code": "PERMISSION_DENIED", "message": "You do not have Manage Run permissions."}
        room.sandbox.fault(route="/jobs/run-now", status=403, body=no)
        with pytest.raises(NotPermitted):
            actions.run_now(token, {})
        assert audited(logs) == [("job.run", f"job {id}", "denied")]


def test_who_may_run_may(room: Room):
    with room.as_viewer("analyst-west"):
        assert actions.run_now(actions.begin("run", job("Refresh sales marts")), QUICK).run_id


def test_another_viewers_dialog_is_refused_and_written_down(room: Room):
    with room.as_viewer("engineer"):
        id = job("Refresh sales marts")
        token = actions.begin("run", id)
    with room.as_viewer("analyst-west"), capture_logs() as logs:
        with pytest.raises(Stale):
            actions.run_now(token, {})
        assert audited(logs) == [("job.run", "job ?", "denied")]
    assert not room.calls("/jobs/run-now")


def test_a_dialog_for_one_thing_does_no_other(room: Room):
    with room.as_viewer():
        id = job("Customer 360")
        run = actions.run_now(actions.begin("run", id), LONG).run_id
        with pytest.raises(Stale):
            actions.cancel(actions.begin("run", id))
        with pytest.raises(Stale):
            actions.run_now(actions.begin("cancel", id, run), {})
        for forged in ("", "x", "e30.e30.e30"):
            with pytest.raises(Stale):
                actions.run_now(forged, {})
        with pytest.raises(NoSuchThing):
            actions.begin("cancel", job("Ingest orders"), run)


def test_switched_off_they_are_neither_offered_nor_done(room: Room, monkeypatch: pytest.MonkeyPatch):
    with room.as_viewer(), capture_logs() as logs:
        from portal.databricks.identity import me

        id = job("Customer 360")
        token = actions.begin("run", id)
        assert definition.allowed(id, me)
        monkeypatch.setenv("PORTAL_JOB_ACTIONS", "off")
        settings.cache_clear()
        assert not definition.allowed(id, me)
        with pytest.raises(NotPermitted, match="switched off"):
            actions.begin("run", id)
        with pytest.raises(NotPermitted, match="switched off"):
            actions.run_now(token, {})
        assert [outcome for _, _, outcome in audited(logs)] == ["denied", "denied"]
        assert not room.calls("/jobs/run-now")


def test_a_session_token_that_changes_with_every_request_keeps_its_dialogs(room: Room):
    with room.as_viewer() as who:
        id = job("Customer 360")
        token = actions.begin("run", id)
    with room.as_viewer("engineer") as later:
        assert later.token != who.token
        assert actions.run_now(token, QUICK).run_id
