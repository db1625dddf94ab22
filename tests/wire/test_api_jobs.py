"""`portal.api.jobs`: run, status, output and cancel, as a page calls them, over the sandbox's jobs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from portal.api import NoSuchThing, NotPermitted, PortalError, jobs
from portal.databricks.jobs import detail, index
from portal.settings import settings
from tests.sandbox_client import SandboxClient
from tests.wire.jobs_room import Room, open_room

QUICK = {"sandbox.seconds": "0.2"}
LONG = {"sandbox.seconds": "600"}
END_SECONDS = 60.0


@pytest.fixture
def room(sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    with open_room(sandbox, monkeypatch) as opened:
        yield opened


def job(name: str) -> int:
    return next(job.id for job in index.look().jobs if job.name == name)


def ended(run_id: int) -> jobs.Run:
    """The run, once it is over."""
    until = time.monotonic() + END_SECONDS
    while (found := jobs.status(run_id)).state.active:
        assert time.monotonic() < until, f"it is {found.state.word} after {END_SECONDS:g} seconds"
        time.sleep(0.1)
    return found


def audited(logs: list[Any]) -> list[tuple[str, str, str]]:
    return [(e["event"], e["object"], e["outcome"]) for e in logs if str(e["event"]).startswith("job.")]


def test_a_run_is_started_followed_to_its_end_and_read(room: Room):
    with room.as_viewer(), capture_logs() as logs:
        id = job("Regional report west")
        run = jobs.run(id, QUICK)
        assert jobs.status(run).job_id == id
        done = ended(run)
        assert (done.id, done.state.word, done.state.succeeded) == (run, "SUCCESS", True)
        assert (done.duration() or 0) > 0
        outputs = jobs.output(run)
        assert outputs
        for key, found in outputs.items():
            assert isinstance(found, jobs.Output), (key, found)
            assert not found.error
        assert any(found.texts for found in outputs.values() if isinstance(found, jobs.Output))
        assert audited(logs) == [("job.run", f"job {id}", "ok")]


def test_parameters_are_those_of_this_run_alone(room: Room):
    with room.as_viewer():
        id = job("Customer 360")
        first, second = jobs.run(id, {"mode": "full", **LONG}), jobs.run(id, LONG)
        assert first != second, "each call is a run"
        modes = [value for run in (first, second) for name, value, _ in detail.get(run).parameters if name == "mode"]
        assert modes == ["full", "delta"]


def test_a_task_that_failed_says_why_and_the_others_what_they_wrote(room: Room):
    with room.as_viewer():
        run = jobs.run(job("Regional report west"), {"sandbox.fail": "summary", **QUICK})
        done = ended(run)
        assert (done.state.word, done.state.failed) == ("FAILED", True)
        failed = jobs.output(run)["summary"]
        assert isinstance(failed, jobs.Output)
        assert failed.error


def test_an_output_that_cannot_be_read_is_a_state_in_its_place(room: Room):
    with room.as_viewer():
        run = jobs.run(job("Regional report west"), QUICK)
        ended(run)
        no = {"error_code": "PERMISSION_DENIED", "message": "You may not see this output."}
        room.sandbox.fault(route="/jobs/runs/get-output", status=403, body=no, count=1)
        outputs = jobs.output(run)
        states = [found for found in outputs.values() if isinstance(found, PortalError)]
        assert [type(state) for state in states] == [NoSuchThing]
        assert len(outputs) > 1, "the others are read"


def test_a_run_that_is_canceled_ends_as_canceled_and_it_is_on_the_record(room: Room):
    with room.as_viewer(), capture_logs() as logs:
        id = job("Customer 360")
        run = jobs.run(id, LONG)
        assert jobs.status(run).state.active
        jobs.cancel(run)
        done = ended(run)
        assert (done.state.word, done.state.succeeded) == ("CANCELED", False)
        assert audited(logs) == [("job.run", f"job {id}", "ok"), ("job.cancel", f"job {id} run {run}", "ok")]


def test_who_may_only_view_starts_and_cancels_nothing(room: Room):
    with room.as_viewer():
        id = job("Customer 360")
        run = jobs.run(id, LONG)
    with room.as_viewer("analyst-west"), capture_logs() as logs:
        assert jobs.status(run).state.active, "they may look"
        with pytest.raises(NotPermitted, match="Can manage run"):
            jobs.run(id)
        with pytest.raises(NotPermitted, match="Can manage run"):
            jobs.cancel(run)
        assert [outcome for _, _, outcome in audited(logs)] == ["denied", "denied"]
    assert room.calls("/jobs/run-now") == 1
    assert room.calls("/jobs/runs/cancel") == 0
    with room.as_viewer():
        jobs.cancel(run)
        assert ended(run).state.word == "CANCELED"


def test_what_is_not_there_is_no_such_thing(room: Room):
    with room.as_viewer():
        for ask in (jobs.status, jobs.output, jobs.cancel, jobs.run):
            with pytest.raises(NoSuchThing):
                ask(987_654_321)
    assert room.calls("/jobs/run-now") == 0


def test_switched_off_a_page_runs_nothing_and_still_reads(room: Room, monkeypatch: pytest.MonkeyPatch):
    with room.as_viewer():
        run = jobs.run(job("Customer 360"), LONG)
        monkeypatch.setenv("PORTAL_JOB_ACTIONS", "off")
        settings.cache_clear()
        for ask in (lambda: jobs.run(job("Customer 360")), lambda: jobs.cancel(run)):
            with pytest.raises(NotPermitted, match="switched off"):
                ask()
        assert jobs.status(run).state.active
