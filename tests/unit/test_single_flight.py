"""Who asks for the same at the same time shares one call, its failure too."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from portal.viewer import single_flight
from portal.viewer.errors import StillRunning
from portal.viewer.single_flight import SingleFlight


class Kept:
    """A small cache over a single flight, as its owners have one."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.values: dict[str, int] = {}
        self.calls: SingleFlight[str, int] = SingleFlight(self.lock)
        self.made = 0
        self.begun = threading.Event()
        self.go = threading.Event()

    def get(self, key: str, fail: bool = False) -> int:
        def make() -> int:
            self.made += 1
            self.begun.set()
            assert self.go.wait(10)
            if fail:
                raise ValueError("no")
            return self.made

        return self.calls.do(key, lambda: self.values.get(key), make, lambda value: self.values.update({key: value}))


@pytest.fixture
def kept() -> Kept:
    return Kept()


def test_concurrent_callers_share_one_call_and_what_it_brings_is_kept(kept: Kept):
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(kept.get, "a")
        assert kept.begun.wait(10)
        others = [pool.submit(kept.get, "a") for _ in range(7)]
        kept.go.set()
        assert [one.result(10) for one in (first, *others)] == [1] * 8
    assert kept.get("a") == 1
    assert kept.made == 1


def test_a_failure_is_shared_and_not_kept(kept: Kept):
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(kept.get, "a", True)
        assert kept.begun.wait(10)
        others = [pool.submit(kept.get, "a") for _ in range(3)]
        while "a" in kept.calls and sum(one.running() for one in others) < 3:
            pass
        kept.go.set()
        with pytest.raises(ValueError, match="no"):
            first.result(10)
        for one in others:
            # Who came in time shares the failure; who came too late made a call that succeeded.
            error = one.exception(10)
            assert isinstance(error, ValueError) or one.result() == kept.made
    assert kept.get("a") == kept.values["a"]


def test_what_was_dropped_meanwhile_is_returned_but_not_kept(kept: Kept):
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(kept.get, "a")
        assert kept.begun.wait(10)
        with kept.lock:
            kept.calls.drop(lambda key: key == "a")
        kept.go.set()
        assert first.result(10) == 1
    assert kept.values == {}
    assert "a" not in kept.calls


def test_nobody_waits_for_anothers_call_without_end(kept: Kept, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(single_flight, "LONGEST_WAIT", 0.05)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(kept.get, "a")
        assert kept.begun.wait(10)
        with pytest.raises(StillRunning):
            kept.get("a")
        kept.go.set()
        assert first.result(10) == 1


def test_a_call_in_a_pool_outlasts_the_request_and_is_found_by_the_next(kept: Kept, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(single_flight, "LONGEST_WAIT", 0.05)

    def make() -> int:
        assert kept.go.wait(10)
        return 7

    def get(pool: ThreadPoolExecutor) -> int:
        return kept.calls.do("a", lambda: kept.values.get("a"), make, lambda one: kept.values.update(a=one), pool)

    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(StillRunning):
            get(pool)
        with pytest.raises(StillRunning):
            get(pool)
        kept.go.set()
        deadline = time.monotonic() + 5
        while "a" not in kept.values and time.monotonic() < deadline:
            time.sleep(0.01)
        assert get(pool) == 7
