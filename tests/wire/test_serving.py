"""`portal.api.serving`: a model has a deadline of its own, holds no request, and says nothing of its neighbours."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from databricks.sdk import WorkspaceClient

from portal.api import Busy, NotPermitted, PortalError, Unreachable, me, serving, workspace
from portal.databricks import workspace as shared
from portal.settings import settings
from portal.viewer import Viewer, acting_as, single_flight
from portal.viewer.errors import StillRunning
from portal.viewer.upstream.admission import Admission
from portal.viewer.upstream.breaker import SILENT, breaker
from tests.sandbox_client import SandboxClient
from tests.wire.as_viewer import acting

ONE_RIDE = [{"trip_distance": 2}]


@pytest.fixture
def west(sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Viewer]:
    with acting(sandbox, monkeypatch, sandbox.session("analyst-west")) as viewer:
        shared._client.start().result(60)
        me()
        yield viewer
    breaker.reset()


def slowly(sandbox: SandboxClient, seconds: float) -> None:
    sandbox.fault("workspace", "/invocations", delay=seconds)


def asked(sandbox: SandboxClient) -> int:
    return sandbox.count("workspace", "/invocations")


def test_a_model_may_take_longer_than_a_call(sandbox: SandboxClient, west: Viewer):
    assert settings().call_seconds < 8
    slowly(sandbox, 8)
    assert serving.query("taxi-fare", records=ONE_RIDE).predictions == (10.0,)
    assert asked(sandbox) == 1


def test_a_model_that_is_too_slow_is_told_and_the_workspace_is_not_left_alone(sandbox: SandboxClient, west: Viewer):
    slowly(sandbox, 60)
    for _ in range(SILENT + 1):
        with pytest.raises(Unreachable, match=r"taxi-fare has not answered within 0\.3 seconds"):
            serving.query("taxi-fare", records=ONE_RIDE, seconds=0.3)
    assert workspace().current_user.me().user_name == me().user_name


def test_a_page_waits_no_longer_than_the_setting_says(
    sandbox: SandboxClient, west: Viewer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PORTAL_SERVING_SECONDS", "1")
    settings.cache_clear()
    slowly(sandbox, 60)
    with pytest.raises(Unreachable, match="within 1 seconds"):
        serving.query("taxi-fare", records=ONE_RIDE, seconds=200)


def test_a_request_goes_on_and_the_next_look_finds_the_answer(
    sandbox: SandboxClient, west: Viewer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(single_flight, "REQUEST_WAIT", 0.2)
    slowly(sandbox, 60)
    here = Admission(8)
    here.begin()
    try:
        for _ in range(3):
            with pytest.raises(StillRunning):
                serving.query("taxi-fare", records=ONE_RIDE)
        arrived(sandbox, 1)  # one question, however often it is looked for
        sandbox.clear_faults()  # what was held back goes on
        assert answered() == (10.0,)
        assert asked(sandbox) == 1
        assert answered() == (10.0,), "and the next question is asked anew"
        assert asked(sandbox) == 2
    finally:
        here.end()


def arrived(sandbox: SandboxClient, count: int) -> None:
    """So many questions are with the endpoint, and no more."""
    until = time.monotonic() + 30
    while asked(sandbox) < count:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert asked(sandbox) == count


def answered() -> tuple[object, ...]:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            return serving.query("taxi-fare", records=ONE_RIDE).predictions
        except StillRunning:
            continue
    raise AssertionError("no answer came")


def test_one_viewer_asks_few_at_a_time_and_another_is_not_kept_waiting(
    sandbox: SandboxClient, west: Viewer, monkeypatch: pytest.MonkeyPatch
):
    slowly(sandbox, 60)
    found: list[object] = []

    def ask(miles: int) -> None:
        with acting_as(west):
            try:
                found.append(serving.query("taxi-fare", inputs=[miles]).predictions[0])
            except PortalError as error:
                found.append(error)

    threads = [threading.Thread(target=ask, args=(miles,)) for miles in range(4)]
    for thread in threads:
        thread.start()
    arrived(sandbox, 4)
    with pytest.raises(Busy):
        serving.query("taxi-fare", inputs=[9])
    sandbox.clear_faults()
    for thread in threads:
        thread.join(30)
    assert sorted(map(str, found)) == ["10.0", "13.5", "3.0", "6.5"]
    assert serving.query("taxi-fare", inputs=[9]).predictions == (34.5,)


def test_who_may_not_ask_is_told(sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch):
    engineer = WorkspaceClient(host=sandbox.workspace_url, token="dapi-engineer")
    endpoint = engineer.serving_endpoints.get("taxi-fare").id
    everyone = {"access_control_list": [{"group_name": "users", "permission_level": "CAN_VIEW"}]}
    engineer.api_client.do("PUT", f"/api/2.0/permissions/serving-endpoints/{endpoint}", body=everyone)
    with acting(sandbox, monkeypatch, sandbox.session("analyst-west")):
        shared._client.start().result(60)
        with pytest.raises(NotPermitted):
            serving.query("taxi-fare", records=ONE_RIDE)
