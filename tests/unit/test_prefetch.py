"""Reads ahead of time: what is kept comes from this thread at once, what must be asked for from another."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from portal.ui import prefetch
from portal.viewer import acting_as, per_viewer
from portal.viewer.context import NotKept, about_to_ask, only_kept
from portal.viewer.credential import Credential, Viewer
from portal.viewer.per_viewer import forget
from portal.viewer.process import Process
from portal.viewer.upstream import admission
from tests.viewers import CONNECT


class OneCredential:
    """A broker that has everyone's credential at hand."""

    def credential(self, viewer: Viewer) -> Credential:
        return Credential("bearer", f"id-of-{viewer.session}", 0.0, None, "connect")


ANN = Viewer(CONNECT, "ann", "token-of-ann", OneCredential(), Process())  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _empty() -> None:
    forget(Process(), "id-of-ann")


@per_viewer(ttl=60)
def read(what: str) -> tuple[str, int]:
    if what == "refused":
        raise LookupError(what)
    return what, threading.get_ident()


def test_first_pages_of_twelve_sessions_begin_though_none_has_its_exchange_yet():
    exchanged, begun = threading.Event(), threading.Semaphore(0)

    def waits() -> None:
        begun.release()
        exchanged.wait(30)

    try:
        for number in range(12):
            with acting_as(Viewer(CONNECT, f"new-{number}", "token", OneCredential(), Process())):  # type: ignore[arg-type]
                prefetch.begin(*[waits] * 4)
        assert all(begun.acquire(timeout=10) for _ in range(48))
    finally:
        exchanged.set()


def test_what_is_not_kept_is_asked_for_in_another_thread_and_then_found_in_this_one():
    reads = {"a": lambda: read("a"), "b": lambda: (read("b"), threading.get_ident())}
    with acting_as(ANN):
        found = prefetch.gather(reads, within=5)
        (_, asked_in), (_, ran_in) = found["a"], found["b"]
        assert threading.get_ident() not in {asked_in, ran_in}
        again = prefetch.gather(reads, within=0)
    assert again["a"] == found["a"], "kept"
    assert again["b"][1] == threading.get_ident(), "no other thread takes part"


def test_what_fails_is_left_out_and_the_rest_stands():
    with acting_as(ANN):
        found = prefetch.gather({"x": lambda: read("refused"), "y": lambda: read("y")}, within=5)
    assert set(found) == {"y"}


def test_what_is_late_goes_on_and_is_found_by_the_next_look():
    def slowly() -> object:
        about_to_ask()
        time.sleep(0.2)
        return read("late")

    with acting_as(ANN):
        assert prefetch.gather({"late": slowly}, within=0) == {}
        until = time.monotonic() + 5
        while not (found := prefetch.gather({"late": lambda: read("late")}, within=0)):
            assert time.monotonic() < until
            time.sleep(0.02)
    assert found["late"][0] == "late"


def test_nobody_has_nothing_read():
    assert prefetch.gather({"a": lambda: read("a")}, within=1) == {}


def test_a_read_that_handles_failures_does_not_take_not_kept_for_one():
    def forgiving() -> str:
        try:
            return read("c")[0]
        except Exception:
            return "nothing"

    with acting_as(ANN), only_kept(), pytest.raises(NotKept):
        forgiving()
    with acting_as(ANN):
        assert prefetch.gather({"c": forgiving}, within=5) == {"c": "c"}


def test_a_document_does_not_wait_for_what_its_second_look_will_find():
    go = threading.Event()

    @per_viewer(ttl=60)
    def slow() -> str:
        go.wait(5)
        return "there"

    with acting_as(ANN):
        assert not prefetch.comes_later(slow), "no document: whoever asks waits"
        with prefetch.watched() as ahead:
            assert prefetch.comes_later(slow)
            assert ahead.lacks
        go.set()
        ahead.settle(5)
        with prefetch.watched() as late:
            assert not prefetch.comes_later(slow)
            assert not late.lacks
            assert not prefetch.comes_later(lambda: read("refused")), "it has failed already"
    with prefetch.watched() as nobody:
        assert not prefetch.comes_later(slow)
        assert not nobody


def test_what_layouts_wait_is_waited_once_for_all_of_them():
    never = threading.Event()

    def slowly() -> object:
        about_to_ask()
        return never.wait(5)

    with acting_as(ANN), prefetch.waiting(0.3):
        began = time.monotonic()
        for _ in range(3):
            assert prefetch.gather({"x": slowly}) == {}
        assert 0.29 < time.monotonic() - began < 0.6
    never.set()


def test_no_thread_waits_for_a_head_start_where_none_can_be_spared():
    never = threading.Event()

    def slowly() -> object:
        about_to_ask()
        return never.wait(5)

    def page() -> float:
        admitted.begin()
        try:
            with acting_as(ANN):
                began = time.monotonic()
                prefetch.gather({"x": slowly}, within=1.0)
                return time.monotonic() - began
        finally:
            admitted.end()

    admitted = admission.Admission(threads=6)
    with ThreadPoolExecutor(4) as threads:
        took = sorted(threads.map(lambda _: page(), range(4)))
    never.set()
    assert [seconds > 0.9 for seconds in took] == [False, False, True, True]
    assert took[1] < 0.3
